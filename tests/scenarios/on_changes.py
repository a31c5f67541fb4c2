"""Steps that change what one has: move it, hand it over, give it back; and the answers to such changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.scenarios.expect import came
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

ANSWERS = {"accept-change": "accept", "decline-change": "decline", "withdraw": "withdraw", "undo": "undo"}


def _where(play: Play, step: dict[str, Any]) -> dict[str, Any]:
    where: dict[str, Any] = {"period": play.period(step["to"])} if "to" in step else {}
    if "on" in step:
        where["resource_id"] = play.resource(step["on"])
    return where


def _act(play: Play, step: dict[str, Any], name: str, act: str, body: Any) -> None:
    answer = play.ask(step, "post", f"/bookings/{play.world.bookings[name]}/{act}", body)
    if answer.status_code == 405 or (answer.status_code == 404 and step.get("is") != "not-found"):
        play.good(answer)  # no such act is no refusal
    play.judged(step, came(answer))


@step("move", "propose", words=(*JUDGED, "to", "on"))
def move(play: Play, step: dict[str, Any], name: str) -> None:
    """To another time: later, earlier, longer, shorter; or `on` another resource. Staff `propose` it of a request."""
    act = "move" if "move" in step else "propose"
    _act(play, {"as": "staff"} | step if act == "propose" else step, name, act, _where(play, step))


@step("hand-over", words=(*JUDGED, "to"))
def hand_over(play: Play, step: dict[str, Any], name: str) -> None:
    """To another person, who answers with `accept-change` or `decline-change`."""
    _act(play, step, name, "hand-over", {"email": play.world.person(step["to"]).email})


@step("give-back", words=(*JUDGED, "part"))
def give_back(play: Play, step: dict[str, Any], name: str) -> None:
    """All of it, or a `part` at its start or its end."""
    body = {"period": play.period(step["part"])} if "part" in step else {}
    _act(play, step, name, "give-back", body)


@step(*ANSWERS, words=JUDGED)
def answer(play: Play, step: dict[str, Any], name: str) -> None:
    """The answer to a change that waits for one; or a cancellation undone."""
    act = next(a for a in ANSWERS if a in step)
    _act(play, step, name, ANSWERS[act], {})
