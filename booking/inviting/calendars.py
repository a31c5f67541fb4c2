"""A booking as a calendar file and as a square that a desk can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import prefetch_related_objects
from icalendar import Calendar, Component, Event, vText

from booking.inviting import passes
from booking.models import Booking, Series
from core.ids import encode
from core.periods import MINUTE, Period
from core.qr import svg

READ_AGAIN = timedelta(minutes=15)


def uid(thing: Booking | Series) -> str:
    """The same for ever, so that a calendar updates what it already has."""
    return f"{encode(thing.prefix, thing.pk)}@{settings.SITE_URL.split('//')[-1].split(':')[0]}"


def ics(bookings: Sequence[Booking]) -> bytes:
    """An iCalendar file (RFC 5545): UID fixed, SEQUENCE growing, cancelled ones say so; one statement for the items."""
    prefetch_related_objects(bookings, "items__resource")
    return written(event(booking, titled(booking)) for booking in bookings)


def written(events: Iterable[Component], method: str | None = None, name: str | None = None) -> bytes:
    """A calendar of these events; with a method (RFC 5546) it asks its reader to do something with them.

    With a name it is one to subscribe to, and asks to be read again soon (RFC 7986, and what Outlook and Apple read).
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Ballatoio//IT")
    calendar.add("version", "2.0")
    if method is not None:
        calendar.add("method", method)
    if name is not None:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", READ_AGAIN, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", f"PT{READ_AGAIN // MINUTE}M")
    for found in events:
        calendar.add_component(found)
    content: bytes = calendar.to_ical()
    return content


def titled(booking: Booking) -> str:
    """What is booked, and for what."""
    names = ", ".join(item.resource.name for item in sorted(booking.items.all(), key=lambda item: item.pk))
    return f"{names} · {booking.title}" if booking.title else names


def event(booking: Booking, summary: str) -> Event:
    """The booking as a calendar keeps it; with its code and address, for whoever may see them."""
    made = bare(uid(booking), booking.period, summary)
    made.add("sequence", booking.sequence)
    made.add("dtstamp", booking.ended_at or booking.made_at)
    made["location"] = vText(f"{booking.venue.name}, {booking.venue.street}, {booking.venue.city}")
    made.add("description", booking.code)
    made.add("url", f"{settings.SITE_URL}/bookings/{encode(Booking.prefix, booking.pk)}")
    made.add("status", STATUS.get(booking.state, "CANCELLED"))
    return made


def bare(name: str, period: Period, summary: str) -> Event:
    """When, and that; nothing of whom."""
    made = Event()
    made.add("uid", name)
    made.add("dtstart", period.start)
    made.add("dtend", period.end)
    made.add("summary", summary)
    return made


STATUS: dict[str, str] = {
    Booking.State.CONFIRMED: "CONFIRMED",
    Booking.State.REQUESTED: "TENTATIVE",
    Booking.State.HELD: "TENTATIVE",
    Booking.State.OFFERED: "TENTATIVE",
}


def qr(booking: Booking) -> bytes:
    """The booking's pass as an SVG square; the pass is signed, so it cannot be made up from the code."""
    return svg(passes.of(booking))
