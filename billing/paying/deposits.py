"""Deposits: what a booking has to have reserved on a card, asked by the tariff of its day, let go when it is over, taken
by staff with a reason. What the bank says to it is `reserving.py`.

A card is asked two days ahead and not before, for a bank lets go within a week (docs/adr/0065).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from billing import gateways, states
from billing.models import Authorisation, Checkout, Deposit, Order, OrderLine, Payment, Quote
from billing.paying.payments import new_payment
from billing.prices.deposit_terms import Asked, any_asked, asked
from billing.prices.priced import describe, issuers_by_partner, parts_of
from booking import states as of_booking
from booking.holding.locking import lock_bookings
from booking.models import Booking, Item
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Pointer
from core.locks import Order as Locks
from core.locks import act, lock_rows, patient_act
from core.money import Money
from core.words import Words
from people.models import Person

D, A = Deposit.State, Authorisation.State
AHEAD = timedelta(hours=48)
TAKEN_OF = Words("Trattenuto dalla cauzione: {reason} ({what})", "Taken of the deposit: {reason} ({what})")


def as_quoted(offered: Quote, bookings: Sequence[Booking]) -> list[Asked] | None:
    """What these bookings have to leave today; None if it is something else than the quote says."""
    wanted = asked(bookings, offered.person, offered.organisation)
    return wanted if [one.plain() for one in wanted] == offered.deposits else None


def of_payment(payment: Payment) -> QuerySet[Deposit]:
    """The deposits that the card of this payment may be asked for, whatever became of them."""
    return Deposit.objects.filter(booking__order_lines__order=payment.order_id, made_at__lte=payment.made_at)


def ask(wanted: Sequence[Asked], by: Person) -> None:
    """Inside an act that locked the bookings: each will be reserved when its time comes; what was asked before of the
    same booking, and not reserved yet, is this much now."""
    live = {
        d.booking_id: d
        for d in Deposit.objects.filter(booking__in=[a.booking for a in wanted], state__in=Deposit.LIVE)
    }
    for one in wanted:
        kept = live.get(one.booking)
        if kept is None:
            Deposit.objects.create(
                booking_id=one.booking,
                person=by,
                resource_id=one.resource,
                vat_rate_id=one.vat_rate,
                amount=one.amount,
                release_minutes=one.minutes,
            )
        elif kept.state == D.ASKED and kept.amount != one.amount:
            kept.amount, kept.resource_id, kept.vat_rate_id = one.amount, one.resource, one.vat_rate
            kept.release_minutes = one.minutes
            kept.save(update_fields=["amount", "resource", "vat_rate", "release_minutes"])


def heard(bookings: Sequence[Booking]) -> None:
    """Inside the act in which these bookings changed: what that means for their deposits will be seen to."""
    touched = [
        b
        for b in bookings
        if b.held_until is None and b.state not in (Booking.State.HELD, Booking.State.OFFERED)
    ]
    if not touched:
        return
    live = set(
        Deposit.objects.filter(booking__in=touched, state__in=Deposit.LIVE).values_list(
            "booking_id", flat=True
        )
    )
    standing = [b for b in touched if b.state == Booking.State.CONFIRMED]
    asking = {b.pk for b in standing} if standing and any_asked(b.venue_id for b in standing) else set()
    for booking in touched:
        if booking.pk in live | asking:
            outbox.put("billing.deposit", {"booking": str(booking.pk)})


@patient_act
def square(booking_id: UUID) -> UUID | None:
    """The booking's deposit is what the booking now needs: asked if it stands, let go if it is over or somebody else's.
    Returns the deposit, if it is time to reserve it."""
    (booking,) = lock_bookings([booking_id])
    live = Deposit.objects.filter(booking=booking, state__in=Deposit.LIVE)
    lock_rows(Locks.PAYMENTS, Deposit, live.values_list("pk", flat=True))
    found = live.select_related("booking", "person").first()
    over = booking.state not in of_booking.LIVE and booking.held_until is None
    if found is not None and (over or found.person_id != booking.person_id):
        let_go(found)
        found = None
    if booking.state != Booking.State.CONFIRMED or booking.period.end <= now():
        return None
    if found is not None and not booking.items.filter(resource=found.resource_id).exists():
        let_go(found)  # moved to another thing, which asks for its own, or for none
        found = live.first()
    if found is not None:
        found = _follow(found, booking)
    settled = Deposit.objects.filter(booking=booking, person=booking.person_id).exclude(state=D.DROPPED)
    if found is None and not settled.exclude(state=D.RELEASED, decided_by=None).exists():
        # What was not quoted: a booking made by staff, by a waiting list, for nothing, moved, or handed over (and back).
        ask(asked([booking], booking.person, booking.organisation), booking.person)
        found = live.first()
    if found is not None and found.state == D.HELD and booking.period.start - AHEAD > now():
        states.move(found, D.ASKED)
        found.save(update_fields=["state"])
        free_all(found)
    due = found is not None and found.state == D.ASKED and booking.period.start - AHEAD <= now()
    return found.pk if found is not None and due else None


def _follow(deposit: Deposit, booking: Booking) -> Deposit | None:
    """Inside an act that locked it: as much is asked as the booking now needs, by the tariff of when it was first asked;
    what was reserved of another amount is free, and asked for anew. None if nothing is asked any more."""
    if deposit.state == D.TAKING:
        return deposit
    wanted = asked([booking], booking.person, booking.organisation, agreed_at=deposit.made_at)
    if not wanted:
        let_go(deposit)
        return None
    (one,) = wanted
    if deposit.amount == one.amount:
        return deposit
    deposit.amount, deposit.release_minutes = one.amount, one.minutes
    deposit.resource_id, deposit.vat_rate_id = one.resource, one.vat_rate
    if deposit.state == D.HELD:
        states.move(deposit, D.ASKED)
        free_all(deposit)
    deposit.save(update_fields=["state", "amount", "release_minutes", "resource", "vat_rate"])
    record(None, "follow", deposit, cents=str(one.amount.cents))
    return deposit


def let_go(deposit: Deposit) -> None:
    """Inside an act that locked it: nothing of it will be taken, and the bank will be told. What is being taken stays."""
    if deposit.state == D.TAKING:
        return
    was_held = deposit.state == D.HELD
    states.move(deposit, D.RELEASED if was_held else D.DROPPED)
    deposit.save(update_fields=["state", "reason", "decided_by"])
    record(deposit.decided_by, "let-go", deposit)
    free_all(deposit)
    if was_held:
        outbox.put("billing.deposit_mail", {"deposit": str(deposit.pk)}, key=f"released:{deposit.pk}")


def free_all(deposit: Deposit, but: Authorisation | None = None) -> None:
    """Inside an act: what a bank still reserves for it, but for this one, will be freed."""
    open_ones = deposit.authorisations.filter(state__in=[A.CREATED, A.HELD])
    for one in open_ones.exclude(pk=but.pk) if but is not None else open_ones:
        outbox.put("billing.free_authorisation", {"authorisation": str(one.pk)})


def latest_hold(deposit: Deposit) -> Authorisation | None:
    """What a bank keeps reserved for it now, the newest where one was renewed."""
    return deposit.authorisations.filter(state=A.HELD).order_by("-made_at").first()


# -- what staff decide ---------------------------------------------------------------------------------------------


@act
def release(by: Person | None, deposit_id: UUID, reason: str = "") -> Deposit:
    """Nothing is taken of it, and its person's money is free. Raises IllegalMove."""
    deposit = locked(deposit_id)
    if deposit.state != D.HELD:
        raise IllegalMove(state=deposit.get_state_display(), data={"state": deposit.state})
    deposit.decided_by, deposit.reason = by, reason
    let_go(deposit)
    return deposit


@act
def take(by: Person, deposit_id: UUID, amount: Money, reason: str) -> Deposit:
    """So much of it will be taken for this reason, as a sale with its document, once the bank has given it; the rest is
    free. Raises IllegalMove, Invalid for more than there is."""
    deposit = locked(deposit_id)
    if not Money(0) < amount <= deposit.amount:
        raise Invalid(pointers=[Pointer("/amount", "too-large", str(deposit.amount))])
    states.move(deposit, D.TAKING)
    deposit.taken, deposit.reason, deposit.decided_by = amount, reason, by
    deposit.order = _sale(deposit)
    deposit.save(update_fields=["state", "taken", "reason", "decided_by", "order"])
    record(by, "take", deposit, cents=str(amount.cents))
    outbox.put("billing.take_deposit", {"deposit": str(deposit.pk)}, key=f"take:{deposit.pk}")
    return deposit


def locked(deposit_id: UUID) -> Deposit:
    """Inside an act: the deposit is ours until commit."""
    lock_rows(Locks.PAYMENTS, Deposit, [deposit_id])
    rows = Deposit.objects.select_related("booking__venue", "booking__organisation", "person", "resource")
    return rows.get(pk=deposit_id)


def _sale(deposit: Deposit) -> Order:
    """What is taken is sold by whoever lets the thing, at the VAT that the tariff says, and is to be paid by the hold."""
    booking, rows = (
        deposit.booking,
        Item.objects.select_related("resource__venue__partner", "resource__owner"),
    )
    items = list(rows.filter(booking=deposit.booking_id).order_by("pk"))
    item = next((i for i in items if i.resource_id == deposit.resource_id), items[0])
    order = Order.objects.create(
        person=deposit.person,
        organisation=booking.organisation if booking.person_id == deposit.person_id else None,
        total=deposit.taken,
    )
    said = TAKEN_OF.say(deposit.person.language, reason=deposit.reason, what=describe(item, booking))
    issuers = issuers_by_partner()
    parts = [(side, part) for side, part in parts_of(item.resource, deposit.taken, item.period) if part]
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            item=item,
            issuer_id=issuers[side.issuing],
            partner_id=side.earning,
            description=said[:400],
            quantity=1,
            unit="",
            unit_price=Decimal(part.cents) / 100,
            gross=part,
            vat_rate_id=deposit.vat_rate_id,
        )
        for position, (side, part) in enumerate(parts, 1)
    )
    Checkout.objects.create(order=order, made_by=deposit.person, method="card", state=Checkout.State.DONE)
    new_payment(order, "card", gateway=gateways.current().name)
    return order
