"""What does not square is told a page at a time, what stops the month first, and of one kind if one asks so."""

from __future__ import annotations

import pytest

from billing.models import Document, Transmission
from core.ids import encode
from tests.billing.office import REFUSED, issued, receipt, upload

pytestmark = pytest.mark.django_db
PATH = "/api/v1/reconciliation"


@pytest.fixture
def asked(cast):
    return {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-10"}


@pytest.fixture
def many(office, ask):
    """Twelve invoices that were not sent yet; the eleventh was refused."""
    numbers = [issued(office, ask())["number"] for _ in range(12)]
    eleventh = Transmission.objects.get(revision__document__number=numbers[10])
    upload(office, receipt(eleventh.file_name, "NotificaScarto", REFUSED))
    return numbers


def pages(office, asked, **more):
    found, cursor = [], None
    while True:
        told = office.get(PATH, asked | more | ({"cursor": cursor} if cursor else {})).json()
        found.append(told)
        if (cursor := told["next_cursor"]) is None:
            return found


def said(told):
    return [finding["about"] for page in told for finding in page["findings"]]


def test_pages_part_what_does_not_square_and_what_stops_the_month_comes_first(office, asked, many):
    told = pages(office, asked, limit=5)
    assert [len(page["findings"]) for page in told] == [5, 5, 2]
    assert said(told) == [many[10], *many[:10], many[11]]
    for page in told:
        assert (page["squares"], page["stopping"]) == (False, 1)
        assert [(a["code"], a["stops"], a["count"]) for a in page["alike"]] == [
            ("sdi-rejected", True, 1),
            ("sdi-pending", False, 11),
        ]
    assert said(pages(office, asked)) == said(told)


def test_of_one_kind_alone_the_others_are_still_counted(office, asked, many):
    told = pages(office, asked, code="sdi-pending", limit=10)
    assert said(told) == [*many[:10], many[11]]
    assert (told[0]["stopping"], len(told[0]["alike"])) == (1, 2)
    assert office.get(PATH, asked | {"code": "nothing"}).status_code == 422


def test_what_is_mended_meanwhile_moves_nothing_on_the_next_page(office, asked, many):
    first = office.get(PATH, asked | {"limit": 3}).json()
    assert said([first]) == [many[10], *many[:2]]
    sent = Transmission.objects.get(revision__document__number=many[0])
    upload(office, receipt(sent.file_name), "mended.xml")
    second = office.get(PATH, asked | {"limit": 3, "cursor": first["next_cursor"]}).json()
    assert said([second]) == many[2:5]


def test_a_page_begins_only_where_one_ended(office, asked, many):
    assert office.get(PATH, asked | {"cursor": "nowhere"}).status_code == 422
    documents = office.get("/api/v1/documents", {"limit": 2}).json()
    assert office.get(PATH, asked | {"cursor": documents["next_cursor"]}).status_code == 422


def test_it_costs_the_same_for_few_documents_or_many(office, ask, asked, queries):
    for some in (1, 9):
        for _ in range(some):
            issued(office, ask())
        with queries(31):
            assert len(office.get(PATH, asked | {"limit": 2}).json()["findings"]) <= 2
    assert Document.objects.count() == 10
