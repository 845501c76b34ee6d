from django.urls import path

from loyalty import checkout_views, receipt_views, refund_views, tier_views

app_name = "loyalty"
urlpatterns = [
    path("checkout/new/", checkout_views.checkout_new, name="checkout_new"),
    path("checkout/<uuid:key>/", checkout_views.checkout, name="checkout"),
    path("checkout/<uuid:key>/items/", checkout_views.checkout_items, name="checkout_items"),
    path("visits/<int:pk>/receipt/", receipt_views.receipt, name="receipt"),
    path("visits/<int:pk>/void/", refund_views.void, name="void"),
    path("visits/<int:pk>/refund/", refund_views.refund, name="refund"),
    path("clients/<int:pk>/tier/", tier_views.set_tier, name="set_tier"),
]
