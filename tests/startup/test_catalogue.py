"""The catalogue's check finds what a Chinese reader would see in English."""

from pathlib import Path

import pytest
from pytest_django import Settings

from salon_crm import catalogue

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Path:
    """A small project whose texts are all translated."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    for folder in ("locale/zh_Hans/LC_MESSAGES", "templates", "staff"):
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path, po='msgid "Save"\nmsgstr "保存"\n', html="<p>{% translate 'Save' %}</p>")
    return tmp_path


def write(project: Path, *, po: str | None = None, html: str | None = None, py: str | None = None) -> None:
    if po is not None:
        (project / "locale/zh_Hans/LC_MESSAGES/django.po").write_text(HEAD + po)
    if html is not None:
        (project / "templates/page.html").write_text(html)
    if py is not None:
        (project / "staff/forms.py").write_text(py)


def test_it_works(project: Path) -> None:
    assert catalogue.faults() == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("{% translate 'Save' %}{% translate 'Delete' %}", "not translated: 'Delete'"),
        ("{% translate 'Save' %}{% translate 'Save' context 'verb' %}", "not translated: 'Save'"),
        ("{% translate 'Save' %}{{ x|default:_('none') }}", "not translated: 'none'"),
        (
            "{% translate 'Save' %}{% blocktranslate trimmed %}\n Hello\n {{ name }}\n{% endblocktranslate %}",
            "not translated: 'Hello %(name)s'",
        ),
        ("{% translate 'Save' %}<b>Delete</b>", "outside the catalogue: 'Delete'"),
        ("{% translate 'Save' %}<b>删除</b>", "outside the catalogue: '删除'"),
        ("{% translate 'Save' %}<input placeholder='Name'>", "outside the catalogue: 'Name'"),
        ("<p></p>", "nothing asks for: 'Save'"),
    ],
)
def test_a_fault_in_a_template_is_found(project: Path, html: str, fault: str) -> None:
    write(project, html=html)

    assert [found for found in catalogue.faults() if fault in found]


@pytest.mark.parametrize(
    "call",
    ["_('Delete')", "gettext_lazy('Delete')", "ngettext('Delete', 'Delete %(n)s', n)", "pgettext('x', 'Delete')"],
)
def test_an_untranslated_text_in_python_is_found(project: Path, call: str) -> None:
    write(project, py=f"text = {call}\n")

    assert len(catalogue.faults()) == 1


def test_keyboard_keys_scripts_and_names_of_languages_need_no_translation(project: Path) -> None:
    write(project, html="{% translate 'Save' %}<kbd>Ctrl</kbd><script>let a</script><p>·</p><b lang='en'>English</b>")

    assert catalogue.faults() == []


def test_a_translation_that_loses_a_placeholder_is_found(project: Path) -> None:
    write(project, html="{% blocktranslate %}{{ n }} left{% endblocktranslate %}")
    write(project, po='#, python-format\nmsgid "%(n)s left"\nmsgstr "还剩"\n')

    assert len(catalogue.faults()) == 1


def test_it_compiles_once(project: Path) -> None:
    assert catalogue.compile_translations() == 1
    assert catalogue.compile_translations() == 0
    assert (project / "locale/zh_Hans/LC_MESSAGES/django.mo").exists()
