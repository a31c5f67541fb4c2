"""What the rules say of coming, leaving and cancelling, frozen with the booking when it is confirmed or moved.

A booking keeps the rules it was made under, so whoever checks in, leaves or does not come is judged by what was
promised, and no list has to read rules again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from booking.events import booking_changed
from booking.judging.reasons import reason
from booking.models import Booking, Item
from core.clock import now
from core.errors import Reason
from core.periods import local_date
from core.words import so_long
from spaces.clauses import NoShows
from spaces.policy import BookingPolicy, policies

EARLY = timedelta(
    minutes=30
)  # where nothing was frozen: bookings confirmed before there were rules of coming
A = Booking.Attendance
AS_IT_WAS = ("undone", "excused")
ELSEWHEN = ("moved", "series-changed", "taken")


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def opens_at(booking: Booking) -> datetime:
    """From when one may check in."""
    return booking.check_in_opens or booking.period.start - EARLY


def misses_at(booking: Booking) -> datetime:
    """From when staff may say that nobody came."""
    return min(booking.period.start, booking.no_show_at or booking.period.start)


def freeze(booking: Booking, found: Sequence[BookingPolicy]) -> None:
    """The booking, unsaved, says what these policies of its resources say together: the strictest of each. Pure."""
    start = booking.period.start
    starts, before = int(start.timestamp()), booking.attendance_terms.get("starts")
    graces = [p.grace for p in found if p.needs_check_in]
    booking.check_in_opens = start - minutes(max((p.check_in_from for p in found), default=30))
    booking.no_show_at = start + minutes(min(graces)) if graces else None
    after = next((p.no_show_after for p in found if p.no_show_after is not None), None)
    booking.attendance_terms = {
        "starts": starts,
        "release": any(p.release_no_show for p in found),
        "leaving_frees": all(p.leaving_frees for p in found),
        "fee": max((p.no_show_fee for p in found), default=0),
        "after": asdict(after) if after is not None else None,
        "appeal_days": min((p.appeal_days for p in found if p.appeal_days), default=0),
        "appeal_until_day": min((p.appeal_until_day for p in found if p.appeal_until_day), default=0),
        "cancel_notice": max((p.cancel_notice for p in found), default=0),
    }
    at_once = any(p.check_in_at_once for p in found)
    if booking.attendance == A.PRESENT:
        # Whoever had come for the time that they left for this one has yet to come.
        if starts != before and now() < booking.check_in_opens:
            booking.attendance, booking.arrived_at = A.EXPECTED, None
    elif at_once and booking.check_in_opens <= now() < booking.period.end:
        booking.attendance, booking.arrived_at = A.PRESENT, now()


def too_late_to_cancel(booking: Booking) -> list[Reason]:
    """Why its own people cannot cancel it any more, by the rules it was confirmed under; counted, as what comes back is,
    from the earliest start that it ever had."""
    notice = booking.attendance_terms.get("cancel_notice", 0)
    if now() + minutes(notice) <= booking.earliest_start:
        return []
    return [reason("too-late-to-cancel", ahead=so_long(notice))] if notice else []


def after_no_shows(booking: Booking) -> NoShows | None:
    """What the rules that the booking was made under say of no-shows, if anything."""
    told: dict[str, Any] | None = booking.attendance_terms.get("after")
    return NoShows(**told) if told else None


def _is_later(booking: Booking, why: str) -> bool:
    """Whether its time has become one that has yet to begin."""
    return why in ELSEWHEN and now() < booking.period.start


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """Whatever is confirmed, or confirmed for another time, has its rules of coming; three statements for any number.

    What is only left as it was keeps those that it has.
    """
    if why in AS_IT_WAS or why.startswith("change-"):
        return
    expected = [
        b
        for b in bookings
        if b.state == Booking.State.CONFIRMED
        and (b.attendance == A.EXPECTED or (b.attendance == A.PRESENT and _is_later(b, why)))
    ]
    if not expected:
        return
    items: dict[UUID, list[Item]] = {booking.pk: [] for booking in expected}
    for item in Item.objects.filter(booking__in=expected).select_related("resource__venue"):
        items[item.booking_id].append(item)
    rules = policies({i.resource_id: i.resource for found in items.values() for i in found}.values())
    for booking in expected:
        freeze(
            booking,
            [
                rules[i.resource_id].on(local_date(i.period.start, i.resource.venue.zone)).policy
                for i in items[booking.pk]
            ],
        )
    Booking.objects.bulk_update(
        expected, ["check_in_opens", "no_show_at", "attendance_terms", "attendance", "arrived_at"]
    )
