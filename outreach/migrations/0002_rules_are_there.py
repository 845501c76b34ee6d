"""The row of rules is always there; gifts are prepared from the gold tier upwards, as the handbook says."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_rules(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    gold = apps.get_model("loyalty", "Tier")._default_manager.filter(name="金卡").first()
    apps.get_model("outreach", "OutreachRules")._default_manager.get_or_create(pk=1, defaults={"gift_from_tier": gold})


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("loyalty", "0009_rules_are_there")]
    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False)]
