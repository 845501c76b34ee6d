from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from loyalty.offers_measured import Score, measure
from staff.clock import salon_time


class Command(BaseCommand):
    help = "Tell how often what would have been offered was bought, beside always offering what sells most."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=60, help="how many of the last days are held out")
        parser.add_argument("--clients", type=int, default=2000, help="how many clients are tried at most")

    def handle(self, *args: Any, **options: Any) -> None:
        with salon_time():
            trial = measure(timezone.localdate(), days=options["days"], clients=options["clients"])
        self.stdout.write(f"{trial.looked_at:,} next visits of clients known before the last {options['days']} days")
        self._tell("what is offered", trial.ours, trial.popular)
        self._tell("what is new to the client", trial.new_ours, trial.new_popular)

    def _tell(self, what: str, ours: Score, popular: Score) -> None:
        if not ours.visits:
            self.stdout.write(f"{what}: nothing to measure")
            return
        self.stdout.write(f"{what}, at {ours.visits:,} visits:")
        for name, score in (("our offers", ours), ("the most popular", popular)):
            first, three = (100 * hits / score.visits for hits in (score.first, score.any_of_three))
            self.stdout.write(f"  {name:17} first bought {first:5.1f} %   one of three bought {three:5.1f} %")
