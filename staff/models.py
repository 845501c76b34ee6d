"""Who works here, the salon's own settings, and the trail of what was done."""

from datetime import datetime, time
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from staff.encryption import EncryptedTextField
from staff.listed import listed
from staff.roles import MATRIX, OWN_OR_TODAY, ROLE_LABELS, STEP_UP, Can, Role
from staff.triggers import append_only, audited, leaving_ends_sessions


class User(AbstractUser):
    """One person of the staff: everyone signs in as themselves, also at a shared counter."""

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        _("account to sign in with"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Letters, digits or Chinese characters."),
        error_messages={"unique": _("Somebody signs in with this already.")},
    )
    is_active = models.BooleanField(
        _("works here"),
        default=True,
        help_text=_("Works here. Take the tick away when somebody leaves; the account is never deleted."),
    )
    display_name = models.CharField(_("name shown"), max_length=40)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.CHINESE)
    pin = models.CharField(_("quick-switch PIN"), max_length=128, blank=True, editable=False)
    wecom_id = models.CharField(_("account in WeCom"), max_length=64, blank=True)
    must_change_password = models.BooleanField(_("must change the password at the next sign-in"), default=False)

    # Part of what a session is checked by. The database changes it when somebody is deactivated, and at no other time.
    session_mark = models.CharField(max_length=32, default="", editable=False)

    salon: "Salon | None" = None  # read together with whoever is signed in

    objects: ClassVar[UserManager[Self]] = UserManager()
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff members")
        triggers = (
            audited(client="none", quiet=("password", "pin", "last_login", "session_mark")),
            leaving_ends_sessions(),
        )

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of this user, read anew for every request so that a change of rights holds at once."""
        names = set(self.groups.values_list("name", flat=True))
        return frozenset(role for role in Role if role in names)

    @cached_property
    def rights(self) -> frozenset[Can]:
        """All that any of the roles may do; nothing once the account is closed."""
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(MATRIX[role] for role in self.roles))

    def can(self, right: Can) -> bool:
        """Whether this person may do `right`."""
        return right in self.rights

    @property
    def withheld(self) -> frozenset[Can]:
        """What the roles allow only after the password once more with a reason, and is not open now."""
        return frozenset().union(*(STEP_UP.get(role, frozenset()) for role in self.roles)) - self.rights

    @property
    def kept_for_the_day(self) -> frozenset[Can]:
        """What the roles allow only on clients who are own or of today, and is not open now."""
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(OWN_OR_TODAY.get(role, frozenset()) for role in self.roles)) - self.rights

    @property
    def steps_up(self) -> bool:
        """Whether there is anything on a client's file that this person sees only after the password once more."""
        return self.is_active and bool(self.withheld)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What every session of this user is checked by: the password, and the mark that changes on leaving."""
        return salted_hmac(
            "staff.models.User.session", f"{self.password}:{self.session_mark}", secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def role_names(self) -> str:
        """The roles' names, from groups that are loaded already."""
        held = {group.name for group in self.groups.all()}
        return listed(ROLE_LABELS[role] for role in Role if role in held)

    @property
    def role_label(self) -> str:
        """The roles' names for the screen, such as 前台."""
        return listed(ROLE_LABELS[role] for role in Role if role in self.roles)


class Singleton(models.Model):
    """A table of exactly one row: settings that the admin changes."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_one_row", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> Self:
        """The settings row; made with its defaults when it is not there yet."""
        return cls._default_manager.filter(pk=1).first() or cls._default_manager.get_or_create(pk=1)[0]


def usual_hours() -> dict[str, list[str]]:
    """Opening hours by weekday number (0 is Monday): 10:00 to 21:00 every day."""
    return {str(day): ["10:00", "21:00"] for day in range(7)}


class Salon(Singleton):
    """The salon itself: name, clock and opening hours."""

    name = models.CharField(_("name of the salon"), max_length=60, default="美容院")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    hours = models.JSONField(_("opening hours"), default=usual_hours)
    closed_days = models.JSONField(_("closed days"), default=list, blank=True)
    idle_minutes = models.PositiveSmallIntegerField(_("sign out after idle minutes"), default=15)
    phone = models.CharField(_("phone of the salon"), max_length=30, blank=True)
    address = models.CharField(_("address of the salon"), max_length=200, blank=True)
    key_check = EncryptedTextField(default="salon", editable=False)

    last_tick: datetime | None = None  # when timed work was last seen alive; read with each request

    class Meta(Singleton.Meta):
        verbose_name = _("salon")
        verbose_name_plural = _("salon")
        triggers = (audited(client="none"),)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Singleton.Meta.constraints,
            models.CheckConstraint(
                name="staff_salon_idle_minutes", condition=models.Q(idle_minutes__gte=1, idle_minutes__lte=720)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def opening_time(self, weekday: int) -> tuple[time, time] | None:
        """Opening and closing time of a weekday (0 is Monday), or None on the salon's day off."""
        hours = self.hours.get(str(weekday))
        return (time.fromisoformat(hours[0]), time.fromisoformat(hours[1])) if hours else None


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def for_client(self, client: int) -> Self:
        return self.filter(client_id=client)

    def readable_by(self, user: User) -> Self:
        """The whole trail for who may read it, one's own lines for the others."""
        return self if user.can(Can.READ_AUDIT) else self.filter(actor=user)


class AuditEntry(models.Model):
    """One line of the trail. The database refuses to change or delete it."""

    class Action(models.TextChoices):
        VIEWED = "viewed", _("viewed")
        REVEALED = "revealed", _("revealed the phone")
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        EXPORTED = "exported", _("exported")
        IMPORTED = "imported", _("imported")
        PRINTED = "printed", _("printed")
        MERGED = "merged", _("merged")
        ERASED = "erased", _("erased")
        SIGNED_IN = "signed_in", _("signed in")
        SIGNED_OUT = "signed_out", _("signed out")
        REFUSED = "refused", _("was refused")

    at = models.DateTimeField(_("when"), default=timezone.now)
    action = models.CharField(_("act"), max_length=12, choices=Action)
    actor = models.ForeignKey(User, models.PROTECT, verbose_name=_("who"), null=True, related_name="+")
    # No foreign key: clients live a floor above, and the trail outlives what it speaks of.
    client_id = models.BigIntegerField(_("client"), null=True)
    model = models.CharField(_("kind of record"), max_length=60, blank=True)
    object_id = models.CharField(_("number of the record"), max_length=40, blank=True, default="")
    changes: "models.JSONField[Any, Any]" = models.JSONField(_("changes"), null=True)
    what = models.CharField(_("what"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    count = models.PositiveIntegerField(_("number of records"), null=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    path = models.CharField(_("page"), max_length=200, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ("-id",)
        indexes = (
            models.Index(name="audit_of_client", fields=["client_id", "-id"]),
            models.Index(name="audit_of_actor", fields=["actor", "-id"]),
        )
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_action_display()}"


class JobRun(models.Model):
    """The last run of a timed job: what the health page and the staff see."""

    job = models.CharField(max_length=60, unique=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    done_to = models.DateField(null=True)  # the last day whose work is done
    done_before = models.DateField(null=True)  # the same, before the clock went back
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    asked_at = models.DateTimeField(null=True)  # somebody wants it run now; the next tick does
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    counts: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.job


class SignInFailure(models.Model):
    """One failed sign-in of the last minutes, from whatever address; see sign_in_bucket."""

    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class KnownAddress(models.Model):
    """An address from which somebody signed in, and when last."""

    address = models.GenericIPAddressField(unique=True)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address
