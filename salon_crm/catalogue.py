"""The Chinese catalogue: compiled for Django, and compared with what the code asks for. Needs no gettext programs."""

import ast
import re
import tempfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

FLOORS = ("salon_crm", "frontdesk", "outreach", "loyalty", "visits", "clients", "staff")
# Where the context, the message and its plural stand among the arguments.
CALLS: dict[str, tuple[int | None, int]] = {
    "_": (None, 0),
    "gettext": (None, 0),
    "gettext_lazy": (None, 0),
    "gettext_noop": (None, 0),
}
CALLS |= {"ngettext": (None, 0), "ngettext_lazy": (None, 0)}
CALLS |= {"pgettext": (0, 1), "pgettext_lazy": (0, 1), "npgettext": (0, 1), "npgettext_lazy": (0, 1)}

LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(({LITERAL}(?:,\s*{LITERAL})*)", re.DOTALL)

PLACEHOLDER = re.compile(r"(?<!%)%\((\w+)\)[sd]|(?<!%)\{(\w*)\}")
SEEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
UNSEEN_ELEMENTS = {"code", "kbd", "script", "style"}
WORD = re.compile(r"[A-Za-z]{2,}|[一-鿿]")


class Message(NamedTuple):
    """What the code asks the catalogue for."""

    context: str | None
    id: str


class Place(NamedTuple):
    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path.relative_to(settings.BASE_DIR)}:{self.line}"


def compile_translations(folders: Sequence[str | Path] | None = None) -> int:
    """Write a .mo beside every .po of `folders` (by default LOCALE_PATHS) that is newer. Returns how many were."""
    written = 0
    asked = settings.LOCALE_PATHS if folders is None else folders
    for po in (found for folder in asked for found in Path(folder).glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        # Moved into place whole: a server that starts meanwhile reads the old one or the new one.
        with tempfile.NamedTemporaryFile(dir=po.parent, delete=False) as draft:
            write_mo(draft, _read(po))
        Path(draft.name).chmod(0o644)
        Path(draft.name).replace(mo)
        written += 1
    return written


def faults() -> list[str]:
    """Every text that a Chinese reader would see untranslated, and every translation that nothing asks for."""
    catalogue = _read(Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po")
    translated = {Message(one.context, _singular(one.id)): one for one in catalogue if one.id}
    asked = _asked()
    found = []
    for message, place in sorted(asked.items(), key=lambda item: item[1]):
        entry = translated.get(message)
        if entry is None or not entry.string or entry.fuzzy or (entry.pluralizable and not all(entry.string)):
            found.append(f"{place}: not translated: {message.id!r}")
    found += [f"nothing asks for: {message.id!r}" for message in translated if message not in asked]
    for message, entry in translated.items():
        if _placeholders(entry.id) != _placeholders(entry.string):
            found.append(f"other placeholders than its translation: {message.id!r}")
    for path in _templates():
        found += [f"{Place(path, line)}: outside the catalogue: {text!r}" for line, text in _bare_text(path)]
    return found


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def _singular(message_id: Any) -> str:
    return str(message_id if isinstance(message_id, str) else message_id[0])


def _placeholders(texts: str | Sequence[str] | None) -> set[tuple[str, ...]]:
    """The names that are filled in. Of a plural's forms the last has them all."""
    text = texts if isinstance(texts, str) else (texts or [""])[-1]
    return set(PLACEHOLDER.findall(text))


def _templates() -> Iterator[Path]:
    for suffix in ("html", "txt"):
        yield from sorted((settings.BASE_DIR / "templates").rglob(f"*.{suffix}"))


def _asked() -> dict[Message, Place]:
    asked: dict[Message, Place] = {}
    for floor in FLOORS:
        for path in sorted((settings.BASE_DIR / floor).rglob("*.py")):
            for message, line in _in_python(path):
                asked.setdefault(message, Place(path, line))
    for path in _templates():
        for message in _in_template(path):
            asked.setdefault(message, Place(path, 1))
    return asked


def _in_python(path: Path) -> Iterator[tuple[Message, int]]:
    if "migrations" in path.parts:
        return  # they repeat what the models once said
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in CALLS:
            continue
        context_at, id_at = CALLS[name]
        texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if len(texts) > id_at and isinstance(texts[id_at], str) and texts[id_at]:
            context = texts[context_at] if context_at is not None else None
            yield Message(str(context) if context else None, str(texts[id_at])), node.lineno


def _in_template(path: Path) -> Iterator[Message]:
    for name, arguments in TEMPLATE_CALL.findall(templatize(path.read_text(), origin=str(path))):
        texts = [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments, re.DOTALL)]
        context_at, id_at = CALLS[name]
        yield Message(texts[context_at] if context_at is not None else None, texts[id_at])


def _bare_text(path: Path) -> list[tuple[int, str]]:
    """Visible words of a template that stand outside {% translate %}, with their lines."""
    if path.suffix != ".html":
        return []
    html: list[str] = []
    inside = ""
    for token in Lexer(path.read_text()).tokenize():
        word = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if word in {"blocktranslate", "blocktrans", "comment"}:
            inside = f"end{word}"
        lines = token.contents.count("\n")
        keep = token.token_type == TokenType.TEXT and not inside
        html.append(token.contents if keep else "\n" * lines)
        if word == inside:
            inside = ""
    reader = _VisibleWords()
    reader.feed("".join(html))
    return reader.found


class _VisibleWords(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A text with a `lang` of its own, such as a language's own name, is meant in that language.
        if tag in UNSEEN_ELEMENTS or (tag != "html" and any(name == "lang" for name, _ in attrs)):
            self.unseen.append(tag)
        for name, value in attrs:
            if name in SEEN_ATTRIBUTES and value and WORD.search(value):
                self.found.append((self.getpos()[0], value))

    def handle_endtag(self, tag: str) -> None:
        if self.unseen and self.unseen[-1] == tag:
            self.unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self.unseen and WORD.search(data):
            self.found.append((self.getpos()[0], data.strip()))
