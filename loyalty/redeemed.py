"""What a client had for points, as the client file shows it: entitlements that still hold, then every redemption."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Subquery
from django.utils import timezone

from loyalty import entitlements
from loyalty.models import LoyaltyAccount, LoyaltyRules, Redemption
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can

ROWS_A_PAGE = 10
HOURS_AT_FIRST: int = LoyaltyRules._meta.get_field("cancel_hours").default


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
    """What the client had, behind the redemption `before` or the newest, as `user` sees it. One query."""
    if account is None:
        return Redeemed()
    usable = entitlements.open_on(account, timezone.localdate(at)).values("pk")
    had = account.redemptions.all()
    page = had if before is None else had.filter(pk__lt=min(before, LARGEST_ID))
    latest = page.order_by("-pk").values("pk")[: ROWS_A_PAGE + 1]
    found: list[Any] = list(
        had.filter(Q(pk__in=latest) | Q(pk__in=usable))
        .select_related("reward", "by", "cancelled_by", "voucher", "service")
        .annotate(is_usable=Q(pk__in=usable), hours=Subquery(LoyaltyRules.objects.values("cancel_hours")[:1]))
        .order_by("-pk")
    )
    on_page = [one for one in found if before is None or one.pk < before][: ROWS_A_PAGE + 1]
    shown = on_page[:ROWS_A_PAGE]
    rows = [Row(one, user.can(Can.CANCEL_REDEMPTION) and _may_go_back(one, one.hours, at)) for one in shown]
    older = shown[-1].pk if len(on_page) > ROWS_A_PAGE else None
    held = sorted((one for one in found if one.is_usable), key=lambda one: (one.until, one.pk))
    return Redeemed(held, rows, older, before is None)


def _may_go_back(redemption: Redemption, hours: int | None, at: datetime) -> bool:
    """Whether it may still be cancelled; `hours` is None as long as nobody has changed the rules."""
    used = redemption.used or (redemption.voucher and redemption.voucher.used_visit_id)
    since = at - timedelta(hours=HOURS_AT_FIRST if hours is None else hours)
    return not redemption.cancelled_at and not used and redemption.at >= since
