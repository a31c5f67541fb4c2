"""A sale's document as an electronic invoice: valid, accepted by the controls, the same bytes every time."""

from __future__ import annotations

import pytest
from lxml import etree

from billing.controls import faults
from billing.fatturapa import xml
from billing.models import Document, Revision
from core.clock import now
from core.periods import local_date
from tests.billing.sales import book, sell
from tests.cast import ROME, rome

pytestmark = pytest.mark.django_db


def drawn(document: Document) -> bytes:
    return xml(Revision.objects.get(document=document).snapshot, "00001")


def test_a_sale_becomes_an_invoice_that_the_sdi_would_take(cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    document = Document.objects.get()
    content = drawn(document)
    assert faults(content, local_date(now(), ROME)) == []
    root = etree.fromstring(content)
    assert root.findtext(".//TipoDocumento") == "TD01"
    assert root.findtext(".//ImportoTotaleDocumento") == f"{document.gross.cents / 100:.2f}"
    assert root.findtext(".//CessionarioCommittente//Cognome")
    assert drawn(document) == content
