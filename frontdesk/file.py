"""The client file: what each tab shows."""

from datetime import date
from typing import Any

from clients.card import card_for
from clients.models import Client
from frontdesk.events import Place
from frontdesk.figures import figures_of, glance_at
from frontdesk.nextsteps import Situation, next_steps
from frontdesk.paging import id_in
from frontdesk.tabs import Tab
from frontdesk.timeline import care_notes_of, timeline_of, visits_of
from loyalty.membership import membership_of
from staff.roles import Can, StaffRequest
from visits.models import Draft


def file_context(request: StaffRequest, client: Client, tab: Tab, today: date) -> dict[str, Any]:
    """All that the file's template needs for this tab, and nothing of the other ones."""
    user = request.user
    card = card_for(user, client, today)
    books = tab.name == "points"
    membership = membership_of(client, today, id_in(request.GET, "before")) if books else glance_at(client, user, today)
    figures = figures_of(membership.account, user, today)
    # The points tab asks enough already; an unfinished checkout is told on the others.
    draft = None if books else _unfinished(request, client)
    steps = next_steps(Situation(user, card, figures, membership, draft))
    context = {"client": client, "card": card, "membership": membership, "figures": figures, "steps": steps}
    before = Place.read(request.GET.get("before", ""))
    if tab.name == "timeline":
        context["timeline"] = timeline_of(client, user, before)
    if tab.name == "visits":
        context["timeline"] = visits_of(client, user, before)
    if tab.name == "care":
        context["timeline"] = care_notes_of(client, user, before)
    return context


def _unfinished(request: StaffRequest, client: Client) -> Draft | None:
    if not request.user.can(Can.CHECK_OUT):
        return None
    return Draft.objects.filter(client=client).only("checkout_key").order_by("-updated_at").first()
