"""What is missing on a machine is said in one sentence, before anything is made."""

import sys
from collections import namedtuple

import pytest

import install

Version = namedtuple("Version", "major minor micro")


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        install.refuse_unfit_python()


def test_a_python_without_venv_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        install.refuse_unfit_python()


def test_this_python_will_do() -> None:
    install.refuse_unfit_python()


def test_every_requirement_is_pinned_and_hashed() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (install.ROOT / name).read_text()
        packages = [block for block in text.split("\n") if block[:1].isalpha()]
        assert packages
        assert all("==" in package and package.endswith("\\") for package in packages)
