"""SEPA credit transfers as banks take them: ISO 20022 pain.001.001.09, one file for one payer.

Rules: EPC132-08 (SCT customer-to-bank implementation guidelines): IBAN only, SLEV charges, Latin letters of its set.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree
from stdnum import iban

from core.money import Money, total
from people.fiscal import is_iban

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
NOT_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account, and its IBAN."""

    name: str
    iban: str


@dataclass(frozen=True, slots=True)
class Transfer:
    to: Account
    amount: Money
    reference: str  # end to end, at most 35
    about: str


def plain(text: str, most: int) -> str:
    """The text in the letters that every SEPA bank reads; never begins nor ends with a slash, nor has two."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    found = NOT_SEPA.sub(" ", letters.replace("&", "+"))
    return re.sub(r"\s+", " ", re.sub(r"//+", "/", found)).strip(" /")[:most].strip(" /") or "-"


def pain001(
    message: str, made_at: datetime, on: date, payer: Account, transfers: Sequence[Transfer]
) -> bytes:
    """The file for the payer's bank. ValueError without a transfer, for an amount that is not positive, or a wrong IBAN."""
    if not transfers or any(t.amount.cents <= 0 for t in transfers):
        raise ValueError("a transfer moves something")
    if wrong := [a.iban for a in (payer, *(t.to for t in transfers)) if not is_iban(a.iban)]:
        raise ValueError(f"not an IBAN: {', '.join(wrong)}")
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    body = _add(root, "CstmrCdtTrfInitn")
    head = _add(body, "GrpHdr")
    _add(head, "MsgId", plain(message, 35))
    _add(head, "CreDtTm", made_at.strftime("%Y-%m-%dT%H:%M:%S"))
    _sums(head, transfers)
    _add(_add(head, "InitgPty"), "Nm", plain(payer.name, 70))
    block = _add(body, "PmtInf")
    _add(block, "PmtInfId", plain(f"{message}-1", 35))
    _add(block, "PmtMtd", "TRF")
    _sums(block, transfers)
    _add(_add(_add(block, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(block, "ReqdExctnDt"), "Dt", on.isoformat())
    _add(_add(block, "Dbtr"), "Nm", plain(payer.name, 70))
    _add(_add(_add(block, "DbtrAcct"), "Id"), "IBAN", iban.compact(payer.iban))
    _add(_add(_add(_add(block, "DbtrAgt"), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")
    _add(block, "ChrgBr", "SLEV")
    for transfer in transfers:
        _one(block, transfer)
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _sums(parent: etree._Element, transfers: Sequence[Transfer]) -> None:
    _add(parent, "NbOfTxs", str(len(transfers)))
    _add(parent, "CtrlSum", _euro(total(t.amount for t in transfers)))


def _one(block: etree._Element, transfer: Transfer) -> None:
    row = _add(block, "CdtTrfTxInf")
    _add(_add(row, "PmtId"), "EndToEndId", plain(transfer.reference, 35))
    amount = _add(_add(row, "Amt"), "InstdAmt", _euro(transfer.amount))
    amount.set("Ccy", transfer.amount.currency)
    _add(_add(row, "Cdtr"), "Nm", plain(transfer.to.name, 70))
    _add(_add(_add(row, "CdtrAcct"), "Id"), "IBAN", iban.compact(transfer.to.iban))
    _add(_add(row, "RmtInf"), "Ustrd", plain(transfer.about, 140))


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    found = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    found.text = text
    return found


def _euro(amount: Money) -> str:
    return f"{amount.cents // 100}.{amount.cents % 100:02}"
