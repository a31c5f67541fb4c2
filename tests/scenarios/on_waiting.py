"""Steps of the waiting list: join it, answer its offers, read one's place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.api.wishes import NewPlace
from tests.scenarios.expect import came, met
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

WISHED = (set(NewPlace().fields) - {"resource_id", "venue_id", "period"}) | {"at"}


@step("wait", words=("called", "on", "rank", *JUDGED), inside=WISHED)
def wait(play: Play, step: dict[str, Any], told: dict[str, Any]) -> None:
    """A place on the list, for a slot (`at: PERIOD`) or for whatever fits `{days, hours, weekdays, minutes}`; of any of
    a `kind`, or of several `items` (`{kind, capacity_from, features}`) at once."""
    body = {k: v for k, v in told.items() if k != "at"}
    if "at" in told:
        body["period"] = play.period(told["at"])
    if "days" in told:
        body["days"] = {name: play.day(value) for name, value in told["days"].items()}
    if "kind" in told or "items" in told:
        where = {"venue_id": play.venue()}
    else:
        where = {"resource_id": play.resource(step.get("on"))}
    found = came(play.ask(step, "post", "/waiting-list", body | where))
    play.judged(step, found)
    if found.ok:
        play.world.ids[step.get("called", "place")] = found.body["id"]
        if "rank" in step:
            met("rank", step["rank"], found.body["rank"])


@step("accept", "decline", "leave", words=("called", "part", "people", "accepted_terms", "answers", *JUDGED))
def answer(play: Play, step: dict[str, Any], name: str) -> None:
    """An offer accepted (`part` of it, if not all; the booking is `called`), declined; the list left."""
    act = next(a for a in ("accept", "decline", "leave") if a in step)
    body: dict[str, Any] = {
        word: step[word] for word in ("people", "accepted_terms", "answers") if word in step
    }
    if "part" in step:
        body["period"] = play.period(step["part"])
    found = came(play.ask(step, "post", f"/waiting-list/{play.world.ids[name]}/{act}", body))
    play.judged(step, found)
    if found.ok and act == "accept":
        play.world.bookings[step.get("called", name)] = found.body["id"]


@step("place", held_to=("is", "rank", "offer", "log"))
def place(play: Play, step: dict[str, Any], name: str) -> None:
    """One's place as it is now: its state, its rank, the period offered (`none`), the log of the list."""
    mine = play.good(play.ask(step, "get", "/waiting-list"))["data"]
    found = next(row for row in mine if row["id"] == play.world.ids[name])
    if "is" in step:
        met("state", step["is"], found["state"])
    if "rank" in step:
        met("rank", step["rank"], found["rank"])
    if "offer" in step:
        wanted = None if step["offer"] == "none" else play.period(step["offer"])
        met("offer", wanted, found["offer"] and found["offer"]["period"])
    if "log" in step:
        log = play.good(play.ask(step, "get", f"/waiting-list/{found['id']}/log"))["data"]
        met("log", step["log"], [line["what"] for line in reversed(log)])
