"""Versions of the agreement, and who sees what of a partner."""

from datetime import date

import pytest

from core.ids import encode
from core.models import LogEntry
from people.consortium import shares_on
from people.models import Agreement
from tests.api import client, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_monday(at):
    at("2026-11-30 09:00")


def wanted(cast, *percents, **more):
    partners = (cast.lead, cast.member)
    shares = [
        {"partner_id": encode("prt", p.pk), "percent": share}
        for p, share in zip(partners, percents, strict=False)
    ]
    return {"from_on": "2026-12-16", "shares": shares, **more}


def path(cast, rest=""):
    return f"/consortia/{encode('con', cast.consortium.pk)}{rest}"


def test_the_lead_agrees_on_new_shares_and_the_history_shows_both(cast):
    body = wanted(
        cast, "55.5", "44.5", mandate_on="2026-11-02", mandate_ref="Notaio Bo, rep. 12", mandate_fee="3"
    )
    answer = post(client(cast.dario), path(cast, "/agreements"), body)
    assert answer.status_code == 201, answer.content
    newest, oldest = answer.json()["agreements"]
    assert (newest["version"], newest["until_on"], newest["in_force"]) == (2, None, False)
    assert (oldest["version"], oldest["until_on"], oldest["in_force"]) == (1, "2026-12-16", True)
    assert (newest["mandate_ref"], newest["mandate_fee"]) == ("Notaio Bo, rep. 12", "3.00")
    assert shares_on(cast.consortium.pk, date(2026, 12, 15))[cast.lead.pk] == 60
    assert str(shares_on(cast.consortium.pk, date(2026, 12, 16))[cast.lead.pk]) == "55.5000"
    assert LogEntry.objects.get(act="agree").by_id == cast.dario.pk


def test_the_same_key_agrees_once(cast):
    api, body = client(cast.dario), wanted(cast, "55", "45")
    first, again = (post(api, path(cast, "/agreements"), body) for _ in range(2))
    assert first.json() == again.json()
    assert Agreement.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"from_on": "2026-11-29"},
        {"from_on": "2025-01-01"},
        {"from_on": "2029-12-31"},
        {"mandate_fee": "101"},
        {"between_natura": "N9"},
        {"shares": []},
    ],
)
def test_what_cannot_be_agreed_is_refused_where_it_is_wrong(cast, change):
    answer = post(client(cast.dario), path(cast, "/agreements"), wanted(cast, "55", "45") | change)
    assert answer.status_code == 422
    assert answer.json()["pointers"][0]["pointer"].startswith(f"/{next(iter(change))}")


def test_shares_must_make_the_whole(cast):
    answer = post(client(cast.dario), path(cast, "/agreements"), wanted(cast, "55", "44.9999"))
    assert (answer.status_code, answer.json()["code"]) == (422, "shares-not-whole")
    assert Agreement.objects.count() == 1


def test_a_stranger_has_no_share(cast):
    body = wanted(cast, "55", "45")
    body["shares"][1]["partner_id"] = encode("prt", cast.consortium.pk)
    assert (
        post(client(cast.dario), path(cast, "/agreements"), body).json()["pointers"][0]["pointer"]
        == "/shares/1"
    )


def test_a_member_sees_the_history_and_may_not_agree(cast):
    _ = cast.lead
    shown = client(cast.elena).get(f"/api/v1{path(cast)}").json()
    assert shown["actions"]["agree"]["allowed"] is False
    assert shown["agreements"][0]["shares"][1]["percent"] == "40.0000"
    assert post(client(cast.elena), path(cast, "/agreements"), wanted(cast, "1", "99")).status_code == 403


def test_a_member_sees_its_own_detail_and_of_others_the_name(cast):
    _ = cast.dario, cast.venue
    found = {p["name"]: p for p in client(cast.elena).get("/api/v1/partners").json()["data"]}
    assert found["Fondazione"]["detail"] is None
    assert found["Cooperativa"]["detail"]["staff"][0]["name"] == cast.elena.name
    assert client(cast.elena).get(f"/api/v1/partners/{encode('prt', cast.lead.pk)}").status_code == 404


def test_the_lead_sees_all_with_what_each_brings(cast):
    _ = cast.elena, cast.venue
    cast.resource("forno", "kitchen", "Forno", owner=cast.member)
    found = {p["name"]: p["detail"] for p in client(cast.dario).get("/api/v1/partners").json()["data"]}
    assert [(place["name"], place["how"]) for place in found["Fondazione"]["places"]] == [
        ("Officina", "runs")
    ]
    assert [(place["name"], place["how"]) for place in found["Cooperativa"]["places"]] == [
        ("Forno", "contributes")
    ]
    assert found["Cooperativa"]["identity"]["vat_number"] == "12345670017"


def test_whose_data_somebody_looked_at_is_written_down(cast):
    client(cast.elena).get("/api/v1/partners")
    seen = LogEntry.objects.get(act="see-staff")
    assert (seen.by_id, seen.data["ids"]) == (cast.elena.pk, [encode("per", cast.elena.pk)])
    client(cast.gina).get("/api/v1/people?q=elena@example.org")
    assert LogEntry.objects.get(act="see-people").data["ids"] == [encode("per", cast.elena.pk)]


def test_a_manager_edits_its_own_partner_and_no_other(cast):
    _ = cast.lead
    own, other = (f"/api/v1/partners/{encode('prt', p.pk)}" for p in (cast.member, cast.lead))
    api = client(cast.elena)
    assert (
        api.patch(own, {"short_name": "Coop", "vat_number": "it 12345670017"[3:]}, "json").json()["name"]
        == "Coop"
    )
    assert (
        api.patch(own, {"vat_number": "12345670018"}, "json").json()["pointers"][0]["pointer"]
        == "/vat_number"
    )
    assert api.patch(other, {"short_name": "Mia"}, "json").status_code == 404
    assert client(cast.dario).patch(own, {"short_name": "Mia"}, "json").status_code == 403
