"""The front desk's pages: search, the client list and the client file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.access import client_for, visible_clients
from clients.guessing import TooManyMisses
from clients.opening import note_opening
from frontdesk.file import file_context
from frontdesk.finding import LONGEST, PAGE, PANEL, Found, find
from frontdesk.forms import list_form
from frontdesk.listing import Order, first_page, page_of
from frontdesk.paging import Turn, id_in, page_in
from frontdesk.tabs import tab_named, tabs_for
from loyalty.voucher_listing import read_code
from staff.roles import Can, StaffRequest, staff_page


@require_safe
@staff_page(Can.FIND_ANY_CLIENT, Can.FIND_OWN_CLIENTS)
def search(request: StaffRequest) -> HttpResponse:
    """Clients by name, pinyin, initials, phone, last four digits or number: the top bar's panel, or a page."""
    text = request.GET.get("q", "").strip()[: LONGEST + 1]
    number, size = (1, PANEL) if request.htmx else (page_in(request.GET), PAGE)
    refused = ""
    try:
        found = find(request, text, start=(number - 1) * size, size=size)
    except TooManyMisses as too_many:
        found, refused = Found([], has_next=False), str(too_many)
    # Eight digits may be a voucher's code that somebody reads out on the phone.
    code = read_code(text) if request.user.can(Can.SEE_POINTS) else ""
    context = {"query": text, "found": found, "refused": refused, "page": Turn(number, found.has_next), "code": code}
    return render(request, "frontdesk/_found.html" if request.htmx else "frontdesk/search.html", context)


@require_safe
@staff_page(Can.FIND_ANY_CLIENT, Can.FIND_OWN_CLIENTS)
def client_list(request: StaffRequest) -> HttpResponse:
    """All files that the user may see, narrowed by the filters in the address."""
    user, form = request.user, list_form(request.GET, request.user.rights)
    order = request.GET.get("order", "")
    order = order if order in Order.values else Order.LAST_VISIT
    after = id_in(request.GET, "after")
    if form.is_valid() and not form.is_narrowing and not after:
        page = first_page(user, order)
    else:
        page = page_of(form.narrow(visible_clients(user), timezone.localdate()), user, order, after)
    context = {"form": form, "page": page, "order": order, "orders": Order.choices, "is_filtered": form.is_narrowing}
    return render(request, "frontdesk/client_list.html", context)


@require_safe
@staff_page(Can.FIND_ANY_CLIENT, Can.FIND_OWN_CLIENTS)
def client_file(request: StaffRequest, pk: int) -> HttpResponse:
    """One client: who it is, what to mind, what happened, what to do next. Opening it is written down."""
    client = client_for(request.user, pk)
    tab = tab_named(request.GET.get("tab", ""), request.user)
    note_opening(request, client.pk, turning="tab" in request.GET or "before" in request.GET)
    context = file_context(request, client, tab, timezone.localdate())
    return render(request, "frontdesk/client_file.html", context | {"tab": tab, "tabs": tabs_for(request.user)})
