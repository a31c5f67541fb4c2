"""The gateway's own account beside our books: nothing differs, or it is told, mended, and told no more."""

from datetime import date, timedelta

import pytest

from billing.models import (
    Dispute,
    Explained,
    GatewayReading,
    GatewayTransaction,
    Payment,
    Payout,
)
from billing.reconciling import reading
from booking.models import Booking
from core import outbox
from core.clock import now
from core.errors import GatewayDown
from core.models import Mail
from core.money import Money, total
from tests.api import client
from tests.reconciling.nights import codes, differs, mend, night, seen

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_month_without_faults_squares_however_often_it_is_read(month, office, cast, at):
    night()
    at("2026-11-20 02:00")
    night()
    night()
    assert codes(office, cast) == []
    assert GatewayTransaction.objects.filter(kind="charge").count() == 4
    assert GatewayReading.objects.count() == 3
    assert Payout.objects.filter(state="paid").exists()


def test_a_missing_refund_a_double_charge_and_a_changed_fee_are_three(month, bank, office, cast, at):
    paid, back = month
    bank.lose_refund(back.refund_ref)
    bank.charge_again(paid[1].payment_ref)
    bank.change_fee(paid[2].payment_ref, 99)
    night()
    at("2026-11-20 02:00")
    night()
    assert codes(office, cast) == ["charged-twice", "fee-differs", "refund-not-at-gateway"]
    assert {f["off"]["cents"] for f in differs(office, cast)} == {1830, 500, 99 - paid[2].fee.cents}
    assert not seen(office, cast)["squares"]


def test_each_is_mended_and_told_no_more(month, bank, office, cast, at):
    paid, back = month
    bank.lose_refund(back.refund_ref)
    again = bank.charge_again(paid[1].payment_ref)
    bank.change_fee(paid[2].payment_ref, 99)
    night()
    found = {f["code"]: f for f in differs(office, cast)}
    for n, (code, how) in enumerate(
        [("charged-twice", "give-back"), ("fee-differs", "take-fee"), ("refund-not-at-gateway", "send-again")]
    ):
        for turn in range(2):
            answer = mend(office, cast, found[code], how, f"{n}{turn}")
            assert answer.status_code in ((200, 404) if turn else (200,)), answer.content
    outbox.drain()
    at("2026-11-20 02:00")
    night()
    assert codes(office, cast) == []
    assert Payment.objects.get(pk=paid[2].pk).fee == Money(99)
    made = bank.refunds()
    assert sorted((r["payment_intent"], r["amount"]) for r in made) == sorted(
        [(again, 1830), (paid[0].payment_ref, 500)]
    )


def test_what_the_gateway_gave_back_or_took_without_us_is_told(
    month, bank, office, cast, at, gateway_of_ours
):
    paid, _ = month
    gateway_of_ours.refund("from-their-page", paid[3].payment_ref, Money(300))
    night()
    (found,) = differs(office, cast)
    assert (found["code"], found["off"]["cents"]) == ("refund-unknown", -300)
    assert found["mends"] == ["explain"]


def test_a_payment_that_the_gateway_does_not_have_is_told_once_its_time_was_read(month, office, cast, at):
    paid, _ = month
    Payment.objects.filter(pk=paid[3].pk).update(payment_ref="pi_of_nobody")
    assert codes(office, cast) == []
    night()
    assert codes(office, cast) == ["charged-twice", "payment-not-at-gateway"]


def test_what_somebody_explains_is_told_no_more_and_wants_words(month, bank, office, cast):
    paid, _ = month
    bank.charge_again(paid[1].payment_ref)
    night()
    (found,) = differs(office, cast)
    assert mend(office, cast, found, "explain", "a", why=" ").status_code == 422
    assert mend(office, cast, found, "take-fee", "b").status_code == 409
    assert mend(office, cast, found, "explain", "c", why="Bonifico restituito a mano").status_code == 200
    assert codes(office, cast) == []
    assert Explained.objects.get().made_by == cast.franco
    assert mend(office, cast, found, "explain", "d", why="ancora").status_code == 404


def test_nobody_but_the_issuer_s_office_mends(month, bank, office, cast):
    bank.charge_again(month[0][1].payment_ref)
    night()
    (found,) = differs(office, cast)
    assert mend(client(cast.elena), cast, found, "explain", why="x").status_code == 404
    assert mend(client(cast.gina), cast, found, "explain", why="x").status_code == 403


def test_a_payout_equals_the_sum_of_its_parts_or_is_told(month, bank, office, cast, at):
    at("2026-11-20 02:00")
    night()
    payouts = list(Payout.objects.order_by("made_at"))
    assert payouts
    for payout in payouts:
        assert total(p.amount - p.fee for p in payout.parts.all()) == payout.amount
    Payout.objects.filter(pk=payouts[0].pk).update(amount=payouts[0].amount + Money(7))
    (found,) = differs(office, cast)
    assert (found["code"], found["off"]["cents"]) == ("payout-apart", 7)


def test_a_fee_that_was_not_known_is_learned(month, cast, office):
    paid, _ = month
    Payment.objects.filter(pk=paid[0].pk).update(fee=0)
    night()
    assert Payment.objects.get(pk=paid[0].pk).fee == Money(52)
    assert codes(office, cast) == []


def test_a_gateway_that_is_down_is_read_the_next_time(month, bank, cast, office, at):
    bank.feels(up=False)
    with pytest.raises(GatewayDown):
        reading.nightly()
    assert not GatewayReading.objects.exists()
    bank.feels()
    night()
    assert GatewayReading.objects.get().transactions == 5 + Payout.objects.count() == 8


def test_a_payout_is_known_by_its_message_alone(month, bank, at, gateway_of_ours):
    at("2026-11-20 02:00")
    assert list(gateway_of_ours.payouts(now() - timedelta(days=30), now()))
    bank.tell_everything()
    assert {p.state for p in Payout.objects.all()} == {"paid"}
    assert all(reading.squares(p) for p in Payout.objects.all())


# -- disputes -----------------------------------------------------------------------------------------------


def test_a_dispute_is_told_with_its_deadline_and_leaves_booking_and_document(buy, bank, cast, office):
    payment = buy("02")
    bank.dispute(payment.payment_ref)
    bank.tell_everything()
    found = Dispute.objects.get()
    assert (found.state, found.payment, found.amount, found.issuer) == (
        "open", payment, Money(1830), cast.lead.issuer,
    )  # fmt: skip
    assert found.answer_by == now() + timedelta(days=7)
    (told,) = differs(office, cast)
    assert (told["code"], told["stops"], told["about"]) == ("dispute-to-answer", False, "10/11/2026")
    assert set(Mail.objects.filter(key__startswith="dispute:").values_list("to", flat=True)) == {
        cast.franco.email, cast.dario.email,
    }  # fmt: skip
    assert Booking.objects.get().state == "confirmed"
    assert payment.documents.count() == 1


@pytest.mark.parametrize("reverse", [False, True])
def test_a_dispute_goes_forward_only_whatever_order_its_messages_have(buy, bank, reverse):
    ref = bank.dispute(buy("02").payment_ref)
    bank.move_dispute(ref, "under_review")
    bank.move_dispute(ref, "lost")
    events = [e for e in bank.events() if b"charge.dispute" in e]
    for event in reversed(events) if reverse else events:
        assert bank.tell(event) == 200
        outbox.drain()
    found = Dispute.objects.get()
    assert (found.state, found.closed_at) == ("lost", now())
    outbox.drain()
    (told, _) = Mail.objects.filter(key__startswith="dispute:")
    assert "è di nuovo da incassare" in told.text


def test_a_dispute_told_as_open_after_it_was_won_stays_won(buy, bank, gateway_of_ours):
    from billing.reconciling import disputes

    ref = bank.dispute(buy("02").payment_ref)
    before = gateway_of_ours.read_dispute(ref)
    bank.move_dispute(ref, "won")
    disputes.look_again(ref)
    disputes.note("stripe", before)
    assert Dispute.objects.get().state == "won"


def test_a_dispute_whose_messages_were_lost_is_found_at_night(buy, bank, at):
    ref = bank.dispute(buy("02").payment_ref)
    at("2026-11-05 02:00")
    night()
    assert Dispute.objects.get().state == "open"
    bank.move_dispute(ref, "won")
    at("2026-11-25 02:00")
    night()
    assert Dispute.objects.get().state == "won"


def test_the_first_day_is_read_too(buy, at):
    payment = buy("02")
    at("2026-11-04 02:00")
    night()
    assert GatewayTransaction.objects.get(kind="charge").payment_ref == payment.payment_ref
    assert date(2026, 11, 3) == GatewayTransaction.objects.get(kind="charge").at.date()


def test_a_debit_that_has_not_settled_is_not_taken_for_a_stranger_s(month, office, cast):
    paid, _ = month
    Payment.objects.filter(pk=paid[2].pk).update(state="awaiting", payment_ref="", captured_at=None)
    night()
    assert codes(office, cast) == []
    Payment.objects.filter(pk=paid[2].pk).update(state="expired")
    assert codes(office, cast) == ["charge-unknown"]
