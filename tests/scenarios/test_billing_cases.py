"""The billing cases, each issued through the public API: its XML and PDF, to the cent. `OUT=DIR` keeps the files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.controls import faults
from tests.scenarios.billing_play import Books, said

GIVEN = Path(__file__).resolve().parents[3] / "shared" / "acceptance"
CASES = os.environ.get("CASES", "")
OUT = os.environ.get("OUT", "")


def _path() -> Path | None:
    """The file to play: one's own, one of the acceptance folder by its name, or with none asked for its own."""
    if not CASES:
        return GIVEN / "billing-cases.json"
    if not CASES.endswith(".json"):
        return None
    return Path(CASES) if Path(CASES).exists() else GIVEN / CASES


PATH = _path()
DATA: dict[str, Any] = json.loads(PATH.read_text()) if PATH and PATH.exists() else {"cases": []}


@pytest.mark.skipif(PATH is None, reason="a file of another kind is played")
def test_the_billing_cases_are_there() -> None:
    assert DATA["cases"], f"no billing cases at {PATH}"


@pytest.mark.django_db
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["id"])
def test_a_billing_case_is_issued_as_written(
    case: dict[str, Any], at: Callable[[str], datetime], record_property: Callable[[str, Any], None]
) -> None:
    made = Books(DATA, lambda moment: at(moment.isoformat())).play(case)
    if OUT:
        folder = Path(OUT)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{case['id']}.xml").write_bytes(made.xml)
        (folder / f"{case['id']}.pdf").write_bytes(made.pdf)
    came, wanted = said(made.xml), dict(case["expected"])
    if case["expected"]["TipoDocumento"] == "TD04":
        wanted.pop("da_pagare")  # a credit note asks for no payment
    wanted["riepilogo"] = sorted(wanted["riepilogo"], key=_of_rate)
    # The law a split payment rests on is ours to add: the cases name only that of a natura.
    came["riepilogo"] = [
        {k: v for k, v in row.items() if k != "RiferimentoNormativo" or "Natura" in row}
        for row in sorted(came["riepilogo"], key=_of_rate)
    ]
    different = {name: (value, came[name]) for name, value in wanted.items() if came[name] != value}
    record_property("standing", f"billing {case['id']} {'failed' if different else 'passed'}")
    assert not different, f"{case['id']}: expected, came: {different}"
    assert faults(made.xml, date.fromisoformat(case["date"])) == []
    assert made.pdf.startswith(b"%PDF-")


def _of_rate(row: dict[str, str]) -> tuple[str, str]:
    return row["AliquotaIVA"], row.get("Natura", "")
