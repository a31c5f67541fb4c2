"""Gapless numbers: one counter a series and year, drawn last, in the transaction that freezes the document."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from billing.models import NumberCounter, NumberSeries
from core.locks import Order, lock_rows


def lock_series(series: Iterable[NumberSeries], year: int) -> dict[UUID, NumberCounter]:
    """The counters of these series for a year are ours until commit, made if they were not there; one statement."""
    wanted = [s.pk for s in series]
    NumberCounter.objects.bulk_create(
        [NumberCounter(series_id=pk, year=year) for pk in sorted(wanted, key=str)], ignore_conflicts=True
    )
    rows = NumberCounter.objects.filter(series__in=wanted, year=year)
    lock_rows(Order.NUMBERS, NumberCounter, rows.values_list("pk", flat=True))
    return {counter.series_id: counter for counter in rows.all()}


def draw(counter: NumberCounter) -> int:
    """The next number of a locked counter; if the transaction does not commit, it was never drawn."""
    counter.last += 1
    counter.save(update_fields=["last", "last_hash"])
    return counter.last
