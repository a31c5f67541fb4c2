"""A refund that the gateway will never make waits for another way, and stops nothing."""

from datetime import date

import pytest

from billing.books import squaring
from billing.models import Dispute, Issuer, Payment, Refund
from billing.paying import refunds
from core import outbox
from core.ids import encode
from core.models import Mail
from tests.api import client, post
from tests.billing.sales import give_back
from tests.stories.test_no_cent_is_lost import check_out, held

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paid(bank, cast, at):
    """A booking of Ada's, paid by card."""
    at("2026-11-03 09:00")
    _ = cast.franco
    api = client(cast.ada)
    made = check_out(api, [held(api, cast.room, 10, "h1")], "card", "c1")
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    payment = Payment.objects.select_related("order").get()
    return payment.order.lines.get().booking, payment


def findings(cast):
    found = squaring.findings(cast.lead.issuer, date(2026, 11, 1), date(2026, 12, 1))
    return [(f.code, f.stops) for f in found if f.code.startswith("refund")]


def test_one_that_is_refused_for_good_goes_back_in_another_way(paid, bank, cast):
    booking, payment = paid
    bank.dispute(payment.payment_ref)
    refund = give_back(booking, payment, 500)
    outbox.drain()
    refund.refresh_from_db()
    assert (refund.state, refund.why, bank.refunds()) == (Refund.State.FAILED, "charge_disputed", [])
    assert findings(cast) == [("refund-refused", False)]
    assert Mail.objects.filter(to=cast.franco.email, subject="Rimborso rifiutato: 5,00 €").exists()
    body = {"method": "cash", "on": "2026-11-03"}
    given = post(client(cast.gina), f"/refunds/{encode('rfd', refund.pk)}/give", body)
    assert (given.status_code, given.json()["state"], given.json()["method"]) == (200, "done", "cash")
    assert findings(cast) == []


def test_one_that_comes_back_later_is_due_again(paid, bank, cast):
    booking, payment = paid
    refund = give_back(booking, payment, 500)
    outbox.drain()
    (sent,) = bank.refunds()
    bank.fail_refund(sent["id"])
    bank.tell_everything()
    refund.refresh_from_db()
    assert (refund.state, refund.done_at, refund.why) == (Refund.State.FAILED, None, "lost_or_stolen_card")
    bank.tell_everything()
    assert findings(cast) == [("refund-refused", False)]


def test_one_that_was_refused_is_not_put_back_on_the_way_that_refused_it(paid, bank, cast):
    booking, payment = paid
    bank.dispute(payment.payment_ref)
    refund = give_back(booking, payment, 500)
    outbox.drain()
    answer = client(cast.ada).patch(f"/api/v1/refunds/{encode('rfd', refund.pk)}", {})
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, "/method")
    refund.refresh_from_db()
    assert (refund.state, refund.method) == (Refund.State.FAILED, "card")
    assert findings(cast) == [("refund-refused", False)]


def test_an_answer_that_comes_late_gives_back_nothing_that_goes_by_hand_by_now(paid, bank, cast):
    booking, payment = paid
    bank.dispute(payment.payment_ref)
    refund = give_back(booking, payment, 500)
    outbox.drain()
    assert (
        client(cast.ada).patch(f"/api/v1/refunds/{encode('rfd', refund.pk)}", {"method": "cash"}).status_code
        == 200
    )
    refunds._done(refund.pk, "re_late")
    refund.refresh_from_db()
    assert (refund.state, refund.method, refund.refund_ref) == (Refund.State.DUE, "cash", "")


def test_what_a_lost_dispute_took_is_not_given_once_more(paid, bank, cast):
    booking, payment = paid
    bank.move_dispute(bank.dispute(payment.payment_ref), "lost")
    bank.tell_everything()
    assert Dispute.objects.get().state == Dispute.State.LOST
    body = {"amount_cents": 100, "reason": "Ci dispiace"}
    grace = post(client(cast.franco), f"/payments/{encode('pay', payment.pk)}/refunds", body, "w1")
    assert (grace.status_code, grace.json()["code"]) == (409, "refund-too-large")

    refund = give_back(booking, payment, payment.amount.cents)
    outbox.drain()
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    body = {"method": "cash", "on": "2026-11-03"}
    given = post(client(cast.gina), f"/refunds/{encode('rfd', refund.pk)}/give", body)
    assert (given.status_code, given.json()["code"]) == (409, "refund-too-large")
    iban = {"iban": "IT60X0542811101000000123456"}
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(**iban)
    told = client(cast.ada).patch(f"/api/v1/refunds/{encode('rfd', refund.pk)}", iban)
    assert told.status_code == 200
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "refund_ids": [encode("rfd", refund.pk)]}
    listed = post(client(cast.franco), "/refunds/transfers", body, "l1")
    assert (listed.status_code, listed.json()["code"]) == (409, "refund-too-large")


def test_what_it_left_is_given(paid, bank, cast):
    booking, payment = paid
    bank.move_dispute(bank.dispute(payment.payment_ref, 500), "lost")
    bank.tell_everything()
    Payment.objects.update(method="cash")
    payment.refresh_from_db()
    refund = give_back(booking, payment, payment.amount.cents - 500)
    body = {"method": "cash", "on": "2026-11-03"}
    given = post(client(cast.gina), f"/refunds/{encode('rfd', refund.pk)}/give", body)
    assert (given.status_code, given.json()["state"]) == (200, "done")
