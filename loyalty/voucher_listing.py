"""The list of vouchers: its filters, its pages by place (never by counting), a code as it was read out on the phone."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, TextChoices
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from clients.access import visible_clients
from clients.models import Client
from loyalty.models import Voucher, VoucherQuerySet
from staff.ids import read_id
from staff.models import User
from staff.roles import Can

PAGE = 30
PAST_AT_MOST = 20
CODE_DIGITS = 8
WITHIN = (7, 14, 30)  # days in which open vouchers lapse: the choices of the filter
TYPED_AT_MOST = 40


class State(TextChoices):
    """What a voucher is today: open ones whose last day is over have lapsed."""

    OPEN = "open", pgettext_lazy("voucher", "open")
    USED = "used", pgettext_lazy("voucher", "used")
    LAPSED = "lapsed", pgettext_lazy("voucher", "lapsed")
    WITHDRAWN = "withdrawn", pgettext_lazy("voucher", "withdrawn")
    ALL = "all", pgettext_lazy("vouchers", "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. What cannot be read is in `errors` by field and finds nothing."""

    state: State = State.OPEN
    kind: int | None = None
    within: int | None = None
    client: int | None = None
    code: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        return bool(self.kind or self.within or self.client is not None or self.code or self.state != State.OPEN)

    @property
    def names_one(self) -> bool:
        """Whether it asks for one voucher or one client's: what the front desk may look up."""
        return bool(self.code) or self.client is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A voucher and what it is today."""

    voucher: Voucher
    state: State
    days_left: int

    @property
    def lapses_soon(self) -> bool:
        return self.state == State.OPEN and self.days_left <= WITHIN[0]


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` is the place where the next one begins, empty at the end."""

    rows: list[Row]
    after: str = ""


@dataclass(frozen=True, slots=True)
class OfClient:
    """A client's vouchers: those that may be used, and the latest of those that may not any more."""

    open: list[Row]
    past: list[Row]


def state_of(voucher: Voucher, today: date) -> State:
    """What the voucher is on that day."""
    if voucher.status == Voucher.Status.OPEN and voucher.expires_on < today:
        return State.LAPSED
    return State(voucher.status)


def read_code(typed: str) -> str:
    """The code in what was typed: full-width digits, spaces and hyphens are as good; "" when it is no code."""
    narrow = unicodedata.normalize("NFKC", typed[:TYPED_AT_MOST])
    code = "".join(one for one in narrow if not (one.isspace() or one in "-–—·._"))
    return code if len(code) == CODE_DIGITS and code.isascii() and code.isdigit() else ""


def read_filters(query: QueryDict) -> Filters:
    """The filters in an address: code, client (C-00012 or 12), state, kind, within (days). Nothing raises."""
    errors: dict[str, str] = {}
    typed = query.get("code", "").strip()
    code = read_code(typed)
    if typed and not code:
        errors["code"] = _("A code has eight digits. Read it again, four and four.")
    number = unicodedata.normalize("NFKC", query.get("client", "")[:TYPED_AT_MOST]).strip()
    client = _id(number.upper().removeprefix("C").lstrip("- ")) if number else None
    if number and not client:
        errors["client"] = _("A client number looks like C-00128.")
    asked = query.get("state", "")
    one = State.ALL if code or client is not None else State.OPEN
    within = _id(query.get("within", ""))
    return Filters(
        state=State(asked) if asked in State.values else one,
        kind=_id(query.get("kind", "")) or None,
        within=within if within in WITHIN else None,
        client=client,
        code=code,
        errors=errors,
    )


def found(user: User, filters: Filters, today: date) -> VoucherQuerySet:
    """The vouchers that `user` may see and the filters ask for.

    Only who reads the reports of the membership gets more than one client's.
    """
    vouchers = Voucher.objects.filter(account__client__in=visible_clients(user, today))
    if filters.errors or not (filters.names_one or user.can(Can.READ_LOYALTY)):
        return vouchers.none()
    if filters.code:
        vouchers = vouchers.filter(code=filters.code)
    if filters.client is not None:
        vouchers = vouchers.filter(account=filters.client)
    if filters.kind:
        vouchers = vouchers.filter(kind=filters.kind)
    if filters.within:
        vouchers = vouchers.filter(expires_on__lte=today + timedelta(days=filters.within))
    return _in_state(vouchers, filters.state, today)


def page(user: User, filters: Filters, today: date, after: str = "") -> Page:
    """The vouchers behind the place `after`. Open ones: first to lapse first; others: given last first. One query."""
    vouchers = found(user, filters, today).select_related("account__client", "service", "kind", "used_visit", "by")
    vouchers = vouchers.select_related("withdrawn_by")
    lapsing_first = filters.state == State.OPEN
    if place := _read_place(after):
        last, pk = place
        behind = Q(expires_on__gt=last) | Q(expires_on=last, pk__gt=pk)
        vouchers = vouchers.filter(behind, expires_on__gte=last) if lapsing_first else vouchers.filter(pk__lt=pk)
    order = ("expires_on", "pk") if lapsing_first else ("-pk",)
    shown = list(vouchers.order_by(*order)[: PAGE + 1])
    more = f"{shown[PAGE - 1].expires_on.isoformat()}_{shown[PAGE - 1].pk}" if len(shown) > PAGE else ""
    return Page([_row(voucher, today) for voucher in shown[:PAGE]], more)


def vouchers_of(client: Client, today: date) -> OfClient:
    """The client's vouchers for the client file. One query, whatever their number."""
    mine = Voucher.objects.filter(account=client.pk)
    usable = mine.usable(today).values("pk")
    past = mine.exclude(pk__in=usable).order_by("-pk").values("pk")[:PAST_AT_MOST]
    found = mine.filter(Q(pk__in=usable) | Q(pk__in=past)).select_related("service", "used_visit", "withdrawn_by")
    rows = [_row(voucher, today) for voucher in found.order_by("-pk")]
    opened = [row for row in rows if row.state == State.OPEN]
    opened.sort(key=lambda row: (row.voucher.expires_on, row.voucher.pk))
    return OfClient(opened, [row for row in rows if row.state != State.OPEN])


def _row(voucher: Voucher, today: date) -> Row:
    return Row(voucher, state_of(voucher, today), (voucher.expires_on - today).days)


def _in_state(vouchers: VoucherQuerySet, state: State, today: date) -> VoucherQuerySet:
    if state == State.ALL:
        return vouchers
    if state == State.OPEN:
        return vouchers.unused().filter(expires_on__gte=today)
    return vouchers.lapsed(today) if state == State.LAPSED else vouchers.filter(status=state)


def _id(text: str) -> int:
    """The id written in `text`; 0, which nobody has, when it is none."""
    return read_id(text) or 0


def _read_place(text: str) -> tuple[date, int] | None:
    """The place in an address; None when it is none, which begins at the top."""
    written, _underscore, number = text[:TYPED_AT_MOST].rpartition("_")
    try:
        return date.fromisoformat(written), _id(number)
    except ValueError:
        return None
