"""The accountant's registers: sums of the documents, credit notes negative, what was rejected left out, books that
balance, and a month that says what does not square."""

import csv
import io
import zipfile
from datetime import date, datetime
from hashlib import sha256

import pytest
from openpyxl import load_workbook

from billing import journal
from billing.debts import bucket
from billing.freeze import ITALY
from billing.models import AccountingMonth, Document, Entry, Order, Payment, Transmission
from core import outbox
from core.ids import encode
from core.money import Money, total
from tests.api import cents, client
from tests.billing.conftest import LINE
from tests.billing.sales import book, sell
from tests.billing.test_closing import close
from tests.billing.test_credit_notes import give_back
from tests.billing.test_issuing import REFUSED, issued, post, receipt, upload
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def read(office, cast, name, **asked):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)} | (asked or {"month": "2026-10"})
    answer = office.get(f"/api/v1/registers/{name}", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def named(table):
    titles = [column["title"] for column in table["columns"]]
    return [dict(zip(titles, row, strict=True)) for row in table["rows"]]


def findings(office, cast, month="2026-10"):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    return office.get("/api/v1/reconciliation", asked).json()


def test_a_credit_note_is_negative_and_split_payment_stands_apart(office, ask, cast):
    whole = issued(office, ask())
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1"}]))
    issued(office, ask(split=True, lines=[LINE | {"unit_price": "100.00"}]))
    issued(office, ask(lines=[LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10"}]))
    seen = read(office, cast, "vat")
    rows = named(seen)
    assert [cents(row["Imponibile"]) for row in rows] == [7500, -2500, 30000, 7500]
    assert [row["Esigibilità"] for row in rows] == ["I", "I", "S", "I"]
    by_rate = {(row["Aliquota"], row["Natura"], row["Scissione"]): row for row in named(seen["summary"])}
    assert cents(by_rate["22.00", None, None]["Imponibile"]) == 5000
    assert cents(by_rate["22.00", None, None]["IVA da versare"]) == 1100
    assert cents(by_rate["22.00", None, "S"]["IVA"]) == 6600
    assert cents(by_rate["22.00", None, "S"]["IVA da versare"]) == 0
    assert cents(by_rate["0.00", "N4", None]["Imponibile"]) == 7500


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


def test_every_register_is_the_same_table_as_csv_and_xlsx(office, ask, cast):
    issued(office, ask())
    issued(
        office, ask(lines=[LINE | {"rate": "0", "natura": "N4", "legal_text": "art. 10", "quantity": "4"}])
    )
    issued(office, ask(kind="receipt", lines=[LINE | {"rate": "0", "natura": "N2.2"}], stamp="none"))
    for name in ("vat", "receipts", "stamp-duty", "ageing", "payments", "fees", "journal"):
        asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-10"}
        seen = read(office, cast, name)
        told = office.get(f"/api/v1/registers/{name}", asked | {"output": "csv"})
        text = b"".join(told.streaming_content).decode().removeprefix("\ufeff")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        book_ = office.get(f"/api/v1/registers/{name}", asked | {"output": "xlsx"})
        sheet = list(load_workbook(io.BytesIO(b"".join(book_.streaming_content))).active.values)
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


def test_the_journal_balances_whatever_happened(office, ask, cast, at):
    issued(office, ask(split=True))
    whole = issued(
        office, ask(lines=[LINE, LINE | {"rate": "0", "natura": "N4", "legal_text": "x", "unit_price": "99"}])
    )
    issued(office, ask(kind="credit_note", corrects_id=whole["id"], lines=[LINE | {"quantity": "1"}]))
    held = {"kind": "RT02", "percent": "20", "reason": "A"}
    issued(office, ask(type="TD06", lines=[LINE | {"withheld": True}], withholding=held))
    at("2026-11-30 09:00")
    booked = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    payment = sell(cast.ada, booked)
    Payment.objects.filter(pk=payment.pk).update(fee=Money(52))
    give_back(booked, payment, 500)
    outbox.drain()
    postings = list(journal.postings(cast.lead.issuer, date(2026, 10, 1), date(2027, 1, 1)))
    assert {posting.what.en for posting in postings} >= {"Document", "Payment"}
    for posting in postings:
        assert total(line.amount for line in posting.lines).cents == 0, posting
    seen = read(office, cast, "journal", on_from="2026-10-01", on_to="2027-01-01")
    rows = named(seen)
    assert sum(cents(r["Dare"]) for r in rows if r["Dare"]) == sum(
        cents(r["Avere"]) for r in rows if r["Avere"]
    )
    fees = named(read(office, cast, "fees", month="2026-11"))
    assert [(row["Mese"], cents(row["Commissioni (imponibile TD17)"])) for row in fees] == [("2026-11", 52)]


def test_the_accountant_s_own_accounts_are_in_the_journal(office, ask, cast):
    issuer = encode("iss", cast.lead.issuer.pk)
    body = {"issuer_id": issuer, "account": "revenue", "code": "70.01", "name": "Ricavi sale"}
    answer = office.patch("/api/v1/accounts", body, format="json")
    assert answer.status_code == 200, answer.content
    issued(office, ask())
    assert "70.01" in {row["Conto"] for row in named(read(office, cast, "journal"))}


def test_a_register_costs_the_same_for_one_document_or_many(office, ask, cast, queries):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-10"}
    for many in (1, 4):
        for _ in range(many):
            issued(office, ask())
        for name, most in (("vat", 12), ("receipts", 8), ("stamp-duty", 7), ("ageing", 10), ("payments", 12)):
            with queries(most):
                assert office.get(f"/api/v1/registers/{name}", asked).status_code == 200


def test_pages_of_a_register_part_it(office, ask, cast):
    for _ in range(3):
        issued(office, ask())
    first = read(office, cast, "vat", month="2026-10", limit=2)
    rest = read(office, cast, "vat", month="2026-10", limit=2, offset=first["next_offset"])
    assert (len(first["rows"]), len(rest["rows"]), rest["next_offset"]) == (2, 1, None)


# -- squares ---------------------------------------------------------------------------------------------


def test_each_fault_in_a_month_is_listed_and_nothing_else(cast, at, as_owner):
    at("2026-11-30 09:00")
    api = client(cast.franco)
    for hour in (9, 11, 13):
        sell(cast.ada, book(cast.ada, cast.laser, rome(f"2026-12-03 {hour:02}:00")))
    outbox.drain()

    def wrong():
        return [
            (f["code"], f["about"])
            for f in findings(api, cast, "2026-11")["findings"]
            if f["code"] != "sdi-pending"
        ]

    assert wrong() == []
    numbers = list(Document.objects.order_by("ordinal").values_list("number", flat=True))
    as_owner(
        "UPDATE billing_entry SET gross = gross - 100 WHERE document_id = %s",
        [Document.objects.get(number=numbers[0]).pk],
    )
    as_owner("UPDATE billing_document SET ordinal = 9 WHERE number = %s", [numbers[2]])
    unpaid = Payment.objects.create(
        order=Order.objects.get(documents__number=numbers[1]), amount=Money(1830), method="card", state="captured",
        collected_by=cast.lead, captured_at=rome("2026-11-30 09:00"),
    )  # fmt: skip
    assert [code for code, _ in wrong()] == [
        "document-not-entered",
        "payment-without-document",
        *["number-missing"] * 6,
    ]
    assert unpaid.documents.count() == 0


def test_a_month_that_does_not_square_says_what_and_stays_open(cast, at, as_owner):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 12:00")))
    outbox.drain()
    first, second = Document.objects.order_by("ordinal")
    # One wrong by so much, another as wrong the other way: the sums agree, the documents do not.
    as_owner("UPDATE billing_entry SET gross = gross + 5 WHERE document_id = %s", [first.pk])
    as_owner("UPDATE billing_entry SET gross = gross - 5 WHERE document_id = %s", [second.pk])
    at("2026-12-02 09:00")
    answer = close(cast).json()
    assert (answer["code"], answer["data"]) == ("does-not-square", {"findings": 2})
    assert first.number in answer["reasons"][0]["detail"]
    assert Entry.objects.count() == 2


def test_m03_a_closed_month_has_its_archive_the_same_bytes_whenever_it_is_fetched(cast, at):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    outbox.drain()
    upload(client(cast.franco), receipt(Transmission.objects.get().file_name))
    at("2026-12-02 09:00")
    closed = close(cast).json()
    outbox.drain()
    api = client(cast.franco)
    content = b"".join(api.get(closed["archive"]).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        prints = archive.read("impronte.csv")
        index = list(csv.DictReader(io.StringIO(archive.read("indice.csv").decode()[1:]), delimiter=";"))
        for row in index:
            assert sha256(archive.read(row["File"])).hexdigest() == row["SHA-256"]
    assert (
        sha256(prints).hexdigest()
        == closed["sha256"]
        == AccountingMonth.objects.get(closed_at__isnull=False).sha256
    )
    assert {name.rpartition(".")[2] for name in (row["File"] for row in index)} == {"pdf", "xml"}
    assert any("_RC_001" in name for name in names)
    assert {"registro-iva-vendite.csv", "prima-nota.csv", "giornale.csv", "bollo.csv"} <= set(names)
    at("2027-12-02 09:00")
    assert b"".join(client(cast.franco).get(closed["archive"]).streaming_content) == content
    assert client(cast.elena).get(closed["archive"]).status_code == 404
