"""Tags put on by rule: what a rule means, and bringing all files in line with it, set by set."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import QuerySet

from clients.models import Client, ClientTag, Preference, SkinRecord, Tag
from staff.models import User

BATCH = 2000


def apply_rules(*, client: int | None = None, only: Tag | None = None) -> int:
    """Put rule tags where their rules hold and take them off elsewhere. Returns rows written.

    For all files or the one with id `client`, for all rules or the one of `only`. Tags set by hand are left alone.
    Costs a few statements a rule however many clients there are.
    """
    written = 0
    for tag in [only] if only else Tag.objects.exclude(rule=Tag.Rule.BY_HAND):
        if tag.rule == Tag.Rule.SKIN_TYPE and tag.is_active:
            written += _follow_sealed(tag, client)
        else:
            written += _follow(tag, client)
    return written


def _follow(tag: Tag, client: int | None) -> int:
    holds = _holds(tag) if tag.is_active and tag.rule else Client.objects.none()
    on = ClientTag.objects.filter(tag=tag, by_rule=True)
    if client is not None:
        holds, on = holds.filter(pk=client), on.filter(client=client)
    taken_off = on.exclude(client__in=holds.values("pk")).delete()[0]
    new = holds.exclude(tags__tag=tag).values_list("pk", flat=True)
    return taken_off + _add(tag, new.iterator(chunk_size=BATCH))


def _holds(tag: Tag) -> QuerySet[Client]:
    """The files for which a rule over plain columns holds."""
    clients = Client.objects.on_file()
    if tag.rule == Tag.Rule.SOURCE:
        return clients.filter(source=tag.rule_value)
    if tag.rule == Tag.Rule.HAS_PREFERENCE:
        return clients.filter(pk__in=Preference.objects.filter(text__icontains=tag.rule_value).values("client"))
    try:
        first = int(tag.rule_value)
    except ValueError:
        return clients.none()
    return clients.filter(birthday_year__range=(first, first + 9))


def _follow_sealed(tag: Tag, client: int | None) -> int:
    """The rule by skin type: sealed in the database, so the latest record of each client is read here."""
    records = SkinRecord.objects.filter(client__in=Client.objects.on_file())
    on = ClientTag.objects.filter(tag=tag)
    if client is not None:
        records, on = records.filter(client=client), on.filter(client=client)
    latest = records.order_by("client", "-recorded_on", "-id").distinct("client").values_list("client", "skin_type")
    wanted = {owner for owner, found in latest.iterator(chunk_size=BATCH) if found == tag.rule_value}
    tagged = {owner: (row, by_rule) for row, owner, by_rule in on.values_list("pk", "client", "by_rule")}
    wrong = [row for owner, (row, by_rule) in tagged.items() if by_rule and owner not in wanted]
    taken_off = sum(ClientTag.objects.filter(pk__in=batch).delete()[0] for batch in _batches(wrong))
    return taken_off + _add(tag, sorted(wanted - tagged.keys()))


def _add(tag: Tag, clients: Iterable[int]) -> int:
    written = 0
    for batch in _batches(clients):
        rows = [ClientTag(client_id=client, tag=tag, by_rule=True) for client in batch]
        written += len(ClientTag.objects.bulk_create(rows, ignore_conflicts=True))
    return written


def _batches(rows: Iterable[int]) -> Iterator[list[int]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def set_by_hand(client: Client, chosen: Iterable[Tag], *, by: User) -> None:
    """Make `chosen` the tags that people put on this client. What rules put on stays."""
    wanted = {tag.pk for tag in chosen}
    mine = ClientTag.objects.filter(client=client, by_rule=False)
    mine.exclude(tag__in=wanted).delete()
    ClientTag.objects.bulk_create(
        [ClientTag(client=client, tag_id=tag, added_by=by) for tag in wanted], ignore_conflicts=True
    )
