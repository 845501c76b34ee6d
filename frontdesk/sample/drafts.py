"""The checkout that somebody has left unfinished at the counter."""

import uuid
from datetime import datetime, time

from django.utils import timezone

from frontdesk.sample.accounts import Team
from frontdesk.sample.rhythm import Shape
from frontdesk.sample.selling import Till
from visits.catalogue import SERVICE
from visits.draft import Content
from visits.models import Draft

KEY = uuid.UUID("0d4af700-5a10-5ee1-8c2b-3f1d6e9b7c40")


def leave_draft(shape: Shape, team: Team, till: Till, client: int) -> None:
    """A checkout begun this morning for the client with this number, from 0; a service chosen, nothing paid."""
    if not shape.clients:
        return
    service = till.shelves.named("深层补水护理")
    content = Content(care_note="T 区出油，两颊偏干").adding((SERVICE, service.pk), beautician=str(team.beauticians[1]))
    begun = datetime.combine(shape.today, time(11, 40), timezone.get_current_timezone())
    Draft.objects.create(
        checkout_key=KEY,
        client_id=min(client, shape.clients - 1) + 1,
        content=content.as_json(),
        created_at=begun,
        updated_at=begun,
        by_id=team.front_desk[0],
    )
