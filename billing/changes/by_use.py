"""Whoever pays by the use pays for the time they used: when they have left, the difference comes back or is owed.

By the tariff and the groups of the day it was agreed, so that nothing but the use makes it another price. The use is
counted from when they came, never before the start; in whole steps of the rules, at least one. Who stays longer pays
until they leave, but never for the time of who comes after them, nor for more than once again what they had booked:
a check-out that was forgotten is no second booking.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from billing.changes.differences import Difference, difference, pay_otherwise, unpaid_order
from billing.models import Checkout, Order, OrderLine, TimeUsed
from billing.paying import orders, refunds
from billing.paying.checkout import owe
from billing.prices.rate_rules import RESERVATION
from billing.quoting.quotes import Use, priced
from booking.changing.moves import items_of
from booking.holding.locking import lock_bookings
from booking.models import Booking, Claim, Item
from core import outbox
from core.audit import record
from core.locks import patient_act
from core.money import Money, total
from core.periods import MINUTE, Period, local_date
from spaces.policy import policies

LIVE = (Order.State.PAID, Order.State.OWED, Order.State.BILLED)


def heard(bookings: Sequence[Booking]) -> None:
    """Inside the act by which they left: what their use costs will be looked at."""
    for booking in bookings:
        outbox.put("billing.used", {"booking": str(booking.pk)}, key=f"used:{booking.pk}")


@outbox.handler("billing.used")
def _on_left(payload: dict[str, Any]) -> None:
    measure(UUID(payload["booking"]))


@patient_act
def measure(booking_id: UUID) -> TimeUsed | None:
    """What was used is what is paid: too much of it is on its way back, too little is owed. Once; nothing where the
    time reserved is charged."""
    (booking,) = lock_bookings([booking_id])
    if booking.attendance != Booking.Attendance.LEFT or TimeUsed.objects.filter(booking=booking).exists():
        return None
    orders.lock_orders(booking)
    items, agreed_at = items_of(booking), _agreed_at(booking)
    if agreed_at is None:
        return None
    use = Use(used_by_item(booking, items), agreed_at)
    lines = priced([booking], booking.person, booking.organisation, use=use)
    if all(line.price.charge_by == RESERVATION for line in lines):
        return None
    gap = difference(booking, use=use)
    agreed = _stands_at(booking, gap)
    order = _square(booking, gap)
    made = TimeUsed.objects.create(
        booking=booking,
        period=max(use.periods.values(), key=lambda period: period.end),
        agreed=agreed,
        price=gap.price,
        lines=[line.plain() for line in lines],
        order=order,
    )
    record(None, "measure", made, booking=str(booking.pk))
    return made


def _agreed_at(booking: Booking) -> datetime | None:
    """When the price of what stands was agreed with whoever has it: orders made anew for others' sake say it again."""
    rows = OrderLine.objects.filter(booking=booking, order__person=booking.person_id)
    stands = rows.filter(order__state__in=LIVE).order_by("-order__made_at").first()
    if stands is None:
        return None
    same = rows.filter(item=stands.item_id, steps=stands.steps).order_by("order__made_at")
    return same.values_list("order__made_at", flat=True).first()


def _stands_at(booking: Booking, gap: Difference) -> Money:
    """What was paid or is owed for it before its use was known."""
    unpaid = unpaid_order(booking)
    if unpaid is not None:
        return total(line.gross for line in unpaid.lines.filter(booking=booking))
    return gap.price - gap.due + gap.spare


def _square(booking: Booking, gap: Difference) -> Order | None:
    """The order of what is owed besides, if any."""
    backs = refunds.part_of(booking, gap.less)
    unpaid = unpaid_order(booking)
    made = None
    if unpaid is not None:
        made = orders.make_anew(unpaid, [booking], gap.more, booking.person)
    elif gap.due:
        made = orders.new_order(booking.person, booking.organisation, [booking], gap.more)
        Checkout.objects.create(
            order=made, made_by=booking.person, method="account", state=Checkout.State.DONE
        )
        owe(made)
    pay_otherwise(None, booking, gap.draws, backs, "used-less", percent=100)
    return made


# -- how long it was used ------------------------------------------------------------------------------------------


def used_by_item(booking: Booking, items: Sequence[Item]) -> dict[UUID, Period]:
    """The time in which each item of a booking, whose people have left, was used."""
    rules = policies({item.resource_id: item.resource for item in items}.values())
    latest = _latest(booking)
    found = {}
    for item in items:
        on = local_date(item.period.start, item.resource.venue.zone)
        step = rules[item.resource_id].on(on).policy.step
        found[item.pk] = counted(item.period, booking.arrived_at, booking.left_at, step, latest)
    return found


def counted(
    reserved: Period, arrived: datetime | None, left: datetime | None, step: int, latest: datetime
) -> Period:
    """From when they came, not before the start, until they left, in whole steps, at least one; not after the latest,
    if that is after what they had reserved. Pure."""
    start = max(arrived or reserved.start, reserved.start).replace(second=0, microsecond=0)
    until = left or reserved.end
    minutes = -((start - until) // MINUTE)  # what has begun counts
    steps = max(1, -(-minutes // step))
    end = start + steps * step * MINUTE
    return Period(start, min(end, max(latest, reserved.end, start + step * MINUTE)))


def _latest(booking: Booking) -> datetime:
    """Until when a use can be counted: when the next has these units, and at most as long again as was booked."""
    units = Claim.objects.filter(item__booking=booking).values("unit")
    later = Claim.objects.filter(unit__in=units, during__startswith__gte=booking.period.end).exclude(
        item__booking=booking
    )
    ends = [during.start for during in later.order_by("during").values_list("during", flat=True)[:1]]
    return min([booking.period.end + timedelta(minutes=booking.period.minutes), *ends])
