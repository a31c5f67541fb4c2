"""A bank's file as movements: CAMT.053 (ISO 20022), or a CSV with a header as Italian banks write it.

Files are somebody else's: bounded in size and number, XML without document types or entities.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from billing.schemas import Unreadable, read
from core.errors import Invalid, Pointer
from core.money import Money

MOST_BYTES = 5 * 1024 * 1024
MOST_MOVEMENTS = 20_000
MOST_CENTS = 10**14
COLUMNS = {
    "day": ("datacontabile", "dataoperazione", "data", "bookingdate", "date", "datamovimento"),
    "amount": ("importo", "amount", "importoeur", "importoineuro"),
    "out": ("dare", "addebiti", "addebito", "uscite", "debit"),
    "in": ("avere", "accrediti", "accredito", "entrate", "credit"),
    "reason": ("causale", "descrizione", "descrizioneoperazione", "description", "reason", "dettagli"),
    "name": ("ordinante", "controparte", "beneficiarioordinante", "name", "counterparty", "nominativo"),
    "currency": ("divisa", "currency", "codicedivisa", "divisaconto"),
    "iban": ("iban", "ibancontroparte", "ibanordinante", "counterpartyiban"),
}


EURO = ("", "EUR", "EURO", "€")


@dataclass(frozen=True, slots=True)
class Told:
    """One movement as the bank tells it: in with plus, out with minus."""

    booked_on: date
    amount: Money
    name: str = ""
    iban: str = ""
    reason: str = ""


class Read(NamedTuple):
    """A file: its account's IBAN or "", its movements in euros, and how many rows were none."""

    account: str
    movements: list[Told]
    skipped: int = 0


def movements(content: bytes) -> Read:
    """What a bank's file tells. Raises Invalid, with a pointer at what cannot be read."""
    if len(content) > MOST_BYTES:
        raise _wrong("too-large")
    found = _camt(content) if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _csv(content)
    if len(found.movements) > MOST_MOVEMENTS:
        raise _wrong("too-many")
    return found


def _wrong(code: str, detail: str = "") -> Invalid:
    return Invalid(pointers=[Pointer("/file", code, detail)])


def _cents(amount: Decimal) -> int:
    cents = amount * 100
    if not cents.is_finite() or abs(cents) > MOST_CENTS or cents != cents.to_integral_value():
        raise _wrong("amount-unreadable", str(amount)[:40])
    return int(cents)


def _squeezed(text: str | None) -> str:
    # What no database stores, and what no reason needs.
    return re.sub(r"\s+", " ", (text or "").replace("\x00", " ")).strip()


# -- CAMT.053 --------------------------------------------------------------------------------------------


def _camt(content: bytes) -> Read:
    try:
        root = read(content)
    except Unreadable as error:
        raise _wrong("unreadable", str(error)[:200]) from error
    statements = root.findall(".//{*}Stmt")
    if not statements:
        raise _wrong("no-statement")
    accounts = {_squeezed(s.findtext("{*}Acct/{*}Id/{*}IBAN")) for s in statements} - {""}
    if len(accounts) > 1:
        raise _wrong("several-accounts")
    found = [told for s in statements for entry in s.findall("{*}Ntry") for told in _entry(entry)]
    return Read(next(iter(accounts), ""), found)


def _entry(entry: Any) -> Iterator[Told]:
    """An entry's movements; one for a batch's each transaction where the bank says its amount. Booked ones only."""
    status = entry.findtext("{*}Sts/{*}Cd") or entry.findtext("{*}Sts") or "BOOK"
    if status.strip() != "BOOK":
        return
    day = entry.findtext("{*}BookgDt/{*}Dt") or (entry.findtext("{*}BookgDt/{*}DtTm") or "")[:10]
    booked_on = _day(day)
    amount = entry.find("{*}Amt")
    if amount is None or amount.get("Ccy") != "EUR":
        return
    sign = -1 if entry.findtext("{*}CdtDbtInd") == "DBIT" else 1
    parts = entry.findall("{*}NtryDtls/{*}TxDtls")
    amounts = [p.find("{*}Amt") for p in parts]
    amounts = [
        a if a is not None else p.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
        for a, p in zip(amounts, parts, strict=True)
    ]
    if len(parts) > 1 and all(a is not None for a in amounts):
        for part, own in zip(parts, amounts, strict=True):
            yield _transaction(part, booked_on, sign, own, entry)
    else:
        yield _transaction(parts[0] if parts else entry, booked_on, sign, amount, entry)


def _transaction(part: Any, booked_on: date, sign: int, amount: Any, entry: Any) -> Told:
    side = "Dbtr" if sign > 0 else "Cdtr"
    name = part.findtext(f".//{{*}}{side}/{{*}}Nm") or part.findtext(f".//{{*}}{side}/{{*}}Pty/{{*}}Nm")
    iban = part.findtext(f".//{{*}}{side}Acct/{{*}}Id/{{*}}IBAN")
    reasons = [e.text for e in part.iterfind(".//{*}RmtInf/{*}Ustrd")]
    reasons += [e.text for e in part.iterfind(".//{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    told = _squeezed(" ".join(r or "" for r in reasons)) or _squeezed(entry.findtext("{*}AddtlNtryInf"))
    return Told(
        booked_on,
        Money(sign * _cents(_decimal(amount.text or ""))),
        _squeezed(name)[:200],
        _squeezed(iban).replace(" ", "")[:34],
        told[:1000],
    )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise _wrong("amount-unreadable", text[:40]) from error


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(f"{text.strip()}+0000", f"{form}%z").date()
        except ValueError:
            continue
    raise _wrong("day-unreadable", text[:40])


# -- CSV -------------------------------------------------------------------------------------------------


def _csv(content: bytes) -> Read:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text.replace("\x00", " ")), delimiter=_delimiter(text)))
    for n, row in enumerate(rows[:30]):  # some banks write a preface
        if (where := _header(row)) is not None:
            told = [_row(cells, where) for cells in rows[n + 1 :] if any(cell.strip() for cell in cells)]
            found = [movement for movement in told if movement is not None]
            if told and not found:
                raise _wrong("nothing-read")
            return Read("", found, len(told) - len(found))
    raise _wrong("no-header")


def _delimiter(text: str) -> str:
    head = text[:5000]
    return max(";\t,", key=head.count)


def _header(row: list[str]) -> dict[str, int] | None:
    names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in row]
    where = {
        what: names.index(name)
        for what, known in COLUMNS.items()
        for name in reversed(known)
        if name in names
    }
    has_amount = "amount" in where or {"in", "out"} <= where.keys()
    return where if "day" in where and has_amount else None


def _row(cells: list[str], where: dict[str, int]) -> Told | None:
    def cell(what: str) -> str:
        at = where.get(what)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    if not re.search(r"\d", cell("day")) or not (cell("amount") or cell("in") or cell("out")):
        return None  # a total, or a balance
    if (currency := cell("currency").upper()) not in EURO:
        raise _wrong("not-euro", currency[:10])
    if cell("amount"):
        cents = _italian(cell("amount"))
    else:
        cents = _italian(cell("in") or "0") - abs(_italian(cell("out") or "0"))
    if not cents:
        return None
    return Told(
        _day(cell("day")),
        Money(cents),
        _squeezed(cell("name"))[:200],
        cell("iban").replace(" ", "")[:34],
        _squeezed(cell("reason"))[:1000],
    )


def _italian(text: str) -> int:
    """Cents of `1.234,56`, `1234.56`, `1,234.56` or `- 12`: the last of both signs is the decimal one."""
    plain = re.sub(r"[^\d,.\-]", "", text)
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    elif plain.count(".") > 1 or re.fullmatch(r"-?\d{1,3}\.\d{3}", plain):
        plain = plain.replace(".", "")
    else:
        plain = plain.replace(",", "")
    return _cents(_decimal(plain))
