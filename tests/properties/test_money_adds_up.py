"""Any moves of a booking, dearer or cheaper, undone, handed over or cancelled: what came in, less what went back, is what
the documents and the ledger say, and what the booking is worth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from billing.changes import changing, giving_back, handing, moves
from billing.changes.acts import cancel, square_cancelled
from billing.changes.differences import difference, paid_by_sale
from billing.changes.following import follow
from billing.models import Document, Entry, Order, Payment, Rate, Refund, VatRate
from billing.papers.ledger import left_of
from billing.paying.checkout import checkout
from billing.paying.refunds import payments_of
from billing.quoting.quotes import quote
from booking.changing import changes, undo
from booking.changing import handing as offers
from booking.changing.moves import Where, pending_of
from booking.claims import Ask
from booking.holding.holds import Wish, hold
from booking.models import Booking
from core.clock import now
from core.errors import DomainError
from core.money import ZERO, Money, total
from core.periods import Period
from tests.cast import Cast, rome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
QUARTER = timedelta(minutes=15)
AT, START = "2026-11-30 09:00", "2026-12-03 10:00"
S = Booking.State

story = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["end", "start"]), st.integers(-4, 8)),
        st.tuples(st.just("room"), st.integers(0, 1)),
        st.tuples(st.just("pay")),
        st.tuples(st.just("pay")),
        st.tuples(st.sampled_from(["withdraw", "cancel", "undo", "hand_over", "accept"])),
        st.tuples(st.just("give_back"), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.sampled_from([5, 11, 660, 36_000, 150_000])),
    ),
    min_size=2,
    max_size=14,
)


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: Any) -> None:
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def rooms(cast: Cast, cents: int, other_cents: int) -> list[Any]:
    """Two rooms, at prices and VAT rates of their own."""
    found = [cast.room, cast.other_room]
    Rate.objects.update(price=Money(cents))
    tariff = Rate.objects.get().tariff
    tenth = VatRate.objects.create(name="IVA 10%", percent=Decimal(10))
    Rate.objects.create(tariff=tariff, resource=found[1], price=Money(other_cents), vat_rate=tenth)
    return found


def bought(cast: Cast, room: Any) -> Booking:
    start = rome(START)
    booking = hold(Wish(cast.ada, [Ask(room, Period(start, start + 4 * QUARTER))], made_by=cast.ada))
    pay(cast, booking)
    return Booking.objects.get(pk=booking.pk)


def pay(cast: Cast, booking: Booking) -> None:
    """At the desk: the booking, or what its change costs more."""
    change = pending_of(booking)
    if booking.state == S.HELD:
        checkout(cast.ivo, quote(booking.person, [booking], None).pk, "cash")
    elif change is not None and change.waits_for == change.WaitsFor.PAYMENT:
        payer, organisation = changing.payer_of(booking, change)
        lines = changing.lines_of(booking, change)
        offered = quote(payer, [booking], organisation, change=change, lines=lines)
        checkout(cast.ivo, offered.pk, "cash")


def do(cast: Cast, places: list[Any], clock: Any, booking: Booking, act: tuple[Any, ...]) -> None:
    name, *said = act
    start, end = booking.period.start, booking.period.end
    if name == "room":
        moves.move(cast.ivo, booking.pk, Where(booking.period, places[said[0]]), house=True, override="prova")
    elif name in ("end", "start"):
        longer = said[0] * QUARTER  # or shorter, by all but the last quarter at most
        if name == "end":
            end = max(end + longer, start + QUARTER)
        else:
            start = min(start - longer, end - QUARTER)
        moves.move(cast.ivo, booking.pk, Where(Period(start, end)), house=True, override="prova")
    elif name == "pay":
        pay(cast, booking)
    elif name == "withdraw":
        changes.withdraw(cast.ivo, booking.pk)
    elif name == "cancel":
        cancel(cast.ivo, booking.pk)
    elif name == "undo":
        undo.undo(cast.ivo, booking.pk)
    elif name == "hand_over":
        other = cast.carla if booking.person_id == cast.ada.pk else cast.ada
        offers.offer(cast.ivo, booking.pk, other.email, house=True)
    elif name == "accept":
        for person in (cast.ada, cast.carla):
            if offers.waits_for(booking, person):
                handing.accept(person, booking.pk, frozenset())
    elif name == "give_back":
        giving_back.give_back(booking.person, booking.pk, Period(end - said[0] * QUARTER, end))
    else:
        clock.shift(timedelta(seconds=said[0]))
        changes.sweep()


def summed(rows: Iterable[Any], name: str = "gross") -> Money:
    return total(getattr(row, name) for row in rows)


def adds_up(booking: Booking) -> None:
    """What came in, less what went back, is what documents and ledger say; payment by payment and rate by rate."""
    documents = list(Document.objects.prefetch_related("rates"))
    credits = [d for d in documents if d.kind == Document.Kind.CREDIT_NOTE]
    sales = [d for d in documents if d.kind != Document.Kind.CREDIT_NOTE]
    payments = list(Payment.objects.filter(state=Payment.State.CAPTURED))
    kept = summed(payments, "amount") - summed(Refund.objects.all(), "amount")
    assert summed(sales) - summed(credits) == kept
    assert summed(Entry.objects.all()) == kept
    for payment in payments:
        assert payment.refunded == summed(payment.refunds.all(), "amount")
        assert ZERO <= payment.refunded <= payment.amount
        assert summed(payment.entries.all()) == payment.amount - payment.refunded
    for name in ("net", "vat", "gross"):
        said: dict[Decimal, int] = {}
        for sign, found in ((1, sales), (-1, credits)):
            for rate in (rate for document in found for rate in document.rates.all()):
                said[rate.rate] = said.get(rate.rate, 0) + sign * getattr(rate, name).cents
        entered: dict[Decimal, int] = {}
        for entry in Entry.objects.all():
            entered[entry.rate] = entered.get(entry.rate, 0) + getattr(entry, name).cents
        assert {k: v for k, v in said.items() if v} == {k: v for k, v in entered.items() if v}


def is_paid_for(booking: Booking, *, in_full: bool) -> None:
    """What stands is paid, to the cent where nothing was given up too late for all its money; nobody owes anything."""
    assert not Order.objects.filter(state=Order.State.OWED).exists()
    if booking.state == S.CONFIRMED:
        gap = difference(booking)
        assert gap.due == ZERO
        assert gap.spare == ZERO or not in_full
        assert total(paid_by_sale(booking).values()) == gap.price + gap.spare
    elif booking.state == S.CANCELLED and booking.held_until is None and in_full:
        assert total(paid_by_sale(booking).values()) == ZERO


def is_entered_where_it_is(booking: Booking) -> None:
    """What is left of what was paid is the takings of the room that the booking has now."""
    here = set(booking.items.values_list("resource", flat=True))
    for payment in payments_of(booking):
        assert {taking.resource for taking in left_of(booking, payment)} <= here


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(cents=st.integers(1, 5000), other_cents=st.integers(1, 5000), story=story)
def test_what_is_kept_is_what_documents_and_ledger_say(cast, cents, other_cents, story):
    _ = (cast.ivo, cast.ada, cast.carla, cast.room, cast.other_room)
    point = transaction.savepoint()
    try:
        with time_machine.travel(rome(AT), tick=False) as clock:
            places = rooms(cast, cents, other_cents)
            booking, in_full = bought(cast, places[0]), True
            for act in story:
                step = transaction.savepoint()
                try:
                    do(cast, places, clock, booking, act)
                    note(f"{act}: done")
                except DomainError as error:
                    transaction.savepoint_rollback(step)
                    note(f"{act}: {error.code}")
                    continue  # nothing has changed
                booking = Booking.objects.get(pk=booking.pk)
                if booking.state == S.CANCELLED and booking.held_until is None:
                    square_cancelled(booking.pk)
                follow(booking.pk)
                in_full = in_full and booking.earliest_start - now() >= timedelta(hours=24)
                adds_up(booking)
                is_paid_for(booking, in_full=in_full)
                is_entered_where_it_is(booking)
    finally:
        transaction.savepoint_rollback(point)
