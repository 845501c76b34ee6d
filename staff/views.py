"""Pages of everybody who works here: signing in and out, switching, one's own account, the first day."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from staff import audit, pins, resuming, signing_in, stepping_up
from staff.drafts import Draft, is_local
from staff.form_names import resumable
from staff.forms import (
    PIN_REFUSED,
    REFUSED,
    PasswordChangeForm,
    PinForm,
    ProfileForm,
    SetupForm,
    SignInForm,
    SwitchForm,
)
from staff.ids import read_id
from staff.models import AuditEntry, User
from staff.roles import Can, StaffRequest, staff_page
from staff.setting_up import AlreadySetUp, set_up


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. Wrong name, wrong password and a locked name get the same words."""
    next_path = request.POST.get("next", request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(next_path if is_local(next_path) else settings.LOGIN_REDIRECT_URL)
        return with_language(request, _login_page(request, SignInForm(), next_path))
    form = SignInForm(request.POST)
    draft = request.POST.get("draft", "")
    if form.is_valid():
        user = signing_in.checked(request, form.cleaned_data["username"], password=form.cleaned_data["password"])
        if user:
            return signing_in.enter(request, user, by_password=True, next_path=next_path, draft=draft)
        form.add_error(None, REFUSED)
    return _login_page(request, form, next_path, draft=draft)


def _login_page(request: HttpRequest, form: SignInForm, next_path: str, draft: str = "") -> HttpResponse:
    why = {
        "expired": _("The session had ended, so nothing was saved. Please sign in again."),
        "idle": _("Nobody was here for a while, so the page was locked."),
    }
    told = why.get(request.GET.get("why", ""), "")
    return render(request, "staff/login.html", {"form": form, "next": next_path, "draft": draft, "told": told})


def with_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember the language that a stranger chose on the sign-in page."""
    chosen = request.GET.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return response
    shown = redirect(request.path)
    signing_in.remember_language(shown, chosen)
    return shown


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, str] | None = None
) -> HttpResponse:
    """What axes answers while a name is locked: the page that the wrong password got, with status 429."""
    User().set_password("as long as a real check would take")
    if response is None:
        form = SignInForm(request.POST)
        form.add_error(None, REFUSED)
        response = _login_page(request, form, "")
    response.status_code = 429
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    signing_in.leave(request)
    return redirect("staff:login")


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """End the session of a page that was left; what stood in its form (`?to=` its address) is kept, sealed."""
    former = request.user.pk if request.user.is_authenticated else getattr(request, "former_user", None)
    signing_in.leave(request, what="hand" if request.POST.get("lock_by") == "hand" else "idle")
    next_path = request.POST.get("lock_next", "/")
    return signing_in.ask_again(
        request,
        form_of=request.GET.get("to", ""),
        next_path=next_path if is_local(next_path) else "/",
        former=former,
        locked=True,
    )


@require_GET
def seen(request: HttpRequest) -> HttpResponse:
    """A page says that somebody is typing. 401 once the session has ended."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Another person takes over: a tile, then a PIN or the password. Only where somebody gave a password lately."""
    posted = request.method == "POST"
    given = request.POST if posted else request.GET
    next_path = given.get("next", "/")
    if not request.user.is_authenticated and not pins.is_shared_counter(request):
        return redirect(signing_in.login_url(next_path if is_local(next_path) else "/"))
    who = _person(given.get("who", ""))
    draft = given.get("draft", "") if posted else ""
    context: dict[str, Any] = {"next": next_path, "draft": draft}
    if who is None or not posted or "password" not in given:
        return signing_in.switch_page(request, SwitchForm(who, request=request) if who else None, who=who, **context)
    form = SwitchForm(who, given, request=request)
    if form.is_valid():
        word = {"pin" if form.is_pin else "password": form.cleaned_data["password"]}
        user = signing_in.checked(request, who.username, **word)
        if user:
            return signing_in.enter(request, user, by_password=not form.is_pin, next_path=next_path, draft=draft)
        form.add_error("password", PIN_REFUSED if form.by_pin else REFUSED)
    return signing_in.switch_page(request, form, who=who, **context)


def _person(text: str) -> User | None:
    return User.objects.filter(pk=read_id(text) or 0, is_active=True).first()


@resumable(gettext_lazy("My account"), ProfileForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page()
def me(request: StaffRequest) -> HttpResponse:
    """One's own account: the name shown and the language."""
    profile = ProfileForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and profile.is_valid():
        user = profile.save()
        messages.success(request, _("Saved."))
        response = redirect("staff:me")
        signing_in.remember_language(response, user.language)
        return response
    return _my_page(request, profile=profile)


@sensitive_post_parameters()
@require_POST
@staff_page()
def change_password(request: StaffRequest) -> HttpResponse:
    """A new password. Ends all other sessions of this user; this one goes on."""
    form = PasswordChangeForm(request.user, request.POST)
    if not _is_own_password(request, form, "old_password"):
        return _my_page(request, password=form)
    user = form.save()
    update_session_auth_hash(request, user)
    audit.record(AuditEntry.Action.CHANGED, by=user, what="own_password", request=request)
    messages.success(request, _("Your password is changed. Other devices are signed out."))
    response = redirect("staff:me")
    pins.trust(request, response, user)
    return response


@sensitive_post_parameters()
@require_POST
@staff_page()
def set_pin(request: StaffRequest) -> HttpResponse:
    """Set or take away the PIN for quick switching."""
    form = PinForm(request.user, request.POST)
    if not _is_own_password(request, form, "password"):
        return _my_page(request, pin=form)
    pins.set_pin(request.user, form.cleaned_data["pin"])
    what = "own_pin" if form.cleaned_data["pin"] else "no_own_pin"
    audit.record(AuditEntry.Action.CHANGED, by=request.user, what=what, request=request)
    messages.success(request, _("The PIN is set.") if form.cleaned_data["pin"] else _("The PIN is taken away."))
    return redirect("staff:me")


def _is_own_password(request: StaffRequest, form: BaseForm, field: str) -> bool:
    """Whether `form` is in order and its password is this user's. Wrong ones count towards the lock of signing in."""
    if request.method != "POST":
        return False
    known = signing_in.checked(request, request.user.username, password=request.POST.get(field, "")[:200])
    if form.is_valid() and known is None:
        form.add_error(field, REFUSED)
    return form.is_valid()


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.MANAGE_STAFF)
def step_up(request: StaffRequest) -> HttpResponse:
    """The password once more and a reason, then on to what was wanted. Wrong ones count towards the lock."""
    given = request.POST if request.method == "POST" else request.GET
    what, next_path = given.get("for", stepping_up.SETTINGS), given.get("next", "/")
    if not stepping_up.may_ask(request.user, what):
        raise PermissionDenied
    form, draft = stepping_up.StepUpForm(request.POST or None), request.POST.get("draft", "")
    if not _is_own_password(request, form, "password"):
        return stepping_up.page(request, form, what, next_path=next_path, draft=draft)
    stepping_up.grant(request, request.user, what, form.cleaned_data["reason"])
    if (kept := Draft.unsealed(draft)) and kept.is_for(request.user.pk):
        return resuming.page(request, kept)
    return redirect(next_path if is_local(next_path) else "/")


def _my_page(
    request: StaffRequest,
    *,
    profile: ProfileForm | None = None,
    password: PasswordChangeForm | None = None,
    pin: PinForm | None = None,
) -> HttpResponse:
    context = {
        "profile": profile or ProfileForm(instance=User.objects.get(pk=request.user.pk)),
        "password": password or PasswordChangeForm(request.user),
        "pin": pin or PinForm(request.user),
    }
    return render(request, "staff/me.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The very first page. Gone as soon as somebody works here."""
    if User.objects.exists():
        return redirect("staff:login")
    form = SetupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            owner = set_up(form.cleaned_data)
        except AlreadySetUp:
            messages.error(request, _("Somebody else has just set this salon up. Please sign in."))
            return redirect("staff:login")
        return signing_in.enter(request, owner, by_password=True, next_path="/", draft="")
    return with_language(request, render(request, "staff/setup.html", {"form": form}))
