"""The texts that a salon begins with."""

import pytest

from outreach.models import Kind, MessageTemplate, Way
from outreach.models.contacts import MARKETING
from outreach.word_forms import WordsForm, mark_of
from outreach.words import check, plain, say
from staff.models import User
from tests.outreach.addressee import TODAY, told

pytestmark = pytest.mark.django_db
CONTACTED = tuple(kind for kind in Kind if kind != Kind.GIFT)
ONE_SMS, ONE_LATIN_SMS = 70, 160


def test_there_is_one_for_every_kind_and_way() -> None:
    have = set(MessageTemplate.objects.values_list("kind", "way", "language"))
    for language in User.Language.values:
        assert {(kind, way, language) for kind in CONTACTED for way in (Way.HAND, Way.SMS, Way.EMAIL)} <= have
        assert {(kind, Way.CALL, language) for kind in (Kind.FOLLOW_UP, Kind.THANK_YOU, Kind.DORMANT)} <= have
    assert {(kind, Way.WECOM, User.Language.CHINESE) for kind in Kind} <= have


def test_each_could_be_saved_as_it_is() -> None:
    for template in MessageTemplate.objects.all():
        check(template.text)
        check(template.subject)
        assert template.text == plain(template.text)
        values = {"text": template.text, "subject": template.subject, "is_active": "on", "was": mark_of(template)}
        assert WordsForm(values, instance=template).is_valid(), template


def test_commercial_ones_end_with_how_to_refuse() -> None:
    for template in MessageTemplate.objects.filter(way__in=(Way.SMS, Way.EMAIL)):
        if template.kind in MARKETING or "{voucher}" in template.text:
            assert template.text.endswith("\n{opt_out}"), template


def test_a_mail_has_a_subject() -> None:
    assert not MessageTemplate.objects.filter(way=Way.EMAIL, subject="").exists()


@pytest.mark.parametrize("kind", CONTACTED)
def test_an_sms_is_one_sms(kind: Kind) -> None:
    wang = told()
    task = wang.task(kind)
    for language, most in ((User.Language.CHINESE, ONE_SMS), (User.Language.ENGLISH, ONE_LATIN_SMS)):
        task.client.language = language
        said = say(task, Way.SMS, today=TODAY)
        assert said is not None
        assert len(said.text) <= most, said.text
        assert "\n" not in said.text
        assert not said.missing, said


@pytest.mark.parametrize("kind", CONTACTED)
@pytest.mark.parametrize("way", Way.values)
def test_with_nothing_known_what_is_left_still_reads(kind: Kind, way: str) -> None:
    """No voucher, no beautician, no phone of the salon, nobody who sends it."""
    wang = told()
    task = wang.task(kind, facts={})
    task.visit = task.voucher = task.memorable_day = None
    task.client.account.vouchers.update(expires_on="2026-11-22", issued_on="2026-11-01")
    said = say(task, way, today=TODAY)
    assert said is None or ("{" not in said.text and said.text.strip() == said.text and "，，" not in said.text)
