"""The sandbox on loopback: Stripe's addresses, the hosted page, and what only a sandbox can be asked."""

from __future__ import annotations

import html
import json
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from billing.gateways.sandbox import pages
from billing.gateways.sandbox.api import Api
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing
from billing.gateways.sandbox.messenger import Messenger

PAGE = """<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Banca di prova</title>
<meta name="viewport" content="width=device-width"><style nonce="page">
body{{font:18px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1d1b18;background:#f7f4ee}}
h1{{font-size:1.3rem}}strong{{font-size:2rem;display:block;margin:1rem 0}}
button{{font:inherit;padding:.7rem 1rem;margin:.25rem 0;width:100%;border:2px solid #1f5c4a;border-radius:.5rem;background:#fff;color:#1f5c4a}}
button[name=do][value=pay]{{background:#1f5c4a;color:#fff}}</style></head><body><main>
<h1>Banca di prova · Test bank</h1><p>{description}</p><strong>{amount}</strong>{note}
<form method="post">{ways}
<button name="do" value="decline">Carta rifiutata · Decline the card</button>
<button name="do" value="cancel">Torna indietro · Go back</button></form></main></body></html>"""

BUTTON = '<button name="do" value="{do}">{said}</button>'
# What is pressed: the label, how the card behaves when it is charged later, and what is kept.
PAYING = {"pay": ("Paga · Pay", "ok", "card")}
HOLDING = {"pay": ("Riserva · Reserve", "ok", "card")}
KEEPING = {
    "pay-yes": (
        "Paga; poi la banca vorrà un sì · Pay; later the bank wants a yes",
        "requires_action",
        "card",
    ),
    "pay-no": ("Paga; poi sarà rifiutata · Pay; later it is declined", "declines", "card"),
}
SAVING = {
    "pay": ("Salva la carta · Save the card", "ok", "card"),
    "pay-yes": (
        "Salva; poi la banca vorrà un sì · Save; later the bank wants a yes",
        "requires_action",
        "card",
    ),
    "pay-no": ("Salva; poi sarà rifiutata · Save; later it is declined", "declines", "card"),
    "account": ("Salva un conto (SEPA) · Save an account (SEPA)", "ok", "sepa_debit"),
}


def parts_of(kind: str, content: bytes) -> dict[str, str]:
    """The fields of an upload; the bytes of a file as so many signs."""
    read = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
    found: dict[str, str] = {}
    for part in read.iter_parts():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        found[str(name)] = value.decode("latin-1") if isinstance(value, bytes) else ""
    return found


def ways_of(session: Thing) -> dict[str, tuple[str, str, str]]:
    """What may be pressed on this page."""
    if session["mode"] == "setup":
        return SAVING
    if session["capture_method"] == "manual":
        return HOLDING
    return PAYING | KEEPING if session["keeps"] else PAYING


def make_handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave one after the other: held together, the second waits for word that the first has come.
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            """The demo's terminal is for people."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.startswith("/pay/"):
                return self._page(path.removeprefix("/pay/"))
            return self._api("GET", path, dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if (kind := self.headers.get("Content-Type", "")).startswith("multipart/"):
                return self._api("POST", path, parts_of(kind, content))
            body = content.decode()
            if path.startswith("/sandbox/"):
                return self._asked(path.removeprefix("/sandbox/"), json.loads(body))
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

        def _asked(self, what: str, told: dict[str, Any]) -> None:
            try:
                self._answer(200, api.ask(what, told))
            except Refusal as refusal:
                self._answer(refusal.status, refusal.body)

        def _page(self, ref: str, note: str = "", status: int = 200) -> None:
            try:
                session = api.ledger.get(ref)
            except Refusal as refusal:
                return self._answer(refusal.status, refusal.body)
            if session["status"] != "open":
                return self._go(session["success_url"])
            euro = f"{session['amount_total'] / 100:.2f} €".replace(".", ",")
            buttons = (BUTTON.format(do=do, said=said) for do, (said, _, _) in ways_of(session).items())
            page = PAGE.format(
                description=html.escape(session["description"]),
                amount=euro if session["amount_total"] else "",
                note=note,
                ways="\n".join(buttons),
            )
            return self._send(status, page.encode(), "text/html; charset=utf-8")

        def _decide(self, ref: str, what: str) -> None:
            session = api.ledger.get(ref)
            if what == "decline":
                return self._page(
                    ref, "<p role=alert>La carta è stata rifiutata. · The card was declined.</p>", 402
                )
            if (way := ways_of(session).get(what)) is not None:
                pages.pay(api.ledger, ref, card=way[1], kind=way[2])
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
