"""The sample salon: believable, the same each time, sound by every rule of the program."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from clients import lunar, phones
from clients.models import Allergy, Calendar, Client, Consent, SkinRecord
from clients.search import keys_of
from frontdesk.sample.benefits import same_codes
from frontdesk.sample.loading import NotEmpty, load
from frontdesk.sample.rhythm import Shape
from loyalty import lapsing, points, segments, standing, tiers
from loyalty.models import (
    Adjustment,
    LoyaltyAccount,
    LoyaltyRules,
    PointsEntry,
    Redemption,
    Tier,
    TierChange,
    Voucher,
)
from outreach.models import Contact, ContactTask
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.sample.conftest import SMALL, TODAY, quiet
from visits import pricing
from visits.allergy_gate import conflicts
from visits.catalogue import Item
from visits.draft import Content
from visits.models import Draft, Payment, Refund, Visit, VisitLine
from visits.substances import Synonyms

pytestmark = pytest.mark.django_db


def rows_of(model: type[models.Model]) -> list[dict[str, Any]]:
    return list(model._default_manager.order_by("pk").values())


def test_it_works(sample: Shape) -> None:
    assert Client.objects.count() == 60
    assert Visit.objects.count() == 400
    assert LoyaltyAccount.objects.count() == 60
    assert Visit.objects.filter(day=TODAY).exists()
    assert Visit.objects.filter(client=None).count() == sample.walk_ins
    assert not Visit.objects.filter(day__gt=TODAY).exists()


def test_points_standing_and_tiers_are_what_the_rules_say(sample: Shape) -> None:
    call_command("check_points", stdout=StringIO())  # exits when a single figure is wrong

    assert standing.rebuild_all(TODAY) == 0
    assert tiers.review_due(TODAY) == 0


def test_each_visit_earned_what_the_rules_give(sample: Shape) -> None:
    rules, by_name = LoyaltyRules.load(), {tier.name: tier for tier in Tier.objects.all()}
    entries = {entry.visit_id: entry for entry in PointsEntry.objects.earned()}

    for visit in Visit.objects.exclude(client=None).select_related("client"):
        assert visit.client
        earning = points.to_be_earned(visit.client, by_name[visit.tier_name], visit.total, visit.day, rules)
        entry = entries.get(visit.pk)
        assert (entry.points if entry else 0) == earning.points
        if entry:
            assert (entry.why, entry.expires_on) == (earning.mark, points.lapse_day(visit.day, rules))


def test_each_move_up_has_the_figures_of_its_day(sample: Shape) -> None:
    moves = TierChange.objects.filter(why=TierChange.Why.EARNED).select_related("account", "to_tier")

    assert moves
    for move in moves:
        figures = standing.figures_on(move.account, move.on)
        later = Refund.objects.filter(visit__client=move.account_id, at__date__gt=move.on).exists()
        if not later:
            assert (str(figures.spend), figures.visits) == (move.figures["spend"], move.figures["visits"])
        assert tiers.reached(tiers.ladder(), figures).position >= move.to_tier.position or later


def test_lines_and_payments_add_up(sample: Shape) -> None:
    for visit in Visit.objects.prefetch_related("lines", "payments"):
        lines, percent = list(visit.lines.all()), 0
        if tier := Tier.objects.filter(name=visit.tier_name).first():
            percent = tier.discount_percent
        assert sum(line.amount for line in lines) == visit.total == sum(one.amount for one in visit.payments.all())
        for line in lines:
            wanted = pricing.Wanted(line.unit_price, line.quantity, line.service_id is not None)
            assert line.tier_discount == pricing.price_line(wanted, percent).tier_discount
    refunded = Visit.objects.annotate(back=Coalesce(Sum("refunds__amount"), Decimal(0)))
    assert all(kept == back for kept, back in refunded.values_list("refunded", "back"))


def test_the_same_day_and_seed_give_the_same_salon(db: None) -> None:
    def loaded(shape: Shape) -> list[list[dict[str, Any]]]:
        names = ", ".join(f'"{model._meta.db_table}"' for model in (Client, Visit, Draft))
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        load(shape, quiet)
        return [
            rows_of(model)
            for model in (
                Client,
                Visit,
                VisitLine,
                Payment,
                PointsEntry,
                TierChange,
                Consent,
                Draft,
                ContactTask,
                Contact,
            )
        ]

    first = loaded(SMALL)
    assert loaded(SMALL) == first
    assert loaded(replace(SMALL, seed=2)) != first


def test_it_refuses_a_database_with_clients(db: None) -> None:
    Client.objects.create(name="王芳")

    with pytest.raises(NotEmpty):
        load(SMALL, quiet)
    with pytest.raises(CommandError):
        call_command("load_sample", clients=10, stdout=StringIO())
    assert Client.objects.count() == 1


def test_the_command_tells_how_to_sign_in(db: None) -> None:
    told = StringIO()
    call_command("load_sample", clients=10, visits=20, today=TODAY, stdout=told)

    assert "qiantai" in told.getvalue()
    assert "salon-demo" in told.getvalue()


@pytest.mark.parametrize(
    ("username", "role"),
    [
        ("qiantai", Role.FRONT_DESK),
        ("meirong", Role.BEAUTICIAN),
        ("dianzhang", Role.MANAGER),
        ("admin", Role.ADMIN),
    ],
)
def test_the_four_demo_accounts_can_sign_in(sample: Shape, username: str, role: Role) -> None:
    user = User.objects.get(username=username)

    assert user.check_password("salon-demo")
    assert user.roles == {role}


def test_the_others_cannot_sign_in(sample: Shape) -> None:
    others = User.objects.exclude(username__in=["qiantai", "meirong", "dianzhang", "admin"])

    assert others
    assert not any(user.has_usable_password() for user in others)


def test_nothing_sensitive_is_stored_in_plain_text(sample: Shape) -> None:
    client = Client.objects.get(name="王丽华", consultant__username="meirong")
    secrets = {one.phone for one in Client.objects.all() if one.phone} | {"lihua_w", "细纹、泛红"}
    secrets |= {phone.removeprefix("+86") for phone in secrets}
    with connection.cursor() as cursor:
        for model in (Client, Allergy, SkinRecord, AuditEntry):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute("SELECT coalesce(string_agg(t::text, chr(10)), '') FROM " + table + " AS t")  # noqa: S608
            dumped = cursor.fetchone()[0]
            assert [secret for secret in secrets if secret in dumped] == []
        cursor.execute("SELECT string_agg(substance, '') FROM clients_allergy")
        assert "果酸" not in cursor.fetchone()[0]
    assert {allergy.substance for allergy in client.allergies.all()} == {"果酸", "酒精"}


def test_wang_lihua_is_as_in_the_pictures(sample: Shape) -> None:
    client = Client.objects.get(name="王丽华", consultant__username="meirong")
    account = client.account
    old = lunar.lunar_date(TODAY)

    assert client.consultant
    assert client.consultant.display_name == "林美"
    assert (client.birthday_calendar, client.birthday_month, client.birthday_day) == ("lunar", old.month, old.day)
    assert account.tier.name == "金卡"
    assert account.last_visit_on == TODAY - timedelta(days=9)
    assert [line.text for line in client.preferences.all()][:2] == ["温柠檬水", "安静少聊"]


def test_birthdays_fall_today_and_this_week(sample: Shape) -> None:
    kept: Counter[str] = Counter()
    for client in Client.objects.exclude(birthday_month=None):
        assert client.birthday_month
        assert client.birthday_day
        for more in range(8):
            day = TODAY + timedelta(days=more)
            old = lunar.lunar_date(day)
            solar = client.birthday_calendar == Calendar.SOLAR
            if (client.birthday_month, client.birthday_day) == (
                (day.month, day.day) if solar else (old.month, old.day)
            ):
                kept["today" if not more else "this week"] += 1
    assert kept["today"] >= 2
    assert kept["this week"] >= 2
    assert Client.objects.filter(birthday_calendar="solar", birthday_month=2, birthday_day=29).exists()
    assert Client.objects.filter(birthday_calendar="lunar", birthday_day=30).exists()


def test_every_phone_is_one_that_the_form_would_take(sample: Shape) -> None:
    for client in Client.objects.all():
        assert phones.normalise(client.phone) == client.phone
        assert set(keys_of(client.name, client.honorific, [client.phone, client.second_phone])) == set(
            client.search_keys
        )


def test_nobody_was_treated_with_what_they_cannot_bear(sample: Shape) -> None:
    for client in Client.objects.filter(allergies__isnull=False).distinct().prefetch_related("allergies"):
        if client.name == "王丽华":
            continue
        for line in VisitLine.objects.filter(visit__client=client).select_related("service", "product"):
            sold = line.service or line.product
            assert sold
            item = Item("service", sold.pk, sold.name, Decimal(0), 0, sold.ingredients, True)
            assert conflicts(item, client.allergies.all(), Synonyms()) == []


def test_one_checkout_was_left_unfinished(sample: Shape) -> None:
    draft = Draft.objects.get()

    assert Content.from_json(draft.content).lines
    assert draft.client


def test_receipts_are_numbered_in_the_order_of_days(sample: Shape) -> None:
    days = list(Visit.objects.order_by("pk").values_list("day", flat=True))

    assert days == sorted(days)


def test_the_next_client_and_visit_get_numbers_after_the_samples(sample: Shape) -> None:
    assert Client.objects.create(name="李娜").pk == 61


def test_referrers_were_there_before(sample: Shape) -> None:
    assert not Client.objects.filter(referred_by__gte=F("pk")).exists()


def test_clients_got_something_for_coming_back(sample: Shape) -> None:
    assert Redemption.objects.exists()
    assert Adjustment.objects.filter(status="pending").count() == 1
    assert Voucher.objects.filter(source="rule").exists()
    assert Voucher.objects.filter(source="compensation").exists()
    assert LoyaltyAccount.objects.exclude(segment="").exists()
    assert lapsing.due(TODAY) == []
    assert PointsEntry.objects.filter(kind="expire").exists()
    assert segments.rebuild_all(TODAY) == 0


def test_the_same_vouchers_each_time(sample: Shape) -> None:
    first = sorted(Voucher.objects.values_list("code", flat=True))

    assert len(set(first)) == len(first)
    assert first[0] == min(str(10_000_000 + place * 7_919_003 % 90_000_000) for place in range(1, len(first) + 1))


def test_a_code_that_was_drawn_for_one_is_given_to_another(sample: Shape) -> None:
    known = list(Voucher.objects.order_by("pk").values_list("pk", "code"))
    (first, code), (last, _code) = known[0], known[-1]
    Voucher.objects.filter(pk=first).update(code="12345678")
    Voucher.objects.filter(pk=last).update(code=code)

    same_codes()

    assert list(Voucher.objects.order_by("pk").values_list("pk", "code")) == known
