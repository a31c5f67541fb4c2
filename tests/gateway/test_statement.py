"""What moved the balance is told in full: charges, refunds, disputes, fees, and payouts that are the sum of theirs."""

from datetime import date, timedelta

import pytest

from core.clock import now
from core.money import Money, total
from tests.gateway.test_paying import EUR, open_page

START = "2026-11-30 09:00"


@pytest.fixture(autouse=True)
def _monday(at):
    at(START)


@pytest.fixture
def pay(gateway, bank):
    """A payment, its reference."""

    def do(key="pay_1", amount=EUR):
        opened = open_page(gateway, key, amount)
        bank.pay(opened.url)
        return gateway.read_session(opened.ref).payment_ref

    return do


def seen(gateway, days=30):
    return list(gateway.transactions(now() - timedelta(days=days), now() + timedelta(seconds=1)))


def test_a_charge_names_its_payment_and_what_was_kept_of_it(gateway, pay):
    ref = pay()
    (charge,) = seen(gateway)
    assert (charge.kind, charge.payment_ref, charge.our_id) == ("charge", ref, "pay_1")
    assert (charge.amount, charge.fee, charge.net) == (Money(1830), Money(52), Money(1778))
    assert gateway.fee_of(ref) == charge.fee


def test_a_refund_names_ours_and_its_payment(gateway, pay):
    ref = pay()
    refund = gateway.refund("rfd_1", ref, Money(1000))
    (found,) = [t for t in seen(gateway) if t.kind == "refund"]
    assert (found.source_ref, found.payment_ref, found.our_id, found.amount) == (
        refund, ref, "rfd_1", Money(-1000),
    )  # fmt: skip


def test_more_than_a_page_is_told_and_only_what_is_in_the_window(gateway, pay, at):
    for n in range(103):
        pay(f"pay_{n}")
    at("2026-12-01 09:00")
    pay("late")
    assert {t.our_id for t in seen(gateway)} == {*(f"pay_{n}" for n in range(103)), "late"}
    until_then = gateway.transactions(now() - timedelta(days=2), now())
    assert len([t for t in until_then if t.our_id != "late"]) == 103
    assert [t.our_id for t in gateway.transactions(now(), now() + timedelta(hours=1))] == ["late"]


def test_a_payout_leaves_when_its_charges_are_available_and_is_the_sum_of_its_parts(gateway, bank, pay, at):
    first, _ = pay(), pay("pay_2", Money(5000))
    gateway.refund("rfd_1", first, Money(500))
    bank.keep_a_fee(200)
    at("2026-12-01 12:00")
    assert list(gateway.payouts(now() - timedelta(days=9), now())) == []
    at("2026-12-02 12:00")
    (payout,) = gateway.payouts(now() - timedelta(days=9), now())
    assert (payout.state, payout.arrives_on) == ("in_transit", date(2026, 12, 3))
    parts = list(gateway.parts_of(payout.ref))
    assert sorted(p.kind for p in parts) == ["charge", "charge", "fee", "refund"]
    assert total(p.net for p in parts) == payout.amount == Money(1830 + 5000 - 52 - 100 - 500 - 200)
    at("2026-12-03 12:00")
    assert gateway.read_payout(payout.ref).state == "paid"
    assert [b'"payout.created"' in e or b'"payout.paid"' in e for e in bank.events()][-2:] == [True, True]


def test_what_is_below_nothing_waits_for_the_next_charge(gateway, pay, at):
    ref = pay()
    at("2026-12-02 12:00")
    (first,) = gateway.payouts(now() - timedelta(days=9), now())
    gateway.refund("rfd_1", ref, Money(1830))
    at("2026-12-04 12:00")
    assert list(gateway.payouts(now() - timedelta(days=1), now())) == []
    pay("pay_2", Money(5000))
    at("2026-12-07 12:00")
    (second,) = [p for p in gateway.payouts(now() - timedelta(days=9), now()) if p.ref != first.ref]
    assert second.amount == Money(5000 - 100 - 1830)


def test_a_dispute_takes_its_money_at_once_and_says_until_when_to_answer(gateway, bank, pay):
    payment = pay()
    ref = bank.dispute(payment)
    found = gateway.read_dispute(ref)
    assert (found.payment_ref, found.amount, found.state) == (payment, Money(1830), "needs_response")
    assert found.answer_by == now() + timedelta(days=7)
    (taken,) = [t for t in seen(gateway) if t.kind == "dispute"]
    assert (taken.amount, taken.fee, taken.source_ref, taken.payment_ref) == (
        Money(-1830), Money(2000), ref, payment,
    )  # fmt: skip


def test_a_dispute_that_is_won_brings_its_money_back_and_one_that_is_lost_does_not(gateway, bank, pay):
    won, lost = bank.dispute(pay()), bank.dispute(pay("pay_2"))
    bank.move_dispute(won, "under_review")
    bank.move_dispute(won, "won")
    bank.move_dispute(lost, "lost")
    assert [d.state for d in (gateway.read_dispute(won), gateway.read_dispute(lost))] == ["won", "lost"]
    sums = {ref: total(t.amount for t in seen(gateway) if t.source_ref == ref) for ref in (won, lost)}
    assert sums == {won: Money(0), lost: Money(-1830)}
    assert {d.ref for d in gateway.disputes(now() - timedelta(days=1), now() + timedelta(hours=1))} == {
        won, lost,
    }  # fmt: skip


def test_faults_are_made_as_asked(gateway, bank, pay):
    one, two = pay(), pay("pay_2")
    refund = gateway.refund("rfd_1", one, Money(1830))
    bank.lose_refund(refund)
    again = bank.charge_again(two)
    bank.change_fee(one, 99)
    found = seen(gateway)
    assert [t for t in found if t.kind == "refund"] == []
    assert {t.payment_ref for t in found if t.our_id == "pay_2"} == {two, again}
    assert [t.fee for t in found if t.payment_ref == one] == [Money(99)]


def test_the_sandbox_moves_its_clock_by_itself(gateway, bank, pay):
    pay()
    bank.feels(ahead=3 * 86_400)
    (payout,) = gateway.payouts(now(), now() + timedelta(days=9))
    assert payout.state == "paid"
