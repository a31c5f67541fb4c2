"""No word of a case is passed over: an unknown one is refused, for a typo would be a check that cannot fail."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from booking.judging.reasons import CATALOGUE as REASONS
from core.errors import CATALOGUE as ERRORS
from spaces.clauses import ApprovalWhen, Hours, Limit, Preset, Question, Reserved, Stretch, Supervision
from spaces.policy import BookingPolicy
from tests.scenarios.cases import LATER, Misread, all_cases, standing
from tests.scenarios.play import ACTS
from tests.scenarios.steps import act_of

CASE = {"id", "now", "world", "steps", "note", "decided", "waits", *LATER, "file", "path", "line", "of"}
PLACE = {"zone", "holidays", "open", "rules", "versions"}
WORLD = PLACE | {
    "venues",
    "closed",
    "resources",
    "people",
    "organisations",
    "taken",
    "blocked",
    "rates",
    "tariffs",
    "coupons",
    "terms",
    "passes",
    "plans",
}
RESOURCE = {
    "venue", "name", "kind", "capacity", "features", "needs", "offered", "pool", "of", "own", "add_on", "times",
    "open", "closed", "rules", "versions", "published_from", "published_until",
}  # fmt: skip
PERSON = {"born", "groups", "can", "role", "language"}
ORGANISATION = {"delegates", "groups"}
TAKEN = {"at", "on", "by", "state", "quantity", "called", "people", "organisation", "attendance"}
CLOSED = {"at", "on", "venue"}
RATE = {
    "hour", "minute", "stretch", "half_day", "day", "flat", "head", "least", "reduction",
    "minutes", "at", "on", "kind", "group", "season", "vat", "charge_by",
}  # fmt: skip
TARIFF = {"from", "until", "rates"}
MEASURED = {"minutes", "days", "entries", "kinds"}
PASS = MEASURED | {"price", "vat", "valid_days"}
PLAN = {"price", "vat", "every", "from_first", "group", "includes"}
COUPON = {"percent", "amount", "until", "most_uses", "most_each"}
BLOCKED = {"at", "on", "kind", "times", "every"}
VERSION = {"from", "basis", "rules"}
CLAUSES: dict[str, type[Any]] = {
    "limits": Limit, "presets": Preset, "reserved": Reserved, "questions": Question,
    "supervision": Supervision, "stretches": Stretch, "approval_when": ApprovalWhen, "hours": Hours,
}  # fmt: skip
POLICY = {field.name for field in fields(BookingPolicy)}


def checked() -> list[dict[str, Any]]:
    """All cases. Raises Misread for the first that nobody could read."""
    found = all_cases()
    for case in found:
        check(case)
    return found


def check(case: dict[str, Any]) -> None:
    """Raises Misread, with the line, for what the case says that nothing would read."""
    for line, why in faults(case):
        raise Misread(case["path"], line or case["line"], f"{case.get('id', 'a case')}: {why}")


def faults(case: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Each with its line (0: the case's)."""
    yield from _unknown(case, CASE, "case")
    stands = standing(case)
    if not case.get("id"):
        yield 0, "it has no id"
    if sum(mark in case for mark in (*LATER, "waits", "decided")) > 1 and "decided" not in case:
        yield 0, "it stands in two ways at once"
    if stands != "holds" and not case[stands]:
        yield 0, f"why {stands}?"
    if (stands in LATER) == bool(case.get("steps")):
        yield 0, "it has no steps" if not case.get("steps") else f"it is {stands} and has steps"
    if not isinstance(case.get("now"), str):
        yield 0, "`now` is not said"
    made_up = stands == "waits"  # a case that waits may need a word that is not there yet
    yield from _world(case.get("world") or {}, made_up)
    for step in case.get("steps") or []:
        yield from _step(step, made_up)


def _world(world: Any, made_up: bool) -> Iterator[tuple[int, str]]:
    if not isinstance(world, dict):
        yield 0, f"no world: {world!r}"
        return
    yield from _unknown(world, WORLD, "world")
    places = [world, *(world.get("venues") or {}).values(), *(world.get("resources") or {}).values()]
    for told in (world.get("venues") or {}).values():
        yield from _unknown(told, PLACE, "venue")
    if not made_up:
        for place in places:
            yield from _rules((place or {}).get("rules"))
            for version in (place or {}).get("versions") or []:
                yield from _unknown(version, VERSION, "version of rules")
                yield from _rules(version.get("rules"))
        for told in (world.get("resources") or {}).values():
            yield from _unknown(told, RESOURCE, "resource")
    for name, known in (("people", PERSON), ("organisations", ORGANISATION)):
        for told in (world.get(name) or {}).values():
            yield from _unknown(told, known, f"of {name}")
    for tariff in [world, *(world.get("tariffs") or [])]:
        for told in tariff.get("rates") or []:
            yield from _unknown(told, RATE, "of a rate")
    for told in world.get("tariffs") or []:
        yield from _unknown(told, TARIFF, "of a tariff")
    for word, fields_of in (("coupons", COUPON), ("passes", PASS), ("plans", PLAN)):
        for told in (world.get(word) or {}).values():
            yield from _unknown(told, fields_of, f"of {word}")
    for plan in (world.get("plans") or {}).values():
        for told in plan.get("includes") or []:
            yield from _unknown(told, MEASURED, "included in a plan")
    for name, known in (("taken", TAKEN), ("closed", CLOSED), ("blocked", BLOCKED)):
        for told in world.get(name) or []:
            yield from _unknown(told, known, f"in {name}")


def _rules(rules: Any) -> Iterator[tuple[int, str]]:
    if not isinstance(rules, dict):
        return
    yield from _unknown(rules, POLICY, "rule")
    for word, kind in CLAUSES.items():
        yield from _clause(rules.get(word), kind, word)


def _clause(told: Any, kind: type[Any], word: str) -> Iterator[tuple[int, str]]:
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, dict):
            yield from _unknown(one, {field.name for field in fields(kind)}, f"part of {word}")
            yield from _clause(one.get("hours"), Hours, "hours")


def _step(step: Any, made_up: bool) -> Iterator[tuple[int, str]]:
    if not isinstance(step, dict):
        yield 0, f"no step: {step!r}"
        return
    line = getattr(step, "line", 0)
    acts = [name for name in ACTS if name in step]
    if not acts:
        yield line, f"no such act: {_near(next(iter(step), ''), ACTS)}"
        return
    act = act_of(step) or acts[0]
    known = ACTS[act]
    yield from _unknown(step, {act, *known.words}, f"word of `{act}`")
    told = step[act]
    if known.inside is not None and not made_up:
        if isinstance(told, dict):
            yield from _unknown(told, known.inside, f"word of `{act}`", line)
        else:
            yield line, f"`{act}` takes a mapping, not {told!r}"
    if known.held_to and not known.held_to & step.keys():
        yield line, f"`{act}` is held to nothing: one of {', '.join(sorted(known.held_to))}"
    for within in step.get("meanwhile") or []:
        yield from _step(within, made_up)
    if act == "rules" and not made_up:
        yield from _rules(told)
    yield from _codes(step, act, made_up, line)


def _codes(step: dict[str, Any], act: str, made_up: bool, line: int) -> Iterator[tuple[int, str]]:
    if made_up or act in ("state", "place"):
        return
    said = step.get("only") or step.get("is") or []
    known = {"ok", "refused", *REASONS, *ERRORS}
    for code in [said] if isinstance(said, str) else said:
        if code not in known:
            yield line, f"no such reason: {_near(code, known)}"


def _unknown(told: Any, known: Collection[str], what: str, line: int = 0) -> Iterator[tuple[int, str]]:
    if isinstance(told, dict):
        for word in told:
            if word not in known:
                yield getattr(told, "line", 0) or line, f"no such {what}: {_near(str(word), known)}"


def _near(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, list(known), 1)
    return f"{word!r}" + (f" (did you mean {close[0]!r}?)" if close else "")
