"""Which act each of Stripe's addresses is; what was asked under a key is answered once."""

from __future__ import annotations

import json
from typing import Any

from billing.gateways.sandbox import balance, cards, charges, disputes, faults, pages, refunds
from billing.gateways.sandbox.ledger import Ledger, Refusal, Thing


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
            return self._told(path, row[1], json.loads(row[2]))
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
        return self._told(path, status, body)

    def _told(self, path: str, status: int, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if (mute := self.ledger.mood()["mute"]) and mute in path:
            raise Refusal(503, "api_error", "The answer was lost.")
        return status, body

    def _do(self, method: str, path: str, form: dict[str, str]) -> Thing:
        ledger = self.ledger
        match method, path.strip("/").split("/")[1:]:
            case "POST", ["checkout", "sessions"]:
                return pages.open_page(ledger, self.own, form)
            case "GET", ["checkout", "sessions", ref]:
                return cards.expanded(ledger, pages.aged(ledger, ledger.get(ref)), _wanted(form))
            case "POST", ["checkout", "sessions", ref, "expire"]:
                return pages.expire(ledger, ref)
            case "GET", ["payment_intents", ref]:
                return _whole(ledger, cards.aged(ledger, ledger.get(ref)), form)
            case "POST", ["payment_intents"]:
                return _whole(ledger, cards.charge(ledger, form), form)
            case "POST", ["payment_intents", ref, "capture"]:
                return _whole(ledger, cards.capture(ledger, ref, form), form)
            case "POST", ["payment_intents", ref, "cancel"]:
                return _whole(ledger, cards.cancel(ledger, ref), form)
            case "POST", ["payment_methods", ref, "detach"]:
                return cards.forget(ledger, ref)
            case "POST", ["refunds"]:
                return refunds.refund(ledger, form)
            case "GET", ["refunds", ref]:
                return ledger.get(ref)
            case "GET", ["disputes", ref]:
                return disputes.aged(ledger, ledger.get(ref))
            case "POST", ["disputes", ref]:
                return disputes.answer(ledger, ref, form)
            case "POST", ["disputes", ref, "close"]:
                return disputes.close(ledger, ref)
            case "POST", ["files"]:
                return disputes.upload(ledger, form)
            case "GET", ["balance_transactions" | "payouts" | "disputes" as kind]:
                balance.pay_out(ledger)
                return balance.listed(ledger, kind.removesuffix("s"), form)
            case "GET", ["payouts", ref]:
                balance.pay_out(ledger)
                return ledger.get(ref)
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def ask(self, what: str, told: dict[str, Any]) -> Thing:
        """What is asked of the sandbox itself, at `/sandbox/…`: a mood, a payment, a dispute, a fault."""
        with self.ledger.lock:
            match what:
                case "mood":
                    self.ledger.feel(told)
                    return {}
                case "pay":
                    return pages.pay(self.ledger, told["session"])
                case "cards":
                    cards.behave(self.ledger, told["behave"])
                    return {}
                case "dispute":
                    return disputes.dispute(self.ledger, **told)
                case "dispute/move":
                    return disputes.move(self.ledger, told["dispute"], told["status"])
                case "fault/refund":
                    faults.lose_refund(self.ledger, told["refund"])
                    return {}
                case "fault/charge":
                    return faults.charge_again(self.ledger, told["payment_intent"])
                case "fault/fee":
                    faults.change_fee(self.ledger, told["payment_intent"], told["fee"])
                    return {}
                case "fee":
                    return faults.keep_a_fee(self.ledger, told["amount"], told["said"])
        raise Refusal(404, "invalid_request_error", f"The sandbox knows no {what}.")


def _wanted(form: dict[str, str]) -> list[str]:
    return [value for name, value in form.items() if name.startswith("expand")]


def _whole(ledger: Ledger, intent: Thing, form: dict[str, str]) -> Thing:
    wanted = _wanted(form)
    return charges.expanded(ledger, cards.expanded(ledger, intent, wanted), wanted)
