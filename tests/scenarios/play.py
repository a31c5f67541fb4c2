"""A case played against the API: each step is asked as somebody, and its answer held to what is expected."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.ids import encode
from tests.api import client
from tests.races.conftest import at_once
from tests.scenarios import when
from tests.scenarios.world import World

KEYS = itertools.count()
ACTS = ("cancel", "approve", "refuse", "release", "check-in", "check-out", "no-show")


class Unmet(AssertionError):
    """What was expected and what came."""


class Play:
    """One case, from its world to its last step."""

    def __init__(self, case: dict[str, Any], hold_clock: Callable[[datetime], Any]) -> None:
        self.case = case
        self._hold_clock = hold_clock
        self._set_clock(case["now"])
        self.world = World(case, self.today)

    def run(self) -> None:
        for number, step in enumerate(self.case["steps"], 1):
            name = next((n for n in STEPS if n in step), None)
            if name is None:
                raise LookupError(f"{self.case['id']}: no such act in {step}")
            try:
                STEPS[name](self, step, step[name])
            except Unmet as error:
                raise Unmet(f"step {number} {step[name]!r}: {error}") from None

    # -- time and places ---------------------------------------------------------------------------------

    def _set_clock(self, text: str) -> None:
        zone = ZoneInfo((self.case.get("world") or {}).get("zone", "Europe/Rome"))
        today = getattr(self, "today", date(2027, 1, 1))
        at = when.moment(text, today, zone)
        self.today = at.astimezone(zone).date()
        self._hold_clock(at)

    def _period(self, text: str) -> dict[str, str]:
        start, end = when.ends(text, self.world.today, self.world.zone)
        return {"start": spoken(start), "end": spoken(end)}

    def _resource(self, name: str | None) -> str:
        chosen = name or next(iter(self.world.resources))
        return encode("res", self.world.resources[chosen].pk)

    def _wish(self, step: dict[str, Any], at: str) -> dict[str, Any]:
        on = step.get("on")
        names = on if isinstance(on, list) else [on]
        items = [{"resource_id": self._resource(n), "quantity": step.get("quantity", 1)} for n in names]
        more: dict[str, Any] = {
            key: step[key]
            for key in ("people", "accepted_terms", "answers", "override_reason")
            if key in step
        }
        if "for" in step:
            more["for_person_id"] = encode("per", self.world.person(step["for"]).pk)
        return {"items": items, "period": self._period(at), **more}

    def _booking(self, name: str) -> str:
        return self.world.bookings[name]

    # -- asking ------------------------------------------------------------------------------------------

    def _api(self, step: dict[str, Any]) -> Any:
        who = step.get("as", "ada")
        return client(None if who == "nobody" else self.world.person(who))

    def _post(self, step: dict[str, Any], path: str, body: Any) -> Any:
        return self._api(step).post(f"/api/v1{path}", body, headers={"Idempotency-Key": f"k{next(KEYS)}"})

    def offers(self, step: dict[str, Any], asked: dict[str, Any]) -> None:
        """`starts` (all), `first`, `last`, `count`: the slots listed, as starts."""
        query: dict[str, Any] = {"per_resource": 200} | {k: v for k, v in asked.items() if k != "of"}
        for name in ("on_from", "on_to"):
            if name in query:
                query[name] = when.day(str(query[name]), self.world.today).isoformat()
        on = asked.get("of")
        names = on if isinstance(on, list) else [on]
        query["resource_id"] = [self._resource(n) for n in names]
        answer = self._api(step).get("/api/v1/offers", query)
        met("status", 200, answer.status_code, answer)
        cards = answer.json()["data"]
        starts = [offer["period"]["start"] for card in cards for offer in card["offers"]]
        self._held(step, starts, cards)

    def _held(self, step: dict[str, Any], starts: list[str], cards: list[dict[str, Any]]) -> None:
        said: dict[str, str | None] = {
            "first": starts[0] if starts else None,
            "last": starts[-1] if starts else None,
        }
        for name, came in said.items():
            if name in step:
                met(name, self._moment(step[name]), came)
        if "starts" in step:
            met("starts", [self._moment(text) for text in step["starts"]], starts)
        if "count" in step:
            met("count", step["count"], len(starts))
        if "free" in step:
            ids = {self._resource(n): n for n in self.world.resources}
            cards_free = [ids[card["resource"]["id"]] for card in cards if card["offers"]]
            met("free", sorted(step["free"]), sorted(cards_free))
        for text in step.get("without", []):
            met(f"{text} offered", False, self._moment(text) in starts)
        for text in step.get("with", []):
            met(f"{text} offered", True, self._moment(text) in starts)
        if "flag" in step:
            met("flag", step["flag"], "open" if cards[0].get("open") else "closed")

    def _moment(self, text: str | None) -> str | None:
        if text in (None, "none"):
            return None
        return spoken(when.moment(str(text), self.world.today, self.world.zone))

    def verdict(self, step: dict[str, Any], at: str) -> None:
        answer = self._api(step).post("/api/v1/verdicts", self._wish(step, at))
        met("status", 200, answer.status_code, answer)
        codes = [r["code"] for r in answer.json()["reasons"]]
        expected(step, "ok" if answer.json()["allowed"] else "refused", codes, answer)

    def book(self, step: dict[str, Any], at: str) -> None:
        """Holds; with `pay` or by `buy` also checks out."""
        answer = self._post(step, "/bookings", self._wish(step, at))
        expected(step, "ok" if answer.status_code == 201 else "refused", codes_of(answer), answer)
        if answer.status_code == 201:
            self.world.bookings[step.get("called", at)] = answer.json()["id"]
        if "near" in step:
            came = {near["why"]: near["period"] for near in answer.json()["alternatives"]}
            met("near", {why: self._period(text) for why, text in step["near"].items()}, came)

    def buy(self, step: dict[str, Any], at: str) -> None:
        """Holds and checks out what costs nothing; `state` says what became of it."""
        self.book({k: v for k, v in step.items() if k != "state"}, at)
        name = step.get("called", at)
        if step.get("is", "ok") != "ok" or name not in self.world.bookings:
            return
        ids = [self._booking(name)]
        quote = self._post(step, "/quotes", {"booking_ids": ids})
        met("quote", 201, quote.status_code, quote)
        paid = self._post(
            step, "/checkouts", {"quote_id": quote.json()["id"], "booking_ids": ids, "method": "none"}
        )
        met("checkout", 201, paid.status_code, paid)
        if "state" in step:
            self.state({"as": step.get("as", "ada"), "state": name, "is": step["state"]}, name)

    def state(self, step: dict[str, Any], name: str) -> None:
        answer = self._api(step).get(f"/api/v1/bookings/{self._booking(name)}")
        met("status", 200, answer.status_code, answer)
        met("state", step["is"], answer.json()["state"])

    def deed(self, step: dict[str, Any], name: str) -> None:
        act = next(a for a in ACTS if a in step)
        body = {"reason": "no"} if act == "refuse" else {}
        answer = self._post(step, f"/bookings/{self._booking(name)}/{act}", body)
        expected(step, "ok" if answer.status_code == 200 else "refused", codes_of(answer), answer)

    def move(self, step: dict[str, Any], name: str) -> None:
        body = {"period": self._period(step["to"])}
        answer = self._post(step, f"/bookings/{self._booking(name)}/move", body)
        if answer.status_code in (404, 405) and step.get("is") != "not-found":
            raise Unmet(f"moving: {answer.status_code}")
        expected(step, "ok" if answer.status_code == 200 else "refused", codes_of(answer), answer)

    def block(self, step: dict[str, Any], at: str) -> None:
        body = {"resource_id": self._resource(step.get("on")), "period": self._period(at)}
        answer = self._post(
            {"as": "staff"} | step, "/blocks", body | {"kind": "maintenance", "reason": "lavori"}
        )
        expected(step, "ok" if answer.status_code == 201 else "refused", codes_of(answer), answer)

    def plan(self, step: dict[str, Any], rule: dict[str, Any]) -> None:
        """A series looked at: `days` (all its dates), `starts` (their instants), `verdicts`, `count`."""
        rule = {k: str(v) if k in ("first_on", "last_on") else v for k, v in rule.items()}
        if "dates" in rule:
            rule["dates"] = [str(d) for d in rule["dates"]]
        items = [{"resource_id": self._resource(step.get("on"))}]
        answer = self._post(step, "/series/plans", {"items": items, "rule": rule})
        expected(step, "ok" if answer.status_code == 201 else "refused", codes_of(answer), answer)
        if answer.status_code != 201:
            return
        dates = answer.json()["dates"]
        self.world.bookings[step.get("called", "plan")] = answer.json()["id"]
        if "days" in step:
            met("days", [str(d) for d in step["days"]], [d["on"] for d in dates])
        if "count" in step:
            met("count", step["count"], len(dates))
        if "verdicts" in step:
            met("verdicts", step["verdicts"], [d["verdict"] for d in dates])
        if "starts" in step:
            wanted = [self._moment(text) for text in step["starts"]]
            met("starts", wanted, [d["period"] and d["period"]["start"] for d in dates])
        if step.get("alternatives"):
            lacking = [d["on"] for d in dates if d["verdict"] == "taken" and not d["alternatives"]]
            met("taken dates without alternatives", [], lacking)
        if step.get("priced"):
            met(
                "free dates without a price",
                [],
                [d["on"] for d in dates if d["verdict"] == "free" and not d["price"]],
            )

    def take_plan(self, step: dict[str, Any], name: str) -> None:
        answer = self._post(step, "/series", {"plan_id": self.world.bookings[name]})
        expected(step, "ok" if answer.status_code == 201 else "refused", codes_of(answer), answer)
        if "count" in step:
            met("bookings", step["count"], len(answer.json()["bookings"]))

    def rules(self, step: dict[str, Any], rules: dict[str, Any]) -> None:
        """Rules rehearsed as staff save them: `is: refused` if nobody could ever meet them."""
        body = {
            "resource_id": self._resource(step.get("on")),
            "rules": rules,
            "from_on": self.today.isoformat(),
        }
        answer = self._post({"as": "staff"} | step, "/policies/preview", body)
        expected(step, "ok" if answer.status_code == 200 else "refused", codes_of(answer), answer)

    def crowd(self, step: dict[str, Any], periods: list[Any]) -> None:
        """Everybody at once, each a person of their own; `won` (how many), `other` (nothing but won and 409)."""
        asks: list[Callable[[], Any]] = []
        for n, told in enumerate(periods * step.get("times", 1)):
            one = {"at": told} if isinstance(told, str) else told
            api = client(self.world.person(f"rival{n}"))
            body = self._wish(step | one, one["at"])
            asks.append(_posting(api, body, f"c{next(KEYS)}"))
        answers = at_once(asks)
        came = [getattr(a, "status_code", repr(a)) for a in answers]
        met("other answers than 201 and 409", [], [c for c in came if c not in (201, 409)])
        if "won" in step:
            met("won", step["won"], came.count(201))
        if "won_at_least" in step and came.count(201) < step["won_at_least"]:
            raise Unmet(f"expected at least {step['won_at_least']} won, came {came.count(201)}")

    def clock(self, step: dict[str, Any], text: str) -> None:
        self._set_clock(text)

    def call(self, step: dict[str, Any], told: dict[str, Any]) -> None:
        """Any address: {get|post|delete|patch: path, body}; `status`."""
        method, path = next((m, told[m]) for m in ("get", "post", "patch", "delete") if m in told)
        send = getattr(self._api(step), method)
        headers = {"Idempotency-Key": f"k{next(KEYS)}"}
        answer = send(f"/api/v1{path}", told.get("body"), headers=headers)
        met("status", step["status"], answer.status_code, answer)


def _posting(api: Any, body: dict[str, Any], key: str) -> Callable[[], Any]:
    return lambda: api.post("/api/v1/bookings", body, headers={"Idempotency-Key": key})


STEPS: dict[str, Callable[[Play, dict[str, Any], Any], None]] = {
    "offers": Play.offers, "verdict": Play.verdict, "book": Play.book, "buy": Play.buy, "move": Play.move,
    "block": Play.block, "plan": Play.plan, "series": Play.take_plan, "rules": Play.rules, "crowd": Play.crowd,
    "clock": Play.clock, "call": Play.call,
    **dict.fromkeys(ACTS, Play.deed),
    "state": Play.state,
}  # fmt: skip


def spoken(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def codes_of(answer: Any) -> list[str]:
    if answer.status_code < 400:
        return []
    problem = answer.json()
    return [r["code"] for r in problem.get("reasons") or []] or [problem["code"]]


def expected(step: dict[str, Any], came: str, codes: list[str], answer: Any) -> None:
    """`is: ok`, `is: refused`, or the code(s) that must be among the reasons (`is`) or be all of them (`only`)."""
    wanted = step.get("is", "ok")
    if "only" in step:
        met("reasons", sorted(step["only"]), sorted(codes), answer)
    elif wanted in ("ok", "refused"):
        met("answer", wanted, came, answer)
    else:
        lacking = [c for c in ([wanted] if isinstance(wanted, str) else wanted) if c not in codes]
        if lacking:
            raise Unmet(f"expected {lacking} among the reasons, came {codes or came}")


def met(what: str, wanted: Any, came: Any, answer: Any = None) -> None:
    if wanted != came:
        said = (
            f": {answer.content.decode()[:300]}" if answer is not None and answer.status_code >= 400 else ""
        )
        raise Unmet(f"expected {what} {wanted}, came {came}{said}")
