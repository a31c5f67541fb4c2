"""Each partner its own numbers, regime, logo, account and channel: set by its office, shown on what is issued next."""

from __future__ import annotations

import itertools
import json

import pytest
from django.test import Client

from billing.models import Document, Issuer, Transmission
from billing.papers.issuers import is_logo
from billing.papers.pdf import page_of
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
        ("intermediary", False),
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


def test_file_names_go_on_where_another_system_left_off_until_the_first_is_written(office, address, issue):
    """The SdI knows the names that the issuer's files had before, whoever wrote them (control 00002)."""
    assert office.get(address).json()["last_file"] == ""
    answer = office.patch(address, {"last_file": "0001z"}, format="json")
    assert (answer.status_code, answer.json()["last_file"]) == (200, "0001Z")
    made = issue()
    outbox.drain()
    assert Transmission.objects.get(revision__document=made).file_name.endswith("_00020.xml")
    assert office.get(address).json()["has_sent"]
    assert office.patch(address, {"last_file": "00001"}, format="json").status_code == 409
    assert office.patch(address, {"last_file": "00-01"}, format="json").status_code == 422


def test_another_iban_takes_the_place_of_one_only_once_it_was_looked_at(office, address):
    assert office.patch(address, {"iban": IBAN}).status_code == 200  # there was none
    other = "IT42L1234512345123456789012"
    for unseen in ({}, {"iban_seen": ""}, {"iban_seen": other}):
        for wanted in (other, ""):
            answer = office.patch(address, {"iban": wanted} | unseen)
            assert [(p["pointer"], p["code"]) for p in answer.json()["pointers"]] == [("/iban", "confirm")]
    assert office.patch(address, {"iban": IBAN, "rea": "TO-1"}).status_code == 200  # the same is no change
    assert not LogEntry.objects.filter(act="change-iban").exists()
    answer = office.patch(address, {"iban": other, "iban_seen": IBAN})
    assert (answer.status_code, answer.json()["iban"]) == (200, other)
    assert LogEntry.objects.get(act="change-iban").data == {"old": IBAN, "new": other}


def series(issuer=None):
    rows = list(issuer.number_series.order_by("code")) if issuer else []
    told: dict[str, object] = {
        "number_series-TOTAL_FORMS": len(rows),
        "number_series-INITIAL_FORMS": len(rows),
    }
    for n, row in enumerate(rows):
        told |= {
            f"number_series-{n}-id": row.pk,
            f"number_series-{n}-issuer": issuer.pk,
            f"number_series-{n}-code": row.code,
            f"number_series-{n}-kinds": json.dumps(row.kinds),
        }
    return told


def test_the_configuration_pages_set_no_other_iban_and_a_first_one_without_blanks(cast):
    pages = Client()
    pages.force_login(cast.ivo, backend="django.contrib.auth.backends.ModelBackend")
    Issuer.objects.filter(pk=cast.lead.issuer.pk).update(iban=IBAN)
    issuer = Issuer.objects.get(pk=cast.lead.issuer.pk)
    told = {
        f.name: f.value_from_object(issuer) or ""
        for f in Issuer._meta.fields
        if f.name
        not in ("id", "holds_gateway", "third_sector", "in_liquidation", "bills_by_itself", "capital")
    } | {"capital": "0", "rea": "TO-1"}
    other = told | {"iban": "IT42L1234512345123456789012"} | series(issuer)
    answer = pages.post(f"/admin/billing/issuer/{issuer.pk}/change/", other)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    issuer.refresh_from_db()
    assert (issuer.rea, issuer.iban) == ("TO-1", IBAN)
    member = cast.member.issuer
    member.number_series.all().delete()
    member.delete()
    fresh = told | series() | {"partner": cast.member.pk}
    wrong = pages.post("/admin/billing/issuer/add/", fresh | {"iban": "IT00 1"})
    assert "iban" in wrong.context["adminform"].form.errors
    answer = pages.post("/admin/billing/issuer/add/", fresh | {"iban": "it42 L123 4512 3451 2345 6789 012"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Issuer.objects.get(partner=cast.member).iban == "IT42L1234512345123456789012"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"code": "NÒ"}, "code"),
        ({"code": "N 1"}, "code"),
        ({"code": "NC"}, "code"),  # it has a document by now
        ({"kinds": '["fattura"]'}, "kinds"),
        ({"kinds": "{}"}, "kinds"),
        ({"code": "FE"}, None),
    ],
)
def test_k06_a_series_whose_numbers_could_be_on_no_invoice_is_refused_when_it_is_made(
    cast, issue, told, field
):
    issue()
    pages = Client()
    pages.force_login(cast.ivo, backend="django.contrib.auth.backends.ModelBackend")
    issuer = Issuer.objects.get(pk=cast.lead.issuer.pk)
    numbered = Document.objects.get().series
    row = [s.pk for s in issuer.number_series.order_by("code")].index(numbered.pk)
    body = {
        "partner": issuer.partner_id, "regime": issuer.regime, "rea": "", "capital": "0", "colour": issuer.colour,
        "channel": "download", "bill_type": "TD01", "pec_to": issuer.pec_to, "footer_it": "", "footer_en": "", "logo": "",
    } | series(issuer) | {f"number_series-{row}-{name}": value for name, value in told.items()}  # fmt: skip
    answer = pages.post(f"/admin/billing/issuer/{issuer.pk}/change/", body)
    if field is None:
        assert answer.status_code == 302, answer.context["adminform"].form.errors
    else:
        (formset,) = answer.context["inline_admin_formsets"]
        assert list(formset.formset.forms[row].errors) == [field]
        assert answer.context["adminform"].form.errors == {}


def test_a_company_s_capital_and_liquidation_are_on_its_next_document(office, address, issue):
    told = {"rea": "TO-1234567", "capital_cents": 1_000_000, "in_liquidation": True}
    assert office.patch(address, told).json()["capital"]["cents"] == 1_000_000
    page = page_of(issue().revisions.get().snapshot)
    assert "REA TO-1234567 · Capitale sociale 10.000,00 € · in liquidazione" in page


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
