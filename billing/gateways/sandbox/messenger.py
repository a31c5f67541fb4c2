"""Tells our webhook what happened."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import urllib.request

from billing.gateways.sandbox.ledger import Ledger

RETRIES = (0, 1, 3, 10, 30)


class Messenger(threading.Thread):
    """Delivers events to our webhook, signed, again until it answers 2xx."""

    def __init__(self, ledger: Ledger, webhook: str, secret: str) -> None:
        super().__init__(daemon=True)
        self.ledger, self.webhook, self.secret = ledger, webhook, secret

    def run(self) -> None:
        while True:
            self.deliver_due()
            time.sleep(0.05)

    def deliver_due(self) -> None:
        with self.ledger.lock:
            mood = self.ledger.mood()
            order = "DESC" if mood["reverse"] else "ASC"
            rows = self.ledger.db.execute(
                f"SELECT id, body, tries FROM event WHERE done = 0 AND due <= ? ORDER BY due {order}",
                (time.time(),),
            ).fetchall()
        for ref, body, tries in rows:
            answers = [self.post(body.encode(), signed=mood["sign"]) for _ in range(int(mood["times"]))]
            arrived = all(answers)
            wait = RETRIES[min(tries + 1, len(RETRIES) - 1)]
            with self.ledger.lock:
                self.ledger.db.execute(
                    "UPDATE event SET done = ?, tries = tries + 1, due = ? WHERE id = ?",
                    (1 if arrived or tries + 1 >= 60 else 0, time.time() + wait, ref),
                )

    def post(self, body: bytes, *, signed: bool) -> bool:
        moment = int(time.time())
        digest = hmac.new(self.secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={moment},v1={digest if signed else '0' * 64}",
        }
        request = urllib.request.Request(self.webhook, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return 200 <= int(answer.status) < 300
        except OSError:
            return False
