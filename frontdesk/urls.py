"""The addresses of the front desk."""

from django.urls import path

from frontdesk import today_view, views

app_name = "frontdesk"
urlpatterns = [
    path("", today_view.today, name="today"),
    path("search/", views.search, name="search"),
    path("clients/", views.client_list, name="client_list"),
    path("clients/<int:pk>/", views.client_file, name="client_file"),
]
