"""A booking as a calendar file and as a square that a desk can read."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from django.conf import settings
from icalendar import Calendar, Event, vText

from booking.models import Booking
from core.clock import now
from core.ids import encode


def uid(booking: Booking) -> str:
    """The same for ever, so that a calendar updates what it already has."""
    return f"{encode(Booking.prefix, booking.pk)}@{settings.SITE_URL.split('//')[-1].split(':')[0]}"


def ics(bookings: Sequence[Booking]) -> bytes:
    """An iCalendar file (RFC 5545): UID fixed, SEQUENCE growing, cancelled ones say so."""
    calendar = Calendar()
    calendar.add("prodid", "-//Ballatoio//IT")
    calendar.add("version", "2.0")
    for booking in bookings:
        event = Event()
        event.add("uid", uid(booking))
        event.add("sequence", booking.sequence)
        event.add("dtstamp", now())
        event.add("dtstart", booking.period.start)
        event.add("dtend", booking.period.end)
        names = ", ".join(booking.items.order_by("pk").values_list("resource__name", flat=True))
        event.add("summary", f"{names} · {booking.title}" if booking.title else names)
        event["location"] = vText(f"{booking.venue.name}, {booking.venue.street}, {booking.venue.city}")
        event.add("description", booking.code)
        event.add("url", f"{settings.SITE_URL}/bookings/{encode(Booking.prefix, booking.pk)}")
        event.add("status", STATUS.get(booking.state, "CANCELLED"))
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


STATUS: dict[str, str] = {
    Booking.State.CONFIRMED: "CONFIRMED",
    Booking.State.REQUESTED: "TENTATIVE",
    Booking.State.HELD: "TENTATIVE",
}


def qr(booking: Booking) -> bytes:
    """The booking's code as an SVG square; reading it gives the code and no right."""
    out = io.BytesIO()
    segno.make(booking.code, error="m").save(out, kind="svg", scale=6, border=2, xmldecl=False)
    return out.getvalue()
