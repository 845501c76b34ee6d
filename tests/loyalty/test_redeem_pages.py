"""The pages of rewards: they refuse in words at the field, keep what was typed, act once, and lead back."""

import io
import logging
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from loyalty.models import LoyaltyRules, Redemption, Reward
from loyalty.redeemed import redeemed_by
from salon_crm.logs import JsonLines
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import account_of, staff, tier
from tests.loyalty.rewarding import DIGITS, comb, fifty_yuan, member, owing, redeem, year_of_cuts
from tests.loyalty.test_refund_pages import signed_in
from visits.models import Draft

NOBODYS = uuid.UUID(int=1)  # no checkout's

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Browser:
    return signed_in(Role.FRONT_DESK)


def address(who: Client, query: str = "") -> str:
    return reverse("loyalty:redeem", args=[who.pk]) + query


def filled(reward: Reward, proof: str = DIGITS, **more: object) -> dict[str, object]:
    """The form as the browser sends it."""
    return {"key": uuid.uuid4(), "reward": reward.pk, "shown": reward.points, "proof": proof, **more}


def slip_of(done: Redemption, query: str = "") -> str:
    return reverse("loyalty:redemption_slip", args=[done.pk]) + query


# --- Choosing ---------------------------------------------------------------------------------------------------


def test_the_list_says_what_may_be_had_and_what_is_missing(desk: Browser) -> None:
    who = member(1000)
    comb(stock=3)
    fifty_yuan()
    year_of_cuts()

    seen = desk.get(address(who)).content.decode()

    assert "3 in stock" in seen
    assert "4,000 missing" in seen
    assert seen.count("?reward=") == 2
    assert DIGITS not in seen  # not even the masked phone: the digits are asked for


def test_a_reward_that_is_out_or_for_others_has_no_button(desk: Browser) -> None:
    comb(stock=0)

    seen = desk.get(address(member(1000))).content.decode()

    assert "out of stock" in seen
    assert "?reward=" not in seen


def test_without_rewards_the_page_says_what_to_do(desk: Browser) -> None:
    Reward.objects.update(is_active=False)

    assert "No rewards yet" in desk.get(address(member(10))).content.decode()


def test_a_negative_balance_blocks_with_words(desk: Browser) -> None:
    who = member(100)
    owing(who, 35)
    comb(needs=1)

    seen = desk.get(address(who)).content.decode()

    assert "The balance is −35" in seen
    assert "?reward=" not in seen


@pytest.mark.parametrize("named", ["0", "-1", str(2**63), "abc", "😀", "1" * 5000])
def test_nonsense_for_a_reward_shows_the_list(desk: Browser, named: str) -> None:
    comb()

    answer = desk.get(address(member(), f"?reward={named}"))

    assert answer.status_code == 200
    assert answer.context["told"]


def test_a_reward_that_is_not_affordable_has_no_form(desk: Browser) -> None:
    answer = desk.get(address(member(10), f"?reward={comb().pk}"))

    assert "form" not in answer.context
    assert answer.context["told"]


def test_the_form_asks_for_digits_or_for_words(desk: Browser) -> None:
    reward = comb()

    digits = desk.get(address(member(), f"?reward={reward.pk}")).content.decode()
    words = desk.get(address(member(phone=""), f"?reward={reward.pk}")).content.decode()

    assert "Last four digits" in digits
    assert 'inputmode="numeric"' in digits
    assert "How was the client known?" in words


# --- Redeeming --------------------------------------------------------------------------------------------------


def test_a_form_sent_twice_shows_its_slip_twice(desk: Browser) -> None:
    who, reward = member(3000), comb()
    sent = filled(reward)

    first = desk.post(address(who), sent)
    again = desk.post(address(who), sent, follow=True)

    done = Redemption.objects.get()
    assert (first.status_code, first["Location"]) == (302, slip_of(done))
    assert again.redirect_chain == [(slip_of(done), 302)]
    assert "Already done" in again.content.decode()
    assert account_of(who).balance == 2000


def test_in_chinese_the_second_one_says_so() -> None:
    who, sent = member(3000), filled(comb())
    desk = signed_in(Role.FRONT_DESK, language="zh-hans")
    desk.post(address(who), sent)

    assert "已处理，请勿重复提交" in desk.post(address(who), sent, follow=True).content.decode()


def test_wrong_digits_are_told_at_the_field_and_nothing_is_lost(desk: Browser) -> None:
    who, reward = member(), comb()
    sent = filled(reward, "1234")

    answer = desk.post(address(who, f"?reward={reward.pk}"), sent)

    form = answer.context["form"]
    assert form.errors.keys() == {"proof"}
    assert (form["proof"].value(), form["key"].value()) == ("1234", str(sent["key"]))
    assert 'id="id_proof-error"' in answer.content.decode() or "error" in answer.content.decode()
    assert not Redemption.objects.exists()
    assert desk.post(address(who), sent | {"proof": DIGITS}).status_code == 302


@pytest.mark.parametrize("proof", ["", " ", "12", "x" * 2_000_000, "１２３", "😀"])
def test_no_nonsense_as_proof(desk: Browser, proof: str) -> None:
    answer = desk.post(address(member()), filled(comb(), proof))

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"proof"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "x"},
        {"key": ""},
        {"reward": "0"},
        {"reward": "abc"},
        {"reward": str(2**63)},
        {"shown": "x"},
        {"shown": "9" * 400},
    ],
)
def test_a_garbled_form_starts_again(desk: Browser, wrong: dict[str, str]) -> None:
    answer = desk.post(address(member()), filled(comb()) | wrong)

    assert answer.status_code in (200, 302)
    assert not Redemption.objects.exists()


def test_no_digit_of_a_try_is_kept_anywhere(desk: Browser) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    who, reward = member(), comb()
    desk.post(address(who), filled(reward, "7391"))
    desk.post(address(who), filled(reward))
    logging.getLogger().removeHandler(handler)

    kept = written.getvalue() + str(list(AuditEntry.objects.values())) + str(list(Redemption.objects.values()))
    assert re.findall(rf"(?<![0-9.])(7391|{DIGITS})(?![0-9])", kept) == []


def test_after_five_wrong_tries_the_page_says_until_when(desk: Browser) -> None:
    who, reward = member(), comb()
    for _ in range(5):
        desk.post(address(who), filled(reward, "0000"))

    assert "5 wrong tries. Wait until" in desk.post(address(who), filled(reward)).content.decode()


def test_the_last_one_gone_meanwhile_is_told_beside_the_list(desk: Browser) -> None:
    who, reward = member(), comb()
    sent = filled(reward)
    Reward.objects.update(stock=0)

    answer = desk.post(address(who), sent)

    assert "the last one is gone" in answer.context["told"]
    assert "form" not in answer.context


def test_other_points_meanwhile_are_told_and_then_redeemed_as_typed(desk: Browser) -> None:
    who, reward = member(1000), comb(needs=500)
    sent = filled(reward)
    Reward.objects.update(points=700)

    answer = desk.post(address(who), sent)

    assert "700" in answer.context["told"]
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields}
    assert again["proof"] == DIGITS
    assert desk.post(address(who), again).status_code == 302
    assert account_of(who).balance == 300


def test_without_a_phone_words_are_kept_on_the_slip(desk: Browser) -> None:
    who = member(phone="")
    desk.post(address(who), filled(comb(), "林美认识"))

    assert "林美认识" in desk.get(slip_of(Redemption.objects.get())).content.decode()


# --- Where it leads back ----------------------------------------------------------------------------------------


def test_from_a_checkout_it_leads_back_to_it(desk: Browser) -> None:
    who, reward = member(), comb()
    draft = Draft.objects.create(client=who, by=staff(Role.FRONT_DESK))
    query, checkout = f"?draft={draft.pk}", reverse("loyalty:checkout", args=[draft.pk])

    listed = desk.get(address(who, query)).content.decode()
    answer = desk.post(address(who, f"{query}&reward={reward.pk}"), filled(reward))

    assert f"?reward={reward.pk}&amp;draft={draft.pk}" in listed
    assert answer["Location"] == slip_of(Redemption.objects.get(), query)
    for seen in (listed, desk.get(answer["Location"]).content.decode()):
        assert f'href="{checkout}"' in seen


@pytest.mark.parametrize("query", ["?draft=x", f"?draft={NOBODYS}", "?next=https://evil.test/", "?next=//evil.test"])
def test_elsewhere_is_the_client_file(desk: Browser, query: str) -> None:
    who = member()

    seen = desk.get(address(who, query)).content.decode()

    assert f"{reverse('frontdesk:client_file', args=[who.pk])}?tab=benefits" in seen
    assert 'href="//evil' not in seen
    assert 'href="https://evil' not in seen


def test_another_clients_checkout_is_no_way_back(desk: Browser) -> None:
    draft = Draft.objects.create(client=member(0), by=staff(Role.FRONT_DESK))

    answer = desk.get(address(member(), f"?draft={draft.pk}"))

    assert not answer.context["back"].is_checkout


def test_a_page_of_the_house_is_gone_back_to(desk: Browser) -> None:
    assert 'href="/visits/?day=1"' in desk.get(address(member(), "?next=/visits/%3Fday%3D1")).content.decode()


# --- The slip ---------------------------------------------------------------------------------------------------


def test_the_slip_says_all_and_printing_it_is_noted(desk: Browser) -> None:
    who = member(6000, honorific="女士")
    done = redeem(who, year_of_cuts(uses=12))
    gift = redeem(who, fifty_yuan())

    seen = desk.get(slip_of(done)).content.decode()
    assert all(
        words in seen
        for words in ("王丽华 女士", done.number, "A year of cuts", "5,000", "1,000", "front_desk", "2027-11-22")
    )
    assert gift.voucher is not None
    assert gift.voucher.spoken_code in desk.get(slip_of(gift)).content.decode()

    paper = desk.get(slip_of(done, "?print=1&paper=a4")).content.decode()

    assert "Signature of the client" in paper
    assert "print-a4" in paper
    assert "12 times" in paper
    assert AuditEntry.objects.get(action=AuditEntry.Action.PRINTED).what == done.number


def test_a_slip_that_is_nobodys_is_not_found(desk: Browser) -> None:
    done = redeem(member(), comb())
    Client.objects.update(status=Client.Status.ERASED)

    for place in (slip_of(done), "/redemptions/0/slip/", f"/redemptions/{2**63}/slip/", f"/redemptions/{2**70}/slip/"):
        assert desk.get(place).status_code == 404


# --- Cancelling -------------------------------------------------------------------------------------------------


def test_the_manager_cancels_once_and_is_told_before_what_happens() -> None:
    who, boss = member(1500), signed_in(Role.MANAGER)
    done = redeem(who, fifty_yuan(), at=timezone.now())
    page = reverse("loyalty:redemption_cancel", args=[done.pk])
    assert done.voucher is not None

    seen = boss.get(page).content.decode()

    assert "500 points go back" in seen
    assert done.voucher.spoken_code in seen
    assert boss.post(page, {"reason": " "}).context["form"].errors.keys() == {"reason"}
    assert boss.post(page, {"reason": "长" * 201}).context["form"].errors.keys() == {"reason"}
    for _ in range(2):
        assert boss.post(page, {"reason": "选错了"})["Location"] == slip_of(done)
    assert account_of(who).balance == 1500
    assert "选错了" in boss.get(slip_of(done)).content.decode()


def test_too_late_is_told_instead_of_a_form() -> None:
    boss, done = signed_in(Role.MANAGER), redeem(member(), comb(), at=timezone.now() - timedelta(hours=25))
    page = reverse("loyalty:redemption_cancel", args=[done.pk])

    for answer in (boss.get(page), boss.post(page, {"reason": "选错了"})):
        assert "Only within 24 hours" in answer.content.decode()
    assert page not in boss.get(slip_of(done)).content.decode()
    LoyaltyRules.objects.update(cancel_hours=30)
    assert page in boss.get(slip_of(done)).content.decode()


def test_the_front_desk_gets_no_link_and_no_page_for_cancelling(desk: Browser) -> None:
    done = redeem(member(), comb(), at=timezone.now())
    page = reverse("loyalty:redemption_cancel", args=[done.pk])

    assert page not in desk.get(slip_of(done)).content.decode()
    assert desk.get(page).status_code == desk.post(page, {"reason": "x"}).status_code == 403


# --- On the client file -----------------------------------------------------------------------------------------


def test_the_client_file_has_entitlements_then_the_history_in_pages(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    who, now = member(20_000), timezone.now()
    cuts = redeem(who, year_of_cuts(uses=12), at=now)
    for _ in range(11):
        redeem(who, comb(stock=99), at=now)
    account, boss = account_of(who), staff(Role.MANAGER)
    assert boss.rights

    with django_assert_max_num_queries(1):
        page = redeemed_by(account, boss, now)
        told = [(row.redemption.label, str(row.redemption.by), row.may_cancel) for row in page.rows]
    assert [one.pk for one in page.entitlements] == [cuts.pk]
    assert told == [("定制发梳", "front_desk", True)] * 10
    rest = redeemed_by(account, boss, now, page.older)
    assert [row.redemption.pk for row in rest.rows][-1] == cuts.pk
    assert rest.older is None
    assert redeemed_by(account, staff(Role.FRONT_DESK), now).rows[0].may_cancel is False
    assert redeemed_by(account, boss, now + timedelta(hours=25)).rows[0].may_cancel is False
    assert redeemed_by(account, boss, now, 2**80).is_first is False
    assert redeemed_by(None, boss, now).rows == []


def test_the_page_asks_few_questions_however_many_rewards(
    desk: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    who = member(9000)
    year_of_cuts()
    for number in range(30):
        fifty_yuan(name=f"券{number}", min_tier=tier("gold"))
        Reward.objects.filter(name="¥50 抵用券").update(name=f"礼{number}")

    desk.get(address(who))  # the salon's own row is made by the first page

    with django_assert_max_num_queries(12):
        desk.get(address(who))
