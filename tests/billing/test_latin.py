"""What people write, as an electronic invoice may carry it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.papers.latin import basic, latin, pieces
from billing.papers.names import Named, in_two


@pytest.mark.parametrize(
    ("written", "carried"),
    [
        ("Quota € 10 – laboratorio dell’artigiano 🎨", "Quota EUR 10 - laboratorio dell'artigiano"),
        ("Perché già è così", "Perché già è così"),
        ("Łódź, Ştefan, Škoda", "Lódz, Stefan, Skoda"),
        ("Иван Αθήνα", "Ivan Athina"),
        ("“virgolette” … ﬁne", '"virgolette" ... fine'),
        ("una\nriga\tsola ", "una riga sola"),
    ],
)
def test_other_signs_are_written_with_ours(written: str, carried: str) -> None:
    assert latin(written, 1000) == carried


@given(st.text(max_size=400), st.integers(1, 200))
def test_whatever_is_written_passes_the_schema_s_pattern(text: str, most: int) -> None:
    for carried in (latin(text, most), *pieces(text, most)):
        assert len(carried) <= most
        assert re.fullmatch(r"[\x00-\xff]*", carried)
        assert carried == carried.strip()
    assert basic(text, most).isascii()


def test_a_long_reason_is_told_in_pieces_and_loses_no_word() -> None:
    text = " ".join(f"parola{n}" for n in range(60))
    assert " ".join(pieces(text, 200)) == text


@pytest.mark.parametrize(
    ("name", "tax_code", "two"),
    [
        ("Mario Rossi", "RSSMRA80A01H501U", Named("Mario", "Rossi")),
        ("Rossi Mario", "RSSMRA80A01H501U", Named("Mario", "Rossi")),
        ("Anna Maria De Luca", "DLCNMR80A41H501X", Named("Anna Maria", "De Luca")),
        ("Giuseppe Verdi", "", Named("Giuseppe", "Verdi")),
        ("Jeanne Marie Martin", "", Named("Jeanne Marie", "Martin")),
        ("Madonna", "", Named("Madonna", "Madonna")),
        ("Ugo Fo", "FOXGUO80A01H501U", Named("Ugo", "Fo")),
    ],
)
def test_a_tax_code_tells_the_family_name(name: str, tax_code: str, two: Named) -> None:
    assert in_two(name, tax_code) == two
