"""A sealed value that cannot be opened: the pages go on without it, it is named, and nothing overwrites it."""

import logging
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from pytest_django import Settings

from clients import care
from clients.models import Allergy, Client, FileRules
from staff import encryption
from staff.encryption import newest
from staff.models import Salon, User
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff
from visits.allergy_gate import conflicts
from visits.catalogue import Item
from visits.substances import Synonyms

pytestmark = pytest.mark.django_db
NEW = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleS0="
SHOWN = "(cannot be read)"
SEALED = ("phone", "second_phone", "wechat_id", "email", "address", "family", "spending_background")


def cut(stored: str) -> str:
    return stored[:-8]


def of_a_lost_key(stored: str) -> str:
    return "00000000" + stored[8:]


def in_plain(_stored: str) -> str:
    return "13900139000"


DAMAGES = [cut, of_a_lost_key, in_plain, lambda stored: "😀" + stored]
Damage = Callable[[str], str]


def damage(model: Any, pk: int, column: str, by: Damage = cut) -> str:
    """What stands in the column from now on."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])  # noqa: S608
        stored = by(cursor.fetchone()[0])
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [stored, pk])  # noqa: S608
    return stored


def stored(model: Any, pk: int, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table} WHERE id = %s", [pk])  # noqa: S608
        return str(cursor.fetchone()[0])


def a_full_file(by: User) -> Client:
    FileRules.objects.update_or_create(pk=1, defaults={"family_purpose": "x", "background_purpose": "x"})
    made = client("王丽华", PHONE, **dict.fromkeys(SEALED[2:], "wang@example.com"), second_phone="+8613900139000")
    care.add_allergy(made, {"substance": "果酸", "reaction": "红肿"}, by=by, at=NOW)
    care.add_skin_record(made, {"recorded_on": TODAY, "skin_type": "dry", "concerns": "细纹"}, by=by, at=NOW)
    return made


@pytest.fixture
def manager() -> User:
    return staff(Role.MANAGER)


@pytest.fixture
def web(manager: User) -> Browser:
    web = Browser()
    web.force_login(manager)
    return web


@pytest.mark.parametrize("by", DAMAGES)
def test_no_page_falls_over_a_damaged_value(web: Browser, manager: User, by: Damage) -> None:
    made = a_full_file(manager)
    for name in SEALED:
        damage(Client, made.pk, name, by)
    (skin,), (allergy,) = made.skin_records.all(), made.allergies.all()
    for name in ("substance", "reaction"):
        damage(Allergy, allergy.pk, name, by)
    for name in ("skin_type", "concerns"):
        damage(type(skin), skin.pk, name, by)
    of = f"/clients/{made.pk}/"
    pages = ["/", "/clients/?order=new", "/clients/", "/search/?q=王丽华", "/checkout/new/?who=王丽华"]
    pages += [f"/checkout/new/?client={made.pk}", of, *(f"{of}?tab={tab}" for tab in ("care", "details", "visits"))]
    pages += [f"{of}{name}/" for name in ("edit", "allergies", "skin")]

    answers = {page: web.get(page) for page in pages}

    assert {page: answer.status_code for page, answer in answers.items() if answer.status_code != 200} == {}
    assert SHOWN in answers["/clients/?order=new"].content.decode()
    assert SHOWN in answers[of].content.decode()
    assert "13900139000" not in "".join(answer.content.decode() for answer in answers.values())
    assert SHOWN in web.post(f"{of}phone/").content.decode()
    assert "王丽华" in web.post("/clients/new/duplicates/", {"name": "王丽华"}).content.decode()


def test_saving_the_form_leaves_what_cannot_be_read_as_it_is(web: Browser, manager: User) -> None:
    made = a_full_file(manager)
    kept = {name: damage(Client, made.pk, name) for name in SEALED}
    form = web.get(f"/clients/{made.pk}/edit/").context["form"]
    sent = {name: form[name].value() or "" for name in form.fields if name not in ("do_not_contact", "is_prospect")}

    answer = web.post(f"/clients/{made.pk}/edit/", sent | {"name": "王丽华二", "note": "neu"})

    assert answer.status_code == 302
    assert {name: stored(Client, made.pk, name) for name in SEALED} == kept
    assert stored(Client, made.pk, "note") == "neu"
    assert [one.pk for one in Client.objects.defer(*SEALED).matching("13800138000")] == [made.pk], "still found by it"
    assert Client.objects.defer(*SEALED).matching("王丽华二").exists()


def test_another_text_replaces_what_cannot_be_read(web: Browser, manager: User) -> None:
    made = a_full_file(manager)
    damage(Client, made.pk, "address")
    damage(Client, made.pk, "phone")
    sent = {"name": "王丽华", "gender": "unknown", "version": "1", "address": "新路 1 号", "phone": "13700137000"}

    assert web.post(f"/clients/{made.pk}/edit/", sent).status_code == 302

    read = Client.objects.get()
    assert (read.address, read.phone) == ("新路 1 号", "+8613700137000")
    assert Client.objects.matching("13700137000").exists()


@pytest.mark.parametrize("by", DAMAGES)
def test_the_log_names_the_place_and_never_what_is_there(
    web: Browser, manager: User, by: Damage, caplog: pytest.LogCaptureFixture
) -> None:
    made = a_full_file(manager)
    left = damage(Client, made.pk, "phone", by)
    encryption._tell_of.cache_clear()
    with caplog.at_level(logging.ERROR, logger="staff.encryption"):
        for _ in range(3):
            web.get("/clients/?order=new")

    (told,) = caplog.messages
    assert f"clients.Client.phone of id {made.pk}." in told
    assert left not in told
    assert "13900139000" not in told


def test_where_nobody_reads_it_is_an_error_so_that_nothing_goes_out_with_it(manager: User) -> None:
    made = a_full_file(manager)
    damage(Client, made.pk, "phone")
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        Client.objects.get(pk=made.pk)


def test_an_allergy_that_cannot_be_read_asks_before_anything_with_ingredients(manager: User) -> None:
    made = a_full_file(manager)
    damage(Allergy, made.allergies.get().pk, "substance")
    with encryption.unreadable_shown():
        (allergy,) = made.allergies.all()

    def asked(ingredients: str) -> int:
        return len(conflicts(Item("service", 1, "护理", Decimal(100), 30, ingredients, True), [allergy], Synonyms()))

    assert (asked("玫瑰精油"), asked("")) == (1, 0)


def test_rotating_names_what_it_cannot_open_and_does_all_the_rest(settings: Settings, manager: User) -> None:
    damaged, whole = a_full_file(manager), client("赵倩", "+8613700137000", address="长安街")
    Salon.load()
    kept = damage(Client, damaged.pk, "phone"), damage(Allergy, damaged.allergies.get().pk, "reaction", in_plain)
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]

    for written in (True, False):
        out = StringIO()
        with pytest.raises(CommandError) as told:
            call_command("rotate_keys", stdout=out)
        assert "2 values could not be opened" in str(told.value)
        assert f"clients.Client.phone of id {damaged.pk}: A value sealed with" in str(told.value)
        assert f"clients.Allergy.reaction of id {damaged.allergies.defer('reaction').get().pk}:" in str(told.value)
        assert "13900139000" not in str(told.value)
        assert ("\n0 rows written" in out.getvalue()) != written
        assert "may be removed" not in out.getvalue()

    allergy = damaged.allergies.defer("reaction").get().pk
    assert (stored(Client, damaged.pk, "phone"), stored(Allergy, allergy, "reaction")) == kept
    for model, pk, column in ((Client, damaged.pk, "address"), (Client, whole.pk, "phone"), (Salon, 1, "key_check")):
        assert stored(model, pk, column).startswith(newest().fingerprint), column
    damage(Client, damaged.pk, "phone", lambda _stored: encryption.seal(PHONE))
    Allergy.objects.update(reaction="红肿")
    call_command("rotate_keys", stdout=StringIO())


def test_rotating_with_a_wrong_key_touches_nothing(settings: Settings, manager: User) -> None:
    made = a_full_file(manager)
    Salon.load()
    before = stored(Client, made.pk, "phone")
    settings.SALON_KEYS = [NEW]
    with pytest.raises(CommandError, match="Put the missing key back"):
        call_command("rotate_keys", stdout=StringIO())
    assert stored(Client, made.pk, "phone") == before


def test_before_it_rotates_it_says_that_all_must_have_been_restarted(settings: Settings) -> None:
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    first, *_ = out.getvalue().splitlines()
    assert "First every web process and worker must have been restarted with all of these keys" in first
    assert all(fingerprint in first for fingerprint in list(encryption.keys()))
