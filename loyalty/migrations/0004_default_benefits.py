"""What a new salon begins with: vouchers given by rule, a reward, a perk. They are data: changed in the admin.

Rule source: DESIGN §4, thank-you, birthday, dormant reminder, referral, rewards and perks.
"""

from decimal import Decimal
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# rule, name, English name, worth, value, days valid (None: until the end of the month), together with others
VOUCHERS: tuple[tuple[str, str, str, str, int, int | None, bool], ...] = (
    ("thank_you", "新客礼 下次半价", "Next visit half price", "percent", 50, 60, False),
    ("birthday", "生日礼 7 折", "Birthday: 30 % off", "percent", 30, None, False),
    ("dormant", "回归礼 ¥50", "Welcome back: ¥50", "amount", 50, 30, False),
    ("referral", "推荐礼 ¥50", "For a friend: ¥50", "amount", 50, 90, True),
)


def make_benefits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    model: Any = apps.get_model
    for rule, name, name_en, worth, value, days, stacks in VOUCHERS:
        model("loyalty", "VoucherKind").objects.create(
            rule=rule,
            name=name,
            name_en=name_en,
            worth=worth,
            value=Decimal(value),
            days_valid=days,
            stacks=stacks,
        )
    model("loyalty", "Reward").objects.create(
        kind="product", name="定制发梳", name_en="Custom comb", points=1000, stock=0, position=1
    )
    black = model("loyalty", "Tier").objects.filter(code="black").first()
    if black is not None:
        model("loyalty", "Perk").objects.create(tier=black, name="形象设计", name_en="Image design", quota=2)


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0003_benefits")]
    operations = [migrations.RunPython(make_benefits, migrations.RunPython.noop, elidable=False)]
