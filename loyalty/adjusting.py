"""Points added or taken by hand, with the reason. Above the manager's limit a second person has to agree.

Rule source: DESIGN §4, and the figure `adjust_limit` of the rules of the membership.
"""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from loyalty import points as book
from loyalty.models import Adjustment, LoyaltyAccount, LoyaltyRules, PointsEntry
from staff import audit
from staff.models import User
from staff.reasons import reason_in, wrong_with
from staff.roles import Can

# Nobody means more than this by hand, second person or not.
MOST_BY_HAND = 1_000_000
Status = Adjustment.Status


class AdjustmentRefused(Exception):
    """An adjustment that cannot be. `field` names what is wrong in the form, empty for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def adjust(client: Client, points: int, reason: str, *, key: uuid.UUID, by: User, at: datetime) -> Adjustment:
    """Add `points` to the client's balance, or take them when negative; above the limit, ask a second person first.

    What the same person moved alone for this client on the same day counts with it, so that parts come to no more.
    The same `key` again gives the adjustment that was made. Points added lapse like earned ones; points taken are the
    oldest, and never more than there are. Raises AdjustmentRefused, with the field.
    """
    if not by.can(Can.ADJUST_POINTS):
        raise AdjustmentRefused(_("Only the manager adjusts points."))
    account = LoyaltyAccount.objects.locked(client)
    reason = reason_in(reason)
    if done := Adjustment.objects.filter(key=key).first():
        return _repeated(done, account, points, reason)
    _check(account, points, reason)
    moved = max(abs(points), abs(points + _alone(account, by, at)))
    waits = moved > LoyaltyRules.load().adjust_limit
    audit.because(reason)
    made = Adjustment(key=key, account=account, points=points, reason=reason, status=Status.PENDING, at=at, by=by)
    if not waits:
        made.status, made.entry = Status.POSTED, _post(made, account, at)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as taken_elsewhere:  # the same key for another client, at the same moment
        raise _another() from taken_elsewhere
    return made


@transaction.atomic
def decide(adjustment: Adjustment, agree: bool, *, by: User, at: datetime) -> Adjustment:
    """Agree to what waits, or refuse it, as the second person. Repeating the same decision changes nothing.

    Raises AdjustmentRefused for who asked for it, when somebody decided otherwise, or when the points are gone.
    """
    if not by.can(Can.AGREE_ADJUSTMENT):
        raise AdjustmentRefused(_("You may not agree to an adjustment."))
    account = LoyaltyAccount.objects.locked(adjustment.account.client)
    held = Adjustment.objects.select_for_update(of=("self",)).select_related("by", "decided_by").get(pk=adjustment.pk)
    held.account = account
    if held.by_id == by.pk:
        raise AdjustmentRefused(_("You asked for this yourself; another person has to agree."))
    decided = Status.POSTED if agree else Status.REFUSED
    if held.status != Status.PENDING:
        if held.status == decided and held.decided_by_id == by.pk:
            return held
        raise AdjustmentRefused(
            _("%(who)s decided this already: %(what)s.") % {"who": held.decided_by, "what": held.get_status_display()}
        )
    if agree:
        _check(account, held.points, held.reason)
        held.entry = _post(held, account, at)
    held.status, held.decided_by, held.decided_at = decided, by, at
    audit.because(held.reason)
    held.save(update_fields=["status", "entry", "decided_by", "decided_at"])
    return held


def waiting() -> int:
    """How many adjustments wait for a second person. One query."""
    return Adjustment.objects.filter(status=Status.PENDING).count()


def _alone(account: LoyaltyAccount, by: User, at: datetime) -> int:
    """The points that this person added to the balance that day, less those taken, without a second one. One query."""
    mine = account.adjustments.filter(by=by, status=Status.POSTED, decided_by=None, at__date=timezone.localdate(at))
    moved: int = mine.aggregate(points=Sum("points", default=0))["points"]
    return moved


def _check(account: LoyaltyAccount, points: int, reason: str) -> None:
    account.client.refresh_from_db(fields=["status"])  # a merge or an erasure may have gone first
    if not account.client.is_on_file:
        raise AdjustmentRefused(_("This client's file was merged or erased."))
    if not 0 < abs(points) <= MOST_BY_HAND:
        raise AdjustmentRefused(
            _("Enter a whole number, not 0, of at most %(most)s.") % {"most": f"{MOST_BY_HAND:,}"}, "points"
        )
    if account.balance + points > book.MOST:
        raise AdjustmentRefused(_("The balance would be too large."), "points")
    if points < 0 and account.balance + points < 0:
        there = max(account.balance, 0)
        raise AdjustmentRefused(
            _("There are only %(points)s points; the balance can be taken down to zero, not below.")
            % {"points": f"{there:,}"},
            "points",
        )
    if wrong := wrong_with(reason):
        raise AdjustmentRefused(wrong, "reason")


def _post(made: Adjustment, account: LoyaltyAccount, at: datetime) -> PointsEntry:
    added = made.points > 0
    return book.post(
        account,
        PointsEntry.Kind.ADJUST,
        made.points,
        f"adjust:{made.key}",
        expires_on=book.lapse_day(timezone.localdate(at), LoyaltyRules.load()) if added else None,
        why=made.reason,
        by=made.by,
        at=at,
    )


def _repeated(done: Adjustment, account: LoyaltyAccount, points: int, reason: str) -> Adjustment:
    if (done.account_id, done.points, done.reason) != (account.pk, points, reason):
        raise _another()
    return done


def _another() -> AdjustmentRefused:
    return AdjustmentRefused(_("This adjustment is already saved with other content. Please check it."))
