"""Whom to contact and why, one row for each occasion; and each attempt that was made."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Consent, MemorableDay
from loyalty.models import Voucher
from staff.models import User
from staff.triggers import append_only, audited, never_deleted
from visits.models import Visit


class Kind(models.TextChoices):
    """Why somebody is contacted. GIFT is prepared in the salon: nobody is contacted for it."""

    BIRTHDAY = "birthday", _("birthday greeting")
    GIFT = "gift", _("prepare a gift")
    MEMORABLE_DAY = "memorable_day", _("memorable day")
    FOLLOW_UP = "follow_up", _("one-week follow-up")
    THANK_YOU = "thank_you", _("thanks for the first visit")
    DORMANT = "dormant", _("win back")
    POINTS_LAPSING = "points_lapsing", _("points lapse soon")
    VOUCHER_LAPSING = "voucher_lapsing", _("voucher lapses soon")


# These need the client's consent to greetings and offers, and at most one of them goes out in some days; the birthday
# is exempt from the pause. The others are service: DESIGN §4, consent and restraint.
MARKETING = frozenset({Kind.BIRTHDAY, Kind.MEMORABLE_DAY, Kind.DORMANT, Kind.POINTS_LAPSING, Kind.VOUCHER_LAPSING})
PAUSED = MARKETING - {Kind.BIRTHDAY}


class Feeling(models.TextChoices):
    """How the client felt after the visit, as told on the follow-up call."""

    SATISFIED = "satisfied", _("satisfied")
    SO_SO = "so_so", _("so-so")
    DISSATISFIED = "dissatisfied", _("dissatisfied")


class ContactTaskQuerySet(models.QuerySet["ContactTask"]):
    def open(self) -> Self:
        return self.filter(status=ContactTask.Status.OPEN)

    def due(self, today: date) -> Self:
        """Open and to be done today or before."""
        return self.open().filter(due_on__lte=today)

    def overdue(self, today: date) -> Self:
        return self.open().filter(due_on__lt=today)

    def upcoming(self, today: date) -> Self:
        """Open, shown already, and due later."""
        return self.open().filter(due_on__gt=today, shown_from__lte=today)

    def waiting_for_an_answer(self) -> Self:
        """Somebody was dissatisfied and the salon has not answered yet."""
        return self.filter(needs_answer=True, answered_at__isnull=True)


class ContactTask(models.Model):
    """One occasion to contact one client. The unique key is the mark that it was planned."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", pgettext_lazy("contact", "done")
        NO_ANSWER = "no_answer", _("never reached")
        SKIPPED = "skipped", _("skipped")
        CANCELLED = "cancelled", _("no longer needed")

    class Because(models.TextChoices):
        """Why it was closed without anybody doing it."""

        NONE = "", "—"
        TOO_LATE = "too_late", _("the day was missed, it is too late now")
        RETURNED = "returned", _("the client came back")
        VISIT_VOID = "visit_void", _("the visit was voided")
        NEWER_VISIT = "newer_visit", _("a newer visit takes its place")
        NEWER_REMINDER = "newer_reminder", _("a newer reminder takes its place")
        USED = "used", _("the voucher or the points are used")
        DATE_CHANGED = "date_changed", _("the day was changed on the file")
        NOT_WANTED = "not_wanted", _("the client does not want this")
        DO_NOT_CONTACT = "do_not_contact", _("the client does not want to be contacted")
        NOT_ON_FILE = "not_on_file", _("the file was merged or erased")
        UNREACHED = "unreached", _("no answer after several tries")

    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client"), related_name="contact_tasks")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    # S2026 or L2026 (the lunar year) of a birthday and its gift, S2026:<id> of a memorable day, visit:<id> of a call
    # and of thanks, since:<visit id>:6 of a reminder, lapse:2026-12-31 of points, vouchers:2026-12-06 of vouchers.
    occasion = models.CharField(max_length=60, editable=False)
    visit = models.ForeignKey(
        Visit, models.PROTECT, verbose_name=_("visit"), null=True, related_name="contact_tasks", editable=False
    )
    memorable_day = models.ForeignKey(MemorableDay, models.SET_NULL, null=True, related_name="+", editable=False)
    voucher = models.ForeignKey(Voucher, models.PROTECT, null=True, related_name="+", editable=False)
    # What it is about, as it was known when it was planned: {"points": 300, "on": "2026-12-31"}, {"months": 6}.
    facts: "models.JSONField[Any, Any]" = models.JSONField(default=dict, editable=False)
    planned_for = models.DateField(_("occasion"), editable=False)  # the day itself; `due_on` moves when rescheduled
    due_on = models.DateField(_("due"))
    shown_from = models.DateField(editable=False)
    belated_days = models.PositiveSmallIntegerField(_("days late when planned"), default=0, editable=False)
    assigned_to = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("assigned to"), null=True, blank=True, related_name="contact_tasks"
    )
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    because = models.CharField(_("why closed"), max_length=14, choices=Because, blank=True, default=Because.NONE)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    feeling = models.CharField(_("feeling"), max_length=12, choices=Feeling, blank=True, default="")
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("closed by"), null=True, related_name="+")
    needs_answer = models.BooleanField(_("the salon owes an answer"), default=False)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("answered by"), null=True, related_name="+")
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ContactTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="outreach_one_task_per_occasion", fields=["client", "kind", "occasion"]),
            models.UniqueConstraint(
                name="outreach_one_open_follow_up", fields=["client"], condition=Q(kind="follow_up", status="open")
            ),
            models.UniqueConstraint(
                name="outreach_one_open_reminder", fields=["client"], condition=Q(kind="dormant", status="open")
            ),
            models.CheckConstraint(name="outreach_task_kind", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="outreach_task_closed_has_a_time", condition=Q(status="open") ^ Q(closed_at__isnull=False)
            ),
            models.CheckConstraint(
                name="outreach_satisfaction_1_to_5",
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__gte=1, satisfaction__lte=5),
            ),
            models.CheckConstraint(name="outreach_shown_before_due", condition=Q(shown_from__lte=F("due_on"))),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The list of today, and what the planning closes: few rows are open at any time.
            models.Index(name="outreach_open_by_due", fields=["due_on", "id"], condition=Q(status="open")),
            models.Index(name="outreach_task_of_client", fields=["client", "-id"]),
            models.Index(name="outreach_task_of_visit", fields=["visit"], condition=Q(visit__isnull=False)),
            models.Index(name="outreach_closed_by_day", fields=["closed_at", "id"], condition=~Q(status="open")),
            # What a clock that went ahead made too late, to be opened again on its day.
            models.Index(name="outreach_skipped_by_due", fields=["kind", "due_on"], condition=Q(status="skipped")),
            # The manager's page counts a month.
            models.Index(name="outreach_task_of_month", fields=["planned_for", "kind"]),
            models.Index(
                name="outreach_owes_an_answer",
                fields=["id"],
                condition=Q(needs_answer=True, answered_at__isnull=True),
            ),
        ]
        triggers = (audited(quiet=("attempts", "facts")), never_deleted())

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.planned_for}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_marketing(self) -> bool:
        """Whether the law and the salon ask for consent first."""
        return self.kind in MARKETING

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today


class ContactQuerySet(models.QuerySet["Contact"]):
    def standing(self) -> Self:
        """What counts: without what was noted by mistake, and without the lines that say so."""
        return self.filter(takes_back__isnull=True, taken_back__isnull=True)


class Contact(models.Model):
    """One attempt to reach a client and what came of it. Attempts are added, never changed.

    One that was noted by mistake stays, and another line takes it back.
    """

    class Outcome(models.TextChoices):
        REACHED = "reached", _("reached")
        SENT = "sent", _("message sent")
        MENTIONED = "mentioned", _("mentioned in the salon")
        NO_ANSWER = "no_answer", _("no answer")
        RESCHEDULED = "rescheduled", _("put off")
        NOT_WANTED = "not_wanted", _("not wanted")
        PREPARED = "prepared", _("gift prepared")
        ANSWERED = "answered", _("complaint answered")
        TAKEN_BACK = "taken_back", _("taken back")

    task = models.ForeignKey(ContactTask, models.PROTECT, related_name="contacts")
    client = models.ForeignKey(Client, models.PROTECT, related_name="contacts")
    key = models.UUIDField(unique=True, editable=False)  # of the form: a button pressed twice is one attempt
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome)
    channel = models.CharField(_("channel"), max_length=8, choices=Consent.Channel, blank=True, default="")
    at = models.DateTimeField(_("when"))
    day = models.DateField(_("day"))  # the salon's, for the weekly pause
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    is_marketing = models.BooleanField(default=False)  # reached the client with greetings or offers
    feeling = models.CharField(_("feeling"), max_length=12, choices=Feeling, blank=True, default="")
    satisfaction = models.PositiveSmallIntegerField(_("satisfaction"), null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    until = models.DateField(_("put off until"), null=True)
    due_before = models.DateField(null=True, editable=False)  # when the task was due until then
    takes_back = models.OneToOneField(
        "self", models.PROTECT, verbose_name=_("takes back"), null=True, related_name="taken_back", editable=False
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact attempt")
        verbose_name_plural = _("contact attempts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="outreach_contact_satisfaction",
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__gte=1, satisfaction__lte=5),
            ),
            models.CheckConstraint(
                name="outreach_contact_takes_one_back",
                condition=Q(takes_back__isnull=True) ^ Q(outcome="taken_back"),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="outreach_contact_of_client", fields=["client", "-id"]),
            # The weekly pause: the last greeting or offer of a client.
            models.Index(name="outreach_last_marketing", fields=["client", "-day"], condition=Q(is_marketing=True)),
            models.Index(name="outreach_contacts_by_day", fields=["day", "by"]),
        ]
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.day}"
