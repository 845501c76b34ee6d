"""What the sample's clients got for coming back, by loyalty's own acts: rewards, vouchers, perks, friends brought.

The programme began two months ago, and only the last weeks of it are shown, whatever the size of the sample.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pgtrigger
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from clients.phones import last_four
from frontdesk.sample import words
from frontdesk.sample.accounts import Team
from loyalty import adjusting, offers, perks, redeeming, referrals, segments, voucher_rules, vouchers
from loyalty.models import LoyaltyAccount, LoyaltyRules, Perk, Reward, Voucher, VoucherKind
from staff.models import User
from visits.models import Service, Visit

KEYS = uuid.UUID("5a0e8f43-2a5f-5c0b-9d0c-5d1c2f7f0a11")  # the name space of the sample's keys
BEGAN = timedelta(days=60)
ONE_IN = 40  # clients redeemed something
MOST = 40  # of each kind of act, however large the sample
POINTS_OFF = 100  # that take ¥1 off
SPREAD = 7_919_003  # a prime: codes that look drawn, and are the same each time


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and the day of the sample."""

    desk: User
    manager: User
    today: date

    def afternoon(self, day: date) -> datetime:
        """15:20 of that day, at the latest of yesterday."""
        return timezone.make_aware(datetime.combine(min(day, self.today - timedelta(days=1)), time(15, 20)))


def give_benefits(today: date, team: Team) -> None:
    """Give the sample its segments, rewards, vouchers, perks, referrals and adjustments. The standing must be fresh."""
    acting = Acting(User.objects.get(pk=team.front_desk[0]), User.objects.get(pk=team.manager), today)
    rewards, kinds = _catalogue()
    _bring_friends(acting)
    came = list(_lately_here(acting))
    few = came[: min(MOST, max(1, LoyaltyAccount.objects.count() // ONE_IN))]
    _redeem(acting, few, rewards)
    _use_perks(acting, came)
    _give_by_hand(acting, came[1 : 1 + max(2, len(few) // 3)], kinds)
    _adjust(acting, came[2 : 2 + max(2, len(few) // 6)])
    voucher_rules.issue_due(today)
    same_codes()
    segments.rebuild_all(today)
    offers.count_pairs(today)


def _catalogue() -> tuple[list[Reward], list[VoucherKind]]:
    """Rewards from 300 to 5,000 points, and two kinds of voucher to be given by hand."""
    LoyaltyRules.load()
    LoyaltyRules.objects.update(points_per_yuan_off=POINTS_OFF)
    cut, eyes = Service.objects.get(code="H01"), Service.objects.get(code="A04")
    sorry, _ = VoucherKind.objects.get_or_create(
        name="致歉券 ¥30", defaults={"worth": "amount", "value": Decimal(30), "days_valid": 60, "stacks": True}
    )
    trial, _ = VoucherKind.objects.get_or_create(
        name="眼部护理体验券", defaults={"worth": "trial", "service": eyes, "days_valid": 30}
    )
    fifty, _ = VoucherKind.objects.get_or_create(
        name="满 300 减 50", defaults={"worth": "amount", "value": 50, "min_spend": 300, "days_valid": 90}
    )
    Reward.objects.filter(name="定制发梳").update(stock=20)
    given = [
        Reward.objects.get(name="定制发梳"),
        _reward("补水面膜 1 片", 300, "product", 2, stock=60),
        _reward("满 300 减 50 券", 500, "voucher", 3, voucher_kind=fifty),
        _reward("全年洗剪吹", 5000, "entitlement", 4, service=cut, uses=12),
    ]
    return given, [sorry, trial]


def _reward(name: str, points: int, kind: str, position: int, **more: object) -> Reward:
    return Reward.objects.get_or_create(
        name=name, defaults={"points": points, "kind": kind, "position": position, **more}
    )[0]


def _lately_here(acting: Acting) -> Iterator[LoyaltyAccount]:
    """Who was here this year, a while ago: nothing stands in their book after the acts that follow. Richest first."""
    since = max(acting.today - 2 * BEGAN, acting.today.replace(month=1, day=1))
    found = LoyaltyAccount.objects.filter(
        last_visit_on__gte=since, last_visit_on__lt=acting.today - timedelta(days=2), balance__gte=300
    )
    yield from found.select_related("client", "tier").order_by("-balance", "pk")[: 4 * MOST]


def _redeem(acting: Acting, few: list[LoyaltyAccount], rewards: list[Reward]) -> None:
    for place, account in enumerate(few):
        can_have = [reward for reward in rewards if reward.points <= account.balance]
        reward = can_have[place % len(can_have)]
        redeeming.redeem(
            account.client,
            reward,
            key=uuid.uuid5(KEYS, f"redeem:{account.pk}"),
            proof=last_four(account.client.phone),
            by=acting.desk,
            at=acting.afternoon(account.last_visit_on + timedelta(days=2)) if account.last_visit_on else timezone.now(),
        )


def _use_perks(acting: Acting, came: list[LoyaltyAccount]) -> None:
    for perk in Perk.objects.filter(is_active=True):
        for account in [one for one in came if one.tier_id == perk.tier_id][::2]:
            at = acting.afternoon(account.last_visit_on + timedelta(days=3)) if account.last_visit_on else None
            if at and at.year == acting.today.year:
                key = uuid.uuid5(KEYS, f"perk:{perk.pk}:{account.pk}")
                perks.use(account.client, perk, key=key, by=acting.desk, at=at)


def _give_by_hand(acting: Acting, some: list[LoyaltyAccount], kinds: list[VoucherKind]) -> None:
    sorry, trial = kinds
    for place, account in enumerate(some):
        kind, source = (trial, Voucher.Source.HAND) if place % 3 else (sorry, Voucher.Source.COMPENSATION)
        reason = words.VOUCHER_REASONS[place % len(words.VOUCHER_REASONS)] if place % 3 else words.SORRY
        on = acting.today - timedelta(days=5 + place)
        vouchers.give(account, kind, reason, source=source, key=f"sample:{account.pk}", by=acting.manager, on=on)


def _adjust(acting: Acting, some: list[LoyaltyAccount]) -> None:
    """All but the last within the limit; the last waits for a second person."""
    for place, account in enumerate(some):
        points = LoyaltyRules.load().adjust_limit * 2 if place == len(some) - 1 else 100 + 50 * place
        reason = words.ADJUSTMENTS[place % len(words.ADJUSTMENTS)]
        key, at = uuid.uuid5(KEYS, f"adjust:{account.pk}"), acting.afternoon(acting.today)
        adjusting.adjust(account.client, points, reason, key=key, by=acting.manager, at=at)


def _bring_friends(acting: Acting) -> None:
    """The first paid visits of the last two months of who was brought, where the friend's book is not ahead of them."""
    brought = Visit.objects.completed().filter(
        client__referred_by__isnull=False,
        client__account__lifetime_visits=1,
        client__account__lifetime_spend__gt=0,
        day__gte=acting.today - BEGAN,
        day__lt=acting.today,
        total__gt=0,
        refunded=0,
        client__referred_by__account__last_visit_on__lt=F("day"),
    )
    for visit in brought.select_related("client").order_by("day", "pk")[:MOST]:
        if visit.client:
            account = LoyaltyAccount.objects.locked(visit.client)
            referrals.reward(account, visit, by=acting.desk, at=visit.recorded_at + timedelta(minutes=1))


def same_codes() -> None:
    """The same codes each time, where the salon's own are drawn."""
    with pgtrigger.ignore("loyalty.Voucher:audited"):
        # What was drawn for one of them may be what another one gets.
        Voucher.objects.update(code=Concat(Value("#"), Cast("pk", CharField())))
        for place, pk in enumerate(Voucher.objects.order_by("pk").values_list("pk", flat=True), start=1):
            code = vouchers.LEAST_CODE + place * SPREAD % vouchers.CODES
            Voucher.objects.filter(pk=pk).update(code=str(code))
