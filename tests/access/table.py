"""Who may open what: the one table that the whole house is held against. An address without a line here fails."""

from staff.roles import Role

DESK, BEAUTICIAN, MANAGER, ADMIN = Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER, Role.ADMIN
STAFF = frozenset(Role)
NOBODY: frozenset[Role] = frozenset()
EDITORS = frozenset({DESK, MANAGER, ADMIN})
COUNTER = frozenset({DESK, MANAGER})
CARE = frozenset({BEAUTICIAN, MANAGER})
TREATING = frozenset({DESK, BEAUTICIAN, MANAGER})

# Addresses that answer without a sign-in, and what they are.
FOR_STRANGERS = frozenset(
    {"healthz", "readyz", "staff:login", "staff:logout", "staff:lock", "staff:switch", "staff:setup"}
)

MAY: dict[str, frozenset[Role]] = {
    "clients:add_allergy": TREATING,
    "clients:add_enquiry": STAFF,
    "clients:add_memorable_day": EDITORS,
    "clients:add_preference": STAFF,
    "clients:add_skin_record": CARE,
    "clients:close_enquiry": STAFF,
    "clients:confirm_allergy": TREATING,
    "clients:duplicates": EDITORS,
    "clients:edit": EDITORS,
    "clients:new": EDITORS,
    "clients:notice": STAFF,
    "clients:referrers": EDITORS,
    "clients:record_consent": COUNTER,
    "clients:remove_memorable_day": EDITORS,
    "clients:remove_preference": STAFF,
    "clients:reveal_phone": COUNTER,
    "clients:set_tags": EDITORS,
    "clients:withdraw_allergy": TREATING,
    "frontdesk:client_file": STAFF,
    "frontdesk:client_list": STAFF,
    "frontdesk:search": STAFF,
    "frontdesk:today": STAFF,
    "healthz": STAFF,
    "loyalty:adjust": frozenset({MANAGER}),
    "loyalty:adjustments": frozenset({MANAGER, ADMIN}),
    "loyalty:checkout": COUNTER,
    "loyalty:checkout_items": COUNTER,
    "loyalty:checkout_offers": COUNTER,
    "loyalty:checkout_new": COUNTER,
    "loyalty:decide_adjustment": frozenset({MANAGER, ADMIN}),
    "loyalty:print_points": EDITORS,
    "loyalty:membership": frozenset({MANAGER, ADMIN}),
    "loyalty:receipt": STAFF,
    "loyalty:redeem": COUNTER,
    "loyalty:redemption_cancel": frozenset({MANAGER}),
    "loyalty:redemption_slip": EDITORS,
    "loyalty:refund": EDITORS,
    "loyalty:referrals": frozenset({MANAGER, ADMIN}),
    "loyalty:set_referrer": EDITORS,
    "loyalty:set_tier": frozenset({MANAGER}),
    "loyalty:undo_perk": frozenset({MANAGER}),
    "loyalty:use_perk": COUNTER,
    "loyalty:void": EDITORS,
    "loyalty:voucher_new": frozenset({MANAGER}),
    "loyalty:voucher_withdraw": frozenset({MANAGER}),
    "loyalty:vouchers": EDITORS,
    "outreach:answer": frozenset({MANAGER}),
    "outreach:completion": frozenset({MANAGER, ADMIN}),
    "outreach:decide_message": COUNTER,
    "outreach:dissatisfied": frozenset({MANAGER}),
    "outreach:hand_over": TREATING,
    "outreach:job_run": frozenset({ADMIN}),
    "outreach:job_time": frozenset({ADMIN}),
    "outreach:no_answer": TREATING,
    "outreach:take_back": TREATING,
    "outreach:outbox": EDITORS,
    "outreach:record": TREATING,
    "outreach:script": TREATING,
    "outreach:take": TREATING,
    "outreach:timetable": frozenset({ADMIN}),
    "outreach:words": frozenset({MANAGER, ADMIN}),
    "outreach:words_edit": frozenset({MANAGER, ADMIN}),
    "outreach:words_new": frozenset({MANAGER, ADMIN}),
    "readyz": STAFF,
    "staff:audit": EDITORS,
    "staff:lock": STAFF,
    "staff:login": STAFF,
    "staff:logout": STAFF,
    "staff:me": STAFF,
    "staff:password": STAFF,
    "staff:pin": STAFF,
    "staff:seen": STAFF,
    "staff:deactivate": frozenset({MANAGER}),
    "staff:people": frozenset({MANAGER}),
    "staff:setup": NOBODY,
    "staff:step_up": frozenset({ADMIN}),
    "staff:switch": STAFF,
    "visits:list": STAFF,
}

# The tabs of the client file are one address and several pages.
TABS: dict[str, frozenset[Role]] = {
    "timeline": STAFF,
    "visits": STAFF,
    "points": EDITORS,
    "benefits": EDITORS,
    "care": TREATING,
    "details": EDITORS,
}

# What must be sent for an address to answer at all; the others say what is missing.
SENT: dict[str, dict[str, str]] = {
    "clients:close_enquiry": {"status": "dropped"},
    "clients:record_consent": {"purpose": "file", "channel": "", "given": "0"},
}

# Taking away what is gone already is done, not an error: somebody tapped twice.
DONE_TWICE = frozenset({"clients:remove_preference", "clients:remove_memorable_day", "clients:close_enquiry"})

VIEW, CHANGE, ADD, DELETE = "view", "change", "add", "delete"
LOOK = frozenset({VIEW})
SETTINGS = frozenset({VIEW, CHANGE})
KEEP = frozenset({VIEW, CHANGE, ADD})
SHELF = frozenset({VIEW, CHANGE, ADD, DELETE})

# What the admin may do with each model of the panel. Nobody else enters it. What is kept for good is only looked at.
ADMIN_MAY: dict[str, frozenset[str]] = {
    "clients.client": SETTINGS,
    "clients.filerules": SETTINGS,
    "clients.privacynotice": KEEP,
    "clients.tag": KEEP,
    "loyalty.adjustment": LOOK,
    "loyalty.bookfault": LOOK,
    "loyalty.loyaltyaccount": LOOK,
    "loyalty.loyaltyrules": SETTINGS,
    "loyalty.perk": KEEP,
    "loyalty.pointsentry": LOOK,
    "loyalty.redemption": LOOK,
    "loyalty.reward": KEEP,
    "loyalty.segmentchange": LOOK,
    "loyalty.segmentrules": SETTINGS,
    "loyalty.tier": KEEP,
    "loyalty.tierchange": LOOK,
    "loyalty.voucher": LOOK,
    "loyalty.voucherkind": KEEP,
    "outreach.channelsetting": KEEP,
    "outreach.outreachrules": SETTINGS,
    "staff.auditentry": LOOK,
    "staff.salon": SETTINGS,
    "staff.user": KEEP,
    "visits.checkoutrules": SETTINGS,
    "visits.product": KEEP,
    "visits.service": KEEP,
    "visits.servicecategory": SHELF,
    "visits.substance": SHELF,
    "visits.visit": LOOK,
}
