"""A client with a visit, a voucher and a day, and contacts of every kind with her."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from clients.models import Client, MemorableDay
from loyalty.models import Voucher, VoucherKind
from outreach.models import ContactTask, Kind
from staff.models import Salon, User
from staff.roles import Role
from tests.frontdesk import cast
from visits.models import Visit

TODAY = date(2026, 11, 22)
LAST_DAYS = {"birthday": date(2026, 11, 30), "dormant": date(2026, 12, 22), "thank_you": date(2027, 1, 21)}


@dataclass
class Told:
    """王丽华, who was here half a year ago with 林美; 小雨 writes to her."""

    client: Client
    visit: Visit
    beautician: User
    desk: User
    vouchers: dict[str, Voucher]

    def task(self, kind: Kind, **values: Any) -> ContactTask:
        """A contact of this kind, due today."""
        told: dict[str, Any] = {"planned_for": TODAY, "due_on": TODAY, "shown_from": TODAY} | OF_KIND.get(kind, {})
        if kind in (Kind.FOLLOW_UP, Kind.THANK_YOU, Kind.DORMANT):
            told["visit"] = self.visit
        if kind == Kind.VOUCHER_LAPSING:
            told["voucher"] = self.vouchers["dormant"]
        if kind == Kind.MEMORABLE_DAY:
            told["memorable_day"] = MemorableDay.objects.create(
                client=self.client, label="结婚纪念日", month=11, day=22
            )
        opened = ContactTask.objects.filter(client=self.client, kind=kind, status="open")
        opened.update(status="cancelled", closed_at=timezone.now())  # of some kinds one may be open
        number = ContactTask.objects.count()
        made = ContactTask.objects.create(
            client=self.client, kind=kind, occasion=f"test:{number}", **{**told, **values}
        )
        return ContactTask.objects.select_related("client").get(pk=made.pk)


OF_KIND: dict[Kind, dict[str, Any]] = {
    Kind.DORMANT: {"facts": {"months": 6}},
    Kind.POINTS_LAPSING: {"facts": {"points": 1280, "on": "2026-12-31"}},
    Kind.VOUCHER_LAPSING: {"facts": {"vouchers": 1, "on": "2026-12-22"}},
}


def told(**values: Any) -> Told:
    """The salon 花间美容 with its client, fields of whom are `values`."""
    Salon.load()
    Salon.objects.update(name="花间美容", phone="0571-88886666")
    beautician, desk = named(Role.BEAUTICIAN, "林美"), named(Role.FRONT_DESK, "小雨")
    client = cast.client("王丽华", **({"gender": Client.Gender.FEMALE, "phone": "+8613800138000"} | values))
    client.fill_search_keys()
    client.save(update_fields=["search_keys"])
    account = cast.member(client, last_visit_on=date(2026, 5, 18))
    at = datetime(2026, 5, 18, 4, tzinfo=UTC)
    visit = cast.visit(client, at=at, by=desk, beautician=beautician, item="肩颈舒缓", next_care="多喝水，少熬夜")
    vouchers = {}
    for number, (rule, last) in enumerate(LAST_DAYS.items()):
        kind = VoucherKind.objects.get(rule=rule)
        vouchers[rule] = Voucher.objects.create(
            account=account,
            kind=kind,
            code=f"4821773{number}",
            name=kind.name,
            name_en=kind.name_en,
            worth=kind.worth,
            value=kind.value,
            issued_on=TODAY,
            expires_on=last,
            source=Voucher.Source.RULE,
        )
    return Told(client, visit, beautician, desk, vouchers)


def named(role: Role, name: str) -> User:
    """One of the staff, by the name shown."""
    user = cast.staff(role, f"{role.value}-{name}")
    user.display_name = name
    user.save(update_fields=["display_name"])
    return user
