"""A month closes once it is over and squares, and takes nothing more."""

import csv
import io
import zipfile
from hashlib import sha256

import pytest

from billing.models import AccountingMonth, Document, Entry, Order, Payment, Transmission
from core import outbox
from core.ids import encode
from core.models import LogEntry
from core.money import Money
from tests.api import client, post
from tests.billing.office import close, findings, receipt, upload
from tests.billing.sales import book, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def listed(cast):
    issuer = encode("iss", cast.lead.issuer.pk)
    return client(cast.franco).get(f"/api/v1/accounting-months?issuer_id={issuer}").json()["data"]


def test_a_month_that_is_over_and_squares_closes(cast, at):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    (row,) = listed(cast)
    assert (row["month"], row["documents"], row["squares"]) == ("2026-11", 1, True)
    assert row["documented"] == row["entered"]
    at("2026-12-02 09:00")
    closed = close(cast)
    assert (closed.status_code, closed.json()["closed_at"]) == (200, "2026-12-02T08:00:00Z")
    assert LogEntry.objects.get(act="close-month").data["documents"] == 1


def test_what_is_sold_afterwards_is_of_the_next_month(cast, at):
    held = book(cast.ada, cast.laser, rome("2026-12-05 10:00"))
    sell(cast.ada, held)
    at("2026-12-02 09:00")
    close(cast)
    at("2026-12-02 09:01")
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-06 10:00")))
    assert [str(d.issued_on)[:7] for d in Document.objects.order_by("ordinal")] == ["2026-11", "2026-12"]


def test_a_month_that_is_not_over_does_not_close(cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    answer = close(cast)
    assert (answer.status_code, answer.json()["code"]) == (409, "does-not-square")
    assert answer.json()["reasons"][0]["holds_from"] == "2026-11-30T23:00:00Z"


def test_a_month_with_a_sale_without_document_does_not_close(cast, sale, at):
    at("2026-12-02 09:00")
    assert close(cast).json()["code"] == "does-not-square"
    assert listed(cast)[0]["waiting"] == 1


def test_a_closed_month_does_not_close_again(cast, at):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    at("2026-12-02 09:00")
    close(cast)
    assert close(cast, key="k2").json()["code"] == "illegal-move"


def test_another_partner_s_month_is_not_there(cast, at):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11"}
    assert post(client(cast.elena), "/accounting-months/close", body).status_code == 404


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
