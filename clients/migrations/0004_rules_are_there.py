"""The row of rules is always there: made on the fly, two first checkouts at once could wait in a ring."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("clients", "FileRules")._default_manager.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("clients", "0003_guards")]
    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False)]
