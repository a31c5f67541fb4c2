"""Tables that people and software open: defined once, told as CSV or as XLSX with the same columns.

CSV as a spreadsheet in Italian opens it: UTF-8 with BOM, semicolons, decimal commas, dd/mm/yyyy. XLSX with real
numbers and dates and a row of totals. Rows are taken one at a time, so a table may be longer than memory.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.files import sent_as
from core.money import Money
from core.words import Words, language

BOM = "\ufeff"
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"-?\d+([.,]\d+)?", re.ASCII)
IN_MEMORY = 2 * 1024 * 1024
LONGEST_CELL = 32_767
HOURS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*<")
TOTAL = Words("Totale", "Total")
MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class Kind(StrEnum):
    """What a column's values are; None is an empty cell of any kind."""

    TEXT = "text"
    DAY = "day"
    INSTANT = "instant"
    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"


FORMATS = {
    Kind.DAY: "dd/mm/yyyy",
    Kind.INSTANT: "dd/mm/yyyy hh:mm",
    Kind.MONEY: "#,##0.00",
    Kind.COUNT: "0",
    Kind.NUMBER: "0.00",
}
WIDTHS = {Kind.TEXT: 26, Kind.DAY: 12, Kind.INSTANT: 17, Kind.MONEY: 13, Kind.COUNT: 9, Kind.NUMBER: 9}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title in both languages, what its values are, and whether their sum means something."""

    title: Words
    kind: Kind = Kind.TEXT
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A name for the file, the columns, and the rows in their order (read once)."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    zone: ZoneInfo = field(default=ZoneInfo("Europe/Rome"))
    # Where the whole is not the sum of the rows (people, medians, what every row is out of), it is told.
    whole: Sequence[Any] | None = None


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; a negative number stays one."""
    if text.startswith(FORMULAS) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def amount(value: Money) -> Decimal:
    """An amount in whole units, exact."""
    return Decimal(value.cents).scaleb(-2)


# -- CSV -------------------------------------------------------------------------------------------------


class _Echo:
    """Gives back what the writer writes, line by line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(table: Table, into: str | None = None) -> Iterator[str]:
    """The table as CSV, a line at a time, its titles in a language (default: the reader's)."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield BOM + str(writer.writerow([column.title.say(into) for column in table.columns]))
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        yield str(
            writer.writerow([_told(value, kind, table.zone) for value, kind in zip(row, kinds, strict=True)])
        )


def _told(value: Any, kind: Kind, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    match kind:
        case Kind.MONEY:
            return f"{amount(value):.2f}".replace(".", ",")
        case Kind.NUMBER:
            return f"{Decimal(value):.2f}".replace(".", ",")
        case Kind.DAY:
            return f"{value:%d/%m/%Y}"
        case Kind.INSTANT:
            return f"{value.astimezone(zone):%d/%m/%Y %H:%M}"
        case Kind.COUNT:
            return str(value)
        case _:
            return safe(str(value))


# -- XLSX ------------------------------------------------------------------------------------------------


def xlsx(tables: Sequence[Table], into: str | None = None) -> IO[bytes]:
    """A workbook with a sheet a table, at its start; on disk once it is large."""
    book = Workbook(write_only=True)
    book.properties.creator = "Ballatoio"
    for table in tables:
        _sheet(book, table, into)
    out = spool()
    book.save(out)
    out.seek(0)
    return out


def without_hour(book: IO[bytes]) -> bytes:
    """The workbook without the hour of its making: the same tables give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as still:
        for name in sorted(made.namelist()):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = HOURS.sub(rb"\g<1>2000-01-01T00:00:00Z<", content)
            still.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def spool() -> IO[bytes]:
    """A place for bytes that moves to disk when they are many, and is gone when closed."""
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


def _sheet(book: Workbook, table: Table, into: str | None) -> None:
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "-", table.name)[:31])
    sheet.freeze_panes = "A2"
    for n, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(n)].width = WIDTHS[column.kind]
    bold = Font(bold=True)
    sheet.append([_cell(sheet, c.title.say(into), Kind.TEXT, table.zone, bold) for c in table.columns])
    sums: list[Any] = [Decimal(0) if column.summed else None for column in table.columns]
    for row in table.rows:
        cells = []
        for n, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            cells.append(_cell(sheet, value, column.kind, table.zone))
            if column.summed and value is not None:
                sums[n] += amount(value) if isinstance(value, Money) else value
        sheet.append(cells)
    if table.whole is not None:
        told = zip(table.whole, table.columns, strict=True)
        sheet.append([_cell(sheet, value, c.kind, table.zone, bold) for value, c in told])
    elif any(column.summed for column in table.columns):
        if sums[0] is None:
            sums[0] = TOTAL.say(into)
        kinds = [c.kind if c.summed else Kind.TEXT for c in table.columns]
        sheet.append([_cell(sheet, v, k, table.zone, bold) for v, k in zip(sums, kinds, strict=True)])


def _cell(sheet: Any, value: Any, kind: Kind, zone: ZoneInfo, font: Font | None = None) -> Any:
    if value is None:
        return None
    if kind is Kind.TEXT:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST_CELL])
        cell.data_type = "s"  # words, even where they begin with "="
    else:
        cell = WriteOnlyCell(sheet, _plain(value, zone))
        cell.number_format = FORMATS[kind]
    if font is not None:
        cell.font = font
    return cell


def _plain(value: Any, zone: ZoneInfo) -> Decimal | date | datetime | int:
    if isinstance(value, Money):
        return amount(value)
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    found: Decimal | date | int = value
    return found


# -- answers ---------------------------------------------------------------------------------------------


def _speaking(lines: Iterator[str], into: str) -> Iterator[str]:
    """Lines that are made while the answer leaves, when the request that knew the language is over."""
    with override(into):
        yield from lines


def download(
    table: Table, form: str, into: str | None = None, beside: Table | None = None
) -> StreamingHttpResponse | FileResponse:
    """The table as an answer to be saved; `form` is `csv`, or `xlsx` with the table `beside` it on a sheet of its own."""
    into = into or language()
    if form == "csv":
        lines = _speaking(csv_lines(table, into), into)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = sent_as(f"{table.name}.csv")
        return answer
    book = FileResponse(xlsx([table, beside] if beside else [table], into), content_type=MEDIA["xlsx"])
    book["Content-Disposition"] = sent_as(f"{table.name}.xlsx")
    return book
