"""The admin panel's doors: our own sign-in, and rights from the matrix instead of Django's permission rows.

Every admin of the house derives from `SalonModelAdmin` and names its `right`; a plain ModelAdmin shows nothing to
anybody, since nobody here is a superuser or holds permission rows.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from staff.roles import Can

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


class SalonAdminConfig(AdminConfig):
    default_site = "staff.admin_site.SalonAdminSite"


def may(request: HttpRequest, right: Can) -> bool:
    """Whether whoever asks is signed in and may do `right`."""
    return request.user.is_authenticated and request.user.can(right)


class SalonAdminSite(admin.AdminSite):
    """The stock admin for whom the matrix lets in."""

    site_header = _("Admin panel")
    site_title = _("Admin panel")
    index_title = _("Staff, settings and catalogue")
    site_url = "/"
    enable_nav_sidebar = False  # the stock sidebar keeps its state in the browser's storage

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request, Can.USE_ADMIN)

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


class SalonModelAdmin(ModelAdmin):
    """An admin page for whoever may do `right`; `read_only` ones change nothing, whatever is sent to them."""

    right: ClassVar[Can] = Can.MANAGE_CATALOGUE
    read_only: ClassVar[bool] = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.right)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right) and not self.read_only

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right) and not self.read_only

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right) and not self.read_only

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Asked by django-import-export."""
        return may(request, Can.IMPORT) and not self.read_only

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Asked by django-import-export."""
        return may(request, Can.EXPORT)
