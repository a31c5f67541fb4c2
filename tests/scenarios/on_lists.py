"""Steps that look: the slots listed, the calendar drawn, what feeds say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import Client

from billing.api.offers import OffersQuery
from core.ids import encode
from tests.scenarios.expect import Unmet, met
from tests.scenarios.steps import step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

ASKED = {*OffersQuery().fields, "of", "venue", "organisation"} - {
    "resource_id",
    "venue_id",
    "organisation_id",
}
SLOTS = ("starts", "first", "last", "count", "with", "without", "free", "flag", "cards", "status", "outcome", "reasons")  # fmt: skip


@step("offers", inside=ASKED, held_to=SLOTS)
def offers(play: Play, step: dict[str, Any], asked: dict[str, Any]) -> None:
    """The slots listed, as their starts."""
    query: dict[str, Any] = {"per_resource": 200} | {
        k: v for k, v in asked.items() if k not in ("of", "venue", "organisation")
    }
    for name in ("on_from", "on_to"):
        if name in query:
            query[name] = play.day(query[name])
    on = asked.get("of")
    if "venue" in asked:
        query["venue_id"] = play.venue(asked["venue"])
    elif on is not None or not {"kind", "q"} & query.keys():
        query["resource_id"] = [play.resource(name) for name in (on if isinstance(on, list) else [on])]
    if "organisation" in asked:
        query["organisation_id"] = encode("org", play.world.organisations[asked["organisation"]].pk)
    answer = play.ask(step, "get", "/offers", query)
    if "status" in step:
        met("status", step["status"], answer.status_code, answer)
        return
    _held(play, step, play.good(answer)["data"])


def _held(play: Play, step: dict[str, Any], cards: list[dict[str, Any]]) -> None:
    offered = [offer for card in cards for offer in card["offers"]]
    starts = [offer["period"]["start"] for offer in offered]
    ends = {"first": starts[0] if starts else None, "last": starts[-1] if starts else None}
    for name, came in ends.items():
        if name in step:
            met(name, play.time(step[name]), came)
    if "starts" in step:
        met("starts", [play.time(text) for text in step["starts"]], starts)
    if "count" in step:
        met("count", step["count"], len(starts))
    if "cards" in step:
        met("cards", step["cards"], [play.names[card["resource"]["id"]] for card in cards])
    if "free" in step:
        free = [play.names[card["resource"]["id"]] for card in cards if card["offers"]]
        met("free", sorted(step["free"]), sorted(free))
    if "reasons" in step:
        met("reasons", sorted(step["reasons"]), sorted(r["code"] for r in cards[0]["bookable"]["reasons"]))
    if "outcome" in step:
        met("outcomes", {step["outcome"]}, {offer["outcome"] for offer in offered})
    for text in step.get("without", []):
        met(f"{text} offered", False, play.time(text) in starts)
    for text in step.get("with", []):
        met(f"{text} offered", True, play.time(text) in starts)
    if "flag" in step:
        met("flag", step["flag"], "open" if cards[0].get("open") else "closed")


@step("day", words=("on", "until"), held_to=("free", "not_free", "kinds", "count", "without"))
def day(play: Play, step: dict[str, Any], on: Any) -> None:
    """The calendar of one day (or until another, excluded), as it is drawn."""
    names = step["on"] if isinstance(step.get("on"), list) else [step.get("on")]
    query = {
        "resource_id": [play.resource(name) for name in names] if step.get("on") != "all" else [],
        "on_from": play.day(on),
        "on_to": play.day(step.get("until") or f"+{_days(play, on) + 1}"),
    }
    if step.get("on") == "all":
        query |= {"venue_id": play.venue()}
        del query["resource_id"]
    answer = play.ask(step, "get", "/availability", query)
    drawn = play.good(answer)["resources"]
    spans = [span for found in drawn for span in found["spans"]]
    if "count" in step:
        met("resources", step["count"], len(drawn))
    said = {(s["period"]["start"], s["period"]["end"]) for s in spans if s["kind"] == "free"}
    for text in step.get("free", []):
        start, end = play.period(text).values()
        met(f"{text} free", True, any(a <= start and end <= b for a, b in said))
    for text in step.get("not_free", []):
        start, end = play.period(text).values()
        met(f"{text} free", False, any(a < end and start < b for a, b in said))
    if "kinds" in step:
        met("kinds", sorted(step["kinds"]), sorted({s["kind"] for s in spans}))
    for text in step.get("without", []):
        met(f"{text!r} told", False, text in answer.content.decode())


def _days(play: Play, on: Any) -> int:
    from datetime import date

    return (date.fromisoformat(play.day(on)) - play.world.today).days


@step("feed", words=("of", "called", "names"), held_to=("count", "with", "without", "status"))
def feed(play: Play, step: dict[str, Any], told: str) -> None:
    """A calendar feed: `mine`, `busy` (public, of a resource) or `venue`, made and read; `again` reads one by its name."""
    if told == "again":
        address = play.world.addresses[step["called"]]
    elif told == "busy":
        address = f"/feeds/busy/{play.resource(step.get('of'))}.ics"
    else:
        body: dict[str, Any] = {"person": True} if told == "mine" else {"venue_id": play.venue()}
        if step.get("names"):
            body["names"] = True
        made = play.good(play.ask(step, "post", "/feeds", body), 201)
        address = "/" + made["address"].split("/", 3)[3]
        play.world.addresses[step.get("called", told)] = address
        play.world.ids[step.get("called", told)] = made["id"]
    answer = Client().get(address)
    if "status" in step:
        met("status", step["status"], answer.status_code)
        return
    met("status", 200, answer.status_code)
    text = answer.content.decode()
    if "count" in step:
        met("events", step["count"], text.count("BEGIN:VEVENT"))
    for part in step.get("with", []):
        if part not in text:
            raise Unmet(f"expected {part!r} in the feed, came {text[:600]!r}")
    for part in step.get("without", []):
        met(f"{part!r} in the feed", False, part in text)
