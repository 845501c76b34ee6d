"""Bare pages of the same kinds: who is signed in, the fewest queries, the plainest template. What ours are held to."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from clients.models import Allergy, Client
from loyalty.models import LoyaltyAccount, PointsEntry
from loyalty.months import months_before
from visits.catalogue import items
from visits.draft import Content
from visits.models import Draft, Payment, Visit, VisitLine

ROWS = 50


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing but the way through the server."""
    return HttpResponse("")


@login_required
def client_list(request: HttpRequest) -> HttpResponse:
    came = Client.objects.on_file().filter(account__last_visit_on__isnull=False)  # so that an index gives the order
    rows = came.select_related("account__tier").order_by("-account__last_visit_on", "-account")
    return render(request, "bare_list.html", {"rows": rows[:ROWS]})


@login_required
def dormant(request: HttpRequest) -> HttpResponse:
    boundary = months_before(timezone.localdate(), 6)
    rows = Client.objects.on_file().filter(account__last_visit_on__lte=boundary).select_related("account__tier")
    return render(request, "bare_list.html", {"rows": rows.order_by("-account__last_visit_on", "-account")[:ROWS]})


@login_required
def search(request: HttpRequest) -> HttpResponse:
    rows = Client.objects.on_file().matching(request.GET["q"]).select_related("account__tier")
    return render(request, "bare_list.html", {"rows": rows.order_by("-account__last_visit_on")[:10]})


@login_required
def client(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Client.objects.select_related("account__tier", "consultant"), pk=pk)
    visits = found.visits.prefetch_related("lines").order_by("-day", "-id")[:20]
    return render(
        request,
        "bare_client.html",
        {"client": found, "visits": visits, "allergies": Allergy.objects.filter(client=found)},
    )


@login_required
def checkout(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    draft = get_object_or_404(Draft.objects.select_related("client__account__tier"), pk=key)
    content = Content.from_json(draft.content)
    sold = items(line.key for line in content.lines).values()
    return render(
        request,
        "bare_checkout.html",
        {"draft": draft, "sold": sold, "allergies": Allergy.objects.filter(client=draft.client_id)},
    )


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
