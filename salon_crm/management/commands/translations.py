"""`manage.py translations --compile` and `--check`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salon_crm import catalogue


class Command(BaseCommand):
    help = "Compile the Chinese catalogue, or list what is untranslated, unused or outside it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--compile", action="store_true")
        what.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compile"]:
            self.stdout.write(f"{catalogue.compile_translations()} compiled.")
            return
        found = catalogue.faults()
        for fault in found:
            self.stdout.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults in the catalogue.")
        self.stdout.write("Every text is translated.")
