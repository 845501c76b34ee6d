"""The settings of a web server that serves the database of the tests themselves: `SERVED` is its name."""

import os
from pathlib import Path

# The tests' settings put a folder behind it; this server is started by a test, where it stands there already.
os.environ["SALON_VAR"] = str(Path(os.environ["SALON_VAR"]).parent)

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"] |= {"NAME": os.environ["SERVED"], "CONN_MAX_AGE": 600}
