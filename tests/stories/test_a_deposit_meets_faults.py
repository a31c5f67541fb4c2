"""A deposit whose gateway is down, loses its answer, or refuses: nothing is lost and nothing is taken twice."""

import pytest

from billing.models import Authorisation, Deposit, Document, Order, Rate
from billing.paying import deposit_watch, reserving
from core import outbox
from core.errors import GatewayDown
from core.models import Mail, OutboxRow
from core.money import Money
from tests.api import client
from tests.booking.confirmed import cancel_for_good
from tests.stories.deposit import act, booked, reserved, squares, stretched, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deposit_asked")]


def test_what_cannot_be_renewed_is_told_to_staff_in_time(cast, bank, at):
    _ = cast.gina
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    bank.cards_now("declines")
    at("2026-12-04 12:00")
    sweep()
    assert reserved(bank) == [15000]
    told = Mail.objects.get(person_id=cast.gina.pk, subject__startswith="Cauzione da guardare")
    assert "05/12/2026 03:00" in told.text
    at("2026-12-05 03:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("needed", [])


def test_taken_after_the_bank_let_go_it_is_lost_and_nothing_is_issued(cast, bank, at):
    _ = cast.gina
    deposit = booked(client(cast.ada), cast.laser, bank)
    at("2026-12-05 03:01")
    body = {"amount": {"cents": 4000}, "reason": "Lente"}
    assert act(client(cast.gina), deposit, "capture", body).status_code == 200
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.taken) == ("lapsed", Money(0))
    assert Order.objects.get(pk=deposit.order_id).state == "dropped"
    assert Document.objects.count() == 1
    assert "non si può più trattenere" in Mail.objects.get(subject__startswith="Cauzione da guardare").text
    squares()


def test_a_gateway_that_is_down_is_asked_again_under_the_same_key(cast, bank, monkeypatch):
    from billing.gateways.stripe import StripeGateway

    real = StripeGateway.charge
    tries = []

    def cut_short(self, *args, **kwargs):
        came = real(self, *args, **kwargs)
        tries.append(args[0])
        if len(tries) == 1:
            raise GatewayDown
        return came

    monkeypatch.setattr(StripeGateway, "charge", cut_short)
    deposit = booked(client(cast.ada), cast.laser, bank)
    assert deposit.state == "asked"
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    assert (len(tries), len(set(tries)), reserved(bank)) == (2, 1, [15000])
    assert Deposit.objects.get().state == "held"


def test_a_reply_that_was_lost_while_the_booking_was_cancelled_leaves_nothing_reserved(
    cast, bank, at, monkeypatch
):
    from billing.gateways.stripe import StripeGateway

    real = StripeGateway.charge
    monkeypatch.setattr(reserving, "hear", lambda *args: None)
    deposit = booked(client(cast.ada), cast.laser, bank)
    monkeypatch.undo()
    assert (deposit.state, reserved(bank), StripeGateway.charge) == ("asked", [15000], real)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    assert Deposit.objects.get().state == "dropped"
    at("2026-11-30 10:00")
    sweep()
    sweep()
    assert (reserved(bank), Authorisation.objects.get().state) == ([], "gone")


def test_messages_twice_and_backwards_change_nothing(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    act(client(cast.gina), deposit, "release")
    outbox.drain()
    for body in [*reversed(bank.events()), *bank.events()]:
        assert bank.tell(body) == 200
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])
    assert Authorisation.objects.get().state == "gone"


def lost_replies(monkeypatch, call):
    """The bank does what it is asked by this call, and its answer never comes."""
    from billing.gateways.stripe import StripeGateway

    real = getattr(StripeGateway, call)

    def cut_short(self, *args, **kwargs):
        real(self, *args, **kwargs)
        raise GatewayDown

    monkeypatch.setattr(StripeGateway, call, cut_short)


def test_a_take_whose_reply_was_lost_is_of_the_same_hold_though_another_turns_up(cast, bank, at, monkeypatch):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    at("2026-12-04 12:00")
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit_watch.sweep()
        outbox.drain()
    assert reserved(bank) == [15000, 15000]
    with monkeypatch.context() as patched:
        lost_replies(patched, "capture")
        body = {"amount": {"cents": 4000}, "reason": "Lente"}
        assert act(client(cast.gina), deposit, "capture", body).status_code == 200
        outbox.drain()
    at("2026-12-04 13:10")
    sweep()
    sweep()
    deposit.refresh_from_db()
    first = deposit.authorisations.earliest("made_at")
    assert (deposit.state, first.state, reserved(bank)) == ("taken", "captured", [])
    assert deposit.order.payments.get().payment_ref == first.payment_ref
    received = [i["amount_received"] for i in bank.things("payment_intent")]
    assert sorted(received) == [0, 1830, 4000]
    squares()


def test_a_take_goes_on_with_the_other_hold_once_the_bank_has_let_go_of_the_first(
    cast, bank, at, monkeypatch
):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    at("2026-12-04 12:00")
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit_watch.sweep()
        outbox.drain()
    body = {"amount": {"cents": 4000}, "reason": "Lente"}
    with monkeypatch.context() as patched:
        patched.setattr("billing.gateways.stripe.StripeGateway.capture", lambda *args: bank_is_down())
        assert act(client(cast.gina), deposit, "capture", body).status_code == 200
        outbox.drain()
        at("2026-12-04 13:10")
        deposit_watch.sweep()
        outbox.drain()
    at("2026-12-05 03:01")
    sweep()
    sweep()
    deposit.refresh_from_db()
    assert [a.state for a in deposit.authorisations.order_by("made_at")] == ["gone", "captured"]
    assert (deposit.state, reserved(bank)) == ("taken", [])
    squares()


def test_a_card_that_was_detached_is_a_refusal_and_its_person_is_asked(cast, bank, at):
    when = {"start": "2026-12-20T10:00:00", "end": "2026-12-20T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    (card,) = bank.things("payment_method")
    bank.ledger.put(card | {"customer": None})
    at("2026-12-18 10:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.why) == ("needed", "payment_method_unexpected_state")
    assert Mail.objects.filter(subject="Serve la cauzione: 150,00 €").exists()
    assert not OutboxRow.objects.exclude(fault="").exists()


def test_a_try_cut_short_asks_the_same_again_though_the_deposit_is_another_now(cast, bank, at, monkeypatch):
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit = booked(client(cast.ada), cast.laser, bank)
    assert (deposit.state, reserved(bank)) == ("asked", [15000])
    Rate.objects.filter(per="deposit").update(price=Money(20000))
    Deposit.objects.update(amount=Money(20000), customer_ref="", method_ref="")
    at("2026-11-30 09:10")
    sweep()
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [20000])
    assert set(deposit.authorisations.values_list("customer_ref", "method_ref")) == {("", "")}


def test_one_that_cannot_be_asked_stops_no_other_and_staff_know(cast, bank, at, monkeypatch):
    from billing.gateways.stripe import StripeGateway

    _ = cast.gina
    later = {"start": "2026-12-01T15:00:00", "end": "2026-12-01T16:00:00"}
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        first = booked(client(cast.ada), cast.laser, bank)
        second = booked(client(cast.ada), cast.laser, bank, **later)
    real, never = StripeGateway.charge, str(first.authorisations.get().pk)

    def breaks(self, key, *args, **kwargs):
        if key == never:
            raise RuntimeError("not in a thousand years")
        return real(self, key, *args, **kwargs)

    monkeypatch.setattr(StripeGateway, "charge", breaks)
    at("2026-11-30 23:00")
    sweep()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("asked", "held")
    told = Mail.objects.get(person_id=cast.gina.pk, subject__startswith="Cauzione da guardare")
    assert f"(prenotazione {first.booking.code}, " in told.text
    assert "non è riservata" in told.text


def test_a_renewal_that_is_refused_is_asked_again_once_before_the_bank_lets_go(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    bank.cards_now("declines")
    refused = deposit.authorisations.filter(state="failed")
    for moment, tries in (
        ("2026-12-04 04:00", 1),
        ("2026-12-04 05:00", 1),
        ("2026-12-04 15:30", 1),
        ("2026-12-04 16:30", 2),
        ("2026-12-05 02:30", 2),
    ):
        at(moment)
        sweep()
        assert refused.count() == tries, moment
    assert reserved(bank) == [15000]


def bank_is_down():
    raise GatewayDown
