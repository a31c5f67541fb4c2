"""The acceptance scenarios, as data, through the public API; README.md says how they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.bank import Bank
from tests.scenarios.cases import CASES, HERE, LATER, needs_commits, needs_gateway, standing
from tests.scenarios.expect import Unmet
from tests.scenarios.play import Broken, Play
from tests.scenarios.strict import checked

ALL = checked()
PLAYED = [case for case in ALL if standing(case) not in LATER]


def _parameter(case: dict[str, Any]) -> Any:
    return pytest.param(
        case,
        id=f"{case['file']}-{case['id']}",
        marks=pytest.mark.django_db(transaction=needs_commits(case)),
    )


@pytest.mark.parametrize("case", [_parameter(case) for case in PLAYED])
def test_a_case_goes_as_written(
    case: dict[str, Any],
    at: Callable[[str], datetime],
    record_property: Callable[[str, Any], None],
    request: pytest.FixtureRequest,
) -> None:
    name = f"{case['file']} {case['id']}"
    bank = request.getfixturevalue("bank") if needs_gateway(case) else None
    met_with = _unmet(case, lambda moment: at(moment.isoformat()), bank)
    why = str(met_with or "")
    if "waits" in case:
        assert met_with, f"{name} works now: take its mark away (waits: {case['waits']})"
        record_property("standing", f"{name} waits for {case['waits']}")
        return
    record_property("standing", f"{name} failed: {why}" if met_with else _told(case, name))
    if met_with:
        raise AssertionError(f"{name}: {why}") from met_with


def _told(case: dict[str, Any], name: str) -> str:
    return f"{name} decided otherwise: {case['decided']}" if "decided" in case else f"{name} passed"


def _unmet(
    case: dict[str, Any], hold_clock: Callable[[datetime], Any], bank: Bank | None
) -> Exception | None:
    """What was not as expected, whatever it broke; None if all was."""
    try:
        Play(case, hold_clock, bank).run()
    except (Unmet, Broken) as error:
        return error
    return None


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
