"""What is noted about a client in the course of the work: allergies, skin, preferences, days, enquiries, consents.

Every form may be sent twice. Whatever is noted here is noted one after the other for each client, and the same thing
once more is the one that is there.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from clients import file, tagging
from clients.models import (
    Allergy,
    Client,
    Consent,
    Enquiry,
    MemorableDay,
    Preference,
    PrivacyNotice,
    SkinRecord,
    Tag,
)
from staff.models import User

M = TypeVar("M", bound=models.Model)


class AllergyOnFile(Exception):
    """This substance stands for the client already, with another severity or reaction."""


def _hold(client: Client) -> None:
    """One after the other. What the planning puts in, which only points to the client, goes on meanwhile."""
    Client.objects.select_for_update(no_key=True).only("pk").get(pk=client.pk)


def _same(rows: Iterable[M], values: Mapping[str, Any]) -> M | None:
    """The one of `rows` that has these values. Compared here, since sealed columns cannot be asked for."""
    return next((row for row in rows if all(getattr(row, name) == value for name, value in values.items())), None)


@transaction.atomic
def add_allergy(client: Client, values: Mapping[str, Any], *, by: User, at: datetime) -> Allergy:
    """A substance the client does not bear, confirmed by `by` today. The same once more gives the one on file.

    Raises AllergyOnFile when the substance stands with another severity or reaction.
    """
    _hold(client)
    named = values["substance"].casefold()
    standing = Allergy.objects.standing().filter(client=client)
    known = next((one for one in standing if one.substance.casefold() == named), None)
    if known is not None:
        if _same([known], {name: value for name, value in values.items() if name != "substance"}):
            return known
        raise AllergyOnFile
    today = timezone.localdate(at)
    allergy = Allergy.objects.create(client=client, confirmed_by=by, confirmed_on=today, **values)
    _asked_about_allergies(client, today, at)
    return allergy


@transaction.atomic
def note_no_allergies(client: Client, *, at: datetime) -> None:
    """The client was asked and knows of no further allergy."""
    _asked_about_allergies(client, timezone.localdate(at), at)


def _asked_about_allergies(client: Client, today: date, at: datetime) -> None:
    Client.objects.filter(pk=client.pk).update(allergies_asked_on=today, touched_at=at)


@transaction.atomic
def confirm_allergy(allergy: Allergy, *, by: User, at: datetime) -> None:
    """Somebody asked again, and it still holds."""
    Allergy.objects.filter(pk=allergy.pk).update(confirmed_by=by, confirmed_on=timezone.localdate(at))
    file.touch(allergy.client_id, at)


@transaction.atomic
def withdraw_allergy(allergy: Allergy, *, reason: str, by: User, at: datetime) -> bool:
    """Take an allergy back, with the reason; it stays on record. False when it was withdrawn already."""
    done = Allergy.objects.standing().filter(pk=allergy.pk)
    if not done.update(withdrawn_on=timezone.localdate(at), withdrawn_by=by, withdrawn_reason=reason):
        return False
    file.touch(allergy.client_id, at)
    return True


@transaction.atomic
def add_skin_record(client: Client, values: Mapping[str, Any], *, by: User, at: datetime) -> SkinRecord:
    """What was seen of skin and hair that day. The same once more gives the record on file."""
    _hold(client)
    if same := _same(SkinRecord.objects.filter(client=client, recorded_on=values["recorded_on"]), values):
        return same
    record = SkinRecord.objects.create(client=client, recorded_by=by, **values)
    file.touch(client.pk, at)
    tagging.apply_rules(client=client.pk)
    return record


@transaction.atomic
def add_preference(client: Client, text: str, *, by: User, at: datetime) -> bool:
    """Whether it is new: the same words twice are one preference."""
    _, new = Preference.objects.get_or_create(client=client, text=text, defaults={"added_by": by, "added_at": at})
    if new:
        file.touch(client.pk, at)
        tagging.apply_rules(client=client.pk)
    return new


@transaction.atomic
def remove_preference(client: Client, pk: int, *, at: datetime) -> bool:
    if not Preference.objects.filter(client=client, pk=pk).delete()[0]:
        return False
    file.touch(client.pk, at)
    tagging.apply_rules(client=client.pk)
    return True


@transaction.atomic
def add_memorable_day(client: Client, values: Mapping[str, Any], *, at: datetime) -> MemorableDay:
    """A day worth a greeting every year. The same once more gives the one on file."""
    _hold(client)
    if same := MemorableDay.objects.filter(client=client, **values).first():
        return same
    day = MemorableDay.objects.create(client=client, **values)
    file.touch(client.pk, at)
    return day


@transaction.atomic
def remove_memorable_day(client: Client, pk: int, *, at: datetime) -> bool:
    if not MemorableDay.objects.filter(client=client, pk=pk).delete()[0]:
        return False
    file.touch(client.pk, at)
    return True


@transaction.atomic
def set_tags(client: Client, chosen: list[Tag], *, by: User, at: datetime) -> None:
    tagging.set_by_hand(client, chosen, by=by)
    file.touch(client.pk, at)


@transaction.atomic
def add_enquiry(client: Client, values: Mapping[str, Any], *, by: User, at: datetime) -> Enquiry:
    """What the client asked about and did not buy. The same on one day, while it is open, is one enquiry."""
    _hold(client)
    today = {"client": client, "asked_on": timezone.localdate(at), "status": Enquiry.Status.OPEN}
    if same := Enquiry.objects.filter(**today, **values).first():
        return same
    enquiry = Enquiry.objects.create(**today, **values, taken_by=by)
    file.touch(client.pk, at)
    return enquiry


@transaction.atomic
def close_enquiry(client: Client, pk: int, status: str, *, at: datetime) -> bool:
    """Mark an open enquiry as bought or dropped. False when it is not open, or not this client's."""
    open_one = Enquiry.objects.filter(client=client, pk=pk, status=Enquiry.Status.OPEN)
    if not open_one.update(status=status):
        return False
    file.touch(client.pk, at)
    return True


@transaction.atomic
def record_consent(
    client: Client, purpose: str, channel: str, *, given: bool, how: str, by: User, at: datetime
) -> Consent | None:
    """Add an act of giving or withdrawing, under the notice in force. None when it already stands so."""
    _hold(client)
    last = Consent.objects.filter(client=client, purpose=purpose, channel=channel).first()
    if last is not None and last.given == given:
        return None
    consent = Consent.objects.create(
        client=client,
        purpose=purpose,
        channel=channel,
        given=given,
        how=how,
        by=by,
        at=at,
        notice=PrivacyNotice.objects.in_force(timezone.localdate(at)),
    )
    file.touch(client.pk, at)
    return consent
