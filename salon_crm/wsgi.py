"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_crm.settings")
django_application = get_wsgi_application()

# These need the settings above.
from salon_crm.middleware import with_readable_type  # noqa: E402
from staff.encryption_check import check_keys  # noqa: E402

application = with_readable_type(django_application)
check_keys()  # with a wrong key nothing is served at all, rather than pages that fail one by one
connection.close()
