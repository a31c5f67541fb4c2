"""Gapless numbers: one counter a series and year, drawn last, in the transaction that freezes the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from billing.models import Issuer, NumberCounter, NumberSeries
from core.locks import Order, lock_rows
from people.fiscal import is_office_code
from people.models import Organisation, Person


@dataclass(frozen=True, slots=True)
class Series:
    """The series in which an issuer may number a kind, by their code: which is usual, and which is for public offices."""

    among: tuple[NumberSeries, ...]
    usual: NumberSeries
    public: NumberSeries

    def of(self, payer: Person | Organisation) -> NumberSeries:
        """In which a document to this payer is numbered where nobody chooses another."""
        return self.public if is_office_code(payer.recipient_code) else self.usual


def chosen(rows: Iterable[NumberSeries], kind: str) -> Series | None:
    """What these series of an issuer, by their code, say about a kind; None if none of them has it. Pure.

    Usual is the one that was said to be; where nothing was said, the first that is not kept for public offices, or the
    first. Public offices have the usual one where none is kept for them.
    """
    among = tuple(s for s in rows if kind in s.kinds)
    if not among:
        return None
    usual = min(among, key=lambda s: (kind not in s.usual_for, kind in s.public_for))
    return Series(among, usual, next((s for s in among if kind in s.public_for), usual))


def series_for(issuer: Issuer, kind: str) -> Series:
    """The same of an issuer; LookupError if it numbers no such kind (a configuration fault)."""
    found = chosen(issuer.number_series.order_by("code"), kind)
    if found is None:
        raise LookupError(f"{issuer} has no number series for {kind}")
    return found


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
    return {counter.series_id: counter for counter in rows.select_related("series")}


def draw(counter: NumberCounter) -> int:
    """The next number of a locked counter; if the transaction does not commit, it was never drawn."""
    counter.last += 1
    counter.save(update_fields=["last", "last_hash"])
    return counter.last
