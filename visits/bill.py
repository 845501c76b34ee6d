"""A draft read against the catalogue, the tier and the rules: what it costs, and what is wrong with it and where.

First the lines (`read_bill`), then what the floors above take off them, then the payments (`settle`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Allergy
from staff.listed import listed
from staff.models import User
from staff.reasons import reason_in
from visits import amounts, pricing
from visits.allergy_gate import Conflict, conflicts
from visits.catalogue import Item, Key
from visits.draft import AMOUNT, NOTE_AT_MOST, ZHE, Content, Line, Paying
from visits.limits import Limits, read_visit_day
from visits.models import ZERO, Payment
from visits.substances import Synonyms

T = TypeVar("T")
Errors = dict[str, str]


@dataclass(slots=True)
class BillLine:
    """A line as typed, with its item, its price once it can be told, and its errors by field."""

    typed: Line
    item: Item | None = None
    beautician: User | None = None
    quantity: int = 1
    tier_percent: int = 0
    priced: pricing.PricedLine | None = None
    most_off: Decimal = ZERO  # yuan that this person may take off by hand
    conflicts: list[Conflict] = field(default_factory=list)
    errors: Errors = field(default_factory=dict)

    @property
    def shows_manual(self) -> bool:
        """Whether the fields of the manual discount must be open: something is typed or wrong there."""
        return bool(self.typed.off or self.typed.reason or self.errors.keys() & {"off", "reason"})


@dataclass(slots=True)
class BillPayment:
    """A payment as typed and the yuan it pays; the first one left empty takes the rest."""

    typed: Paying
    amount: Decimal | None
    pays: Decimal = ZERO
    change: Decimal = ZERO  # yuan handed back: only cash may be more than is due
    errors: Errors = field(default_factory=dict)

    @property
    def label(self) -> str:
        return str(Payment.Method(self.typed.method).label)


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What comes off after the discounts: yuan by the `uid` of a line, yuan paid with points; what is wrong there."""

    vouchers: Mapping[str, Decimal] = field(default_factory=dict)
    points: Decimal = ZERO
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Bill:
    """The whole checkout, priced. It can be recorded when it is settled and `is_sound`."""

    lines: list[BillLine]
    payments: list[BillPayment]
    day: date
    quote: pricing.Quote
    acknowledged: frozenset[str]
    errors: Errors

    @property
    def paid(self) -> Decimal:
        return sum((payment.pays for payment in self.payments), ZERO)

    @property
    def difference(self) -> Decimal:
        """Yuan still to pay; below zero when too much was paid."""
        return self.quote.total - self.paid

    @property
    def conflicts(self) -> list[Conflict]:
        """Each conflict of an item and an allergy once, however many lines have that item."""
        return list({found.mark: found for line in self.lines for found in line.conflicts}.values())

    @property
    def unanswered(self) -> list[Conflict]:
        return [found for found in self.conflicts if found.mark not in self.acknowledged]

    @property
    def is_sound(self) -> bool:
        parts: Iterable[BillLine | BillPayment] = (*self.lines, *self.payments)
        return not (self.errors or any(part.errors for part in parts))


def read_bill(
    content: Content,
    *,
    items: Mapping[Key, Item],
    beauticians: Sequence[User],
    allergies: Sequence[Allergy],
    synonyms: Synonyms,
    tier_percent: int,
    limits: Limits,
) -> Bill:
    """Price the lines of `content` and name what is wrong, each error at its field. Payments are read by `settle`.

    Nothing raises; nothing typed is changed.
    """
    staff = {user.pk: user for user in beauticians}
    lines = [_read_line(line, items, staff, tier_percent, limits) for line in content.lines]
    for line in lines:
        line.conflicts = conflicts(line.item, allergies, synonyms) if line.item else []
    quoted = pricing.Quote(tuple(line.priced for line in lines if line.priced))
    errors: Errors = {}
    day = _caught(errors, "when", lambda: read_visit_day(content.when, limits)) or limits.today
    for name in ("care_note", "next_care"):
        if len(getattr(content, name)) > NOTE_AT_MOST:
            errors[name] = _("Too long: at most %(most)s characters.") % {"most": f"{NOTE_AT_MOST:,}"}
    if not lines:
        errors["lines"] = _("Add what was done or sold first.")
    bill = Bill(lines, [], day, quoted, content.acknowledged, errors)
    _check_allergies(bill)
    return bill


def settle(bill: Bill, content: Content, taken: TakenOff) -> None:
    """Take off what vouchers and points pay of `bill`, then read the payments against what is left."""
    priced = {line.typed.uid: line.priced for line in bill.lines if line.priced}
    left = pricing.take_off(priced, taken.vouchers, taken.points)
    for line in bill.lines:
        line.priced = left.get(line.typed.uid)
    bill.quote = pricing.Quote(tuple(left.values()))
    bill.errors |= taken.errors
    if bill.quote.total > amounts.MOST:
        bill.errors["total"] = _("One receipt holds at most ¥%(most)s. Please make two.") % {
            "most": f"{amounts.MOST:,}"
        }
    bill.payments = _read_payments(content.payments, bill.quote.total)
    _check_payments(bill)


def _read_line(
    typed: Line,
    items: Mapping[Key, Item],
    staff: Mapping[int, User],
    tier_percent: int,
    limits: Limits,
) -> BillLine:
    line = BillLine(typed, items.get(typed.key))
    if line.item is None or not line.item.is_active:
        line.errors["item"] = _("This is no longer on sale. Remove the line and choose another item.")
        if line.item is None:
            return line
    if typed.beautician:
        line.beautician = staff.get(typed.beautician_id or 0)
        if line.beautician is None:
            line.errors["beautician"] = _("Choose somebody who works here as a beautician.")
    line.quantity = _caught(line.errors, "quantity", lambda: amounts.read_pieces(typed.quantity)) or 1
    line.tier_percent = tier_percent if line.item.is_service else 0
    line.priced = _price(line, line.item, limits)
    return line


def _price(line: BillLine, item: Item, limits: Limits) -> pricing.PricedLine:
    percent = amount = None
    if line.typed.off:
        if line.typed.off_as == AMOUNT:
            amount = _caught(line.errors, "off", lambda: amounts.read_money(line.typed.off))
        else:
            read = amounts.read_zhe if line.typed.off_as == ZHE else amounts.read_percent
            percent = _caught(line.errors, "off", lambda: read(line.typed.off))
    wanted = pricing.Wanted(item.price, line.quantity, item.is_service, percent, amount)
    priced = pricing.price_line(wanted, line.tier_percent)
    line.most_off = pricing.most_by_hand(priced, limits.percent_by_hand)
    if line.typed.off and "off" not in line.errors:
        if (amount or priced.manual_discount) > line.most_off:
            line.errors["off"] = _beyond_limit(line, limits)
        if not reason_in(line.typed.reason):
            line.errors["reason"] = _("Say why, such as: birthday, made good after a complaint.")
    return priced


def _beyond_limit(line: BillLine, limits: Limits) -> str:
    told = {"off": amounts.off_text(limits.percent_by_hand), "most": f"{line.most_off:,}"}
    if limits.asks_manager:
        refused = _("At most %(off)s (¥%(most)s). Ask the manager for more.")
        return refused % told if limits.percent_by_hand else _("You cannot give a discount by hand. Ask the manager.")
    refused = _("At most %(off)s (¥%(most)s). The administrator can set another limit.")
    return refused % told if limits.percent_by_hand else _("Discounts by hand are switched off in the settings.")


def _read_payments(typed: Sequence[Paying], total: Decimal) -> list[BillPayment]:
    payments, open_amounts = [], 0
    for paying in typed:
        payment = BillPayment(paying, None)
        if paying.amount:
            read = partial(amounts.read_money, paying.amount)
            payment.amount = _caught(payment.errors, "amount", read) or ZERO
        else:
            open_amounts += 1
            if open_amounts > 1 and total:
                payment.errors["amount"] = _("Fill in the amount.")
        payments.append(payment)
    _take_cash(payments, total)
    given = [payment.amount and payment.amount - payment.change for payment in payments]
    for payment, pays in zip(payments, pricing.spread(total, given), strict=True):
        payment.pays = pays
    return payments


def _take_cash(payments: Sequence[BillPayment], total: Decimal) -> None:
    """What is handed over in cash above what is due goes back as change, and is no part of the payment."""
    others = (p.amount for p in payments if p.typed.method != Payment.Method.CASH and p.amount is not None)
    due = total - sum(others, ZERO)
    for payment in payments:
        if payment.typed.method == Payment.Method.CASH and payment.amount and due > 0:
            payment.change = max(payment.amount - due, ZERO)


def _check_payments(bill: Bill) -> None:
    if not bill.lines or any(payment.errors for payment in bill.payments):
        return
    figures = {"difference": f"{abs(bill.difference):,}"}
    if bill.difference > 0:
        bill.errors["payments"] = _("¥%(difference)s still to pay") % figures
    elif bill.difference < 0:
        bill.errors["payments"] = _("¥%(difference)s too much") % figures


def _check_allergies(bill: Bill) -> None:
    open_marks = {found.mark for found in bill.unanswered}
    for line in bill.lines:
        named = [found.substance for found in line.conflicts if found.mark in open_marks]
        if named:
            line.errors["allergy"] = _("The client is allergic to %(substances)s. Confirm below before completing.") % {
                "substances": listed(named)
            }


def _caught(errors: Errors, name: str, read: Callable[[], T]) -> T | None:
    """What `read` returns; when it refuses, None, and its words in `errors`."""
    try:
        return read()
    except ValidationError as refused:
        errors[name] = " ".join(refused.messages)
        return None
