"""Who may do what: the one place where roles and rights meet.

The source of the matrix is the salon's security page; a right that is not named here is refused.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import update_wrapper
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails
    from django_stubs_ext import StrOrPromise

    from staff.models import Salon, User


P = ParamSpec("P")


class Role(StrEnum):
    """Role names are the names of Django groups."""

    FRONT_DESK = "front_desk"
    BEAUTICIAN = "beautician"
    MANAGER = "manager"
    ADMIN = "admin"


ROLE_LABELS: "dict[Role, StrOrPromise]" = {
    Role.FRONT_DESK: _("Front desk"),
    Role.BEAUTICIAN: _("Beautician"),
    Role.MANAGER: _("Manager"),
    Role.ADMIN: _("Admin"),
}


class Can(StrEnum):
    """One member per act of the matrix."""

    FIND_ANY_CLIENT = "find any client"
    FIND_OWN_CLIENTS = "find own and today's clients"
    SEE_MASKED_PHONE = "see the masked phone"
    REVEAL_PHONE = "reveal a phone"
    SEE_BIRTHDAY = "see month and day of a birthday"
    SEE_BIRTH_YEAR = "see the year of a birthday"
    SEE_ALLERGIES = "see allergies"
    EDIT_ALLERGIES = "enter and correct allergies"
    SEE_SKIN = "see skin and treatment notes"
    EDIT_SKIN = "write skin and treatment notes"
    SEE_FAMILY = "see family and background"
    EDIT_CLIENT = "enter and change client files"
    SEE_SPEND = "see spend and visits with amounts"
    SEE_ALL_SPEND = "see the salon's turnover"
    SEE_VISITS = "see visits without amounts"
    CHECK_OUT = "check a visit out"
    VOID_OWN_TODAY = "void or refund own entries of the same day"
    VOID_ANY = "void or refund any visit"
    SEE_POINTS = "see points and tier"
    ADJUST_POINTS = "adjust points by hand"
    AGREE_ADJUSTMENT = "agree to a large adjustment of points"
    REDEEM = "redeem points for rewards"
    CANCEL_REDEMPTION = "cancel a redemption"
    ISSUE_VOUCHER = "give and withdraw vouchers by hand"
    USE_PERK = "note the use of a perk"
    UNDO_PERK = "take the use of a perk back"
    READ_LOYALTY = "read the reports of the membership"
    SET_TIER = "set a tier by hand"
    WORK_CONTACTS = "work the list of whom to contact"
    DECIDE_MESSAGES = "decide on messages that broke off"
    ANSWER_DISSATISFIED = "answer dissatisfied clients"
    READ_CONTACTS = "read how the contacts are done"
    WRITE_WORDS = "write the texts of messages"
    RUN_JOBS = "see and run the timed jobs"
    RECORD_CONSENT = "record and withdraw consent"
    SEE_CONSENT = "see consents"
    IMPORT = "import files"
    EXPORT = "export lists"
    READ_OWN_AUDIT = "read own audit entries"
    READ_AUDIT = "read the whole audit trail"
    USE_ADMIN = "use the admin panel"
    DEACTIVATE_STAFF = "deactivate staff"
    MANAGE_STAFF = "manage staff and settings"
    MANAGE_CATALOGUE = "manage catalogue, tiers and rules"


MATRIX: dict[Role, frozenset[Can]] = {
    Role.FRONT_DESK: frozenset(
        {
            Can.FIND_ANY_CLIENT,
            Can.SEE_MASKED_PHONE,
            Can.REVEAL_PHONE,
            Can.SEE_BIRTHDAY,
            Can.SEE_ALLERGIES,
            Can.EDIT_ALLERGIES,
            Can.EDIT_CLIENT,
            Can.SEE_SPEND,
            Can.SEE_VISITS,
            Can.CHECK_OUT,
            Can.VOID_OWN_TODAY,
            Can.SEE_POINTS,
            Can.REDEEM,
            Can.USE_PERK,
            Can.WORK_CONTACTS,
            Can.DECIDE_MESSAGES,
            Can.RECORD_CONSENT,
            Can.SEE_CONSENT,
            Can.READ_OWN_AUDIT,
        }
    ),
    Role.BEAUTICIAN: frozenset(
        {
            Can.FIND_OWN_CLIENTS,
            Can.SEE_ALLERGIES,
            Can.EDIT_ALLERGIES,
            Can.SEE_SKIN,
            Can.EDIT_SKIN,
            Can.SEE_VISITS,
            Can.WORK_CONTACTS,
        }
    ),
    Role.MANAGER: frozenset(
        {
            Can.FIND_ANY_CLIENT,
            Can.SEE_MASKED_PHONE,
            Can.REVEAL_PHONE,
            Can.SEE_BIRTHDAY,
            Can.SEE_BIRTH_YEAR,
            Can.SEE_ALLERGIES,
            Can.EDIT_ALLERGIES,
            Can.SEE_SKIN,
            Can.EDIT_SKIN,
            Can.SEE_FAMILY,
            Can.EDIT_CLIENT,
            Can.SEE_SPEND,
            Can.SEE_ALL_SPEND,
            Can.SEE_VISITS,
            Can.CHECK_OUT,
            Can.VOID_ANY,
            Can.SEE_POINTS,
            Can.ADJUST_POINTS,
            Can.AGREE_ADJUSTMENT,
            Can.REDEEM,
            Can.CANCEL_REDEMPTION,
            Can.ISSUE_VOUCHER,
            Can.USE_PERK,
            Can.UNDO_PERK,
            Can.READ_LOYALTY,
            Can.SET_TIER,
            Can.WORK_CONTACTS,
            Can.DECIDE_MESSAGES,
            Can.ANSWER_DISSATISFIED,
            Can.READ_CONTACTS,
            Can.WRITE_WORDS,
            Can.RECORD_CONSENT,
            Can.SEE_CONSENT,
            Can.IMPORT,
            Can.EXPORT,
            Can.READ_OWN_AUDIT,
            Can.READ_AUDIT,
            Can.DEACTIVATE_STAFF,
        }
    ),
    Role.ADMIN: frozenset(
        {
            Can.FIND_ANY_CLIENT,
            Can.SEE_MASKED_PHONE,
            Can.SEE_BIRTHDAY,
            Can.SEE_BIRTH_YEAR,
            Can.EDIT_CLIENT,
            Can.SEE_SPEND,
            Can.SEE_ALL_SPEND,
            Can.SEE_VISITS,
            Can.VOID_ANY,
            Can.SEE_POINTS,
            Can.AGREE_ADJUSTMENT,
            Can.READ_LOYALTY,
            Can.READ_CONTACTS,
            Can.WRITE_WORDS,
            Can.RUN_JOBS,
            Can.SEE_CONSENT,
            Can.IMPORT,
            Can.EXPORT,
            Can.READ_OWN_AUDIT,
            Can.READ_AUDIT,
            Can.USE_ADMIN,
            Can.MANAGE_STAFF,
            Can.MANAGE_CATALOGUE,
        }
    ),
}


# ⟳ of the matrix: open on one client's file for five minutes, after the password once more and a reason.
STEP_UP: dict[Role, frozenset[Can]] = {
    Role.ADMIN: frozenset({Can.REVEAL_PHONE, Can.SEE_ALLERGIES, Can.SEE_SKIN, Can.SEE_FAMILY}),
}

# "A" of the matrix: held on one client at a time, who is the user's own or of today. outreach/own_or_today.py decides.
OWN_OR_TODAY: dict[Role, frozenset[Can]] = {
    Role.FRONT_DESK: frozenset({Can.SEE_SKIN}),
}


class StaffRequest(HttpRequest):
    """A request whose user is signed in; what `staff_page` hands to a view."""

    user: "User"
    htmx: "HtmxDetails"
    salon: "Salon"


def staff_page(
    *rights: Can,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """A view for signed-in staff with any of `rights` (none named: any staff); others get the sign-in page or 403."""

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                back_to = request.get_full_path() if request.method == "GET" else "/"
                return redirect(f"{reverse('staff:login')}?{urlencode({'next': back_to})}")
            if rights and not any(request.user.can(right) for right in rights):
                raise PermissionDenied
            return view(cast(StaffRequest, request), *args, **kwargs)

        update_wrapper(guarded, view)
        return guarded

    return decorate
