"""The pages on which the salon writes its texts."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Client
from outreach.models import Kind, MessageTemplate, Way
from outreach.word_forms import mark_of
from staff.models import AuditEntry
from staff.roles import Role
from tests.frontdesk import cast
from tests.outreach.addressee import Told, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(client: Browser) -> Browser:
    manager = cast.staff(Role.MANAGER)
    manager.language = "en"
    manager.save(update_fields=["language"])
    client.force_login(manager)
    return client


def text(kind: Kind = Kind.BIRTHDAY, way: Way = Way.HAND) -> MessageTemplate:
    return MessageTemplate.objects.get(kind=kind, way=way, language="zh-hans")


def page_of(template: MessageTemplate) -> str:
    return reverse("outreach:words_edit", args=[template.pk])


def typed(template: MessageTemplate, **values: str) -> dict[str, str]:
    kept = {"text": template.text, "subject": template.subject, "is_active": "on", "was": mark_of(template)}
    return kept | values


def test_the_list_shows_every_text_of_a_language(web: Browser) -> None:
    assert web.get("/words/").status_code == 200  # the first answer also looks up what is asked once
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = web.get("/words/").content.decode()
    assert len(asked) <= 12

    for template in MessageTemplate.objects.filter(language="zh-hans"):
        assert page_of(template) in page
    assert "Happy birthday" in web.get("/words/?language=en").content.decode()
    assert web.get("/words/?language=😀").status_code == 200


def test_a_text_is_saved(web: Browser) -> None:
    template = text()
    answer = web.post(page_of(template), typed(template, text="｛honorific｝，生日快乐。\r\n欢迎回来"))

    assert answer.status_code == 302
    assert answer["Location"] == "/words/?language=zh-hans#birthday"
    template.refresh_from_db()
    assert template.text == "{honorific}，生日快乐。\n欢迎回来"
    assert AuditEntry.objects.filter(model="outreach_messagetemplate", action="changed").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{nmae}，您好", "There is no field {nmae}. Is {name} meant?"),
        ("{name.__class__}", "There is no field {name.__class__}."),
        ("{0}", "There is no field {0}."),
        ("您好 }", "There is a single { or }."),
        ("", "This field is required."),
        ("王" * 1001, "at most 1000 characters"),
        ("{" * 2000, "at most 1000 characters"),
    ],
)
def test_what_is_wrong_stands_beside_the_text_and_nothing_typed_is_lost(web: Browser, words: str, said: str) -> None:
    template = text()
    answer = web.post(page_of(template), typed(template, text=words))

    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    if words:
        assert words[:900] in page
    template.refresh_from_db()
    assert template.text.startswith("{honorific}，生日快乐！")


@pytest.mark.parametrize("do", ["", "preview"])
def test_five_megabytes_are_refused_without_a_fault(web: Browser, do: str) -> None:
    template = text()
    for words in ("{" * 5_000_000, "{a}" * 800_000, "王" * 800_000):
        assert 200 <= web.post(page_of(template), typed(template, text=words, do=do)).status_code < 500


def test_an_offer_by_sms_must_say_how_to_refuse(web: Browser) -> None:
    template = text(Kind.DORMANT, Way.SMS)
    refused = web.post(page_of(template), typed(template, text="{honorific}，回来看看吧"))
    assert refused.status_code == 422
    assert "put {opt_out} at the end" in refused.content.decode()

    assert web.post(page_of(template), typed(template, text="{honorific}，回来看看吧。回T退订")).status_code == 302


def test_a_change_of_somebody_else_is_shown_before_it_is_lost(web: Browser) -> None:
    template = text()
    mine = typed(template, text="{honorific}，我的祝福")
    MessageTemplate.objects.filter(pk=template.pk).update(text="{honorific}，同事的祝福")

    refused = web.post(page_of(template), mine)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "同事的祝福" in page
    assert "我的祝福" in page
    template.refresh_from_db()
    assert template.text == "{honorific}，同事的祝福"
    again = web.post(page_of(template), mine | {"was": mark_of(template)})
    assert again.status_code == 302


def test_it_is_read_for_nobody_and_for_a_real_client(web: Browser) -> None:
    wang: Told = told()
    template = text(Kind.DORMANT)
    page = web.get(page_of(template)).content.decode()
    assert "For a made-up client" in page
    assert "上次是11月15日林美给您做的深层补水护理" in page

    asked = typed(template, who="王丽华", do="preview", text="{honorific}：{last_service}\n{voucher}\n{salon_phone}")
    part = web.post(page_of(template), asked, headers={"HX-Request": "true"}).content.decode()
    assert "王女士：肩颈舒缓\n回归礼 ¥50\n0571-88886666" in part
    assert "<form" not in part
    assert AuditEntry.objects.for_client(wang.client.pk).filter(action="viewed").count() == 1

    whole = web.post(page_of(template), asked)
    assert whole.status_code == 200
    assert "王女士：肩颈舒缓" in whole.content.decode()
    template.refresh_from_db()
    assert template.text.startswith("{honorific}您好")


def test_a_wrong_text_can_be_looked_at(web: Browser) -> None:
    template = text()
    asked = typed(template, text="{nmae}\n{honorific}，您好 {", do="preview")
    part = web.post(page_of(template), asked, headers={"HX-Request": "true"})

    assert part.status_code == 200
    page = part.content.decode()
    assert "There is no field {nmae}" in page
    assert "王女士，您好 {" in page


def test_of_several_clients_one_is_chosen(web: Browser) -> None:
    first, second = cast.client("李娜", gender="female"), cast.client("李娜", gender="male")
    for client in (first, second):
        client.fill_search_keys()
        client.save(update_fields=["search_keys"])
    template = text()
    for client, called in ((first, "李女士，生日快乐"), (second, "李先生，生日快乐")):
        asked = typed(template, who="李娜", client=str(client.pk), do="preview")
        assert called in web.post(page_of(template), asked, headers={"HX-Request": "true"}).content.decode()
    for odd in ("0", "-1", str(2**63), "abc", "😀"):
        assert web.post(page_of(template), typed(template, who="李娜", client=odd, do="preview")).status_code == 200


@pytest.mark.parametrize("who", ["没有这个人", "%", "'", "王" * 5000, "😀"])
def test_nobody_found_is_told(web: Browser, who: str) -> None:
    answer = web.post(page_of(text()), typed(text(), who=who, do="preview"))

    assert answer.status_code == 200


def test_a_text_that_is_missing_can_be_written(web: Browser) -> None:
    place = "/words/new/?kind=gift&way=hand&language=zh-hans"
    assert web.get(place).status_code == 200
    assert web.post(place, {"text": "{nmae}的礼物"}).status_code == 422
    made = web.post(place, {"text": "{name}的礼物", "is_active": "on", "was": ""})
    assert made.status_code == 302
    written = MessageTemplate.objects.get(kind="gift", way="hand")
    assert written.text == "{name}的礼物"
    assert web.get(place)["Location"] == page_of(written)
    # sent twice is saved once; somebody else's is not written over
    assert web.post(place, {"text": "{name}的礼物", "is_active": "on", "was": ""}).status_code == 302
    assert web.post(place, {"text": "别的", "is_active": "on", "was": ""}).status_code == 422


@pytest.mark.parametrize("query", ["", "?kind=x&way=hand&language=en", "?kind=gift&way=😀&language=en"])
def test_a_text_for_nothing_cannot_be_written(web: Browser, query: str) -> None:
    assert web.get(f"/words/new/{query}")["Location"] == "/words/"
    assert web.post(f"/words/new/{query}", {"text": "您好"})["Location"] == "/words/"


def test_what_the_database_cannot_hold_is_refused(web: Browser) -> None:
    assert web.post(page_of(text()), typed(text(), text="\0您好")).status_code == 400


@pytest.mark.parametrize("pk", ["0", "-1", str(2**63), "abc", "%F0%9F%98%80"])
def test_odd_addresses_are_not_found(web: Browser, pk: str) -> None:
    assert web.get(f"/words/{pk}/").status_code == 404


def test_e_mail_and_language_are_kept_on_the_file(client: Browser) -> None:
    client.force_login(cast.staff(Role.FRONT_DESK))
    sent = {"name": "王丽华", "email": "wang@example.com", "language": "en", "consent_file": "on", "key": str(uuid4())}
    client.post(reverse("clients:new"), sent)
    made = Client.objects.get()
    assert (made.email, made.language) == ("wang@example.com", "en")
    page = client.get(reverse("frontdesk:client_file", args=[made.pk]) + "?tab=details").content.decode()
    assert "wang@example.com" in page

    edit = reverse("clients:edit", args=[made.pk])
    assert client.post(edit, {"name": "王丽华", "email": "no address", "version": "1"}).status_code == 422
    client.post(edit, {"name": "王丽华", "email": "", "version": "1"})
    made.refresh_from_db()
    assert (made.email, made.language) == ("", "en")
