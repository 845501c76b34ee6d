"""Keeping an unfinished checkout: who may write over whom, who signed for an allergy, and whom its names let in."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from clients.models import Attendance
from staff.models import User
from visits.draft import Content
from visits.models import Draft, Visit, VisitLine
from visits.recording import attend

TRIES = 5  # how often a save is repeated that met another one at the same moment


class Stale(Exception):
    """Somebody else saved other content since this window read it. `saved` is the draft as it stands."""

    def __init__(self, saved: Draft) -> None:
        super().__init__(str(saved.pk))
        self.saved = saved


@dataclass(frozen=True, slots=True)
class Window:
    """The window that sends: a name of its own, and the version of the draft that it was opened with."""

    name: str = ""
    version: str = ""

    def is_behind(self, draft: Draft) -> bool:
        """Whether others saved since. What this very window saved last is no news to it; no version claims nothing."""
        return bool(self.version) and self.version != version(draft) and draft.content.get("window") != self.name


def version(draft: Draft) -> str:
    """What tells one saved state of a draft from the next."""
    return draft.updated_at.isoformat()


def keep(draft: Draft, content: Content, window: Window, *, by: User, at: datetime, over: bool = False) -> bool:
    """Save `content` in the draft, unless others saved something else meanwhile: then Stale, and nothing is written.

    `over` writes over theirs, knowingly. The same content twice is no conflict. A draft that is gone stays gone:
    then False.
    """
    kept: Draft | None = draft
    for _try in range(TRIES):
        if kept is None:
            break
        behind = window.is_behind(kept) and not over
        if behind and Content.from_json(kept.content) != content:
            raise Stale(kept)
        new = _as_kept(content, kept, window, by, at)
        rows = Draft.objects.filter(pk=kept.pk, updated_at=kept.updated_at)  # as it was read, or not at all
        if behind or rows.update(content=new, updated_at=at, by=by):
            _attended(kept, content, timezone.localdate(at))
            break
        kept = Draft.objects.filter(pk=draft.pk).first()
    draft.content = _as_kept(content, kept or draft, window, by, at)
    return kept is not None


def discard(draft: Draft, content: Content, window: Window) -> bool:
    """Delete the draft; who found its client only by it finds her no more. Raises Stale like `keep`.

    False when it was gone already: another window completed or discarded it at the same moment.
    """
    if window.is_behind(draft) and Content.from_json(draft.content) != content:
        raise Stale(draft)
    with transaction.atomic():
        gone, _by_model = Draft.objects.filter(pk=draft.pk).delete()
        if gone and draft.client_id:
            take_back(draft.client_id, named_in(Content.from_json(draft.content)), besides=draft.pk)
    return bool(gone)


def hand_to(draft: Draft, client: int | None, at: datetime) -> None:
    """Give an unfinished checkout another client; its lines stay, and whom they name goes along.

    Vouchers, entitlements and points stay with the client whose they are.
    """
    content = Content.from_json(draft.content)
    named = named_in(content)
    if draft.client_id != client:
        draft.content |= content.without_benefits().as_json()
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(client=client, content=draft.content, updated_at=at)
        if draft.client_id and draft.client_id != client:
            take_back(draft.client_id, named, besides=draft.pk)
        if client:
            attend(client, named, timezone.localdate(at))


def signers(draft: Draft) -> dict[str, tuple[int, datetime]]:
    """Who ticked each acknowledgement and when, by its mark."""
    signed: dict[str, list[Any]] = draft.content.get("signed", {})
    return {mark: (user, datetime.fromisoformat(at)) for mark, (user, at) in signed.items()}


def named_in(content: Content) -> set[int]:
    """The ids of those whom the lines name as beauticians."""
    return {line.beautician_id for line in content.lines if line.beautician_id}


def take_back(client: int, users: Iterable[int], *, besides: uuid.UUID | None = None) -> None:
    """Attendance of these users goes, where no completed visit and no draft other than `besides` supports it.

    Where one does, it is dated as that says. Of a void visit nothing is left.
    """
    wanted = set(users)
    if not wanted:
        return
    done = Visit.objects.completed().filter(client=client)
    lines = VisitLine.objects.filter(visit__in=done, beautician__in=wanted).order_by()
    last: dict[int | None, date] = dict(lines.values_list("beautician").annotate(Max("visit__day")))
    drafts = Draft.objects.filter(client=client)
    for other in drafts.exclude(pk=besides) if besides else drafts:
        day = timezone.localdate(other.updated_at)
        for pk in named_in(Content.from_json(other.content)) & wanted:
            last[pk] = max(last.get(pk, day), day)
    marks = Attendance.objects.filter(client=client, user__in=wanted)
    marks.exclude(user__in=list(last)).delete()
    for user, day in last.items():
        marks.filter(user=user, last_on__gt=day).update(last_on=day)


def _as_kept(content: Content, before: Draft, window: Window, by: User, at: datetime) -> dict[str, Any]:
    """For `Draft.content`: as typed, by which window, and beside each acknowledgement who ticked it first and when."""
    signed = before.content.get("signed", {})
    new = {mark: signed.get(mark, [by.pk, at.isoformat()]) for mark in sorted(content.acknowledged)}
    return content.as_json() | {"window": window.name, "signed": new}


def _attended(before: Draft, content: Content, today: date) -> None:
    """Let the beauticians named now find the client while they treat her; who was named by mistake no longer does."""
    if before.client_id:
        named = named_in(content)
        attend(before.client_id, named, today)
        take_back(before.client_id, named_in(Content.from_json(before.content)) - named, besides=before.pk)
