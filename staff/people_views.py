"""Who works here, for the manager: somebody who leaves is deactivated at once. Everything else is the admin's."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can, Role, StaffRequest, staff_page


@require_safe
@staff_page(Can.DEACTIVATE_STAFF)
def people(request: StaffRequest) -> HttpResponse:
    """All who work or worked here, with their roles; a button where somebody may be deactivated."""
    listed = User.objects.order_by("-is_active", "display_name", "pk").prefetch_related("groups")
    rows = [(user, may_deactivate(request.user, user)) for user in listed]
    return render(request, "staff/people.html", {"rows": rows})


@resumable(gettext_lazy("Deactivate"))
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.DEACTIVATE_STAFF)
def deactivate(request: StaffRequest, user_pk: int) -> HttpResponse:
    """Asks once more, then closes the account: every open session of it ends, and nobody signs in with it."""
    person = User.objects.filter(pk=user_pk).first() if 0 < user_pk <= LARGEST_ID else None
    if person is None:
        raise Http404
    if not may_deactivate(request.user, person):
        messages.error(request, _("You cannot deactivate this account. Ask the admin."))
        return redirect("staff:people")
    if request.method != "POST":
        return render(request, "staff/deactivate.html", {"person": person})
    person.is_active = False
    person.save(update_fields=["is_active"])
    messages.success(request, _("%(name)s is deactivated and signed out everywhere.") % {"name": person.display_name})
    return redirect("staff:people")


def may_deactivate(user: User, person: User) -> bool:
    """Never oneself, never an admin, and only who is active. `person` with its groups."""
    names = {group.name for group in person.groups.all()}
    return user.can(Can.DEACTIVATE_STAFF) and person.is_active and person.pk != user.pk and Role.ADMIN not in names
