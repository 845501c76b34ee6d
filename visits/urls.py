from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [path("visits/", views.visit_list, name="list")]
