"""Staff, the salon's settings and the audit trail, in the admin panel."""

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm, UsernameField
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from staff import audit, pins
from staff.admin_rights import ByRight, OneRow, OnlyLooked
from staff.forms import PASSWORD_RULE, SalonForm
from staff.models import AuditEntry, Salon, User
from staff.names import NameField
from staff.roles import ROLE_LABELS, Can, Role

for kept_away in (Group, AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(kept_away):
        admin.site.unregister(kept_away)


class RoleChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """The four roles by the names that people use."""

    def __init__(self, **kwargs: Any) -> None:
        roles = Group.objects.filter(name__in=list(Role)).order_by("pk")
        super().__init__(roles, widget=forms.CheckboxSelectMultiple, label=_("roles"), **kwargs)

    def label_from_instance(self, obj: Group) -> str:
        return str(ROLE_LABELS[Role(obj.name)])


def last_admin_leaves(user: User, *, active: bool, roles: QuerySet[Group]) -> bool:
    """Whether nobody could use this panel any more after such a change."""
    stays = active and any(role.name == Role.ADMIN for role in roles)
    others = User.objects.filter(is_active=True, groups__name=Role.ADMIN).exclude(pk=user.pk)
    return not stays and not others.exists()


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """Shows that there is a password, never the hash as a field; the link beside it sets a new one."""

    groups = RoleChoices(required=False)

    class Meta:
        model = User
        fields = (
            "username",
            "password",
            "display_name",
            "language",
            "wecom_id",
            "groups",
            "is_active",
            "must_change_password",
        )
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"username": UsernameField, "display_name": NameField}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        active = data.get("is_active", False)
        if "groups" in data and last_admin_leaves(self.instance, active=active, roles=data["groups"]):
            raise ValidationError(_("Somebody must stay admin: nobody else could open this panel."))
        return data


class UserAddForm(UserCreationForm):  # type: ignore[type-arg]
    groups = RoleChoices(required=True)

    class Meta:
        model = User
        fields = ("username", "display_name", "language", "groups")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"username": UsernameField, "display_name": NameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_twice(self)

    def save(self, commit: bool = True) -> User:
        self.instance.must_change_password = True
        user: User = super().save(commit)
        return user


class PasswordResetForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A new password for a colleague. Everybody here signs in by password, so there is no choice of doing without."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        ask_twice(self)


def ask_twice(form: forms.Form | forms.ModelForm) -> None:  # type: ignore[type-arg]
    """Both password fields, with the short rule of the first day's page instead of the stock list."""
    first, again = form.fields["password1"], form.fields["password2"]
    first.required = again.required = True
    first.label, first.help_text = _("password"), PASSWORD_RULE
    again.label, again.help_text = _("password once more"), ""


class RoleFilter(admin.SimpleListFilter):
    """The roles by the names that people use."""

    title = _("roles")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(role.value, label) for role, label in ROLE_LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(ByRight, StockUserAdmin):  # type: ignore[type-arg]
    """People are deactivated, never deleted: what they did stays theirs."""

    right = looks = Can.MANAGE_STAFF
    form = UserForm  # type: ignore[assignment]
    add_form = UserAddForm
    add_form_template = None
    change_password_form = PasswordResetForm
    change_user_password_template = "admin/staff/user/password.html"  # noqa: S105  # a file
    list_display = ("display_name", "username", "role_names", "is_active", "last_login")
    list_filter = ("is_active", RoleFilter)
    search_fields = ("display_name", "username")
    ordering = ("-is_active", "display_name")
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    fieldsets = (
        (None, {"fields": ("username", "password", "display_name", "language", "wecom_id")}),
        (_("Rights"), {"fields": ("groups", "is_active", "must_change_password", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "language", "groups")}),
        (_("First password"), {"fields": ("password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return user.role_names

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Roles are kept in a table of their own, so this writes the trail for them."""
        user: User = form.instance
        before = _names(user) if change else []
        super().save_related(request, form, formsets, change)
        after = _names(user)
        if before != after:
            _record_roles(request, user, before, after)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """The admin sets a password that holds for one sign-in; open sessions and the PIN of that person end."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            user = User.objects.get(pk=id)
            user.must_change_password = user != request.user
            user.save(update_fields=["must_change_password"])
            pins.set_pin(user, "")
            by = request.user if isinstance(request.user, User) else None
            what = f"password_reset:{user.display_name}"
            audit.record(AuditEntry.Action.CHANGED, by=by, what=what, request=request)
        return response


def _names(user: User) -> list[str]:
    return sorted(user.groups.values_list("name", flat=True))


def _record_roles(request: HttpRequest, user: User, before: list[str], after: list[str]) -> None:
    AuditEntry.objects.create(
        action=AuditEntry.Action.CHANGED,
        actor=request.user if isinstance(request.user, User) else None,
        model=User._meta.db_table,
        object_id=str(user.pk),
        changes={"roles": ["、".join(_labels(before)), "、".join(_labels(after))]},
        address=request.META.get("REMOTE_ADDR"),
        path=request.path[:200],
    )


def _labels(names: list[str]) -> list[str]:
    return [str(ROLE_LABELS[Role(name)]) for name in names if name in set(Role)]


@admin.register(Salon)
class SalonAdmin(OneRow):
    """One row: the list leads straight to it."""

    right = looks = Can.MANAGE_STAFF

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return SalonForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        days = [(f"open_{day}", f"from_{day}", f"to_{day}") for day in range(7)]
        return [
            (None, {"fields": ("name", "phone", "address", "time_zone", "idle_minutes")}),
            (_("opening hours"), {"fields": (*days, "closed_days"), "classes": ("hours-of-week",)}),
        ]


@admin.register(AuditEntry)
class AuditEntryAdmin(OnlyLooked):
    """The trail is only read, here too. The page outside the admin says it in words."""

    looks = Can.READ_AUDIT
    list_display = ("at", "actor", "action", "client_number", "what")
    list_filter = ("action",)
    list_select_related = ("actor",)
    show_full_result_count = False
    date_hierarchy = None
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    fields = ("at", "actor", "action", "client_number", "what", "count", "reason", "address")

    @admin.display(description=_("client"))
    def client_number(self, entry: AuditEntry) -> str:
        return f"C-{entry.client_id:05d}" if entry.client_id else "—"
