"""A requested series is decided on in one act: which of its dates still can be, and why the others cannot.

Whoever decides names the dates that they saw, and may approve some and refuse the others. If one of them cannot be
decided on any more nothing is, and the answer says which and why (docs/adr/0080, 0093).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from booking.claims import Ask
from booking.holding import lifecycle
from booking.holding.locking import lock_bookings
from booking.judging.gathering import gather
from booking.judging.judge import standing_reasons, state_of, time_reasons
from booking.judging.reasons import reason
from booking.models import Booking, Change, Item, Series
from booking.telling import messages
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

DECIDED = "decided"  # one of several whose others were decided otherwise in the same act

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
            *time_reasons(facts, Ask.of(item)),
        ]
        found[item.booking_id] += [r for r in against if r.code in SINCE]
    return {pk: reasons for pk, reasons in found.items() if reasons}


def lock_dates(yes: Sequence[UUID], no: Sequence[UUID]) -> tuple[list[Booking], list[Booking]]:
    """Inside an act: these dates, locked, of which the first can all be approved and the second all be refused. Raises
    DatesNotDecidable."""
    bookings, wanted = lock_bookings([*yes, *no]), set(yes)
    approved = [booking for booking in bookings if booking.pk in wanted]
    refused = [booking for booking in bookings if booking.pk not in wanted]
    if against := unfit(approved) | not_waiting(refused):
        raise DatesNotDecidable(data={"dates": _told(bookings, against)})
    return approved, refused


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
def decide(by: Person, series: Series, yes: Sequence[UUID], no: Sequence[UUID], reason: str = "") -> Series:
    """The first dates of the series stand as bookings and the others are refused with a reason, or nothing happens at
    all. Raises DatesNotDecidable."""
    approved, refused = lock_dates(yes, no)
    as_yes, as_no = announced_as(approved, refused)
    if approved:
        lifecycle.confirm_all(approved, by, as_yes)
    if refused:
        lifecycle.refuse_all(refused, by, reason, as_no)
    conclude(by, series, approved, refused)
    return series


def announced_as(approved: Sequence[Booking], refused: Sequence[Booking]) -> tuple[str, str]:
    """Why the two are said to have changed: if there are both, one message tells of them together."""
    return (DECIDED, DECIDED) if approved and refused else ("approved", "refused")


def conclude(by: Person, series: Series, approved: Sequence[Booking], refused: Sequence[Booking]) -> None:
    """Inside the act, at its end: it is written down, and told where each has not been told of by itself."""
    if approved and refused:
        messages.tell_of_decision(approved, refused)
    record(by, "decide-series", series, approved=len(approved), refused=len(refused))
