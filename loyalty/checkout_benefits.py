"""What a client has to use at the checkout: vouchers, entitlements and points, read against the bill.

In this order, each from what the one before left: entitlements, each paying one piece of a line of its service;
vouchers; points as money. Nothing here writes. What is chosen and cannot be used is an error where it was chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from loyalty import entitlements, vouchers
from loyalty.checkout_points import PointsField, read_points
from loyalty.models import LoyaltyAccount, Redemption, Voucher
from loyalty.terms import Terms
from loyalty.voucher_words import terms_text
from loyalty.voucher_worth import LineLeft, best, taken_off
from visits import pricing
from visits.amounts import plain
from visits.bill import BillLine, TakenOff
from visits.catalogue import SERVICE
from visits.draft import Content
from visits.models import ZERO

CODE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class VoucherChip:
    """A voucher on the screen. `saves`: the yuan that it takes off, or would as the only one; `why` it cannot."""

    pk: int
    voucher: Voucher | None
    chosen: bool
    saves: Decimal
    why: str = ""
    is_best: bool = False

    @property
    def terms(self) -> str:
        """What it gives, until when, and whether it goes with others, in words."""
        if self.voucher is None:
            return ""
        parts = [terms_text(self.voucher), _("until %(day)s") % {"day": self.voucher.expires_on}]
        return " · ".join(parts if self.voucher.stacks else [*parts, _("not with others")])


@dataclass(frozen=True, slots=True)
class EntitlementChip:
    """An entitlement on the screen, with the yuan that it pays when it is chosen, or why it cannot be used."""

    pk: int
    entitlement: Redemption | None
    chosen: bool
    saves: Decimal = ZERO
    why: str = ""


@dataclass(frozen=True, slots=True)
class Benefits:
    """All of it, and what it takes off the bill. `best`: the voucher ids that save most, and `best_saves` yuan."""

    vouchers: list[VoucherChip] = field(default_factory=list)
    entitlements: list[EntitlementChip] = field(default_factory=list)
    points: PointsField = field(default_factory=PointsField)
    code_error: str = ""
    best: tuple[int, ...] = ()
    best_saves: Decimal = ZERO
    by_line: dict[str, Decimal] = field(default_factory=dict)

    @property
    def taken(self) -> TakenOff:
        """For the bill: what comes off, and that it cannot be completed as long as something is wrong here."""
        errors = {f"voucher-{chip.pk}": chip.why for chip in self.vouchers if chip.chosen and chip.why}
        errors |= {f"entitlement-{chip.pk}": chip.why for chip in self.entitlements if chip.chosen and chip.why}
        errors |= {"voucher_code": self.code_error} if self.code_error else {}
        errors |= {"points": self.points.error} if self.points.error else {}
        return TakenOff(self.by_line, self.points.worth, errors)

    @property
    def saved(self) -> dict[int, Decimal]:
        """The yuan that each chosen voucher takes off, by its id."""
        return {chip.pk: chip.saves for chip in self.vouchers if chip.chosen and not chip.why}

    @property
    def entitled(self) -> list[int]:
        """The ids of the entitlements that are used."""
        return [chip.pk for chip in self.entitlements if chip.chosen and not chip.why]

    @property
    def usable(self) -> list[VoucherChip]:
        """The vouchers that can be tapped: those that apply, and whatever is chosen."""
        return [chip for chip in self.vouchers if chip.chosen or not chip.why]

    @property
    def not_now(self) -> list[VoucherChip]:
        """Those that do not apply to this bill."""
        return [chip for chip in self.vouchers if chip.why and not chip.chosen]

    @property
    def suggests(self) -> bool:
        """Whether other vouchers than those chosen would save more."""
        return self.best_saves > sum(self.saved.values(), ZERO)


def read_benefits(
    content: Content,
    lines: Sequence[BillLine],
    day: date,
    account: LoyaltyAccount | None,
    terms: Terms,
    *,
    offering: bool = True,
) -> Benefits:
    """What `account` has to use on a bill of `lines` on that day, and what of it is chosen.

    Without `offering`, only what is chosen is asked for: completing needs no suggestions. Who has no account yet has
    nothing to use.
    """
    code_error = why_no_voucher(content.voucher_code, account, day) if content.voucher_code else ""
    if account is None:
        return Benefits(code_error=code_error)
    work = _Left.of(lines)
    had = _read_entitlements(content, work, day, account, asks=offering and terms.has_entitlements)
    found, most, most_saves, by_line = _read_vouchers(content, work, day, account, asks=offering and terms.has_vouchers)
    taken = dict(work.by_entitlement)
    for uid, yuan in by_line.items():
        taken[uid] = taken.get(uid, ZERO) + yuan
    left = work.whole - sum(taken.values(), ZERO)
    spending = read_points(content.points, left, account.balance, terms.points_rules)
    return Benefits(found, had, spending, code_error, most, most_saves, taken)


@dataclass(slots=True)
class _Left:
    """The lines while entitlements pay pieces of them. `whole`: yuan before any of this."""

    lines: list[LineLeft]
    whole: Decimal
    by_entitlement: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Sequence[BillLine]) -> "_Left":
        opened = [
            LineLeft(
                line.typed.uid,
                line.typed.item if line.typed.kind == SERVICE else None,
                pricing.piece(line.priced.after_manual, line.quantity),
                line.priced.after_manual,
            )
            for line in lines
            if line.priced
        ]
        return cls(opened, sum((line.left for line in opened), ZERO))

    def dearest(self, service: int | None) -> LineLeft | None:
        """The line of which the next piece of that service costs most; None without a line of it."""
        of_it = [line for line in self.lines if line.service_id is not None and line.service_id == service]
        return max(of_it, key=lambda line: min(line.piece, line.left), default=None)

    def pay(self, line: LineLeft) -> Decimal:
        """Take one piece off `line`. Returns its yuan. Of less than one and a half pieces, which are the last, all."""
        yuan = line.left if 2 * line.left < 3 * line.piece else line.piece
        place = self.lines.index(line)
        self.lines[place] = LineLeft(line.uid, line.service_id, line.piece, line.left - yuan)
        self.by_entitlement[line.uid] = self.by_entitlement.get(line.uid, ZERO) + yuan
        return yuan


def _read_entitlements(
    content: Content, work: _Left, day: date, account: LoyaltyAccount, *, asks: bool
) -> list[EntitlementChip]:
    had: dict[int, Redemption] = {}
    if asks or content.entitlements:
        had = {one.pk: one for one in entitlements.usable(account, day)}
    chips = {pk: EntitlementChip(pk, one, chosen=False) for pk, one in had.items()}
    for pk in content.entitlements:
        chips[pk] = _used(pk, had.get(pk), work)
    for pk, one in had.items():
        if not chips[pk].chosen and (why := _cannot_pay(one, work)):
            chips[pk] = EntitlementChip(pk, one, chosen=False, why=why)
    return list(chips.values())


def _used(pk: int, had: Redemption | None, work: _Left) -> EntitlementChip:
    """The chip of an entitlement that is chosen; `work` becomes less."""
    if had is None:
        return EntitlementChip(pk, None, chosen=True, why=_("This can no longer be used. Tap it to take it off."))
    if why := _cannot_pay(had, work):
        return EntitlementChip(pk, had, chosen=True, why=why)
    line = work.dearest(had.service_id)
    return EntitlementChip(pk, had, chosen=True, saves=work.pay(line) if line else ZERO)


def _cannot_pay(had: Redemption, work: _Left) -> str:
    line = work.dearest(had.service_id)
    if line is None:
        service = had.service.name if had.service else ""
        return _("There is no %(service)s on this bill.") % {"service": service}
    return "" if min(line.piece, line.left) else _("Nothing is left to pay of it.")


def _read_vouchers(
    content: Content, work: _Left, day: date, account: LoyaltyAccount, *, asks: bool
) -> tuple[list[VoucherChip], tuple[int, ...], Decimal, dict[str, Decimal]]:
    """The chips, the best set and what it saves, and what the chosen ones take off by line."""
    if not (asks or content.vouchers):
        return [], (), ZERO, {}
    offered = {one.pk: one for one in vouchers.usable(account, day)}
    chosen = [offered[pk] for pk in content.vouchers if pk in offered]
    taken = taken_off(chosen, work.lines, bill=work.whole)
    chips = [
        VoucherChip(pk, gone.voucher, chosen=True, saves=ZERO, why=str(gone))
        for pk in content.vouchers
        if pk not in offered
        for gone in [vouchers.gone(account, pk, day)]
    ]
    most = best(list(offered.values()), work.lines, bill=work.whole) if asks else []
    cannot: list[VoucherChip] = []
    for pk, voucher in offered.items():
        is_best = voucher in most
        alone = taken_off([voucher], work.lines, bill=work.whole)
        if pk in content.vouchers:
            saves, why = taken.by_voucher.get(pk, ZERO), taken.refused.get(pk, "")
            chip = VoucherChip(pk, voucher, True, saves, why, is_best)
        else:
            saves, why = alone.by_voucher.get(pk, ZERO), alone.refused.get(pk, "")
            chip = VoucherChip(pk, voucher, False, saves, why, is_best)
        (cannot if pk in alone.refused else chips).append(chip)
    saves = taken_off(most, work.lines, bill=work.whole).total if most else ZERO
    return [*chips, *cannot], tuple(voucher.pk for voucher in most), saves, taken.by_line


def tapped(content: Content, pk: int, client: int | None) -> Content:
    """`content` after a tap on a voucher: used, or no longer. One that goes with no other takes their place.

    Only the client's own can be taken.
    """
    if pk in content.vouchers:
        return content.using(one for one in content.vouchers if one != pk)
    asked = (*content.vouchers, pk)
    stacks = dict(Voucher.objects.filter(account=client, pk__in=asked).values_list("pk", "stacks"))
    if pk not in stacks:
        return content
    return content.using([*(one for one in content.vouchers if stacks[pk] and stacks.get(one)), pk])


def with_code(content: Content, client: int | None, day: date) -> Content:
    """`content` with the client's voucher of the typed code used; unchanged while that is no code of one to be used."""
    code = digits(content.voucher_code)
    if client is None or len(code) != CODE_DIGITS:
        return content
    found = Voucher.objects.usable(day).filter(account=client, code=code).values_list("pk", flat=True).first()
    if found is None:
        return content
    cleared = content.without_code()
    return cleared if found in content.vouchers else tapped(cleared, found, client)


def why_no_voucher(typed: str, account: LoyaltyAccount | None, day: date) -> str:
    """Why what was typed is no voucher that can be used here, in words."""
    code = digits(typed)
    if len(code) != CODE_DIGITS:
        return _("A voucher's code has eight digits.")
    found = Voucher.objects.filter(code=code).values_list("pk", "account").first()
    if found is None:
        return _("There is no voucher with this code. Read it once more.")
    if account is None or found[1] != account.pk:
        return _("This voucher belongs to another client. It can be used only by whom it was given to.")
    return str(vouchers.gone(account, found[0], day))


def is_code_told(content: Content, act: str) -> bool:
    """Whether what is wrong with a typed code is told yet: not while it is still being typed."""
    return act == "code" or len(digits(content.voucher_code)) >= CODE_DIGITS


def digits(typed: str) -> str:
    """The code in what was typed, however it was grouped."""
    return "".join(one for one in plain(typed) if not (one.isspace() or one in "-·."))
