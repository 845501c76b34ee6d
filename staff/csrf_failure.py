"""A form whose token is not the present one: somebody signed in anew in another tab, or another house sent it."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render
from django.urls import Resolver404, resolve

from staff import resuming, stamps, views
from staff.drafts import Draft
from staff.signing_in import ask_again

# Pages on the way in: what is typed there is the password, which is not kept.
DOORS = frozenset({"staff:login", "staff:logout", "staff:switch", "staff:setup"})


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403. A form of our own pages keeps what was typed, to be sent by whoever is signed in now; others get nothing."""
    stamps.refuse(request)
    name = _view_name(request)
    if not _is_ours(request, reason) or name in DOORS:
        return render(request, "403_csrf.html", status=403)
    if name == "staff:lock":
        return views.lock(request)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={resuming.SEND_WHOLE: "1"})
    if not request.user.is_authenticated:
        return ask_again(request, form_of=request.get_full_path(), former=getattr(request, "former_user", None))
    if draft := Draft.of(request, request.get_full_path()):
        return resuming.page(request, draft, status=403)
    return render(request, "403_csrf.html", status=403)


def _is_ours(request: HttpRequest, reason: str) -> bool:
    """Whether the browser says that a page of this house sent it. Django looks at that before it looks at the token."""
    origin = request.headers.get("Origin")
    return origin is not None and reason != REASON_BAD_ORIGIN % origin


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
