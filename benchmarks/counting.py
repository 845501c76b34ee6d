"""What a request cost, told in the answer's own headers: queries, and CPU time of the application and of Postgres."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def cpu_of(process: int) -> int:
    """CPU nanoseconds of another process so far; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


class Counting:
    """The outermost middleware, the same for every page that is compared."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        queries = 0

        def counted(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
            nonlocal queries
            queries += not sql.startswith(("SAVEPOINT", "RELEASE"))
            return execute(sql, params, many, context)

        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        server, began = cpu_of(backend), time.thread_time_ns()
        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response["X-App"] = str(time.thread_time_ns() - began)
        response["X-Postgres"] = str(cpu_of(backend) - server)
        response["X-Queries"] = str(queries)
        return response
