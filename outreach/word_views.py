"""The salon's own words: the list of texts, and the page on which one is written and tried on a client."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import visible_clients
from clients.guessing import counted
from clients.models import Client
from clients.opening import note_opening
from outreach.fields import FIELDS
from outreach.models import Kind, MessageTemplate, Way
from outreach.previewing import preview
from outreach.word_forms import NewWordsForm, WordsForm
from outreach.words import LONGEST, plain
from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.links import address
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page
from visits.draft import readable

UNPROCESSABLE = 422
CLIENTS_SHOWN = 8
SHOWN = ("id", "name", "honorific", "phone", "status", "gender", "language")
ORDER = {way: place for place, way in enumerate(Way)}


@require_safe
@staff_page(Can.WRITE_WORDS)
def words(request: StaffRequest) -> HttpResponse:
    """Every text in one language, by kind; and what has none yet."""
    asked = request.GET.get("language", "")
    language = asked if asked in User.Language.values else User.Language.CHINESE.value
    texts = MessageTemplate.objects.filter(language=language)
    kinds = []
    for kind in Kind:
        of_kind = sorted((one for one in texts if one.kind == kind), key=lambda one: ORDER[Way(one.way)])
        missing = [way for way in Way if way not in {one.way for one in of_kind}]
        kinds.append({"kind": kind, "texts": of_kind, "missing": missing})
    context = {"kinds": kinds, "language": language, "languages": User.Language.choices}
    return render(request, "outreach/words.html", context)


@resumable(gettext_lazy("New text"), WordsForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.WRITE_WORDS)
def new(request: StaffRequest) -> HttpResponse:
    """A text for a kind, way and language that has none; which, stands in the address, else back to the list."""
    asked = NewWordsForm(request.GET)
    if not asked.is_valid():
        return redirect("outreach:words")
    known = MessageTemplate.objects.filter(**asked.cleaned_data).first()
    if known is not None and request.method != "POST":
        return redirect("outreach:words_edit", known.pk)
    return _write(request, known or MessageTemplate(**asked.cleaned_data))


@resumable(gettext_lazy("Texts"), WordsForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.WRITE_WORDS)
def edit(request: StaffRequest, words_pk: int) -> HttpResponse:
    """One text, with how it reads beside it. POST with do=preview only shows, and saves nothing."""
    template = MessageTemplate.objects.filter(pk=words_pk).first() if 0 < words_pk <= LARGEST_ID else None
    if template is None:
        raise Http404
    return _write(request, template)


def _write(request: StaffRequest, template: MessageTemplate) -> HttpResponse:
    is_trial = request.POST.get("do") == "preview"
    form = WordsForm(request.POST or None, instance=template)
    if form.is_valid() and not is_trial:
        try:
            with transaction.atomic():
                saved = form.save()
        except IntegrityError:  # written by somebody else at this very moment
            return redirect("outreach:words")
        messages.success(request, _("Saved: %(text)s") % {"text": saved})
        return redirect(f"{address('outreach:words')}?language={saved.language}#{saved.kind}")
    context = _shown(request, template) | {"form": form, "template": template, "fields": FIELDS}
    if is_trial and request.htmx:
        return render(request, "outreach/_preview.html", context)
    wrong = form.is_bound and not is_trial
    return render(request, "outreach/words_edit.html", context, status=UNPROCESSABLE if wrong else 200)


def _shown(request: StaffRequest, template: MessageTemplate) -> dict[str, object]:
    """How what is typed reads, right or wrong, for the client that was looked up; and whom else that may mean."""
    if request.method == "POST":
        template.text = plain(readable(request.POST.get("text", ""), LONGEST))
        template.subject = plain(readable(request.POST.get("subject", ""), 100))
    typed, chosen = readable(request.POST.get("who", "")).strip(), request.POST.get("client", "")
    found = _found(request.user, typed)
    client = next((one for one in found if str(one.pk) == chosen), found[0] if found else None)
    if client is not None:
        note_opening(request, client.pk)
    shown = preview(template, request.user, timezone.localdate(), client)
    return {"shown": shown, "found": found if len(found) > 1 else [], "who": typed, "nobody": typed and not found}


def _found(user: User, text: str) -> list[Client]:
    if not text:
        return []
    rows = visible_clients(user).matching(text).only(*SHOWN).order_by("-touched_at", "-pk")[:CLIENTS_SHOWN]
    return list(counted(user, text, lambda: list(rows)))
