"""What the sandbox tells us, read by Stripe's own client: signatures, ids, repetition, order."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from billing.gateways.base import BadSignature
from billing.gateways.sandbox.messenger import Messenger
from core.clock import now
from core.money import Money

SECRET = "whsec_sandbox_only_for_development"


class Listener:
    """Our webhook's place: remembers what arrives, and answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                """Tests are quiet."""

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(told.answers.pop(0) if told.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def messenger(bank, listener):
    """Delivers when asked; its thread is never started."""
    return Messenger(bank.ledger, listener.address, SECRET)


@pytest.fixture
def sold(gateway, bank, at):
    """Two sessions, paid one after the other."""
    at("2026-11-30 09:00")
    opened = [
        gateway.open_session(
            key, Money(1830), "Laser", "ada@example.org", "https://example.org", now() + timedelta(hours=1)
        )
        for key in ("pay_1", "pay_2")
    ]
    for minute, session in enumerate(opened):
        at(f"2026-11-30 09:0{minute + 1}")
        bank.pay(session.url)
    return [session.ref for session in opened]


def ids(listener):
    return [json.loads(body)["id"] for body, _ in listener.heard]


def test_what_arrives_is_signed_and_names_its_object(gateway, messenger, listener, sold):
    messenger.deliver_due()
    events = [gateway.read_event(*heard) for heard in listener.heard]
    assert [(e.kind, e.object_ref) for e in events] == [("checkout.session.completed", ref) for ref in sold]
    assert [e.payload["data"]["object"]["client_reference_id"] for e in events] == ["pay_1", "pay_2"]
    assert all(e.id.startswith("evt_") for e in events)
    assert len({e.id for e in events}) == 2


def test_a_message_that_arrived_does_not_come_again(messenger, listener, sold):
    messenger.deliver_due()
    messenger.deliver_due()
    assert len(listener.heard) == 2


def test_twice_is_the_same_message_by_its_id(bank, messenger, listener, sold):
    bank.feels(times=2)
    messenger.deliver_due()
    assert len(ids(listener)) == 4
    assert len(set(ids(listener))) == 2


def test_what_was_not_taken_comes_again_later_signed_anew(gateway, messenger, listener, sold, at):
    listener.answers = [500, 200]
    messenger.deliver_due()
    messenger.deliver_due()
    assert len(listener.heard) == 2
    at("2026-11-30 10:00")  # long past the tolerance of the first signature
    messenger.deliver_due()
    assert ids(listener)[2] == ids(listener)[0]
    assert gateway.read_event(*listener.heard[2]).id == ids(listener)[0]
    with pytest.raises(BadSignature):
        gateway.read_event(*listener.heard[0])


def test_messages_may_come_in_the_wrong_order(bank, messenger, listener, sold):
    bank.feels(reverse=True)
    messenger.deliver_due()
    named = [json.loads(body)["data"]["object"]["id"] for body, _ in listener.heard]
    assert named == sold[::-1]


def test_a_late_message_waits_for_its_hour(gateway, bank, messenger, listener, at):
    at("2026-11-30 09:00")
    bank.feels(delay=600)
    opened = gateway.open_session(
        "pay_1", Money(1830), "Laser", "a@example.org", "https://example.org", now() + timedelta(hours=1)
    )
    bank.pay(opened.url)
    messenger.deliver_due()
    assert listener.heard == []
    at("2026-11-30 09:10")
    messenger.deliver_due()
    assert len(listener.heard) == 1


def test_a_message_that_is_never_sent_leaves_the_session_to_be_read(gateway, bank, messenger, listener, at):
    at("2026-11-30 09:00")
    bank.feels(deliver=False)
    opened = gateway.open_session(
        "pay_1", Money(1830), "Laser", "a@example.org", "https://example.org", now() + timedelta(hours=1)
    )
    bank.pay(opened.url)
    messenger.deliver_due()
    assert listener.heard == []
    assert gateway.read_session(opened.ref).paid


def test_a_refund_is_told_with_its_charge(gateway, messenger, listener, sold):
    gateway.refund("ref_1", gateway.read_session(sold[0]).payment_ref, Money(500))
    messenger.deliver_due()
    event = gateway.read_event(*listener.heard[-1])
    assert event.kind == "charge.refunded"
    assert event.payload["data"]["object"]["amount_refunded"] == 500


# -- what is not the gateway's -------------------------------------------------------------------------------


@pytest.fixture
def message(messenger, listener, sold):
    messenger.deliver_due()
    return listener.heard[0]


def test_unsigned_is_nobody_s(gateway, bank, messenger, listener, sold):
    bank.feels(sign=False)
    messenger.deliver_due()
    with pytest.raises(BadSignature):
        gateway.read_event(*listener.heard[0])


@pytest.mark.parametrize("signature", ["", "v1=00", "t=now,v1=00", "t=1,v0=abc", "nonsense"])
def test_a_malformed_signature_is_nobody_s(gateway, message, signature):
    with pytest.raises(BadSignature):
        gateway.read_event(message[0], signature)


def test_one_changed_byte_is_nobody_s(gateway, message):
    body, signature = message
    with pytest.raises(BadSignature):
        gateway.read_event(body.replace(b"1830", b"1831"), signature)


def test_another_s_secret_is_nobody_s(gateway, message, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_another"]
    with pytest.raises(BadSignature):
        gateway.read_event(*message)


def test_while_secrets_change_both_are_known(gateway, message, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert gateway.read_event(*message).id


@pytest.mark.parametrize(("late", "good"), [(299, True), (301, False)])
def test_a_message_is_good_for_five_minutes(gateway, message, at, late, good):
    moment = time.time()
    at((now() + timedelta(seconds=late)).isoformat())
    assert time.time() - moment == late
    if good:
        assert gateway.read_event(*message).id
    else:
        with pytest.raises(BadSignature):
            gateway.read_event(*message)


def test_live_messages_do_not_enter_a_test_installation(gateway, messenger, listener, sold):
    told = {"id": "evt_live", "object": "event", "type": "x", "livemode": True, "data": {"object": {}}}
    messenger.post(json.dumps(told).encode(), signed=True)
    with pytest.raises(BadSignature):
        gateway.read_event(*listener.heard[0])


def test_signed_words_that_are_no_event_are_refused(gateway, messenger, listener, sold):
    messenger.post(b"not json", signed=True)
    with pytest.raises(BadSignature):
        gateway.read_event(*listener.heard[0])
