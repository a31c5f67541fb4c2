"""The sandbox gateway as tests hold it: a real server on loopback; its messages are delivered when a test says so."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import Client

from billing import gateways
from billing.gateways.sandbox import cards, disputes, faults, pages
from billing.gateways.sandbox.api import Api
from billing.gateways.sandbox.ledger import Ledger
from billing.gateways.sandbox.server import make_handler
from core import outbox


class Bank:
    """What the customer, and the gateway itself, may do."""

    def __init__(self, ledger: Ledger, api: Api) -> None:
        self.ledger, self.api = ledger, api

    def pay(self, redirect_url: str, card: str = "ok", kind: str = "card") -> None:
        pages.pay(self.ledger, redirect_url.rsplit("/", 1)[1], card, kind)

    def cards_now(self, behave: str) -> None:
        """Every card that was kept behaves like this from now on."""
        cards.behave(self.ledger, behave)

    def things(self, kind: str) -> list[dict[str, Any]]:
        return self.ledger.all(kind)

    def expire(self, redirect_url: str) -> None:
        pages.expire(self.ledger, redirect_url.rsplit("/", 1)[1])

    def feels(self, **mood: Any) -> None:
        self.ledger.feel(mood)

    def events(self) -> list[bytes]:
        return [
            row[0].encode() for row in self.ledger.db.execute("SELECT body FROM event ORDER BY due, rowid")
        ]

    def refunds(self) -> list[dict[str, Any]]:
        return self.ledger.all("refund")

    def dispute(self, payment_ref: str, amount: int | None = None) -> str:
        ref: str = disputes.dispute(self.ledger, payment_ref, amount)["id"]
        return ref

    def move_dispute(self, ref: str, status: str) -> None:
        disputes.move(self.ledger, ref, status)

    def lose_refund(self, ref: str) -> None:
        faults.lose_refund(self.ledger, ref)

    def fail_refund(self, ref: str) -> None:
        faults.fail_refund(self.ledger, ref)

    def charge_again(self, payment_ref: str) -> str:
        ref: str = faults.charge_again(self.ledger, payment_ref)["id"]
        return ref

    def change_fee(self, payment_ref: str, fee: int) -> None:
        faults.change_fee(self.ledger, payment_ref, fee)

    def keep_a_fee(self, amount: int, said: str = "Radar") -> None:
        faults.keep_a_fee(self.ledger, amount, said)

    def tell(self, body: bytes, *, secret: str | None = None, late: int = 0) -> int:
        """One message reaches our webhook; the status it was answered with."""
        moment = int(time.time()) - late
        key = (secret or settings.STRIPE_WEBHOOK_SECRETS[0]).encode()
        digest = hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        header = {"Stripe-Signature": f"t={moment},v1={digest}"}
        return Client().post("/webhooks/stripe", body, "application/json", headers=header).status_code

    def tell_everything(self) -> None:
        """Every message arrives once, in order, and the worker does what it can."""
        for body in self.events():
            assert self.tell(body) == 200
        outbox.drain()


@contextmanager
def open_bank(folder: Path) -> Iterator[Bank]:
    ledger = Ledger(str(folder / "bank.sqlite"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    api = Api(ledger, f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = make_handler(api)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with mock.patch.object(settings, "STRIPE_API_BASE", api.own):
        gateways.current.cache_clear()
        yield Bank(ledger, api)
    gateways.current.cache_clear()
    server.shutdown()
    server.server_close()
