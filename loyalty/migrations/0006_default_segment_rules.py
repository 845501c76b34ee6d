"""The rules of the segments are always there: statements read them where they are kept."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("loyalty", "SegmentRules")._default_manager.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0005_mean_ticket")]
    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False)]
