"""A requested series is decided on in one act: which of its dates still can be, and why the others cannot.

Whoever decides names the dates that they saw. If one of them cannot be decided on any more nothing is, and the answer
says which and why (docs/adr/0080).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from booking import lifecycle
from booking.claims import Ask
from booking.facts import gather
from booking.judge import standing_reasons, state_of, time_reasons
from booking.locking import lock_bookings
from booking.models import Booking, Change, Item, Series
from booking.reasons import reason
from core.audit import record
from core.clock import now
from core.errors import DatesNotDecidable, Reason
from core.ids import encode
from core.locks import act
from core.periods import hull
from core.problems import reason_shape
from people.models import Person

S = Booking.State
DAY = timedelta(days=1)
# What has happened since it was asked for. Rules are not asked again: a request keeps those it was made under.
SINCE = {"closed", "not-yet-planned", "not-offered", "out-of-order"}

Against = dict[UUID, list[Reason]]


def not_waiting(bookings: Sequence[Booking]) -> Against:
    """Of these dates those that do not wait for staff any more, and how they are instead."""
    states = {booking.pk: state_of(booking) for booking in bookings}
    return {
        pk: [reason("wrong-state", state=S(state).label)]
        for pk, state in states.items()
        if state != S.REQUESTED
    }


def unfit(bookings: Sequence[Booking]) -> Against:
    """Of these dates those that cannot be approved, and why: decided already, closed or out of order meanwhile, or with
    another time proposed to their guest. A fixed number of statements for any number of dates."""
    found: Against = defaultdict(list, not_waiting(bookings))
    if not bookings:
        return found
    proposed = Change.objects.filter(booking__in=bookings, state=Change.State.PENDING, until__gt=now())
    for pk in proposed.values_list("booking_id", flat=True):
        found[pk].append(reason("change-pending"))
    items = list(Item.objects.filter(booking__in=bookings).select_related("resource__venue").order_by("pk"))
    resources = {item.resource for item in items}
    facts = gather(resources, hull(item.period for item in items).padded(DAY, DAY), None)
    for item in items:
        against = [
            *standing_reasons(facts, [item.resource]),
            *time_reasons(facts, Ask(item.resource, item.period, item.quantity)),
        ]
        found[item.booking_id] += [r for r in against if r.code in SINCE]
    return {pk: reasons for pk, reasons in found.items() if reasons}


def lock_dates(ids: Sequence[UUID], against: Callable[[Sequence[Booking]], Against]) -> list[Booking]:
    """Inside an act: these dates, locked, all of which can be decided on. Raises DatesNotDecidable."""
    bookings = lock_bookings(ids)
    if found := against(bookings):
        raise DatesNotDecidable(data={"dates": _told(bookings, found)})
    return bookings


def _told(bookings: Sequence[Booking], against: Mapping[UUID, Sequence[Reason]]) -> list[dict[str, object]]:
    return [
        {
            "booking_id": encode(Booking.prefix, booking.pk),
            "on": booking.series_date,
            "period": {"start": booking.period.start, "end": booking.period.end},
            "reasons": [reason_shape(found) for found in against[booking.pk]],
        }
        for booking in sorted(bookings, key=lambda b: b.period.start)
        if booking.pk in against
    ]


@act
def approve(by: Person, series: Series, ids: Sequence[UUID]) -> Series:
    """These dates of the series stand as bookings, or none of them. Raises DatesNotDecidable."""
    bookings = lock_dates(ids, unfit)
    lifecycle.confirm_all(bookings, by, "approved")
    record(by, "approve-series", series, dates=len(bookings))
    return series


@act
def refuse(by: Person, series: Series, ids: Sequence[UUID], reason: str) -> Series:
    """These dates of the series are refused with a reason, or none of them. Raises DatesNotDecidable."""
    bookings = lock_dates(ids, not_waiting)
    lifecycle.refuse_all(bookings, by, reason)
    record(by, "refuse-series", series, dates=len(bookings))
    return series
