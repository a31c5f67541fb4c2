"""Somebody shows a pass or says a code: green, amber or red, with every reason and what would mend it.

Green is checked in at once. Amber may be let in all the same, by who is there to decide. Red may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.attending.attendance import reasons_against
from booking.judging.reasons import reason
from booking.models import Booking, Item
from core import terms
from core.clock import now
from core.errors import Reason, WayOut
from core.ids import encode
from core.money import ZERO, Money
from core.periods import local_date
from core.words import Words
from equipment.certification import skills_held, skills_needed
from spaces.models import Resource, Venue

GREEN, AMBER, RED = "green", "amber", "red"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: at the desk of a venue, or at the door of one resource."""

    venue: Venue
    resource: Resource | None = None

    def __str__(self) -> str:
        return str(self.resource or self.venue)


@dataclass(frozen=True, slots=True)
class Look:
    """What the light shows, and why."""

    light: str
    reasons: list[Reason]


UNKNOWN = "unknown-code"


def look(booking: Booking | None, place: Place, person: Any = None) -> Look:
    """Whether the booking may be checked in here and now. `person` is who asks."""
    if booking is None:
        return Look(RED, [reason(UNKNOWN)])
    at = now()
    items = list(booking.items.select_related("resource__venue").order_by("pk"))
    against = [*_elsewhere(booking, items, place), *reasons_against(booking, Booking.Attendance.PRESENT, at)]
    if against:
        return Look(RED, against)
    amber = [*_certifications(booking, items, at), *_unpaid(booking, person)]
    return Look(AMBER, amber) if amber else Look(GREEN, [])


def _elsewhere(booking: Booking, items: list[Item], place: Place) -> list[Reason]:
    if booking.venue_id != place.venue.pk:
        return [reason("wrong-place", place=booking.venue.name)]
    if place.resource is None or any(item.resource_id == place.resource.pk for item in items):
        return []
    return [reason("wrong-place", place=", ".join(item.resource.name for item in items))]


def _certifications(booking: Booking, items: list[Item], at: datetime) -> list[Reason]:
    """What was held when it was booked may have ended or been revoked since."""
    held = skills_held(booking.person, local_date(at, booking.venue.zone))
    needed = {s.pk: s for found in skills_needed([i.resource_id for i in items]).values() for s in found}
    return [
        reason(
            "certification-ended",
            skill=Words(skill.name_it, skill.name_en),
            how=Words(skill.how_it, skill.how_en),
            way_out=WayOut("certify", f"/certifications?skill={skill.code}"),
        )
        for pk, skill in needed.items()
        if pk not in held
    ]


def _unpaid(booking: Booking, person: Any) -> list[Reason]:
    money = terms.included(Booking.prefix, ["money"], [booking], person).get("money", {})
    due: Money = money.get(booking.pk, {}).get("due", ZERO)
    if not due:
        return []
    pay = WayOut("pay", f"/bookings/{encode(Booking.prefix, booking.pk)}")
    return [reason("unpaid", amount=str(due), way_out=pay)]
