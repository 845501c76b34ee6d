"""What a text may hold, and what it says to one client."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from loyalty.models import Voucher
from outreach.fields import NAMES, day_words
from outreach.models import Kind, MessageTemplate, Way
from outreach.words import check, plain, say
from staff.models import Salon, User
from tests.outreach.addressee import TODAY, Told, told

ENGLISH, CHINESE = User.Language.ENGLISH, User.Language.CHINESE


@pytest.fixture
def wang(db: None) -> Told:
    return told()


def text(kind: Kind, way: Way, words: str, language: str = CHINESE, **values: Any) -> None:
    """Let this be the text."""
    told = {"text": words, **values}
    MessageTemplate.objects.update_or_create(kind=kind, way=way, language=language, defaults=told)


def words_of(wang: Told, kind: Kind, words: str, *, way: Way = Way.HAND, by: User | None = None, **values: Any) -> str:
    text(kind, way, words)
    said = say(wang.task(kind, **values), way, today=TODAY, by=by)
    return said.text if said else ""


# --- What a text may hold --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["", "您好", "{honorific}", "{name}{salon}\n{opt_out}", "".join(map("{{{}}}".format, NAMES))]
)
def test_known_fields_are_accepted(words: str) -> None:
    check(words)


@pytest.mark.parametrize(
    "field",
    ["{nmae}", "{名字}", "{name.__class__}", "{name[0]}", "{name!r}", "{name:>9}", "{0}", "{}", "{ name }", "{Name}"],
)
def test_an_unknown_field_is_refused_by_name(field: str) -> None:
    with pytest.raises(ValidationError) as refused, translation.override("en"):
        check(f"您好 {field}")

    assert any(f"There is no field {field}." in message for message in refused.value.messages)


def test_what_was_nearly_right_is_suggested() -> None:
    with pytest.raises(ValidationError) as refused, translation.override("en"):
        check("{honorifc}")

    assert refused.value.messages == ["There is no field {honorifc}. Is {honorific} meant?"]


@pytest.mark.parametrize("words", ["{", "}", "{name", "name}", "{{name}}", "a}b{c", "{na\nme}", "{{}}"])
def test_stray_braces_are_refused(words: str) -> None:
    with pytest.raises(ValidationError):
        check(words)


def test_what_a_chinese_keyboard_writes_is_made_plain() -> None:
    assert plain("｛honorific｝您好\r\n{ salon }\r ") == "{honorific}您好\n{salon}"


@pytest.mark.parametrize("words", ["{" * 5_000_000, "{a}" * 1_700_000, "{" + "a" * 5_000_000 + "}", "{a" * 2_500_000])
def test_five_megabytes_are_refused_quickly(words: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValidationError) as refused:
        check(plain(words))

    assert time.monotonic() - began < 10
    assert len(str(refused.value.messages)) < 2000


@given(st.text(alphabet=st.sampled_from("{}name_. \n王0!:[]"), max_size=60))
def test_whatever_passes_has_no_brace_but_those_of_its_fields(words: str) -> None:
    try:
        check(words)
    except ValidationError:
        return
    assert not set("{}") & set(words.replace("{name}", ""))


# --- What is said ----------------------------------------------------------------------------------------------------


def test_it_works(wang: Told, django_assert_max_num_queries: Any) -> None:
    task = wang.task(Kind.DORMANT)
    assert wang.desk.rights  # asked once for every request
    with django_assert_max_num_queries(4):
        said = say(task, Way.HAND, today=TODAY, by=wang.desk)

    assert said is not None
    assert said.text == (
        "王女士您好，我是花间美容的小雨，好久没见您了，最近还好吗？\n"
        "上次是5月18日林美给您做的肩颈舒缓，一晃6个月了。\n"
        "给您留了一份心意：回归礼 ¥50，有效期到12月22日。\n"
        "券号 4821 7731，到店报一声就行。\n"
        "哪天方便过来，跟我说一声，我先给您留好位置。"
    )
    assert said.missing == []
    assert said.values["voucher_code"] == "4821 7731"


def test_who_did_it_speaks_for_herself(wang: Told) -> None:
    task = wang.task(Kind.DORMANT)
    said = say(task, Way.CALL, today=TODAY, by=wang.beautician)

    assert said is not None
    assert "上次是5月18日我给您做的肩颈舒缓" in said.text


def test_a_line_without_a_value_is_left_out_and_named(wang: Told) -> None:
    Voucher.objects.all().update(status="withdrawn", withdrawn_at="2026-11-01T00:00Z", withdrawn_reason="test")
    said = say(wang.task(Kind.DORMANT), Way.HAND, today=TODAY, by=wang.desk)

    assert said is not None
    assert "券" not in said.text
    assert "\n\n" not in said.text
    assert said.missing == ["voucher", "voucher_code", "voucher_until"]


def test_what_she_may_not_see_is_not_said(wang: Told) -> None:
    words = "{last_service}\n{voucher}\n{points}\n{honorific}"

    assert words_of(wang, Kind.DORMANT, words, by=wang.beautician) == "肩颈舒缓\n王女士"
    other = told_by_another(wang)
    assert words_of(wang, Kind.DORMANT, words, by=other) == "王女士"


def told_by_another(wang: Told) -> User:
    other = User.objects.create_user("another", display_name="别人")
    other.groups.set(wang.beautician.groups.all())
    return other


def test_without_any_text_nothing_is_said(wang: Told) -> None:
    MessageTemplate.objects.filter(kind=Kind.DORMANT, way=Way.HAND).update(is_active=False)

    assert say(wang.task(Kind.DORMANT), Way.HAND, today=TODAY) is None


def test_a_text_of_which_nothing_is_left_is_none(wang: Told) -> None:
    assert words_of(wang, Kind.FOLLOW_UP, "{voucher}\n{points_until}") == ""
    assert words_of(wang, Kind.FOLLOW_UP, "{voucher}\n{opt_out}", way=Way.SMS) == ""


def test_the_client_is_written_to_in_her_language_and_else_in_the_other(wang: Told) -> None:
    wang.client.language = ENGLISH
    wang.client.save(update_fields=["language"])
    said = say(wang.task(Kind.BIRTHDAY), Way.HAND, today=TODAY)
    assert said is not None
    assert said.text.startswith("Happy birthday, Ms Wang!")
    assert "Birthday: 30 % off, valid until 30 November" in said.text

    MessageTemplate.objects.filter(language=ENGLISH).delete()
    said = say(wang.task(Kind.BIRTHDAY), Way.HAND, today=TODAY)
    assert said is not None
    assert said.text.startswith("王女士，生日快乐！")
    assert "生日礼 7 折，有效期到11月30日" in said.text


def test_a_colleague_is_written_to_in_her_own_language(wang: Told) -> None:
    text(Kind.DORMANT, Way.WECOM, "Call {name}", ENGLISH)
    wang.client.language = ENGLISH
    wang.client.save(update_fields=["language"])
    said = say(wang.task(Kind.DORMANT, assigned_to=wang.beautician), Way.WECOM, today=TODAY)

    assert said is not None
    assert said.text.startswith("王丽华有6个月没来了")
    assert "券" not in said.text  # a beautician sees none


def test_a_late_greeting_says_so(wang: Told) -> None:
    late: dict[str, Any] = {"planned_for": TODAY - timedelta(days=2)}

    assert words_of(wang, Kind.BIRTHDAY, "{honorific}\n{belated}", **late) == "王女士\n祝福来晚了一点，您别见怪。"
    assert words_of(wang, Kind.BIRTHDAY, "{honorific}\n{belated}") == "王女士"
    assert words_of(wang, Kind.DORMANT, "{honorific}\n{belated}", **late) == "王女士"


def test_several_vouchers_are_counted_and_have_no_single_code(wang: Told) -> None:
    words, facts = "{voucher}\n{voucher_code}", {"vouchers": 2, "on": "2026-12-22"}

    assert words_of(wang, Kind.VOUCHER_LAPSING, words, facts=facts) == "回归礼 ¥50等2张券"


def test_how_to_refuse_is_never_left_out(wang: Told) -> None:
    said = words_of(wang, Kind.FOLLOW_UP, "{honorific}您好。\n{voucher}{opt_out}", way=Way.SMS)

    assert said == "王女士您好。拒收请回复R"


def test_what_clients_wrote_is_only_text(wang: Told) -> None:
    wang.client.name = wang.client.honorific = "{salon}{0}"
    wang.client.save(update_fields=["name", "honorific"])
    Salon.objects.update(name="<b>{name}")

    assert words_of(wang, Kind.FOLLOW_UP, "{name} {salon}") == "{salon}{0} <b>{name}"


def test_a_text_that_was_never_checked_breaks_nothing(wang: Told) -> None:
    assert words_of(wang, Kind.FOLLOW_UP, "{nmae}\n{0} {\n{honorific} }") == "王女士 }"
    assert words_of(wang, Kind.FOLLOW_UP, "{name.__class__}\n{name}") == "王丽华"


def test_the_advice_is_kept_short(wang: Told) -> None:
    wang.visit.next_care = "防晒\n" * 500
    wang.visit.save(update_fields=["next_care"])

    assert len(words_of(wang, Kind.FOLLOW_UP, "{care_advice}")) <= 200


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        (date(2026, 11, 5), "11月5日", "5 November"),
        (date(2027, 1, 21), "1月21日", "21 January"),
        (date(2025, 12, 20), "去年12月20日", "20 December 2025"),
        (date(2024, 12, 20), "2024年12月20日", "20 December 2024"),
        (date(2027, 12, 20), "2027年12月20日", "20 December 2027"),
    ],
)
def test_a_day_in_words(day: date, chinese: str, english: str) -> None:
    assert day_words(day, TODAY, CHINESE) == chinese
    assert day_words(day, TODAY, ENGLISH) == english
