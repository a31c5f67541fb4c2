"""Steps about bookings: may I, hold, buy, and what is done with what one has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.api.bookings import NewBooking
from core.ids import encode
from tests.scenarios.expect import came, met
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

SAID = {"people", "accepted_terms", "answers", "override_reason", "title", "notes"} & set(NewBooking().fields)
WISH = (*SAID, "on", "quantity", "for", "organisation", "wall", "called")
DEEDS = ("cancel", "approve", "refuse", "release", "check-in", "check-out", "no-show", "appeal")


def wish(play: Play, step: dict[str, Any], at: str) -> dict[str, Any]:
    """The body of a verdict or a hold."""
    more: dict[str, Any] = {key: step[key] for key in SAID if key in step}
    if "for" in step:
        more["for_person_id"] = play.person(step["for"])
    if "organisation" in step:
        more["organisation_id"] = encode("org", play.world.organisations[step["organisation"]].pk)
    return {"items": play.items(step), "period": play.period(at, wall=step.get("wall", False)), **more}


@step("verdict", words=(*WISH, *JUDGED))
def verdict(play: Play, step: dict[str, Any], at: str) -> None:
    found = came(play.ask(step, "post", "/verdicts", wish(play, step, at)))
    if found.answer.status_code >= 400 and step.get("is") == "refused":
        met("status", 200, found.answer.status_code, found.answer)
    play.judged(step, found)


@step("book", words=(*WISH, *JUDGED, "same_as"))
def book(play: Play, step: dict[str, Any], at: str) -> None:
    """Holds. `same_as` a booking: the answer is that very one (a repeated key)."""
    found = came(play.ask(step, "post", "/bookings", wish(play, step, at)))
    play.judged(step, found)
    if "same_as" in step:
        met("booking", play.world.bookings[step["same_as"]], found.body["id"])
    elif found.ok:
        play.world.bookings[step.get("called", at)] = found.body["id"]


@step("buy", words=(*WISH, *JUDGED, "state", "method"))
def buy(play: Play, step: dict[str, Any], at: str) -> None:
    """Holds and checks out what costs nothing (or by the `method` staff take); `state` says what became of it."""
    book(play, {k: v for k, v in step.items() if k not in ("state", "key")}, at)
    name = step.get("called", at)
    if step.get("is", "ok") != "ok" or "only" in step or name not in play.world.bookings:
        return
    ids = [play.world.bookings[name]]
    asked = {k: v for k, v in step.items() if k in ("as", "language")}
    quote = play.good(play.ask(asked, "post", "/quotes", {"booking_ids": ids}), 201)
    method = step.get("method", "none")
    body = {"quote_id": quote["id"], "booking_ids": ids, "method": method}
    play.good(play.ask(asked, "post", "/checkouts", body), 201)
    if "state" in step:
        met("state", step["state"], _read(play, asked, name)["state"])


def _read(play: Play, step: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = play.good(play.ask(step, "get", f"/bookings/{play.world.bookings[name]}"))
    return found


@step("state", held_to=("is", "attendance", "at", "of", "may", "may_not", "answer"))
def state(play: Play, step: dict[str, Any], name: str) -> None:
    """The booking as it is now: its state, attendance, period, person, and what may be done with it."""
    found = _read(play, step, name)
    if "is" in step:
        met("state", step["is"], found["state"])
    if "attendance" in step:
        met("attendance", step["attendance"], found["attendance"])
    if "at" in step:
        met("period", play.period(step["at"]), found["period"])
    if "of" in step:
        met("person", play.person(step["of"]), found["person"] and found["person"]["id"])
    allowed = {act for act, told in found["actions"].items() if told["allowed"]}
    for act in step.get("may", []):
        met(f"may {act}", True, act in allowed)
    for act in step.get("may_not", []):
        met(f"may {act}", False, act in allowed)
    if "answer" in step:
        from tests.scenarios.expect import answered

        answered(step["answer"], found)


@step(*DEEDS, words=(*JUDGED, "reason"))
def deed(play: Play, step: dict[str, Any], name: str) -> None:
    act = next(a for a in DEEDS if a in step)
    body = {"reason": step.get("reason", "no")} if act in ("refuse", "appeal") or "reason" in step else {}
    play.judged(step, came(play.ask(step, "post", f"/bookings/{play.world.bookings[name]}/{act}", body)))


@step("mine", words=("state",), held_to=("count", "are"))
def mine(play: Play, step: dict[str, Any], told: Any) -> None:
    """The bookings that somebody sees on their list (`mine: {}`, or of a state)."""
    query = {"person_id": "me", "limit": 200} | ({"state": step["state"]} if "state" in step else {})
    found = play.good(play.ask(step, "get", "/bookings", query))["data"]
    if "count" in step:
        met("bookings", step["count"], len(found))
    if "are" in step:
        wanted = sorted(play.world.bookings[name] for name in step["are"])
        met("bookings", wanted, sorted(booking["id"] for booking in found))
