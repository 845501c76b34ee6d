"""Checking a visit out: the visit, its points and the client's tier, or none of them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Allergy, Client
from loyalty import entitlements, points, referrals, segments, spending, standing, tiers, vouchers
from loyalty.checkout_benefits import Benefits, read_benefits
from loyalty.entitlements import EntitlementGone
from loyalty.models import LoyaltyAccount, LoyaltyRules, Tier, TierChange
from loyalty.points import Earning, NotEnoughPoints
from loyalty.receipts import Receipt
from loyalty.terms import terms_for
from loyalty.vouchers import VoucherGone
from staff.listed import listed
from staff.models import User
from staff.roles import Can
from visits import catalogue, keeping, pricing, recording
from visits.bill import Bill, read_bill, settle
from visits.draft import Content, same_money
from visits.limits import Limits, first_day
from visits.models import Draft, Visit

# Of a draft's client: what no part of the checkout shows or decides by, and mostly would have to be unsealed.
UNSHOWN = tuple(
    f"client__{name}"
    for name in (
        *("second_phone", "wechat_id", "email", "address"),
        *("family", "spending_background", "note", "search_keys"),
    )
)


class CheckoutChanged(Exception):
    """This checkout was completed before, with other content. `visit` is what was saved."""

    def __init__(self, visit: Visit, message: str) -> None:
        super().__init__(message)
        self.visit = visit


class CheckoutGone(Exception):
    """The draft was discarded, or its client's file was merged or erased meanwhile."""


class CheckoutRefused(Exception):
    """The bill has errors; `sheet` names them, each at its field."""

    def __init__(self, sheet: "Sheet") -> None:
        super().__init__("; ".join(sheet.bill.errors.values()))
        self.sheet = sheet


@dataclass(frozen=True, slots=True)
class Sheet:
    """A checkout as it stands: for whom, what it costs, what it will earn."""

    client: Client | None
    tier: Tier | None
    balance: int
    bill: Bill
    benefits: Benefits
    beauticians: list[User]
    allergies: list[Allergy]
    contraindications: str
    earning: Earning | None
    limits: Limits
    points_rules: LoyaltyRules

    @property
    def allergy_names(self) -> str:
        """What the client does not bear, in one line."""
        return listed(allergy.substance for allergy in self.allergies)


def open_sheet(
    content: Content,
    client: Client | None,
    account: LoyaltyAccount | None,
    *,
    by: User,
    today: date,
    offering: bool = True,
) -> Sheet:
    """Read `content` against catalogue, allergies and rules. A client without an account is in the lowest tier.

    Without `offering`, the vouchers and entitlements that are not chosen are left out.
    """
    terms = terms_for(client.pk if client else None)
    tier = account.tier if account else (Tier.objects.order_by("position").first() if client else None)
    limits = Limits(
        pricing.discount_limit(by, terms.rules),
        first_day(by.can(Can.VOID_ANY), terms.rules.backdate_days, today),
        today,
    )
    bill = read_bill(
        content,
        items=catalogue.items(line.key for line in content.lines),
        beauticians=terms.beauticians,
        allergies=terms.allergies,
        synonyms=terms.synonyms,
        tier_percent=tier.discount_percent if tier else 0,
        limits=limits,
    )
    benefits = read_benefits(content, bill.lines, bill.day, account, terms, offering=offering)
    settle(bill, content, benefits.taken)
    earning = None
    if client and tier:
        earning = points.to_be_earned(client, tier, bill.quote.total, bill.day, terms.points_rules, today=today)
    return Sheet(
        client,
        tier,
        account.balance if account else 0,
        bill,
        benefits,
        terms.beauticians,
        terms.allergies,
        terms.contraindications,
        earning,
        limits,
        terms.points_rules,
    )


def check_out(draft: Draft, *, by: User, at: datetime, shown: Decimal | None = None) -> Receipt:
    """Record the visit in `draft`, with what it uses and what it earns. The same key again gives the same receipt.

    `shown` is the total, in yuan, that stood on the screen: another total now is refused rather than charged.
    Raises CheckoutRefused, CheckoutChanged or CheckoutGone; then nothing was written.
    """
    content = Content.from_json(draft.content)
    try:
        with transaction.atomic():
            return _check_out(draft, content, by, at, shown)
    except (NotEnoughPoints, VoucherGone, EntitlementGone) as gone:
        # Somebody else was quicker. All is undone; read anew, the sheet says it where it was chosen.
        account = LoyaltyAccount.objects.select_related("client", "tier").get(client=draft.client_id)
        sheet = open_sheet(content, account.client, account, by=by, today=timezone.localdate(at))
        sheet.bill.errors.setdefault("total", str(gone))
        raise CheckoutRefused(sheet) from gone


def _check_out(draft: Draft, content: Content, by: User, at: datetime, shown: Decimal | None) -> Receipt:
    # Whoever comes second waits here until the first is done, then finds the visit instead of the draft.
    with_client = Draft.objects.select_related("client").defer(*UNSHOWN)
    kept = with_client.select_for_update(of=("self",)).filter(pk=draft.pk).first()
    if kept is None:
        if done := Visit.objects.with_checkout_key(draft.pk):
            return _repeated(done, content, draft)
        raise CheckoutGone(_("This checkout was discarded."))
    if kept.client_id != draft.client_id:
        raise CheckoutGone(_("The client of this checkout was changed in another window. Open it again."))
    client = kept.client
    account, today = _locked(client) if client else None, timezone.localdate(at)
    if account and tiers.is_overdue(account, today):
        # The hourly review has not come by yet: what is charged is the tier of today all the same.
        standing.refresh(account, today)
        tiers.reassess(account, today)
    sheet = open_sheet(content, client, account, by=by, today=today, offering=False)
    if shown is not None and shown != sheet.bill.quote.total:
        sheet.bill.errors["total"] = _("The total is now ¥%(total)s. Check it, then complete again.") % {
            "total": f"{sheet.bill.quote.total:,}"
        }
    if not sheet.bill.is_sound:
        raise CheckoutRefused(_with_offers(sheet, content, account, by, today))
    visit = recording.record(
        sheet.bill,
        content,
        key=kept.pk,
        client=client,
        tier_names=(sheet.tier.name, sheet.tier.name_en) if sheet.tier else ("", ""),
        by=by,
        at=at,
        signers=keeping.signers(draft),
    )
    kept.delete()
    if client is None or account is None:
        return Receipt(visit)
    _use(sheet.benefits, account, visit, by, at)
    return _rewarded(visit, client, account, by, sheet.points_rules)


def _locked(client: Client) -> LoyaltyAccount:
    referrals.make_way(client)
    account = LoyaltyAccount.objects.locked(client)
    account.client = client
    client.refresh_from_db(fields=["status"])  # a merge or an erasure may have gone first
    if not client.is_on_file:
        raise CheckoutGone(_("This client's file was merged or erased. Choose the client again."))
    return account


def _with_offers(refused: Sheet, content: Content, account: LoyaltyAccount | None, by: User, today: date) -> Sheet:
    """The sheet as the screen shows it, with what could be chosen too, and the same errors."""
    sheet = open_sheet(content, refused.client, account, by=by, today=today)
    sheet.bill.errors |= refused.bill.errors
    return sheet


def _use(used: Benefits, account: LoyaltyAccount, visit: Visit, by: User, at: datetime) -> None:
    """Take the points, vouchers and entitlements that the bill was reckoned with."""
    if used.points.used:
        spending.spend_on(account, visit, used.points.used, by=by, at=at)
    if used.saved:
        vouchers.use(account, used.saved, visit)
    if used.entitled:
        entitlements.use(account, used.entitled, visit, by=by, at=at)


def _rewarded(visit: Visit, client: Client, account: LoyaltyAccount, by: User, rules: LoyaltyRules) -> Receipt:
    """Count the visit, give its points, move tier and segment when its figures reach the next, reward who brought."""
    if client.status == Client.Status.PROSPECT:
        Client.objects.filter(pk=client.pk, status=Client.Status.PROSPECT).update(status=Client.Status.ACTIVE)
    standing.count_visit(account, visit)
    earned = points.award_visit(account, visit, rules)
    today = timezone.localdate(visit.recorded_at)
    change = tiers.reassess(account, today, why=TierChange.Why.EARNED, visit=visit, by=by, rules=rules)
    segments.refresh(account, today)
    referrals.reward(account, visit, by=by, at=visit.recorded_at)
    return Receipt(visit, earned, change, account.balance)


def _repeated(done: Visit, content: Content, draft: Draft) -> Receipt:
    sent = content.fingerprint(draft.client_id)
    if sent == done.content_hash:
        return Receipt.of(done)
    if same_money(sent, done.content_hash):
        raise CheckoutChanged(done, _("This visit is already saved; what you changed afterwards is not in it."))
    raise CheckoutChanged(done, _("This visit is already saved with another amount. Please check it."))
