"""The real counter that the machines act at: what the salon sells and gives, and one client before it."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import Client
from loyalty import lapsing
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Redemption, Reward, Tier, Voucher
from loyalty.points import post
from staff.roles import Role
from tests.loyalty.books import client, staff
from tests.loyalty.gifts import kind
from tests.loyalty.life import STOCK
from tests.visits import shop
from visits.models import Visit

PER_YUAN = 10  # points that take ¥1 off
PRICES = ("80.00", "88.80", "300.00", "1999.99")
LIMIT = 400  # of points by hand without a second person
WORTH = Decimal(50)  # of a voucher
USES = 2  # of the cuts
NEEDS = {"comb": 150, "cuts": 200, "paper": 120}  # points
OLD = "old"  # the other system


class Salon:
    """What all lives share: who works here, what is sold, what there is for points."""

    def __init__(self) -> None:
        Tier.objects.update(discount_percent=0, multiplier=1, birthday_multiplier=1)
        LoyaltyRules.load()
        LoyaltyRules.objects.update(points_per_yuan_off=PER_YUAN, adjust_limit=LIMIT)
        self.manager, self.other = staff(Role.MANAGER), staff(Role.MANAGER, "other")
        self.services = [shop.service(f"护理 {price}", price) for price in PRICES]
        self.vouchers = kind("抵用券", days_valid=400, stacks=True)
        gives: dict[str, dict[str, Any]] = {
            "comb": {"kind": "product"},
            "cuts": {"kind": "entitlement", "service": self.services[0], "uses": USES},
            "paper": {"kind": "voucher", "voucher_kind": self.vouchers},
        }
        self.rewards = {
            what: Reward.objects.create(name=f"礼 {what}", points=NEEDS[what], **terms) for what, terms in gives.items()
        }


class Desk:
    """The counter with one client before it. `alone`: nobody else's points are in this database."""

    def __init__(self, salon: Salon, *, alone: bool) -> None:
        self.salon, self.alone = salon, alone
        self.reference = uuid.uuid4().hex
        self.who: Client = client(phone="+8613812348000", imported_from=OLD, import_reference=self.reference)
        self.account = LoyaltyAccount.objects.create(client=self.who, tier=Tier.objects.order_by("position")[0])
        self.comb = salon.rewards["comb"]
        Reward.objects.filter(pk=self.comb.pk).update(stock=STOCK)

    def welcome(self, points: int, lapsing_on: date) -> None:
        """Points to begin with: most acts need some."""
        post(self.account, PointsEntry.Kind.BONUS, points, f"test:{self.reference}", expires_on=lapsing_on)

    def picture(self) -> tuple[object, ...]:
        """What the real books show, as in `Life.picture`."""
        balance = LoyaltyAccount.objects.values_list("balance", flat=True).get(pk=self.account.pk)
        stock = Reward.objects.values_list("stock", flat=True).get(pk=self.comb.pk)
        return balance, lapsing.lots(self.account), stock

    def details(self) -> tuple[object, ...]:
        """What the tables say, as in `Life.details`."""
        visits = Visit.objects.filter(client=self.who).values_list("checkout_key", "status", "refunded")
        got = Redemption.objects.filter(account=self.account).values_list("key", "used", "cancelled_at")
        vouchers = dict(Voucher.objects.filter(account=self.account).values_list("pk", "status"))
        return (
            {key: (status, back) for key, status, back in visits},
            {key: (used, at is not None) for key, used, at in got},
            {pk for pk, status in vouchers.items() if status == Voucher.Status.USED},
            {pk for pk, status in vouchers.items() if status == Voucher.Status.WITHDRAWN},
        )

    def usable(self, today: date) -> tuple[int, ...]:
        found = Voucher.objects.usable(today).filter(account=self.account).order_by("pk")
        return tuple(found.values_list("pk", flat=True)[:1])

    def cuts(self, today: date) -> tuple[uuid.UUID, ...]:
        had = Redemption.objects.filter(account=self.account, service__isnull=False, cancelled_at=None)
        open_ones = had.filter(until__gte=today, used__lt=USES).order_by("pk")
        return tuple(open_ones.values_list("key", flat=True)[:1])
