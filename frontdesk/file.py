"""The client file: what each tab shows."""

from datetime import date
from typing import Any

from django.utils import timezone

from clients.card import card_for
from clients.models import Client
from frontdesk.events import Place
from frontdesk.figures import figures_of
from frontdesk.glance import Glance, glance_at, glance_with_books
from frontdesk.nextsteps import Situation, next_steps
from frontdesk.paging import id_in
from frontdesk.tabs import Tab
from frontdesk.timeline import care_notes_of, timeline_of, visits_of
from loyalty.benefits import benefits_of
from loyalty.redeemed import redeemed_by
from loyalty.voucher_listing import vouchers_of
from staff.roles import StaffRequest
from visits.allergy_gate import unnamed


def file_context(request: StaffRequest, client: Client, tab: Tab, today: date) -> dict[str, Any]:
    """All that the file's template needs for this tab, and nothing of the other ones."""
    user = request.user
    card = card_for(user, client, today)
    if tab.name == "points":
        glance = glance_with_books(client, user, today, id_in(request.GET, "before"))
    else:
        glance = glance_at(client, user, today)
    figures = figures_of(glance.membership.account, user, today)
    steps = next_steps(Situation(user, card, figures, glance.membership, glance.draft, glance.contacts))
    context = {"client": client, "card": card, "membership": glance.membership, "figures": figures, "steps": steps}
    before = Place.read(request.GET.get("before", ""))
    if tab.name == "timeline":
        context["timeline"] = timeline_of(client, user, before)
    if tab.name == "visits":
        context["timeline"] = visits_of(client, user, before)
    if tab.name == "care":
        context["timeline"] = care_notes_of(client, user, before)
        context["unnamed"] = unnamed(card.allergies)
    if tab.name == "benefits":
        context |= _benefits(request, client, glance, today)
    return context


def _benefits(request: StaffRequest, client: Client, glance: Glance, today: date) -> dict[str, Any]:
    """Vouchers, perks, what was had for points, and who brought whom. Three queries."""
    query, user, account = request.GET, request.user, glance.membership.account
    benefits = benefits_of(client, user, today, id_in(query, "perks_before"))
    return {
        "vouchers": vouchers_of(client, today),
        "redeemed": redeemed_by(account, user, timezone.now(), id_in(query, "redeemed_before")),
        "perks": benefits.perks,
        "referring": benefits.referring,
    }
