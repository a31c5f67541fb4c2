"""A description longer than a line of the file takes: it goes on in lines that only describe, and the page says it whole."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from lxml import etree

from billing.models import DocumentLine, Revision
from billing.papers import controls
from billing.papers.pdf import page_of
from core import outbox
from tests.api import post as post_once
from tests.billing.conftest import LINE

pytestmark = pytest.mark.django_db

KEYS = itertools.count()
LONG = " ".join(f"parola{n}" for n in range(280))  # 2,700 signs
N4 = LINE | {"rate": "0", "natura": "N4", "legal_text": "Art. 10"}


def post(api, path, body):
    return post_once(api, path, body, f"k{next(KEYS)}")


def file_of(office, made):
    outbox.drain()
    return office.get(f"/api/v1/documents/{made['id']}/files/xml").content


def lines_of(content):
    return [
        {name: line.findtext(name) for name in ("NumeroLinea", "Descrizione", "Quantita", "PrezzoTotale", "AliquotaIVA", "Natura")}
        for line in etree.fromstring(content).iter("DettaglioLinee")
    ]  # fmt: skip


def test_it_goes_on_in_lines_of_nothing_at_the_rate_of_its_own_and_no_amount_changes(office, ask):
    short, long = (
        post(office, "/documents", ask(lines=[LINE | {"description": text}, N4])).json()
        for text in ("Sala", LONG)
    )
    assert short["gross"] == long["gross"]
    content = file_of(office, long)
    assert controls.faults(content, date(2026, 10, 20)) == []
    lines = lines_of(content)
    assert [line["NumeroLinea"] for line in lines] == ["1", "2", "3", "4"]
    assert [line["Quantita"] for line in lines] == ["3.00", None, None, "3.00"]
    assert [line["PrezzoTotale"] for line in lines] == ["75.00", "0.00", "0.00", "75.00"]
    assert [line["AliquotaIVA"] for line in lines] == ["22.00", "22.00", "22.00", "0.00"]
    assert " ".join(line["Descrizione"] for line in lines[:3]) == LONG
    assert all(len(line["Descrizione"]) <= 1000 for line in lines)
    summaries = [r.findtext("ImponibileImporto") for r in etree.fromstring(content).iter("DatiRiepilogo")]
    assert summaries == ["75.00", "75.00"]


def test_what_has_no_vat_goes_on_with_its_natura(office, ask):
    made = post(office, "/documents", ask(lines=[N4 | {"description": LONG}])).json()
    lines = lines_of(file_of(office, made))
    assert [line["Natura"] for line in lines[:3]] == ["N4"] * 3


def test_the_page_and_the_books_say_it_whole(office, ask):
    post(office, "/documents", ask(lines=[LINE | {"description": LONG}]))
    assert LONG in page_of(Revision.objects.get().snapshot)
    assert DocumentLine.objects.get().description == LONG


def test_a_word_of_a_thousand_signs_and_letters_from_elsewhere_lose_nothing(office, ask):
    text = "x" * 1500 + "字" * 600
    made = post(office, "/documents", ask(lines=[LINE | {"description": text}])).json()
    said = "".join(line["Descrizione"].replace(" ", "") for line in lines_of(file_of(office, made)))
    assert said == "x" * 1500 + "Zi" * 600


def test_there_is_an_end_to_it(office, ask):
    answer = post(office, "/documents", ask(lines=[LINE | {"description": "x" * 5001}]))
    assert answer.status_code == 422
    assert [p["pointer"] for p in answer.json()["pointers"]] == ["/lines/0/description"]


def test_a_fault_of_a_line_after_it_still_leads_to_the_line_that_was_written(office, ask):
    seen = office.post(
        "/api/v1/documents/preview",
        ask(lines=[LINE | {"description": LONG}, LINE | {"description": LONG, "rate": "0.5"}]),
    ).json()
    of_a_line = [(f["code"], f["place"]) for f in seen["faults"] if "DettaglioLinee" in f["where"]]
    assert of_a_line == [("00424", "/lines/1/rate")]
