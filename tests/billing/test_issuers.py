"""Each partner its own numbers, regime, logo, account and channel: set by its office, shown on what is issued next."""

from __future__ import annotations

import itertools

import pytest

from billing.issuers import is_logo
from billing.models import Document, Issuer
from billing.pdf import page_of
from core import outbox
from core.ids import encode
from core.models import LogEntry
from tests.api import client
from tests.api import post as post_once

pytestmark = pytest.mark.django_db

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2v1H0z" fill="#004488"/></svg>'
)
IBAN = "IT60X0542811101000000123456"
KEYS = itertools.count()


@pytest.fixture
def address(cast):
    return f"/api/v1/issuers/{encode('iss', cast.lead.issuer.pk)}"


@pytest.fixture
def issue(office, ask):
    def made():
        answer = post_once(office, "/documents", ask(), f"k{next(KEYS)}")
        assert answer.status_code == 201, answer.json()
        return Document.objects.get(number=answer.json()["number"])

    return made


def test_its_dress_is_on_the_next_document_and_not_on_the_one_before(office, address, issue):
    before = issue()
    told = {
        "logo": LOGO,
        "colour": "#004488",
        "iban": "it60 x054 2811 1010 0000 0123 456",
        "footer_it": "Grazie.",
    }
    answer = office.patch(address, told)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["iban"] == IBAN
    after = issue()
    page = page_of(after.revisions.get().snapshot)
    assert all(word in page for word in (IBAN, "#004488", "Grazie.", "logo.svg"))
    assert IBAN not in page_of(before.revisions.get().snapshot)
    outbox.drain()
    assert after.revisions.get().files.filter(kind="pdf").exists()
    (row,) = LogEntry.objects.filter(act="edit", thing_kind="iss")
    assert row.data["fields"] == ["colour", "footer_it", "iban", "logo"]


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"iban": "IT00X0542811101000000123456"}, "/iban"),
        ({"colour": "red"}, "/colour"),
        ({"regime": "RF99"}, "/regime"),
        ({"logo": "<html/>"}, "/logo"),
        ({"channel": "pec"}, "/channel"),
    ],
)
def test_what_could_not_be_is_refused_where_it_stands(office, address, told, pointer):
    answer = office.patch(address, told)
    assert answer.status_code == 422, answer.json()
    assert [p["pointer"] for p in answer.json()["pointers"]] == [pointer]


def test_a_channel_can_be_chosen_once_its_mailbox_has_a_server(office, address, settings):
    shown = office.get(address).json()
    assert [(c["name"], c["choose"]["allowed"]) for c in shown["channels"]] == [
        ("download", True),
        ("pec", False),
    ]
    settings.PEC_SERVERS = {"fatture@pec.example": {}}
    assert office.get(address).json()["mailboxes"] == ["fatture@pec.example"]
    answer = office.patch(
        address, {"channel": "pec", "pec_mailbox": "fatture@pec.example", "pec_to": "sdi07@pec.fatturapa.it"}
    )
    assert answer.status_code == 200, answer.json()
    assert Issuer.objects.get(pec_to="sdi07@pec.fatturapa.it").channel == "pec"


def test_numbers_go_on_where_another_system_left_off_until_the_first_is_drawn(office, address, issue):
    series = next(s for s in office.get(address).json()["series"] if "invoice" in s["kinds"])
    told = {"series": [{"id": series["id"], "code": "A", "last": 41}]}
    assert office.patch(address, told).status_code == 200
    assert issue().number == "A-2026/42"
    assert office.patch(address, told).status_code == 409
    assert next(s for s in office.get(address).json()["series"] if s["code"] == "A")["numbered"]
    assert issue().number == "A-2026/43"


def test_another_partner_s_office_finds_nothing(address, cast):
    elena = client(cast.elena)
    assert elena.get(address).status_code == 404
    assert elena.patch(address, {"iban": IBAN}).status_code == 404
    assert not Issuer.objects.filter(iban=IBAN).exists()


@pytest.mark.parametrize(
    "drawing",
    [
        LOGO.replace("<path", "<script>1</script><path"),
        LOGO.replace("<path", '<path onclick="1"'),
        LOGO.replace("<path", '<image href="http://elsewhere.example/a.png"/><path'),
        '<!DOCTYPE svg [<!ENTITY a "b">]>' + LOGO,
        LOGO.replace("fill", f'class="{"x" * 210_000}" fill'),
        "no drawing",
    ],
)
def test_a_logo_neither_runs_nor_calls_nor_swells(drawing):
    assert is_logo(LOGO)
    assert not is_logo(drawing)
