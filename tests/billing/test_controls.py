"""The SdI's controls, held to files made by others and to one fault at a time."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation

from billing.papers.control_words import CONTROLS, explained
from billing.papers.controls import faults

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
MAIL = GIVEN / "cases" / "A02.xml"
ABROAD = GIVEN / "cases" / "D02.xml"
SIMPLE = GIVEN / "samples" / "valid" / "fenet-simplified-IT01234567890_FSM10.xml"
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
    (MAIL, "beta@pec.example.it", "sdi01@pec.fatturapa.it", {"00330"}),
    (
        WHOLE,
        r"4.00(</AliquotaIVA>)(\s*</DettaglioLinee>)",
        r"4.00\1<Natura>N4</Natura>\2",
        {"00401", "00444"},
    ),
    (
        FUND,
        r"22.00(</AliquotaIVA>\s*</DatiCassaPrevidenziale>)",
        r"0.00\1",
        {"00413", "00419", "00422", "00443"},
    ),
    (
        FUND,
        r"(</AliquotaIVA>)(\s*</DatiCassaPrevidenziale>)",
        r"\1<Natura>N4</Natura>\2",
        {"00414", "00444"},
    ),
    (
        FUND,
        r"<DatiRitenuta>.*?</DatiRitenuta>(.*?</AliquotaIVA>)(\s*</DatiCassaPrevidenziale>)",
        r"\1<Ritenuta>SI</Ritenuta>\2",
        {"00411", "00415"},
    ),
    (WHOLE, r"(<CessionarioCommittente>\s*<DatiAnagrafici>).*?(<Anagrafica>)", r"\1\2", {"00417"}),
    (
        EXEMPT,
        r"<Natura>N4</Natura>(\s*<ImponibileImporto>.*?</Imposta>)",
        r"<Natura>N6.1</Natura>\1<EsigibilitaIVA>S</EsigibilitaIVA>",
        {"00420", "00444"},
    ),
    (WHOLE, r"4.00(</AliquotaIVA>)(\s*<ImponibileImporto>)", r"4.00\1<Natura>N4</Natura>\2", {"00430"}),
    (
        WHOLE,
        "<ImportoTotaleDocumento>",
        "<ScontoMaggiorazione><Tipo>SC</Tipo></ScontoMaggiorazione><ImportoTotaleDocumento>",
        {"00437"},
    ),
    (EXEMPT, r"N4(</Natura>\s*</DettaglioLinee>)", r"N5\1", {"00444"}),
    (SIMPLE, r"<Importo>[\d.]+</Importo>", "<Importo>400.01</Importo>", {"00460"}),
    (
        SIMPLE,
        r"(<CedentePrestatore>\s*)(<IdFiscaleIVA>.*?</IdFiscaleIVA>)(.*<IdentificativiFiscali>\s*).*?(</IdentificativiFiscali>)",
        r"\1\2\3\2\4",
        {"00471"},
    ),
    (WHOLE, "<IdCodice>00743110157<", "<IdCodice>03123450375<", {"00471"}),
    (WHOLE, "TD01", "TD21", {"00472"}),
    (WHOLE, "TD01", "TD17", {"00473"}),
    (EXEMPT, "TD01", "TD21", {"00472", "00474"}),
    (EXEMPT, "TD01", "TD28", {"00473", "00475"}),
    (WHOLE, "TD01", "TD28", {"00473"}),
    (EXEMPT, "TD01", "TD29", {"00475"}),
    (
        WHOLE,
        r"IT(</IdPaese>\s*<IdCodice>03123450375</IdCodice>\s*</IdFiscaleIVA>.*)TD01",
        r"FR\1TD29",
        {"00473"},
    ),
    (ABROAD, r"<IdPaese>IT</IdPaese>", "<IdPaese>FR</IdPaese>", {"00476"}),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "wanted"), BROKEN, ids=[",".join(sorted(r[3])) for r in BROKEN]
)
def test_a_fault_is_told_by_its_code(path: Path, old: str, new: str, wanted: set[str]) -> None:
    text, times = re.subn(old, new, path.read_text(), flags=re.S)
    assert times
    assert set(codes(text.encode())) == wanted


BODY = re.compile(r"<FatturaElettronicaBody>.*</FatturaElettronicaBody>", re.S)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], ["00409"]),
        ([("<Data>2026-10-20", "<Data>2026-01-07")], ["00409"]),
        ([("<Data>2026-10-20", "<Data>2025-10-20")], []),
        ([("FE-2026/10<", "FE-2026/11<")], []),
        ([("TD01", "TD24")], ["00409"]),
        ([("TD01", "TD04")], []),
    ],
    ids=["the same", "another day", "another year", "another number", "another type", "a credit note"],
)
def test_a_number_is_once_in_a_file_of_several_invoices(
    changes: list[tuple[str, str]], found: list[str]
) -> None:
    text = WHOLE.read_text()
    again = BODY.search(text)[0]  # type: ignore[index]
    for old, new in changes:
        assert old in again
        again = again.replace(old, new)
    assert codes(BODY.sub(lambda one: one[0] + again, text).encode()) == found


def test_where_numbers_begin_anew_by_decree_the_day_tells_them_apart() -> None:
    text = WHOLE.read_text()
    anew = re.sub(
        r"(</ImportoTotaleDocumento>)",
        r"\1<Art73>SI</Art73>",
        BODY.search(text)[0],  # type: ignore[index]
    )
    other = anew.replace("<Data>2026-10-20", "<Data>2026-10-19")
    assert codes(BODY.sub(anew + anew, text).encode()) == ["00409"]
    assert codes(BODY.sub(anew + other, text).encode()) == []


def test_after_fifty_faults_of_shape_the_sdi_reads_no_further() -> None:
    line = re.search(r"<DettaglioLinee>.*?</DettaglioLinee>", WHOLE.read_text(), re.S)[0]  # type: ignore[index]
    wrong = line.replace("<NumeroLinea>1<", "<NumeroLinea>x<")
    assert wrong != line
    found = codes(WHOLE.read_text().replace(line, wrong * 60, 1).encode())
    assert (found.count("00200"), found[-1], len(found)) == (50, "00201", 51)


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
    ("content", "code"),
    [
        (b"", "00106"),
        (b" \n", "00106"),
        (b"<a/>", "00200"),
        (b"not xml", "00200"),
        (b"<!DOCTYPE a><a/>", "00200"),
        (b"<a>" + b" " * 6_000_000 + b"</a>", "00003"),
    ],
    ids=range(6),
)
def test_what_is_no_invoice_is_refused_and_nothing_breaks(content: bytes, code: str) -> None:
    assert codes(content) == [code]


# All that the list of controls names, and those that the specifications add between private parties.
OFFICIAL = re.findall(
    r"\d{5}",
    """
00001 00002 00003 00100 00101 00102 00103 00104 00105 00106 00107 00200 00201 00300 00301 00302 00303 00304 00305 00306
00311 00312 00313 00320 00321 00322 00323 00324 00325 00326 00327 00330 00398 00399 00400 00401 00403 00404 00409 00411
00413 00414 00415 00417 00418 00419 00420 00421 00422 00423 00424 00425 00427 00428 00429 00430 00437 00438 00443 00444
00445 00471 00472 00473 00474 00475 00476 00477
""",
)


@pytest.mark.parametrize("code", OFFICIAL)
def test_whatever_code_the_sdi_answers_with_is_explained_in_both_languages(code: str) -> None:
    with translation.override("it"):
        italian = explained(code)
    with translation.override("en"):
        assert italian not in ("", explained(code))
