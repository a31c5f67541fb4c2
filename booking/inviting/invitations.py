"""The invitation inside a message, which Google, Outlook and Apple enter, update and take away by themselves.

iTIP (RFC 5546): REQUEST while something stands, CANCEL when nothing does, under a UID that stays, with a SEQUENCE that
only grows. The message carries it as one of its alternatives (iMIP, RFC 6047) and as a file besides. A date of a series
is invited to as a part of its series (invited_series.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from icalendar import Event, vCalAddress, vText

from booking.inviting import invited_series
from booking.inviting.calendars import event, titled, written
from booking.inviting.zones import vtimezone
from booking.models import Booking, Series
from booking.states import LIVE
from core import mail
from core.clock import now
from core.periods import Period
from people.models import Person
from spaces.models import Venue

REQUEST, CANCEL = "REQUEST", "CANCEL"
ROWS = Booking.objects.select_related("venue", "person")


def method_of(booking: Booking) -> str:
    """What a calendar has to do with the booking as it is now."""
    return REQUEST if booking.state in LIVE else CANCEL


def invitation(booking: Booking, person: Person | None = None, method: str = "") -> bytes:
    """The calendar object that a message about this booking carries, to whoever has it (or to `person`, who had it)."""
    made = event(booking, titled(booking))
    if method == CANCEL:
        made.pop("status")
        made.add("status", "CANCELLED")
    address([made], booking.venue, person or booking.person)
    return written([made], method or method_of(booking))


def address(events: Sequence[Event], venue: Venue, invited: Person) -> None:
    """The events are said now, by the house, to this person, who has to answer nothing."""
    organizer = vCalAddress(f"mailto:{parseaddr(settings.MAIL_FROM)[1]}")
    organizer.params["CN"] = vText(venue.name)
    attendee = vCalAddress(f"mailto:{invited.email}")
    attendee.params["CN"] = vText(invited.name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    for made in events:
        made.pop("dtstamp", None)
        made.add("dtstamp", now())
        made["ORGANIZER"], made["ATTENDEE"] = organizer, attendee


def to(booking: Booking) -> dict[str, Any]:
    """What a message refers to so that whoever has the booking now is invited when it leaves."""
    return {"kind": "invitation", "id": str(booking.pk), "person": str(booking.person_id)}


def withdrawn_from(booking: Booking, giver: Person) -> dict[str, Any]:
    """What a message refers to so that the booking, as it was when it passed on, leaves its giver's calendar."""
    return {
        "kind": "invitation-withdrawn",
        "id": str(booking.pk),
        "person": str(giver.pk),
        "sequence": booking.sequence,
        "period": [booking.period.start.isoformat(), booking.period.end.isoformat()],
    }


def to_dates_of(series_id: UUID) -> dict[str, Any]:
    """What a message refers to so that all dates of the series are in the calendar as they are when it leaves."""
    return {"kind": "series", "id": str(series_id)}


@mail.attacher("ics")  # what messages written before invitations refer to
@mail.attacher("invitation")
def attach(ref: dict[str, Any]) -> mail.Attachment | None:
    booking = ROWS.filter(pk=ref["id"]).first()
    if booking is None or ref.get("person", str(booking.person_id)) != str(booking.person_id):
        return None  # it has passed to somebody else since
    if booking.series_id is not None:
        return attach_series(to_dates_of(booking.series_id))
    return f"{booking.code}.ics", invitation(booking), f"{mail.CALENDAR}{method_of(booking)}"


@mail.attacher("invitation-withdrawn")
def withdraw(ref: dict[str, Any]) -> mail.Attachment | None:
    """Who handed the booking over has it taken out of their calendar, unless they have it again."""
    booking = ROWS.filter(pk=ref["id"]).first()
    giver = Person.objects.filter(pk=ref["person"]).first()
    if booking is None or giver is None or booking.person_id == giver.pk:
        return None
    # As it was then: where the receiver moved it to is no business of the giver's, and their own versions go on.
    booking.sequence = ref.get("sequence", booking.sequence)
    if "period" in ref:
        start, end = map(datetime.fromisoformat, ref["period"])
        booking.period = Period(start, end)
    return f"{booking.code}.ics", invitation(booking, giver, CANCEL), f"{mail.CALENDAR}{CANCEL}"


@mail.attacher("series")
def attach_series(ref: dict[str, Any]) -> mail.Attachment | None:
    """All dates of a series in one REQUEST, whatever the message is about; a CANCEL when there are none any more."""
    # What messages written before this refer to are some of its dates.
    named = Q(pk=ref["id"]) if "id" in ref else Q(bookings__in=ref["ids"])
    series = Series.objects.select_related("venue", "person").filter(named).first()
    if series is None:
        return None
    stands, events = invited_series.entry_of(series)
    address(events, series.venue, series.person)
    method = REQUEST if stands else CANCEL
    zones = [vtimezone(series.venue.zone, events[0].start.year - 1)] if stands else []
    return "serie.ics", written([*zones, *events], method), f"{mail.CALENDAR}{method}"
