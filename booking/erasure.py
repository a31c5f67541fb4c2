"""What booking forgets of a person, and the bookings that must end first."""

from __future__ import annotations

from uuid import UUID

from booking import states
from booking.models import Booking
from core import retention
from core.clock import now
from core.retention import Obstacle
from core.words import Words

UPCOMING = Words(
    "La prenotazione {name} deve ancora svolgersi: disdicila.",
    "Booking {name} is still to come: cancel it.",
)


@retention.in_the_way
def upcoming(person: UUID) -> list[Obstacle]:
    """Bookings of a person that are still to come."""
    rows = Booking.objects.filter(person=person, state__in=states.LIVE, period__endswith__gt=now())
    return [
        Obstacle("booking-upcoming", code, UPCOMING)
        for code in rows.order_by("period").values_list("code", flat=True)
    ]


def register() -> None:
    """What of bookings is forgotten with a person, and with time."""
    words = "title = '', notes = '', reason = ''"
    retention.forget_person(
        f"UPDATE booking_booking SET {words}, answers = '{{}}' WHERE person_id = who",
        "UPDATE booking_series SET title = '', asked = '{}' WHERE person_id = who",
        "DELETE FROM booking_seriesplan WHERE person_id = who",
        "DELETE FROM booking_feed WHERE made_by_id = who OR person_id = who",
        "DELETE FROM booking_mailpreference WHERE person_id = who",
        "DELETE FROM booking_savedview WHERE made_by_id = who AND venue_id IS NULL",
        "UPDATE booking_savedview SET made_by_id = NULL WHERE made_by_id = who",
        "DELETE FROM booking_rescueletter WHERE person_id = who",
        "UPDATE booking_consequence SET words = '', answer = '' WHERE person_id = who",
        "UPDATE booking_change SET to_email = '', message = '' WHERE to_person_id = who "
        "OR booking_id IN (SELECT id FROM booking_booking WHERE person_id = who)",
        "UPDATE booking_waiting SET state = 'left' WHERE person_id = who AND state = 'waiting'",
    )
    retention.forget_old(
        "UPDATE booking_change SET to_email = '', message = '' WHERE (to_email, message) <> ('', '') "
        "AND booking_id IN (SELECT id FROM booking_booking WHERE upper(period) < personal)",
        f"UPDATE booking_booking SET {words} WHERE upper(period) < personal AND (title, notes, reason) <> ('', '', '')",
    )
