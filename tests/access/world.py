"""A salon with one of everything, and somebody of each role to whom it all belongs."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client, Consent, Enquiry, FileRules, MemorableDay, Preference, PrivacyNotice, SkinRecord, Tag
from loyalty import points, vouchers
from loyalty.models import (
    Adjustment,
    BookFault,
    LoyaltyRules,
    Perk,
    PerkUse,
    PointsEntry,
    Redemption,
    Reward,
    SegmentChange,
    TierChange,
    Voucher,
    VoucherKind,
)
from outreach.models import ChannelSetting, ContactTask, Message, MessageTemplate
from staff import stepping_up
from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from tests.access.urls import Address
from tests.frontdesk import cast
from visits.models import CheckoutRules, Draft, Product, Service, ServiceCategory, Visit

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
# Each stands in one field only and nowhere else in the house.
CANARIES = {
    "phone": "13912345678",
    "second_phone": "13787654321",
    "wechat": "wx-canary-7781",
    "email": "canary-4417@example.com",
    "address": "canary-address-杨柳路",
    "family": "canary-family-双胞胎",
    "background": "canary-background-房产",
    "allergy": "canary-allergy-丙二醇",
    "skin": "canary-skin-玫瑰痤疮",
    "care_note": "canary-care-颧部泛红",
    "birth_year": "1971",
    "amount": "7,654.00",
    "foreign_item": "canary-item-别人做的",
}


@dataclass
class World:
    """Whose world it is, and the things in it."""

    user: User
    client: Client
    visit: Visit
    draft: Draft
    values: dict[str, object]

    def path(self, address: Address) -> str | None:
        """The address with ids of things that exist."""
        return address.path({place: self._value(address.name, place) for place in address.places})

    def _value(self, name: str, place: str) -> object:
        if place == "pk":
            return self.visit.pk if name.split(":")[-1] in ("receipt", "void", "refund") else self.client.pk
        return self.values[place]

    def browser(self, session: str) -> Browser:
        """A fresh browser that holds only the session's cookie."""
        browser = Browser(raise_request_exception=False)
        if session:
            browser.cookies[settings.SESSION_COOKIE_NAME] = session
        return browser


def session_of(user: User) -> str:
    """The key of a session in which `user` is signed in."""
    browser = Browser()
    browser.force_login(user, backend="staff.present.PresentBackend")
    session = browser.session
    session[stepping_up.KEPT] = {stepping_up.SETTINGS: [timezone.now().timestamp(), "test"]}
    session.save()
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def world_of(role: Role) -> World:
    """A client of this person's own, with a visit of today that this person entered and treated."""
    for rules in (FileRules, CheckoutRules, LoyaltyRules, Salon):
        rules.load()
    FileRules.objects.update(family_purpose="护理", background_purpose="护理")
    user = cast.staff(role)
    other = cast.staff(Role.BEAUTICIAN, "another-beautician")
    client = cast.client(
        "金丝雀",
        phone=f"+86{CANARIES['phone']}",
        second_phone=f"+86{CANARIES['second_phone']}",
        wechat_id=CANARIES["wechat"],
        email=CANARIES["email"],
        address=CANARIES["address"],
        family=CANARIES["family"],
        spending_background=CANARIES["background"],
        birthday_month=timezone.localdate().month,
        birthday_day=min(timezone.localdate().day, 28),
        birthday_year=int(CANARIES["birth_year"]),
        consultant=user,
    )
    client.fill_search_keys()
    client.save(update_fields=["search_keys"])
    account = cast.member(client, last_visit_on=timezone.localdate(), visits_12m=1, spend_12m="7654", lifetime_visits=1)
    mine = cast.visit(client, by=user, beautician=user, item="补水", amount="7654.00", care_note=CANARIES["care_note"])
    cast.visit(client, by=other, beautician=other, item=CANARIES["foreign_item"], amount="21.00")
    cast.earned(account, 500, visit=mine)
    draft = Draft.objects.create(client=client, by=user)
    allergy = cast.allergic(client, CANARIES["allergy"])
    SkinRecord.objects.create(client=client, recorded_on=timezone.localdate(), concerns=CANARIES["skin"])
    preference = Preference.objects.create(client=client, text="温水")
    day = MemorableDay.objects.create(client=client, label="结婚", month=5, day=20)
    enquiry = Enquiry.objects.create(client=client, about="抗衰", asked_on=timezone.localdate())
    Consent.objects.create(client=client, purpose=Consent.Purpose.FILE, given=True)
    _one_of_each(account, user, client)
    values: dict[str, object] = {
        "allergy_pk": allergy.pk,
        "day_pk": day.pk,
        "preference_pk": preference.pk,
        "enquiry_pk": enquiry.pk,
        "key": draft.pk,
        "adjustment_pk": Adjustment.objects.get(account=account).pk,
        "perk_pk": Perk.objects.get(name="形象设计", tier=account.tier).pk,
        "job": "outreach.sweep",
        "message_pk": Message.objects.get(client=client).pk,
        "task_pk": Message.objects.get(client=client).task_id,
        "use_pk": PerkUse.objects.get(account=account).pk,
        "user_pk": other.pk,
        "redemption_pk": Redemption.objects.get(account=account).pk,
        "voucher_pk": Voucher.objects.get(account=account).pk,
        "words_pk": MessageTemplate.objects.order_by("pk")[0].pk,
        "id": str(user.pk),
        "content_type_id": ContentType.objects.get_for_model(Client).pk,
        "object_id": client.pk,
    }
    return World(user, client, mine, draft, values)


def _one_of_each(account: Any, user: User, client: Client) -> None:
    shelf = ServiceCategory.objects.create(name="面部")
    Service.objects.create(name="补水", price="10", category=shelf)
    Product.objects.create(name="面霜", price="10", category=shelf)
    Tag.objects.create(name="老客")
    Adjustment.objects.create(key=uuid4(), account=account, points=5000, reason="补记", status="pending", by=user)
    BookFault.objects.create(client_id=client.pk, told="balance\x1f1\x1f2", found_at=timezone.now())
    reward = Reward.objects.order_by("pk")[0]
    spent = points.post(account, PointsEntry.Kind.REDEEM, -100, "redeem:world")
    Redemption.objects.create(
        key=uuid4(), account=account, reward=reward, name=reward.name, points=100, entry=spent, by=user
    )
    PrivacyNotice.objects.create(version="test", text="…", in_force_from=timezone.localdate())
    perk = Perk.objects.create(tier=account.tier, name="形象设计", quota=2)
    PerkUse.objects.create(key=uuid4(), perk=perk, account=account, year=timezone.localdate().year, place=1, by=user)
    kind = VoucherKind.objects.get(rule="dormant")
    vouchers.issue(account, kind, on=timezone.localdate(), source=Voucher.Source.RULE)
    TierChange.objects.create(account=account, to_tier=account.tier, why="earned", on=timezone.localdate())
    SegmentChange.objects.create(account=account, to_segment="new", on=timezone.localdate())
    AuditEntry.objects.create(action=AuditEntry.Action.ADDED, actor=user, client_id=client.pk)
    today = timezone.localdate()
    thanks = ContactTask.objects.create(
        client=client, kind="thank_you", occasion="visit:world", planned_for=today, due_on=today, shown_from=today
    )
    Message.objects.create(task=thanks, client=client, way="sms", key="world", status="check")
    ChannelSetting.objects.create(way="sms")


def first_of(label: str) -> object:
    """The id of one row of the model `app.model`."""
    found = apps.get_model(label)._default_manager.order_by("pk").first()
    assert found is not None, f"the world has no {label}"
    return found.pk


def goes_to_sign_in(response: HttpResponse) -> bool:
    """Whether the answer is a redirect to a sign-in page."""
    return response.status_code == 302 and response["Location"].split("?")[0] in ("/login/", "/admin/login/")
