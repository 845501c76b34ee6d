"""The admin panel's doors: our own sign-in, open to whom the matrix lets in. What they may do inside: admin_rights."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from staff.roles import Can


class SalonAdminConfig(AdminConfig):
    default_site = "staff.admin_site.SalonAdminSite"


class SalonAdminSite(admin.AdminSite):
    """The stock admin for whom the matrix lets in."""

    site_header = _("Admin panel")
    site_title = _("Admin panel")
    index_title = _("Staff, settings and catalogue")
    site_url = "/"
    enable_nav_sidebar = False  # the stock sidebar keeps its state in the browser's storage

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.can(Can.USE_ADMIN)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Our own sign-in page; 403 for those who are signed in and have no business here."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('staff:login')}?{query}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("staff:me")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("staff:me")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("staff:me")
