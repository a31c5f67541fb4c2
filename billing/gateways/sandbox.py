"""The sandbox gateway: for development, the demo and the tests, never for production.

A small server that keeps its state in one SQLite file and speaks enough of Stripe's HTTP API for the real client
to open a hosted page, be paid, refunded, and to call our webhook: twice, late, out of order, unsigned or never,
as `/sandbox/mood` asks. Run: `python -m billing.gateways.sandbox --port 8010 --webhook URL --secret whsec_…`.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import html
import json
import os
import secrets
import sqlite3
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RETRIES = (0, 1, 3, 10, 30)
FEE_PERCENT, FEE_FIXED = 1.5, 25
USUAL_MOOD = {
    "deliver": True,
    "times": 1,
    "delay": 0.0,
    "reverse": False,
    "sign": True,
    "up": True,
    "decline": False,
}


class Refusal(Exception):
    """An error as Stripe's API words it."""

    def __init__(self, status: int, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, "code": code or None}}


class Ledger:
    """Objects by id, idempotent answers by key, events to deliver; survives a kill."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.lock = threading.RLock()
        self.db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, body TEXT);"
            "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, asked TEXT, status INT, body TEXT);"
            "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body TEXT, due REAL, tries INT, done INT);"
            "CREATE TABLE IF NOT EXISTS mood (id INT PRIMARY KEY, body TEXT)"
        )

    def put(self, thing: dict[str, Any]) -> dict[str, Any]:
        self.db.execute("REPLACE INTO object VALUES (?, ?)", (thing["id"], json.dumps(thing)))
        return thing

    def get(self, ref: str) -> dict[str, Any]:
        row = self.db.execute("SELECT body FROM object WHERE id = ?", (ref,)).fetchone()
        if row is None:
            raise Refusal(404, "invalid_request_error", f"No such object: '{ref}'", "resource_missing")
        found: dict[str, Any] = json.loads(row[0])
        return found

    def mood(self) -> dict[str, Any]:
        row = self.db.execute("SELECT body FROM mood").fetchone()
        return USUAL_MOOD | (json.loads(row[0]) if row else {})

    def feel(self, mood: dict[str, Any]) -> None:
        self.db.execute("REPLACE INTO mood VALUES (1, ?)", (json.dumps(mood),))

    def announce(self, kind: str, thing: dict[str, Any]) -> None:
        mood = self.mood()
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "type": kind,
            "livemode": False,
            "created": int(time.time()),
            "api_version": "2026-10-28.endive",
            "data": {"object": thing},
        }
        due = time.time() + float(mood["delay"])
        done = 0 if mood["deliver"] else 1
        self.db.execute(
            "INSERT INTO event VALUES (?, ?, ?, 0, ?)", (event["id"], json.dumps(event), due, done)
        )


class Api:
    """The calls of Stripe's API that the real client makes of us."""

    def __init__(self, ledger: Ledger, own_address: str) -> None:
        self.ledger, self.own = ledger, own_address

    def call(self, method: str, path: str, form: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        with self.ledger.lock:
            if not self.ledger.mood()["up"]:
                raise Refusal(503, "api_error", "The gateway is down.")
            if method == "POST" and key:
                return self._once(key, method, path, form)
            return 200, self._do(method, path, form)

    def _once(self, key: str, method: str, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = json.dumps([path, sorted(form.items())])
        row = self.ledger.db.execute(
            "SELECT asked, status, body FROM answer WHERE key = ?", (key,)
        ).fetchone()
        if row is not None:
            if row[0] != asked:
                raise Refusal(
                    400,
                    "idempotency_error",
                    "Keys for idempotent requests can only be used with the same parameters.",
                )
            return row[1], json.loads(row[2])
        try:
            status, body = 200, self._do(method, path, form)
        except KeyError as missing:
            raise Refusal(
                400,
                "invalid_request_error",
                f"Missing required param: {missing.args[0]}.",
                "parameter_missing",
            ) from missing
        except Refusal as refusal:
            status, body = refusal.status, refusal.body
        self.ledger.db.execute(
            "INSERT INTO answer VALUES (?, ?, ?, ?)", (key, asked, status, json.dumps(body))
        )
        return status, body

    def _do(self, method: str, path: str, form: dict[str, str]) -> dict[str, Any]:
        match method, path.strip("/").split("/"):
            case "POST", ["v1", "checkout", "sessions"]:
                return self.open(form)
            case "GET", ["v1", "checkout", "sessions", ref]:
                return self._aged(self.ledger.get(ref))
            case "POST", ["v1", "checkout", "sessions", ref, "expire"]:
                return self.expire(ref)
            case "GET", ["v1", "payment_intents", ref]:
                wanted = [value for name, value in form.items() if name.startswith("expand")]
                return self._expanded(self.ledger.get(ref), wanted)
            case "POST", ["v1", "refunds"]:
                return self.refund(form)
            case "GET", ["v1", "refunds", ref]:
                return self.ledger.get(ref)
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def open(self, form: dict[str, str]) -> dict[str, Any]:
        amount = form.get("line_items[0][price_data][unit_amount]", "")
        if not amount.isdigit() or int(amount) < 50:
            raise Refusal(
                400, "invalid_request_error", "The amount must be at least €0.50.", "amount_too_small"
            )
        expires = int(form["expires_at"])
        # Whole seconds, as both sides count them.
        if not 1800 <= expires - int(time.time()) <= 86_400:
            raise Refusal(
                400, "invalid_request_error", "expires_at must be between 30 minutes and 24 hours from now."
            )
        ref = f"cs_test_{secrets.token_hex(16)}"
        return self.ledger.put(
            {
                "id": ref,
                "object": "checkout.session",
                "url": f"{self.own}/pay/{ref}",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_total": int(amount),
                "currency": form.get("line_items[0][price_data][currency]", "eur"),
                "client_reference_id": form.get("client_reference_id"),
                "expires_at": expires,
                "success_url": form["success_url"],
                "cancel_url": form["cancel_url"],
                "livemode": False,
                "description": form.get("line_items[0][price_data][product_data][name]", ""),
                "payment": form.get("payment_intent_data[metadata][payment]", ""),
            }
        )

    def _aged(self, session: dict[str, Any]) -> dict[str, Any]:
        if session["status"] == "open" and session["expires_at"] <= time.time():
            session |= {"status": "expired", "url": None}
            self.ledger.put(session)
            self.ledger.announce("checkout.session.expired", session)
        return session

    def expire(self, ref: str) -> dict[str, Any]:
        session = self._aged(self.ledger.get(ref))
        if session["status"] != "open":
            raise Refusal(
                400,
                "invalid_request_error",
                f"Only Checkout Sessions with a status of open can be expired, not {session['status']}.",
            )
        session |= {"status": "expired", "url": None}
        self.ledger.put(session)
        self.ledger.announce("checkout.session.expired", session)
        return session

    def pay(self, ref: str) -> dict[str, Any]:
        """What the customer does on the hosted page."""
        with self.ledger.lock:
            session = self._aged(self.ledger.get(ref))
            if session["status"] != "open":
                return session
            fee = round(session["amount_total"] * FEE_PERCENT / 100) + FEE_FIXED
            charge = {
                "id": f"ch_{secrets.token_hex(12)}",
                "object": "charge",
                "amount": session["amount_total"],
                "amount_refunded": 0,
                "balance_transaction": {
                    "id": f"txn_{secrets.token_hex(12)}",
                    "object": "balance_transaction",
                    "fee": fee,
                },
            }
            intent = self.ledger.put(
                {
                    "id": f"pi_{secrets.token_hex(12)}",
                    "object": "payment_intent",
                    "status": "succeeded",
                    "amount": session["amount_total"],
                    "amount_received": session["amount_total"],
                    "currency": session["currency"],
                    "latest_charge": charge,
                    "metadata": {"payment": session["payment"]},
                }
            )
            session |= {
                "status": "complete",
                "payment_status": "paid",
                "payment_intent": intent["id"],
                "url": None,
            }
            self.ledger.put(session)
            self.ledger.announce("checkout.session.completed", session)
            return session

    def _expanded(self, intent: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
        """As Stripe answers: what was not asked for is named by its id only."""
        charge = intent["latest_charge"]
        if not any(path.startswith("latest_charge") for path in wanted):
            return intent | {"latest_charge": charge["id"]}
        if "latest_charge.balance_transaction" not in wanted:
            return intent | {
                "latest_charge": charge | {"balance_transaction": charge["balance_transaction"]["id"]}
            }
        return intent

    def refund(self, form: dict[str, str]) -> dict[str, Any]:
        intent = self.ledger.get(form["payment_intent"])
        charge = intent["latest_charge"]
        left = charge["amount"] - charge["amount_refunded"]
        asked = form.get("amount", str(left))
        if asked != str(left) and not (asked.isdigit() and int(asked) >= 1):
            raise Refusal(
                400, "invalid_request_error", "Invalid positive integer: amount", "parameter_invalid_integer"
            )
        amount = int(asked)
        if amount > left or not left:
            raise Refusal(
                400,
                "invalid_request_error",
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                "charge_already_refunded" if not left else "amount_too_large",
            )
        charge["amount_refunded"] += amount
        self.ledger.put(intent)
        refund = self.ledger.put(
            {
                "id": f"re_{secrets.token_hex(12)}",
                "object": "refund",
                "amount": amount,
                "payment_intent": intent["id"],
                "status": "succeeded",
                "metadata": {"refund": form.get("metadata[refund]", "")},
            }
        )
        self.ledger.announce("charge.refunded", charge)
        return refund


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


PAGE = """<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Banca di prova</title>
<meta name="viewport" content="width=device-width"><style nonce="page">
body{{font:18px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1d1b18;background:#f7f4ee}}
h1{{font-size:1.3rem}}strong{{font-size:2rem;display:block;margin:1rem 0}}
button{{font:inherit;padding:.7rem 1rem;margin:.25rem 0;width:100%;border:2px solid #1f5c4a;border-radius:.5rem;background:#fff;color:#1f5c4a}}
button[name=do][value=pay]{{background:#1f5c4a;color:#fff}}</style></head><body><main>
<h1>Banca di prova · Test bank</h1><p>{description}</p><strong>{amount}</strong>{note}
<form method="post"><button name="do" value="pay">Paga · Pay</button>
<button name="do" value="decline">Carta rifiutata · Decline the card</button>
<button name="do" value="cancel">Torna indietro · Go back</button></form></main></body></html>"""


def make_handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            """The demo's terminal is for people."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.startswith("/pay/"):
                return self._page(path.removeprefix("/pay/"))
            return self._api("GET", path, dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if path == "/sandbox/mood":
                with api.ledger.lock:
                    api.ledger.feel(json.loads(body))
                return self._answer(200, {})
            if path == "/sandbox/pay":
                return self._answer(200, api.pay(json.loads(body)["session"]))
            if path.startswith("/pay/"):
                return self._decide(path.removeprefix("/pay/"), dict(parse_qsl(body)).get("do", ""))
            return self._api("POST", path, dict(parse_qsl(body)))

        def _api(self, method: str, path: str, form: dict[str, str]) -> None:
            try:
                if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
                    raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
                status, body = api.call(method, path, form, self.headers.get("Idempotency-Key", ""))
            except Refusal as refusal:
                status, body = refusal.status, refusal.body
            self._answer(status, body)

        def _page(self, ref: str, note: str = "", status: int = 200) -> None:
            try:
                session = api.ledger.get(ref)
            except Refusal as refusal:
                return self._answer(refusal.status, refusal.body)
            if session["status"] != "open":
                return self._go(session["success_url"])
            euro = f"{session['amount_total'] / 100:.2f} €".replace(".", ",")
            page = PAGE.format(description=html.escape(session["description"]), amount=euro, note=note)
            return self._send(status, page.encode(), "text/html; charset=utf-8")

        def _decide(self, ref: str, what: str) -> None:
            session = api.ledger.get(ref)
            if what == "decline":
                return self._page(
                    ref, "<p role=alert>La carta è stata rifiutata. · The card was declined.</p>", 402
                )
            if what == "pay":
                api.pay(ref)
                return self._go(session["success_url"])
            return self._go(session["cancel_url"])

        def _go(self, address: str) -> None:
            self.send_response(303)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            self._send(status, json.dumps(body).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'nonce-page'; base-uri 'none'"
            )
            self.end_headers()
            self.wfile.write(body)

    return Handler


def serve(port: int, webhook: str, secret: str, path: str) -> ThreadingHTTPServer:
    """A sandbox on loopback, its messenger running; the caller runs `serve_forever`."""
    ledger = Ledger(path)
    server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    server.RequestHandlerClass = make_handler(Api(ledger, f"http://127.0.0.1:{server.server_port}"))
    Messenger(ledger, webhook, secret).start()
    return server


def main() -> int:
    if os.environ.get("ENVIRONMENT") == "production":
        sys.stderr.write("the sandbox gateway does not run in production\n")
        return 1
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--webhook", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--state", required=True)
    given = parser.parse_args()
    serve(given.port, given.webhook, given.secret, given.state).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
