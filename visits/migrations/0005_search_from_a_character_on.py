"""What the box of the checkout looks in is written anew: it tells where each character begins."""

import pgtrigger
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from visits.catalogue import search_text


def write_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with pgtrigger.ignore("visits.Service:audited", "visits.Product:audited"):  # nobody changed anything
        for name in ("Service", "Product"):
            manager = apps.get_model("visits", name)._default_manager
            items = list(manager.only("name", "code"))
            for item in items:
                item.search_text = search_text(item.name, item.code)
            manager.bulk_update(items, ["search_text"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("visits", "0004_rules_are_there")]
    operations = [migrations.RunPython(write_anew, migrations.RunPython.noop)]
