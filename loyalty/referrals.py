"""Who brought whom: set until the first paid visit, rewarded to both when that visit completes, taken back with it.

Rule source: DESIGN §4, referral. A visit that was refunded whole is no paid visit: it takes the reward back as a void
does. A refund of a part takes nothing back here.

Two accounts in one transaction, and no deadlock. A checkout or a void holds the account of the client who came and
then waits for that of whoever brought her. So every wait goes one step up, from who was brought to who brought, and
that step stands still meanwhile: `reward` holds the row of the client who came, which `set_referrer` needs, and while
a reward stands nobody may change it. For a deadlock the waits would have to close a ring, and so would `referred_by`:
but there are no circles in it, since `set_referrer` looks for them one caller at a time. (An order by client id would
not do: who brought somebody is known for certain only once the account is held, and most often has the smaller id.)
Jobs that write many accounts in one statement take them in no order at all. They hold `many_accounts.ONE_AT_A_TIME`
for a batch, and `make_way`, before any account is held, shares it: then no such job is half-way through while a
checkout holds one account and waits for another.
"""

from datetime import datetime
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import file
from clients.models import Client
from loyalty import points, vouchers
from loyalty.many_accounts import WITH_OTHER_CHECKOUTS
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Referral, Voucher, VoucherKind, VoucherQuerySet
from staff.compiled import CLIENT, VISIT, Compiled
from staff.models import User
from staff.roles import Can
from visits.models import Visit, VisitQuerySet

Kind = PointsEntry.Kind


class ReferrerRefused(Exception):
    """A client who cannot be the one that brought another. The text says why."""


# Whoever changes who brought whom is alone with it, so that two changes at once cannot close a circle.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('loyalty.referrals'))"
# UNION, not UNION ALL: should there be a circle from elsewhere, the walk upwards ends all the same.
IS_ABOVE = """
WITH RECURSIVE above(id) AS (
    SELECT referred_by_id FROM clients_client WHERE id = %(referrer)s
     UNION
    SELECT client.referred_by_id FROM above JOIN clients_client AS client ON client.id = above.id)
SELECT EXISTS (SELECT FROM above WHERE id = %(client)s)
"""


def make_way(client: Client) -> None:
    """Called before the account of `client` is held, by acts that may then need a second one. See above.

    One query for who was brought by somebody, none for all others.
    """
    if client.referred_by_id:
        with connection.cursor() as cursor:
            cursor.execute(WITH_OTHER_CHECKOUTS)


@transaction.atomic
def reward(account: LoyaltyAccount, visit: Visit, *, by: User, at: datetime) -> Referral | None:
    """Reward both when `visit`, just completed, is the first paid one of a client who was brought. Once.

    After a reward was taken back, the next paid visit brings it again. The account is held by the caller, who asks
    for every client, whatever the file said when it was read: somebody may enter who brought her at this very moment.
    Returns the referral, or None when there is nothing to reward; then it took one query.
    """
    if visit.total <= 0 or visit.status != Visit.Status.COMPLETED:
        return None
    referrer = _to_be_rewarded(account, visit)
    if referrer is None:
        return None
    other = LoyaltyAccount.objects.locked(referrer)
    referrer.refresh_from_db(fields=["status"])  # a merge or an erasure may have gone first
    if not referrer.is_on_file:
        return None
    rules = LoyaltyRules.load()
    made = Referral.objects.create(
        referrer=other, referred=account, visit=visit, points=rules.referral_points, rewarded_at=at
    )
    if made.points:
        lapses = points.lapse_day(timezone.localdate(at), rules)
        for one, why in ((other, points.BROUGHT), (account, points.CAME)):
            points.post(
                one, Kind.BONUS, made.points, points_occasion(visit, one), expires_on=lapses, why=why, by=by, at=at
            )
    _give_vouchers(made, at)
    return made


@transaction.atomic
def take_back(visit: Visit, *, by: User, at: datetime, account: LoyaltyAccount | None = None) -> Referral | None:
    """Take the reward back that rests on `visit`, void or refunded whole: the points of both, also below zero.

    Vouchers not used yet are withdrawn; used ones stay, until the visit at which they were used is void too: so this
    is called after `vouchers.undo_visit`. `account` is that of the visit's client when the caller holds it, so that
    its balance is right afterwards. Returns the referral, or None when none rests on this visit.
    """
    if visit.client_id:
        _withdraw_restored(visit.client_id, by, at)
    made = Referral.objects.select_related("referrer__client", "referred__client").filter(visit=visit).first()
    if made is None:
        return None
    account = account or LoyaltyAccount.objects.locked(made.referred.client)
    other = LoyaltyAccount.objects.locked(made.referrer.client)
    standing = Referral.objects.filter(pk=made.pk, taken_back_at=None)
    if not standing.update(taken_back_at=at, taken_back_by=by):
        return None
    made.taken_back_at, made.taken_back_by = at, by
    for one in (account, other):
        _take_points_back(made, one, by, at)
        _withdraw(Voucher.objects.filter(occasion=voucher_occasion(visit, one)), visit.number, by, at)
    return made


@transaction.atomic
def set_referrer(client: Client, referrer: Client | None, *, by: User, at: datetime) -> bool:
    """Say who brought `client`, or that nobody did. Returns whether that was news.

    Raises ReferrerRefused without the right, after the first paid visit, and for who cannot have brought this client.
    """
    if not by.can(Can.EDIT_CLIENT):
        raise ReferrerRefused(_("You may not change this client file."))
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    # `reward` holds this row too: either it sees who is entered here, or the visit that it looked at is seen here.
    now = Client.objects.select_for_update().get(pk=client.pk)
    if not now.is_on_file:
        raise ReferrerRefused(_("This client's file was merged or erased."))
    if why := why_fixed(now):
        raise ReferrerRefused(why)
    if referrer is not None:
        _refuse_impossible(now, referrer)
    client.referred_by = referrer
    return bool(file.change(now, {"referred_by": referrer}, version=now.version, at=at))


def why_fixed(client: Client) -> str:
    """Why it can no longer be changed who brought `client`, in words; "" while it can. One query."""
    rewarded = Referral.objects.filter(referred=OuterRef("pk"), taken_back_at=None)
    paid = paid_visits().filter(client=OuterRef("pk"))
    found = Client.objects.filter(pk=client.pk).values_list(Exists(rewarded), Exists(paid)).first()
    return fixed_words(*found) if found else ""


def fixed_words(is_rewarded: bool, has_paid: bool) -> str:
    """The words for why it can no longer be changed who brought a client; "" while it can."""
    if is_rewarded:
        return _("Both were rewarded at the first paid visit. Who brought this client no longer changes.")
    if has_paid:
        return _("Who brought a client is entered until the first paid visit. There is one already.")
    return ""


def paid_visits() -> VisitQuerySet:
    """The visits that count as paid for: completed, and neither for nothing nor refunded whole."""
    return Visit.objects.completed().filter(total__gt=0, refunded__lt=F("total"))


def points_occasion(visit: Visit, account: LoyaltyAccount) -> str:
    """The occasion of the points that a referral gives to one of the two."""
    return f"bonus:referral:{visit.pk}:{account.pk}"


def voucher_occasion(visit: Visit, account: LoyaltyAccount) -> str:
    """The occasion of the voucher that a referral gives to one of the two."""
    return f"referral:{visit.pk}:{account.pk}"


def _to_be_rewarded(account: LoyaltyAccount, visit: Visit) -> Client | None:
    """Whoever brought the client, when this visit is the one that counts; the client's row is held from then on."""
    ((brought_by, counts),) = _question().ask({CLIENT: account.pk, VISIT: visit.pk})
    return Client.objects.on_file().filter(pk=brought_by).first() if brought_by and counts else None


@lru_cache(maxsize=1)
def _question() -> Compiled:
    """Who brought `CLIENT`, and whether `VISIT` is the one that counts. Holds the client's row."""
    paid_before = paid_visits().filter(client=OuterRef("pk")).exclude(pk=VISIT)
    before = Referral.objects.filter(referred=OuterRef("pk"))
    standing, taken_back = before.filter(taken_back_at=None), before.filter(taken_back_at__isnull=False)
    return Compiled(
        Client.objects.select_for_update(no_key=True)
        .filter(pk=CLIENT)
        .annotate(counts=~Exists(standing) & (Exists(taken_back) | ~Exists(paid_before)))
        .values_list("referred_by", "counts")
    )


def _take_points_back(made: Referral, account: LoyaltyAccount, by: User, at: datetime) -> None:
    given = PointsEntry.objects.filter(occasion=points_occasion(made.visit, account)).first()
    if given is None:
        return
    occasion = f"reverse:referral:{made.visit_id}:{account.pk}"
    points.post(
        account, Kind.REVERSE, -given.points, occasion, expires_on=given.expires_on, why=points.TAKEN_BACK, by=by, at=at
    )


def _give_vouchers(made: Referral, at: datetime) -> None:
    """A voucher to both, where a kind is in use for it. Who used one for this client before has had it."""
    kinds = VoucherKind.objects.select_related("min_tier", "service")
    kind = kinds.filter(rule=VoucherKind.Rule.REFERRAL, is_active=True).first()
    if kind is None:
        return
    before = Referral.objects.filter(referred=made.referred).exclude(pk=made.pk).values_list("visit", flat=True)
    earlier = [f"referral:{visit}:{one.pk}" for visit in before for one in (made.referrer, made.referred)]
    used = Voucher.objects.filter(occasion__in=earlier, status=Voucher.Status.USED).values_list("account", flat=True)
    had = set(used) if earlier else set()
    for one in (made.referrer, made.referred):
        if one.pk not in had and vouchers.may_have(one, kind):
            occasion = voucher_occasion(made.visit, one)
            vouchers.issue(one, kind, on=timezone.localdate(at), source=Voucher.Source.RULE, occasion=occasion)


def _withdraw_restored(client: int, by: User, at: datetime) -> None:
    """Withdraw what this very void opened again, if the reward that it came from was taken back meanwhile."""
    restored = Voucher.objects.unused().filter(account=client, occasion__startswith="referral:")
    if not (occasions := list(restored.values_list("occasion", flat=True))):
        return
    rewarded = Referral.objects.filter(referred=OuterRef("referred"), taken_back_at=None)
    gone = Referral.objects.filter(Q(referrer=client) | Q(referred=client), ~Exists(rewarded))
    for made in gone.exclude(taken_back_at=None).select_related("visit"):
        if (occasion := f"referral:{made.visit_id}:{client}") in occasions:
            _withdraw(restored.filter(occasion=occasion), made.visit.number, by, at)


def _withdraw(given: VoucherQuerySet, visit: str, by: User, at: datetime) -> None:
    for voucher in given.unused():
        vouchers.withdraw(voucher, _("%(visit)s is void.") % {"visit": visit}, by=by, at=at)


def _refuse_impossible(client: Client, referrer: Client) -> None:
    if referrer.pk == client.pk:
        raise ReferrerRefused(_("A client cannot have brought herself."))
    if not Client.objects.on_file().filter(pk=referrer.pk).exists():
        raise ReferrerRefused(_("The file of whoever brought this client was merged or erased. Choose another one."))
    with connection.cursor() as cursor:
        cursor.execute(IS_ABOVE, {"referrer": referrer.pk, "client": client.pk})
        (is_circle,) = cursor.fetchone()
    if is_circle:
        raise ReferrerRefused(
            _("%(referrer)s was brought by %(client)s, directly or not; it cannot be the other way too.")
            % {"referrer": referrer.name, "client": client.name}
        )
