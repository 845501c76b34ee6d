"""What to offer at the checkout. A part of its page that comes after it, so that nobody waits for it."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Allergy
from loyalty.offers import offers_for
from staff.roles import Can, StaffRequest, staff_page
from visits.catalogue import SERVICE
from visits.draft import Content
from visits.models import Draft


@require_safe
@staff_page(Can.CHECK_OUT)
def checkout_offers(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Services to offer to the client of this checkout, with the reasons; nothing for a walk-in."""
    draft = get_object_or_404(Draft.objects.select_related("client"), pk=key)
    offers = []
    if draft.client:
        on_the_bill = {line.item for line in Content.from_json(draft.content).lines if line.kind == SERVICE}
        allergies = list(Allergy.objects.standing().filter(client=draft.client))
        offers = offers_for(draft.client, timezone.localdate(), allergies=allergies, without=on_the_bill)
    return render(request, "loyalty/_checkout_offers.html", {"offers": offers})
