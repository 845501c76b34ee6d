"""The points book: what a visit earns, and the one door by which points come and go."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import lunar
from clients.models import Calendar, Client
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Tier
from staff.models import User
from visits.models import Refund, Visit

Kind = PointsEntry.Kind

# What an entry of a referral keeps as its `why`. Without names: the statement is printed and handed out.
BROUGHT, CAME, TAKEN_BACK = "referral:brought", "referral:came", "referral:taken_back"
REFERRAL = {
    BROUGHT: gettext_lazy("brought a friend"),
    CAME: gettext_lazy("was brought by a friend"),
    TAKEN_BACK: gettext_lazy("the friend's first visit is void"),
}
# More than this never fits into one entry of the book.
MOST = 2**31 - 1


class NotEnoughPoints(Exception):
    """The balance does not cover what was to be redeemed. `available` is the balance."""

    def __init__(self, available: int, needed: int) -> None:
        super().__init__(
            _("Not enough points: %(available)s available, %(needed)s needed.")
            % {"available": f"{available:,}", "needed": f"{needed:,}"}
        )
        self.available = available


class Because(StrEnum):
    """Which multiplier applied; kept in the entry's `why` as `birthday:2`."""

    PLAIN = "plain"
    TIER = "tier"
    BIRTHDAY = "birthday"


@dataclass(frozen=True, slots=True)
class Earning:
    """What a payment earns. `because` says in words why it is not just the plain points, and is empty when it is."""

    points: int
    multiplier: Decimal
    because: str
    rule: Because = Because.PLAIN

    @property
    def mark(self) -> str:
        """How the entry remembers the multiplier, such as `birthday:2`; `told` reads it."""
        return "" if self.rule is Because.PLAIN else f"{self.rule}:{self.multiplier.normalize():f}"


def to_be_earned(
    client: Client, tier: Tier, paid: Decimal, on: date, rules: LoyaltyRules, *, today: date | None = None
) -> Earning:
    """What `paid` yuan earn on this day: whole points per yuan, times the largest multiplier that applies.

    Rule source: DESIGN §4, points earned. Multipliers do not stack; nothing paid earns nothing, and nothing is earned
    that would have lapsed before `today`, the day on which it is entered (`on` when left out).
    """
    rule, multiplier = Because.TIER, tier.multiplier
    if tier.birthday_multiplier > multiplier and is_birthday_month(client, on):
        rule, multiplier = Because.BIRTHDAY, tier.birthday_multiplier
    plain = (max(paid, Decimal(0)) * rules.points_per_yuan).to_integral_value(ROUND_DOWN)
    earned = min(int((plain * multiplier).to_integral_value(ROUND_DOWN)), MOST)
    if multiplier == 1:
        rule = Because.PLAIN
    if earned and today and (lapsed := lapsed_on(on, today, rules)):
        return Earning(0, multiplier, lapsed_words(on, lapsed))
    return Earning(earned, multiplier, _words(rule, multiplier, tier.label) if earned else "", rule)


def is_birthday_month(client: Client, on: date) -> bool:
    """Whether `on` lies in the client's month of birth, by the calendar of the birthday.

    Who was born in a leap month has it in the ordinary month of that number.
    """
    if client.birthday_month is None:
        return False
    if client.birthday_calendar == Calendar.SOLAR:
        return on.month == client.birthday_month
    day = lunar.lunar_date(on)
    return day.month == client.birthday_month and not day.leap


def told(mark: str) -> str:
    """The words for an entry's `why`: a multiplier that applied, or the reason somebody gave."""
    if mark in REFERRAL:
        return str(REFERRAL[mark])
    rule, _colon, multiplier = mark.partition(":")
    if rule == Because.BIRTHDAY:
        return _("birthday month ×%(multiplier)s") % {"multiplier": multiplier}
    if rule == Because.TIER:
        return _("tier ×%(multiplier)s") % {"multiplier": multiplier}
    return mark


def _words(rule: Because, multiplier: Decimal, tier: str) -> str:
    if rule is Because.TIER:
        return _("%(tier)s ×%(multiplier)s") % {"tier": tier, "multiplier": f"{multiplier.normalize():f}"}
    return told(f"{rule}:{multiplier.normalize():f}") if rule is Because.BIRTHDAY else ""


def lapse_day(earned_on: date, rules: LoyaltyRules) -> date:
    """The last day on which points earned on `earned_on` count: 31 December of the year after, by default."""
    return date(min(earned_on.year + rules.lapse_after_years, date.max.year), 12, 31)


def lapsed_on(earned_on: date, today: date, rules: LoyaltyRules) -> date | None:
    """The day on which points earned on `earned_on` lapsed, when it lies before `today`; else None."""
    day = lapse_day(earned_on, rules)
    return day if day < today else None


def lapsed_words(earned_on: date, lapsed: date) -> str:
    """Why a visit of `earned_on`, entered later, earns nothing."""
    return _("points of %(year)s lapsed on %(day)s") % {"year": earned_on.year, "day": lapsed.isoformat()}


def award_visit(account: LoyaltyAccount, visit: Visit, rules: LoyaltyRules | None = None) -> PointsEntry | None:
    """Write what a completed visit earns at the account's tier. Returns the entry, or None when nothing is earned.

    Repeating it gives the same entry. `rules` are those in force, when they are at hand.
    """
    rules, entered = rules or LoyaltyRules.load(), timezone.localdate(visit.recorded_at)
    earning = to_be_earned(account.client, account.tier, visit.total, visit.day, rules, today=entered)
    if visit.status != Visit.Status.COMPLETED or not earning.points:
        return None
    return post(
        account,
        Kind.EARN,
        earning.points,
        f"earn:visit:{visit.pk}",
        visit=visit,
        expires_on=lapse_day(visit.day, rules),
        why=earning.mark,
        by=visit.by,
        at=visit.recorded_at,
    )


def reverse_refund(account: LoyaltyAccount, refund: Refund) -> PointsEntry | None:
    """Take back the points of the money that `refund` gave back. Returns the entry, or None when there is nothing.

    Counted over all refunds of the visit so far, so that several of them add up to exactly what was earned.
    """
    visit = refund.visit
    given_back = visit.refunds.filter(pk__lte=refund.pk).aggregate(yuan=Sum("amount"))["yuan"]
    return _take_back(account, visit, given_back, f"reverse:refund:{refund.pk}", refund.by, refund.at, refund)


def reverse_visit(account: LoyaltyAccount, visit: Visit, *, by: User, at: datetime) -> PointsEntry | None:
    """Take back whatever a visit that is now void still holds of its points."""
    return _take_back(account, visit, visit.total, f"reverse:visit:{visit.pk}", by, at, None)


def kept_of(earned: int, total: Decimal, given_back: Decimal) -> int:
    """The points that stay when `given_back` of `total` yuan went back: in proportion, rounded down like earning."""
    return int(earned * (total - given_back) // total) if total else 0


def _take_back(
    account: LoyaltyAccount,
    visit: Visit,
    given_back: Decimal,
    occasion: str,
    by: User,
    at: datetime,
    refund: Refund | None,
) -> PointsEntry | None:
    entries = list(PointsEntry.objects.filter(account=account, visit=visit))
    if any(entry.occasion == occasion for entry in entries):
        return next(entry for entry in entries if entry.occasion == occasion)
    earned = next((entry for entry in entries if entry.kind == Kind.EARN), None)
    if earned is None:
        return None
    # Points that had been spent come back by the same kind, but those are positive: see spending.py.
    taken = -sum(entry.points for entry in entries if entry.kind == Kind.REVERSE and entry.points < 0)
    points = earned.points - kept_of(earned.points, visit.total, given_back) - taken
    if points <= 0:
        return None
    return post(
        account,
        Kind.REVERSE,
        -points,
        occasion,
        visit=visit,
        refund=refund,
        expires_on=earned.expires_on,
        by=by,
        at=at,
    )


# Balance and entry move in one statement. The row lock of the UPDATE makes every entry's balance_after exact, and a
# redemption finds the balance as it is, whatever runs at the same time.
POST = """
WITH moved AS (
    UPDATE loyalty_loyaltyaccount SET balance = balance + %(points)s
     WHERE client_id = %(account_id)s
       AND (%(kind)s <> 'redeem' OR balance + %(points)s >= 0)
       AND NOT EXISTS (SELECT FROM loyalty_pointsentry WHERE occasion = %(occasion)s)
    RETURNING balance)
INSERT INTO loyalty_pointsentry
    (account_id, kind, points, balance_after, occasion, visit_id, refund_id, expires_on, why, by_id, at)
SELECT %(account_id)s, %(kind)s, %(points)s, moved.balance, %(occasion)s, %(visit_id)s, %(refund_id)s, %(expires_on)s,
       %(why)s, %(by_id)s, %(at)s
  FROM moved
RETURNING id, balance_after
"""
COLUMNS = ("account_id", "kind", "points", "occasion", "visit_id", "refund_id", "expires_on", "why", "by_id", "at")


def post(
    account: LoyaltyAccount,
    kind: PointsEntry.Kind,
    points: int,
    occasion: str,
    *,
    visit: Visit | None = None,
    refund: Refund | None = None,
    expires_on: date | None = None,
    why: str = "",
    by: User | None = None,
    at: datetime | None = None,
) -> PointsEntry:
    """Add a line to the book and move the balance with it. The same occasion a second time gives the first line.

    `points` is signed and not zero. Raises NotEnoughPoints when a redemption exceeds the balance.
    """
    entry = PointsEntry(
        account=account,
        kind=kind,
        points=points,
        occasion=occasion,
        visit=visit,
        refund=refund,
        expires_on=expires_on,
        why=why[:200],
        by=by,
        at=at or timezone.now(),
    )
    try:
        # Two workers with the same occasion: the unique occasion sends the second one back, balance and all.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(POST, {name: getattr(entry, name) for name in COLUMNS})
            row = cursor.fetchone()
    except IntegrityError:
        if not PointsEntry.objects.filter(occasion=occasion).exists():
            raise
        row = None
    if row is None:
        account.refresh_from_db(fields=["balance"])
        known = PointsEntry.objects.filter(occasion=occasion).first()
        if known is None:
            raise NotEnoughPoints(account.balance, -points)
        return known
    entry.pk, entry.balance_after = row
    account.balance = entry.balance_after
    return entry
