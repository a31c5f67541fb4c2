"""A natura that the SdI rejected is mended under the same number: file, page, registers and credits say the new one, and no
amount is another."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as some

from billing.books import squaring, vat_register
from billing.models import (
    AccountingMonth,
    Document,
    DocumentRate,
    Entry,
    Issuer,
    Revision,
    Transmission,
    VatRate,
)
from billing.papers import controls
from billing.papers.documents import summaries_of
from billing.papers.natura import changes_of, renatured
from billing.papers.pdf import page_of
from billing.paying import goodwill
from core import clock, outbox
from core.errors import Invalid
from core.money import Money
from tests.api import client
from tests.billing.conftest import LINE
from tests.billing.office import issued, named, post, read, receipt, upload
from tests.billing.sales import book, sell
from tests.billing.test_reissuing import _snapshot, correct, xml
from tests.cast import rome

pytestmark = pytest.mark.django_db

N4 = LINE | {"rate": "0", "natura": "N4", "legal_text": "Esente art. 10 c. 1 n. 20 DPR 633/72"}
N22 = "Fuori campo IVA art. 4 DPR 633/72"
NS = "<ListaErrori><Errore><Codice>{}</Codice><Descrizione>x</Descrizione></Errore></ListaErrori>"


def reject(office, code="00400"):
    """The SdI rejects what left last; the clock is held, so that its name tells which it is."""
    sent = Transmission.objects.latest("file_name")
    answer = upload(office, receipt(sent.file_name, "NotificaScarto", NS.format(code)), f"{sent.pk}.xml")
    assert answer.status_code < 300, answer.json()


@pytest.fixture
def refused(office, ask):
    """An invoice of 75.00 at 22 % and 75.00 exempt under N4, rejected."""
    made = issued(office, ask(lines=[LINE, N4]))
    reject(office)
    return made


def mend(office, paper, natura="N2.2", **more):
    return correct(office, paper, rates=[{"place": 1, "natura": natura, "legal_text": N22} | more])


def test_file_page_and_controls_say_the_new_natura_at_the_same_amounts(office, refused):
    before = Document.objects.values().get()
    answer = mend(office, refused)
    assert answer.status_code == 200, answer.json()
    content = xml(office, refused)
    assert (content.count("<Natura>N2.2</Natura>"), content.count("N4")) == (2, 0)
    assert f"<RiferimentoNormativo>{N22}</RiferimentoNormativo>" in content
    assert f"<Numero>{refused['number']}</Numero>" in content
    assert controls.faults(content.encode(), date(2026, 10, 20)) == []  # the official schema among them
    assert N22 in page_of(Revision.objects.latest("version").snapshot)
    assert Document.objects.values().get() == before
    assert office.get(f"/api/v1/documents/{refused['id']}").json()["sdi"]["state"] == "to_send"


def test_registers_and_takings_say_it_too_by_rows_that_take_the_old_one_back(office, cast, refused):
    rows = list(DocumentRate.objects.order_by("pk").values())
    entered = list(Entry.objects.order_by("pk").values())
    totals = Entry.objects.aggregate(Sum("net"), Sum("vat"), Sum("gross"))
    mend(office, refused)
    assert list(DocumentRate.objects.order_by("pk").values())[: len(rows)] == rows
    assert list(Entry.objects.order_by("pk").values())[: len(entered)] == entered
    assert Entry.objects.aggregate(Sum("net"), Sum("vat"), Sum("gross")) == totals
    found = [(r["Aliquota"], r["Natura"], r["Imponibile"]) for r in named(read(office, cast, "vat"))]
    assert [natura for _, natura, _ in found] == [None, "N2.2"]
    by_rate = vat_register.by_rate(cast.lead.issuer, date(2026, 10, 1), date(2026, 11, 1))
    assert [(row[1], row[4].cents) for row in by_rate.rows] == [(None, 7500), ("N2.2", 7500)]
    shown = office.get("/api/v1/documents?include=totals").json()["totals"]["by_rate"]
    assert [(r["natura"], r["net"]["cents"]) for r in shown] == [(None, 7500), ("N2.2", 7500)]
    by_natura = Entry.objects.values_list("natura").annotate(s=Sum("gross")).order_by("natura")
    assert {natura: s.cents for natura, s in by_natura} == {"": 9150, "N2.2": 7500, "N4": 0}


def test_a_document_is_counted_where_it_stands_now_beside_one_that_stayed(office, ask, cast, refused):
    issued(office, ask(lines=[N4]))
    mend(office, refused)
    by_rate = vat_register.by_rate(cast.lead.issuer, date(2026, 10, 1), date(2026, 11, 1))
    assert [(row[1], row[3], row[4].cents) for row in by_rate.rows] == [
        (None, 1, 7500),
        ("N2.2", 1, 7500),
        ("N4", 1, 7500),
    ]


def test_what_may_be_mended_is_told_beside_what_it_says(office, ask, refused):
    path = f"/api/v1/documents/{refused['id']}/as-written"
    assert office.get(path).json()["actions"]["natura"]["allowed"] is True
    mend(office, refused)
    told = office.get(path).json()["actions"]["natura"]
    assert (told["allowed"], [reason["code"] for reason in told["reasons"]]) == (False, ["issued"])


def test_mended_twice_and_back_it_says_the_last(office, refused):
    mend(office, refused)
    reject(office)
    mend(office, refused, "N5")
    reject(office)
    mend(office, refused, "N4", legal_text=N4["legal_text"])
    assert xml(office, refused).count("<Natura>N4</Natura>") == 2
    found = [(s.key.natura, s.key.legal_text, s.net.cents) for s in summaries_of(Document.objects.get())]
    assert sorted(found) == [("", "", 7500), ("N4", N4["legal_text"], 7500)]


def test_its_credit_note_takes_back_the_mended_natura(office, ask, refused):
    mend(office, refused)
    told = ask(kind="credit_note", type="TD04", corrects_id=refused["id"], lines=[N4])
    assert post(office, "/documents", told).status_code in (409, 422)  # nothing of it is under N4
    line = N4 | {"natura": "N2.2", "legal_text": N22}
    note = post(office, "/documents", told | {"lines": [line]})
    assert note.status_code == 201, note.json()
    assert DocumentRate.objects.get(document__kind="credit_note").natura == "N2.2"


def sold(cast, at, **vat):
    """Ada paid an hour of the laser, at a rate that the price list has wrongly; its invoice."""
    at("2026-11-30 09:00")
    _ = cast.venue, cast.laser
    VatRate.objects.update(**({"percent": 0, "natura": "N4", "legal_text": "Art. 10"} | vat))
    payment = sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-05 10:00")))
    outbox.drain()
    return payment, Document.objects.get()


def test_what_was_held_back_for_its_natura_goes_out_once_it_is_mended(cast, at):
    _, document = sold(cast, at, natura="N2")  # which the SdI takes no longer
    office = client(cast.franco)
    [paper] = office.get("/api/v1/documents").json()["data"]
    assert (paper["sdi"]["state"], paper["sdi"]["faults"][0]["code"]) == ("to_mend", "00445")
    answer = correct(office, paper, rates=[{"place": 0, "natura": "N4", "legal_text": "Art. 10"}])
    assert answer.status_code == 200, answer.json()
    assert office.get(f"/api/v1/documents/{paper['id']}").json()["sdi"]["state"] == "to_send"
    assert {s.key.natura for s in summaries_of(document)} == {"N4"}


def test_of_a_sale_the_takings_follow_and_a_refund_credits_the_new_natura(cast, at):
    payment, _ = sold(cast, at)
    office = client(cast.franco)
    [paper] = office.get("/api/v1/documents").json()["data"]
    whose = "partner", "resource", "booking", "payment", "on"
    before = list(Entry.objects.values(*whose).annotate(s=Sum("gross")).order_by(*whose))
    reject(office)
    answer = correct(office, paper, rates=[{"place": 0, "natura": "N2.2", "legal_text": N22}])
    assert answer.status_code == 200, answer.json()
    assert list(Entry.objects.values(*whose).annotate(s=Sum("gross")).order_by(*whose)) == before
    goodwill.give(cast.dario, payment.pk, Money(500), "Guasto")
    outbox.drain()
    note = Document.objects.get(kind="credit_note")
    assert [(s.key.natura, s.gross.cents) for s in summaries_of(note)] == [("N2.2", 500)]
    issuer = cast.lead.issuer
    found = squaring.findings(issuer, date(2026, 11, 1), date(2026, 12, 1))
    assert "document-not-entered" not in {one.code for one in found}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([{"place": 0, "natura": "N4"}], "natura-with-vat"),
        ([{"place": 1, "natura": ""}], "required"),
        ([{"place": 9, "natura": "N4"}], "invalid"),
        ([{"place": 1, "natura": "N2"}], "invalid-choice"),
        ([{"place": 1, "rate": "10"}], "unknown"),
    ],
)
def test_a_natura_that_cannot_be_is_told_where_it_stands(office, refused, told, code):
    answer = correct(office, refused, rates=told)
    assert answer.status_code == 422
    assert [p["code"] for p in answer.json()["pointers"]] == [code]
    assert Revision.objects.count() == 1
    assert DocumentRate.objects.count() == 2


def test_a_natura_with_which_stamp_duty_would_come_or_go_is_another_document(office, ask, cast):
    """100.00 not taxable bears no stamp under N3.1 and 2.00 under N4."""
    line = LINE | {
        "quantity": "1",
        "unit_price": "100.00",
        "rate": "0",
        "natura": "N3.1",
        "legal_text": "art. 8",
    }
    made = issued(office, ask(lines=[line]))
    reject(office)
    to = correct(office, made, rates=[{"place": 0, "natura": "N4"}])
    assert [p["code"] for p in to.json()["pointers"]] == ["another-document"]
    assert correct(office, made, rates=[{"place": 0, "natura": "N3.2"}]).status_code == 200
    stamped = issued(office, ask(lines=[line | {"natura": "N4"}]))
    reject(office)
    away = correct(office, stamped, rates=[{"place": 1, "natura": "N3.1"}])
    assert [p["code"] for p in away.json()["pointers"]] == ["another-document"]
    free_of_tax = line | {"natura": "N4"}
    recharged = issued(office, ask(lines=[free_of_tax, LINE], stamp="recharged"))
    reject(office)
    assert correct(office, recharged, lines=[{"place": 2, "description": "Bollo"}]).status_code == 200
    reject(office)
    shown = office.get(f"/api/v1/documents/{recharged['id']}/as-written").json()["rates"]
    of_stamp = [n for n, rate in enumerate(shown) if rate["natura"] == "N1"]
    assert len(of_stamp) == 1, shown
    its = correct(office, recharged, rates=[{"place": of_stamp[0], "natura": "N2.2"}])
    assert [p["code"] for p in its.json()["pointers"]] == ["another-document"]
    Issuer.objects.filter(partner=cast.lead).update(third_sector=True)
    free = issued(office, ask(lines=[line]))
    reject(office)
    assert correct(office, free, rates=[{"place": 0, "natura": "N4"}]).status_code == 200


def test_what_is_withheld_is_of_what_is_sold_and_no_advance_for_the_customer_is_made_of_it(office, ask):
    line = N4 | {"withheld": True}
    withheld = {"kind": "RT02", "percent": "20.00", "reason": "A"}
    made = issued(office, ask(lines=[line], withholding=withheld))
    reject(office)
    to = correct(office, made, rates=[{"place": 0, "natura": "N1"}])
    assert [p["code"] for p in to.json()["pointers"]] == ["another-document"]
    assert correct(office, made, rates=[{"place": 0, "natura": "N2.2"}]).status_code == 200


def test_what_a_public_body_refused_was_issued_and_keeps_its_natura(office, ask, alfa):
    alfa.kind, alfa.recipient_code = "public", "ABC123"
    alfa.save()
    made = issued(office, ask(lines=[LINE, N4]))
    no = "<EsitoCommittente><Esito>EC02</Esito></EsitoCommittente>"
    upload(office, receipt(Transmission.objects.get().file_name, "NotificaEsito", no))
    state = office.get(f"/api/v1/documents/{made['id']}").json()["sdi"]["state"]
    assert state == "refused_by_customer"
    assert mend(office, made).json()["code"] == "illegal-move"
    assert correct(office, made, reasons=["Altro"]).status_code == 200


def test_once_it_is_credited_it_is_another_document(office, ask, refused):
    note = ask(kind="credit_note", type="TD04", corrects_id=refused["id"], lines=[LINE])
    assert post(office, "/documents", note).status_code == 201
    outbox.drain()
    refusal = mend(office, refused)
    assert (refusal.status_code, "stornati" in refusal.json()["detail"]) == (409, True)
    assert DocumentRate.objects.filter(version=2).count() == 0


def test_once_it_was_given_back_without_a_credit_note_it_is_another_document(cast, at):
    payment, _ = sold(cast, at, percent=22, natura="")
    reject(client(cast.franco))
    at("2028-01-10 09:00")
    goodwill.give(cast.dario, payment.pk, Money(500), "Guasto", without_note=True)
    office = client(cast.franco)
    [paper] = office.get("/api/v1/documents").json()["data"]
    refusal = correct(office, paper, rates=[{"place": 0, "natura": "N2.2", "legal_text": N22}])
    assert (refusal.status_code, "stornati" in refusal.json()["detail"]) == (409, True)


def test_once_its_month_is_closed_it_is_another_document(office, refused, cast):
    month = AccountingMonth.objects.get(issuer=cast.lead.issuer, first_on="2026-10-01")
    AccountingMonth.objects.filter(pk=month.pk).update(closed_at=clock.now())
    refusal = mend(office, refused)
    assert (refusal.status_code, "chiuso" in refusal.json()["detail"]) == (409, True)
    assert correct(office, refused, reasons=["Altro"]).status_code == 200


NATURAS = some.sampled_from(["N1", "N2.1", "N2.2", "N3.1", "N4", "N5", "N7"])


@given(old=NATURAS, new=NATURAS)
def test_no_natura_changes_an_amount_nor_the_version_it_begins_with(old, new):
    snapshot = _snapshot()
    for rows in (snapshot["lines"], snapshot["rates"], snapshot["electronic"]["lines"]):
        rows[1] = rows[1] | {"rate": "0", "natura": old}
    before = deepcopy(snapshot)
    after = renatured(snapshot, {(Decimal(0), old): new})
    assert snapshot == before
    for rows in ("lines", "rates"):
        assert [row["natura"] for row in after[rows]] == ["", new]
        assert [{k: v for k, v in r.items() if k != "natura"} for r in after[rows]] == [
            {k: v for k, v in r.items() if k != "natura"} for r in before[rows]
        ]
    told = [line["natura"] for line in after["electronic"]["lines"]]
    assert told == ["", new]
    assert {k: v for k, v in after.items() if k not in ("lines", "rates", "electronic")} == {
        k: v for k, v in before.items() if k not in ("lines", "rates", "electronic")
    }


def test_two_summaries_of_one_natura_take_one_and_the_same():
    snapshot = _snapshot()
    for rows in (snapshot["lines"], snapshot["rates"], snapshot["electronic"]["lines"]):
        rows[:] = [row | {"rate": "0", "natura": "N4"} for row in rows]
    with pytest.raises(Invalid):
        changes_of(snapshot, {"rates": [{"place": 0, "natura": "N5"}, {"place": 1, "natura": "N7"}]})
    told = {"rates": [{"place": 0, "natura": "N5"}, {"place": 1, "natura": "N5"}]}
    assert changes_of(
        snapshot | {"electronic": snapshot["electronic"] | {"exempt_from_stamp": True}}, told
    ) == {(Decimal(0), "N4"): "N5"}
