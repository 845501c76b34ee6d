"""What a client had for points, as the client file shows it: entitlements that still hold, then every redemption."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from loyalty import entitlements
from loyalty.models import LoyaltyAccount, LoyaltyRules, Redemption
from staff.models import User
from staff.roles import Can

ROWS_A_PAGE = 10
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One redemption, and whether the person who looks may still cancel it."""

    redemption: Redemption
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Entitlements that can be used today, and a page of the history, newest first. `older`: the id to go on behind."""

    entitlements: list[Redemption] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    older: int | None = None
    is_first: bool = True


def redeemed_by(account: LoyaltyAccount | None, user: User, at: datetime, before: int | None = None) -> Redeemed:
    """What the client had, behind the redemption `before` or the newest, as `user` sees it. At most three queries."""
    if account is None:
        return Redeemed()
    had = account.redemptions.select_related("reward", "by", "cancelled_by", "voucher", "service")
    if before is not None:
        had = had.filter(pk__lt=min(before, LARGEST_ID))
    found = list(had.order_by("-pk")[: ROWS_A_PAGE + 1])
    shown = found[:ROWS_A_PAGE]
    since = _cancelled_since(user, at) if shown else None
    rows = [Row(one, since is not None and _may_go_back(one, since)) for one in shown]
    older = shown[-1].pk if len(found) > ROWS_A_PAGE else None
    return Redeemed(entitlements.usable(account, timezone.localdate(at)), rows, older, before is None)


def _cancelled_since(user: User, at: datetime) -> datetime | None:
    """Since when redemptions may still be cancelled; None for who never may."""
    return at - timedelta(hours=LoyaltyRules.load().cancel_hours) if user.can(Can.CANCEL_REDEMPTION) else None


def _may_go_back(redemption: Redemption, since: datetime) -> bool:
    used = redemption.used or (redemption.voucher and redemption.voucher.used_visit_id)
    return not redemption.cancelled_at and not used and redemption.at >= since
