"""The filters of the client list: the file's own and, from the floors between, tier, segment and last visit."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import QueryDict
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.consultants import consultants
from clients.filters import ANY, ClientFilterForm
from clients.models import ClientQuerySet, Tag
from loyalty.models import Tier
from loyalty.months import months_before
from loyalty.segments import Segment
from staff.compiled import Compiled
from staff.languages import in_language
from staff.roles import Can

SINCE = {"7d": 7, "30d": 30, "90d": 90}
BEFORE = {"2m": 2, "6m": 6, "12m": 12}
NEVER = "never"
# Their options are the same for everybody, so they are put into words once a language.
SAME_FOR_ALL = ("segment", "last_visit", "birthday_month", "allergy", "consent")
# Their options are rows of the database, asked for only where they are shown.
ROWS = ("tier", "tag", "consultant")
Choices = tuple[tuple[str, Any], ...]  # value and label, or the name of a group and its choices
RowsToChoose = tuple[Choices, ...]  # in the order of ROWS
NO_SEGMENT = "none"
SEGMENTS = [("", ANY), *Segment.choices, (NO_SEGMENT, pgettext_lazy("segment", "none"))]
LAST_VISIT = [
    ("", ANY),
    ("7d", _("within 7 days")),
    ("30d", _("within 30 days")),
    ("90d", _("within 90 days")),
    ("2m", _("2 months ago or longer")),
    ("6m", _("6 months ago or longer")),
    ("12m", _("12 months ago or longer")),
    (NEVER, _("never came")),
]


class ListForm(ClientFilterForm):
    """All filters of the client list, each optional."""

    tier = forms.ModelChoiceField(Tier.objects.order_by("position"), required=False, label=_("Tier"), empty_label=ANY)
    segment = forms.ChoiceField(required=False, label=_("Segment"), choices=SEGMENTS)
    last_visit = forms.ChoiceField(required=False, label=_("Last visit"), choices=LAST_VISIT)
    field_order = (
        "tier",
        "segment",
        "last_visit",
        "tag",
        "consultant",
        "birthday_month",
        "allergy",
        "consent",
        "missing",
    )

    def __init__(self, *args: Any, rights: frozenset[Can], **kwargs: Any) -> None:
        super().__init__(*args, rights=rights, **kwargs)
        if Can.SEE_POINTS not in rights:
            del self.fields["tier"], self.fields["segment"]
        self.rights = rights

    def narrow(self, clients: ClientQuerySet, today: date) -> ClientQuerySet:
        """`clients` by every filter that is filled in; a senseless one is shown as an error and narrows nothing."""
        clients = super().narrow(clients, today)
        if tier := self.cleaned_data.get("tier"):
            clients = clients.filter(account__tier=tier)
        if segment := self.cleaned_data.get("segment"):
            clients = clients.filter(account__segment="" if segment == NO_SEGMENT else segment)
        if chosen := self.cleaned_data.get("last_visit"):
            clients = clients.filter(_last_visit(chosen, today))
        return clients

    def options(self, name: str, rows: RowsToChoose) -> Choices:
        """What there is to choose in the field `name`, in the words of the page."""
        if name in SAME_FOR_ALL:
            return _in_words(name, get_language())
        if name in ROWS:
            return rows[ROWS.index(name)]
        return in_words(self.fields[name].choices)  # type: ignore[attr-defined]  # a choice field's

    def rows(self) -> RowsToChoose:
        """The tiers, tags and consultants there are now, each list with "any" in front. One query."""
        options: dict[str, list[tuple[str, str]]] = {name: [("", str(ANY))] for name in ROWS}
        for field, pk, name, name_en, *_order in _choosable(self.rights).ask({}):
            options[field].append((str(pk), in_language(name, name_en)))
        return tuple(tuple(choices) for choices in options.values())

    @property
    def narrowing(self) -> int:
        """How many filters are filled in."""
        return sum(1 for chosen in self.cleaned_data.values() if chosen)

    @property
    def is_narrowing(self) -> bool:
        """Whether any filter is filled in."""
        return any(self.cleaned_data.values()) or bool(self.errors)


def list_form(asked: QueryDict, rights: frozenset[Can]) -> ListForm:
    """The form of what the address asks for. Where it asks for nothing, one serves all who have the same rights."""
    if any(asked.get(name) for name in ListForm.base_fields):
        return ListForm(asked, rights=rights)
    return _blank(rights)


@lru_cache(maxsize=32)
def _blank(rights: frozenset[Can]) -> ListForm:
    form = ListForm({}, rights=rights)
    form.full_clean()
    return form


def in_words(choices: Iterable[tuple[Any, Any]]) -> Choices:
    """The choices in the words of the current language."""
    return tuple(
        (str(value), in_words(label) if isinstance(label, list | tuple) else str(label)) for value, label in choices
    )


@lru_cache(maxsize=32)
def _in_words(name: str, _language: str | None) -> Choices:
    return in_words(ListForm.base_fields[name].choices)  # type: ignore[attr-defined]  # a choice field's


@lru_cache(maxsize=32)
def _choosable(rights: frozenset[Can]) -> Compiled:
    """The question behind `ListForm.rows`: field, id, name, English name; each field's in its order."""
    name = Coalesce(NullIf("display_name", Value("")), "username")
    no_order = {"text_en": Value(""), "place": Value(0), "bundle": Value("")}
    choosable: dict[str, QuerySet[Any, Any]] = {
        "tier": Tier.objects.annotate(
            **no_order | {"text": F("name"), "text_en": F("name_en"), "place": F("position")}
        ),
        "tag": Tag.objects.filter(is_active=True)
        .seen_with(rights)
        .annotate(**no_order | {"text": F("name"), "bundle": F("group")}),
        "consultant": consultants().annotate(**no_order | {"text": name}),
    }
    first, *others = (
        rows.annotate(field=Value(field)).order_by().values_list("field", "pk", "text", "text_en", "place", "bundle")
        for field, rows in choosable.items()
    )
    return Compiled(first.union(*others, all=True).order_by("place", "bundle", "text"))


def _last_visit(chosen: str, today: date) -> Q:
    if chosen == NEVER:
        return Q(account__last_visit_on=None)
    if chosen in SINCE:
        return Q(account__last_visit_on__gte=today - timedelta(days=SINCE[chosen]))
    return Q(account__last_visit_on__lte=months_before(today, BEFORE[chosen]))
