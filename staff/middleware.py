"""What holds for every page: who is there and for how long, in which language and time zone, and readable text."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode

from staff import audit, resuming, sessions, stamps
from staff.clock import zone
from staff.encryption import unreadable_shown
from staff.models import AuditEntry, Salon, User
from staff.present import salon_for
from staff.signing_in import ask_again

# Pages on the way in or out, which lead to the sign-in by themselves.
DOORS = ("staff:login", "staff:logout", "staff:lock", "staff:switch", "staff:setup")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# Where somebody goes who must first choose a password of their own.
PASSWORD_PAGES = ("staff:me", "staff:password", "staff:logout", "staff:lock", "staff:seen")


class SalonRequest(HttpRequest):
    """A request on its way through the house."""

    salon: Salon
    idle_seconds: int
    former_user: int | None


class StaffMiddleware:
    """Ends sessions in time, speaks the user's language, and tells the database who is acting."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SalonRequest) -> HttpResponse:
        if is_unreadable(request):
            return refuse_unreadable(request)
        request.salon = salon_for(request.user)
        idle = timedelta(minutes=request.salon.idle_minutes)
        request.idle_seconds = int(idle.total_seconds())
        request.former_user = None
        end_or_touch_session(request, idle)
        user = request.user
        with translation.override(language_of(request)), timezone.override(zone(request.salon.time_zone)):
            if not user.is_authenticated and request.path != reverse("staff:setup") and not User.objects.exists():
                return redirect("staff:setup")
            with acting(request), unreadable_shown():
                response = self.answer_to_strangers(request, self.get_response(request))
            patch_cache_control(response, private=True, no_store=True)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """A form must be readable, or it is shown again; whoever got a password of another person chooses their own."""
        if is_form_unreadable(request):
            return resuming.unreadable(request) or refuse_unreadable(request)
        must = isinstance(request.user, User) and request.user.must_change_password
        match = request.resolver_match
        if must and match and match.view_name not in PASSWORD_PAGES:
            return redirect("staff:me")
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A page that refuses is not the page that stands at its address."""
        stamps.refuse(request)

    def answer_to_strangers(self, request: SalonRequest, response: HttpResponse) -> HttpResponse:
        """Instead of a bare redirect to the sign-in: the whole page for htmx, and nothing typed lost by a form."""
        doors = (reverse("staff:login"), reverse("admin:login"))
        to_login = response.status_code == 302 and urlsplit(response["Location"]).path in doors
        at_a_door = request.resolver_match is not None and request.resolver_match.view_name in DOORS
        if not to_login or at_a_door or request.user.is_authenticated:
            return response
        if request.headers.get("HX-Request"):
            query = urlencode({"next": page_shown(request), "why": "expired"})
            return HttpResponse(status=204, headers={"HX-Redirect": f"{reverse('staff:login')}?{query}"})
        if request.method not in SAFE_METHODS:
            return ask_again(request, form_of=request.get_full_path(), former=request.former_user)
        if request.former_user:
            response["Location"] += "&why=idle"
        return response


def page_shown(request: HttpRequest) -> str:
    """The page from which htmx asks, without its host; "/" when the header makes no sense."""
    try:
        shown = urlsplit(request.headers.get("HX-Current-URL", "/"))
    except ValueError:
        return "/"
    return shown.path + (f"?{shown.query}" if shown.query else "")


def end_or_touch_session(request: SalonRequest, idle: timedelta) -> None:
    """Sign out whoever was away too long; note the others as present."""
    user = request.user
    if not user.is_authenticated:
        return
    now = timezone.now()
    if sessions.is_over(request.session, idle=idle, now=now):
        request.former_user = user.pk
        audit.record(AuditEntry.Action.SIGNED_OUT, by=user, what="idle", request=request)
        logout(request)
    else:
        sessions.touch(request.session, idle=idle, now=now)


def is_unreadable(request: HttpRequest) -> bool:
    """Whether the address or a cookie holds NUL bytes or broken UTF-8, which no field of ours can keep."""
    address = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
    try:
        return _has_unreadable(address.decode(), *request.COOKIES.values())
    except UnicodeDecodeError:
        return True


def is_form_unreadable(request: HttpRequest) -> bool:
    """Whether what was sent holds such signs."""
    if request.method in SAFE_METHODS:
        return False
    return any(_has_unreadable(name, *map(str, values)) for name, values in request.POST.lists())


def _has_unreadable(*texts: str) -> bool:
    # Django reads broken UTF-8 in a form as U+FFFD, the sign for "unreadable".
    return any("\0" in text or "\ufffd" in text for text in texts)


def refuse_unreadable(request: HttpRequest) -> HttpResponse:
    """The bare page that says so."""
    return render(request, "400.html", {"unreadable": True}, status=400)


def language_of(request: HttpRequest) -> str:
    """The user's language; for strangers the one last used on this browser, else the house's."""
    user = request.user
    chosen = user.language if isinstance(user, User) else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def acting(request: HttpRequest) -> Any:
    """Around requests that may change something, the database knows whose changes they are."""
    if request.method in SAFE_METHODS:
        return nullcontext()
    user = request.user if isinstance(request.user, User) else None
    return audit.acting(user, address=request.META.get("REMOTE_ADDR") or "")
