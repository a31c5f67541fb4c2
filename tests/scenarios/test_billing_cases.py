"""The billing cases, each issued through the public API: its XML and PDF, to the cent. `OUT=DIR` keeps the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from billing.papers.controls import faults
from tests.scenarios.billing_play import Books, Refused, cases_in, leaves, said
from tests.scenarios.cases import Misread

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
DATA: dict[str, Any] = {"cases": []}
if PATH and PATH.exists():
    try:
        DATA = cases_in(PATH)
    except Misread as error:
        pytest.exit(str(error), returncode=2)


@pytest.mark.skipif(PATH is None, reason="a file of another kind is played")
def test_the_billing_cases_are_there() -> None:
    assert DATA["cases"], f"no billing cases at {PATH}"


@pytest.mark.django_db
@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["id"])
def test_a_billing_case_is_issued_as_written(
    case: dict[str, Any], at: Callable[[str], datetime], request: pytest.FixtureRequest
) -> None:
    # Told before it is played, so that a case that breaks is in the report as well.
    _tell(request, f"billing {case['id']} failed: it broke off")
    try:
        made = Books(DATA, lambda moment: at(moment.isoformat())).play(case)
    except Refused as error:
        _tell(request, f"billing {case['id']} failed: {error}")
        raise
    if OUT:
        folder = Path(OUT)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{case['id']}.xml").write_bytes(made.xml)
        (folder / f"{case['id']}.pdf").write_bytes(made.pdf)
    came, wanted = said(made.xml), dict(case["expected"])
    if case["expected"]["TipoDocumento"] == "TD04":
        wanted.pop("da_pagare", None)  # a credit note asks for no payment
    if "riepilogo" in wanted:
        wanted["riepilogo"] = sorted(wanted["riepilogo"], key=_of_rate)
    # The law a split payment rests on is ours to add: the cases name only that of a natura.
    came["riepilogo"] = [
        {k: v for k, v in row.items() if k != "RiferimentoNormativo" or "Natura" in row}
        for row in sorted(came["riepilogo"], key=_of_rate)
    ]
    # What the cases may yet tell is looked for by its element's name.
    text = etree.fromstring(made.xml).findtext
    came = {name: text(f".//{name}") for name in wanted} | came
    different = {name: (value, came[name]) for name, value in wanted.items() if came[name] != value}
    if PATH and (given := PATH.parent / case.get("xml", "-")).exists():
        ours, theirs = (_values(content, case["id"]) for content in (made.xml, given.read_bytes()))
        if ours != theirs:
            different["xml"] = [v for v in theirs if v not in ours], [v for v in ours if v not in theirs]
    controls = faults(made.xml, date.fromisoformat(case["date"]))
    wrong = [f"{name}: expected {wanted}, came {got}" for name, (wanted, got) in different.items()]
    wrong += [f"control: {fault}" for fault in controls]
    _tell(request, f"billing {case['id']} " + (f"failed: {'; '.join(wrong)}" if wrong else "passed"))
    assert not different, f"{case['id']}: expected, came: {different}"
    assert controls == []
    assert made.pdf.startswith(b"%PDF-")


def _tell(request: pytest.FixtureRequest, standing: str) -> None:
    """What the report says of the case, in place of what it said before."""
    request.node.user_properties[:] = [("standing", standing)]


# What a product may say in its own way: the progressive of a sending; and by case, G02's number, which is of no series
# of ours, what is said of the one who issues in another's name, and that C03 repeats the law of its split, as C01 does.
OWN = {"FatturaElettronicaHeader/DatiTrasmissione/ProgressivoInvio"}
HEAD = "FatturaElettronicaBody/DatiGenerali/DatiGeneraliDocumento"
OWN_OF = {
    "G02": f"{HEAD}/Numero",
    "H011": f"{HEAD}/Causale",
    "H012": f"{HEAD}/Causale",
    "C03": f"{HEAD}/Causale",
}


def _values(xml: bytes, case: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in leaves(xml) if name not in OWN | {OWN_OF.get(case)}]


def _of_rate(row: dict[str, str]) -> tuple[str, str]:
    return row["AliquotaIVA"], row.get("Natura", "")
