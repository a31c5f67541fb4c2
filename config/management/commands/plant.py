"""`manage.py plant`: the demo town, if the database is empty."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from booking.measuring.demand import tell
from config.town.billing import bill_one, quote_one
from config.town.plant import FUTURE_DAYS, PAST_DAYS, is_empty, plant


class Command(BaseCommand):
    help = "Plants the demo town into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1975)

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_empty():
            self.stdout.write("the town stands already")
            return
        past, future = os.environ.get("TOWN_DAYS", f"{PAST_DAYS},{FUTURE_DAYS}").split(",")
        counts = plant(options["seed"], (int(past), int(future)))
        bill_one()
        quote_one()
        tell()
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
