"""The program's addresses, and the bare pages it is compared with."""

from django.urls import include, path

from benchmarks import bare

urlpatterns = [
    path("bare/empty/", bare.empty),
    path("bare/list/", bare.client_list),
    path("bare/dormant/", bare.dormant),
    path("bare/search/", bare.search),
    path("bare/client/<int:pk>/", bare.client),
    path("bare/checkout/<uuid:key>/", bare.checkout),
    path("bare/sale/<uuid:key>/", bare.sale),
    path("", include("salon_crm.urls")),
]
