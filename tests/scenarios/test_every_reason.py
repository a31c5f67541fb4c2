"""Every reason for a no, through the API: said in both languages, with who can mend it, the way out, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.judging.reasons import CATALOGUE
from tests.scenarios.cases import HERE, Told, cases_of
from tests.scenarios.play import Play
from tests.scenarios.steps import STEPS, act_of

CASES = list(cases_of(HERE / "reasons.yaml"))
# Said at the door, of appeals, of rescues, of changes and of who is a delegate no more: not walked here.
OF_OTHER_ACTS = {
    "already-here", "already-left", "handed-too-often", "hands-over-too-many", "approval-first", "cancel-instead", "dearer-than-paid", "payment-under-way", "certification-ended", "change-pending", "costs-more", "did-not-come",
    "no-change", "nobody-to-write-to", "not-at-an-edge", "not-at-this-door", "not-yours-to-answer", "offer-over", "nothing-changes", "nothing-paid",
    "not-in-its-name", "nothing-to-appeal", "shorter-horizon", "staff-agree", "too-late-to-appeal", "too-late-to-cancel", "too-late-to-leave", "unknown-code", "unpaid", "wrong-place",
}  # fmt: skip
JUST_BEFORE = timedelta(minutes=1)  # limits count whole minutes


def test_there_is_a_case_for_every_reason() -> None:
    assert {case["id"] for case in CASES} == set(CATALOGUE) - OF_OTHER_ACTS


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_reason_is_said_in_both_languages_and_tells_the_way_out(
    case: dict[str, Any], at: Callable[[str], datetime]
) -> None:
    play = Play(case, lambda moment: at(moment.isoformat()))
    play.case["steps"] = case.get("before", [])
    play.run()
    italian, english = (found(play, case, language) for language in ("it", "en"))
    assert italian["detail"] != english["detail"]
    assert not {"{", "}"} & set(italian["detail"] + english["detail"]), "a word was not filled in"
    assert italian["fixable_by"] == english["fixable_by"] == case["fixable_by"]
    assert (italian["way_out"] and italian["way_out"]["act"]) == case.get("way_out")


@pytest.mark.django_db
@pytest.mark.parametrize("case", [c for c in CASES if "asked" in c], ids=lambda case: case["id"])
def test_what_waiting_mends_is_granted_at_the_instant_told_and_not_before(
    case: dict[str, Any], at: Callable[[str], datetime]
) -> None:
    play = Play(case, lambda moment: at(moment.isoformat()))
    play.case["steps"] = case.get("before", [])
    play.run()
    refused = asked(play, case, "it")
    told = bookable_from(case, refused)
    assert told == play.time(case.get("granted_from")), refused.content
    if told is None:
        return
    at((datetime.fromisoformat(told) - JUST_BEFORE).isoformat())
    assert case["id"] in codes(asked(play, case, "it"))
    at(told)
    assert codes(asked(play, case, "it")) == []


def found(play: Play, case: dict[str, Any], language: str) -> dict[str, Any]:
    """The reason of this case as the API says it in a language; it is the only one, but for `besides`."""
    if "planned" in case:
        body = {"items": play.items({}), "rule": case["planned"]}
        answer = play.ask({"language": language}, "post", "/series/plans", body)
        reasons = play.good(answer, 201)["dates"][0]["reasons"]
    elif "action" in case:
        act, name = next(iter(case["action"].items()))
        answer = play.ask({"language": language}, "get", f"/bookings/{play.world.bookings[name]}")
        reasons = play.good(answer)["actions"][act]["reasons"]
    else:
        reasons = asked(play, case, language).json()["reasons"]
    said: dict[str, dict[str, Any]] = {reason["code"]: reason for reason in reasons}
    assert set(said) == {case["id"], *case.get("besides", [])}
    return said[case["id"]]


def asked(play: Play, case: dict[str, Any], language: str) -> Any:
    """The answer to what the case asks, whatever it is."""
    answers: list[Any] = []
    step = Told(case["asked"] | {"language": language})
    heard = Listening(play, answers)
    name = act_of(step)
    assert name is not None, step
    STEPS[name].perform(heard, step, step[name])
    return answers[-1]


class Listening(Play):
    """A play that holds answers to nothing, and keeps them."""

    def __init__(self, play: Play, answers: list[Any]) -> None:
        self.__dict__.update(play.__dict__)
        self._answers = answers

    def ask(self, step: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
        answer = super().ask(step, method, path, body)
        self._answers.append(answer)
        return answer

    def judged(self, step: dict[str, Any], found: Any) -> None:
        """Whatever was answered is what was wanted."""


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json().get("reasons") or []]


def bookable_from(case: dict[str, Any], answer: Any) -> Any:
    """From when the answer says that the same would be granted: of a wish in one word, of an act by its reason."""
    body = answer.json()
    if "verdict" in case["asked"]:
        return body["bookable_from"]
    return max((reason["holds_from"] for reason in body["reasons"] if reason["holds_from"]), default=None)
