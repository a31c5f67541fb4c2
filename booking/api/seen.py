"""Whose bookings somebody was shown, as the log keeps it; one's own, and one's organisations', are no news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from booking.finding.timeline import Drawn
from booking.models import Booking, Consequence
from core import audit
from core.ids import encode
from people.models import Person
from people.roles import standing
from spaces.models import Resource


def looked_at(person: Person, bookings: Iterable[Booking]) -> None:
    """The log says whose bookings (with venue) were shown."""
    audit.saw(person, "bookings", sights(person, bookings))


def looked_again(person: Person, *shown: Iterable[audit.Sight]) -> None:
    """The same for a screen that asks by itself: what was shown within the hour is not told again."""
    audit.saw_anew(person, "bookings", [sight for some in shown for sight in some])


def sights(person: Person, bookings: Iterable[Booking]) -> list[audit.Sight]:
    has = standing(person)
    return [
        audit.Sight(encode("bkg", b.pk), b.venue.partner_id, b.person_id)
        for b in bookings
        if b.person_id != person.pk and b.organisation_id not in has.delegate_of
    ]


def of_consequences(person: Person, found: Sequence[Consequence]) -> list[audit.Sight]:
    """What not coming led to tells whose booking it was."""
    return sights(person, [one.booking for one in found])


def of_spans(resources: Sequence[Resource], drawn: Mapping[UUID, Drawn]) -> list[audit.Sight]:
    """The names that stretches drawn for the house tell."""
    return [
        audit.Sight(encode("bkg", span.booking), resource.venue.partner_id, span.whose)
        for resource in resources
        for span in drawn[resource.pk].spans
        if span.booking and span.kind != "mine"
    ]
