"""Writing imported sales down: clients, one visit per client and day, its lines, all of it or nothing, never twice."""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_UP, Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from clients.search import keys_of
from loyalty.importing.copying import Table, take_ids
from loyalty.importing.reading import Refused, Row
from loyalty.models import LoyaltyAccount, Tier
from staff.names import LONGEST, visible
from visits.models import ZERO, Payment, Visit, VisitLine

KEYS = uuid.UUID("5a10c0de-0c8f-5b7e-9d5e-1f0a2b3c4d5e")  # the name space of imported checkout keys
LARGEST_TOTAL = Decimal("9999999999.99")  # what the column holds
AT_ONCE = 5_000
CENT = Decimal("0.01")

Day = tuple[str, date]  # a client's reference, and a day


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one run did. Every row of the file is counted in exactly one of `added`, `known` and `refused`."""

    added: int
    known: int
    refused: list[Refused]
    visits: int


def checkout_key(source: str, day: Day) -> uuid.UUID:
    """The key of an imported visit: the same source, client and day give the same key in every run."""
    return uuid.uuid5(KEYS, "\n".join((source, day[0], day[1].isoformat())))


def content_hash(rows: Iterable[Row]) -> str:
    """A fingerprint of one client's sales of a day, whatever their order in the file."""
    sales = sorted(f"{row.item}\t{row.quantity}\t{row.amount}" for row in rows)
    return hashlib.sha256("\n".join(sales).encode()).hexdigest()


@transaction.atomic
def record(rows: Sequence[Row], *, source: str, at: datetime, progress: Callable[[int, int], None]) -> Recorded:
    """Write what is not there yet. Rows of a day that an earlier run closed with other sales are refused, with why."""
    with connection.cursor() as cursor:
        # Two runs of one source at once would both find nothing there: the second waits for the first.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import of {source}"])
    there, erased = _clients_there(source)
    days: dict[Day, list[Row]] = defaultdict(list)
    for row in rows:
        if row.client not in erased:
            days[row.client, row.day].append(row)
    fresh, known, refused = _sorted_out(days, source)
    refused += [Refused(row.number, _("this client's file was erased")) for row in rows if row.client in erased]
    clients = _ensure_clients(fresh, there, source, at)
    _write_visits(fresh, clients, source, at, progress)
    return Recorded(
        added=sum(map(len, fresh.values())),
        known=known,
        refused=refused,
        visits=len(fresh),
    )


def _sorted_out(days: dict[Day, list[Row]], source: str) -> tuple[dict[Day, list[Row]], int, list[Refused]]:
    """The days to write, how many rows are there already, and the rows that come too late for their day."""
    fresh: dict[Day, list[Row]] = {}
    known, refused = 0, []
    keys = {day: checkout_key(source, day) for day in days}
    there = _imported(list(keys.values()))
    for day, group in days.items():
        found = there.get(keys[day])
        if found is None:
            too_much = sum((row.amount for row in group), ZERO) > LARGEST_TOTAL
            if too_much:
                refused += [Refused(row.number, _("this client's sales of the day are too large")) for row in group]
            else:
                fresh[day] = group
        elif found[1] == content_hash(group):
            known += len(group)
        else:
            late = _not_among(group, found[0])
            known += len(group) - len(late)
            reason = _("this client's visit of %(day)s was imported before, without this row; enter it by hand")
            refused += [Refused(row.number, reason % {"day": day[1].isoformat()}) for row in late]
    return fresh, known, refused


def _imported(keys: list[uuid.UUID]) -> dict[uuid.UUID, tuple[int, str]]:
    """The visits that earlier runs made, by key: id and content hash."""
    found = {}
    for start in range(0, len(keys), AT_ONCE):
        visits = Visit.objects.filter(checkout_key__in=keys[start : start + AT_ONCE])
        found.update({key: (pk, was) for key, pk, was in visits.values_list("checkout_key", "pk", "content_hash")})
    return found


def _not_among(group: list[Row], visit: int) -> list[Row]:
    """The rows that have no line of their own in the visit; the first of equal rows are taken for the known ones."""
    lines = VisitLine.objects.filter(visit=visit).values_list("name", "quantity", "amount")
    # Names that came before they were cleaned are compared as they would come now.
    there = Counter((visible(name) or past_purchase(), quantity, amount) for name, quantity, amount in lines)
    late = []
    for row in group:
        line = (row.item or past_purchase(), row.quantity, row.amount)
        if there[line]:
            there[line] -= 1
        else:
            late.append(row)
    return late


def past_purchase() -> str:
    """The name of an item that the file does not name."""
    return _("Past purchase")


def _clients_there(source: str) -> tuple[dict[str, int], set[str]]:
    """Whom earlier runs brought, by reference: the id of the file that is theirs now, and whose was erased."""
    brought = Client.objects.filter(imported_from=source).exclude(import_reference="")
    rows = list(brought.values_list("import_reference", "pk", "status", "merged_into"))
    there = {reference: pk for reference, pk, _status, _into in rows}
    erased = {reference for reference, _pk, status, _into in rows if status == Client.Status.ERASED}
    for reference, _pk, status, into in rows:
        if status != Client.Status.MERGED or into is None:
            continue
        kept = Client.objects.get(pk=into)
        while kept.merged_into:
            kept = kept.merged_into
        there[reference] = kept.pk
        if kept.status == Client.Status.ERASED:
            erased.add(reference)
    return there, erased


def _ensure_clients(days: dict[Day, list[Row]], there: dict[str, int], source: str, at: datetime) -> dict[str, int]:
    """The ids of the file's clients by reference; who is not `there` yet is added, with an account."""
    first: dict[str, Row] = {}
    for group in days.values():
        for row in group:
            seen = first.setdefault(row.client, row)
            if (row.name and not seen.name) or (row.phone and not seen.phone):
                first[row.client] = row
    missing = [reference for reference in first if reference not in there]
    table = Table(
        Client,
        *("id", "name", "phone", "source", "status", "search_keys", "imported_from", "import_reference"),
        *("created_at", "touched_at"),
    )
    bottom = Tier.objects.order_by("position").values_list("pk", flat=True)[0]
    accounts = Table(LoyaltyAccount, "client", "tier", after=[table])
    added: dict[str, int] = {}
    for pk, reference in zip(take_ids(Client, len(missing)), missing, strict=True):
        row = first[reference]
        name = row.name or visible(_("Client %(reference)s") % {"reference": reference})[:LONGEST].strip()
        keys = keys_of(name, phone_numbers=[row.phone])
        table.add(pk, name, row.phone, Client.Source.IMPORT, Client.Status.ACTIVE, keys, source, reference, at, at)
        accounts.add(pk, bottom)
        added[reference] = pk
    accounts.send()
    return there | added


def _write_visits(
    days: dict[Day, list[Row]], clients: dict[str, int], source: str, at: datetime, progress: Callable[[int, int], None]
) -> None:
    """One visit a day at noon: what hour it was, the other system did not say. Past money is paid in 'other' ways."""
    visits = Table(
        Visit,
        *("id", "checkout_key", "content_hash", "client", "at", "day", "gross", "manual_discount", "total"),
        *("recorded_at", "imported_from"),
    )
    lines = Table(
        VisitLine,
        *("visit", "position", "name", "quantity", "unit_price", "manual_discount", "discount_reason", "amount"),
        after=[visits],
    )
    payments = Table(Payment, "visit", "method", "amount", after=[visits])
    in_order = sorted(days, key=lambda day: (day[1], day[0]))
    unnamed, rounding = past_purchase(), _("rounding of the unit price")
    zone, noon = timezone.get_current_timezone(), time(12)
    done, whole = 0, sum(map(len, days.values()))
    for pk, day in zip(take_ids(Visit, len(days)), in_order, strict=True):
        group, gross, total = days[day], ZERO, ZERO
        for position, row in enumerate(group):
            unit = (row.amount / row.quantity).quantize(CENT, ROUND_UP)
            rounded = unit * row.quantity - row.amount
            reason = rounding if rounded else ""
            lines.add(pk, position, row.item or unnamed, row.quantity, unit, rounded, reason, row.amount)
            gross, total = gross + unit * row.quantity, total + row.amount
        visits.add(
            *(pk, checkout_key(source, day), content_hash(group), clients[day[0]]),
            *(datetime.combine(day[1], noon, zone), day[1], gross, gross - total, total, at, source),
        )
        if total:
            payments.add(pk, Payment.Method.OTHER, total)
        done += len(group)
        progress(done, whole)
    lines.send()
    payments.send()
