"""The page: the same bytes each time, nothing fetched, and what a customer wrote stays text."""

import re
import subprocess
import sys
from hashlib import sha256

import orjson
import pytest

from billing.models import Document, File, Revision
from billing.papers import sdi
from billing.papers.pdf import FONTS, draw, file_of, page_of
from core import outbox
from tests.billing.pdf_text import streams_of
from tests.billing.sales import book, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
AGAIN = """
import sys, django, orjson
from hashlib import sha256
django.setup()
from billing.papers.pdf import draw
snapshot, digest = orjson.loads(sys.stdin.buffer.read())
print(sha256(draw(snapshot, digest)).hexdigest())
"""


@pytest.fixture
def revision(cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    return Revision.objects.get()


def test_another_process_on_another_day_draws_the_same_bytes(revision):
    here = sha256(draw(revision.snapshot, revision.sha256)).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", AGAIN],
        input=orjson.dumps([revision.snapshot, revision.sha256]),
        capture_output=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONHASHSEED": "7", "PATH": ""},
    )
    assert there.stdout.decode().strip() == here


def test_the_page_is_a_tagged_archive_file(revision):
    content = draw(revision.snapshot, revision.sha256)
    metadata = b"".join(streams_of(content)) + content
    assert re.search(rb"pdfaid:part(>|=.)3", metadata)
    assert re.search(rb"pdfaid:conformance(>|=.)A", metadata)
    assert b"/MarkInfo" in metadata


def test_the_page_is_drawn_after_commit_and_stored_once(revision):
    assert not File.objects.exists()
    outbox.drain()
    kept = File.objects.get(kind="pdf")
    assert file_of(revision).pk == kept.pk
    assert sha256(bytes(kept.content)).hexdigest() == kept.sha256
    assert File.objects.filter(kind="xml").count() == 1


def test_the_xml_as_it_is_sent_is_inside_the_page(revision):
    attached = sdi.attached(revision)
    assert attached is not None
    name, content = attached
    page = bytes(file_of(revision).content)
    assert content in b"".join(streams_of(page)) + page
    assert name.endswith("_00001.xml")
    assert draw(revision.snapshot, revision.sha256, attached) == page


def test_what_a_customer_writes_stays_text(revision):
    revision.snapshot["buyer"]["name"] = '<img src="file:///etc/passwd"> {{ d }}'
    page = page_of(revision.snapshot)
    assert "&lt;img src=&quot;file:///etc/passwd&quot;&gt; {{ d }}" in page


@pytest.mark.parametrize(
    "address", ["%2e%2e/models/issuer.py", "../models/issuer.py", "file:///etc/hostname"]
)
def test_a_logo_fetches_nothing(revision, address, monkeypatch):
    from weasyprint.urls import URLFetcher

    opened = []
    fetch = URLFetcher.fetch

    def watched(self, url, headers=None):
        opened.append(url)
        return fetch(self, url, headers)

    monkeypatch.setattr(URLFetcher, "fetch", watched)
    revision.snapshot["seller"]["logo"] = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{address}" width="9" height="9"/></svg>'
    )
    assert draw(revision.snapshot, revision.sha256).startswith(b"%PDF-")
    assert set(opened) == {f"{FONTS.as_uri()}/{name}" for name in ("document.ttf", "document-bold.ttf")}


def test_the_issuer_s_logo_is_on_the_page(revision):
    without = draw(revision.snapshot, revision.sha256)
    revision.snapshot["seller"]["logo"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#123456"/></svg>'
    )
    assert draw(revision.snapshot, revision.sha256) != without


def test_dates_and_rates_are_written_as_people_write_them(revision):
    italian = page_of(revision.snapshot)
    assert "30/11/2026" in italian
    assert "22%" in italian
    assert "18,30 €" in italian
    revision.snapshot["language"] = "en"
    english = page_of(revision.snapshot)
    assert "30 November 2026" in english
    assert "€18.30" in english


def test_the_chain_can_be_verified_from_what_is_stored(cast, revision):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-02 10:00")))
    before = ""
    for document in Document.objects.order_by("ordinal"):
        kept = document.revisions.get()
        text = orjson.dumps(kept.snapshot, option=orjson.OPT_SORT_KEYS)
        assert kept.previous_sha256 == before
        assert kept.sha256 == sha256(before.encode() + text).hexdigest()
        before = kept.sha256


@pytest.mark.parametrize(
    ("kind", "italian", "english"),
    [
        ("RT01", "Ritenuta d&#x27;acconto", "Withholding tax"),
        ("RT02", "Ritenuta d&#x27;acconto", "Withholding tax"),
        ("RT03", "Contributo INPS", "INPS contribution"),
        ("RT04", "Contributo ENASARCO", "ENASARCO contribution"),
        ("RT05", "Contributo ENPAM", "ENPAM contribution"),
        ("RT06", "Contributo previdenziale", "Social-security contribution"),
    ],
)
def test_what_the_customer_keeps_is_called_a_tax_only_where_it_is_one(revision, kind, italian, english):
    kept = {"kind": kind, "percent": "20.00", "reason": "A", "amount": 100}
    told = revision.snapshot | {"electronic": revision.snapshot["electronic"] | {"withholding": kept}}
    for language, words in (("it", italian), ("en", english)):
        page = page_of(told | {"language": language})
        assert words in page
        assert ("acconto" in page or "Withholding tax" in page) == (kind in ("RT01", "RT02"))
