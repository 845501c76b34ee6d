"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_crm.settings")
application = get_wsgi_application()

# With a wrong key nothing is served at all, rather than pages that fail one by one. It needs the settings above.
from staff.encryption_check import check_keys  # noqa: E402

check_keys()
connection.close()
