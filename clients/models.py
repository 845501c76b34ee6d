"""The client file."""

from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import search
from staff.encryption import EncryptedTextField
from staff.models import Singleton, User
from staff.triggers import append_only, audited


class Calendar(models.TextChoices):
    SOLAR = "solar", _("solar calendar")
    LUNAR = "lunar", _("lunar calendar")


def day_constraints(prefix: str, name: str) -> list[models.BaseConstraint]:
    """Month and day come together and exist in their calendar; `prefix` is that of the columns."""
    month, day, calendar = f"{prefix}month", f"{prefix}day", f"{prefix}calendar"
    long_months = Q(**{f"{month}__in": [1, 3, 5, 7, 8, 10, 12]})
    solar = Q(**{calendar: Calendar.SOLAR}) & (
        Q(**{f"{day}__lte": 29})
        | (Q(**{f"{day}__lte": 30}) & ~Q(**{month: 2}))
        | (Q(**{f"{day}__lte": 31}) & long_months)
    )
    lunar = Q(**{calendar: Calendar.LUNAR, f"{day}__lte": 30})
    unknown = Q(**{f"{month}__isnull": True, f"{day}__isnull": True})
    known = Q(**{f"{month}__gte": 1, f"{month}__lte": 12, f"{day}__gte": 1})
    return [models.CheckConstraint(name=name, condition=unknown | (known & (solar | lunar)))]


class ClientQuerySet(models.QuerySet["Client"]):
    def on_file(self) -> Self:
        """Clients and prospects; not what was merged away or erased."""
        return self.filter(status__in=(Client.Status.PROSPECT, Client.Status.ACTIVE))

    def matching(self, text: str) -> Self:
        """Clients that `text` may mean: a name or part, pinyin, initials, a phone, its last four digits, a number.

        Served by the index on `search_keys`; none for a text that says nothing. See search.py.
        """
        condition = search.condition(text)
        return self.none() if condition is None else self.filter(condition)


class Client(models.Model):
    """One person the salon knows. Families share phones: a phone is never unique."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("prospect")
        ACTIVE = "active", _("active")
        MERGED = "merged", _("merged into another file")
        ERASED = "erased", _("erased")

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")
        UNKNOWN = "unknown", _("not known")

    class Source(models.TextChoices):
        UNKNOWN = "", _("not known")
        PASSING = "passing", _("walked in")
        REFERRAL = "referral", _("brought by a client")
        WECHAT = "wechat", _("WeChat")
        DIANPING = "dianping", _("Dianping or Meituan")
        DOUYIN = "douyin", _("Douyin")
        XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
        EVENT = "event", _("event or partner shop")
        IMPORT = "import", _("taken over from another system")
        OTHER = "other", _("other")

    name = models.CharField(_("name"), max_length=60)
    honorific = models.CharField(_("form of address"), max_length=10, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender, default=Gender.UNKNOWN)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    second_phone = EncryptedTextField(_("second phone"), blank=True, default="")
    wechat_id = EncryptedTextField(_("WeChat ID"), blank=True, default="")
    address = EncryptedTextField(_("address"), blank=True, default="")
    birthday_calendar = models.CharField(_("calendar"), max_length=5, choices=Calendar, default=Calendar.SOLAR)
    birthday_month = models.PositiveSmallIntegerField(_("month of birth"), null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField(_("day of birth"), null=True, blank=True)
    birthday_year = models.PositiveSmallIntegerField(_("year of birth"), null=True, blank=True)
    birthday_leap_month = models.BooleanField(_("born in a leap month"), default=False)
    guardian_agreed = models.BooleanField(_("a guardian agrees (under 14)"), default=False)
    source = models.CharField(_("how the client found us"), max_length=12, choices=Source, blank=True, default="")
    occupation = models.CharField(_("occupation"), max_length=60, blank=True)
    interests = models.CharField(_("interests"), max_length=200, blank=True)
    family = EncryptedTextField(_("family"), blank=True, default="")
    spending_background = EncryptedTextField(_("spending background"), blank=True, default="")
    note = models.TextField(_("note"), blank=True, max_length=2000)
    referred_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("brought by"), null=True, blank=True, related_name="brought"
    )
    consultant = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("consultant"), null=True, blank=True, related_name="clients"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    allergies_asked_on = models.DateField(_("asked about allergies on"), null=True, blank=True, editable=False)
    do_not_contact = models.BooleanField(_("do not contact"), default=False)
    do_not_contact_reason = models.CharField(_("why not"), max_length=200, blank=True)
    # What a search can find this file by: characters, pinyin, initials, and keyed hashes of the phones. See search.py.
    search_keys = ArrayField(models.CharField(max_length=80), default=list, editable=False)
    imported_from = models.CharField(max_length=40, blank=True, editable=False)
    import_reference = models.CharField(max_length=80, blank=True, editable=False)
    created_at = models.DateTimeField(_("on file since"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    touched_at = models.DateTimeField(_("last touched"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="clients_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="clients_merged_into_one", condition=Q(merged_into=None) ^ Q(status="merged")),
            models.CheckConstraint(name="clients_not_brought_by_self", condition=~Q(referred_by=F("id"))),
            models.CheckConstraint(
                name="clients_leap_month_is_lunar",
                condition=Q(birthday_leap_month=False) | Q(birthday_calendar="lunar"),
            ),
            models.UniqueConstraint(
                name="clients_imported_once",
                fields=["imported_from", "import_reference"],
                condition=~Q(import_reference=""),
            ),
            *day_constraints("birthday_", "clients_birthday_exists"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(name="clients_by_search_key", fields=["search_keys"]),
            models.Index(name="clients_by_birthday", fields=["birthday_calendar", "birthday_month", "birthday_day"]),
            models.Index(name="clients_by_touched", fields=["touched_at", "id"]),
            models.Index(name="clients_of_consultant", fields=["consultant", "id"]),
        ]
        triggers = (audited(client="id", quiet=("touched_at",)),)

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """The client number as printed, such as C-00128. It is the primary key: never used twice."""
        return f"C-{self.pk:05d}"

    def fill_search_keys(self) -> None:
        """Set `search_keys` from the name and phones as they now are; whoever writes these calls it before saving."""
        self.search_keys = search.keys_of(self.name, self.honorific, (self.phone, self.second_phone))

    @property
    def is_on_file(self) -> bool:
        return self.status in (self.Status.PROSPECT, self.Status.ACTIVE)


class SkinRecord(models.Model):
    """What was seen of a client's skin and hair on one day. A new look is a new record."""

    class SkinType(models.TextChoices):
        UNKNOWN = "", _("not examined")
        DRY = "dry", _("dry")
        OILY = "oily", _("oily")
        NORMAL = "normal", pgettext_lazy("skin", "normal")
        COMBINATION = "combination", _("combination")
        SENSITIVE = "sensitive", _("sensitive")

    client = models.ForeignKey(Client, models.PROTECT, related_name="skin_records")
    recorded_on = models.DateField(_("seen on"))
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    skin_type = EncryptedTextField(_("skin type"), blank=True, default="", choices=SkinType.choices)
    concerns = EncryptedTextField(_("concerns"), blank=True, default="")
    hair_type = EncryptedTextField(_("hair type"), blank=True, default="")
    contraindications = EncryptedTextField(_("contraindications"), blank=True, default="")
    consultation = EncryptedTextField(_("consultation"), blank=True, default="")
    care_plan = EncryptedTextField(_("care plan"), blank=True, default="")

    class Meta:
        verbose_name = _("skin record")
        verbose_name_plural = _("skin records")
        ordering = ("-recorded_on", "-id")
        indexes = (models.Index(name="skin_record_of_client", fields=["client", "-recorded_on", "-id"]),)
        triggers = (audited(inserts=True),)

    def __str__(self) -> str:
        return f"{self.recorded_on}"


class AllergyQuerySet(models.QuerySet["Allergy"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_on=None)


class Allergy(models.Model):
    """A substance this client does not bear. Withdrawn, never deleted: somebody once said so."""

    class Severity(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        SEVERE = "severe", _("severe")

    client = models.ForeignKey(Client, models.PROTECT, related_name="allergies")
    substance = EncryptedTextField(_("substance"))
    reaction = EncryptedTextField(_("what happened"), blank=True, default="")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MODERATE)
    confirmed_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("confirmed by"), null=True, related_name="+")
    confirmed_on = models.DateField(_("confirmed on"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=200, blank=True)

    objects = AllergyQuerySet.as_manager()

    class Meta:
        verbose_name = _("allergy")
        verbose_name_plural = _("allergies")
        ordering = ("id",)
        indexes = (models.Index(name="allergy_standing", fields=["client"], condition=Q(withdrawn_on=None)),)
        triggers = (audited(inserts=True),)

    def __str__(self) -> str:
        return self.substance


class Preference(models.Model):
    """A small thing that makes a client feel known: warm lemon water, no small talk."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="preferences")
    text = models.CharField(_("preference"), max_length=60)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(name="preference_once", fields=["client", "text"]),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.text


class MemorableDay(models.Model):
    """A day worth a greeting every year, in either calendar."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="memorable_days")
    label = models.CharField(_("occasion"), max_length=40)
    calendar = models.CharField(_("calendar"), max_length=5, choices=Calendar, default=Calendar.SOLAR)
    month = models.PositiveSmallIntegerField(_("month"))
    day = models.PositiveSmallIntegerField(_("day"))
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    leap_month = models.BooleanField(_("in a leap month"), default=False)

    class Meta:
        verbose_name = _("memorable day")
        verbose_name_plural = _("memorable days")
        ordering = ("month", "day", "id")
        constraints = day_constraints("", "memorable_day_exists")
        indexes = (models.Index(name="memorable_day_by_day", fields=["calendar", "month", "day"]),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.label


class Attendance(models.Model):
    """Which of the staff attends to which client, and when last: what makes a client a beautician's own."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="attendances")
    user = models.ForeignKey(User, models.PROTECT, related_name="attendances")
    last_on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(name="attendance_once", fields=["client", "user"]),)
        indexes = (models.Index(name="attendance_of_user", fields=["user", "last_on"]),)

    def __str__(self) -> str:
        return f"{self.user} {self.last_on}"


class Tag(models.Model):
    """A word to group clients by, of one of the three kinds that salons use."""

    class Group(models.TextChoices):
        BASIC = "basic", _("basic")
        PREFERENCE = "preference", _("preference")
        BEHAVIOUR = "behaviour", _("behaviour")

    class Rule(models.TextChoices):
        BY_HAND = "", _("set by hand")
        SOURCE = "source", _("found us through (source)")
        BORN_FROM = "born_from", _("born in the ten years from (year)")
        SKIN_TYPE = "skin_type", _("latest skin type is")
        HAS_PREFERENCE = "has_preference", _("a preference contains")

    group = models.CharField(_("group"), max_length=10, choices=Group, default=Group.BASIC)
    name = models.CharField(_("name"), max_length=20, unique=True)
    rule = models.CharField(_("rule"), max_length=16, choices=Rule, blank=True, default="")
    rule_value = models.CharField(_("value of the rule"), max_length=40, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("group", "name")
        constraints = (models.CheckConstraint(name="tag_rule_has_a_value", condition=Q(rule="") | ~Q(rule_value="")),)

    def __str__(self) -> str:
        return self.name


class ClientTag(models.Model):
    """A tag on a client, and whether a person or a rule put it there."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="tags")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="uses")
    by_rule = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(name="client_tag_once", fields=["client", "tag"]),)
        indexes = (models.Index(name="clients_with_tag", fields=["tag", "client"]),)

    def __str__(self) -> str:
        return str(self.tag)


class Enquiry(models.Model):
    """A service asked about and not bought yet: the next offer to make."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("enquiry", "open")
        BOUGHT = "bought", _("bought")
        DROPPED = "dropped", _("no longer wanted")

    client = models.ForeignKey(Client, models.PROTECT, related_name="enquiries")
    about = models.CharField(_("asked about"), max_length=80)
    why_not = models.CharField(_("why not bought"), max_length=200, blank=True)
    asked_on = models.DateField(_("asked on"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ("-asked_on", "-id")
        indexes = (models.Index(name="enquiry_open", fields=["client"], condition=Q(status="open")),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.about


class PrivacyNoticeQuerySet(models.QuerySet["PrivacyNotice"]):
    def in_force(self, today: date) -> "PrivacyNotice | None":
        """The notice that clients are told of on this day."""
        return self.filter(in_force_from__lte=today).first()


class PrivacyNotice(models.Model):
    """A version of what clients are told about their data. A consent names the version it was given to."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    text = models.TextField(_("text"))
    in_force_from = models.DateField(_("in force from"))

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ("-in_force_from", "-id")

    def __str__(self) -> str:
        return self.version


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> Self:
        """The latest act of each client, purpose and channel: what holds now."""
        return self.order_by("client", "purpose", "channel", "-id").distinct("client", "purpose", "channel")


class Consent(models.Model):
    """One act of giving or withdrawing consent. The latest of a purpose and channel holds; none is ever changed."""

    class Purpose(models.TextChoices):
        FILE = "file", _("keeping a client file")
        HEALTH = "health", _("allergies and skin records")
        PHOTOS = "photos", _("photos")
        MARKETING = "marketing", _("greetings and offers")
        PUBLISHING = "publishing", _("publishing a case without the name")

    class Channel(models.TextChoices):
        NONE = "", "—"
        WECHAT = "wechat", _("WeChat")
        SMS = "sms", _("SMS")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")

    class How(models.TextChoices):
        SIGNED = "signed", _("signed on paper")
        SAID = "said", _("said at the counter")
        WRITTEN = "written", _("written message")
        IMPORTED = "imported", _("taken over from another system")

    client = models.ForeignKey(Client, models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True, default="")
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, verbose_name=_("notice"), null=True, blank=True)
    given = models.BooleanField(_("given"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    how = models.CharField(_("how"), max_length=8, choices=How, default=How.SAID)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("taken by"), null=True, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="consent_channel_is_for_marketing", condition=Q(purpose="marketing") ^ Q(channel="")
            ),
        )
        indexes = (models.Index(name="consent_latest", fields=["client", "purpose", "channel", "-id"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.get_channel_display()}"


class FileRules(Singleton):
    """What the admin decides about client files."""

    class LeapDay(models.TextChoices):
        FEBRUARY_28 = "feb28", _("28 February")
        MARCH_1 = "mar1", _("1 March")

    stale_months = models.PositiveSmallIntegerField(_("a file is stale after months"), default=12)
    leap_day = models.CharField(
        _("who was born on 29 February has the birthday, in other years, on"),
        max_length=5,
        choices=LeapDay,
        default=LeapDay.FEBRUARY_28,
    )
    reveals_per_hour = models.PositiveSmallIntegerField(_("phones one person may reveal in an hour"), default=30)
    # Off unless the salon has a purpose for them: the law asks for no more data than is needed.
    occupation_purpose = models.CharField(_("purpose of keeping the occupation"), max_length=200, blank=True)
    interests_purpose = models.CharField(_("purpose of keeping interests"), max_length=200, blank=True)
    family_purpose = models.CharField(_("purpose of keeping family"), max_length=200, blank=True)
    background_purpose = models.CharField(_("purpose of keeping spending background"), max_length=200, blank=True)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the client file")
        verbose_name_plural = _("rules of the client file")
        triggers = (audited(client="none"),)
