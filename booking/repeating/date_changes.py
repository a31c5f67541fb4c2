"""What becomes of a date when its series is edited, and an edit as all its dates with their money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from booking.claims import Ask
from booking.events import Freed
from booking.judging.clauses import NOTHING, Given
from booking.models import Booking, Series, SeriesPlan
from booking.repeating.plans import Dated, Look
from core.errors import Reason, WayOut
from core.ids import encode
from core.money import ZERO, Money
from core.periods import Period

STAYS, MOVES, NEW, GOES = "stays", "moves", "new", "goes"


Scope = SeriesPlan.Scope


class Worth(NamedTuple):
    """What a date cost and will cost, what of that comes back now, and why the money forbids it; in the words of whoever
    knows them, `parts` say of whose sales it comes back, and `lines` how it is sold from then on, where that is said."""

    before: Money = ZERO
    after: Money = ZERO
    back: Money = ZERO
    reason: Reason | None = None
    parts: tuple[tuple[Any, Money], ...] = ()
    lines: tuple[Any, ...] | None = None


@dataclass(slots=True)
class Edit:
    """What an edit would do, as things are now."""

    series: Series
    scope: str
    cut: date  # what begins before it is not touched
    dates: list[Dated]
    look: Look | None = None  # what the chosen dates were judged from
    worth: dict[date | UUID, Worth] = field(default_factory=dict)
    anew: Given = NOTHING  # what is said with the edit, besides what was said for the series
    # What was offered to its person and is used by it, under the locks.
    offers: list[tuple[Booking, list[Freed]]] = field(default_factory=list)

    def chosen(self, change: str) -> list[Dated]:
        return [dated for dated in self.dates if dated.change == change and dated.chosen]

    @property
    def does_nothing(self) -> bool:
        return not any(self.chosen(change) for change in (MOVES, NEW, GOES))

    @property
    def leaves_something(self) -> bool:
        """Whether any of these dates will be booked when it is done."""
        return any(
            dated.chosen if dated.booking is None else dated.change != GOES or not dated.chosen
            for dated in self.dates
        )

    def said(self) -> dict[str, Any]:
        """The edit in plain values: what is shown, kept, and compared when it is done."""
        return {
            "dates": {
                dated.on.isoformat(): [dated.change, *_plain(dated.period), *_version(dated.booking)]
                for dated in self.dates
                if dated.chosen
            },
            "money": [
                [w.before.cents, w.after.cents, w.back.cents]
                for dated in self.dates
                if dated.chosen and (w := self.worth.get(dated.key))
            ],
        }


def _plain(period: Period | None) -> list[str]:
    return [period.start.isoformat(), period.end.isoformat()] if period else []


def _version(booking: Booking | None) -> list[Any]:
    """Who has the date now, and as which version: another edit of it in between makes this one stale."""
    return [str(booking.pk), booking.sequence] if booking is not None else []


def asks_of(booking: Booking) -> list[Ask]:
    """What the booking has now."""
    items = sorted(booking.items.all(), key=lambda item: item.pk)
    return [Ask.of(item) for item in items]


def kept_of(dated: Dated) -> tuple[Period, Period] | None:
    """The time that the date's booking has and the one it would have, of as many of the same things: what is not new of it
    is not asked for again (docs/adr/0081). None where all of it is new."""
    old = asks_of(dated.booking) if dated.booking is not None else []
    there = _things(old) == _things(dated.asks)
    times = {ask.period for ask in old}
    return (times.pop(), dated.asks[0].period) if there and len(times) == 1 and dated.asks else None


def _things(asks: Sequence[Ask]) -> set[tuple[UUID, int]]:
    return {(ask.resource.pk, ask.quantity) for ask in asks}


def as_asked_for(booking: Booking, asks: Sequence[Ask]) -> bool:
    """Whether the booking has just this already."""

    def plain(found: Sequence[Ask]) -> list[tuple[str, Period, int]]:
        return sorted((str(a.resource.pk), a.period, a.quantity) for a in found)

    return plain(asks_of(booking)) == plain(asks)


def no_money(dates: Sequence[Dated], *who: Any) -> dict[date | UUID, Worth]:
    """What dates are worth where nothing is charged."""
    return {dated.key: Worth() for dated in dates}


def by_itself(booking: Booking) -> WayOut:
    """The date's own page, where it can be changed alone."""
    return WayOut("open", f"/bookings/{encode(Booking.prefix, booking.pk)}")
