"""Points given for a reward, and a redemption cancelled: points, stock, voucher and slip, or none of them.

Rule source: DESIGN §4, redemption. Whatever runs at the same time, neither balance nor stock falls below zero: the
client's account is held first, and stock falls by a conditional UPDATE.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client
from loyalty import proving, vouchers
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Redemption, Reward, Tier, Voucher
from loyalty.months import months_after
from loyalty.points import NotEnoughPoints, post
from loyalty.proving import NotProven
from staff import audit
from staff.models import User
from staff.reasons import reason_in, wrong_with
from staff.roles import Can

Kind = PointsEntry.Kind


class RedemptionRefused(Exception):
    """What cannot be redeemed or cancelled. `field`: `reward`, `proof` or `reason`; empty for the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyCancelled(RedemptionRefused):
    """The redemption was cancelled before."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as this client stands to it: the points that are `missing`, and the tier that it is from, if too low."""

    reward: Reward
    missing: int
    from_tier: Tier | None = None

    @property
    def is_out(self) -> bool:
        return self.reward.stock == 0

    @property
    def is_possible(self) -> bool:
        return not self.missing and not self.is_out and self.from_tier is None


def on_offer() -> "models.QuerySet[Reward]":
    """The rewards that may be redeemed: on offer, and so is what they give."""
    found = Reward.objects.filter(is_active=True).exclude(voucher_kind__is_active=False)
    return found.exclude(service__is_active=False)


def offers(account: LoyaltyAccount | None) -> list[Offer]:
    """All rewards on offer, for this client. One query."""
    balance = account.balance if account else 0
    found = on_offer().select_related("service", "voucher_kind__min_tier")
    return [Offer(one, max(one.points - balance, 0), _tier_missing(account, one)) for one in found]


def redeem(
    client: Client, reward: Reward, *, key: uuid.UUID, proof: str, by: User, at: datetime, shown: int | None = None
) -> Redemption:
    """Give `reward` for the client's points. The same `key` again gives the redemption that was made.

    `proof`: the last four digits of the client's phone as typed, or how the client was known where there is none.
    `shown`: the points that stood on the screen. Raises RedemptionRefused with the field; then nothing was written,
    except to the trail that a try was wrong.
    """
    if not by.can(Can.REDEEM):
        raise RedemptionRefused("", _("You may not redeem points."))
    try:
        with transaction.atomic():
            account = LoyaltyAccount.objects.locked(client)
            if done := Redemption.objects.filter(key=key).select_related("reward").first():
                return _repeated(done, account, reward)
            reward = _as_it_is(reward, shown)
            _check_client(client)
            _check_points(account, reward)
            try:
                known_by = proving.proven(client, proof, by=by, at=at)
            except NotProven as refused:
                not_proven = str(refused)  # raised outside, so that the trail keeps the wrong try
            else:
                return _give(account, reward, key=key, proof=known_by, by=by, at=at)
    except IntegrityError:
        if not Redemption.objects.filter(key=key).exists():
            raise
        raise _another() from None  # the same key for another client, at the same moment
    raise RedemptionRefused("proof", not_proven)


@transaction.atomic
def cancel(redemption: Redemption, reason: str, *, by: User, at: datetime) -> Redemption:
    """Take a redemption back: the same points with the day they would lapse, the stock, the voucher.

    Raises AlreadyCancelled the second time, and RedemptionRefused when it is too late or something of it was used.
    """
    if not by.can(Can.CANCEL_REDEMPTION):
        raise RedemptionRefused("", _("Only the manager cancels a redemption."))
    account = LoyaltyAccount.objects.locked(redemption.account.client)
    with_parts = Redemption.objects.select_related("reward", "voucher__used_visit")
    held = with_parts.select_for_update(of=("self",)).get(pk=redemption.pk)
    held.account = account
    if refused := why_not_cancelled(held, at):
        raise refused
    reason = reason_in(reason)
    if wrong := wrong_with(reason):
        raise RedemptionRefused("reason", wrong)
    audit.because(reason)
    if held.voucher and held.voucher.status == Voucher.Status.OPEN:
        vouchers.withdraw(held.voucher, reason, by=by, at=at)
    Reward.objects.filter(pk=held.reward_id, stock__isnull=False).update(stock=F("stock") + 1)
    # Positive and without a day: it lessens what was spent, so the points have the day they had. See lapsing.py.
    held.cancel_entry = post(
        account, Kind.REVERSE, held.points, f"cancel:redemption:{held.pk}", why=held.name, by=by, at=at
    )
    held.cancelled_at, held.cancelled_by, held.cancel_reason = at, by, reason
    held.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason", "cancel_entry"])
    return held


def why_not_cancelled(redemption: Redemption, at: datetime) -> RedemptionRefused | None:
    """Why this redemption cannot be cancelled any more; None when it can. Two queries at most."""
    if redemption.cancelled_at:
        return AlreadyCancelled("", _("This redemption is already cancelled."))
    hours = LoyaltyRules.load().cancel_hours
    if at > redemption.at + timedelta(hours=hours):
        return RedemptionRefused(
            "", _("Only within %(hours)s hours of the redemption can it be cancelled.") % {"hours": hours}
        )
    if redemption.used:
        told = ngettext(
            "It was used %(times)s time already. Void that visit first, then cancel.",
            "It was used %(times)s times already. Void those visits first, then cancel.",
            redemption.used,
        )
        return RedemptionRefused("", told % {"times": redemption.used})
    voucher = redemption.voucher
    if voucher and voucher.used_visit:
        told = _("Its voucher was used at %(visit)s. Void that visit first, then cancel.")
        return RedemptionRefused("", told % {"visit": voucher.used_visit.number})
    return None


def _as_it_is(reward: Reward, shown: int | None) -> Reward:
    """The reward as it is now. Raises RedemptionRefused when it is no longer on offer, or for other points."""
    now = on_offer().select_related("service", "voucher_kind__min_tier").filter(pk=reward.pk).first()
    if now is None:
        raise RedemptionRefused("reward", _("%(reward)s is no longer on offer.") % {"reward": reward.label})
    if shown is not None and shown != now.points:
        told = _("%(reward)s now needs %(points)s points. Ask the client, then redeem again.")
        raise RedemptionRefused("reward", told % {"reward": now.label, "points": f"{now.points:,}"})
    return now


def _check_client(client: Client) -> None:
    client.refresh_from_db(fields=["status"])  # a merge or an erasure may have gone first
    if not client.is_on_file:
        raise RedemptionRefused("", _("This client's file was merged or erased. Choose the client again."))


def _check_points(account: LoyaltyAccount, reward: Reward) -> None:
    if account.balance < 0:
        told = _("The balance is %(balance)s, after a refund. Nothing can be redeemed until it is above zero again.")
        raise RedemptionRefused("reward", told % {"balance": f"{account.balance:,}"})
    if account.balance < reward.points:
        raise RedemptionRefused("reward", str(NotEnoughPoints(account.balance, reward.points)))
    if tier := _tier_missing(account, reward):
        raise RedemptionRefused("reward", _("%(reward)s is only from %(tier)s on.") % {"reward": reward, "tier": tier})


def _tier_missing(account: LoyaltyAccount | None, reward: Reward) -> Tier | None:
    """The tier from which the reward's voucher may be had, when the client is not there."""
    kind = reward.voucher_kind
    if kind is None or (account and vouchers.may_have(account, kind)):
        return None
    return kind.min_tier


def _give(account: LoyaltyAccount, reward: Reward, *, key: uuid.UUID, proof: str, by: User, at: datetime) -> Redemption:
    today = timezone.localdate(at)
    _take_from_stock(reward)
    entry = post(account, Kind.REDEEM, -reward.points, f"redeem:{key}", why=reward.name, by=by, at=at)
    made = Redemption(
        key=key,
        account=account,
        reward=reward,
        name=reward.name,
        points=reward.points,
        entry=entry,
        proof=proof,
        at=at,
        by=by,
    )
    if reward.voucher_kind:
        source = Voucher.Source.REWARD
        made.voucher = vouchers.issue(
            account, reward.voucher_kind, on=today, source=source, occasion=f"redeem:{key}", by=by
        )
    if reward.service:
        made.service, made.until, made.uses = reward.service, months_after(today, reward.months), reward.uses
    made.save(force_insert=True)
    return made


def _take_from_stock(reward: Reward) -> None:
    """One less, if there is one and nothing about the reward changed meanwhile. Without end it stays without end."""
    same = Reward.objects.filter(pk=reward.pk, is_active=True, points=reward.points).exclude(stock=0)
    if same.update(stock=F("stock") - 1):
        return
    _as_it_is(reward, reward.points)
    raise RedemptionRefused("reward", _("%(reward)s is out of stock: the last one is gone.") % {"reward": reward.label})


def _repeated(done: Redemption, account: LoyaltyAccount, reward: Reward) -> Redemption:
    if (done.account_id, done.reward_id) != (account.pk, reward.pk):
        raise _another()
    return done


def _another() -> RedemptionRefused:
    return RedemptionRefused("", _("Already done with another reward. Start again from the client's file."))
