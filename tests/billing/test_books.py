"""The accountant's registers: sums of the documents, credit notes negative, what was rejected left out, and the same
table whether it is read on the screen, as CSV or as XLSX."""

import csv
import io
import re
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from billing.models import Issuer, Revision, Transmission
from billing.papers.freeze import ITALY
from billing.papers.pdf import page_of
from billing.paying.debts import bucket
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import cents, client
from tests.billing.conftest import LINE
from tests.billing.office import REFUSED, findings, issued, named, post, read, receipt, upload

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_credit_note_is_negative_and_split_payment_stands_apart(office, ask, cast):
    whole = issued(office, ask())
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1"}]))
    issued(office, ask(split=True, lines=[LINE | {"unit_price": "100.00"}]))
    issued(office, ask(lines=[LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10"}]))
    seen = read(office, cast, "vat")
    rows = named(seen)
    assert [cents(row["Imponibile"]) for row in rows] == [7500, -2500, 30000, 7500]
    assert [row["Esigibilità"] for row in rows] == ["I", "I", "S", "I"]
    by_rate = {(row["Aliquota"], row["Natura"], row["Esigibilità"]): row for row in named(seen["summary"])}
    assert cents(by_rate["22.00", None, "I"]["Imponibile"]) == 5000
    assert cents(by_rate["22.00", None, "I"]["IVA da versare"]) == 1100
    assert cents(by_rate["22.00", None, "S"]["IVA"]) == 6600
    assert cents(by_rate["22.00", None, "S"]["IVA da versare"]) == 0
    assert cents(by_rate["0.00", "N4", "I"]["Imponibile"]) == 7500


@pytest.mark.parametrize(
    ("regime", "words"),
    [("RF16", "art. 6 c. 5 DPR 633/72"), ("RF17", "Operazione con IVA per cassa art. 32-bis DL 83/2012")],
)
def test_vat_on_payment_is_said_so_and_is_no_debt_before_it_is_paid(office, ask, cast, regime, words):
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime=regime)
    exempt = LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10"}
    made = issued(office, ask(lines=[LINE, exempt]))
    content = office.get(f"/api/v1/documents/{made['id']}/files/xml").content.decode()
    assert content.count("<EsigibilitaIVA>D</EsigibilitaIVA>") == content.count("<EsigibilitaIVA>") == 1
    causes = re.findall(r"<Causale>(.*?)</Causale>", content)
    assert [words in cause for cause in causes] == [True]
    seen = read(office, cast, "vat")
    assert [row["Esigibilità"] for row in named(seen)] == ["D", "I"]
    deferred, _ = named(seen["summary"])
    assert (deferred["Esigibilità"], cents(deferred["IVA"]), cents(deferred["IVA da versare"])) == (
        "D",
        1650,
        0,
    )
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(regime="RF01")
    assert [row["Esigibilità"] for row in named(read(office, cast, "vat"))] == ["D", "I"]  # as it was issued
    split = issued(office, ask(split=True))
    assert "<EsigibilitaIVA>S<" in office.get(f"/api/v1/documents/{split['id']}/files/xml").content.decode()


def test_vat_is_the_sum_of_the_documents_and_not_a_rate_of_their_base(office, ask, cast):
    for _ in range(3):
        issued(office, ask(with_vat=True, lines=[LINE | {"quantity": "1", "unit_price": "15.00"}]))
    (row,) = named(read(office, cast, "vat")["summary"])
    assert (cents(row["Imponibile"]), cents(row["IVA"])) == (3690, 810)  # 22% of 36.90 would be 8.12


def test_k09_what_the_sdi_rejected_is_out_until_it_is_sent_again_and_then_once(office, ask, cast):
    made = issued(office, ask())
    upload(office, receipt(Transmission.objects.get().file_name, "NotificaScarto", REFUSED))
    assert read(office, cast, "vat")["rows"] == []
    (found,) = findings(office, cast)["findings"]
    assert (found["code"], found["about"], found["stops"]) == ("sdi-rejected", made["number"], True)
    assert post(office, f"/documents/{made['id']}/correct", {}).status_code == 200
    outbox.drain()
    (row,) = named(read(office, cast, "vat"))
    assert (row["Numero"], row["Stato SdI"]) == (made["number"], "da inviare o in attesa")


def test_k10_what_a_public_body_refused_is_one_net_entry(office, ask, cast):
    made = issued(office, ask())
    outcome = "<EsitoCommittente><Esito>EC02</Esito></EsitoCommittente>"
    upload(office, receipt(Transmission.objects.get().file_name, "NotificaEsito", outcome))
    assert [row["Numero"] for row in named(read(office, cast, "vat"))] == [made["number"]]
    issued(office, ask(kind="credit_note", corrects_id=made["id"]))
    (row,) = named(read(office, cast, "vat")["summary"])
    assert (cents(row["Imponibile"]), cents(row["IVA"])) == (0, 0)


def test_the_register_names_the_file_that_went_out_and_the_number_that_the_sdi_gave_it(office, ask, cast):
    made = issued(office, ask())
    first = Transmission.objects.get().file_name
    (row,) = named(read(office, cast, "vat"))
    assert (row["File SdI"], row["Identificativo SdI"]) == (first, None)
    upload(office, receipt(first, "NotificaScarto", REFUSED))
    post(office, f"/documents/{made['id']}/correct", {})
    outbox.drain()
    second = Transmission.objects.exclude(file_name=first).get().file_name
    (row,) = named(read(office, cast, "vat"))
    assert (row["File SdI"], row["Identificativo SdI"]) == (second, None)  # the number was the first file's
    upload(office, receipt(second))
    (row,) = named(read(office, cast, "vat"))
    assert (row["Identificativo SdI"], row["Stato SdI"]) == ("111", "consegnata")


def test_every_register_is_the_same_table_as_csv_and_xlsx(office, ask, cast):
    issued(office, ask())
    issued(
        office, ask(lines=[LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10", "quantity": "4"}])
    )
    issued(office, ask(kind="receipt", lines=[LINE | {"rate": "0", "natura": "N2.2"}], stamp="none"))
    for name in ("vat", "receipts", "activities", "stamp-duty", "ageing", "payments", "fees", "journal"):
        asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-10"}
        seen = read(office, cast, name)
        told = office.get(f"/api/v1/registers/{name}", asked | {"output": "csv"})
        text = b"".join(told.streaming_content).decode().removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        book_ = office.get(f"/api/v1/registers/{name}", asked | {"output": "xlsx"})
        sheets = load_workbook(io.BytesIO(b"".join(book_.streaming_content)))
        summed = seen["summary"]
        assert len(sheets.worksheets) == (1 if summed is None else 2)
        if summed is not None:
            beside = list(sheets.worksheets[1].values)
            assert list(beside[0]) == [column["title"] for column in summed["columns"]]
            assert len(beside) >= 1 + len(summed["rows"])
        sheet = list(sheets.worksheets[0].values)
        assert rows[0] == list(sheet[0]) == [column["title"] for column in seen["columns"]]
        kinds = [column["kind"] for column in seen["columns"]]
        cells = [[as_text(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in seen["rows"]]
        assert rows[1:] == cells
        whole = sheet[1:-1] if any(c["summed"] for c in seen["columns"]) else sheet[1:]
        assert [[in_sheet(c, k) for c, k in zip(row, kinds, strict=True)] for row in whole] == cells
    assert len(rows) > 1


def as_text(cell, kind):
    """What the screen is told, as a CSV in Italian writes it."""
    if cell is None:
        return ""
    if kind == "money":
        return f"{Money(cell['cents']).cents / 100:.2f}".replace(".", ",")
    if kind == "number":
        return f"{float(cell):.2f}".replace(".", ",")
    if kind == "day":
        return f"{date.fromisoformat(cell):%d/%m/%Y}"
    if kind == "instant":
        return f"{datetime.fromisoformat(cell).astimezone(ITALY):%d/%m/%Y %H:%M}"
    return str(cell)


def in_sheet(cell, kind):
    """A cell of a sheet in the same words."""
    if cell is None:
        return ""
    if kind in ("money", "number"):
        return f"{cell:.2f}".replace(".", ",")
    if kind in ("day", "instant"):
        return f"{cell:%d/%m/%Y}" if kind == "day" else f"{cell:%d/%m/%Y %H:%M}"
    return str(cell)


def test_a_receipt_is_registered_by_natura_with_its_stamp_and_reversed_beside_it(office, ask, cast):
    member = LINE | {
        "quantity": "1",
        "unit_price": "90.00",
        "rate": "0",
        "natura": "N2.2",
        "legal_text": "art. 4",
    }
    made = issued(office, ask(kind="receipt", lines=[member]))
    assert made["gross"]["cents"] == 9200
    back = ask(kind="credit_note", corrects_id=made["id"], lines=[member])
    reversal = issued(office, back)
    assert (reversal["type"], reversal["sdi"]["state"], reversal["number"]) == ("", "none", "RC-2026/2")
    assert post(office, "/documents", back).json()["code"] == "refund-too-large"
    seen = read(office, cast, "receipts")
    assert [
        (row["Natura"], cents(row["Importo"]), cents(row["Bollo"]), row["Storna"]) for row in named(seen)
    ] == [
        ("N1", 200, 200, None),
        ("N2.2", 9000, 0, None),
        ("N2.2", -9000, 0, made["number"]),
    ]
    assert [(row["Natura"], row["Documenti"], cents(row["Importo"])) for row in named(seen["summary"])] == [
        ("N1", 1, 200),
        ("N2.2", 2, 0),
    ]
    assert read(office, cast, "vat")["rows"] == []
    assert read(office, cast, "vat")["summary"]["rows"] == []
    assert findings(office, cast)["findings"] == []
    page = page_of(Revision.objects.get(document__number=reversal["number"]).snapshot)
    assert "Storno di ricevuta RC-2026/2" in page


def test_what_has_vat_is_invoiced_and_not_receipted(office, ask):
    for line in (LINE, LINE | {"rate": "0", "natura": "N6.9"}):
        answer = post(
            office, "/documents", ask(kind="receipt", lines=[LINE | {"rate": "0", "natura": "N4"}, line])
        )
        assert answer.status_code == 422
    assert (
        post(
            office, "/documents", ask(kind="receipt", lines=[LINE | {"rate": "0", "natura": "N4"}])
        ).status_code
        == 201
    )


def test_an_unpaid_invoice_that_is_credited_in_part_is_due_and_credited_whole_is_not(office, ask):
    whole = issued(office, ask())

    def state():
        return office.get(f"/api/v1/documents/{whole['id']}").json()["payment_state"]

    def due():
        return [d["id"] for d in office.get("/api/v1/documents", {"payment_state": "due"}).json()["data"]]

    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1"}]))
    assert (state(), due()) == ("due", [whole["id"]])
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "2"}]))
    assert (state(), due()) == ("refunded", [])


def test_the_list_s_totals_leave_out_what_the_sdi_rejected(office, ask):
    issued(office, ask())
    sent = Transmission.objects.get()
    issued(office, ask(lines=[LINE | {"quantity": "1"}]))
    upload(office, receipt(sent.file_name, "NotificaScarto", REFUSED))
    seen = office.get("/api/v1/documents", {"include": "totals"}).json()
    assert (len(seen["data"]), seen["totals"]["documents"], cents(seen["totals"]["net"])) == (2, 1, 2500)


def test_a_credit_note_that_the_sdi_rejected_leaves_its_invoice_open(office, ask, cast):
    whole = issued(office, ask())
    issued(office, ask(kind="credit_note", corrects_id=whole["id"]))
    assert read(office, cast, "ageing")["rows"] == []
    sent = Transmission.objects.get(revision__document__kind="credit_note")
    upload(office, receipt(sent.file_name, "NotificaScarto", REFUSED))
    (row,) = named(read(office, cast, "ageing"))
    assert cents(row["Aperto"]) == 9150


def test_the_stamp_duty_of_a_quarter_says_its_basis_and_why_there_is_none(office, ask, cast):
    free = LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10", "quantity": "1"}
    issued(office, ask(lines=[free | {"unit_price": "120.00"}]))
    issued(office, ask(lines=[LINE | {"quantity": "2"}, free | {"unit_price": "60.00"}]))
    issued(office, ask(lines=[free | {"unit_price": "77.47"}]))
    rows = named(read(office, cast, "stamp-duty"))
    assert [(row["Trimestre"], cents(row["Base"]), cents(row["Bollo"])) for row in rows] == [
        ("2026 T4", 12000, 200),
        ("2026 T4", 6000, 0),
    ]
    assert rows[1]["Nota"].startswith("non dovuto")
    issuer = cast.lead.issuer
    issuer.third_sector = True
    issuer.save()
    issued(office, ask(lines=[free | {"unit_price": "120.00"}]))
    assert named(read(office, cast, "stamp-duty"))[-1]["Nota"].startswith("esente")


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "not_due"), (1, "1_30"), (30, "1_30"), (31, "31_60"), (60, "31_60"), (61, "61_90"), (90, "61_90"), (91, "over_90")],
)  # fmt: skip
def test_buckets_are_those_accountants_read(days, name):
    assert bucket(days) == name


def test_the_ageing_shows_what_is_open_and_how_late(office, ask, cast, at):
    made = issued(office, ask(due_on="2026-10-31", method="transfer"))
    issued(office, ask(kind="credit_note", corrects_id=made["id"], lines=[LINE | {"quantity": "1"}]))
    paid = issued(office, ask(due_on="2026-10-31"))
    issued(office, ask(kind="credit_note", corrects_id=paid["id"]))
    at("2026-12-05 09:00")
    seen = read(client(cast.franco), cast, "ageing", on_from="2026-01-01", on_to="2026-02-01")
    (row,) = named(seen)
    assert (row["Documento o riferimento"], cents(row["Aperto"]), cents(row["Pagato"])) == (
        made["number"],
        6100,
        3050,
    )
    assert (row["Giorni di ritardo"], row["Fascia"]) == (35, "31–60 giorni")
    assert [row["Quanti"] for row in named(seen["summary"])] == [0, 0, 1, 0, 0]


def test_a_register_costs_the_same_for_one_document_or_many(office, ask, cast, queries):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-10"}
    for many in (1, 4):
        for _ in range(many):
            issued(office, ask())
        # Four of them write down who was shown.
        for name, most in (
            ("vat", 17),
            ("receipts", 12),
            ("stamp-duty", 11),
            ("ageing", 17),
            ("payments", 18),
        ):
            with queries(most):
                assert office.get(f"/api/v1/registers/{name}", asked).status_code == 200


def test_pages_of_a_register_part_it(office, ask, cast):
    for _ in range(3):
        issued(office, ask())
    first = read(office, cast, "vat", month="2026-10", limit=2)
    rest = read(office, cast, "vat", month="2026-10", limit=2, offset=first["next_offset"])
    assert (len(first["rows"]), len(rest["rows"]), rest["next_offset"]) == (2, 1, None)
