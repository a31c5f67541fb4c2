"""The SdI's controls, held to files made by others and to one fault at a time."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from billing.control_words import CONTROLS
from billing.controls import faults

GIVEN = Path(__file__).resolve().parents[3] / "shared" / "acceptance" / "fatturapa"
VALID = sorted((GIVEN / "samples" / "valid").glob("*.xml"))
INVALID = sorted((GIVEN / "samples" / "invalid").glob("*.xml"))
CASES = sorted((GIVEN / "cases").glob("*.xml"))
TODAY = date(2026, 11, 25)


def codes(content: bytes, **more: str) -> list[str]:
    return [fault.code for fault in faults(content, TODAY, **more)]


def test_the_samples_are_there() -> None:
    assert VALID, f"no samples at {GIVEN}: the acceptance files belong beside the project"
    assert INVALID
    assert CASES


@pytest.mark.parametrize("path", [*VALID, *CASES], ids=lambda path: path.stem)
def test_what_the_sdi_takes_is_taken(path: Path) -> None:
    assert faults(path.read_bytes(), TODAY) == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_what_the_sdi_refuses_is_refused_with_its_code(path: Path) -> None:
    wanted = set(re.findall(r"\b(00\d{3})\b", path.stem)) or {"00200"}
    assert wanted <= set(codes(path.read_bytes()))


WHOLE = GIVEN / "cases" / "A10.xml"
CREDIT = GIVEN / "cases" / "F01.xml"
FUND = GIVEN / "cases" / "G02.xml"
EXEMPT = GIVEN / "cases" / "B03.xml"
DISCOUNT = GIVEN / "cases" / "A11.xml"
# (a good file, what is changed, into what, all the codes that answer)
BROKEN = [
    (WHOLE, "<Data>2026-10-20</Data>", "<Data>2026-11-26</Data>", {"00403"}),
    (WHOLE, "<Numero>FE-2026/10</Numero>", "<Numero>FE</Numero>", {"00425"}),
    (WHOLE, 'versione="FPR12"', 'versione="FPA12"', {"00428"}),
    (WHOLE, "<CodiceDestinatario>ABC1234<", "<CodiceDestinatario>ABC123<", {"00427"}),
    (WHOLE, "<CodiceDestinatario>ABC1234<", "<CodiceDestinatario>XXXXXXX<", {"00313"}),
    (WHOLE, "<Imposta>22.00</Imposta>", "<Imposta>22.01</Imposta>", {"00421"}),
    (WHOLE, "<ImponibileImporto>45.50<", "<ImponibileImporto>46.50<", {"00421", "00422"}),
    (WHOLE, "<PrezzoTotale>12.00</PrezzoTotale>", "<PrezzoTotale>12.01</PrezzoTotale>", {"00423"}),
    (DISCOUNT, "<Percentuale>10.00</Percentuale>", "", {"00423", "00438"}),
    (CREDIT, "<Data>2026-10-20</Data>", "<Data>2026-11-20</Data>", {"00418"}),
    (FUND, r"<DatiRitenuta>.*?</DatiRitenuta>", "", {"00411"}),
    (EXEMPT, "<Natura>N4</Natura>", "<Natura>N2</Natura>", {"00445"}),
    (EXEMPT, "<Natura>N4</Natura>", "", {"00400", "00429"}),
    (WHOLE, "<AliquotaIVA>4.00</AliquotaIVA>", "<AliquotaIVA>0.04</AliquotaIVA>", {"00421", "00424"}),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "wanted"), BROKEN, ids=[",".join(sorted(r[3])) for r in BROKEN]
)
def test_a_fault_is_told_by_its_code(path: Path, old: str, new: str, wanted: set[str]) -> None:
    text, times = re.subn(old, new, path.read_text(), flags=re.S)
    assert times
    assert set(codes(text.encode())) == wanted


def test_a_rate_without_its_summary_is_found_three_ways() -> None:
    text = re.sub(
        r"<DatiRiepilogo>\s*<AliquotaIVA>4.00.*?</DatiRiepilogo>", "", WHOLE.read_text(), flags=re.S
    )
    assert codes(text.encode()) == ["00419", "00443"]


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("IT03123450375_0001A.xml", True),
        ("IT03123450375_00001.xml.p7m", True),
        ("03123450375_00001.xml", False),
        ("IT03123450375_000001.xml", False),
        ("IT03123450375-00001.xml", False),
    ],
)
def test_a_file_is_named_by_its_sender_and_a_progressive(name: str, passes: bool) -> None:
    assert (codes(WHOLE.read_bytes(), file_name=name) == []) is passes


def test_a_fault_says_where_it_is_in_both_languages() -> None:
    (fault,) = faults(
        WHOLE.read_text().replace("<PrezzoTotale>12.00<", "<PrezzoTotale>12.01<").encode(), TODAY
    )
    assert fault.where.endswith("DettaglioLinee[3]")
    assert fault.sentence.it != fault.sentence.en


def test_every_control_is_explained_in_both_languages() -> None:
    assert all(told.words.it and told.words.en and told.mend for told in CONTROLS.values())


@pytest.mark.parametrize(
    "content",
    [b"", b"<a/>", b"not xml", b"<!DOCTYPE a><a/>", b"<a>" + b" " * 6_000_000 + b"</a>"],
    ids=range(5),
)
def test_what_is_no_invoice_is_refused_and_nothing_breaks(content: bytes) -> None:
    assert codes(content) == ["00200"]
