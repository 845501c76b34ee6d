"""What to do next for this client: a file that acts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.card import Card
from clients.models import Enquiry
from frontdesk.figures import Figures
from loyalty.membership import Membership
from outreach.access import NEEDED_RIGHT
from outreach.models import ContactTask, Kind
from staff.models import User
from staff.roles import Can
from visits.models import Draft

SOON = timedelta(days=7)
LAPSING = timedelta(days=60)
NEARLY = Decimal("0.15")  # of the next tier's spend
DRIFTING = 2  # times the client's own usual interval
AT_MOST = 5
ICONS = {
    Kind.BIRTHDAY: "cake2",
    Kind.GIFT: "gift",
    Kind.MEMORABLE_DAY: "calendar-heart",
    Kind.FOLLOW_UP: "telephone",
    Kind.THANK_YOU: "chat-heart",
    Kind.DORMANT: "arrow-return-left",
    Kind.POINTS_LAPSING: "hourglass-split",
    Kind.VOUCHER_LAPSING: "ticket-perforated",
}


@dataclass(frozen=True)
class Step:
    """One thing to do; `url` leads to where it is done, when that is a page."""

    text: str
    icon: str
    url: str = ""
    action: str = ""
    is_urgent: bool = False


@dataclass(frozen=True)
class Situation:
    """What the next steps follow from."""

    user: User
    card: Card
    figures: Figures
    membership: Membership
    draft: Draft | None
    contacts: list[ContactTask] = field(default_factory=list)  # the open ones, and the latest others

    def has_contact(self, kind: Kind) -> bool:
        """Whether there is something to do on the list already for what a hint would say."""
        return any(task.kind == kind and task.is_open for task in self.contacts)

    def was_contacted(self, kind: Kind, day: date) -> bool:
        """Whether that day has its contact, open or not."""
        return any(task.kind == kind and task.planned_for == day for task in self.contacts)


def next_steps(now: Situation) -> list[Step]:
    """What `now.user` can do next for the client, the most pressing first; empty when all is in order."""
    steps = list(_at_the_counter(now))
    if now.card.client.do_not_contact:
        why = now.card.client.do_not_contact_reason
        steps.append(Step(_("Does not want to be contacted. %(why)s") % {"why": why}, "slash-circle", is_urgent=True))
    else:
        steps += [*_contacts(now), *_days(now), *_coming_back(now), *_offers(now)]
    return steps[:AT_MOST]


def _at_the_counter(now: Situation) -> Iterator[Step]:
    if now.draft is not None:
        url = reverse("loyalty:checkout", args=[now.draft.pk])
        yield Step(_("A checkout is not finished."), "receipt", url, _("Go on"), is_urgent=True)
    elif now.figures.last_visit_on is None and now.user.can(Can.CHECK_OUT):
        url = reverse("loyalty:checkout_new") + f"?client={now.card.client.pk}"
        yield Step(_("Has not been here yet."), "door-open", url, _("Check in"))


def _contacts(now: Situation) -> Iterator[Step]:
    """What stands on the list of contacts for this client, and leads to where it is done."""
    today, client = now.card.today, now.card.client.pk
    for task in sorted(now.contacts, key=lambda task: (task.due_on, task.pk)):
        needed = NEEDED_RIGHT.get(Kind(task.kind))
        if not task.is_open or (needed and not now.user.can(needed)):
            continue
        words = {"contact": task.get_kind_display(), "when": _due(task.due_on, today)}
        text, icon, is_urgent = (
            capfirst(_("%(contact)s: %(when)s.") % words),
            ICONS[Kind(task.kind)],
            task.due_on <= today,
        )
        if now.user.can(Can.WORK_CONTACTS):
            back = urlencode({"next": reverse("frontdesk:client_file", args=[client])})
            url = f"{reverse('outreach:script', args=[task.pk])}?{back}"
            yield Step(text, icon, url, _("Contact now"), is_urgent=is_urgent)
        elif now.user.can(Can.READ_CONTACTS):
            yield Step(text, icon, is_urgent=is_urgent)


def _due(day: date, today: date) -> str:
    days = (today - day).days
    if days > 0:
        return ngettext("overdue by %(n)s day", "overdue by %(n)s days", days) % {"n": days}
    return _("due today") if days == 0 else _("due on %(day)s") % {"day": f"{day:%m-%d}"}


def _days(now: Situation) -> Iterator[Step]:
    birthday = now.card.birthday
    greeted = birthday is not None and now.was_contacted(Kind.BIRTHDAY, birthday.next.on)
    if birthday and not greeted and birthday.next.days_away <= SOON.days:
        yield Step(_("Birthday %(when)s: send wishes.") % {"when": birthday.when}, "cake2")
    for day in now.card.memorable_days:
        greeted = now.was_contacted(Kind.MEMORABLE_DAY, day.next.on)
        if day.next.days_away <= SOON.days and not greeted:
            yield Step(_("%(occasion)s %(when)s.") % {"occasion": day.label, "when": day.when}, "calendar-heart")


def _coming_back(now: Situation) -> Iterator[Step]:
    figures = now.figures
    if not (figures.last_visit_on and figures.usual_interval) or now.has_contact(Kind.DORMANT):
        return
    away = (now.card.today - figures.last_visit_on).days
    if away >= DRIFTING * figures.usual_interval:
        words = {"days": away, "usual": figures.usual_interval}
        text = _("Away for %(days)s days, usually back after %(usual)s: invite back.") % words
        yield Step(text, "arrow-return-left", is_urgent=True)


def _offers(now: Situation) -> Iterator[Step]:
    if now.user.can(Can.EDIT_CLIENT):
        for enquiry in now.card.enquiries:
            if enquiry.status == Enquiry.Status.OPEN:
                yield Step(_("Asked about %(what)s: offer it again.") % {"what": enquiry.about}, "chat-dots")
    lot = now.membership.lapses_next
    told_of = now.has_contact(Kind.POINTS_LAPSING)
    if lot and not told_of and lot.expires_on and lot.expires_on - now.card.today <= LAPSING:
        words = {"points": f"{lot.points:,}", "day": f"{lot.expires_on:%m-%d}"}
        yield Step(_("%(points)s points lapse on %(day)s: remind.") % words, "hourglass-split")
    told = now.membership.explanation
    missing = told.missing_spend if told else None
    if told and told.next_tier and missing and missing <= told.next_tier.min_spend * NEARLY:
        yield Step(_("Nearly there: %(missing)s.") % {"missing": told.missing}, "gem")
