"""Bare pages of the same kinds: what ours are held to.

Bare means: signed in, through the same middleware, the same rows and facts of the client as on our page, each list
asked for once by a plain queryset, and written by the plainest template. What is bare about them is the rest: no
rights, no trail, no rail, no search box, no filters, no forms but the one that the page is for, no words to translate,
no rules applied to what is shown. They are plain Django as one writes it at first, not tuned and not padded.
"""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from clients.models import (
    Allergy,
    Client,
    ClientQuerySet,
    ClientTag,
    Consent,
    Enquiry,
    MemorableDay,
    Preference,
    SkinRecord,
)
from frontdesk.timeline import PAGE
from loyalty.models import LoyaltyAccount, PointsEntry, Redemption, TierChange, Voucher
from loyalty.months import months_before
from staff.models import User
from staff.roles import Role
from visits.catalogue import items, most_used
from visits.draft import Content
from visits.models import Draft, Payment, Visit, VisitLine

ROWS = 50


def _rows() -> ClientQuerySet:
    allergies = Allergy.objects.filter(client=OuterRef("pk"), withdrawn_on=None)
    return Client.objects.on_file().select_related("account__tier").annotate(has_allergy=Exists(allergies))


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing but the way through the server."""
    return HttpResponse("")


@login_required
def client_list(request: HttpRequest) -> HttpResponse:
    """Fifty clients: name, number, phone, tier, segment, last visit, and whether there is an allergy."""
    came = _rows().filter(account__last_visit_on__isnull=False)  # so that an index gives the order
    return render(request, "bare_list.html", {"rows": came.order_by("-account__last_visit_on", "-account")[:ROWS]})


@login_required
def dormant(request: HttpRequest) -> HttpResponse:
    boundary = months_before(timezone.localdate(), 6)
    rows = _rows().filter(account__last_visit_on__lte=boundary)
    return render(request, "bare_list.html", {"rows": rows.order_by("-account__last_visit_on", "-account")[:ROWS]})


@login_required
def search(request: HttpRequest) -> HttpResponse:
    rows = _rows().matching(request.GET["q"])
    return render(request, "bare_list.html", {"rows": rows.order_by("-account__last_visit_on")[:10]})


@login_required
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """The file: the client, the figures, what happened (a query a kind), and the cards beside it (a query a card)."""
    found = get_object_or_404(Client.objects.select_related("account__tier", "consultant"), pk=pk)
    lines = Prefetch("lines", VisitLine.objects.select_related("beautician"))
    context = {
        "client": found,
        "allergies": found.allergies.filter(withdrawn_on=None),
        "visits": found.visits.prefetch_related(lines, "payments", "points_entries").order_by("-day", "-id")[:PAGE],
        "entries": PointsEntry.objects.filter(account=pk, visit=None).select_related("by")[:PAGE],
        "changes": TierChange.objects.filter(account=pk).select_related("from_tier", "to_tier", "by")[:PAGE],
        "skin_records": SkinRecord.objects.filter(client=found).select_related("recorded_by")[:PAGE],
        "consents": Consent.objects.filter(client=found).select_related("by")[:PAGE],
        "enquiries": Enquiry.objects.filter(client=found).select_related("taken_by")[:PAGE],
        "preferences": Preference.objects.filter(client=found),
        "tags": ClientTag.objects.filter(client=found).select_related("tag"),
        "days": MemorableDay.objects.filter(client=found),
    }
    return render(request, "bare_client.html", context)


@login_required
def checkout(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    draft = get_object_or_404(Draft.objects.select_related("client__account__tier"), pk=key)
    """The form: the lines, who may have done them, what sells most, how one may pay, and what the client has to use."""
    content, today = Content.from_json(draft.content), timezone.localdate()
    context = {
        "draft": draft,
        "sold": items(line.key for line in content.lines).values(),
        "beauticians": User.objects.filter(is_active=True, groups__name=Role.BEAUTICIAN),
        "quick": most_used(),
        "methods": Payment.Method.choices,
        "allergies": Allergy.objects.filter(client=draft.client_id, withdrawn_on=None),
        "vouchers": Voucher.objects.filter(account=draft.client_id).usable(today),
        "entitlements": Redemption.objects.filter(account=draft.client_id, until__gte=today),
    }
    return render(request, "bare_checkout.html", context)


@login_required
@transaction.atomic
def sale(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """A visit with one line, one payment and its points, straight into the tables."""
    draft = get_object_or_404(Draft.objects.select_for_update(), pk=key)
    line = Content.from_json(draft.content).lines[0]
    sold, now = items([line.key])[line.key], timezone.now()
    total = Decimal(sold.price)
    visit = Visit.objects.create(
        checkout_key=key, client_id=draft.client_id, at=now, day=timezone.localdate(), gross=total, total=total
    )
    VisitLine.objects.create(visit=visit, service_id=sold.id, name=sold.name, unit_price=total, amount=total)
    Payment.objects.create(visit=visit, method="wechat", amount=total)
    account = LoyaltyAccount.objects.select_for_update().get(client=draft.client_id)
    LoyaltyAccount.objects.filter(pk=account.pk).update(
        balance=F("balance") + int(total),
        last_visit_on=timezone.localdate(),
        visits_12m=F("visits_12m") + 1,
        spend_12m=F("spend_12m") + total,
    )
    PointsEntry.objects.create(
        account=account,
        kind="earn",
        points=int(total),
        balance_after=account.balance + int(total),
        occasion=f"earn:visit:{visit.pk}",
        visit=visit,
        expires_on=timezone.localdate() + timedelta(days=365),
    )
    draft.delete()
    return redirect(f"/bare/client/{draft.client_id}/")
