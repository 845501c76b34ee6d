"""A real database is never served with guessable secrets, and the files that describe production are sound."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from django.conf import settings

from salon_crm.keys import key_problem, new_key

SOUND = {
    "DATABASE_URL": "postgres://salon:3f9a7c51e8@db.invalid:5432/salon",
    "REDIS_URL": "redis://:8c1d@broker.invalid:6379/0",
    "SECRET_KEY": "k3Xw9-qLz7Rt2vB5nM8pYcF1hJ4gD6sA0eUoIiTtRrEeWwQqZz-_",
    "SALON_KEYS": f"{new_key()},{new_key()}",
    "ALLOWED_HOSTS": "crm.example.com",
    "HTTPS": "1",
}


def start(tmp_path: Path, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "SALON_VAR": str(tmp_path), **SOUND, **changed}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True
    )


def test_sound_settings_pass_djangos_own_check_for_production(tmp_path: Path) -> None:
    checked = start(tmp_path, "check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too easy to guess"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too easy to guess"),
        ({"SALON_KEYS": ""}, "SALON_KEYS is not set"),
        ({"SALON_KEYS": "c2hvcnQ="}, "SALON_KEYS holds a key of 5 bytes"),
        ({"SALON_KEYS": "not base64!"}, "not urlsafe base64"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
        ({"DATABASE_URL": "postgres://salon:postgres@db/salon"}, "a password that anybody would try first"),
    ],
)
def test_it_does_not_start_insecure(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    refused = start(tmp_path, "check", **changed)

    assert refused.returncode == 1
    assert refused.stderr.startswith("Salon CRM does not start: ")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []  # no secret is made up instead


def test_a_new_key_is_good() -> None:
    assert key_problem(new_key()) is None


def test_the_compose_file_follows_the_specification() -> None:
    checked = CliRunner().invoke(
        check_jsonschema,
        ["--builtin-schema", "vendor.compose-spec", str(settings.BASE_DIR / "docker-compose.yml")],
    )

    assert checked.exit_code == 0, checked.output


def test_the_compose_file_has_no_password_of_its_own() -> None:
    lines = (settings.BASE_DIR / "docker-compose.yml").read_text().splitlines()
    secret = [line.split(":", 1) for line in lines if line.strip().startswith(("POSTGRES_PASSWORD", "SECRET_KEY"))]
    secret += [line.split(":", 1) for line in lines if line.strip().startswith(("SALON_KEYS", "REDISCLI_AUTH"))]

    assert len(secret) == 4
    assert all(value.strip().startswith("${") and ":?" in value for _, value in secret)
