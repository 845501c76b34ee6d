"""What is said to a client: the salon's own texts with the fields filled in, and what a text must be like.

A field is filled in by looking its name up in one list, never by Python's own formatting, so a text can reach nothing
else. A line of which a field has no value is left out: nobody reads "Dear , your voucher  is valid until".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from outreach.facts import Facts
from outreach.fields import FIELDS, NAMES, values
from outreach.models import ContactTask, MessageTemplate, Way
from staff.models import User

__all__ = ["FIELDS", "LONGEST", "Said", "check", "filled", "plain", "render", "say", "templates_for"]

LONGEST = 1000
SHOWN_AT_MOST = 5
FIELD = re.compile(r"\{([^{}\n]*)\}")
BRACE = re.compile(r"[{}]")
NAMED_LONGEST = 30
SOMETIMES = frozenset({"belated"})  # mostly has nothing to say, and nobody misses it
# A telephone and an SMS have no lines; the parts of an SMS follow each other.
JOINED = {Way.SMS: {User.Language.ENGLISH: " ", User.Language.CHINESE: ""}}


@dataclass(frozen=True)
class Said:
    """A text as it goes to one client. `missing` are the fields for whose sake a line was left out."""

    text: str
    subject: str = ""
    missing: list[str] = field(default_factory=list)
    provider_code: str = ""
    values: dict[str, str] = field(default_factory=dict)
    language: str = User.Language.CHINESE


def plain(text: str) -> str:
    """The text as it is kept: one kind of line end, braces of a Chinese keyboard made plain, no space inside them."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("｛", "{").replace("｝", "}").strip()
    return FIELD.sub(lambda found: f"{{{found[1].strip()}}}", kept)


def check(text: str) -> None:
    """Raises ValidationError for a text that cannot be filled in, naming the fields that nobody knows."""
    unknown = list(dict.fromkeys(name for name in FIELD.findall(text) if name not in NAMES))
    if unknown:
        raise ValidationError([_unknown(name) for name in unknown[:SHOWN_AT_MOST]], code="unknown_field")
    if BRACE.search(FIELD.sub("", text)):
        raise ValidationError(
            _("There is a single { or }. A field is written like {honorific}, with one brace on each side."),
            code="brace",
        )


def _unknown(name: str) -> ValidationError:
    words = {"field": "{" + name[:NAMED_LONGEST] + ("…" if len(name) > NAMED_LONGEST else "") + "}"}
    near = get_close_matches(name[:NAMED_LONGEST].lower(), NAMES, n=1)
    if near:
        words["near"] = "{" + near[0] + "}"
        return ValidationError(_("There is no field %(field)s. Is %(near)s meant?") % words, code="unknown_field")
    return ValidationError(_("There is no field %(field)s.") % words, code="unknown_field")


def say(task: ContactTask, way: str, *, today: date, by: User | None = None, facts: Facts | None = None) -> Said | None:
    """What is said about `task` in this way, in the client's language when there is a text in it; None without a text.

    `by` is who says it, or to whom it is said in WeCom: what she may not see is left out; None is the program. At most
    four queries, with the task's client loaded and the rights of `by` asked.
    """
    colleague = task.assigned_to if way == Way.WECOM else None
    found = templates_for(task.kind, [way], (colleague or task.client).language)
    return render(found[way], facts or Facts(task, today, by or colleague)) if way in found else None


def templates_for(
    kind: str, ways: Iterable[str], language: str, *, besides: Q | None = None
) -> dict[str, MessageTemplate]:
    """The texts in use for this kind by way, each in `language` if there is one, else in the other. One query."""
    texts = MessageTemplate.objects.filter(kind=kind, is_active=True, way__in=list(ways))
    if besides is not None:
        texts = texts.exclude(besides)
    # The one in the client's language comes last and stays.
    return {text.way: text for text in sorted(texts, key=lambda text: text.language == language)}


def render(template: MessageTemplate, facts: Facts) -> Said | None:
    """The template filled in; None when no line is left of it. Raises nothing for a text that was never checked."""
    return filled(template, values(fields_in(template), facts, template.language, template.way))


def fields_in(template: MessageTemplate) -> set[str]:
    """The names of the fields in subject and text."""
    return set(FIELD.findall(template.text)) | set(FIELD.findall(template.subject))


def filled(template: MessageTemplate, known: dict[str, str]) -> Said | None:
    """The template with these values; None when no line is left of it."""
    used = fields_in(template)
    lines = [_filled(line, known) for line in template.text.splitlines()]
    glue = JOINED.get(Way(template.way), {}).get(User.Language(template.language), "\n")
    # How to refuse is never left out for the sake of another field in its line.
    refusing = known.get("opt_out", "") if "opt_out" in used else ""
    if refusing and not any(refusing in line for line in lines if line):
        lines.append(refusing)
    text = re.sub(r"\n{3,}", "\n\n", glue.join(line for line in lines if line is not None)).strip()
    if text in ("", refusing):
        return None
    missing = [name for name in NAMES if name in used and name not in known and name not in SOMETIMES]
    said = {name: value for name, value in known.items() if name in used}
    subject = _filled(template.subject, known) or ""
    return Said(text, subject[:100], missing, template.provider_code, said, template.language)


def _filled(line: str, known: dict[str, str]) -> str | None:
    """The line with its fields filled in; None when one of them has no value."""
    if any(name not in known for name in FIELD.findall(line)):
        return None
    return FIELD.sub(lambda found: known[found[1]], line)
