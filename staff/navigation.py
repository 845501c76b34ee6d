"""What stands in the rail: each item is shown to whom the matrix lets through."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.links import address
from staff.models import User
from staff.roles import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Item:
    """One entry; `areas` are the apps or full view names on which it is shown as selected. Full names come first."""

    to: str
    label: "StrOrPromise"
    icon: str
    areas: frozenset[str]
    rights: frozenset[Can] = field(default_factory=frozenset)
    found_elsewhere_with: frozenset[Can] = field(default_factory=frozenset)

    def is_for(self, user: User) -> bool:
        return not self.found_elsewhere_with & user.rights and (not self.rights or bool(self.rights & user.rights))


ITEMS = (
    Item("frontdesk:today", pgettext_lazy("rail", "Today"), "sun", frozenset({"frontdesk:today"})),
    Item(
        "frontdesk:client_list",
        _("Clients"),
        "people",
        frozenset(
            {
                "clients",
                "frontdesk:client_list",
                "frontdesk:client_file",
                "frontdesk:search",
                "loyalty:adjust",
                "loyalty:redeem",
                "loyalty:redemption_cancel",
                "loyalty:redemption_slip",
                "loyalty:set_referrer",
                "loyalty:set_tier",
                "loyalty:undo_perk",
                "loyalty:voucher_new",
            }
        ),
        frozenset({Can.FIND_ANY_CLIENT, Can.FIND_OWN_CLIENTS}),
    ),
    Item("visits:list", _("Visits"), "receipt", frozenset({"visits", "loyalty"}), frozenset({Can.SEE_VISITS})),
    Item(
        "loyalty:membership",
        pgettext_lazy("rail", "Members"),
        "gem",
        frozenset(
            {
                "loyalty:adjustments",
                "loyalty:membership",
                "loyalty:referrals",
                "loyalty:voucher_withdraw",
                "loyalty:vouchers",
            }
        ),
        frozenset({Can.READ_LOYALTY}),
    ),
    # Who has the page of the membership finds the vouchers there; the front desk looks up a code read on the phone.
    Item(
        "loyalty:vouchers",
        _("Vouchers"),
        "ticket-perforated",
        frozenset({"loyalty:vouchers"}),
        frozenset({Can.SEE_POINTS}),
        frozenset({Can.READ_LOYALTY}),
    ),
    Item(
        "outreach:completion",
        pgettext_lazy("rail", "Contacts"),
        "telephone",
        frozenset({"outreach"}),
        frozenset({Can.READ_CONTACTS}),
    ),
    Item(
        "outreach:outbox",
        _("Messages"),
        "send",
        frozenset({"outreach:outbox"}),
        frozenset({Can.DECIDE_MESSAGES}),
        frozenset({Can.READ_CONTACTS}),
    ),
    Item(
        "staff:audit",
        _("Audit log"),
        "shield-check",
        frozenset({"staff:audit"}),
        frozenset({Can.READ_AUDIT, Can.READ_OWN_AUDIT}),
    ),
    Item(
        "admin:index",
        _("Admin panel"),
        "gear",
        frozenset({"admin", "outreach:job_time", "outreach:timetable"}),
        frozenset({Can.USE_ADMIN}),
    ),
)


def items_for(user: User, view_name: str) -> list[dict[str, object]]:
    """The rail's entries for this user: url, label, icon, and whether it is the page shown."""
    mine = [item for item in ITEMS if item.is_for(user)]
    area = view_name if any(view_name in item.areas for item in mine) else view_name.partition(":")[0]
    return [
        {"url": address(item.to), "label": item.label, "icon": item.icon, "current": area in item.areas}
        for item in mine
    ]
