from django.urls import path

from loyalty import (
    adjustment_views,
    checkout_start_views,
    checkout_views,
    offer_views,
    overview_views,
    perk_views,
    receipt_views,
    referral_views,
    refund_views,
    reward_views,
    statement_views,
    tier_views,
    voucher_views,
)

app_name = "loyalty"
urlpatterns = [
    path("membership/", overview_views.membership, name="membership"),
    path("checkout/new/", checkout_start_views.checkout_new, name="checkout_new"),
    path("checkout/<uuid:key>/", checkout_views.checkout, name="checkout"),
    path("checkout/<uuid:key>/items/", checkout_views.checkout_items, name="checkout_items"),
    path("checkout/<uuid:key>/offers/", offer_views.checkout_offers, name="checkout_offers"),
    path("visits/<int:pk>/receipt/", receipt_views.receipt, name="receipt"),
    path("visits/<int:pk>/void/", refund_views.void, name="void"),
    path("visits/<int:pk>/refund/", refund_views.refund, name="refund"),
    path("clients/<int:pk>/tier/", tier_views.set_tier, name="set_tier"),
    path("clients/<int:pk>/referrer/", referral_views.set_referrer, name="set_referrer"),
    path("clients/<int:pk>/perks/<int:perk_pk>/use/", perk_views.use_perk, name="use_perk"),
    path("clients/<int:pk>/perks/uses/<int:use_pk>/take-back/", perk_views.undo_perk, name="undo_perk"),
    path("referrals/", referral_views.best, name="referrals"),
    path("clients/<int:pk>/adjust/", adjustment_views.adjust, name="adjust"),
    path("clients/<int:pk>/points/print/", statement_views.print_points, name="print_points"),
    path("adjustments/", adjustment_views.adjustments, name="adjustments"),
    path("adjustments/<int:adjustment_pk>/", adjustment_views.decide, name="decide_adjustment"),
    path("clients/<int:pk>/redeem/", reward_views.redeem, name="redeem"),
    path("redemptions/<int:redemption_pk>/slip/", reward_views.slip, name="redemption_slip"),
    path("redemptions/<int:redemption_pk>/cancel/", reward_views.cancel, name="redemption_cancel"),
    path("vouchers/", voucher_views.voucher_list, name="vouchers"),
    path("vouchers/<int:voucher_pk>/withdraw/", voucher_views.voucher_withdraw, name="voucher_withdraw"),
    path("clients/<int:pk>/vouchers/new/", voucher_views.voucher_new, name="voucher_new"),
]
