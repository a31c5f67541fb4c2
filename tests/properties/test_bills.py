"""Any months of bookings on account, cancelled, missed, excused and billed in any order: what is on bills, less the credit
notes, and what is on none yet, is what was delivered; to the cent, at every rate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from billing.books import bills
from billing.changes.acts import cancel, square_cancelled
from billing.models import Document, Entry, Issuer, NoShowFee, Order, Rate, VatRate
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.attending import attendance, consequences
from booking.changing import changes
from booking.claims import Ask
from booking.holding.holds import Wish, hold
from booking.models import Booking, Consequence
from core.clock import now
from core.errors import DomainError
from core.money import Money, total
from core.periods import Period, local_date
from spaces.models import Rules
from tests.cast import LONG_AGO, ROME, Cast, rome

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MONTHS = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
S = Booking.State

story = st.lists(
    st.one_of(
        st.tuples(st.just("book"), st.integers(0, 1), st.integers(1, 6)),
        st.tuples(st.just("book"), st.integers(0, 1), st.integers(1, 6)),
        st.tuples(st.sampled_from(["cancel", "miss", "appeal", "excuse"]), st.integers(0, 5)),
        st.tuples(st.just("bill"), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 20, 31])),
    ),
    min_size=4,
    max_size=16,
)


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: Any) -> None:
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def rooms(cast: Cast, cents: int, other_cents: int) -> list[Any]:
    """Two rooms, at prices and VAT rates of their own; who does not come pays ten euros."""
    found = [cast.room, cast.other_room]
    Rate.objects.update(price=Money(cents))
    tenth = VatRate.objects.create(name="IVA 10%", percent=Decimal(10))
    Rate.objects.create(
        tariff=Rate.objects.get().tariff, resource=found[1], price=Money(other_cents), vat_rate=tenth
    )
    for room in found:
        Rules.objects.create(resource=room, from_on=LONG_AGO, data={"no_show_fee": 1000})
    return found


def do(cast: Cast, places: list[Any], clock: Any, made: list[Any], act: tuple[Any, ...]) -> None:
    name, *said = act
    if name == "book":
        start = rome(f"{local_date(now(), ROME) + timedelta(days=said[1])} {8 + len(made) % 12:02}:00")
        ask = Ask(places[said[0]], Period(start, start + timedelta(hours=1)))
        held = hold(Wish(cast.bruno, [ask], made_by=cast.bruno, organisation=cast.association))
        checkout(cast.bruno, quote(cast.bruno, [held], cast.association).pk, "account")
        made.append(held.pk)
    elif name == "bill":
        issuer = Issuer.objects.get(pk=cast.lead.issuer.pk)
        bills.bill(cast.franco, issuer, cast.association, MONTHS[said[0]])
    elif name == "wait":
        clock.shift(timedelta(days=said[0]))
    elif said[0] < len(made):
        booking = made[said[0]]
        if name == "cancel":
            cancel(cast.ivo, booking)
            clock.shift(timedelta(seconds=11))
            changes.sweep()
            square_cancelled(booking)
        elif name == "miss":
            clock.move_to(max(now(), Booking.objects.get(pk=booking).period.start + timedelta(minutes=30)))
            attendance.mark_no_show(cast.gina, booking)
        elif name == "appeal":
            consequences.appeal(cast.bruno, booking, "Ero malato")
        else:
            consequences.grant(cast.gina, Consequence.objects.get(booking=booking, kind="fee").pk, "Va bene")


def documented() -> dict[Decimal, Money]:
    found: dict[Decimal, int] = {}
    for document in Document.objects.prefetch_related("rates"):
        sign = -1 if document.kind == Document.Kind.CREDIT_NOTE else 1
        for rate in document.rates.all():
            found[rate.rate] = found.get(rate.rate, 0) + sign * rate.gross.cents
    return {rate: Money(cents) for rate, cents in found.items()}


def by_rate(pairs: Iterable[tuple[Decimal, Money]]) -> dict[Decimal, Money]:
    found: dict[Decimal, Money] = {}
    for rate, money in pairs:
        found[rate] = found.get(rate, Money(0)) + money
    return found


def delivered(made: list[Any], prices: dict[Any, tuple[Decimal, Money]]) -> dict[Decimal, Money]:
    """What was had or will be: every booking that stands at its price, and every fee that was not excused."""
    standing = Booking.objects.filter(pk__in=made, state=S.CONFIRMED)
    sold = [prices[booking.items.get().resource_id] for booking in standing]
    fees = Consequence.objects.filter(booking__in=made, kind="fee").exclude(state=Consequence.State.UNDONE)
    charged = [
        (prices[fee.booking.items.get().resource_id][0], fee.amount)
        for fee in fees.prefetch_related("booking__items")
        if NoShowFee.objects.filter(consequence=fee).exists()
    ]
    return by_rate([*sold, *charged])


def adds_up(made: list[Any], prices: dict[Any, tuple[Decimal, Money]]) -> None:
    waiting = [
        (line.vat_rate.percent, line.gross)
        for order in Order.objects.filter(state=Order.State.OWED).prefetch_related("lines__vat_rate")
        for line in order.lines.all()
    ]
    told = by_rate([*documented().items(), *waiting])
    wanted = delivered(made, prices)
    assert {r: m for r, m in told.items() if m} == {r: m for r, m in wanted.items() if m}
    entered = by_rate((entry.rate, entry.gross) for entry in Entry.objects.all())
    assert {r: m for r, m in entered.items() if m} == {r: m for r, m in documented().items() if m}
    for name in ("net", "vat"):
        of_documents = sum(
            (-1 if d.kind == Document.Kind.CREDIT_NOTE else 1) * getattr(d, name).cents
            for d in Document.objects.all()
        )
        assert total(getattr(entry, name) for entry in Entry.objects.all()).cents == of_documents
    numbers = sorted(Document.objects.values_list("ordinal", flat=True))
    years = Document.objects.values_list("year", flat=True).distinct().count()
    assert years > 1 or numbers == list(range(1, len(numbers) + 1))
    assert not any(d.gross.cents <= 0 for d in Document.objects.all())


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(cents=st.integers(1, 5000), other_cents=st.integers(1, 5000), story=story)
def test_what_is_billed_and_what_is_not_yet_is_what_was_delivered(cast, cents, other_cents, story):
    _ = (cast.ivo, cast.bruno, cast.gina, cast.franco, cast.association, cast.room, cast.other_room)
    point = transaction.savepoint()
    try:
        with time_machine.travel(rome("2026-11-20 07:00"), tick=False) as clock:
            places = rooms(cast, cents, other_cents)
            prices = {
                places[0].pk: (Decimal("22.00"), Money(cents)),
                places[1].pk: (Decimal("10.00"), Money(other_cents)),
            }
            made: list[Any] = []
            for act in story:
                step = transaction.savepoint()
                try:
                    do(cast, places, clock, made, act)
                    note(f"{act}: done")
                except (DomainError, Consequence.DoesNotExist) as error:
                    transaction.savepoint_rollback(step)
                    note(f"{act}: {error!r}")
                    continue  # nothing has changed
                adds_up(made, prices)
    finally:
        transaction.savepoint_rollback(point)
