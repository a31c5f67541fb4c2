"""A file of transfers, field by field, as the message pain.001.001.09 of ISO 20022 is built.

The official schema is not with us. What follows is what it and the guidelines of the European Payments Council
(EPC132-08) say of every field that we write: its place, its pattern, its sums; and that no other field is there.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from stdnum import iban

from billing.paying import sepa
from core.money import Money

PAYER = sepa.Account("Fondazione Torino", "IT60X0542811101000000123456")
NAMES = ("Cooperativa Città & Più", "Società «Àlpina» // s.r.l.", "  ", "x" * 200, "東京", "O'Neil+Co.")
IBANS = ("IT42L1234512345123456789012", "it60 x054 2811 1010 0000 0123 456", "DE89370400440532013000")

TEXT = r"[A-Za-z0-9/\-?:().,'+ ]{1,%d}"
AMOUNT = r"[0-9]{1,15}\.[0-9]{2}"  # at most 18 digits, of which five after the point; EPC: two, and below a thousand million
LEAVES = {
    "MsgId": TEXT % 35,
    "CreDtTm": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}",
    "NbOfTxs": r"[0-9]{1,15}",
    "CtrlSum": AMOUNT,
    "Nm": TEXT % 70,
    "PmtInfId": TEXT % 35,
    "PmtMtd": "TRF",
    "Cd": "SEPA",
    "Dt": r"\d{4}-\d{2}-\d{2}",
    "IBAN": r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}",
    "Id": "NOTPROVIDED",
    "ChrgBr": "SLEV",
    "EndToEndId": TEXT % 35,
    "InstdAmt": AMOUNT,
    "Ustrd": TEXT % 140,
}
ACCOUNT = {"Id": {"IBAN": None}}
TRANSFER = {
    "PmtId": {"EndToEndId": None},
    "Amt": {"InstdAmt": None},
    "Cdtr": {"Nm": None},
    "CdtrAcct": ACCOUNT,
    "RmtInf": {"Ustrd": None},
}
BLOCK = {
    "PmtInfId": None,
    "PmtMtd": None,
    "NbOfTxs": None,
    "CtrlSum": None,
    "PmtTpInf": {"SvcLvl": {"Cd": None}},
    "ReqdExctnDt": {"Dt": None},
    "Dbtr": {"Nm": None},
    "DbtrAcct": ACCOUNT,
    "DbtrAgt": {"FinInstnId": {"Othr": {"Id": None}}},
    "ChrgBr": None,
    "CdtTrfTxInf": TRANSFER,
}
HEAD = {"MsgId": None, "CreDtTm": None, "NbOfTxs": None, "CtrlSum": None, "InitgPty": {"Nm": None}}
MESSAGE = {"CstmrCdtTrfInitn": {"GrpHdr": HEAD, "PmtInf": BLOCK}}


def name(element):
    found = etree.QName(element)
    assert found.namespace == sepa.NAMESPACE
    return found.localname


def walk(element, shape):
    """The element has these children in this order, of which only transfers repeat, and its leaves the right words."""
    if shape is None:
        assert len(element) == 0
        assert re.fullmatch(LEAVES[name(element)], element.text), (name(element), element.text)
        assert not element.text.startswith("/")
        assert not element.text.endswith("/")
        assert "//" not in element.text
        assert element.attrib == ({"Ccy": "EUR"} if name(element) == "InstdAmt" else {})
        return
    assert not (element.text or "").strip()
    assert not element.attrib
    children = [name(child) for child in element]
    once = list(dict.fromkeys(children))
    assert once == list(shape)
    assert len(children) == len(once) or "CdtTrfTxInf" in once
    assert [c for c in once if children.count(c) > 1] in ([], ["CdtTrfTxInf"])
    for child in element:
        walk(child, shape[name(child)])


def made(transfers, message="2026-11 abc", at=datetime(2026, 12, 10, 17, 5, 9, tzinfo=UTC)):
    return etree.fromstring(sepa.pain001(message, at, date(2026, 12, 11), PAYER, transfers))


def texts(root, path):
    return [e.text for e in root.findall(path, {"p": sepa.NAMESPACE})]


transfers = st.lists(
    st.builds(
        sepa.Transfer,
        st.builds(sepa.Account, st.sampled_from(NAMES) | st.text(max_size=90), st.sampled_from(IBANS)),
        st.integers(1, 99_999_999_999).map(Money),
        st.text(max_size=60),
        st.text(max_size=300),
    ),
    min_size=1,
    max_size=5,
)


@given(transfers, st.text(max_size=60))
def test_every_field_is_in_its_place_in_the_letters_and_sums_of_the_standard(moved, message):
    root = made(moved, message)
    assert name(root) == "Document"
    walk(root, MESSAGE)
    whole = Decimal(sum(t.amount.cents for t in moved)) / 100
    assert [Decimal(text) for text in texts(root, ".//p:CtrlSum")] == [whole, whole]
    assert [int(text) for text in texts(root, ".//p:NbOfTxs")] == [len(moved)] * 2
    assert sum(Decimal(text) for text in texts(root, ".//p:InstdAmt")) == whole
    assert all(iban.is_valid(text) and text == text.upper() for text in texts(root, ".//p:IBAN"))


def test_a_file_says_what_it_was_given():
    moved = [
        sepa.Transfer(
            sepa.Account(NAMES[0], IBANS[0]), Money(73205), "2026-11-a", "Ripartizione 2026-11 Città"
        ),
        sepa.Transfer(sepa.Account(NAMES[1], IBANS[2]), Money(1), "2026-11-b", "Ripartizione 2026-11"),
    ]
    root = made(moved)
    assert texts(root, ".//p:MsgId") == ["2026-11 abc"]
    assert texts(root, ".//p:CreDtTm") == ["2026-12-10T17:05:09"]
    assert texts(root, ".//p:ReqdExctnDt/p:Dt") == ["2026-12-11"]
    assert texts(root, ".//p:IBAN") == [PAYER.iban, IBANS[0], IBANS[2]]
    assert texts(root, ".//p:Nm") == [
        PAYER.name,
        PAYER.name,
        "Cooperativa Citta + Piu",
        "Societa Alpina / s.r.l.",
    ]
    assert texts(root, ".//p:EndToEndId") == ["2026-11-a", "2026-11-b"]
    assert texts(root, ".//p:InstdAmt") == ["732.05", "0.01"]
    assert texts(root, ".//p:CtrlSum") == ["732.06", "732.06"]
    assert texts(root, ".//p:Ustrd") == ["Ripartizione 2026-11 Citta", "Ripartizione 2026-11"]


def test_nothing_to_move_and_a_number_that_is_no_iban_make_no_file():
    good = sepa.Account("Coop", IBANS[0])
    for wrong in (
        [],
        [sepa.Transfer(good, Money(0), "a", "b")],
        [sepa.Transfer(sepa.Account("Coop", "IT00X0542811101000000123456"), Money(1), "a", "b")],
    ):
        with pytest.raises(ValueError, match=r".+"):
            made(wrong)
