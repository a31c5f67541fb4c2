"""Steps that are of no one part: the clock, crowds, the workers' work, mails, an account's end, any address."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from django.core import mail
from rest_framework.test import APIClient

from core import outbox
from tests.api import client
from tests.races.conftest import at_once
from tests.scenarios import when
from tests.scenarios.expect import Unmet, answered, came, met
from tests.scenarios.on_bookings import DEEDS, WISH, wish
from tests.scenarios.steps import JUDGED, step

if TYPE_CHECKING:
    from tests.scenarios.play import Play

METHODS = ("get", "post", "patch", "put", "delete")
LOST = (409, 403)


@step("clock")
def clock(play: Play, step: dict[str, Any], text: str) -> None:
    play.set_clock(str(text))


@step("work")
def work(play: Play, step: dict[str, Any], times: Any) -> None:
    """Whatever the workers would have done by now is done; twice if `work: 2`, as after a worker's death."""
    for _ in range(int(times)):
        outbox.plan_periodic()
        outbox.drain()


@step("kept", words=("by",))
def kept(play: Play, step: dict[str, Any], text: str) -> None:
    """The desk's screen, or the tablet at the first resource's door, is there all that time; the clock stands at its end."""
    start, end = when.ends(text, play.today, play.world.zone)
    while start <= end:
        play.hold(start)
        if step.get("by") == "door":
            answer = APIClient(headers=_tablet(play)).get("/api/v1/door")
        else:
            answer = client(play.world.person("staff")).get("/api/v1/desk", {"venue_id": play.venue()})
        play.good(answer)
        start += timedelta(minutes=1)  # a silence begins after three


def _tablet(play: Play) -> dict[str, str]:
    """The headers of the tablet at the first resource's door, paired when it is first spoken of."""
    if play.tablet is None:
        body = {"venue_id": play.venue(), "resource_id": play.resource(), "name": "Porta"}
        answer = client(play.world.person("staff")).post("/api/v1/doors", body, format="json")
        play.tablet = play.good(answer, 201)["address"].partition("#")[2]
    return {"Authorization": f"Bearer {play.tablet}"}


@step("mails", words=("kind",), held_to=("count", "subjects", "with", "without"))
def mails(play: Play, step: dict[str, Any], name: str) -> None:
    """The messages that somebody has got so far, of which the subject says `kind`."""
    to = play.world.person(name).email
    found = [m for m in mail.outbox if to in m.to and step.get("kind", "") in m.subject]
    if "count" in step:
        met("mails", step["count"], len(found), None)
    if "subjects" in step:
        met("subjects", step["subjects"], [m.subject for m in found])
    text = "\n".join(_text(m) for m in found)
    for part in step.get("with", []):
        if part not in text:
            raise Unmet(f"expected {part!r} in a mail of {[m.subject for m in found]}")
    for part in step.get("without", []):
        met(f"{part!r} in a mail", False, part in text)


def _text(message: Any) -> str:
    """All that a message says: its headers, and its parts as they are read."""
    parsed = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    parts = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
    heads = [f"{name}: {value}" for part in parsed.walk() for name, value in part.items()]
    return "\n".join(
        [*heads, *(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))]
    )


@step("erase", words=JUDGED, inside=())
def erase(play: Play, step: dict[str, Any], told: Any) -> None:
    """Somebody ends their own account, with their password."""
    person = play.world.person(step.get("as", "ada"))
    person.set_password("a-long-password-of-theirs")
    person.save(update_fields=["password"])
    answer = play.ask(step, "post", "/people/me/erase", {"password": "a-long-password-of-theirs"})
    play.judged(step, came(answer))


@step("crowd", words=(*WISH, "times"), held_to=("won", "won_at_least"))
def crowd(play: Play, step: dict[str, Any], told: list[Any]) -> None:
    """Everybody at once: periods asked for, each by somebody else, or acts (`{approve: b, as: staff}`)."""
    asks = [
        _asking(play, step, one, f"rival{number}")
        for number, one in enumerate(told * int(step.get("times", 1)))
    ]
    answers = at_once(asks)
    statuses = Counter(getattr(a, "status_code", repr(a)) for a in answers)
    won = statuses[200] + statuses[201]
    strange = {status: n for status, n in statuses.items() if status not in (200, 201, *LOST)}
    met("other answers than won and refused", {}, strange)
    if "won" in step:
        met("won", step["won"], won)
    if won < step.get("won_at_least", 0):
        raise Unmet(f"expected at least {step['won_at_least']} won, came {won}")


def _asking(play: Play, step: dict[str, Any], told: Any, rival: str) -> Callable[[], Any]:
    one = {"at": told} if isinstance(told, str) else told
    deed = next((d for d in DEEDS if d in one), None)
    who = {"as": one.get("as", step.get("as", rival))}
    play.world.person(who["as"])  # made before the crowd asks
    if deed is not None:
        path = f"/bookings/{play.world.bookings[one[deed]]}/{deed}"
        body = {"reason": "no"} if deed == "refuse" else {}
        return lambda: play.ask(who, "post", path, body)
    wanted = wish(play, {k: v for k, v in (step | one).items() if k != "at"}, one["at"])
    return lambda: play.ask(who, "post", "/bookings", wanted)


@step(
    "call",
    words=("called", "called_first"),
    inside=(*METHODS, "body"),
    held_to=("status", "answer", "without", "code"),
)
def call(play: Play, step: dict[str, Any], told: dict[str, Any]) -> None:
    """Any address. `$NAME` is the id of what the case calls so; `answer` is held key by key, lists whole."""
    method, path = next((m, told[m]) for m in METHODS if m in told)
    answer = play.ask(step, method, _filled(play, path), _filled(play, told.get("body")))
    if "status" in step:
        met("status", step["status"], answer.status_code, answer)
    body = answer.json() if "json" in answer.headers.get("Content-Type", "") and answer.content else {}
    if "code" in step:
        met("code", step["code"], body.get("code"), answer)
    if "answer" in step:
        answered(_filled(play, step["answer"]), body)
    for part in step.get("without", []):
        met(f"{part!r} told", False, part in answer.content.decode())
    if "called" in step:
        play.world.ids[step["called"]] = body["id"]
    if "called_first" in step:
        play.world.ids[step["called_first"]] = body["data"][0]["id"]


def _filled(play: Play, told: Any) -> Any:
    """The same with ids in place of `$NAME`: of bookings, resources, people, venues, or what else has a name."""
    if isinstance(told, dict):
        return {key: _filled(play, value) for key, value in told.items()}
    if isinstance(told, list):
        return [_filled(play, value) for value in told]
    if isinstance(told, str):
        return re.sub(r"\$([\w-]+)", lambda found: play.world.id_of(found[1]), told)
    return told
