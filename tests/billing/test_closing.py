"""A month closes once it is over and squares, and takes nothing more."""

import pytest

from billing.models import Document
from core.ids import encode
from core.models import LogEntry
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.billing.test_completion import sale  # noqa: F401
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


def close(cast, month="2026-11", key="k1"):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    return post(client(cast.franco), "/accounting-months/close", body, key)


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


def test_a_month_with_a_sale_without_document_does_not_close(cast, sale, at):  # noqa: F811
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
