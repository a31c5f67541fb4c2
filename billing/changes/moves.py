"""A booking moves, grows or shrinks, and its money with it, in one transaction.

Nothing more due: at once, and what was paid too much comes back by the terms. More due: a change holds the
difference until it is paid. What is not paid yet is simply owed otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from billing.changes.differences import Difference, difference, instead_of, pay_otherwise, unpaid_order
from billing.paying import orders, refunds
from billing.paying.credit_limits import heed_limit
from billing.quoting.quotes import heed_allowances
from booking import claims
from booking.changing import changes
from booking.changing.changes import WAITS, lock_for
from booking.changing.moves import (
    GONE,
    Where,
    asks_for,
    for_people,
    items_of,
    judged,
    leaving_reasons,
    people_in,
    say,
    where_in,
)
from booking.claims import Placed
from booking.finding.nearby import alternatives
from booking.holding import lapsing
from booking.holding.holds import refuse, spoken
from booking.holding.lifecycle import change_deadline
from booking.judging.clauses import NOTHING, Given
from booking.models import Booking, Change, Item
from booking.telling.messages import tell_of, tell_staff
from core.clock import now
from core.errors import Refused, SlotTaken
from core.locks import patient_act
from core.periods import MINUTE, local_date
from people.models import Person
from people.roles import allow
from spaces.layout import takes, units_of
from spaces.policy import policies

S = Booking.State
PAY_WITHIN = timedelta(days=3)  # once staff have agreed


def move(
    by: Person,
    booking_id: UUID,
    where: Where,
    *,
    house: bool = False,
    override: str = "",
    said: Given = NOTHING,
) -> Booking:
    """The booking has the new time, or a change that waits for its money or for staff; and what is said for it.

    Raises Refused with every reason, or SlotTaken; both carry alternatives, found after the rollback. AllowanceSpent,
    CreditSpent.
    """
    seen = Booking.objects.select_related("venue", "person", "organisation").get(pk=booking_id)
    items = items_of(seen)
    asks = asks_for(seen, where, items)
    lapsing.lapse_dead(units_of(takes({a.resource.pk for a in asks} | {i.resource_id for i in items})))
    first_look = judged(seen, where, items, house=house, override=override, said=said)
    with told_what_is_near(seen, where, items, house=house):
        if first_look.reasons:
            refuse(first_look.verdict)
        return _move(by, booking_id, where, house, override, said, first_look.verdict.placed)


@contextmanager
def told_what_is_near(booking: Booking, where: Where, items: list[Item], *, house: bool) -> Iterator[None]:
    """A refusal of this new time leaves with what is near and free; not where no other time would help."""
    try:
        yield
    except (Refused, SlotTaken) as error:
        if not leaving_reasons(booking, where, items, house=house):
            asks = asks_for(booking, where, items)
            near = alternatives(
                asks, booking.person, booking.organisation, booking.people, leaving=[booking.pk]
            )
            error.alternatives = spoken(near, booking.person, booking.organisation)
        raise


@patient_act
def _move(
    by: Person, booking_id: UUID, where: Where, house: bool, override: str, said: Given, told: list[Placed]
) -> Booking:
    booking = lock_for(booking_id, resources=[where.resource.pk] if where.resource else [])
    allow(by, "booking.move", booking, seen_by="booking.see")  # it may have passed to somebody else meanwhile
    items = items_of(booking)
    units = units_of(takes({placed.ask.resource.pk for placed in told}))
    offers = claims.lift_own_offers(booking.person_id, units, told)
    found = judged(booking, where, items, house=house, override=override, said=said, locked=True)
    if found.reasons:
        refuse(found.verdict)
    say(by, booking, where, said)
    orders.lock_orders(booking)
    gap = difference(for_people(booking, found.people), instead_of(items, found.asks))
    heed_allowances(gap.more, booking.organisation)
    if not house:
        heed_credit(by, booking, gap)
    if found.needs_approval and booking.state == S.CONFIRMED:
        until = change_deadline(booking.period, found.asks)
        changes.hold_difference(booking, where, items, found, by, WAITS.APPROVAL, until)
        tell_staff(booking)
    elif gap.due and unpaid_order(booking) is None:
        until = now() + _hold(items) * MINUTE
        changes.hold_difference(booking, where, items, found, by, WAITS.PAYMENT, until)
    else:
        backs = refunds.part_by_terms(booking, gap.less)
        changes.take_new_time(booking, where, items, found.verdict, by, people=found.people)
        square(by, booking, gap, backs)
    claims.spend_offers(offers)
    return booking


def heed_credit(by: Person, booking: Booking, gap: Difference) -> None:
    """Inside an act that locked its organisation: what is owed for the booking fits what its issuers agreed, as it will
    be. Raises CreditSpent."""
    unpaid = unpaid_order(booking)
    if unpaid is not None and unpaid.organisation is not None:
        heed_limit(by, gap.more, unpaid.organisation, unpaid.lines.filter(booking=booking))


def _hold(items: list[Item]) -> int:
    """How many minutes the difference is held for whoever has to pay it: the policy's `hold`."""
    found = policies([item.resource for item in items])
    days = [(i.resource_id, local_date(i.period.start, i.resource.venue.zone)) for i in items]
    return min(found[resource].on(day).policy.hold for resource, day in days)


def square(by: Person, booking: Booking, gap: Difference, backs: list[refunds.Back]) -> None:
    """Inside the act that has moved the booking: what is unpaid of it is owed as it is now, what is too much comes
    back."""
    unpaid = unpaid_order(booking)
    if unpaid is not None:
        orders.make_anew(unpaid, [booking], gap.more, by)
    pay_otherwise(by, booking, gap.draws, backs, "moved")


# -- a change that waited ------------------------------------------------------------------------------------


def approve(by: Person, booking: Booking, change: Change) -> None:
    """Inside an act that locked booking and orders: staff agree to the move; what it costs more is to be paid first, or
    goes on account as far as was agreed. Raises CreditSpent."""
    gap = of_change(booking, change)
    unpaid = unpaid_order(booking)
    heed_credit(by, booking, gap)
    if gap.due and unpaid is None:
        changes.wait_longer(change, _pay_until(booking, change), WAITS.PAYMENT)
        tell_of(booking, "change-approved")
        return
    backs = refunds.part_by_terms(booking, gap.less)
    changes.settle(change, booking, by)
    square(by, booking, gap, backs)


def _pay_until(booking: Booking, change: Change) -> datetime:
    starts = [at for at in (booking.period.start, where_in(change).period.start) if at > now()]
    return min([now() + PAY_WITHIN, *starts])


def of_change(booking: Booking, change: Change) -> Difference:
    """What the pending move costs or gives back, at today's prices, for as many as were said to come."""
    items = items_of(booking)
    told = for_people(booking, people_in(change, booking))
    return difference(told, instead_of(items, asks_for(booking, where_in(change), items)))


def stand(change: Change, booking: Booking) -> bool:
    """Inside an act, its money in hand: the move is done, its time claimed anew if it had lapsed; or nothing is
    changed and the answer is no."""
    if booking.state != S.CONFIRMED or booking.attendance in GONE or now() >= where_in(change).period.end:
        return False
    if not changes.may_stand(change, booking):
        return False
    try:
        changes.settle(change, booking, None)
    except SlotTaken:
        return False
    return True
