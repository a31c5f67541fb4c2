"""After the run every case is told by its id: passed, decided otherwise, waiting, later, or failed and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.scenarios.cases import LATER, Misread, all_cases, standing


def pytest_sessionstart() -> None:
    """What nobody could read ends the run before it begins."""
    from tests.scenarios.strict import checked

    try:
        checked()
    except Misread as error:
        pytest.exit(str(error), returncode=2)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [r for found in terminalreporter.stats.values() for r in found if hasattr(r, "user_properties")]
    told = sorted(
        {
            said
            for r in reports
            if getattr(r, "when", "") == "call"
            for name, said in r.user_properties
            if name == "standing"
        }
    )
    if not told:
        return
    put_off = [
        f"{case['file']} {case['id']} {'later' if 'later' in case else 'not written yet'}: {case[standing(case)]}"
        for case in all_cases()
        if standing(case) in LATER
    ]
    terminalreporter.section("scenarios")
    for line in (*told, *put_off):
        terminalreporter.line(line)
    kinds = Counter(_kind(line) for line in (*told, *put_off))
    terminalreporter.line(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))


def _kind(line: str) -> str:
    kinds = ("passed", "failed", "decided otherwise", "waits for", "later", "not written yet")
    return next(kind for kind in kinds if kind in " ".join(line.split()[2:5]))
