"""Signing in and out: by password, by PIN at a shared counter, and again after a session ended while somebody typed."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from staff import audit, pins, resuming, sessions, sign_in_bucket
from staff.drafts import Draft, is_local
from staff.forms import SignInForm, SwitchForm
from staff.models import AuditEntry, User
from staff.stamps import Page

BACKEND_OF_PASSWORDS = "staff.present.PresentBackend"


def checked(request: HttpRequest, username: str, *, password: str = "", pin: str = "") -> User | None:
    """The active user with this name and password or PIN. Eight wrong ones in a row lock the name for this address."""
    at = timezone.now()
    if sign_in_bucket.is_closed_to(request, at):
        request.axes_locked_out = True  # type: ignore[attr-defined]  # answered like a name that is locked
        return None
    given = {"pin": pin} if pin else {"password": password}
    user = authenticate(request, username=username, **given)
    if isinstance(user, User):
        sign_in_bucket.note_success(request, at)
        return user
    if getattr(request, "axes_locked_out", False):
        return None
    sign_in_bucket.note_failure(at)
    if known := User.objects.filter(username=username).first():
        audit.record(AuditEntry.Action.REFUSED, by=None, what=f"sign_in:{known.username}", request=request)
    return None


def enter(request: HttpRequest, user: User, *, by_password: bool, next_path: str, draft: str) -> HttpResponse:
    """Begin a fresh session for `user`, keeping nothing of a former one; go on to what was typed, or to `next_path`."""
    former = request.user.pk if request.user.is_authenticated else None
    logout(request)
    login(request, user, backend=getattr(user, "backend", BACKEND_OF_PASSWORDS))
    sessions.begin(request.session, now=timezone.now())
    audit.record(AuditEntry.Action.SIGNED_IN, by=user, what="" if by_password else "pin", request=request)
    kept = Draft.unsealed(draft)
    if kept and kept.is_for(user.pk) and not user.must_change_password:
        response = resuming.page(request, kept)
    else:
        # Whoever takes over starts with their own day, not with the page that somebody else left open.
        mine = former in (None, user.pk) and is_local(next_path)
        response = redirect(next_path if mine else settings.LOGIN_REDIRECT_URL)
    if by_password:
        pins.trust(request, response, user)
    remember_language(response, user.language)
    return response


def remember_language(response: HttpResponse, language: str) -> None:
    """The sign-in page of this browser will speak it too."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax", httponly=True)


def leave(request: HttpRequest, *, what: str = "") -> None:
    """End the session; the trail keeps why."""
    if isinstance(request.user, User):
        audit.record(AuditEntry.Action.SIGNED_OUT, by=request.user, what=what, request=request)
    logout(request)


def ask_again(
    request: HttpRequest, *, form_of: str = "", next_path: str = "/", former: int | None = None, locked: bool = False
) -> HttpResponse:
    """The sign-in after a session ended, with what was typed into the form of `form_of` kept in the page.

    `former` is whose session ended with this request. 403 when the form was sent, since nothing was saved; 200 when
    the page only locked itself.
    """
    draft = Draft.of(request, form_of, ended=former) if form_of else None
    sealed = draft.sealed() if draft else ""
    told = ""
    if sealed:
        told = _("What you typed is kept. Sign in again to go on.")
    elif not locked:
        told = _("The session had ended, so nothing was saved. Please sign in again.")
    context = {"told": told, "next": next_path, "draft": sealed, "expired": not locked}
    status = 200 if locked else 403
    # Another tab may have ended the session before: whose page this was, its stamp still says.
    page = Page.of(request)
    who = page.user if page else former
    if who and pins.is_shared_counter(request) and (user := User.objects.filter(pk=who, is_active=True).first()):
        return switch_page(request, SwitchForm(user, request=request), who=user, status=status, **context)
    return render(request, "staff/login.html", {"form": SignInForm(), **context}, status=status)


def switch_page(
    request: HttpRequest, form: SwitchForm | None, *, who: User | None, status: int = 200, **context: object
) -> HttpResponse:
    """The tiles of who works here, or once `who` is chosen the question for their PIN or password."""
    people = User.objects.filter(is_active=True).order_by("display_name", "pk").prefetch_related("groups")
    return render(request, "staff/switch.html", {"people": people, "form": form, "who": who, **context}, status=status)


def login_url(next_path: str) -> str:
    return f"{reverse('staff:login')}?next={next_path}"
