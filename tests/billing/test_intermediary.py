"""An invoice leaves by an intermediary: posted once, under its name, signed there for public bodies."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from billing.models import Issuer, Transmission
from config import environment
from core import outbox
from tests.billing.post_office import HANGS_UP, post_office
from tests.billing.test_channels import later, post, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency(settings, cast):
    with post_office() as found:
        issuer = cast.lead.issuer
        body = issuer.partner.organisation
        code = body.tax_code or body.vat_number
        settings.INTERMEDIARIES = environment.intermediaries(
            [f"http://{code}:s3gr%40to@127.0.0.1:{found.server_port}/in/invoices?env=prod&via=xml"]
        )
        Issuer.objects.filter(pk=issuer.pk).update(channel="intermediary")
        yield found


@pytest.fixture
def issue(office, ask):
    def made(**more):
        answer = post(office, "/documents", ask(**more))
        assert answer.status_code == 201, answer.json()
        outbox.drain()
        return answer.json()["id"]

    return made


def test_a_file_is_posted_once_under_its_name_with_the_issuer_s_token(agency, office, issue):
    pk = issue()
    later()
    (posted,) = agency.kept
    name = Transmission.objects.get().file_name
    assert posted.path == "/in/invoices?env=prod&via=xml"
    assert posted.headers["Authorization"] == "Bearer s3gr@to"
    assert posted.headers["Content-Type"] == "application/xml"
    assert posted.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert posted.headers["Idempotency-Key"] == name
    assert posted.content == office.get(f"/api/v1/documents/{pk}/files/xml").content
    state, how, way = shown(office, pk)
    assert (state, how, way["to"]) == ("sent", "sent", "127.0.0.1")


def test_what_a_public_body_has_to_have_signed_leaves_by_who_signs(agency, office, issue, alfa):
    alfa.kind, alfa.recipient_code = "public", "ABC123"
    alfa.save()
    pk = issue()
    assert b"FPA12" in agency.kept[0].content
    assert shown(office, pk)[:2] == ("sent", "sent")


def test_a_refusal_left_nothing_and_is_told_and_tried_again(agency, office, issue):
    agency.answers = 422
    pk = issue()
    assert shown(office, pk)[:2] == ("to_send", "waiting")
    assert shown(office, pk)[2]["fault"] == "422 as it is said"
    agency.answers = 202
    later()
    assert (len(agency.kept), shown(office, pk)[1]) == (1, "sent")


@pytest.mark.parametrize("answers", [HANGS_UP, 502, 409])
def test_whether_it_left_is_asked_where_nobody_can_know(agency, office, issue, answers):
    agency.answers = answers
    pk = issue()
    agency.answers = 202
    had = len(agency.kept)
    later()
    assert (shown(office, pk)[1], len(agency.kept)) == ("doubtful", had)
    assert shown(office, pk)[2]["actions"]["send"]["allowed"]


def test_an_intermediary_that_is_not_there_costs_no_invoice(agency, settings, office, issue):
    there = settings.INTERMEDIARIES
    settings.INTERMEDIARIES = {code: told | {"url": "http://127.0.0.1:1/"} for code, told in there.items()}
    pk = issue()
    assert shown(office, pk)[1] == "waiting"
    settings.INTERMEDIARIES = there
    later()
    assert (len(agency.kept), shown(office, pk)[1]) == (1, "sent")


def test_an_issuer_chooses_it_once_it_is_configured(agency, settings, office, cast):
    pk = office.get("/api/v1/issuers").json()["data"][0]["id"]

    def way():
        ways = {one["name"]: one["choose"] for one in office.get(f"/api/v1/issuers/{pk}").json()["channels"]}
        return ways["intermediary"]

    def chosen(channel):
        return office.patch(f"/api/v1/issuers/{pk}", {"channel": channel}, format="json").status_code

    assert way()["allowed"]
    assert chosen("intermediary") == 200
    settings.INTERMEDIARIES = {}
    assert not way()["allowed"]
    assert "INTERMEDIARIES" in way()["reasons"][0]["detail"]
    assert (chosen("download"), chosen("intermediary")) == (200, 422)


@pytest.mark.parametrize(
    "url",
    [
        "http://03123450375:token@sdi.example/in",
        "https://sdi.example/in",
        "https://03123450375@sdi.example/in",
    ],
)
def test_a_token_is_sent_nowhere_unsecured_and_for_somebody(url):
    with pytest.raises(ImproperlyConfigured):
        environment.intermediaries([url])
