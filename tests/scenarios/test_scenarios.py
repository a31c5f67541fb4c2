"""The acceptance scenarios, as data, through the public API; README.md says how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.scenarios.cases import CASES, HERE, LATER, all_cases, is_parallel, standing
from tests.scenarios.play import STEPS, Play

ALL = all_cases()
PLAYED = [case for case in ALL if standing(case) not in LATER]


def _parameter(case: dict[str, Any]) -> Any:
    return pytest.param(
        case,
        id=f"{case['file']}-{case['id']}",
        marks=pytest.mark.django_db(transaction=is_parallel(case)),
    )


@pytest.mark.parametrize("case", [_parameter(case) for case in PLAYED])
def test_a_case_goes_as_written(
    case: dict[str, Any], at: Callable[[str], datetime], record_property: Callable[[str, Any], None]
) -> None:
    name = f"{case['file']} {case['id']}"
    why = _why_not(case, lambda moment: at(moment.isoformat()))
    if "waits" in case:
        assert why, f"{name} works now: take its mark away (waits: {case['waits']})"
        record_property("standing", f"{name} waits for {case['waits']}")
        return
    record_property("standing", f"{name} failed: {why}" if why else _told(case, name))
    assert not why, f"{name}: {why}"


def _told(case: dict[str, Any], name: str) -> str:
    return f"{name} decided otherwise: {case['decided']}" if "decided" in case else f"{name} passed"


def _why_not(case: dict[str, Any], hold_clock: Callable[[datetime], Any]) -> str:
    """What was not as expected; empty if all was. Only a waiting case may break in other ways."""
    try:
        Play(case, hold_clock).run()
    except AssertionError as error:
        return str(error) or "an assertion"
    except Exception as error:
        if "waits" not in case:
            raise
        return repr(error)
    return ""


@pytest.mark.skipif(bool(CASES), reason="a file of one's own has ids of its own")
def test_no_case_is_silently_skipped() -> None:
    """Every id of the three files is in the data, once, and nothing else is."""
    wanted: Counter[tuple[Any, ...]] = Counter(
        tuple(line.split()) for line in (HERE / "ids.txt").read_text().splitlines()
    )
    written: Counter[tuple[Any, ...]] = Counter(
        {(case["file"], str(case.get("of", case["id"]))) for case in ALL}
    )
    assert not wanted - written, f"missing: {sorted(wanted - written)}"
    assert not written - wanted, f"not in the files: {sorted(written - wanted)}"


def test_every_case_says_where_it_stands() -> None:
    for case in ALL:
        stands = standing(case)
        assert (stands in LATER) != bool(case.get("steps")), f"{case['id']}: steps or a reason to have none"
        assert stands == "holds" or case[stands], f"{case['id']}: why {stands}?"
        for step in case.get("steps", []):
            assert STEPS.keys() & step.keys(), f"{case['id']}: no such act in {step}"
