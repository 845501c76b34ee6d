"""What the lock of signing in keeps of a wrong try: the name, the address, the browser and how often. Nothing typed."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest, QueryDict


class NothingTyped(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts wrong tries as axes does, without the form and the address line that came with them.

    Axes would keep both as text and blot out only the fields that it knows by name: a wrong PIN, a password meant for
    another field, a reason or a note about a client would stand in the database, and in every backup of it.
    """

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Note one wrong try; whoever comes after this finds the request as it was."""
        if request is None:
            return super().user_login_failed(sender, credentials, request, **kwargs)  # type: ignore[no-any-return]
        sent = request.GET, request.POST
        request.GET = request.POST = QueryDict()
        try:
            super().user_login_failed(sender, credentials, request, **kwargs)
        finally:
            request.GET, request.POST = sent
        return None
