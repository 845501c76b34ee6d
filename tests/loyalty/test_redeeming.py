"""Points given for rewards: what is refused and why, what is written, and that it happens once."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client
from loyalty import redeeming
from loyalty.lapsing import lots
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Redemption, Reward, Voucher
from loyalty.redeeming import AlreadyCancelled, RedemptionRefused, cancel
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, recorded, staff, tier, wrong
from tests.loyalty.rewarding import DIGITS, NOON, comb, fifty_yuan, member, owing, redeem, year_of_cuts

pytestmark = pytest.mark.django_db


def refused(who: Client, reward: Reward, proof: str = DIGITS, **more: Any) -> RedemptionRefused:
    """The refusal; nothing was written but, for a wrong try, a line of the trail."""
    reward.refresh_from_db()
    balance, stock = LoyaltyAccount.objects.filter(client=who).values_list("balance"), reward.stock
    before = (Redemption.objects.count(), PointsEntry.objects.count(), list(balance), stock)
    with pytest.raises(RedemptionRefused) as caught:
        redeem(who, reward, proof, **more)
    reward.refresh_from_db()
    assert (Redemption.objects.count(), PointsEntry.objects.count(), list(balance.all()), reward.stock) == before
    return caught.value


def test_it_works() -> None:
    who, reward = member(1200), comb(stock=3)

    done = redeem(who, reward)

    reward.refresh_from_db()
    assert (account_of(who).balance, reward.stock) == (200, 2)
    assert (done.name, done.points, done.by, done.at) == ("定制发梳", 1000, staff(Role.FRONT_DESK), NOON)
    assert (done.entry.kind, done.entry.points, done.entry.balance_after) == ("redeem", -1000, 200)
    assert (done.number, done.voucher, done.service, done.proof) == (f"R-{done.pk:06d}", None, None, "")
    assert wrong() == []


def test_more_than_the_balance_is_refused_with_both_figures() -> None:
    told = refused(member(320), comb(needs=500))

    assert (told.field, str(told)) == ("reward", "积分不足：可用 320，需 500。")


def test_who_never_came_has_no_points_and_gets_no_membership_by_asking() -> None:
    who = member(0)

    assert "可用 0" in str(refused(who, comb()))
    assert not LoyaltyAccount.objects.filter(client=who).exists()


def test_a_negative_balance_blocks_with_words() -> None:
    who = member(100)
    owing(who, 35)

    told = refused(who, comb(needs=1))

    assert "-35" in str(told)
    assert "可用" not in str(told)


def test_nothing_left_in_stock_is_refused() -> None:
    assert "定制发梳" in str(refused(member(), comb(stock=0)))


def test_what_is_off_the_list_is_refused() -> None:
    reward, voucher, cuts = comb(), fifty_yuan(), year_of_cuts(needs=500)
    Reward.objects.filter(pk=reward.pk).update(is_active=False)
    assert voucher.voucher_kind
    assert cuts.service
    type(voucher.voucher_kind).objects.filter(pk=voucher.voucher_kind.pk).update(is_active=False)
    type(cuts.service).objects.filter(pk=cuts.service.pk).update(is_active=False)
    who = member()

    assert {refused(who, one).field for one in (reward, voucher, cuts)} == {"reward"}
    assert redeeming.offers(account_of(who)) == []


def test_other_points_than_were_on_the_screen_are_refused() -> None:
    who, reward = member(2000), comb(needs=1000)

    assert "1,000" in str(refused(who, reward, shown=900))


def test_a_voucher_of_a_higher_tier_is_refused() -> None:
    who, reward = member(), fifty_yuan(min_tier=tier("gold"))

    assert "金卡" in str(refused(who, reward))
    offer = next(one for one in redeeming.offers(account_of(who)) if one.reward == reward)
    assert (offer.from_tier, offer.is_possible) == (tier("gold"), False)


@pytest.mark.parametrize("status", [Client.Status.MERGED, Client.Status.ERASED])
def test_a_file_that_is_gone_is_refused(status: str) -> None:
    who, reward = member(), comb()
    other = client().pk if status == Client.Status.MERGED else None
    Client.objects.filter(pk=who.pk).update(status=status, merged_into=other)

    assert refused(who, reward).field == ""


@pytest.mark.parametrize("role", [Role.BEAUTICIAN, Role.ADMIN])
def test_who_may_not_redeem_is_refused(role: Role) -> None:
    assert refused(member(), comb(), by=staff(role)).field == ""


@pytest.mark.parametrize("typed", ["", "800", "80000", "8O00", "八〇〇〇", "80\x0000", "8000" * 60])
def test_what_are_not_four_digits_is_no_try(typed: str) -> None:
    assert refused(member(), comb(), typed).field == "proof"
    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REFUSED).exists()


def test_wrong_digits_are_refused_and_nobody_can_read_what_was_tried() -> None:
    told = refused(member(), comb(), "8001")

    assert told.field == "proof"
    assert "4" in str(told)  # tries left
    tried = AuditEntry.objects.get(action=AuditEntry.Action.REFUSED)
    assert (tried.what, tried.client_id, tried.changes) == ("redeem_proof", Client.objects.get().pk, None)
    assert "8001" not in str(AuditEntry.objects.values())
    assert "8000" not in str(Redemption.objects.values())


def test_after_five_wrong_tries_one_waits_whoever_asks() -> None:
    who, reward, now = member(), comb(), timezone.now()
    for _ in range(5):
        refused(who, reward, "0000", at=now)

    assert "5" in str(refused(who, reward, by=staff(Role.MANAGER), at=now))
    assert AuditEntry.objects.filter(action=AuditEntry.Action.REFUSED).count() == 5
    assert redeem(who, reward, at=now + timedelta(minutes=11))


def test_wrong_tries_for_one_client_stop_no_other() -> None:
    who, reward = member(), comb()
    for _ in range(5):
        refused(who, reward, "0000", at=timezone.now())

    assert redeem(member(phone="+8613912345678"), reward, "5678", at=timezone.now())


@pytest.mark.parametrize("typed", [" 8000 ", "８０００", "80 00", "4321"])
def test_digits_may_be_typed_as_people_type_and_be_of_either_phone(typed: str) -> None:
    assert redeem(member(second_phone="+8613900004321"), comb(), typed).proof == ""


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "—", "熟" * 201])
def test_without_a_phone_words_are_asked_for(typed: str) -> None:
    assert refused(member(phone=""), comb(), typed).field == "proof"


def test_without_a_phone_the_words_are_kept() -> None:
    assert redeem(member(phone=""), comb(), "  老客户，\n林美认识 ").proof == "老客户， 林美认识"


def test_the_same_key_again_is_the_same_redemption() -> None:
    who, reward, key = member(3000), comb(), uuid.uuid4()

    first, again = redeem(who, reward, key=key), redeem(who, reward, "0000", key=key)

    assert first == again
    assert (Redemption.objects.count(), account_of(who).balance) == (1, 2000)


def test_the_same_key_for_another_reward_or_client_is_refused() -> None:
    who, reward, key = member(3000), comb(), uuid.uuid4()
    redeem(who, reward, key=key)

    assert refused(who, fifty_yuan(), key=key).field == ""
    assert refused(member(), reward, key=key).field == ""


def test_what_is_always_there_stays_so() -> None:
    reward = comb(stock=None)
    redeem(member(), reward)

    reward.refresh_from_db()
    assert reward.stock is None


def test_a_voucher_is_given_with_its_terms() -> None:
    done = redeem(member(), fifty_yuan())

    assert done.voucher is not None
    assert (done.voucher.value, done.voucher.source, done.voucher.status) == (50, "reward", "open")
    assert done.voucher.expires_on == TODAY + timedelta(days=30)


def test_an_entitlement_says_until_when_and_how_often() -> None:
    done = redeem(member(5000), year_of_cuts(uses=12))

    assert (done.until, done.uses, done.used, done.uses_left) == (date(2027, 11, 22), 12, 0, 12)


def test_the_name_is_kept_when_the_reward_is_renamed() -> None:
    done = redeem(member(), comb())
    Reward.objects.update(name="木梳", name_en="")

    assert Redemption.objects.get(pk=done.pk).label == "定制发梳"


def test_the_oldest_points_are_spent_and_cancelling_brings_back_those_very_points() -> None:
    who = member(0)
    came(who, "600", date(2025, 3, 1))
    came(who, "700", TODAY)
    before = lots(account_of(who))

    done = redeem(who, comb())
    assert [(lot.expires_on, lot.points) for lot in lots(account_of(who))] == [(date(2027, 12, 31), 300)]
    cancel(done, "客户改变主意", by=staff(Role.MANAGER), at=NOON + timedelta(hours=2))

    assert lots(account_of(who)) == before
    assert wrong() == []


def not_cancelled(done: Redemption, reason: str = "记错", hours: float = 1, role: Role = Role.MANAGER) -> str:
    before = account_of(done.account.client).balance
    with pytest.raises(RedemptionRefused) as caught:
        cancel(done, reason, by=staff(role), at=NOON + timedelta(hours=hours))
    assert account_of(done.account.client).balance == before
    assert not Redemption.objects.get(pk=done.pk).cancelled_at
    return str(caught.value)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.ADMIN])
def test_only_the_manager_cancels(role: Role) -> None:
    not_cancelled(redeem(member(), comb()), role=role)


def test_a_cancelling_needs_a_reason() -> None:
    done = redeem(member(), comb())
    for reason in ("", " \u200b", "长" * 201):
        not_cancelled(done, reason)


def test_after_a_day_it_is_too_late() -> None:
    done = redeem(member(), comb())

    assert "24" in not_cancelled(done, hours=24.01)
    LoyaltyRules.objects.update(cancel_hours=48)
    assert cancel(done, "记错", by=staff(Role.MANAGER), at=NOON + timedelta(hours=24.01)).cancelled_at


def test_what_was_used_cannot_be_cancelled() -> None:
    cuts, voucher = redeem(member(5000), year_of_cuts()), redeem(member(), fifty_yuan())
    visit = recorded(None, "100")
    Redemption.objects.filter(pk=cuts.pk).update(used=2)
    assert voucher.voucher
    Voucher.objects.filter(pk=voucher.voucher.pk).update(status="used", used_on=TODAY, used_visit=visit)

    assert "2" in not_cancelled(cuts)
    assert visit.number in not_cancelled(voucher)


def test_cancelling_gives_back_everything_and_says_who_and_why() -> None:
    who, reward = member(1500), comb(stock=1)
    thing, voucher = redeem(who, reward), redeem(who, fifty_yuan())
    for done in (thing, voucher):
        cancel(done, "客户不要了", by=staff(Role.MANAGER), at=NOON)

    reward.refresh_from_db()
    thing.refresh_from_db()
    assert (account_of(who).balance, reward.stock) == (1500, 1)
    assert (thing.cancelled_by, thing.cancel_reason) == (staff(Role.MANAGER), "客户不要了")
    assert Voucher.objects.get().status == "withdrawn"
    assert Voucher.objects.get().withdrawn_reason == "客户不要了"
    told = AuditEntry.objects.filter(model="loyalty_redemption", action="changed")
    assert [one.reason for one in told] == ["客户不要了"] * 2
    assert wrong() == []


def test_a_second_cancelling_gives_nothing_more() -> None:
    who = member()
    done = redeem(who, comb())
    cancel(done, "记错", by=staff(Role.MANAGER), at=NOON)

    with pytest.raises(AlreadyCancelled):
        cancel(done, "记错", by=staff(Role.MANAGER), at=NOON)
    assert account_of(who).balance == 1000
