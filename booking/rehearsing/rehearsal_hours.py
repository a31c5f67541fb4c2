"""What a change of hours, closures or holidays would do, before it is saved: who would find the door shut.

The bookings to come are held to the hours as they would be; those of the last 90 days to the same change as if it had
been there then. Only what the change itself shuts out is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from booking.judging.reasons import reason
from booking.models import Item
from booking.rehearsing.rehearsal import REPLAYED, Part, Rehearsal, Touched, booked
from core.clock import now
from core.periods import Period, hull, local_date, local_day, merged
from spaces.hours import Season, Wanted, weeks_after
from spaces.models import Closure, Resource, Venue
from spaces.opening import closures_of, opened_by
from spaces.scope import Scope
from spaces.seasons import Week, weeks_of

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """All that says when resources of one venue are open."""

    venue: Venue
    resources: Sequence[Resource]
    weeks: Mapping[UUID, Week]
    closures: Sequence[Closure]

    def opened(self, window: Period) -> dict[UUID, list[Period]]:
        first, last = (local_date(at, self.venue.zone) for at in (window.start, window.end))
        found = opened_by(self.venue, self.resources, first - DAY, last + DAY, self.closures, self.weeks)
        return {pk: merged(span.during for span in spans) for pk, spans in found.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """What would be written: a season and those that end for it, closures made or lifted, other holidays."""

    scope: Scope
    season: Wanted | None = None
    ending: Sequence[Season] = ()
    closing: Closure | None = None
    lifting: Closure | None = None
    venue: Venue | None = None  # with the holidays as they would be
    resources: Sequence[Resource] | None = field(default=None)

    def made(self, hours: Hours, day: date) -> Hours:
        """The hours with the change in force from a day."""
        season = self.season and replace(self.season, first_on=min(day, self.season.first_on))
        weeks = weeks_after(dict(hours.weeks), self.scope, season, self.ending, day)
        closures = [c for c in hours.closures if self.lifting is None or c.pk != self.lifting.pk]
        if self.closing is not None:
            closures.append(self.closing)
        return Hours(self.venue or hours.venue, self.resources or hours.resources, weeks, closures)


def rehearse_hours(change: Change) -> Rehearsal:
    """What the change would shut out of what is to come, and would have in the last 90 days; a few statements."""
    resources = change.scope.resources
    at = now()
    to_come, past = booked(resources)
    items = [*to_come.items, *past.items]
    hours = _known(change.scope.venue, resources, items, at)
    zone = change.scope.venue.zone
    today = local_date(at, zone)
    begins = change.season.first_on if change.season is not None else today
    shut = _shut_out(hours, change.made(hours, begins), to_come.items)
    was_shut = _shut_out(hours, change.made(hours, _ever(change, today)), past.items)
    return Rehearsal(
        Part(to_come.there, len(to_come.items), shut), Part(past.there, len(past.items), was_shut)
    )


def _ever(change: Change, today: date) -> date:
    """For the replay: hours for ever as if they had always been; a season only in its own days."""
    season = change.season
    if season is not None and season.until_on is not None:
        return season.first_on
    return today - REPLAYED - DAY


def _known(venue: Venue, resources: Sequence[Resource], items: Sequence[Item], at: object) -> Hours:
    window = hull([*(i.period for i in items), local_day(local_date(now(), venue.zone), venue.zone)])
    return Hours(venue, resources, weeks_of(resources), closures_of(resources, window))


def _shut_out(before: Hours, after: Hours, items: Sequence[Item]) -> list[Touched]:
    """The bookings that were open to them and no more are."""
    if not items:
        return []
    window = hull(i.period for i in items)
    was, will_be = before.opened(window), after.opened(window)
    return [
        Touched(item, [reason("closed")])
        for item in items
        if _inside(item, was) and not _inside(item, will_be)
    ]


def _inside(item: Item, opened: Mapping[UUID, Sequence[Period]]) -> bool:
    return any(span.covers(item.period) for span in opened[item.resource_id])
