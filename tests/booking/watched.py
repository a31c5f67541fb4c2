"""A desk that is there, minute by minute, as its screen is."""

from datetime import timedelta

from booking.attending import watch
from tests.cast import ROME, rome


def keep(at, venue, start, end, door=None):
    """The desk (or the door) is heard from each minute from a wall-clock time to another; the clock stands at the end."""
    moment, last = rome(start), rome(end)
    while moment <= last:
        at(moment.astimezone(ROME).isoformat())
        watch.heard(venue.pk, door)
        moment += timedelta(minutes=1)
