"""Opening and changing a client file: the one place that writes the client's own row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext

from clients import search, tagging
from clients.calendars import YearlyDay
from clients.models import Client, ClientQuerySet
from staff.models import AuditEntry, User

# In the order of their numbers, so that two who need the same ones never wait for each other in a ring.
ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(number)
      FROM (SELECT DISTINCT hashtext('clients.new ' || what) AS number
              FROM unnest(%s::text[]) AS what ORDER BY number) AS in_order
"""
SEARCHED = {"name", "honorific", "phone", "second_phone"}
BIRTHDAY_FIELDS = ("birthday_calendar", "birthday_month", "birthday_day", "birthday_year", "birthday_leap_month")


class EditConflict(Exception):
    """Somebody else saved this file since the form was opened. `str()` is what to tell the person."""

    def __init__(self, current: Client, by: str, at: datetime) -> None:
        self.current, self.by, self.at = current, by, at
        super().__init__(by, at)

    def __str__(self) -> str:
        words = {"name": self.by, "time": timezone.localtime(self.at).strftime("%H:%M")}
        return gettext("%(name)s changed this client at %(time)s. Compare the differences, then save again.") % words


@dataclass(frozen=True)
class Likeness:
    """A file that may be the same person, and why one may think so."""

    client: Client
    same_phone: bool


@transaction.atomic
def create(values: Mapping[str, Any], *, key: UUID | None = None, by: User | None, at: datetime) -> Client:
    """A new file with these fields of Client; phones as E.164. `key` is of the form, which opens one file only."""
    client = Client(**values, form_key=key, created_by=by, created_at=at, touched_at=at)
    client.fill_search_keys()
    client.save(force_insert=True)
    tagging.apply_rules(client=client.pk)
    return client


@transaction.atomic
def change(client: Client, values: Mapping[str, Any], *, version: int, at: datetime) -> list[str]:
    """Write those of `values` that differ, if the file still has `version`. Returns the names of what changed.

    Raises EditConflict, and changes nothing, when somebody else saved in between.
    """
    changed = {field: value for field, value in values.items() if getattr(client, field) != value}
    for field, value in changed.items():
        setattr(client, field, value)
    written = dict(changed)
    if SEARCHED & changed.keys():
        client.fill_search_keys()
        written["search_keys"] = client.search_keys
    found = Client.objects.filter(pk=client.pk, version=version)
    if not found.update(**written, version=F("version") + 1, touched_at=at):
        current = Client.objects.get(pk=client.pk)
        raise EditConflict(current, *last_change(current))
    client.version, client.touched_at = version + 1, at
    tagging.apply_rules(client=client.pk)
    return list(changed)


def last_change(client: Client) -> tuple[str, datetime]:
    entry = (
        AuditEntry.objects.for_client(client.pk)
        .filter(model=Client._meta.db_table, action=AuditEntry.Action.CHANGED)
        .select_related("actor")
        .first()
    )
    if entry is None:
        return gettext("Somebody"), client.touched_at
    return (str(entry.actor) if entry.actor else gettext("Somebody")), entry.at


def touch(client_id: int, at: datetime) -> None:
    """Note that somebody worked on this file: anything about the client changed."""
    Client.objects.filter(pk=client_id).update(touched_at=at)


def birthday_of(client: Client) -> YearlyDay | None:
    """The birthday as a yearly day; None when month and day are not known."""
    if client.birthday_month is None or client.birthday_day is None:
        return None
    return YearlyDay(
        client.birthday_calendar,
        client.birthday_month,
        client.birthday_day,
        client.birthday_year,
        client.birthday_leap_month,
    )


def birthday_values(birthday: YearlyDay | None) -> dict[str, Any]:
    """The fields of Client that hold this birthday."""
    parts = birthday or YearlyDay(Client._meta.get_field("birthday_calendar").default, None, None)  # type: ignore[arg-type]
    return dict(zip(BIRTHDAY_FIELDS, parts, strict=True))


def namesakes(among: ClientQuerySet, name: str, *, other_than: set[int], limit: int = 3) -> list[Client]:
    """Files with this very name, besides those with these ids: perhaps the same person. At most `limit`, one query."""
    if len(name) < 2:
        return []
    # Characters and not the name alone, so that the index serves it.
    found = among.filter(search_keys__contains=search.characters_of(name), name__iexact=name)
    return list(found.exclude(pk__in=other_than).order_by("-touched_at")[:limit])


def wait_for_others(what: Iterable[str]) -> None:
    """Let nobody else look for any of these, and open a file, before the transaction that this is in has ended."""
    if wanted := list(what):
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME, [wanted])


def marks_of(name: str, phones: Iterable[str], birthday: YearlyDay | None) -> list[str]:
    """By what two new files may be the same person, as `alike` asks: each phone, and the name with the birthday."""
    person = [f"{search.folded(name)} {birthday.calendar} {birthday.month} {birthday.day}"] if birthday else []
    return [*(search.phone_keys(phone)[0] for phone in phones if phone), *person]


def alike(
    among: ClientQuerySet,
    *,
    name: str = "",
    phones: tuple[str, ...] = (),
    birthday: YearlyDay | None = None,
    except_pk: int | None = None,
    limit: int = 5,
) -> list[Likeness]:
    """Files with one of these phones (E.164), or with this name and birthday; at most `limit`, one query."""
    hashes = [key for phone in phones if phone for key in search.hashes_of_phone(phone)]
    condition = Q(search_keys__overlap=hashes) if hashes else Q(pk__in=[])
    if name and birthday:
        # Characters and not the name alone, so that the index serves it.
        condition |= Q(
            search_keys__contains=search.characters_of(name),
            name__iexact=name,
            birthday_calendar=birthday.calendar,
            birthday_month=birthday.month,
            birthday_day=birthday.day,
        )
    if not hashes and not (name and birthday):
        return []
    if except_pk is not None:
        among = among.exclude(pk=except_pk)
    found = among.filter(condition).order_by("-touched_at", "-pk")[:limit]
    numbers = {phone for phone in phones if phone}
    return [Likeness(client, bool(numbers & {client.phone, client.second_phone})) for client in found]


def without_phone() -> Exact:
    """The condition for files without a phone: an empty text is stored unsealed."""
    return Exact(F("phone"), "")


def is_stale(client: Client, today: date, months: int) -> bool:
    """Whether nobody has touched this file for so many months."""
    return client.touched_at < stale_before(today, months)


def stale_before(today: date, months: int) -> datetime:
    """The instant before which the last touch makes a file stale."""
    return timezone.make_aware(datetime.combine(months_before(today, months), time.min))


def months_before(day: date, months: int) -> date:
    """The same day so many calendar months earlier; the month's last day where it is shorter."""
    from_zero = day.year * 12 + day.month - 1 - months
    year, month = divmod(from_zero, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError("No such month.")  # cannot be: every month has 28 days
