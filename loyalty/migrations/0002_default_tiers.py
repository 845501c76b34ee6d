"""The four tiers that a new salon starts with. They are data: the salon changes them in the admin."""

from decimal import Decimal

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# code, name, English name, spend from, or visits from, discount %, multiplier
TIERS = (
    ("member", "会员", "Member", 0, None, 0, "1"),
    ("silver", "银卡", "Silver", 3_000, 12, 5, "1"),
    ("gold", "金卡", "Gold", 10_000, 24, 10, "1.2"),
    ("black", "黑卡", "Black", 30_000, None, 15, "1.5"),
)


def make_tiers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tier = apps.get_model("loyalty", "Tier")
    if tier.objects.exists():
        return
    tier.objects.bulk_create(
        tier(
            code=code,
            name=name,
            name_en=name_en,
            position=position,
            min_spend=Decimal(min_spend),
            min_visits=min_visits,
            discount_percent=discount,
            multiplier=Decimal(multiplier),
            birthday_multiplier=Decimal(2),
        )
        for position, (code, name, name_en, min_spend, min_visits, discount, multiplier) in enumerate(TIERS, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]
    operations = [migrations.RunPython(make_tiers, migrations.RunPython.noop, elidable=False)]
