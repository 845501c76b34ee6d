"""Log lines as JSON, with the request's id and without personal data."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

from django.template import TemplateDoesNotExist

request_id: ContextVar[str] = ContextVar("request_id", default="")


# Mistakes of ours, whose texts quote code and never data.
PLAIN = (AttributeError, ImportError, NameError, TemplateDoesNotExist)
BEFORE_QUOTES = re.compile(r"""[^?'"]*""")


class NothingQuoted(logging.Filter):
    """Ends a message where it begins to quote a request: at the question mark of an address, or at a quotation mark.

    Gunicorn quotes what it cannot read, and the address of what broke off: the phone somebody searched for.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = BEFORE_QUOTES.match(record.getMessage())[0], ()  # type: ignore[index]
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line.

    An exception is told by its kind and its place in the code only: its text may quote what a client's file holds
    ("Key (phone)=(…) already exists").
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            # Celery puts the exception itself into its message.
            for quoted in filter(None, (repr(error), str(error))):
                line["message"] = str(line["message"]).replace(quoted, type(error).__name__)
            line["error"] = repr(error) if isinstance(error, PLAIN) else type(error).__qualname__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
            ]
        return json.dumps(line, ensure_ascii=False)
