"""What goes with a booking and is taken out of a stock: chosen while it is held, given back when it ends.

The stock moves by one statement that looks and takes; the constraint `billing_no_stock_below_zero` judges. These rows
are always locked last (by id), so nobody waits for them with something that they need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import F, Q, QuerySet

from billing.models import ChosenExtra, Extra, Order
from booking.holding.locking import lock_bookings
from booking.judging.judge import state_of
from booking.models import Booking
from core.audit import record
from core.clock import now
from core.errors import HoldLapsed, IllegalMove, Invalid, OutOfStock, Pointer
from core.locks import act
from people.models import Person


def for_booking(booking: Booking) -> QuerySet[Extra]:
    """What may go with it; nothing with a date of a series, whose prices are kept without it."""
    if booking.series_id is not None:
        return Extra.objects.none()
    kinds = list(booking.items.values_list("resource__kind", flat=True))
    fitting = Q(kinds=[]) | Q(kinds__overlap=kinds)
    return Extra.objects.filter(fitting, venue=booking.venue_id, is_offered=True).order_by("name", "pk")


@act
def choose(by: Person, booking_id: UUID, wanted: Mapping[UUID, int]) -> Booking:
    """These extras go with the held booking, and no others. Raises OutOfStock with how many are left, HoldLapsed,
    IllegalMove when it is being paid or stands already, Invalid for what does not go with it."""
    (booking,) = lock_bookings([booking_id])
    check_open([booking])
    offered = {extra.pk: extra for extra in for_booking(booking)}
    for n, (pk, quantity) in enumerate(wanted.items()):
        if pk not in offered or quantity > offered[pk].most:
            raise Invalid(pointers=[Pointer(f"/extras/{n}", "does-not-go-with-it", "")])
    has = {chosen.extra_id: chosen for chosen in ChosenExtra.objects.filter(booking=booking)}
    for pk in sorted({*wanted, *has}, key=str):
        _set(booking, has.get(pk), offered.get(pk), wanted.get(pk, 0))
    record(by, "choose-extras", booking)
    return booking


def check_open(bookings: Iterable[Booking]) -> None:
    """What goes with these locked bookings may still change: they are held, and no page to pay them is open. Raises
    HoldLapsed, IllegalMove."""
    for booking in bookings:
        if state_of(booking) == Booking.State.LAPSED:
            raise HoldLapsed
        paying = booking.order_lines.filter(order__state__in=[Order.State.PROMISED, Order.State.OWED])
        if booking.state != Booking.State.HELD or booking.series_id is not None or paying.exists():
            raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})


def _set(booking: Booking, chosen: ChosenExtra | None, extra: Extra | None, quantity: int) -> None:
    before = chosen.quantity if chosen is not None else 0
    if extra is not None and quantity:
        take(extra.pk, quantity - before)
        ChosenExtra.objects.update_or_create(
            booking=booking,
            extra=extra,
            defaults={"quantity": quantity, "unit_price": extra.price, "vat_rate": extra.vat_rate},
        )
    elif chosen is not None:
        take(chosen.extra_id, -before)
        chosen.delete()


def take(extra: UUID, quantity: int) -> None:
    """So many are taken out of the stock, or put back (negative); what never runs out stays so. Raises OutOfStock."""
    enough = Q(stock=None) | Q(stock__gte=quantity)
    if not Extra.objects.filter(enough, pk=extra).update(stock=F("stock") - quantity):
        found = Extra.objects.get(pk=extra)
        raise OutOfStock(what=found.name, left=found.stock, data={"left": found.stock})


def let_go(bookings: Sequence[Booking]) -> None:
    """Inside the act in which these bookings ended: what went with them is back in stock. Once."""
    rows = ChosenExtra.objects.filter(booking__in=bookings, given_back_at=None).order_by("extra_id", "pk")
    for chosen in rows:
        if ChosenExtra.objects.filter(pk=chosen.pk, given_back_at=None).update(given_back_at=now()):
            take(chosen.extra_id, -chosen.quantity)


def take_again(bookings: Sequence[Booking]) -> None:
    """Inside an act, for money that came after they ended: what went with them is taken anew. Raises OutOfStock."""
    rows = ChosenExtra.objects.filter(booking__in=bookings, given_back_at__isnull=False)
    for chosen in rows.order_by("extra_id", "pk"):
        take(chosen.extra_id, chosen.quantity)
        ChosenExtra.objects.filter(pk=chosen.pk).update(given_back_at=None)
