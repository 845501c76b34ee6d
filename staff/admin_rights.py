"""The admin panel by the matrix of rights: Django's own permissions are not asked, so there is one place to look."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from staff.ids import read_id
from staff.roles import Can


class ByRight(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model in the admin panel. Who holds `right` may change it, who holds `looks` may look at it; nobody else."""

    right: ClassVar[Can | None] = None
    looks: ClassVar[Can] = Can.USE_ADMIN
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._can(request, self.looks) or self._changes(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._changes(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self._changes(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self._changes(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters on offer: any other column in the address would answer questions about hidden values."""
        offered = set()
        for one in self.list_filter:
            first: Any = one[0] if isinstance(one, tuple | list) else one
            offered.add(getattr(first, "parameter_name", first))
        return lookup.split("__")[0] in offered and super().lookup_allowed(lookup, value, request)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """As Django's, but rows that cannot be are passed over like those that are not there any more."""
        post = request.POST.copy()
        post.setlist(ACTION_CHECKBOX_NAME, [one for one in post.getlist(ACTION_CHECKBOX_NAME) if read_id(one)])
        request.POST = post  # type: ignore[assignment]  # the stub wants one that nobody can change
        return super().response_action(request, queryset, *args, **kwargs)

    def _changes(self, request: HttpRequest) -> bool:
        return self.right is not None and self._can(request, self.right)

    @staticmethod
    def _can(request: HttpRequest, right: Can) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.can(Can.USE_ADMIN) and user.can(right))


class OnlyLooked(ByRight):
    """What the admin panel shows and never writes."""

    may_add = False
    actions = None


class OneRow(ByRight):
    """Settings of exactly one row: made by the program, changed here. The menu leads straight to the form."""

    may_add = False
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return redirect(admin_urlname(self.opts, SafeString("change")), self.model.load().pk)
