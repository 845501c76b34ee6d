"""What a load balancer or a compose health check asks. The answers name parts, never versions or data."""

import shutil
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from staff.jobs import STOPPED_AFTER, TICK
from staff.models import JobRun

MIN_FREE_BYTES = 200 * 1024 * 1024


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when work can be done, 503 naming the failing parts. Without the broker the pages work, so that is a note."""
    parts = {
        "database": _holds(_database_answers),
        "migrations": _holds(_migrations_applied),
        "disk": _holds(_disk_has_room),
        "tick": _holds(_tick_is_recent),
    }
    ready = all(parts.values())
    shown = {name: "ok" if good else "failing" for name, good in parts.items()}
    shown["broker"] = "ok" if _broker_answers() else "degraded"
    return JsonResponse({"ready": ready, "parts": shown}, status=200 if ready else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, OSError):
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _migrations_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _disk_has_room() -> bool:
    return shutil.disk_usage(settings.SALON_VAR if settings.SALON_VAR.exists() else "/").free > MIN_FREE_BYTES


def _tick_is_recent() -> bool:
    return JobRun.objects.filter(job=TICK, finished_at__gt=timezone.now() - STOPPED_AFTER).exists()


def _broker_answers() -> bool:
    url = settings.REDIS_URL or settings.EMBEDDED.redis_url()
    try:
        with redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=None) as broker:
            return bool(broker.ping())
    except (redis.RedisError, OSError):
        return False
