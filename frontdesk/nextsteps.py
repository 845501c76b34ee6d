"""What to do next for this client: a file that acts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from clients.card import Card
from clients.models import Enquiry
from frontdesk.figures import Figures
from loyalty.membership import Membership
from staff.models import User
from staff.roles import Can
from visits.models import Draft

SOON = timedelta(days=7)
LAPSING = timedelta(days=60)
NEARLY = Decimal("0.15")  # of the next tier's spend
DRIFTING = 2  # times the client's own usual interval
AT_MOST = 5


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


def next_steps(now: Situation) -> list[Step]:
    """What `now.user` can do next for the client, the most pressing first; empty when all is in order."""
    steps = list(_at_the_counter(now))
    if now.card.client.do_not_contact:
        why = now.card.client.do_not_contact_reason
        steps.append(Step(_("Does not want to be contacted. %(why)s") % {"why": why}, "slash-circle", is_urgent=True))
    else:
        steps += [*_days(now), *_coming_back(now), *_offers(now)]
    return steps[:AT_MOST]


def _at_the_counter(now: Situation) -> Iterator[Step]:
    if now.draft is not None:
        url = reverse("loyalty:checkout", args=[now.draft.pk])
        yield Step(_("A checkout is not finished."), "receipt", url, _("Go on"), is_urgent=True)
    elif now.figures.last_visit_on is None and now.user.can(Can.CHECK_OUT):
        url = reverse("loyalty:checkout_new") + f"?client={now.card.client.pk}"
        yield Step(_("Has not been here yet."), "door-open", url, _("Check in"))


def _days(now: Situation) -> Iterator[Step]:
    birthday = now.card.birthday
    if birthday and birthday.next.days_away <= SOON.days:
        yield Step(_("Birthday %(when)s: send wishes.") % {"when": birthday.when}, "cake2")
    for day in now.card.memorable_days:
        if day.next.days_away <= SOON.days:
            yield Step(_("%(occasion)s %(when)s.") % {"occasion": day.label, "when": day.when}, "calendar-heart")


def _coming_back(now: Situation) -> Iterator[Step]:
    figures = now.figures
    if not (figures.last_visit_on and figures.usual_interval):
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
    if lot and lot.expires_on and lot.expires_on - now.card.today <= LAPSING:
        words = {"points": f"{lot.points:,}", "day": f"{lot.expires_on:%m-%d}"}
        yield Step(_("%(points)s points lapse on %(day)s: remind.") % words, "hourglass-split")
    told = now.membership.explanation
    missing = told.missing_spend if told else None
    if told and told.next_tier and missing and missing <= told.next_tier.min_spend * NEARLY:
        yield Step(_("Nearly there: %(missing)s.") % {"missing": told.missing}, "gem")
