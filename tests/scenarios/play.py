"""A case played against the API: each step is asked as somebody, and its answer held to what is expected."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.ids import encode
from spaces.models import Venue
from tests.api import client
from tests.bank import Bank
from tests.scenarios import (
    on_anything,
    on_bookings,
    on_changes,
    on_lists,
    on_money,
    on_prices,
    on_series,
    on_staff,
    on_waiting,
    when,
)
from tests.scenarios.cases import Told
from tests.scenarios.expect import Came, Unmet, judged, met, spoken
from tests.scenarios.steps import STEPS, act_of
from tests.scenarios.world import World

KEYS = itertools.count()
SPOKEN = (
    on_anything,
    on_bookings,
    on_changes,
    on_lists,
    on_money,
    on_prices,
    on_series,
    on_staff,
    on_waiting,
)
ACTS = STEPS  # of all these modules, for whoever asks which there are
TRIES = 5  # a bound of time is of our work at its best, not of how busy the machine is


class Broken(Exception):
    """What went wrong where nothing was expected to."""


class Play:
    """One case, from its world to its last step."""

    def __init__(
        self, case: dict[str, Any], hold_clock: Callable[[datetime], Any], bank: Bank | None = None
    ) -> None:
        self.case = case
        self.bank = bank
        self._hold_clock = hold_clock
        self.today = date(2027, 1, 1)
        self.tablet: str | None = None
        self.zone = ZoneInfo((case.get("world") or {}).get("zone", "Europe/Rome"))
        try:
            self.set_clock(case["now"])
            self.world = World(case, self.today)
        except Exception as error:
            raise Broken(f"its world: {error!r}") from error
        self.names = {encode("res", found.pk): name for name, found in self.world.resources.items()}

    def run(self) -> None:
        for number, step in enumerate(self.case["steps"], 1):
            name = act_of(step)
            try:
                self.do(step)
            except Unmet as error:
                raise Unmet(f"{_place(number, str(name), step)}: {error}") from None
            except Exception as error:
                raise Broken(f"{_place(number, str(name), step)}: {error!r}") from error

    def do(self, step: dict[str, Any]) -> None:
        """One step, alone or within another."""
        name = act_of(step)
        if name is None:
            raise LookupError(f"{self.case['id']}: no such act in {step}")
        STEPS[name].perform(self, step, step[name])

    # -- time and places ---------------------------------------------------------------------------------

    def set_clock(self, text: str) -> None:
        self.hold(when.moment(text, self.today, self.zone))

    def hold(self, at: datetime) -> None:
        """It is that instant until further notice."""
        self.today = at.astimezone(self.zone).date()
        self._hold_clock(at)

    def time(self, text: Any) -> str | None:
        """A time of the case as the API says it; `none` is None."""
        return None if text in (None, "none") else spoken(when.moment(str(text), self.world.today, self.zone))

    def period(self, text: str, *, wall: bool = False) -> dict[str, str]:
        """A period as the API takes it: instants, or (`wall`) the venue's clock as somebody types it."""
        if wall:
            start, end = when.walls(text, self.world.today)
            return {"start": start, "end": end}
        ends = when.ends(text, self.world.today, self.zone)
        return {"start": spoken(ends[0]), "end": spoken(ends[1])}

    def day(self, text: Any) -> str:
        return when.day(str(text), self.world.today).isoformat()

    # -- what has a name ---------------------------------------------------------------------------------

    def resource(self, name: str | None = None) -> str:
        chosen = name or next(iter(self.world.resources))
        return encode("res", self.world.resources[chosen].pk)

    def venue(self, name: str | None = None) -> str:
        return encode(Venue.prefix, (self.world.venues[name] if name else self.world.venue).pk)

    def person(self, name: str) -> str:
        return encode("per", self.world.person(name).pk)

    def items(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        on = step.get("on")
        names = on if isinstance(on, list) else [on]
        return [self._item(name, step.get("quantity", 1)) for name in names]

    def _item(self, told: Any, quantity: int) -> dict[str, Any]:
        if isinstance(told, dict):
            (name, quantity), *_ = told.items()
            return {"resource_id": self.resource(name), "quantity": quantity}
        return {"resource_id": self.resource(told), "quantity": quantity}

    # -- asking ------------------------------------------------------------------------------------------

    def api(self, step: dict[str, Any]) -> Any:
        who = step.get("as", "ada")
        return client(None if who == "nobody" else self.world.person(who))

    def ask(self, step: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
        """The answer; within the step's bounds of time and of statements, if it names any."""
        headers = {"Idempotency-Key": str(step.get("key") or f"k{next(KEYS)}")}
        if "language" in step:
            headers["Accept-Language"] = step["language"]
        send = getattr(self.api(step), method)

        def once() -> Any:
            return send(f"/api/v1{path}", body, headers=headers)

        if "statements" in step:
            with CaptureQueriesContext(connection) as seen:
                answer = once()
            if len(seen) > step["statements"]:
                raise Unmet(f"expected at most {step['statements']} statements, came {len(seen)}")
        else:
            answer = once()
        if "within" in step:
            _within(float(step["within"]), once)
        return answer

    def judged(self, step: dict[str, Any], found: Came) -> None:
        judged(step, found, self)

    def good(self, answer: Any, status: int = 200) -> Any:
        """The answer's body, if it is what it has to be."""
        met("status", status, answer.status_code, answer)
        return answer.json()


def _place(number: int, name: str, step: dict[str, Any]) -> str:
    line = f", line {step.line}" if isinstance(step, Told) else ""
    return f"step {number}{line}, {name} {step.get(name)!r}"


def _within(seconds: float, once: Callable[[], Any]) -> None:
    """The best of some tries, none of which changes anything, takes no more of this process's own time than this."""
    best = seconds + 1
    for _ in range(TRIES):
        began = time.process_time()
        once()
        best = min(best, time.process_time() - began)
        if best <= seconds:
            return
    raise Unmet(f"expected an answer within {seconds} s, came {best:.3f} s")
