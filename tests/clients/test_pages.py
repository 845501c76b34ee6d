"""The pages of a client file: what they save, what they refuse, whom they let in."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients import care
from clients.models import (
    Allergy,
    Client,
    Consent,
    Enquiry,
    FileRules,
    MemorableDay,
    Preference,
    SkinRecord,
    Tag,
)
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, attended, client, staff
from tests.staff.cast import signed_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk() -> User:
    return staff(Role.FRONT_DESK, name="小李")


@pytest.fixture
def web(desk: User) -> Browser:
    return signed_in(desk)


def url(name: str, *args: object) -> str:
    return reverse(f"clients:{name}", args=args)


def entered(made: Client | None = None, **fields: Any) -> dict[str, Any]:
    """What the web sends for a form that was opened and filled in so."""
    usual = {"name": made.name if made else "王丽华", "gender": "unknown", "birthday_calendar": "solar"}
    return usual | ({"version": made.version} if made else {"key": str(uuid4())}) | fields


def test_it_works(web: Browser, desk: User) -> None:
    answer = web.post(url("new"), entered(phone="138 0013 8000", told="on", marketing_wechat="on"))

    made = Client.objects.get()
    assert answer.headers["Location"] == reverse("frontdesk:client_file", args=[made.pk]) + "?tab=details"
    assert (made.name, made.phone, made.created_by) == ("王丽华", PHONE, desk)
    given = {(one.purpose, one.channel) for one in Consent.objects.filter(given=True)}
    assert given == {("file", ""), ("marketing", "wechat")}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "Enter the name (1–40 characters)."),
        ({"name": "王" * 60}, "This name is too long: at most 40 characters."),
        ({"name": "13900139000"}, "This looks like a number. Enter the name."),
        ({"name": "\u200b"}, "Enter the name (1–40 characters)."),
        ({"phone": "1380013800"}, "A mobile number has 11 digits and starts with 13–19."),
        ({"birthday": "1990-02-29"}, "There was no 2/29 in 1990."),
        ({"birthday": "2020-01-01"}, "Under 14 a guardian must agree."),
        ({"note": "x" * 2001}, "at most 2000 characters"),
        ({"referred_by": "C-99999"}, "No client has this number"),
        ({"do_not_contact": "on"}, "Say why, so that nobody asks again."),
        ({"consultant": "99999999999999999999"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    web: Browser, fields: dict[str, str], told: str
) -> None:
    answer = web.post(url("new"), entered() | {"wechat_id": "kept-as-typed"} | fields)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert "kept-as-typed" in page
    assert not Client.objects.exists()


def test_five_megabytes_are_refused_without_a_fault(web: Browser) -> None:
    assert 400 <= web.post(url("new"), entered(note="x" * 5_000_000)).status_code < 500
    assert 400 <= web.post(url("new"), entered(name="王" * 500_000)).status_code < 500


def test_script_in_a_name_is_text(web: Browser) -> None:
    made = client("<script>alert(1)</script>")
    page = web.get(url("edit", made.pk)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_family_may_share_a_phone_after_a_question(web: Browser) -> None:
    first = client("王大明", PHONE)

    asked = web.post(url("new"), entered(phone=PHONE))
    assert asked.status_code == 422
    assert "王大明" in asked.content.decode()
    assert first.number in asked.content.decode()

    web.post(url("new"), entered(phone=PHONE, another_person="on"))
    assert Client.objects.count() == 2


def test_likely_duplicates_are_shown_while_typing(web: Browser) -> None:
    client("王大明", PHONE)
    page = web.post(url("duplicates"), {"name": "", "phone": "138 0013 8000"}).content.decode()
    assert "王大明" in page
    assert "8000" in page
    assert "13800138000" not in page
    assert "王大明" not in web.post(url("duplicates"), {"name": "赵", "phone": "1380"}).content.decode()
    assert web.post(url("duplicates"), {"name": "<", "birthday": "x", "client": "²"}).status_code == 200


def test_the_phone_on_file_is_never_in_the_form_and_an_empty_box_keeps_it(web: Browser) -> None:
    made = client("王丽华", PHONE)
    page = web.get(url("edit", made.pk)).content.decode()
    assert "13800138000" not in page
    assert "138 0013 8000" not in page

    web.post(url("edit", made.pk), entered(made, note="new"))
    kept = Client.objects.get()
    assert (kept.phone, kept.note, kept.version) == (PHONE, "new", 2)

    web.post(url("edit", made.pk), entered(kept, remove_phone="on"))
    assert Client.objects.get().phone == ""


def test_saving_after_somebody_else_shows_the_differences_and_keeps_what_was_typed(web: Browser) -> None:
    made = client("王丽华")
    other = signed_in(staff(Role.MANAGER, name="小张"))
    other.post(url("edit", made.pk), entered(made, note="hers"))

    answer = web.post(url("edit", made.pk), entered(made, note="mine"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "小张 changed this client at" in page
    assert "hers" in page
    assert "mine" in page
    assert 'name="version" value="2"' in page
    web.post(url("edit", made.pk), entered(made, note="mine", version=2))
    assert Client.objects.get().note == "mine"


def test_who_does_not_see_the_year_of_birth_does_not_lose_it(web: Browser) -> None:
    made = client("王丽华", birthday_month=5, birthday_day=20, birthday_year=1985)
    page = web.get(url("edit", made.pk)).content.decode()
    assert "1985" not in page

    web.post(url("edit", made.pk), entered(made, birthday="05-20"))

    assert Client.objects.get().birthday_year == 1985


def test_optional_fields_appear_with_their_purpose_only(web: Browser) -> None:
    assert "Occupation" not in web.get(url("new")).content.decode().title()
    FileRules.objects.update_or_create(
        pk=1, defaults={"occupation_purpose": "午休快剪推荐", "family_purpose": "亲子套餐"}
    )
    page = web.get(url("new")).content.decode()
    assert "午休快剪推荐" in page
    assert "亲子套餐" not in page, "family is the manager's"
    assert "亲子套餐" in signed_in(staff(Role.MANAGER)).get(url("new")).content.decode()


def test_a_revealed_phone_is_shown_and_written_down(web: Browser, desk: User) -> None:
    made = client("王丽华", PHONE)
    assert "138 0013 8000" in web.post(url("reveal_phone", made.pk), headers=HTMX).content.decode()
    assert "<html" in web.post(url("reveal_phone", made.pk)).content.decode()
    assert AuditEntry.objects.filter(action="revealed", actor=desk, client_id=made.pk).count() == 2


def test_the_31st_phone_of_an_hour_is_refused(web: Browser) -> None:
    made = client("王丽华", PHONE)
    answers = [web.post(url("reveal_phone", made.pk), headers=HTMX) for _ in range(31)]
    assert {answer.status_code for answer in answers[:30]} == {200}
    assert answers[30].status_code == 429
    assert "0013" not in answers[30].content.decode()
    assert web.post(url("reveal_phone", made.pk)).status_code == 429


def test_allergies_are_added_confirmed_and_withdrawn(web: Browser, desk: User) -> None:
    made = client()
    web.post(url("add_allergy", made.pk), {"substance": "果酸", "severity": "severe"})
    allergy = Allergy.objects.get()
    assert web.post(url("add_allergy", made.pk), {"substance": " 果酸 ", "severity": "mild"}).status_code == 422
    web.post(url("confirm_allergy", made.pk, allergy.pk))
    assert web.post(url("withdraw_allergy", made.pk, allergy.pk), {"reason": ""}).status_code == 422
    web.post(url("withdraw_allergy", made.pk, allergy.pk), {"reason": "tested"})
    assert not Allergy.objects.standing().exists()
    assert web.post(url("confirm_allergy", made.pk, allergy.pk)).status_code == 404


def test_asked_and_none_known(web: Browser) -> None:
    made = client()
    web.post(url("add_allergy", made.pk), {"none_known": "1"})
    assert Client.objects.get().allergies_asked_on is not None
    assert not Allergy.objects.exists()


def test_preferences_come_and_go_as_chips(web: Browser) -> None:
    made = client()
    part = web.post(url("add_preference", made.pk), {"text": "温柠檬水"}, headers=HTMX)
    assert "温柠檬水" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert web.post(url("add_preference", made.pk), {"text": ""}, headers=HTMX).status_code == 422
    assert web.post(url("add_preference", made.pk), {"text": "靠窗"}).status_code == 302
    web.post(url("remove_preference", made.pk, Preference.objects.get(text="靠窗").pk), headers=HTMX)
    assert [one.text for one in Preference.objects.all()] == ["温柠檬水"]


def test_a_preference_is_told_to_be_kept_or_to_be_there_already(web: Browser) -> None:
    made = client()
    for told in ("The preference is on file.", "This preference is on file already."):
        assert told in web.post(url("add_preference", made.pk), {"text": "靠窗"}, headers=HTMX).content.decode()
    answer = web.post(url("add_preference", made.pk), {"text": "靠窗"}, follow=True)
    assert "This preference is on file already." in answer.content.decode()


def test_a_day_that_is_still_to_come_is_kept_without_its_year(web: Browser) -> None:
    made = client()
    entered_day = {"label": "领证", "day": "2030-01-01"}
    page = web.post(url("add_memorable_day", made.pk), entered_day).content.decode()
    assert "This day is still to come. Leave the year out" in page
    assert "birthday cannot" not in page
    assert web.post(url("add_memorable_day", made.pk), entered_day | {"day": "1-1"}).status_code == 302


def test_a_new_skin_record_takes_over_what_lasts(web: Browser) -> None:
    manager = staff(Role.MANAGER)
    made = client()
    for day, plan in (("2026-10-01", "旧计划"), ("2026-11-03", "补水三次")):
        values = {"recorded_on": day, "skin_type": "dry", "care_plan": plan, "consultation": "当天的话"}
        care.add_skin_record(made, values, by=manager, at=NOW)

    page = signed_in(manager).get(url("add_skin_record", made.pk)).content.decode()

    assert "补水三次" in page
    assert '<option value="dry" selected>' in page
    assert page.count("Taken over from 2026-11-03.") == 2
    assert "当天的话" not in page
    assert "旧计划" not in page


def test_days_tags_enquiries_and_consents(web: Browser) -> None:
    made = client()
    web.post(url("add_memorable_day", made.pk), {"label": "结婚纪念", "day": "农历八月十五"})
    day = MemorableDay.objects.get()
    assert (day.calendar, day.month, day.day) == ("lunar", 8, 15)
    web.post(url("remove_memorable_day", made.pk, day.pk))
    assert not MemorableDay.objects.exists()
    tag = Tag.objects.filter(rule="").first()
    assert tag
    web.post(url("set_tags", made.pk), {"tags": [tag.pk]})
    assert [one.tag for one in made.tags.all()] == [tag]
    web.post(url("set_tags", made.pk), {})
    assert not made.tags.exists()
    web.post(url("add_enquiry", made.pk), {"about": "烫发", "why_not": "价格"})
    web.post(url("close_enquiry", made.pk, Enquiry.objects.get().pk), {"status": "bought"})
    assert Enquiry.objects.get().status == "bought"
    part = web.post(url("record_consent", made.pk), {"purpose": "photos", "given": "1"}, headers=HTMX)
    assert "photos" in part.content.decode()
    assert (
        web.post(url("record_consent", made.pk), {"purpose": "photos", "channel": "sms", "given": "1"}).status_code
        == 404
    )


def test_a_beautician_writes_skin_records_of_her_own_clients_only() -> None:
    beautician = staff(Role.BEAUTICIAN)
    hers, other = client(), client("赵倩")
    attended(hers, beautician)
    web = signed_in(beautician)
    values = {"recorded_on": "2026-11-20", "skin_type": "dry", "care_plan": "补水"}
    assert web.post(url("add_skin_record", hers.pk), values).status_code == 302
    assert web.post(url("add_skin_record", other.pk), values).status_code == 404
    assert SkinRecord.objects.get().client == hers
    for wrong in ({"recorded_on": "2999-01-01"}, {"recorded_on": "abc"}, {"recorded_on": "2026-11-20"}):
        assert web.post(url("add_skin_record", hers.pk), wrong).status_code == 422


RIGHTS = [
    ("new", False, {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}),
    ("edit", True, {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}),
    ("duplicates", False, {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}),
    ("reveal_phone", True, {Role.FRONT_DESK, Role.MANAGER}),
    ("add_allergy", True, {Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER}),
    ("add_skin_record", True, {Role.BEAUTICIAN, Role.MANAGER}),
    ("add_preference", True, set(Role)),
    ("add_memorable_day", True, {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}),
    ("set_tags", True, {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}),
    ("add_enquiry", True, set(Role)),
    ("record_consent", True, {Role.FRONT_DESK, Role.MANAGER}),
    ("notice", False, set(Role)),
]


@pytest.mark.parametrize(("name", "of_client", "roles"), RIGHTS)
def test_who_may_open_what(name: str, of_client: bool, roles: set[Role]) -> None:
    made = client("王丽华", PHONE)
    address = url(name, made.pk) if of_client else url(name)
    for role in Role:
        user = staff(role)
        attended(made, user)
        answers = {signed_in(user).get(address).status_code, signed_in(user).post(address).status_code}
        assert (403 not in answers) == (role in roles), role
        assert not any(code >= 500 for code in answers)
    assert Browser().get(address).status_code in (302, 403, 405)
    assert Browser().post(address).status_code in (302, 403, 405)


@pytest.mark.parametrize("pk", ["0", "-1", str(2**63), "9" * 30, "abc", "🐟", "%00"])
def test_no_such_client_is_404(web: Browser, pk: str) -> None:
    for page in ("edit", "allergies", "skin", "preferences", "days", "tags", "enquiries"):
        assert web.get(f"/clients/{pk}/{page}/").status_code in (403, 404), page
    made = client()
    for page in (f"allergies/{pk}/withdraw", f"preferences/{pk}/remove", f"days/{pk}/remove", f"enquiries/{pk}/close"):
        assert web.post(f"/clients/{made.pk}/{page}/").status_code in (302, 404), page


def test_pages_stay_cheap(web: Browser, desk: User, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    made = client("王丽华", PHONE)
    for number in range(30):
        care.add_allergy(made, {"substance": f"果酸{number}"}, by=desk, at=NOW)
    for name in ("edit", "add_allergy", "set_tags", "add_preference"):
        web.get(url(name, made.pk))
        with django_assert_max_num_queries(12):
            web.get(url(name, made.pk))


def test_the_notice_is_there_to_print(web: Browser) -> None:
    assert "未满十四周岁" in web.get(url("notice")).content.decode()


def test_the_tick_for_another_person_stands_beside_the_warning_at_once(web: Browser) -> None:
    made = client("王大明", PHONE)
    typed = {"name": "李四", "phone": "138 0013 8000"}
    assert 'name="another_person"' in web.post(url("duplicates"), typed).content.decode()
    ticked = web.post(url("duplicates"), typed | {"another_person": "on"}).content.decode()
    assert "checked" in ticked

    namesake = web.post(url("duplicates"), {"name": "王大明", "phone": ""}).content.decode()
    assert made.number in namesake
    assert "138 •••• 8000" in namesake
    assert "another_person" not in namesake
    assert made.number not in web.post(url("duplicates"), {"name": "王大明", "client": made.pk}).content.decode()


def test_the_trail_says_who_opened_a_file(web: Browser, desk: User) -> None:
    web.post(url("new"), entered())
    entry = AuditEntry.objects.get(action="added", what="client_file")
    assert (entry.client_id, entry.actor, entry.address) == (Client.objects.get().pk, desk, "127.0.0.1")


def test_the_first_wrong_field_has_the_cursor(web: Browser) -> None:
    answer = web.post(url("new"), entered(birthday="13-40", referred_by="nobody"))
    fields = answer.context["form"].fields
    assert [name for name, field in fields.items() if "autofocus" in field.widget.attrs] == ["birthday"]


def test_an_allergy_without_the_separate_consent_can_be_kept_and_is_told(web: Browser, desk: User) -> None:
    made = client()
    asked = "The separate consent to allergies"
    assert asked in web.get(url("add_allergy", made.pk)).content.decode()
    care.record_consent(made, "health", "", given=True, how="said", by=desk, at=NOW)
    assert asked not in web.get(url("add_allergy", made.pk)).content.decode()


def test_only_who_advises_is_offered_as_consultant_and_who_is_one_stays(web: Browser, desk: User) -> None:
    lin = staff(Role.BEAUTICIAN, "lin")
    made = client(consultant=desk)
    assert set(web.get(url("new")).context["form"].fields["consultant"].queryset) == {lin}
    assert set(web.get(url("edit", made.pk)).context["form"].fields["consultant"].queryset) == {lin, desk}


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "evil"])
def test_a_new_file_never_leads_to_another_site(web: Browser, elsewhere: str) -> None:
    answer = web.post(f"{url('new')}?next={elsewhere}", entered())

    assert answer.headers["Location"].startswith("/clients/")


def test_an_allergy_is_not_withdrawn_for_a_reason_that_nobody_can_read(web: Browser, desk: User) -> None:
    made = client()
    allergy = care.add_allergy(made, {"substance": "果酸"}, by=desk, at=NOW)

    answer = web.post(url("withdraw_allergy", made.pk, allergy.pk), {"reason": "\u200b\u200d"})

    assert "Please say why." in answer.content.decode()
    assert Allergy.objects.standing().exists()


def test_who_brought_a_new_client_is_chosen_when_several_fit(web: Browser) -> None:
    li, other = client("李丽"), client("李丽")
    answer = web.post(url("new"), entered(name="赵敏", referred_by="李丽"))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert all(f'name="referrer" value="{one.pk}"' in page for one in (li, other))
    web.post(url("new"), entered(name="赵敏", referred_by="李丽", referrer=str(other.pk)))
    assert Client.objects.get(name="赵敏").referred_by == other


@pytest.mark.parametrize("picked", ["0", "-1", "abc", "😀", str(2**63)])
def test_only_one_of_those_that_fit_can_be_chosen(web: Browser, picked: str) -> None:
    client("李丽"), client("李丽")
    stranger = client("王大明")
    for chosen in (picked, str(stranger.pk)):
        answer = web.post(url("new"), entered(name="赵敏", referred_by="李丽", referrer=chosen))
        assert answer.status_code == 422


def test_the_last_four_digits_or_the_number_say_who_brought_her(web: Browser) -> None:
    li = client("李丽", phone=PHONE)
    for number, typed in enumerate((PHONE[-4:], li.number, "ll")):
        web.post(url("new"), entered(name=f"赵敏{number}", phone="", referred_by=typed))

    assert Client.objects.filter(referred_by=li).count() == 3


def test_whom_the_typed_words_mean_is_told_while_typing(web: Browser) -> None:
    li = client("李丽", phone=PHONE)
    told = web.post(url("referrers"), {"referred_by": PHONE[-4:]}).content.decode()
    assert li.number in told
    assert PHONE not in told
    client("李丽")
    assert told.count("radio") == 0
    assert web.post(url("referrers"), {"referred_by": "李丽"}).content.decode().count("radio") == 2
    assert "No client has" in web.post(url("referrers"), {"referred_by": "王" * 5_000}).content.decode()


def test_who_brought_her_has_a_page_of_its_own_later_on(web: Browser) -> None:
    li, made = client("李丽"), client("王大明")
    Client.objects.filter(pk=made.pk).update(referred_by=li)
    page = web.get(url("edit", made.pk)).content.decode()
    assert f"/clients/{made.pk}/referrer/" in page
    assert 'name="referred_by"' not in page

    web.post(url("edit", made.pk), entered(name="王大明", referred_by="", version="1"))
    assert Client.objects.get(pk=made.pk).referred_by == li
