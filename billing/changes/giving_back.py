"""Time given back too late for all its money: others may have it at once, and what they pay for it is credited.

The giver has at once what the terms give; the rest the house keeps until the time is over. Then whoever had those
units in that time is known, and the giver has their part of what was kept, never more than the house earned anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.changes.differences import (
    backs_of_all,
    difference,
    instead_of,
    kept_by_terms,
    paid_by_sale,
    pay_otherwise,
    spoken_for,
)
from billing.models import Entry, GivenBack, Refund
from billing.papers import ledger
from billing.paying import orders, refunds
from billing.paying.refunds import Back, share_of
from billing.prices.cancellation import percent_back
from booking import states
from booking.changing import changes
from booking.changing.changes import lock_for
from booking.changing.moves import Where, items_of, judged, own_claims, unmovable
from booking.events import booking_changed
from booking.holding.holds import end, refuse
from booking.holding.locking import lock_bookings
from booking.judging.judge import state_of
from booking.judging.reasons import reason
from booking.models import Booking, Claim, ClaimPast, Item
from core import outbox, terms
from core.audit import record
from core.clock import now
from core.errors import Reason, Refused
from core.locks import patient_act
from core.money import ZERO, Money, total
from core.periods import Period
from people.models import Person
from people.roles import allow


def reasons_against(booking: Booking, *, house: bool = False) -> list[Reason]:
    """Why nothing of the booking can be given back now: it is not theirs to give, not paid, or comes back anyway."""
    if state_of(booking) != Booking.State.CONFIRMED:
        return [reason("wrong-state", state=Booking.State(state_of(booking)).label)]
    if found := unmovable(booking, house=house):
        return found
    paid = refunds.payments_of(booking)
    if not any(total(ledger.left_of(booking, payment).values()) for payment in paid):
        return [reason("nothing-paid")]
    if all(percent_back(payment.order.terms, booking) == 100 for payment in paid):
        return [reason("cancel-instead")]
    return []


@patient_act
def give_back(by: Person, booking_id: UUID, period: Period | None = None) -> Booking:
    """The whole booking (None), or a piece at its start or end, is free for others from now on.

    Raises Refused, also where what stays would be no booking.
    """
    booking = lock_for(booking_id)
    allow(by, "booking.move", booking, seen_by="booking.see")  # it may have passed to somebody else meanwhile
    if against := reasons_against(booking):
        raise Refused(against)
    items = items_of(booking)
    orders.lock_orders(booking)
    if period is None or period.covers(booking.period):
        if now() >= booking.period.start:
            raise Refused([reason("already-started")])
        _whole(by, booking)
    else:
        _piece(by, booking, items, period)
    return booking


def _whole(by: Person, booking: Booking) -> None:
    units = sorted(str(unit) for unit in own_claims(booking).values_list("unit_id", flat=True))
    backs = backs_of_all(booking)
    before = max(total(kept_by_terms(booking).values()), spoken_for(booking))
    left = total(paid_by_sale(booking).values()) - before
    _note(booking, booking.period, units, left - total(back.amount for back in backs))
    states.move(booking, Booking.State.CANCELLED)
    end(booking, lambda: booking_changed.announce([booking], Booking.State.CONFIRMED, "given-back"))
    record(by, "give-back", booking)
    refunds.give_all_back(by, booking, backs, "given-back")


def _piece(by: Person, booking: Booking, items: list[Item], period: Period) -> None:
    period = period.clip(booking.period) or period
    where = Where(_rest(booking.period, period))
    found = judged(booking, where, items, giving_back=True, locked=True)
    if found.reasons:
        refuse(found.verdict)
    units = sorted(str(unit) for unit in own_claims(booking).values_list("unit_id", flat=True))
    gap = difference(booking, instead_of(items, found.asks))
    backs = refunds.part_by_terms(booking, gap.less)
    _note(booking, period, units, gap.spare - total(back.amount for back in backs))
    changes.take_new_time(booking, where, items, found.verdict, by)
    pay_otherwise(by, booking, gap.draws, backs, "given-back")


def _rest(whole: Period, piece: Period) -> Period:
    if piece.start <= whole.start < piece.end < whole.end:
        return Period(piece.end, whole.end)
    if whole.start < piece.start < whole.end <= piece.end:
        return Period(whole.start, piece.start)
    raise Refused([reason("not-at-an-edge")])


def _note(booking: Booking, period: Period, units: list[str], kept: Money) -> None:
    if kept <= ZERO:
        return
    made = GivenBack.objects.create(
        booking=booking, person=booking.person, period=period, units=units, kept=kept
    )
    outbox.put("billing.given_back", {"given": str(made.pk)}, due_at=period.end, key=f"given-back:{made.pk}")


# -- when the time is over -------------------------------------------------------------------------------


@outbox.handler("billing.given_back")
def _on_over(payload: dict[str, Any]) -> None:
    close(UUID(payload["given"]))


@patient_act
def close(given_id: UUID) -> None:
    """The time is over: what others had of it is credited to the giver. Once."""
    seen = GivenBack.objects.get(pk=given_id)
    (booking,) = lock_bookings([seen.booking_id])
    given = GivenBack.objects.select_for_update().get(pk=given_id)
    if given.closed_at is not None or now() < given.period.end:
        return
    orders.lock_orders(booking)
    used, earned = used_by_others(given)
    whole = given.period.minutes * len(given.units)
    credit = min(given.kept.times(Decimal(used) / Decimal(whole)), earned) if whole else ZERO
    given.used_minutes, given.closed_at = used, now()
    backs = _of(booking, given.person_id, credit)
    given.credited = total(back.amount for back in backs)
    given.save(update_fields=["used_minutes", "closed_at", "credited"])
    made: list[Refund] = refunds.give_all_back(None, booking, backs, "used-by-others")
    given.refunds.set(made)
    record(None, "credit", given, used=str(used))


def used_by_others(given: GivenBack) -> tuple[int, Money]:
    """How many unit-minutes of the time others had, and what the house earned with them."""
    claims = [
        *Claim.objects.filter(unit__in=given.units, during__overlap=given.period, kind="booked").values_list(
            "item_id", flat=True
        ),
        *ClaimPast.objects.filter(
            unit_id__in=given.units, during__overlap=given.period, kind="booked"
        ).values_list("item_id", flat=True),
    ]
    used, earned = 0, ZERO
    counted = [pk for pk in claims if pk is not None]
    for item in Item.objects.filter(pk__in=counted, booking__state=Booking.State.CONFIRMED).exclude(
        booking__person=given.person_id
    ):
        inside = item.period.clip(given.period)
        if inside is None:
            continue
        units = counted.count(item.pk)
        used += inside.minutes * units
        own = Entry.objects.filter(booking=item.booking_id, resource=item.resource_id)
        paid = own.aggregate(sum=Sum("gross"))["sum"]
        earned += (paid or ZERO).times(Decimal(inside.minutes) / Decimal(item.period.minutes))
    return used, earned


def _of(booking: Booking, giver: UUID, amount: Money) -> list[Back]:
    """The amount out of what the giver's payments still have, the latest first."""
    backs = []
    for payment in refunds.payments_of(booking, giver):
        takings = ledger.left_of(booking, payment)
        part = min(total(takings.values()), amount)
        amount -= part
        backs.append(share_of(payment, takings, part))
    return [back for back in backs if back.amount]


@terms.include("bkg", "give_back")
def give_back_verdicts(bookings: Sequence[Booking], person: Any) -> dict[UUID, Any]:
    """For each booking why nothing of it can be given back, and how much of its price would come at once."""
    found = {}
    for booking in bookings:
        against = reasons_against(booking)
        now_back = total(back.amount for back in backs_of_all(booking)) if not against else ZERO
        found[booking.pk] = (against, {"refund": now_back})
    return found
