"""Steps about series: the plan looked at and chosen from, taken, read, ended, added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.api.repeats import RuleShape
from tests.scenarios.expect import came, met
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

DATES = ("days", "starts", "verdicts", "count", "alternatives", "priced", "reasons")


@step("plan", words=("on", "quantity", "called", "people", *DATES, *JUDGED), inside=RuleShape().fields)
def plan(play: Play, step: dict[str, Any], rule: dict[str, Any]) -> None:
    """A series looked at: `days` (all its dates), `starts` (their instants), `verdicts`, `count`."""
    told = {k: play.day(v) if k in ("first_on", "last_on") else v for k, v in rule.items()}
    if "dates" in told:
        told["dates"] = [play.day(d) for d in told["dates"]]
    body: dict[str, Any] = {"items": play.items(step), "rule": told}
    if "people" in step:
        body["people"] = step["people"]
    found = came(play.ask(step, "post", "/series/plans", body))
    play.judged(step, found)
    if found.ok:
        _planned(play, step, found.body)


def _planned(play: Play, step: dict[str, Any], made: dict[str, Any]) -> None:
    dates = made["dates"]
    play.world.plans[step.get("called", "plan")] = made
    if "days" in step:
        met("days", [play.day(d) for d in step["days"]], [d["on"] for d in dates])
    if "count" in step:
        met("count", step["count"], len(dates))
    if "verdicts" in step:
        met("verdicts", step["verdicts"], [d["verdict"] for d in dates])
    if "reasons" in step:
        met("reasons", step["reasons"], [[r["code"] for r in d["reasons"]] for d in dates])
    if "starts" in step:
        wanted = [play.time(text) for text in step["starts"]]
        met("starts", wanted, [d["period"] and d["period"]["start"] for d in dates])
    if step.get("alternatives"):
        lacking = [d["on"] for d in dates if d["verdict"] == "taken" and not d["alternatives"]]
        met("taken dates without alternatives", [], lacking)
    if step.get("priced"):
        lacking = [d["on"] for d in dates if d["verdict"] == "free" and not d["price"]]
        met("free dates without a price", [], lacking)


@step("choose", words=("dates", "verdicts", "count", *JUDGED))
def choose(play: Play, step: dict[str, Any], name: str) -> None:
    """Dates of a plan chosen: `dates: {DAY: true, false, or the start of an alternative}`; `count` chosen then."""
    made = play.world.plans[name]
    by_day = {d["on"]: d for d in made["dates"]}
    choices = {}
    for on, choice in step["dates"].items():
        day = play.day(on)
        others = {o["period"]["start"]: o["id"] for o in by_day[day]["alternatives"]}
        choices[day] = choice if isinstance(choice, bool) else others.get(play.time(choice) or "", choice)
    found = came(play.ask(step, "patch", f"/series/plans/{made['id']}", {"choices": choices}))
    play.judged(step, found)
    if found.ok:
        play.world.plans[name] = found.body
        if "count" in step:
            met("chosen", step["count"], found.body["totals"]["chosen"])
        if "verdicts" in step:
            met("verdicts", step["verdicts"], [d["verdict"] for d in found.body["dates"]])


BOOKED = ("days", "starts", "count", "left_out", "states")


@step("series", words=("called", *BOOKED, *JUDGED))
def take_plan(play: Play, step: dict[str, Any], name: str) -> None:
    """The chosen dates of a plan are booked, all or nothing."""
    found = came(play.ask(step, "post", "/series", {"plan_id": play.world.plans[name]["id"]}))
    play.judged(step, found)
    if found.ok:
        play.world.series[step.get("called", "series")] = found.body
        _booked(play, step, found.body)


def _booked(play: Play, step: dict[str, Any], made: dict[str, Any]) -> None:
    bookings = made["bookings"]
    if "count" in step:
        met("bookings", step["count"], len(bookings))
    if "states" in step:
        met("states", step["states"], [b["state"] for b in bookings])
    if "starts" in step:
        wanted = [play.time(text) for text in step["starts"]]
        met("starts", wanted, [b["period"]["start"] for b in bookings])
    if "left_out" in step:
        met("left out", [play.day(d) for d in step["left_out"]], [left["on"] for left in made["left_out"]])


@step("dates", held_to=BOOKED)
def dates(play: Play, step: dict[str, Any], name: str) -> None:
    """A series as it is now."""
    _booked(play, step, play.good(play.ask(step, "get", f"/series/{play.world.series[name]['id']}")))


@step("confirm-series", words=("method", "states"))
def confirm_series(play: Play, step: dict[str, Any], name: str) -> None:
    """All dates of a series are checked out together."""
    made = play.good(play.ask(step, "get", f"/series/{play.world.series[name]['id']}"))
    ids = [b["id"] for b in made["bookings"] if b["state"] == "held"]
    quote = play.good(play.ask(step, "post", "/quotes", {"booking_ids": ids}), 201)
    body = {"quote_id": quote["id"], "booking_ids": ids, "method": step.get("method", "none")}
    play.good(play.ask({k: v for k, v in step.items() if k == "as"}, "post", "/checkouts", body), 201)
    if "states" in step:
        dates(play, step, name)


@step("edit", words=("scope", "day", "rule", "called", "changes", *JUDGED))
def edit(play: Play, step: dict[str, Any], name: str) -> None:
    """A plan to change a series; of its rule only what becomes other is said. `changes`: {DAY: what becomes of it}."""
    series = play.good(play.ask(step, "get", f"/series/{play.world.series[name]['id']}"))
    told = {k: play.day(v) if k in ("first_on", "last_on") else v for k, v in step.get("rule", {}).items()}
    if "dates" in told:
        told["dates"] = [play.day(d) for d in told["dates"]]
    scope = step.get("scope", "all")
    body: dict[str, Any] = {"series_id": series["id"], "scope": scope, "rule": series["rule"] | told}
    if "day" in step:
        body["on"] = play.day(step["day"])
    if scope == "this":
        body["rule"] |= {"repeat": "dates", "dates": told.get("dates", [body["on"]])}
    found = came(play.ask(step, "post", "/series/plans", body))
    play.judged(step, found)
    if found.ok:
        play.world.plans[step.get("called", "plan")] = found.body
        becomes = {d["on"]: d["change"] for d in found.body["dates"]}
        wanted = {play.day(day): change for day, change in step.get("changes", {}).items()}
        met("changes", wanted, {day: becomes.get(day) for day in wanted})


@step("change", words=("plan", "called", "follows", "same_as", *BOOKED, *JUDGED))
def change(play: Play, step: dict[str, Any], name: str) -> None:
    """All that the plan of an edit shows is done. `follows`: whether the rest became a series of its own."""
    before = play.world.series[name]
    plan_id = play.world.plans[step.get("plan", "plan")]["id"]
    found = came(play.ask(step, "post", f"/series/{before['id']}/change", {"plan_id": plan_id}))
    play.judged(step, found)
    if not found.ok:
        return
    play.world.series[step.get("called", name)] = found.body
    _booked(play, step, found.body)
    if "follows" in step:
        met("follows", step["follows"], found.body["follows"] == before["id"])
    if "same_as" in step:
        had, has = _by_day(before), _by_day(found.body)
        lost = [day for day in map(play.day, step["same_as"]) if has.get(day) != had.get(day)]
        met("dates that are another booking", [], lost)


def _by_day(series: dict[str, Any]) -> dict[str, str]:
    return {d["on"]: d["booking_id"] for d in series["dates"]}


@step("end", words=("from", *BOOKED, *JUDGED))
def end(play: Play, step: dict[str, Any], name: str) -> None:
    """The series ends: `from` a day on nothing is left."""
    path = f"/series/{play.world.series[name]['id']}/end"
    found = came(play.ask(step, "post", path, {"on": play.day(step["from"])}))
    play.judged(step, found)
    if found.ok:
        _booked(play, step, found.body)


@step("add-back", words=("day", "called", *DATES, *JUDGED))
def add_back(play: Play, step: dict[str, Any], name: str) -> None:
    """A plan of a date that was left out, to be taken with `series`."""
    path = f"/series/{play.world.series[name]['id']}/add-back"
    found = came(play.ask(step, "post", path, {"on": play.day(step["day"])}))
    play.judged(step, found)
    if found.ok:
        _planned(play, step, found.body)
