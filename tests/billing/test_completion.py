"""A sale that could not have its document: on the accountant's list until its data are mended."""

import pytest

from billing.models import Document
from billing.papers import completion
from core.ids import encode
from core.models import LogEntry, OutboxRow
from tests.api import client, post
from tests.booking.confirmed import cancel_for_good

pytestmark = pytest.mark.django_db(transaction=True)


def path(sale):
    return f"/incomplete-sales/{encode('inc', sale.pk)}/complete"


def test_the_accountant_sees_what_is_missing_and_until_when(cast, sale):
    row = client(cast.franco).get("/api/v1/incomplete-sales").json()["data"][0]
    assert (row["customer"], row["faults"]) == (cast.ada.name, ["payer-tax-code"])
    assert (row["since"][:10], row["due_at"][:10]) == ("2026-11-30", "2026-12-12")
    assert row["actions"]["complete"]["reasons"][0]["code"] == "fiscal-data-missing"


def test_whose_sale_waits_was_seen_by_whoever_reads_the_list(cast, sale):
    client(cast.franco).get("/api/v1/incomplete-sales")
    seen = LogEntry.objects.get(act="see-customers")
    assert (seen.by_id, seen.thing_id, seen.data["whose"]) == (
        cast.franco.pk,
        cast.lead.pk,
        [str(cast.ada.pk)],
    )


def test_it_cannot_be_completed_while_data_are_missing(cast, sale):
    answer = post(client(cast.franco), path(sale))
    assert (answer.status_code, answer.json()["code"]) == (422, "fiscal-data-missing")
    assert not Document.objects.exists()


def test_once_mended_it_has_its_document_and_leaves_the_list(cast, sale):
    cast.ada.save()
    api = client(cast.franco)
    assert post(api, path(sale)).json()["done_at"] is not None
    assert Document.objects.get().gross == sale.order.total
    assert api.get("/api/v1/incomplete-sales").json()["data"] == []
    again = post(api, path(sale), key="k2")
    assert (again.status_code, again.json()["code"]) == (409, "already-issued")


def test_what_was_given_back_wholly_needs_no_document(cast, sale, at):
    cancel_for_good(cast.ada, sale.order.lines.get().booking_id)
    cast.ada.save()
    post(client(cast.franco), path(sale))
    assert not Document.objects.exists()
    assert client(cast.franco).get("/api/v1/incomplete-sales").json()["data"] == []


def test_what_was_given_back_in_part_has_its_invoice_and_its_credit_note(cast, sale, at):
    at("2026-12-04 14:00")  # 20 hours before: half of it
    cancel_for_good(cast.ada, sale.order.lines.get().booking_id)
    cast.ada.save()
    post(client(cast.franco), path(sale))
    for _ in range(2):  # a task may run twice
        completion.credit_late(**outbox_row().payload)
    invoice, credit = Document.objects.order_by("kind")[1], Document.objects.order_by("kind")[0]
    assert (invoice.kind, credit.kind, credit.corrects) == ("invoice", "credit_note", invoice)
    assert 0 < credit.gross.cents < invoice.gross.cents


def outbox_row():
    return OutboxRow.objects.get(kind="billing.credit_late")


def test_a_stranger_sees_none(cast, sale):
    assert client(cast.ada).get("/api/v1/incomplete-sales").status_code == 403
    assert client(cast.elena).get("/api/v1/incomplete-sales").json()["data"] == []
