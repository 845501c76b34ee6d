"""Writing a visit. Called by loyalty's checkout inside its transaction; nothing here is ever changed afterwards."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clients.models import Attendance, Client
from staff.models import User
from staff.reasons import reason_in
from visits.allergy_gate import Conflict
from visits.bill import Bill, BillLine
from visits.draft import Content
from visits.models import AllergyAcknowledgement, Payment, Visit, VisitLine

NOON = time(12)


def record(
    bill: Bill,
    content: Content,
    *,
    key: uuid.UUID,
    client: Client | None,
    tier_names: tuple[str, str],
    by: User,
    at: datetime,
    signers: Mapping[str, tuple[int, datetime]],
) -> Visit:
    """Write the visit of a sound `bill`, its lines, payments and acknowledgements. Returns the visit.

    A visit entered for an earlier day is dated noon of that day. `tier_names`: Chinese and English, empty without a
    tier. `signers`: who ticked which acknowledgement, when.
    """
    when = at if bill.day == timezone.localdate(at) else timezone.make_aware(datetime.combine(bill.day, NOON))
    visit = Visit.objects.create(
        checkout_key=key,
        content_hash=content.fingerprint(client.pk if client else None),
        client=client,
        at=when,
        day=bill.day,
        gross=bill.quote.gross,
        tier_discount=bill.quote.tier_discount,
        manual_discount=bill.quote.manual_discount,
        voucher_discount=bill.quote.voucher_discount,
        points_discount=bill.quote.points_discount,
        total=bill.quote.total,
        tier_name=tier_names[0],
        tier_name_en=tier_names[1],
        care_note=content.care_note.strip(),
        next_care=content.next_care.strip(),
        by=by,
        recorded_at=at,
    )
    VisitLine.objects.bulk_create([_line(visit, place, line) for place, line in enumerate(bill.lines)])
    Payment.objects.bulk_create(
        [Payment(visit=visit, method=p.typed.method, amount=p.pays) for p in bill.payments if p.pays]
    )
    if bill.conflicts:
        AllergyAcknowledgement.objects.bulk_create(
            [_acknowledged(visit, found, *signers.get(found.mark, (by.pk, at))) for found in bill.conflicts]
        )
    if client:
        attend(client.pk, {line.beautician.pk for line in bill.lines if line.beautician}, visit.day)
    return visit


def attend(client: int, beauticians: set[int], day: date) -> None:
    """Note that these of the staff attend to the client on that day; an earlier day never replaces a later.

    Who is none of the staff is passed over. One question when all of it stands already.
    """
    if not beauticians:
        return
    noted = Attendance.objects.filter(client=client, user=OuterRef("pk"), last_on__gte=day)
    due = User.objects.filter(~Exists(noted), pk__in=beauticians).values_list("pk", flat=True)
    marks = [Attendance(client_id=client, user_id=pk, last_on=day) for pk in sorted(due)]
    Attendance.objects.bulk_create(
        marks, update_conflicts=True, update_fields=["last_on"], unique_fields=["client", "user"]
    )


def _acknowledged(visit: Visit, found: Conflict, user: int, at: datetime) -> AllergyAcknowledgement:
    return AllergyAcknowledgement(visit=visit, item=found.item.name, substance=found.substance, by_id=user, at=at)


def _line(visit: Visit, place: int, line: BillLine) -> VisitLine:
    if line.item is None or line.priced is None:
        raise ValueError("A line without an item cannot be recorded.")
    return VisitLine(
        visit=visit,
        position=place,
        service_id=line.item.id if line.item.is_service else None,
        product_id=None if line.item.is_service else line.item.id,
        name=line.item.name,
        beautician=line.beautician,
        quantity=line.quantity,
        unit_price=line.item.price,
        tier_discount=line.priced.tier_discount,
        manual_discount=line.priced.manual_discount,
        discount_reason=reason_in(line.typed.reason) if line.priced.manual_discount else "",
        voucher_discount=line.priced.voucher_discount,
        points_discount=line.priced.points_discount,
        amount=line.priced.amount,
    )
