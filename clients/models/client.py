"""The client: who somebody is, and how to reach them."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients import search
from staff.encryption import EncryptedTextField, Unreadable
from staff.models import User
from staff.triggers import audited

HASHED = ("p:", "l:")  # how the search keys begin that are hashes of a phone


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
    email = EncryptedTextField(_("e-mail"), blank=True, default="")
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
    language = models.CharField(
        _("language of messages"), max_length=10, choices=User.Language, default=User.Language.CHINESE
    )
    note = models.TextField(_("note"), blank=True, max_length=2000)
    referred_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("brought by"), null=True, blank=True, related_name="brought"
    )
    consultant = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("consultant"), null=True, blank=True, related_name="clients"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
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
    # Of the form that opened this file, so that sending it twice opens one. Files from elsewhere have none.
    form_key = models.UUIDField(null=True, unique=True, editable=False)

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
        spoken = search.keys_of(self.name, self.honorific)
        self.search_keys = list(dict.fromkeys([*spoken, *self.fresh_phone_keys()]))

    def fresh_phone_keys(self) -> list[str]:
        """The hashes of the phones, by the newest key. Those on file stay while a phone cannot be read."""
        phones = [phone for phone in (self.phone, self.second_phone) if phone]
        readable = [phone for phone in phones if not isinstance(phone, Unreadable)]
        kept = [key for key in self.search_keys if key.startswith(HASHED)] if readable != phones else []
        return [*(key for phone in readable for key in search.phone_keys(phone)), *kept]

    @property
    def is_on_file(self) -> bool:
        return self.status in (self.Status.PROSPECT, self.Status.ACTIVE)
