"""The settings of a web server that serves the database of the tests themselves: `SERVED` is its name."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"] |= {"NAME": os.environ["SERVED"], "CONN_MAX_AGE": 600}
