from django.urls import path

from clients import care_views, views

app_name = "clients"
urlpatterns = [
    path("clients/new/", views.new, name="new"),
    path("clients/new/duplicates/", views.duplicates, name="duplicates"),
    path("clients/new/referrers/", views.referrers, name="referrers"),
    path("clients/notice/", views.notice, name="notice"),
    path("clients/<int:pk>/edit/", views.edit, name="edit"),
    path("clients/<int:pk>/phone/", views.reveal, name="reveal_phone"),
    path("clients/<int:pk>/allergies/", care_views.add_allergy, name="add_allergy"),
    path("clients/<int:pk>/allergies/<int:allergy_pk>/confirm/", care_views.confirm_allergy, name="confirm_allergy"),
    path("clients/<int:pk>/allergies/<int:allergy_pk>/withdraw/", care_views.withdraw_allergy, name="withdraw_allergy"),
    path("clients/<int:pk>/skin/", care_views.add_skin_record, name="add_skin_record"),
    path("clients/<int:pk>/preferences/", care_views.add_preference, name="add_preference"),
    path(
        "clients/<int:pk>/preferences/<int:preference_pk>/remove/",
        care_views.remove_preference,
        name="remove_preference",
    ),
    path("clients/<int:pk>/days/", care_views.add_memorable_day, name="add_memorable_day"),
    path("clients/<int:pk>/days/<int:day_pk>/remove/", care_views.remove_memorable_day, name="remove_memorable_day"),
    path("clients/<int:pk>/tags/", care_views.set_tags, name="set_tags"),
    path("clients/<int:pk>/enquiries/", care_views.add_enquiry, name="add_enquiry"),
    path("clients/<int:pk>/enquiries/<int:enquiry_pk>/close/", care_views.close_enquiry, name="close_enquiry"),
    path("clients/<int:pk>/consents/", care_views.record_consent, name="record_consent"),
]
