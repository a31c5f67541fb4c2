"""A series as one entry of a calendar: a weekly rule, the days that it leaves out, and what is otherwise on some days.

Every message about a series carries all of its dates, so that the newest one is right whatever became of those before
it (docs/adr/0100). A series that took over dates of another is the same entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Event, vText

from booking.inviting.calendars import STATUS, event, titled, uid
from booking.inviting.weekly import NAMES, weekly
from booking.models import Booking, Series
from core.clock import now
from core.ids import encode
from core.periods import local_date

S = Booking.State
DAY = timedelta(days=1)
STEP = timedelta(milliseconds=100)  # a signed number of 32 bits holds nearly seven years of them


class Kind(NamedTuple):
    """What dates of a series have in common, on the venue's clock."""

    start: time
    end: time
    nights: int
    elapsed: timedelta  # not what the clock says where it changes on the way
    summary: str
    status: str


def entry_of(series: Series) -> tuple[bool, list[Event]]:
    """Whether any date of the series stands, and the entry's events, the rule first."""
    members = _one_entry(series)
    oldest = members[0]
    # Taken before the dates are read: a later number never comes with older dates. Time since it was made, for who
    # counted its changes would have to queue at the series for every one of them.
    sequence = (now() - oldest.made_at) // STEP
    rows = Booking.objects.filter(series__in=members, person=series.person_id).select_related("venue")
    bookings = list(rows.prefetch_related("items__resource").order_by("period", "pk"))
    standing = [booking for booking in bookings if booking.state in (S.CONFIRMED, S.REQUESTED)]
    events = _repeated(series, standing) if standing else [_gone(series, bookings)]
    for made in events:
        for name in ("uid", "sequence"):
            made.pop(name, None)
        made.add("uid", uid(oldest))
        made.add("sequence", sequence)
    return bool(standing), events


def _one_entry(series: Series) -> list[Series]:
    """The series that follow one another, the oldest first."""
    oldest = series
    while oldest.follows is not None:
        oldest = oldest.follows
    members, latest = [oldest], [oldest]
    while latest:
        latest = list(Series.objects.filter(follows__in=latest).order_by("made_at", "pk"))
        members += latest
    return members


def _repeated(series: Series, bookings: list[Booking]) -> list[Event]:
    zone = series.venue.zone
    on = days_of(bookings, zone)
    kinds = {day: _kind(booking, zone) for day, booking in on.items()}
    usual = Counter(kinds.values()).most_common(1)[0][0]
    rule, left_out = weekly(on)

    def begins(day: date) -> datetime:
        return datetime.combine(day, usual.start, zone)

    made = Event()
    made.add("dtstart", begins(rule.first))
    made.add("dtend", datetime.combine(rule.first + usual.nights * DAY, usual.end, zone))
    made.add(
        "rrule",
        {
            "freq": "weekly",
            "interval": rule.interval,
            "wkst": "MO",
            "byday": [NAMES[weekday] for weekday in rule.weekdays],
            "until": begins(rule.last).astimezone(UTC),
        },
    )
    for day in left_out:
        made.add("exdate", begins(day))
    made.add("summary", usual.summary)
    made.add("status", usual.status)
    _say_where(made, series)
    otherwise = []
    for day, booking in on.items():
        if kinds[day] != usual or begins(day) != booking.period.start:
            otherwise.append(event(booking, titled(booking)))
            otherwise[-1].add("recurrence-id", begins(day))
    return [made, *otherwise]


def days_of(bookings: Iterable[Booking], zone: ZoneInfo) -> dict[date, Booking]:
    """A day of the rule for each, in the order in which they begin: its own, or where that is a later one's already, the
    day before that one's."""
    found: dict[date, Booking] = {}
    for booking in sorted(bookings, key=lambda b: b.period, reverse=True):
        day = local_date(booking.period.start, zone)
        after = next(reversed(found), None)
        found[day if after is None else min(day, after - DAY)] = booking
    return dict(reversed(found.items()))


def _kind(booking: Booking, zone: ZoneInfo) -> Kind:
    start, end = (at.astimezone(zone) for at in (booking.period.start, booking.period.end))
    return Kind(
        start.time(),
        end.time(),
        (end.date() - start.date()).days,
        booking.period.elapsed,
        titled(booking),
        STATUS[booking.state],
    )


def _gone(series: Series, bookings: list[Booking]) -> Event:
    """What takes the entry away; without a time where nothing of the series is theirs any more."""
    made = event(bookings[0], titled(bookings[0])) if bookings else Event()
    made.pop("status", None)
    made.add("status", "CANCELLED")
    for name in ("url", "location"):
        made.pop(name, None)
    _say_where(made, series)
    return made


def _say_where(made: Event, series: Series) -> None:
    venue = series.venue
    made["location"] = vText(f"{venue.name}, {venue.street}, {venue.city}")
    made.add("url", f"{settings.SITE_URL}/series/{encode(Series.prefix, series.pk)}")
