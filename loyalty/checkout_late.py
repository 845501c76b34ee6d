"""What was sent to a checkout that another window completed or discarded: it is told, and what was typed shown."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.checkout import open_sheet
from staff.resuming import SEND_WHOLE
from staff.roles import StaffRequest
from visits.draft import Content, same_money
from visits.models import Visit

# How the fields of a checkout are called where they stand alone; those of a line have its number behind.
FIELD_LABELS = {
    "for_client": gettext_lazy("Client"),
    "item": gettext_lazy("Item"),
    "beautician": gettext_lazy("Beautician"),
    "quantity": gettext_lazy("Quantity"),
    "off": gettext_lazy("Discount"),
    "off_as": gettext_lazy("Unit of the discount"),
    "reason": gettext_lazy("Reason"),
    "when": gettext_lazy("Day of the visit"),
    "care_note": gettext_lazy("Care record"),
    "next_care": gettext_lazy("Advice for next time"),
    "voucher_code": gettext_lazy("Voucher code"),
    "points": gettext_lazy("Pay with points"),
    "shown_total": gettext_lazy("Total"),
}


def answer(
    request: StaffRequest, key: uuid.UUID, content: Content, *, client: int | None, act: str = "save"
) -> HttpResponse:
    """What to tell of `content`, sent for `client` to the checkout `key` that is no more.

    On to the receipt when nothing is missing from it. Raises Http404 for a checkout that never was, as far as anybody
    can know, when nothing was typed.
    """
    done = Visit.objects.select_related("by").filter(checkout_key=key).first()
    sent = content.fingerprint(client)
    if done and (sent == done.content_hash or content.is_empty):
        if act == "discard":
            messages.error(request, _("This visit is already saved, so nothing was discarded."))
        elif act not in ("save", "complete", "find"):
            messages.error(request, _told(done, sent))
        return redirect("loyalty:receipt", pk=done.pk)
    if done is None and act == "discard":
        messages.success(request, _("The checkout was discarded."))
        return redirect("loyalty:checkout_new")
    if done is None and content.is_empty:
        raise Http404
    if request.htmx:
        return HttpResponse(status=409, headers={SEND_WHOLE: "1"})
    sheet = open_sheet(content, None, None, by=request.user, today=timezone.localdate(), offering=False)
    told = _told(done, sent) if done else _("This checkout was discarded in another window.")
    context = {"done": done, "told": told, "content": content, "bill": sheet.bill, "client": client}
    return render(request, "loyalty/checkout_late.html", context, status=409)


def _told(done: Visit, sent: str) -> str:
    if done.content_hash and same_money(sent, done.content_hash):
        return _("This visit is already saved; what you changed afterwards is not in it.")
    return _("This visit is already saved with another amount. Please check it.")
