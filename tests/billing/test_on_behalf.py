"""What is sold by share is issued in each partner's name, by the lead partner on its behalf, and says so."""

import pytest
from lxml import etree

from billing.models import Document
from billing.papers import pdf, sdi
from tests.billing.sales import book, sell
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome

pytestmark = pytest.mark.django_db


@pytest.fixture
def documents(cast):
    """A booking sold by share, and given back: the member's and the lead's documents."""
    cast.room.issuing = "share"
    cast.room.save()
    payment = sell(cast.ada, book(cast.ada, cast.room, rome("2026-12-20T10:00")))
    cancel_for_good(cast.ada, payment.order.lines.values_list("booking_id", flat=True).first())
    return {(d.issuer.partner.short_name, d.kind): d for d in Document.objects.all()}


def snapshot(document):
    return document.revisions.get().snapshot


def test_a_member_s_document_names_the_lead_that_issues_it(documents):
    assert set(documents) == {
        (n, k) for n in ("Fondazione", "Cooperativa") for k in ("invoice", "credit_note")
    }
    for (partner, _), document in documents.items():
        told = snapshot(document)["electronic"]["on_behalf"]
        assert (told and told["name"]) == ("Fondazione" if partner == "Cooperativa" else None)


def test_the_page_and_the_file_say_in_the_name_and_on_behalf(documents):
    document = documents["Cooperativa", "invoice"]
    assert "Emesso in nome e per conto da Fondazione" in pdf.page_of(snapshot(document))
    root = etree.fromstring(bytes(sdi.file_of(document.revisions.get()).content))
    assert root.findtext(".//SoggettoEmittente") == "TZ"
    assert root.findtext(".//TerzoIntermediarioOSoggettoEmittente//Denominazione") == "Fondazione"


def test_a_single_issuer_issues_for_itself(cast):
    sell(cast.ada, book(cast.ada, cast.room, rome("2026-12-20T10:00")))
    assert snapshot(Document.objects.get())["electronic"]["on_behalf"] is None
