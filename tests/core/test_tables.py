"""One definition of a table, told as CSV and as XLSX: the same figures, and nothing that a spreadsheet would run."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.money import Money
from core.tables import Column, Kind, Table, csv_lines, safe, xlsx
from core.words import Words

COLUMNS = (
    Column(Words("Nome", "Name")),
    Column(Words("Giorno", "Day"), Kind.DAY),
    Column(Words("Ora", "At"), Kind.INSTANT),
    Column(Words("Importo", "Amount"), Kind.MONEY, summed=True),
    Column(Words("Aliquota", "Rate"), Kind.NUMBER),
    Column(Words("Quanti", "How many"), Kind.COUNT, summed=True),
)
ROW = ("=1+1", date(2026, 3, 1), datetime(2026, 3, 1, 23, 30, tzinfo=UTC), Money(-123456), Decimal("22"), 3)


def table(rows):
    return Table("prova", COLUMNS, rows)


def sheet(rows, into="it"):
    return load_workbook(xlsx([table(rows)], into)).active


def test_csv_is_what_a_spreadsheet_in_italian_opens():
    lines = list(csv_lines(table([ROW]), "it"))
    assert lines[0] == "\ufeffNome;Giorno;Ora;Importo;Aliquota;Quanti\r\n"
    assert lines[1] == "'=1+1;01/03/2026;02/03/2026 00:30;-1234,56;22,00;3\r\n"


def test_xlsx_has_real_numbers_and_dates_and_a_row_of_totals():
    found = list(sheet([ROW, ROW]).rows)
    assert [cell.value for cell in found[0]] == ["Nome", "Giorno", "Ora", "Importo", "Aliquota", "Quanti"]
    text, day, instant, money, rate, count = found[1]
    assert (text.value, text.data_type) == ("=1+1", "s")
    assert (day.value.date(), day.is_date) == (date(2026, 3, 1), True)
    assert instant.value.isoformat() == "2026-03-02T00:30:00"
    assert (money.value, money.number_format) == (-1234.56, "#,##0.00")
    assert (rate.value, count.value) == (22, 3)
    assert [cell.value for cell in found[3]] == ["Totale", None, None, -2469.12, None, 6]


def test_titles_are_in_the_language_asked_for():
    assert next(csv_lines(table([]), "en")).startswith("\ufeffName;Day")
    assert sheet([], "en")["A1"].value == "Name"


def test_nothing_is_an_empty_cell_in_both():
    nothing = (None,) * len(COLUMNS)
    assert list(csv_lines(table([nothing])))[1] == ";;;;;\r\n"
    assert [cell.value for cell in list(sheet([nothing]).rows)[2]] == ["Totale", None, None, 0, None, 0]


@given(st.lists(st.integers(-(10**12), 10**12).map(Money), max_size=20))
def test_the_totals_are_exact(amounts):
    rows = [(*ROW[:3], amount, *ROW[4:]) for amount in amounts]
    last = list(sheet(rows).rows)[-1]
    assert round(last[3].value * 100) == sum(amount.cents for amount in amounts)


def test_a_character_no_workbook_may_hold_is_left_out():
    assert sheet([("a\x00b\x1f", *ROW[1:])])["A2"].value == "ab"


@pytest.mark.parametrize("text", ["=1+1", "+39", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "--1", "-1.2.3"])
def test_no_cell_is_taken_for_a_formula(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "-12,50", "12.50", "Ada", "FE-2026/1", "a=b"])
def test_numbers_and_words_stay_as_they_are(text):
    assert safe(text) == text


def test_a_workbook_is_read_from_its_start():
    assert xlsx([table([ROW])]).read(2) == b"PK"
