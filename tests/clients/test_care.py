"""What is noted about a client in the flow of work."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from clients import care, tagging
from clients.models import Allergy, Client, ClientTag, Consent, Enquiry, Preference, SkinRecord, Tag
from clients.reveal import TooManyReveals, reveal_phone
from staff.models import AuditEntry
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def touched(made: Client) -> bool:
    return Client.objects.get(pk=made.pk).touched_at == LATER


def test_it_works() -> None:
    made, by = client(), staff(Role.BEAUTICIAN)

    allergy = care.add_allergy(made, {"substance": "果酸", "severity": "severe"}, by=by, at=LATER)

    assert (allergy.substance, allergy.confirmed_by, allergy.confirmed_on) == ("果酸", by, TODAY)
    assert Client.objects.get(pk=made.pk).allergies_asked_on == TODAY
    assert touched(made)


def test_a_withdrawn_allergy_stays_on_record_and_is_withdrawn_once() -> None:
    made, by = client(), staff(Role.MANAGER)
    allergy = care.add_allergy(made, {"substance": "果酸"}, by=by, at=NOW)

    assert care.withdraw_allergy(allergy, reason="tested", by=by, at=LATER)
    assert not care.withdraw_allergy(allergy, reason="again", by=by, at=LATER)

    assert not Allergy.objects.standing().exists()
    assert Allergy.objects.get().withdrawn_reason == "tested"


def test_every_change_touches_the_file() -> None:
    by = staff(Role.MANAGER)
    acts: list[Callable[[Client], object]] = [
        lambda made: care.add_skin_record(made, {"recorded_on": TODAY, "skin_type": "dry"}, by=by, at=LATER),
        lambda made: care.add_preference(made, "温水", by=by, at=LATER),
        lambda made: care.add_memorable_day(made, {"label": "婚", "month": 5, "day": 20}, at=LATER),
        lambda made: care.set_tags(made, [], by=by, at=LATER),
        lambda made: care.add_enquiry(made, {"about": "烫发"}, by=by, at=LATER),
        lambda made: care.record_consent(made, "file", "", given=True, how="said", by=by, at=LATER),
        lambda made: care.note_no_allergies(made, at=LATER),
    ]
    for number, act in enumerate(acts):
        made = client(f"王{number}")
        act(made)
        assert touched(made), number


def test_the_same_preference_twice_is_one() -> None:
    made, by = client(), staff(Role.BEAUTICIAN)
    assert care.add_preference(made, "温水", by=by, at=NOW)
    assert not care.add_preference(made, "温水", by=by, at=NOW)
    assert care.remove_preference(made, Preference.objects.get().pk, at=NOW)
    assert not Preference.objects.exists()


def test_nobody_elses_preference_is_removed() -> None:
    made, other, by = client(), client("赵倩"), staff(Role.BEAUTICIAN)
    care.add_preference(other, "温水", by=by, at=NOW)
    assert not care.remove_preference(made, Preference.objects.get().pk, at=NOW)


def test_an_enquiry_is_closed_once() -> None:
    made, by = client(), staff(Role.FRONT_DESK)
    enquiry = care.add_enquiry(made, {"about": "烫发"}, by=by, at=NOW)
    assert care.close_enquiry(made, enquiry.pk, "bought", at=NOW)
    assert not care.close_enquiry(made, enquiry.pk, "dropped", at=NOW)
    assert Enquiry.objects.get().status == "bought"


def test_the_latest_consent_of_a_purpose_and_channel_holds() -> None:
    made, by = client(), staff(Role.FRONT_DESK)

    def tap(given: bool, channel: str = "wechat") -> Consent | None:
        return care.record_consent(made, "marketing", channel, given=given, how="said", by=by, at=NOW)

    assert tap(True)
    assert tap(True) is None  # two taps are one act
    assert tap(False)
    assert tap(True, "sms")
    standing = {one.channel: one.given for one in Consent.objects.standing().filter(client=made)}
    assert standing == {"wechat": False, "sms": True}
    assert Consent.objects.count() == 3
    notice = Consent.objects.all()[0].notice
    assert notice is not None
    assert notice.version == "2026-01"


def test_a_consent_is_never_changed_or_deleted() -> None:
    care.record_consent(client(), "file", "", given=True, how="said", by=staff(Role.FRONT_DESK), at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.update(given=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.all().delete()


def test_phones_are_shown_so_often_within_an_hour_and_then_refused() -> None:
    made, by, other = client("王丽华", PHONE), staff(Role.FRONT_DESK), staff(Role.MANAGER)
    for _ in range(30):
        reveal_phone(made, by=by, at=NOW)

    with pytest.raises(TooManyReveals):
        reveal_phone(made, by=by, at=NOW)

    reveal_phone(made, by=other, at=NOW)
    mine = AuditEntry.objects.filter(actor=by)
    assert mine.filter(action="revealed").count() == 30
    assert mine.filter(action="refused", client_id=made.pk).count() == 1


def test_after_the_hour_phones_are_shown_again() -> None:
    made, by = client("王丽华", PHONE), staff(Role.FRONT_DESK)
    for _ in range(30):
        reveal_phone(made, by=by, at=NOW)
    AuditEntry.objects.filter(actor=by)  # the entries carry the time of the test, an hour before what follows
    reveal_phone(made, by=by, at=AuditEntry.objects.latest("at").at + timedelta(hours=1))


@pytest.mark.parametrize(
    ("rule", "value", "tagged"),
    [
        (Tag.Rule.SOURCE, "douyin", {"王"}),
        (Tag.Rule.BORN_FROM, "1980", {"李"}),
        (Tag.Rule.BORN_FROM, "nonsense", set()),
        (Tag.Rule.SKIN_TYPE, "oily", {"张"}),
        (Tag.Rule.HAS_PREFERENCE, "安静", {"赵"}),
    ],
)
def test_tags_by_rule(rule: str, value: str, tagged: set[str]) -> None:
    Tag.objects.all().delete()
    by = staff(Role.MANAGER)
    client("王", source="douyin")
    client("李", birthday_year=1989)
    skin = client("张")
    for day, kind in ((TODAY - timedelta(days=9), "dry"), (TODAY, "oily")):
        SkinRecord.objects.create(client=skin, recorded_on=day, skin_type=kind)
    Preference.objects.create(client=client("赵"), text="请安静少聊")
    wrongly = client("钱")
    tag = Tag.objects.create(name="标签", rule=rule, rule_value=value)
    ClientTag.objects.create(client=wrongly, tag=tag, by_rule=True)

    tagging.apply_rules()
    assert tagging.apply_rules() == 0  # a second run has nothing to write

    assert {one.client.name for one in tag.uses.select_related("client")} == tagged
    by_hand = ClientTag.objects.create(client=wrongly, tag=tag, added_by=by)
    tagging.apply_rules()
    assert ClientTag.objects.filter(pk=by_hand.pk).exists()
