"""The invitation inside a message, which Google, Outlook and Apple enter, update and take away by themselves.

iTIP (RFC 5546): REQUEST while the booking stands, CANCEL when it does not, always under the booking's own UID, with a
SEQUENCE that only grows. The message carries it as one of its alternatives (iMIP, RFC 6047) and as a file besides.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from icalendar import vCalAddress, vText

from booking.calendars import event, titled, written
from booking.models import Booking
from booking.states import LIVE
from core import mail
from core.clock import now
from people.models import Person

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def method_of(booking: Booking) -> str:
    """What a calendar has to do with the booking as it is now."""
    return REQUEST if booking.state in LIVE else CANCEL


def invitation(booking: Booking, person: Person | None = None, method: str = "") -> bytes:
    """The calendar object that a message about this booking carries, to whoever has it (or to `person`, who had it)."""
    invited = person or booking.person
    made = event(booking, titled(booking))
    made.pop("dtstamp")
    made.add("dtstamp", now())
    organizer = vCalAddress(f"mailto:{parseaddr(settings.MAIL_FROM)[1]}")
    organizer.params["CN"] = vText(booking.venue.name)
    made["ORGANIZER"] = organizer
    attendee = vCalAddress(f"mailto:{invited.email}")
    attendee.params["CN"] = vText(invited.name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    made["ATTENDEE"] = attendee
    if method == CANCEL:
        made.pop("status", None)
        made.add("status", "CANCELLED")
    return written([made], method or method_of(booking))


@mail.attacher("ics")  # what messages written before invitations refer to
@mail.attacher("invitation")
def attach(ref: dict[str, Any]) -> mail.Attachment | None:
    booking = Booking.objects.select_related("venue", "person").filter(pk=ref["id"]).first()
    if booking is None:
        return None
    return f"{booking.code}.ics", invitation(booking), f"{mail.CALENDAR}{method_of(booking)}"


@mail.attacher("invitation-withdrawn")
def withdraw(ref: dict[str, Any]) -> mail.Attachment | None:
    """Who handed the booking over has it taken out of their calendar."""
    booking = Booking.objects.select_related("venue", "person").filter(pk=ref["id"]).first()
    person = Person.objects.filter(pk=ref["person"]).first()
    if booking is None or person is None:
        return None
    return f"{booking.code}.ics", invitation(booking, person, CANCEL), f"{mail.CALENDAR}{CANCEL}"


@mail.attacher("series")
def attach_series(ref: dict[str, Any]) -> mail.Attachment | None:
    """All of a message's dates in one file: PUBLISH, for a REQUEST may speak of one event only (RFC 5546, 3.2.2)."""
    rows = Booking.objects.filter(pk__in=ref["ids"]).select_related("venue", "person").order_by("period")
    bookings = list(rows.prefetch_related("items__resource"))
    if not bookings:
        return None
    made = []
    for booking in bookings:
        one = event(booking, titled(booking))
        one.pop("dtstamp")
        one.add("dtstamp", now())
        made.append(one)
    return "serie.ics", written(made, PUBLISH), "text/calendar"
