"""An answer held to what a step expects of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Case(Protocol):
    """How the case says times, and which resource has which id."""

    names: dict[str, str]

    def time(self, text: Any) -> str | None: ...

    def period(self, text: str) -> dict[str, str]: ...


class Unmet(AssertionError):
    """What was expected and what came."""


@dataclass(frozen=True, slots=True)
class Came:
    """A yes, or a no with its reasons and what could be had instead."""

    ok: bool
    answer: Any
    reasons: list[dict[str, Any]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)


def came(answer: Any) -> Came:
    """The answer of an act; a verdict that says no counts as one."""
    body = answer.json() if answer.content else {}
    body = body if isinstance(body, dict) else {"data": body}
    if answer.status_code < 400 and body.get("allowed", True):
        return Came(True, answer, body=body)
    reasons = body.get("reasons") or []
    return Came(False, answer, reasons, [r["code"] for r in reasons] or [body.get("code", "")], body)


def judged(step: dict[str, Any], found: Came, case: Case) -> None:
    """Holds a yes or no to the words of JUDGED."""
    _verdict(step, found)
    by_code = {r["code"]: r for r in found.reasons}
    for word, key in (("fixable_by", "fixable_by"), ("way_out", "way_out"), ("holds_from", "holds_from")):
        for code, wanted in (step.get(word) or {}).items():
            if code not in by_code:
                raise Unmet(f"expected {word} of {code}, came {found.codes}")
            said = by_code[code][key]
            said = said and said["act"] if word == "way_out" else said
            met(f"{word} of {code}", case.time(wanted) if word == "holds_from" else _none(wanted), said)
    if "bookable_from" in step:
        said = (found.body.get("data") or {}).get("bookable_from", found.body.get("bookable_from"))
        met("bookable_from", case.time(step["bookable_from"]), said)
    if "says" in step:
        _says(step["says"], found)
    _alternatives(step, found.body.get("alternatives") or [], case)


def _verdict(step: dict[str, Any], found: Came) -> None:
    wanted = step.get("is", "ok")
    if found.answer.status_code == 500:
        raise Unmet(f"came a fault of ours: {found.answer.content.decode()[:300]}")
    if "only" in step:
        met("reasons", sorted(step["only"]), sorted(found.codes), found.answer)
    elif wanted in ("ok", "refused"):
        met("answer", wanted, "ok" if found.ok else "refused", found.answer)
    else:
        codes = [*found.codes, found.body.get("code")]
        if lacking := [c for c in ([wanted] if isinstance(wanted, str) else wanted) if c not in codes]:
            raise Unmet(f"expected {lacking} among the reasons, came {found.codes or 'ok'}")


def _says(wanted: str | list[str], found: Came) -> None:
    said = " ".join([*(r["detail"] for r in found.reasons), str(found.body.get("detail", ""))])
    for text in [wanted] if isinstance(wanted, str) else wanted:
        if text not in said:
            raise Unmet(f"expected {text!r} to be said, came {said!r}")


def _alternatives(step: dict[str, Any], near: list[dict[str, Any]], case: Case) -> None:
    if len(near) < step.get("least_alternatives", 0):
        raise Unmet(f"expected {step['least_alternatives']} alternatives, came {len(near)}")
    for text in step.get("instead", []):
        if ".." in str(text):
            wanted, came = case.period(text), [n["period"] for n in near]
            met(f"{text} among the alternatives", True, wanted in came)
        else:
            met(
                f"{text} among the alternatives",
                True,
                case.time(text) in [n["period"]["start"] for n in near],
            )
    for name in step.get("instead_on", []):
        came_on = sorted({case.names[n["resource_id"]] for n in near})
        if name not in came_on:
            raise Unmet(f"expected {name} among the alternatives, came {came_on}")
    if "near" in step:
        told = {why: case.period(text) for why, text in step["near"].items()}
        met("alternatives", told, {n["why"]: n["period"] for n in near})


def _none(wanted: Any) -> Any:
    return None if wanted == "none" else wanted


def answered(wanted: Any, came: Any, where: str = "answer") -> None:
    """Holds an answer to what is said of it: of mappings the keys named, of lists all, else the same."""
    if isinstance(wanted, dict) and isinstance(came, dict):
        for key, value in wanted.items():
            if key not in came:
                raise Unmet(f"expected {where}.{key}, came {sorted(came)}")
            answered(value, came[key], f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(came, list):
        met(f"length of {where}", len(wanted), len(came))
        for number, pair in enumerate(zip(wanted, came, strict=True)):
            answered(*pair, f"{where}.{number}")
    else:
        met(where, wanted, came)


def met(what: str, wanted: Any, came: Any, answer: Any = None) -> None:
    if wanted != came:
        said = (
            f": {answer.content.decode()[:300]}" if answer is not None and answer.status_code >= 400 else ""
        )
        raise Unmet(f"expected {what} {wanted}, came {came}{said}")


def spoken(at: datetime) -> str:
    """An instant as the API says it."""
    return at.isoformat().replace("+00:00", "Z")
