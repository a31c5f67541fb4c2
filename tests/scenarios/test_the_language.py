"""The language of the cases: nothing that is written is passed over, and a file of one's own is told clearly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.billing_play import cases_in, unknown
from tests.scenarios.cases import HERE, Misread, cases_of
from tests.scenarios.play import ACTS
from tests.scenarios.steps import COMMON, JUDGED
from tests.scenarios.strict import (
    COUPON,
    ORGANISATION,
    PASS,
    PERSON,
    PLAN,
    RATE,
    RESOURCE,
    TAKEN,
    TARIFF,
    WORLD,
    check,
)

ROOT = HERE.parents[1]
GOOD = """
defaults: {now: 2027-01-01 00:00, world: {open: "daily 08:00..20:00", rules: {step: 15}}}
cases:
  - id: MINE-1
    world: {taken: ["10:00..11:00"]}
    steps:
      - {book: "10:00..11:00", is: slot-taken}
"""


def read(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with each case of such a file."""
    path = tmp_path / "cases.yaml"
    path.write_text(text)
    faults = []
    for case in cases_of(path):
        try:
            check(case)
        except Misread as error:
            faults.append(str(error).removeprefix(f"{path}:"))
    return faults


def test_what_is_written_well_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("is: slot-taken", "iss: slot-taken", "7: MINE-1: no such word of `book`: 'iss' (did you mean 'is'?)"),
        ("is: slot-taken", "is: slot-takn", "7: MINE-1: no such reason: 'slot-takn' (did you mean 'slot-taken'?)"),
        ("book:", "bok:", "7: MINE-1: no such act: 'bok' (did you mean 'book'?)"),
        ("taken:", "takn:", "5: MINE-1: no such world: 'takn' (did you mean 'taken'?)"),
        ("step: 15", "stepp: 15", "2: MINE-1: no such rule: 'stepp' (did you mean 'step'?)"),
        ('book: "10:00..11:00", is: slot-taken', "offers: {minutes: 60}", "7: MINE-1: `offers` is held to nothing"),
        ('book: "10:00..11:00", is: slot-taken', "offers: {minuts: 60}, count: 1", "no such word of `offers`: 'minuts'"),
        ("world: {taken", "wrld: {taken", "4: MINE-1: no such case: 'wrld' (did you mean 'world'?)"),
        ("steps:", "waits: something\n    later: something\n    steps:", "4: MINE-1: it stands in two ways at once"),
        ('["10:00..11:00"]', '[{at: "10:00..11:00", buy: bea}]', "5: MINE-1: no such in taken: 'buy'"),
    ],
)  # fmt: skip
def test_what_nothing_would_read_is_refused_with_its_line(
    tmp_path: Path, right: str, wrong: str, fault: str
) -> None:
    assert right in GOOD
    faults = read(tmp_path, GOOD.replace(right, wrong))
    assert len(faults) == 1, faults
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cases:\n  - {id: A, id: B}\n", ":2: 'id' is said twice"),
        ("cases:\n  - {id: A\n", "no YAML"),
        ("case: []\n", ":1: a file of cases has a list named `cases`"),
        ("cases: []\n", ":1: a file of cases has a list named `cases`"),
        ("cases: [4]\n", ":1: no case: 4"),
        ("casess: 1\ncases: [{id: A}]\n", ":1: unknown: casess"),
    ],
)
def test_what_is_no_file_of_cases_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(Misread) as told:
        read(tmp_path, text)
    assert fault in str(told.value)


def test_a_file_that_is_not_there_is_no_file_without_cases(tmp_path: Path) -> None:
    with pytest.raises(Misread, match="cannot be read"):
        list(cases_of(tmp_path / "nowhere.yaml"))


def test_every_word_is_described() -> None:
    described = (HERE / "README.md").read_text()
    words = {*ACTS, *COMMON, *JUDGED, *WORLD, *RESOURCE, *PERSON, *ORGANISATION, *TAKEN}
    words |= RATE | TARIFF | COUPON | PASS | PLAN
    for known in ACTS.values():
        words |= known.words
    lacking = sorted(word for word in words if word not in described)
    assert lacking == [], "README.md says nothing of these"


def played(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/scenarios/test_scenarios.py", "-q", "--tb=no", "-p", "no:warnings"],
        cwd=ROOT,
        env={**os.environ, "CASES": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_a_file_of_one_s_own_is_played_and_told_by_id(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        GOOD
        + '  - {id: MINE-2, steps: [{book: "12:00..13:00", is: closed}]}\n'
        + '  - {id: MINE-3, steps: [{book: "12:00-13:00"}]}\n'
    )
    run = played(path)
    assert run.returncode == 1, run.stdout
    assert "mine MINE-1 passed" in run.stdout
    assert "mine MINE-2 failed: step 1, line 8, book '12:00..13:00': expected ['closed']" in run.stdout
    assert "mine MINE-3 failed: step 1, line 9, book '12:00-13:00': ValueError" in run.stdout
    assert "2 failed, 1 passed" in run.stdout


def test_a_file_that_cannot_be_read_ends_the_run_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace("steps", "stps"))
    run = played(path)
    assert run.returncode == 2, run.stdout
    assert f"{path}:4: MINE-1: no such case: 'stps' (did you mean 'steps'?)" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"sellers": {},\n "cases": [}', ":2: no JSON"),
        ('{"cases": []}', ":1: a file of billing cases says sellers, customers"),
        (
            '{"sellers": {}, "customers": {}, "cases": [{"seller": "SRL"}]}',
            ":1: case 1: it has no id, customer",
        ),
    ],
)
def test_what_is_no_file_of_billing_cases_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "billing.json"
    path.write_text(text)
    with pytest.raises(Misread) as told:
        cases_in(path)
    assert fault in str(told.value)


def test_no_word_of_a_billing_case_is_passed_over() -> None:
    line = {"desc": "Sala", "qty": "1", "price": "10.00", "rate": "22"}
    case = {"options": {"mp": "MP05", "split": True}, "input_lines": [line]}
    assert unknown(case) == []
    odd = {"options": {"mp": "MP99", "sconto": "5"}, "input_lines": [line | {"colore": "rosso"}]}
    assert unknown(odd) == ["input_lines.colore", "options.mp MP99", "options.sconto"]
