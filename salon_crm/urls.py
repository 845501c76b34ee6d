"""Every address of the house. Each floor names its own paths in full."""

from django.contrib import admin
from django.urls import include, path

from salon_crm.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("staff.urls")),
    path("", include("clients.urls")),
    path("", include("visits.urls")),
    path("", include("loyalty.urls")),
    path("", include("outreach.urls")),
    path("", include("frontdesk.urls")),
]
