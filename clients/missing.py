"""What a file lacks, and which files lack it."""

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


def lacking(clients: ClientQuerySet, gap: Gap | None = None) -> ClientQuerySet:
    """Files that lack this, or anything at all when `gap` is None."""
    condition = Q()
    for one in [gap] if gap else Gap:
        condition |= _condition(one)
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
