"""What a file lacks, and which files lack it."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from clients.file import without_phone
from clients.models import Allergy, ClientQuerySet, Consent, SkinRecord
from staff.roles import Can


class Gap(TextChoices):
    """One thing a full file has."""

    PHONE = "phone", _("phone")
    BIRTHDAY = "birthday", _("birthday")
    SOURCE = "source", _("how the client found us")
    ALLERGIES = "allergies", _("asked about allergies")
    SKIN = "skin", _("skin record")
    CONSENT = "consent", _("consent to keep the file")


# A gap is named only to those who may see what would fill it.
NEEDED_RIGHT = {
    Gap.PHONE: Can.SEE_MASKED_PHONE,
    Gap.BIRTHDAY: Can.SEE_BIRTHDAY,
    Gap.SOURCE: Can.EDIT_CLIENT,
    Gap.ALLERGIES: Can.SEE_ALLERGIES,
    Gap.SKIN: Can.SEE_SKIN,
    Gap.CONSENT: Can.SEE_CONSENT,
}


def gaps_seen_with(rights: frozenset[Can]) -> list[Gap]:
    """The gaps that somebody with these rights may know of."""
    return [gap for gap in Gap if NEEDED_RIGHT[gap] in rights]


def lacking(clients: ClientQuerySet, gaps: Iterable[Gap] = Gap) -> ClientQuerySet:
    """Files that lack any of these."""
    condition = Q(pk__in=[])
    for gap in gaps:
        condition |= _condition(gap)
    return clients.filter(condition)


def _condition(gap: Gap) -> Q:
    if gap is Gap.PHONE:
        return Q(without_phone())
    if gap is Gap.BIRTHDAY:
        return Q(birthday_month=None)
    if gap is Gap.SOURCE:
        return Q(source="")
    if gap is Gap.ALLERGIES:
        return Q(~Exists(Allergy.objects.filter(client=OuterRef("pk"))), allergies_asked_on=None)
    if gap is Gap.SKIN:
        return Q(~Exists(SkinRecord.objects.filter(client=OuterRef("pk"))))
    consents = Consent.objects.filter(client=OuterRef("pk"), purpose=Consent.Purpose.FILE)
    return Q(~Exists(consents.filter(given=True)))
