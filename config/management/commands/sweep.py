"""`manage.py sweep`: everything that is due is done now, and what does not square is said (exit code 1)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.reconciling import webhooks
from booking.holding import lapsing
from core import outbox


class Command(BaseCommand):
    help = "Does at once what the worker would do each minute, and says what does not square."

    def handle(self, *args: Any, **options: Any) -> None:
        lapsing.sweep_dead()
        webhooks.sweep()
        outbox.drain()
        wrong = {name: rows for name, rows in webhooks.unsquared().items() if rows}
        for name, rows in wrong.items():
            self.stdout.write(f"{name}: {', '.join(map(str, rows))}")
        if wrong:
            sys.exit(1)
        self.stdout.write("everything squares")
