"""The password once more, and a reason, before what the matrix marks ⟳. Each time it holds for five minutes.

Two things are behind it: the salon's accounts and settings, and the care file and phone of one client.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from staff import audit
from staff.drafts import Draft
from staff.ids import read_id
from staff.models import AuditEntry, User
from staff.reasons import ReasonField
from staff.roles import Can

KEPT = "step_up"
HOLDS = timedelta(minutes=5)
SETTINGS = "settings"
CLIENT = "client:"
# The pages of one client's file, their `pk` the client's: upper floors are named here but never imported.
OF_A_CLIENT = frozenset({"frontdesk:client_file", "clients:reveal_phone"})
SETTINGS_PAGES = (
    "admin:staff_user_changelist",
    "admin:staff_salon_changelist",
    "admin:outreach_channelsetting_changelist",
)


class StepUpForm(forms.Form):
    """The password of who is signed in, and why."""

    reason = ReasonField(label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True}))
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def reason_for(session: SessionBase, what: str) -> str:
    """Why `what` was opened, within the last five minutes; "" when it is not open."""
    at, reason = session.get(KEPT, {}).get(what, (0, ""))
    return str(reason) if timezone.now().timestamp() - at < HOLDS.total_seconds() else ""


def may_ask(user: User, what: str) -> bool:
    """Whether `what` is something that this person opens by giving the password again."""
    if what == SETTINGS:
        return user.can(Can.MANAGE_STAFF)
    return what.startswith(CLIENT) and read_id(what.removeprefix(CLIENT)) is not None and user.steps_up


def grant(request: HttpRequest, user: User, what: str, reason: str) -> None:
    """Open `what` for five minutes. The trail says who opened it and why."""
    kept = {one: given for one, given in request.session.get(KEPT, {}).items() if reason_for(request.session, one)}
    request.session[KEPT] = kept | {what: [timezone.now().timestamp(), reason]}
    client = int(what.removeprefix(CLIENT)) if what.startswith(CLIENT) else None
    told = "step_up" if client else "step_up_settings"
    audit.record(AuditEntry.Action.VIEWED, by=user, client=client, what=told, reason=reason, request=request)


def ask(request: HttpRequest, what: str) -> HttpResponse:
    """The page that asks, instead of the one that was wanted. What was sent is kept and can be sent afterwards."""
    if request.method in {"GET", "HEAD"}:
        query = urlencode({"for": what, "next": request.get_full_path()})
        return redirect(f"{reverse('staff:step_up')}?{query}")
    draft = Draft.of(request, request.get_full_path())
    return page(request, StepUpForm(), what, next_path=request.path, draft=draft.sealed() if draft else "", status=403)


def page(
    request: HttpRequest, form: StepUpForm, what: str, *, next_path: str, draft: str = "", status: int = 200
) -> HttpResponse:
    """The question for password and reason."""
    context = {"form": form, "what": what, "is_settings": what == SETTINGS, "next": next_path, "draft": draft}
    return render(request, "staff/step_up.html", context, status=status)


class StepUpMiddleware:
    """Stands before the pages of accounts and settings, and widens the rights on the file that was opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Ask first where settings are entered; lift what is withheld on a file that was opened just now."""
        user, match = request.user, request.resolver_match
        if not user.is_authenticated or match is None:
            return None
        if match.app_name == "admin":
            wanted = request.path.startswith(tuple(reverse(name) for name in SETTINGS_PAGES))
            if wanted and user.can(Can.MANAGE_STAFF) and not reason_for(request.session, SETTINGS):
                return ask(request, SETTINGS)
        elif (
            match.view_name in OF_A_CLIENT and user.steps_up and reason_for(request.session, f"{CLIENT}{kwargs['pk']}")
        ):
            user.rights = user.rights | user.withheld
        return None
