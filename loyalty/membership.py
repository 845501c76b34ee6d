"""A client's membership as the client file shows it: points and when they lapse, the statement, the tier explained."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Manager
from django.utils.translation import gettext as _

from clients.models import Client
from loyalty.explaining import Explanation, change_words, explained
from loyalty.lapsing import Lot, lots
from loyalty.models import Adjustment, LoyaltyAccount, PointsEntry, PointsEntryQuerySet, Tier, TierChange
from loyalty.points import told
from loyalty.segment_explaining import SegmentExplanation, explain_segment
from loyalty.tiers import ladder
from staff.ids import LARGEST_ID

LINES_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the statement. Its entry must come from `with_reasons`."""

    entry: PointsEntry

    @property
    def because(self) -> str:
        """Why, in words: what somebody gave as the reason, or the rule that it came by."""
        entry = self.entry
        if entry.kind == PointsEntry.Kind.EXPIRE and entry.points > 0:
            return _("had lapsed, and was then taken back with the visit")
        if entry.kind == PointsEntry.Kind.EXPIRE and entry.expires_on:
            return _("they were valid until %(day)s") % {"day": entry.expires_on.isoformat()}
        if entry.kind == PointsEntry.Kind.REDEEM and entry.visit and not entry.why:
            return _("taken off the bill")
        if entry.refund and not entry.why:
            return entry.refund.reason
        if entry.kind == PointsEntry.Kind.REVERSE and entry.visit and not entry.why:
            return entry.visit.void_reason
        if entry.kind == PointsEntry.Kind.EARN and entry.visit:
            paid = _("¥%(total)s paid") % {"total": f"{entry.visit.total:,.2f}"}
            return f"{paid} · {told(entry.why)}" if entry.why else paid
        return told(entry.why)

    @property
    def who(self) -> str:
        """By whom, and who agreed; what no person did is said too."""
        adjusted: Adjustment | None = getattr(self.entry, "adjustment", None)
        if adjusted and adjusted.decided_by:
            return _("%(who)s, agreed by %(other)s") % {"who": self.entry.by, "other": adjusted.decided_by}
        return str(self.entry.by) if self.entry.by else _("by rule")


@dataclass(frozen=True, slots=True)
class Statement:
    """One page of the points book, newest first. `older` is the id to go on behind; None on the last page."""

    lines: list[Line] = field(default_factory=list)
    older: int | None = None
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Move:
    """One change of tier with its figures in words."""

    change: TierChange
    words: str

    @property
    def is_move(self) -> bool:
        return self.change.from_tier_id != self.change.to_tier_id

    @property
    def is_up(self) -> bool:
        before = self.change.from_tier
        return before is None or self.change.to_tier.position > before.position


@dataclass(frozen=True, slots=True)
class Membership:
    """All of it. Who never came has no account yet, and then nothing else either."""

    account: LoyaltyAccount | None
    explanation: Explanation | None = None
    lots: list[Lot] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    statement: Statement = field(default_factory=Statement)
    segment: SegmentExplanation | None = None

    @property
    def lapses_next(self) -> Lot | None:
        """The points that lapse first, if any do."""
        return next((lot for lot in self.lots if lot.expires_on), None)


def membership_of(client: Client, today: date, before: int | None = None) -> Membership:
    """A client's membership, with the page of the statement that lies behind the entry `before`. Six queries."""
    account = LoyaltyAccount.objects.select_related("tier").filter(client=client).first()
    return Membership(None) if account is None else books_of(account, ladder(), today, before)


def books_of(account: LoyaltyAccount, tiers: list[Tier], today: date, before: int | None = None) -> Membership:
    """The same of an account that is loaded already, with its tier and the tiers, lowest first. Four queries."""
    changes = list(account.tier_changes.select_related("from_tier", "to_tier", "by").order_by("pk"))
    moves = [Move(change, change_words(change, tiers[0])) for change in reversed(changes)]
    return Membership(
        account,
        explained(account, changes, tiers, today),
        lots(account),
        moves,
        statement(account, before),
        explain_segment(account, today),
    )


def statement(account: LoyaltyAccount, before: int | None = None) -> Statement:
    """A page of the points book: the lines older than the entry `before`, or the newest. One query."""
    entries = with_reasons(account.entries)
    if before is not None:
        entries = entries.filter(pk__lt=min(before, LARGEST_ID))
    found = list(entries.order_by("-pk")[: LINES_A_PAGE + 1])
    shown = found[:LINES_A_PAGE]
    older = shown[-1].pk if len(found) > LINES_A_PAGE else None
    return Statement([Line(entry) for entry in shown], older, before is None)


def with_reasons(entries: Manager[PointsEntry] | PointsEntryQuerySet) -> PointsEntryQuerySet:
    """The entries with all that says who and why. No further query."""
    return entries.select_related("by", "visit", "refund", "adjustment__decided_by")  # type: ignore[return-value]
