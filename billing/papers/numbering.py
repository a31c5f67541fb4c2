"""Gapless numbers: one counter a series and year, drawn last, in the transaction that freezes the document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from billing.models import NumberCounter, NumberSeries
from core.locks import Order, lock_rows


def lock_series(years: Mapping[NumberSeries, int]) -> dict[UUID, NumberCounter]:
    """The counters of these series, each for its year, are ours until commit; one statement, made if not there.

    The years differ when one issuer has closed December and another has not.
    """
    if not years:
        return {}
    wanted = sorted(((series.pk, year) for series, year in years.items()), key=str)
    NumberCounter.objects.bulk_create(
        [NumberCounter(series_id=pk, year=year) for pk, year in wanted], ignore_conflicts=True
    )
    these = reduce(or_, (Q(series=pk, year=year) for pk, year in wanted))
    rows = NumberCounter.objects.filter(these)
    lock_rows(Order.NUMBERS, NumberCounter, rows.values_list("pk", flat=True))
    return {counter.series_id: counter for counter in rows.all()}


def draw(counter: NumberCounter) -> int:
    """The next number of a locked counter; if the transaction does not commit, it was never drawn."""
    counter.last += 1
    counter.save(update_fields=["last", "last_hash"])
    return counter.last
