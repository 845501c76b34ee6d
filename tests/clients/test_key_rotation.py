"""Sensitive fields at rest, and new keys for them."""

import threading
from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from clients import care, file, key_rotation
from clients.models import Allergy, Client
from staff import audit
from staff.encryption import newest
from staff.encryption_check import check_keys
from staff.models import AuditEntry, Salon
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff

pytestmark = pytest.mark.django_db
NEW, OTHER = "bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleS0=", "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktb3Q="
CANARIES = ("13800138000", "lihua_wechat", "果酸canary", "细纹canary", "一儿一女canary", "长安街canary")


def a_full_file() -> Client:
    by = staff(Role.MANAGER)
    made = client("王丽华", PHONE, wechat_id="lihua_wechat", address="长安街canary", family="一儿一女canary")
    allergy = care.add_allergy(made, {"substance": "果酸canary"}, by=by, at=NOW)
    care.add_skin_record(made, {"recorded_on": TODAY, "skin_type": "dry", "concerns": "细纹canary"}, by=by, at=NOW)
    with audit.acting(by):
        file.change(made, {"wechat_id": "lihua_wechat_2"}, version=1, at=NOW)
        Allergy.objects.filter(pk=allergy.pk).update(reaction="红肿canary")
    return made


def everything_stored() -> str:
    """All rows of all tables, as the database keeps them."""
    texts = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{model._meta.db_table}" t')  # noqa: S608
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


def test_no_sensitive_text_is_readable_in_the_database() -> None:
    a_full_file()
    stored = everything_stored()
    assert "王丽华" in stored
    assert [canary for canary in CANARIES if canary in stored] == []


def test_it_works(settings: Settings) -> None:
    made = a_full_file()
    Salon.load()
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]
    trail = AuditEntry.objects.count()

    out = StringIO()
    call_command("rotate_keys", stdout=out)

    assert "may be removed" in out.getvalue()
    settings.SALON_KEYS = [NEW]
    check_keys()
    kept = Client.objects.get(pk=made.pk)
    assert (kept.phone, kept.wechat_id, kept.family) == (PHONE, "lihua_wechat_2", "一儿一女canary")
    assert Allergy.objects.get().reaction == "红肿canary"
    assert list(Client.objects.matching("8000")) == [kept]
    assert list(Client.objects.matching("13800138000")) == [kept]
    assert AuditEntry.objects.count() == trail, "sealing anew changes no value, so the trail does not grow"
    marks = {found[1] for found in key_rotation.SEALED_IN_TEXT.finditer(everything_stored())}
    assert marks == {newest().fingerprint}, "nor is anything, trail included, left under the old key"


def test_a_second_run_writes_nothing(settings: Settings) -> None:
    a_full_file()
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]
    assert key_rotation.rotate(lambda subject, rows: None).written > 0
    assert key_rotation.rotate(lambda subject, rows: None).written == 0


def test_a_run_that_was_stopped_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        client(f"王{number}", f"+861380013800{number}")
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]
    monkeypatch.setattr(key_rotation, "BATCH", 3)

    def stop(subject: str, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(stop)
    found_meanwhile = {phone: Client.objects.matching(phone).count() for phone in ("13800138001", "13800138006")}
    key_rotation.rotate(lambda subject, rows: None)

    assert found_meanwhile == {"13800138001": 1, "13800138006": 1}
    settings.SALON_KEYS = [NEW]
    assert {one.phone[-1] for one in Client.objects.all()} == set("0123456")
    assert Client.objects.matching("13800138006").count() == 1


def test_a_value_whose_key_is_lost_stops_the_rotation(settings: Settings) -> None:
    a_full_file()
    settings.SALON_KEYS = [NEW, OTHER]
    with pytest.raises(CommandError, match="not among SALON_KEYS"):
        call_command("rotate_keys", stdout=StringIO())


def test_a_wrong_key_is_refused_at_the_start(settings: Settings) -> None:
    Salon.load()
    check_keys()
    settings.SALON_KEYS = [OTHER]
    with pytest.raises(ImproperlyConfigured, match="Put the missing key back"):
        check_keys()
    with pytest.raises(CommandError, match="Put the missing key back"):
        call_command("check_keys")


def test_a_new_database_fits_any_key(settings: Settings) -> None:
    Salon.objects.all().delete()
    settings.SALON_KEYS = [OTHER]
    check_keys()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_reading_and_writing_go_on_meanwhile(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [client(f"王{number}", f"+86138001380{number:02}") for number in range(30)]
    settings.SALON_KEYS = [NEW, *settings.SALON_KEYS]
    monkeypatch.setattr(key_rotation, "BATCH", 5)
    done, faults = threading.Event(), []

    def work() -> None:
        try:
            number = 0
            while not done.is_set():
                number = (number + 1) % len(made)
                one = Client.objects.get(pk=made[number].pk)
                if not one.phone.startswith("+86138001380"):
                    faults.append(one.phone)
                if not Client.objects.matching(one.phone).filter(pk=one.pk).exists():
                    faults.append(f"{one.name} not found")
                file.change(one, {"address": f"路 {number}"}, version=one.version, at=NOW)
        except Exception as fault:
            faults.append(repr(fault))
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        key_rotation.rotate(lambda subject, rows: None)
        key_rotation.rotate(lambda subject, rows: None)
    finally:
        done.set()
        worker.join()

    assert faults == []
    assert key_rotation.keys_in_use() == {newest().fingerprint}
