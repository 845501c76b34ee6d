"""The addresses of the staff floor."""

from django.urls import path

from staff import audit_views, people_views, views

app_name = "staff"
urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("lock/", views.lock, name="lock"),
    path("seen/", views.seen, name="seen"),
    path("switch/", views.switch, name="switch"),
    path("me/", views.me, name="me"),
    path("me/password/", views.change_password, name="password"),
    path("me/pin/", views.set_pin, name="pin"),
    path("step-up/", views.step_up, name="step_up"),
    path("staff/", people_views.people, name="people"),
    path("staff/<int:user_pk>/deactivate/", people_views.deactivate, name="deactivate"),
    path("setup/", views.setup, name="setup"),
    path("audit/", audit_views.audit, name="audit"),
]
