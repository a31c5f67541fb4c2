"""A deposit goes where its booking goes: cancelled, moved, handed over, renewed."""

import pytest

from billing.models import Deposit
from booking.models import Booking, Item
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import client
from tests.booking.confirmed import cancel_for_good
from tests.cast import period
from tests.stories.deposit import booked, changed, reserved, stretched, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deposit_asked")]


def test_cancelled_it_is_released_at_once(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])


def test_cancelled_before_its_time_it_is_never_reserved(cast, bank, at):
    when = {"start": "2026-12-20T10:00:00", "end": "2026-12-20T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    at("2026-12-19 10:00")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("dropped", [])


def test_before_the_bank_lets_go_it_is_renewed(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    first = deposit.authorisations.get()
    at("2026-12-04 12:00")
    sweep()
    first.refresh_from_db()
    assert (first.state, reserved(bank)) == ("gone", [15000])
    second = deposit.authorisations.get(state="held")
    assert second.capture_before > first.capture_before
    assert Deposit.objects.get().state == "held"


def test_moved_far_ahead_it_is_free_until_its_time_comes_again(cast, bank, at):
    from billing.changes import moves
    from booking.changing.moves import Where

    deposit = booked(client(cast.ada), cast.laser, bank)
    moves.move(cast.ada, deposit.booking_id, Where(period("2026-12-20 10:00")))
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("asked", [])
    at("2026-12-18 10:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [15000])


def test_handed_over_it_is_free_and_asked_of_who_has_the_booking_now(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    Booking.objects.filter(pk=deposit.booking_id).update(person=cast.bruno)
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])
    theirs = Deposit.objects.get(person=cast.bruno)
    assert (theirs.state, theirs.amount) == ("needed", Money(15000))
    assert client(cast.ada).get(f"/api/v1/deposits/{encode('dep', theirs.pk)}").status_code == 404


def test_handed_over_and_back_it_is_asked_again(cast, bank):
    first = booked(client(cast.ada), cast.laser, bank)
    changed(first, person=cast.bruno)
    again = changed(first, person=cast.ada)
    assert again.pk != first.pk
    assert (again.person, again.state, reserved(bank)) == (cast.ada, "held", [15000])


def test_moved_to_a_thing_that_asks_for_none_it_is_released(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    Item.objects.filter(booking=deposit.booking_id).update(resource=cast.room)
    assert changed(deposit).pk == deposit.pk
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])


def test_of_a_booking_that_is_over_none_is_asked(cast, bank, at):
    first = booked(client(cast.ada), cast.laser, bank)
    theirs = changed(first, person=cast.bruno)
    at("2026-12-04 10:00")
    sweep()
    theirs.refresh_from_db()
    assert theirs.state == "dropped"
    assert changed(first).pk == theirs.pk
    assert reserved(bank) == []
