"""Taking a visit back: void, or refund in whole or by line. Money, points, standing and tier, or none of them."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import points, referrals, reversals, segments, spending, standing, tiers, undoing
from loyalty.models import LoyaltyAccount, PointsEntry, Tier, TierChange
from loyalty.spending import OfVisit
from loyalty.undoing import Undone
from staff import audit
from staff.models import User
from staff.reasons import reason_in, wrong_with
from staff.roles import Can
from visits import keeping
from visits.models import ZERO, Payment, Refund, RefundLine, Visit, VisitLine


class ReversalRefused(Exception):
    """A void or refund that cannot be. `field` names the field of the form that is wrong, empty for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class AlreadyVoid(ReversalRefused):
    """The visit was voided before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a void or refund did. Money in yuan; `points` were taken back, `undone.returned` given back.

    A walk-in has money only.
    """

    visit: Visit
    money: Decimal
    points: int = 0
    undone: Undone = field(default_factory=Undone)
    balance: int | None = None
    tier_before: Tier | None = None
    tier_after: Tier | None = None
    refund: Refund | None = None

    @property
    def tier_falls(self) -> bool:
        return self.tier_before != self.tier_after


@dataclass(frozen=True, slots=True)
class Refundable:
    """A line of a receipt and how many yuan of it may still go back."""

    line: VisitLine
    rest: Decimal


def may_reverse(user: User, visit: Visit, today: date) -> bool:
    """Whether `user` may void or refund this visit: the manager any, the front desk what it entered itself today."""
    if user.can(Can.VOID_ANY):
        return True
    entered_today = timezone.localdate(visit.recorded_at) == today
    return user.can(Can.VOID_OWN_TODAY) and visit.by_id == user.pk and entered_today


def refundable_lines(visit: Visit) -> list[Refundable]:
    """The lines of a visit with what may still be given back of each. Two queries."""
    given = dict(
        RefundLine.objects.filter(refund__visit=visit)
        .values_list("line")
        .annotate(Sum("amount"))
        .values_list("line", "amount__sum")
    )
    return [Refundable(line, line.amount - given.get(line.pk, ZERO)) for line in visit.lines.all()]


@transaction.atomic
def void(visit: Visit, reason: str, *, by: User, at: datetime) -> Outcome:
    """Undo the visit: it counts for nothing any more, whatever it earned is taken back, and so is whom it let in.

    Raises AlreadyVoid the second time, and ReversalRefused without the right or a reason.
    """
    visit, account = _hold(visit, by, at)
    reason = _reason(reason)
    audit.because(reason)
    voided = (
        Visit.objects.completed()
        .filter(pk=visit.pk)
        .update(status=Visit.Status.VOID, voided_at=at, voided_by=by, void_reason=reason)
    )
    if not voided:
        raise AlreadyVoid(_("This visit is already void."))
    money = visit.paid
    visit.refresh_from_db(fields=["status", "voided_at", "voided_by", "void_reason"])
    if account is None:
        return Outcome(visit, money)
    # Often the wrong client was checked out: her file is none of the beautician's business.
    keeping.take_back(account.pk, {line.beautician_id for line in visit.lines.all() if line.beautician_id})
    taken = points.reverse_visit(account, visit, by=by, at=at)
    undone = undoing.undo(account, visit, by=by, at=at)
    return _settled(visit, account, money, taken, undone, by=by, at=at)


@transaction.atomic
def refund(
    visit: Visit,
    amounts: Mapping[int, Decimal] | None,
    method: str,
    reason: str,
    *,
    key: uuid.UUID,
    by: User,
    at: datetime,
) -> Outcome:
    """Give back `amounts`, in yuan by the id of the line, or all that is left when None.

    The same `key` again gives the refund that was made. Raises ReversalRefused, with the field, for what is not
    within the receipt, and AlreadyVoid for a void visit.
    """
    visit, account = _hold(visit, by, at)
    if done := Refund.objects.filter(key=key).first():
        return _repeated(done, visit, account, amounts, method)
    if visit.status == Visit.Status.VOID:
        raise AlreadyVoid(_("This visit is already void."))
    reason = _reason(reason)
    if method not in Payment.Method.values:
        raise ReversalRefused(_("Choose how the money goes back."), "method")
    parts = _parts(visit, amounts)
    total = visit.total - visit.refunded if amounts is None else sum(parts.values(), ZERO)
    if total <= 0:
        raise ReversalRefused(_nothing_left(visit))
    audit.because(reason)
    within = Visit.objects.completed().filter(pk=visit.pk, refunded__lte=F("total") - total)
    if not within.update(refunded=F("refunded") + total):
        raise ReversalRefused(_("That is more than is left of this receipt."))
    visit.refresh_from_db(fields=["refunded"])
    try:
        with transaction.atomic():
            made = Refund.objects.create(key=key, visit=visit, amount=total, method=method, reason=reason, at=at, by=by)
    except IntegrityError as taken_elsewhere:  # the same key for another receipt, at the same moment
        raise _other_refund() from taken_elsewhere
    RefundLine.objects.bulk_create([RefundLine(refund=made, line_id=pk, amount=part) for pk, part in parts.items()])
    if account is None:
        return Outcome(visit, total, refund=made)
    taken = points.reverse_refund(account, made)
    returned = spending.return_for_refund(account, made)
    undone = Undone(returned=returned.points if returned else 0, stays_used=bool(visit.voucher_discount))
    if visit.refunded == visit.total:
        undone = undoing.undo_reward(account, visit, undone, by=by, at=at)
    return _settled(visit, account, total, taken, undone, by=by, at=at, made=made)


def foreseen_void(visit: Visit, today: date) -> Outcome:
    """What voiding `visit` would do, told without doing it. Raises AlreadyVoid."""
    if visit.status == Visit.Status.VOID:
        raise AlreadyVoid(_("This visit is already void."))
    account = LoyaltyAccount.objects.select_related("tier").filter(client=visit.client_id).first()
    if account is None:
        return Outcome(visit, visit.paid)
    book = OfVisit.read(visit)
    undone = undoing.foreseen(visit, book, today)
    balance = account.balance - book.held + undone.returned - undone.bonus_of(account)
    left = reversals.tier_without(account, visit, today)
    return Outcome(visit, visit.paid, book.held, undone, balance, account.tier, left)


@contextmanager
def only_looking() -> Iterator[None]:
    """Undo whatever is done inside: what an act would do is told by doing it, so it cannot differ from the act."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _hold(visit: Visit, by: User, at: datetime) -> tuple[Visit, LoyaltyAccount | None]:
    """The account, then the visit, locked in the order of a checkout. Raises ReversalRefused without the right."""
    if visit.client:
        referrals.make_way(visit.client)
    account = LoyaltyAccount.objects.locked(visit.client) if visit.client else None
    held = Visit.objects.select_for_update(of=("self",)).select_related("client").get(pk=visit.pk)
    if not may_reverse(by, held, timezone.localdate(at)):
        raise ReversalRefused(_("You may take back only what you entered yourself today. Please ask the manager."))
    return held, account


def _reason(reason: str) -> str:
    reason = reason_in(reason)
    if wrong := wrong_with(reason):
        raise ReversalRefused(wrong, "reason")
    return reason


def _parts(visit: Visit, amounts: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    """What goes back by line. None: of every line what is left, within what is left of the receipt."""
    lines = {found.line.pk: found for found in refundable_lines(visit)}
    if amounts is None:
        return _within(lines.values(), visit.total - visit.refunded)
    for pk, amount in amounts.items():
        if pk not in lines:
            raise ReversalRefused(_("This line is not on the receipt."), f"line-{pk}")
        if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
            raise ReversalRefused(_("Enter yuan with at most two decimal places."), f"line-{pk}")
        if amount > lines[pk].rest:
            raise ReversalRefused(_("At most ¥%(rest)s of this line.") % {"rest": lines[pk].rest}, f"line-{pk}")
    return {pk: amount for pk, amount in amounts.items() if amount}


def _within(lines: Iterable[Refundable], rest: Decimal) -> dict[int, Decimal]:
    parts: dict[int, Decimal] = {}
    for found in lines:
        part = min(found.rest, rest)
        if part > 0:
            parts[found.line.pk] = part
            rest -= part
    return parts


def _nothing_left(visit: Visit) -> str:
    if not visit.total and visit.points_discount:
        return _("No money was paid here, only points. Void it: then the points come back.")
    return _("There is nothing to give back. Enter an amount beside a line.")


def _other_refund() -> ReversalRefused:
    return ReversalRefused(_("This refund is already saved with other amounts. Please check it."))


def _repeated(
    done: Refund, visit: Visit, account: LoyaltyAccount | None, amounts: Mapping[int, Decimal] | None, method: str
) -> Outcome:
    if amounts is None:
        before = visit.refunds.filter(pk__lt=done.pk).aggregate(yuan=Sum("amount"))["yuan"] or ZERO
        same = done.amount == visit.total - before
    else:
        sent = {pk: amount for pk, amount in amounts.items() if amount}
        same = sent == dict(done.lines.values_list("line", "amount"))
    if done.visit_id != visit.pk or not same or done.method != method:
        raise _other_refund()
    moved = list(PointsEntry.objects.filter(refund=done).values_list("points", flat=True))
    taken, returned = -sum(one for one in moved if one < 0), sum(one for one in moved if one > 0)
    tier = account.tier if account else None
    balance = account.balance if account else None
    undone = Undone(returned=returned, stays_used=bool(visit.voucher_discount))
    return Outcome(visit, done.amount, taken, undone, balance, tier, tier, done)


def _settled(
    visit: Visit,
    account: LoyaltyAccount,
    money: Decimal,
    taken: PointsEntry | None,
    undone: Undone,
    *,
    by: User,
    at: datetime,
    made: Refund | None = None,
) -> Outcome:
    """Count the standing again and bring tier and segment in line with it."""
    today, before = timezone.localdate(at), account.tier
    standing.refresh(account, today)
    tiers.reassess(account, today, why=TierChange.Why.EARNED, by=by)
    reversals.take_back(account, visit, today, by=by, at=at)
    segments.refresh(account, today)
    return Outcome(visit, money, -taken.points if taken else 0, undone, account.balance, before, account.tier, made)
