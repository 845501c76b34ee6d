"""The page of a checkout. Every change posts the whole form; the draft is saved before anything else is done."""

import secrets
import uuid
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from clients.opening import note_opening
from loyalty import checkout_benefits, checkout_late
from loyalty.checkout import UNSHOWN, CheckoutChanged, CheckoutGone, CheckoutRefused, Sheet, check_out, open_sheet
from loyalty.models import LoyaltyAccount
from staff.form_names import resumable
from staff.ids import read_id
from staff.roles import Can, StaffRequest, staff_page
from visits import catalogue, keeping
from visits.amounts import MOST, read_money
from visits.draft import Content, read_ids, read_key, readable
from visits.keeping import Stale, Window
from visits.limits import day_typed
from visits.models import ZERO, Draft, Payment, Visit

LINES_CHANGED = "lines-changed"  # what the part with the offers listens for


@resumable(gettext_lazy("Checkout"), labels=checkout_late.FIELD_LABELS)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.CHECK_OUT)
def checkout(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One checkout: read it, change it, complete it."""
    if request.POST.get("do") == "complete":
        return _complete(request, key)
    draft = Draft.objects.select_related("client__account__tier").defer(*UNSHOWN).filter(pk=key).first()
    if request.method == "POST":
        return _act(request, key, draft)
    if draft is None:
        return _already_done(key)
    if draft.client_id:
        note_opening(request, draft.client_id)  # the page names allergies
    return _page(request, draft, Content.from_json(draft.content))


@require_safe
@staff_page(Can.CHECK_OUT)
def checkout_items(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """What the add-item box found, as buttons that add it."""
    text = readable(request.GET.get("q", ""))
    return render(request, "loyalty/_checkout_items.html", {"q": text, "found": catalogue.search(text)})


def _act(request: StaffRequest, key: uuid.UUID, draft: Draft | None) -> HttpResponse:
    content, act = Content.from_post(request.POST), request.POST.get("do", "save")
    if draft is None:
        return _late(request, key, content, act)
    window = _window(request)
    try:
        if act == "discard":
            if not keeping.discard(draft, content, window):
                return _late(request, key, content, act)
            messages.success(request, _("The checkout was discarded."))
            return _go(request, redirect("loyalty:checkout_new"))
        content = _changed(content, act, draft)
        if content.voucher_code:
            content = _with_code(content, draft)
        if not keeping.keep(draft, content, window, by=request.user, at=timezone.now(), over=act == "mine"):
            return _late(request, key, content, act)
    except Stale as stale:
        return _page(request, stale.saved, content, stale=True)
    if request.htmx and act != "mine":
        answer = _page(request, draft, content)
        return trigger_client_event(answer, LINES_CHANGED) if act.startswith(("add:", "remove:")) else answer
    looked_for = urlencode({"q": readable(request.POST.get("q", ""))}) if act == "find" else ""
    return _go(request, redirect(f"{reverse('loyalty:checkout', args=[key])}?{looked_for}"))


def _complete(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    # What stood on the screen is what counts: another window may have changed the client since.
    content = Content.from_post(request.POST)
    draft = Draft.objects.filter(pk=key).first() or Draft(checkout_key=key, by=request.user)
    at = timezone.now()
    if content.voucher_code:
        content = _with_code(content, draft)
    try:
        keeping.keep(draft, content, _window(request), by=request.user, at=at)
        draft.client_id = _posted_client(request)
        done = check_out(draft, by=request.user, at=at, shown=_shown_total(request))
    except Stale as stale:
        return _page(request, stale.saved, content, stale=True)
    except CheckoutRefused as refused:
        return _page(request, draft, content, sheet=refused.sheet, tried=True)
    except CheckoutChanged:
        return _late(request, key, content)
    except CheckoutGone as gone:
        if not Draft.objects.filter(pk=key).exists():
            return _late(request, key, content)
        messages.error(request, str(gone))
        return _go(request, redirect("loyalty:checkout", key=draft.pk))
    return _go(request, redirect("loyalty:receipt", pk=done.visit.pk))


def _changed(content: Content, act: str, draft: Draft) -> Content:
    """`content` after the button `act`; what is no button of ours changes nothing."""
    name, _colon, value = act.partition(":")
    if name == "add" and (key := read_key(value)):
        usual = str(draft.client.consultant_id or "") if draft.client else ""
        return content.adding(key, beautician=usual)
    if name == "remove":
        return content.without(value)
    if name == "pay":
        return content.toggling(value)
    if name == "points" and value.isascii() and value.isdigit():
        return content.paying(value)
    return _used(content, name, read_ids(value.split(",")), draft)


def _used(content: Content, name: str, ids: tuple[int, ...], draft: Draft) -> Content:
    """`content` after a tap on a voucher, on the best ones, or on an entitlement."""
    if name == "best":
        return content.using(ids)
    if name == "voucher" and ids:
        return checkout_benefits.tapped(content, ids[0], draft.client_id)
    if name == "entitlement" and ids:
        return content.entitled(ids[0])
    return content


def _with_code(content: Content, draft: Draft) -> Content:
    """`content` with the voucher whose code was typed, when it can be used on the day of the visit."""
    return checkout_benefits.with_code(content, draft.client_id, day_typed(content.when, timezone.localdate()))


def _page(
    request: StaffRequest,
    draft: Draft,
    content: Content,
    *,
    sheet: Sheet | None = None,
    tried: bool = False,
    stale: bool = False,
) -> HttpResponse:
    """The page of `content` as typed. `stale`: somebody saved other content, which stands beside it."""
    client = draft.client
    sheet = sheet or _sheet(request, draft, content)
    chosen = {payment.typed.method for payment in sheet.bill.payments}
    context = {
        "draft": draft,
        "content": content,
        "sheet": sheet,
        "bill": sheet.bill,
        "client": client,
        "tried": tried,
        "pills": [(method, label, method in chosen) for method, label in Payment.Method.choices],
        "acknowledged": content.acknowledged,
        "window": _window(request, draft),
        "tells_code": tried or checkout_benefits.is_code_told(content, request.POST.get("do", "")),
    }
    if stale:
        context["saved"] = saved = Content.from_json(draft.content)
        context["saved_bill"] = _sheet(request, draft, saved).bill
    if request.htmx:
        return render(request, "loyalty/_checkout_parts.html", context)
    query = readable(request.GET.get("q", ""))
    context |= {"quick": catalogue.most_used(), "q": query, "found": catalogue.search(query) if query else []}
    return render(request, "loyalty/checkout.html", context)


def _sheet(request: StaffRequest, draft: Draft, content: Content) -> Sheet:
    account: LoyaltyAccount | None = getattr(draft.client, "account", None) if draft.client else None
    return open_sheet(content, draft.client, account, by=request.user, today=timezone.localdate())


def _window(request: StaffRequest, draft: Draft | None = None) -> Window:
    """The window that sends; for a page opened anew, a new one that has read `draft`."""
    if request.method == "POST" or draft is None:
        return Window(readable(request.POST.get("window", "")), readable(request.POST.get("version", "")))
    return Window(secrets.token_hex(8), keeping.version(draft))


def _late(request: StaffRequest, key: uuid.UUID, content: Content, act: str = "complete") -> HttpResponse:
    """What to tell when another window completed or discarded this checkout before."""
    late = checkout_late.answer(request, key, content, client=_posted_client(request), act=act)
    return _go(request, late) if "Location" in late.headers else late


def _go(request: StaffRequest, answer: HttpResponse) -> HttpResponse:
    """A redirect that htmx follows with the whole page."""
    if not request.htmx:
        return answer
    return HttpResponse(headers={"HX-Redirect": answer.headers["Location"]})


def _already_done(key: uuid.UUID) -> HttpResponse:
    """On to the receipt of a checkout that is complete. Raises Http404 when it was discarded or never was."""
    if done := Visit.objects.with_checkout_key(key):
        return redirect("loyalty:receipt", pk=done.pk)
    raise Http404


def _posted_client(request: StaffRequest) -> int | None:
    """The id of the client that the posted form was filled in for."""
    return read_id(request.POST.get("for_client", ""))


def _shown_total(request: StaffRequest) -> Decimal | None:
    """The total that stood on the screen, in yuan; None when the form does not say."""
    try:
        return read_money(request.POST.get("shown_total", ""), least=ZERO, most=MOST * 1000)
    except ValidationError:
        return None
