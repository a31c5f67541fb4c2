"""Steps of those who run the place: blocks, rules, the desk. As `staff` if nobody is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenarios.expect import came, met
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play


@step("block", words=("on", "kind", "reason", "repeat", "called", "affected", "times", *JUDGED))
def block(play: Play, step: dict[str, Any], at: str) -> None:
    body = {
        "resource_id": play.resource(step.get("on")),
        "period": play.period(at),
        "kind": step.get("kind", "maintenance"),
        "reason": step.get("reason", "lavori"),
    }
    if "repeat" in step:
        body["repeat"] = step["repeat"] | {"last_on": play.day(step["repeat"]["last_on"])}
    found = came(play.ask({"as": "staff"} | step, "post", "/blocks", body))
    play.judged(step, found)
    if found.ok:
        play.world.ids[step.get("called", at)] = found.body["id"]
    if "times" in step:
        listed = came(play.ask({"as": "staff"}, "get", "/blocks?limit=200"))
        met("times", step["times"], len(listed.body["data"]))
    if "affected" in step:
        told = (found.body.get("data") or {}).get("affected", found.body.get("affected", []))
        met("affected", step["affected"], len(told))


@step("lift", words=("following", *JUDGED))
def lift(play: Play, step: dict[str, Any], name: str) -> None:
    body = {"following": step["following"]} if "following" in step else {}
    answer = play.ask({"as": "staff"} | step, "post", f"/blocks/{play.world.ids[name]}/lift", body)
    play.judged(step, came(answer))


@step("outage", words=("on", "reason", "severity", "called", "affected", *JUDGED))
def outage(play: Play, step: dict[str, Any], at: str) -> None:
    """Out of order from a time to a time: what is free is closed, who is there is `affected` (how many) and stays."""
    period = play.period(at)
    body = {
        "resource_id": play.resource(step.get("on")),
        "from_at": period["start"],
        "until_at": period["end"],
        "reason": step.get("reason", "guasto"),
        **({"severity": step["severity"]} if "severity" in step else {}),
    }
    found = came(play.ask({"as": "staff"} | step, "post", "/outages", body))
    play.judged(step, found)
    if found.ok:
        play.world.ids[step.get("called", at)] = found.body["id"]
    if "affected" in step:
        met("affected", step["affected"], len(found.body["affected"]))


@step("mend", words=JUDGED)
def mend(play: Play, step: dict[str, Any], name: str) -> None:
    """The outage is over."""
    answer = play.ask({"as": "staff"} | step, "post", f"/outages/{play.world.ids[name]}/lift", {})
    play.judged(step, came(answer))


@step("rules", words=("on", "from", "basis", "touched", "to_come", "would_refuse", "judged", *JUDGED))
def rules(play: Play, step: dict[str, Any], told: dict[str, Any]) -> None:
    """Rules as staff try them before they save: `is: unsatisfiable` if nobody could ever meet them.

    `touched` of `to_come` bookings; `would_refuse` of `judged` bookings of the last 90 days.
    """
    where = {"resource_id": play.resource(step.get("on"))} if step.get("on") != "venue" else {}
    body = {
        **(where or {"venue_id": play.venue()}),
        "rules": play.world.named(told),
        "from_on": play.day(step.get("from", "")),
        "basis": step.get("basis", "use"),
    }
    found = came(play.ask({"as": "staff"} | step, "post", "/policies/preview", body))
    play.judged(step, found)
    if not found.ok:
        return
    for word, part, key in (
        ("touched", "to_come", "refused"),
        ("to_come", "to_come", "judged"),
        ("would_refuse", "last_90_days", "refused"),
        ("judged", "last_90_days", "judged"),
    ):
        if word in step:
            met(word, step[word], found.body[part][key])


@step("desk", held_to=("arriving", "running", "approvals", "free_now", "status"))
def desk(play: Play, step: dict[str, Any], on: Any) -> None:
    """The desk of a day: how many arrive, are there, wait for a decision; how many resources are free now."""
    query = {"venue_id": play.venue(), "on": play.day(on)}
    answer = play.ask({"as": "staff"} | step, "get", "/desk", query)
    if "status" in step:
        met("status", step["status"], answer.status_code, answer)
        return
    found = play.good(answer)
    for word in ("arriving", "running", "approvals"):
        if word in step:
            met(word, step[word], len(found[word]))
    if "free_now" in step:
        met("free_now", step["free_now"], found["counts"]["free_now"])
