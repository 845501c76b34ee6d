#!/usr/bin/env python3
"""Django's command line for Salon CRM. `manage.py up` starts the whole program."""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(f"Salon CRM needs Python 3.11 or newer; this is {sys.version.split()[0]}.")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_crm.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make demo`, or see README.md for the same without make.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
