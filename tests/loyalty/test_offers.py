"""What to offer next, and why."""

import uuid
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client as Web
from django.urls import reverse

from clients.models import Client, Enquiry
from loyalty.models import BoughtTogether
from loyalty.offers import FEWEST_BUYERS, Offer, count_pairs, offers_for
from loyalty.offers_measured import measure
from staff.roles import Role
from tests.loyalty.books import TODAY, client, noon, staff
from tests.visits.shop import allergy, draft, posted, service
from visits.models import Service, Visit, VisitLine

pytestmark = pytest.mark.django_db


def had(who: Client, *services: Service, on: date = TODAY - timedelta(days=40)) -> Visit:
    visit = Visit.objects.create(client=who, at=noon(on), day=on, gross=0, total=0, recorded_at=noon(on))
    for one in services:
        VisitLine.objects.create(visit=visit, service=one, name=one.name, unit_price=0, amount=0)
    return visit


def offers(who: Client, **more: object) -> list[Offer]:
    allergies = list(who.allergies.filter(withdrawn_on=None))
    return offers_for(who, TODAY, allergies=allergies, **more)  # type: ignore[arg-type]


def names(found: list[Offer]) -> list[str]:
    return [offer.about for offer in found]


def asked(who: Client, about: str, on: date = date(2026, 5, 3), status: str = "open") -> Enquiry:
    return Enquiry.objects.create(client=who, about=about, asked_on=on, status=status)


def test_an_open_enquiry_comes_first_with_its_month() -> None:
    who, colour, face = client(), service("染发"), service("深层补水护理")
    for days in (90, 60, 30):
        had(who, face, on=TODAY - timedelta(days=days))
    asked(who, "想染发，怕伤发")

    found = offers(who)

    assert [offer.item and offer.item.id for offer in found] == [colour.pk, face.pk]
    assert "五月" in found[0].because
    assert "2025年" in offers(_with_enquiry_of_last_year())[0].because


def _with_enquiry_of_last_year() -> Client:
    who = client()
    asked(who, "染发", on=date(2025, 5, 3))
    return who


def test_what_is_not_on_the_price_list_is_told_without_a_button() -> None:
    who = client()
    asked(who, "孕期护理")

    (found,) = offers(who)

    assert found.item is None
    assert found.about == "孕期护理"


def test_a_closed_enquiry_is_not_offered() -> None:
    who = client()
    service("染发")
    asked(who, "染发", status="bought")
    asked(who, "染发", status="dropped")

    assert offers(who) == []


@pytest.mark.parametrize(
    ("days_ago", "due"),
    [((60, 30), True), ((45, 15), True), ((44, 14), False), ((30,), False), ((30, 0), False)],
)
def test_a_habit_is_named_from_half_its_interval_on(days_ago: tuple[int, ...], due: bool) -> None:
    who, face = client(), service()
    for days in days_ago:
        had(who, face, on=TODAY - timedelta(days=days))

    assert bool(offers(who)) is due


def test_a_habit_says_how_often_and_how_long_ago() -> None:
    who, face = client(), service()
    for days in (90, 60, 31):
        had(who, face, on=TODAY - timedelta(days=days))

    assert offers(who)[0].because == "平均 29 天做一次，上次是 31 天前"


def test_what_goes_with_what_she_has_is_told_in_per_cent() -> None:
    face, neck = service("深层补水护理"), service("颈部护理")
    for place in range(FEWEST_BUYERS):
        had(client(), face, *([neck] if place < 4 else []))
    who = client()
    had(who, face)
    count_pairs(TODAY)

    (found,) = offers(who)

    assert found.about == "颈部护理"
    assert "36%" in found.because.replace(" ", "")  # 4 of 11, she is one of them
    assert "深层补水护理" in found.because


def test_a_pair_of_few_clients_is_chance() -> None:
    face, neck = service("深层补水护理"), service("颈部护理")
    for _place in range(FEWEST_BUYERS - 2):
        had(client(), face, neck)
    who = client()
    had(who, face)
    count_pairs(TODAY)

    assert offers(who) == []


def test_nothing_is_offered_that_an_allergy_speaks_against() -> None:
    who, acid = client(), service("果酸焕肤", ingredients="果酸,酒精")
    asked(who, "果酸焕肤")
    assert offers(who)[0].item is not None

    allergy(who, "果酸")

    assert offers(who) == []
    assert acid.is_active


def test_nothing_is_offered_that_is_on_the_bill_or_no_longer_sold() -> None:
    who, colour, face = client(), service("染发"), service("深层补水护理")
    asked(who, "染发")
    had(who, face, on=TODAY - timedelta(days=60))
    had(who, face, on=TODAY - timedelta(days=30))

    assert names(offers(who, without=[colour.pk])) == ["深层补水护理"]
    Service.objects.filter(pk=face.pk).update(is_active=False)
    assert names(offers(who, without=[colour.pk])) == []


def test_voided_visits_free_consultations_and_walk_ins_count_for_nothing() -> None:
    face, neck, talk = service("深层补水护理"), service("颈部护理"), service("咨询", price="0")
    who = client()
    Visit.objects.filter(pk=had(who, face, neck).pk).update(status="void", voided_at=noon(TODAY), void_reason="记错")
    walk_in = Visit.objects.create(at=noon(TODAY), day=TODAY, gross=0, total=0, recorded_at=noon(TODAY))
    for one in (face, neck):
        VisitLine.objects.create(visit=walk_in, service=one, name=one.name, unit_price=0, amount=0)
    had(client(), face, talk)

    assert count_pairs(TODAY) == 0


def test_counting_again_writes_only_what_changed() -> None:
    face, neck = service("深层补水护理"), service("颈部护理")
    had(client(), face, neck)

    assert (count_pairs(TODAY), count_pairs(TODAY)) == (2, 0)
    assert count_pairs(TODAY + timedelta(days=400)) == 0
    assert not BoughtTogether.objects.exists()


def test_the_queries_are_few(django_assert_max_num_queries: object) -> None:
    who = client()
    service("染发")
    for days in range(1, 60):
        had(who, service(f"护理 {days}"), on=TODAY - timedelta(days=days))
    asked(who, "染发")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        offers_for(who, TODAY, allergies=[])


def test_the_trial_holds_out_what_it_is_measured_on() -> None:
    """Everybody has one habit, and what sells most is another service: ours is right, the popular one wrong."""
    face, cut = service("深层补水护理"), service("洗剪吹")
    for place in range(12):
        who = client()
        for days in (100, 80, 20):
            had(who, face, on=TODAY - timedelta(days=days))
        for days in range(70, 95, 5):
            had(client(), cut, on=TODAY - timedelta(days=days + place))

    trial = measure(TODAY, days=60, clients=100)

    assert trial.looked_at == 12
    assert (trial.ours.visits, trial.ours.first) == (12, 12)
    assert trial.popular.first == 0
    assert not BoughtTogether.objects.exists(), "what was counted for the trial is gone"


def test_the_command_tells_both() -> None:
    told = StringIO()
    call_command("measure_offers", stdout=told)

    assert "nothing to measure" in told.getvalue()


def test_the_checkout_tells_what_to_offer_and_one_tap_puts_it_on_the_bill() -> None:
    desk, who, colour = staff(Role.FRONT_DESK), client(), service("染发", price="498")
    asked(who, "染发")
    asked(who, "孕期护理")
    web = Web()
    web.force_login(desk, backend="staff.present.PresentBackend")
    one = draft(desk, who)
    where = reverse("loyalty:checkout_offers", args=[one.pk])

    told = web.get(where).content.decode()
    assert f'value="add:service:{colour.pk}"' in told
    assert "孕期护理" in told

    answer = web.post(
        reverse("loyalty:checkout", args=[one.pk]),
        posted(one, do=f"add:service:{colour.pk}"),
        headers={"HX-Request": "true"},
    )
    assert "lines-changed" in answer.headers["HX-Trigger"]
    assert f'value="add:service:{colour.pk}"' not in web.get(where).content.decode()


def test_a_walk_in_is_offered_nothing_and_what_is_gone_is_not_found() -> None:
    desk = staff(Role.FRONT_DESK)
    web = Web()
    web.force_login(desk, backend="staff.present.PresentBackend")
    one = draft(desk, None)

    assert web.get(reverse("loyalty:checkout_offers", args=[one.pk])).content.strip() == b""
    assert web.get(reverse("loyalty:checkout_offers", args=[uuid.uuid4()])).status_code == 404
    assert 'id="offers"' not in web.get(reverse("loyalty:checkout", args=[one.pk])).content.decode()
