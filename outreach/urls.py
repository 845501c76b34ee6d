"""The addresses of contacts and messages."""

from django.urls import path

from outreach import completion_views

app_name = "outreach"
urlpatterns = [
    path("contacts/completion/", completion_views.completion_page, name="completion"),
]
