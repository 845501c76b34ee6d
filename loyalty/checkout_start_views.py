"""For whom a checkout is: the page on which the client is chosen, or an unfinished checkout taken up again."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clients.access import client_for, visible_clients
from clients.carrying import JUST_OPENED
from clients.guessing import TooManyMisses, counted
from clients.models import Client
from loyalty.checkout_late import FIELD_LABELS
from loyalty.client_rows import last_come_first, rows_of
from staff.form_names import resumable
from staff.ids import read_id
from staff.roles import Can, StaffRequest, staff_page
from visits import keeping
from visits.draft import Content, readable
from visits.models import Draft

DRAFTS_SHOWN = 20
CLIENTS_SHOWN = 12


@resumable(gettext_lazy("Checkout"), labels=FIELD_LABELS)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.CHECK_OUT)
def checkout_new(request: StaffRequest) -> HttpResponse:
    """Choose the client, or take up an unfinished checkout. POST begins one, or gives one another client."""
    draft = _draft_named(request)
    if request.method == "POST":
        client = _client_named(request)
        return _go_on(request, draft, client)
    chosen = _client_named(request) if request.GET.get("client") else None
    if chosen and request.session.pop(JUST_OPENED, None) == chosen.pk:
        return _go_on(request, draft, chosen)  # her file was opened from here a moment ago
    asked = readable(request.GET.get("who", "")).strip()
    context = {
        "query": asked,
        **_clients_found(request, asked),
        "chosen": chosen,
        "draft": draft,
        "drafts": _unfinished() if draft is None else [],
    }
    return render(request, "loyalty/_checkout_clients.html" if request.htmx else "loyalty/checkout_new.html", context)


def _go_on(request: StaffRequest, draft: Draft | None, client: Client | None) -> HttpResponse:
    """On to the checkout of `client`: a new one, or `draft`, which is hers from now on."""
    return redirect("loyalty:checkout", key=_begin(request, client) if draft is None else _hand_to(draft, client))


def _begin(request: StaffRequest, client: Client | None) -> uuid.UUID:
    """The key of a new draft; one that this person began for the same client and left is taken up again."""
    mine = Draft.objects.filter(by=request.user, client=client).order_by("-updated_at")
    left = mine.first() if client else next((one for one in mine[:5] if Content.from_json(one.content).is_empty), None)
    return (left or Draft.objects.create(client=client, by=request.user)).pk


def _hand_to(draft: Draft, client: Client | None) -> uuid.UUID:
    """Give an unfinished checkout another client; its lines stay."""
    keeping.hand_to(draft, client.pk if client else None, timezone.now())
    return draft.pk


def _clients_found(request: StaffRequest, text: str) -> dict[str, object]:
    """The clients that `text` may mean, as the top bar shows them; or why nobody was looked for."""
    rows = last_come_first(rows_of(visible_clients(request.user).matching(text), request.user))[:CLIENTS_SHOWN]
    try:
        return {"found": counted(request.user, text, lambda: list(rows), request)}
    except TooManyMisses as refused:
        return {"refused": str(refused)}


def _unfinished() -> list[Draft]:
    return list(Draft.objects.select_related("client", "by").order_by("-updated_at")[:DRAFTS_SHOWN])


def _draft_named(request: StaffRequest) -> Draft | None:
    """The draft that is to change hands, when the address names one. Raises Http404 for an unknown one."""
    named = request.POST.get("draft") or request.GET.get("draft")
    if not named:
        return None
    try:
        found = Draft.objects.select_related("client", "by").filter(pk=uuid.UUID(named)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _client_named(request: StaffRequest) -> Client | None:
    """The client that the request names; None for a walk-in. Raises Http404 for one that may not be seen."""
    named = request.POST.get("client") or request.GET.get("client") or ""
    if not named:
        return None
    return client_for(request.user, read_id(named) or 0)
