"""What is known only days later pays for no slot; where it was used and refused, nothing is left waiting for it."""

from dataclasses import replace

import pytest

from billing import gateways
from billing.gateways.base import Intent, Session
from billing.models import Order, Payment
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from billing.reconciling import webhooks
from core.clock import now
from tests.billing.sales import book
from tests.cast import rome
from tests.gateway.test_paying import open_page

FILLED_IN = Session(
    ref="cs_slow", url="", expires_at=now(), paid=False, expired=False, payment_ref="pi_slow", complete=True
)


def test_a_page_offers_no_way_that_takes_days(gateway, at, monkeypatch):
    at("2026-11-30 09:00")
    asked = {}
    pages = type(gateway.client.v1.checkout.sessions)
    create = pages.create

    def noting(self, params, options=None):
        asked.update(params)
        return create(self, params, options)

    monkeypatch.setattr(pages, "create", noting)
    open_page(gateway)
    assert {"sepa_debit", "customer_balance"} <= set(asked["excluded_payment_method_types"])


class Slow:
    """A gateway whose pages were filled in with a debit, as it stands now."""

    name = "stripe"

    def __init__(self):
        self.intent = Intent("pi_slow", "processing", None, "", "", "sepa_debit", "")
        self.read = 0

    def read_session(self, ref):
        self.read += 1
        return FILLED_IN

    def read_intent(self, ref):
        return self.intent


@pytest.mark.django_db(transaction=True)
def test_a_debit_that_is_refused_in_the_end_leaves_nothing_waiting(cast, at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    slow = Slow()
    monkeypatch.setattr(gateways, "current", lambda: slow)
    held = book(cast.ada, cast.laser, rome("2026-12-20 10:00"))
    checkout(cast.ada, quote(cast.ada, [held], None).pk, "card")
    Payment.objects.update(state=Payment.State.AWAITING, session_ref="cs_slow", gateway="stripe")

    at("2026-11-30 10:00")
    webhooks.sweep()
    assert (slow.read, Payment.objects.get().state) == (1, Payment.State.AWAITING)
    at("2026-12-02 10:00")
    webhooks.sweep()
    assert slow.read == 1  # once an hour is enough by now
    webhooks.sweep_slow()
    assert (slow.read, Payment.objects.get().state) == (2, Payment.State.AWAITING)
    slow.intent = replace(slow.intent, state="declined")
    webhooks.sweep_slow()
    assert (Payment.objects.get().state, Order.objects.get().state) == ("expired", "dropped")
