"""A customer's VAT number is looked up in VIES by itself, beside everything else: what it says is shown, and stops nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from billing.models import Document, Issuer, VatCheck
from billing.papers import vat_checks, vies
from billing.papers.vies import NoAnswer, Number
from config import environment
from core import clock, outbox
from core.ids import encode
from core.models import LogEntry, OutboxRow
from people.fiscal import union_number
from people.models import Organisation, Person
from tests.api import client, codes, post
from tests.billing.union_register import DE, DRIPS, ENDLESS, GARBAGE, HANGS, HANGS_UP, SEAT

pytestmark = pytest.mark.django_db

ABROAD = {"street": "Hauptstraße 1", "postcode": "10115", "city": "Berlin", "province": "", "country": "DE"}
NEW = {"kind": "company", "name": "Beispiel GmbH", "vat_number": DE, **ABROAD}


@pytest.fixture
def beispiel(office):
    answer = post(office, "/customers", NEW, "beispiel")
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def shown(api, customer: str) -> dict[str, Any]:
    answer = api.get(f"/api/v1/vat-checks?customer_id={customer}")
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def later(minutes: float = 15) -> None:
    """As if so much time had gone by."""
    gone = timedelta(minutes=minutes)
    for check in VatCheck.objects.all():
        check.asked_at = check.asked_at and check.asked_at - gone
        check.save(update_fields=["asked_at"])
    for row in OutboxRow.objects.filter(done_at=None):
        OutboxRow.objects.filter(pk=row.pk).update(due_at=row.due_at - gone)
    outbox.drain()


def test_a_number_that_is_written_is_looked_up_and_what_came_is_shown(wished, office, beispiel, cast):
    before = shown(office, beispiel)
    assert (before["wished"], before["checks"], wished.asked) == (True, [], [])
    outbox.drain()
    [asked] = wished.asked
    assert asked == {
        "countryCode": "DE",
        "vatNumber": "811115368",
        "requesterMemberStateCode": "IT",
        "requesterNumber": "12345670017",
    }
    [check] = shown(office, beispiel)["checks"]
    assert (check["state"], check["number"], check["issuer"]["name"]) == ("valid", DE, "Fondazione")
    assert check["consultation"] == "WAPIAAAA00000001"
    assert check["asked_at"] is not None
    assert (check["name"], check["address"]) == ("Beispiel Aktiengesellschaft", "Hauptstr. 1 10115 Berlin")
    # What it tells stays beside what the customer wrote.
    body = Organisation.objects.get(name="Beispiel GmbH")
    assert (body.street, body.vat_number) == ("Hauptstraße 1", DE)


def test_nobody_is_asked_about_unless_an_issuer_wishes_it(register, office, beispiel):
    outbox.drain()
    assert (register.asked, VatCheck.objects.count()) == ([], 0)
    answer = shown(office, beispiel)
    assert (answer["wished"], [r["code"] for r in answer["actions"]["ask"]["reasons"]]) == (
        False,
        ["vies-off"],
    )


def test_saving_and_issuing_wait_for_no_answer(wished, office, ask, beispiel):
    wished.fails = [HANGS] * 9
    line = {
        "description": "Sala",
        "unit_price": "100.00",
        "rate": "0",
        "natura": "N2.1",
        "legal_text": "art. 7-ter",
    }
    made = post(office, "/documents", ask(organisation_id=beispiel, lines=[line]), "bill")
    assert made.status_code == 201, made.json()
    assert wished.asked == []
    assert office.patch(f"/api/v1/customers/{beispiel}", {"city": "Potsdam"}).status_code == 200
    assert wished.asked == []


def test_one_that_it_does_not_know_is_told_with_a_way_out_and_stops_nothing(wished, office, ask, beispiel):
    wished.known.clear()
    outbox.drain()
    [check] = shown(office, beispiel)["checks"]
    assert (check["state"], check["name"], check["consultation"]) == ("invalid", "", "WAPIAAAA00000001")
    assert "Controlla paese e cifre" in check["way_out"]
    line = {"description": "Sala", "unit_price": "100.00", "rate": "22"}
    assert post(office, "/documents", ask(organisation_id=beispiel, lines=[line]), "b").status_code == 201
    assert Document.objects.get().customer_name == "Beispiel GmbH"


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("MS_UNAVAILABLE", "MS_UNAVAILABLE"),
        ("MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ"),
        (GARBAGE, "unreadable"),
        (ENDLESS, "too-large"),
        (HANGS, "too-slow"),
        (DRIPS, "too-slow"),
        (HANGS_UP, "unreachable"),
    ],
)
def test_no_answer_is_neither_a_yes_nor_a_no_and_is_asked_for_again(
    wished, office, beispiel, monkeypatch, wrong, fault
):
    wished.fails = [wrong]
    with monkeypatch.context() as impatient:
        impatient.setattr(vies, "PATIENCE_SECONDS", 0.3)
        impatient.setattr(vies, "ALTOGETHER_SECONDS", 0.6 if wrong == DRIPS else 25.0)
        outbox.drain()
    [check] = shown(office, beispiel)["checks"]
    assert (check["state"], VatCheck.objects.get().fault) == ("unanswered", fault)
    assert "viene chiesto di nuovo da sé" in check["way_out"]
    assert not OutboxRow.objects.exclude(fault="").exists()  # an outage of theirs is no fault of ours
    later(1)
    [check] = shown(office, beispiel)["checks"]
    assert (check["state"], check["again_at"], len(wished.asked)) == ("valid", None, 2)


def test_it_is_asked_a_few_times_and_then_only_when_somebody_wishes_it(wished, office, beispiel):
    wished.fails = ["MS_UNAVAILABLE"] * 99
    outbox.drain()
    for pause in vat_checks.PAUSES:
        later(pause.total_seconds() / 60)
    later(99_999)
    [check] = shown(office, beispiel)["checks"]
    assert (len(wished.asked), check["state"], check["again_at"]) == (6, "unanswered", None)
    assert "si può chiedere di nuovo" in check["way_out"]
    wished.fails = []
    assert post(office, "/vat-checks", {"customer_id": beispiel}, "again").status_code == 202
    outbox.drain()
    assert [c["state"] for c in shown(office, beispiel)["checks"]] == ["valid"]
    # What was known before stays provable.
    assert sorted(VatCheck.objects.values_list("state", flat=True)) == ["unanswered", "valid"]


@pytest.mark.parametrize("wrong", vies.FOR_GOOD)
def test_a_ban_is_not_made_longer_by_asking_again(wished, office, beispiel, wrong):
    wished.fails = [wrong] * 9
    outbox.drain()
    later(99_999)
    assert len(wished.asked) == 1
    assert [c["again_at"] for c in shown(office, beispiel)["checks"]] == [None]


def test_asking_anew_overtakes_what_waits_for_its_turn(wished, office, beispiel):
    wished.fails = ["MS_UNAVAILABLE"]
    outbox.drain()
    soon = post(office, "/vat-checks", {"customer_id": beispiel}, "too-soon")
    assert (soon.status_code, codes(soon)) == (409, ["asked-lately"])
    VatCheck.objects.update(asked_at=clock.now() - timedelta(minutes=11))
    asked = post(office, "/vat-checks", {"customer_id": beispiel}, "anew")
    assert asked.status_code == 202, asked.json()
    assert post(office, "/vat-checks", {"customer_id": beispiel}, "anew").json() == asked.json()
    waits = post(office, "/vat-checks", {"customer_id": beispiel}, "twice")
    assert codes(waits) == ["asked-already"]
    later(99_999)
    later(15)  # nor in ten minutes' time, when what was overtaken might be asked again
    assert (len(wished.asked), VatCheck.objects.count()) == (2, 2)


def test_the_work_done_twice_asks_once(wished, office, beispiel):
    outbox.drain()
    rows = OutboxRow.objects.filter(kind__in=[vat_checks.TOLD, vat_checks.ASK])
    assert rows.count() == 2
    rows.update(done_at=None, due_at=clock.now())
    outbox.drain()
    assert (len(wished.asked), VatCheck.objects.count()) == (1, 1)


def test_another_number_is_another_question_and_the_old_answer_is_not_shown_of_it(wished, office, beispiel):
    outbox.drain()
    changed = office.patch(f"/api/v1/customers/{beispiel}", {"vat_number": "DE136695976"})
    assert changed.status_code == 200, changed.json()
    assert shown(office, beispiel)["checks"] == []
    later(11)
    assert [c["state"] for c in shown(office, beispiel)["checks"]] == ["invalid"]
    assert len(wished.asked) == 2
    assert office.patch(f"/api/v1/customers/{beispiel}", {"city": "Potsdam"}).status_code == 200
    outbox.drain()
    assert len(wished.asked) == 2


def test_a_number_that_is_no_longer_the_customer_s_is_not_asked_about_again(wished, office, beispiel):
    wished.fails = ["MS_UNAVAILABLE"]
    outbox.drain()
    office.patch(f"/api/v1/customers/{beispiel}", {"vat_number": "DE136695976"})
    later(99_999)
    assert [one["vatNumber"] for one in wished.asked] == ["811115368", "136695976"]


def test_who_is_not_known_as_one_who_asks_has_an_answer_without_a_number_for_it(wished, office, beispiel):
    wished.requesters.clear()
    outbox.drain()
    [check] = shown(office, beispiel)["checks"]
    assert (check["state"], check["consultation"]) == ("valid", "")
    assert "requesterNumber" not in wished.asked[-1]


def test_what_comes_from_outside_is_cut_and_cleaned(wished, office, beispiel):
    wished.more = {
        "name": "<img src=x onerror=alert(1)>\u202e\x00\n" + "A" * 5000,
        "address": ["not", "a", "text"],
        "requestIdentifier": "<b>1</b>",
    }
    outbox.drain()
    [check] = shown(office, beispiel)["checks"]
    assert check["name"].startswith("<img src=x onerror=alert(1)> AAAA")
    assert (len(check["name"]), check["address"], check["consultation"]) == (200, "", "")


@pytest.mark.parametrize(
    "more", [{"valid": "true"}, {"valid": None}, {"vatNumber": "000000000"}, {"userError": "IP_BLOCKED"}]
)
def test_an_answer_that_is_not_by_the_contract_says_nothing_of_the_number(wished, more):
    wished.more = more
    with pytest.raises(NoAnswer):
        vies.ask(Number("DE", "811115368"), None)


@pytest.mark.parametrize("status", [301, 400, 429, 503])
def test_a_page_of_another_status_is_no_answer(wished, status):
    wished.status = status
    with pytest.raises(NoAnswer) as error:
        vies.ask(Number("DE", "811115368"), None)
    assert error.value.code == f"status-{status}"


def test_switching_it_on_looks_up_those_who_are_there_and_off_stops_it(register, office, beispiel, cast):
    Person.objects.filter(pk=cast.carla.pk).update(country="FR", vat_number="61954506077")
    address = f"/api/v1/issuers/{encode('iss', cast.lead.issuer.pk)}"
    assert office.get(address).json()["asks_vies"] is False
    assert office.patch(address, {"asks_vies": True}).json()["asks_vies"] is True
    assert register.asked == []
    later(1)
    later(1)  # one after the other
    assert sorted(one["countryCode"] for one in register.asked) == ["DE", "FR"]
    post(office, "/customers", NEW | {"name": "Zwei GmbH", "vat_number": "DE136695976"}, "two")
    assert office.patch(address, {"asks_vies": False}).status_code == 200
    later(1)
    assert len(register.asked) == 2
    assert office.patch(address, {"asks_vies": True}).status_code == 200
    later(1)
    assert len(register.asked) == 3


def test_a_customer_reads_it_of_themselves_and_asks_anew(wished, cast):
    ada = client(cast.ada)
    me = encode("per", cast.ada.pk)
    assert ada.patch("/api/v1/people/me", {**ABROAD, "vat_number": "DE 811 115 368"}).status_code == 200
    outbox.drain()
    [check] = shown(ada, me)["checks"]
    assert (check["state"], check["issuer"]["name"]) == ("valid", "Fondazione")
    assert not LogEntry.objects.filter(act="see-customers").exists()
    VatCheck.objects.update(asked_at=clock.now() - timedelta(minutes=11))
    assert post(ada, "/vat-checks", {"customer_id": me}).status_code == 202
    assert set(VatCheck.objects.values_list("issuer", flat=True)) == {cast.lead.issuer.pk}  # who wishes it
    assert client(cast.carla).get(f"/api/v1/vat-checks?customer_id={me}").status_code == 403


def test_the_office_that_looks_is_written_down_and_sees_what_was_asked_in_its_own_names(
    wished, office, beispiel, cast
):
    Issuer.objects.update(asks_vies=True)
    wished.requesters.add(SEAT)
    outbox.drain()
    assert [c["issuer"]["name"] for c in shown(client(cast.elena), beispiel)["checks"]] == ["Cooperativa"]
    assert LogEntry.objects.filter(act="see-customers", by_id=cast.elena.pk).latest("at").data["ids"] == [
        beispiel
    ]
    # An answer makes a body nobody's customer: whoever wrote it down still finds it.
    assert office.get(f"/api/v1/customers/{beispiel}").status_code == 200


@pytest.mark.parametrize(
    ("country", "written", "asked"),
    [
        ("DE", "DE811115368", ("DE", "811115368")),
        ("DE", "811115368", ("DE", "811115368")),
        ("GR", "EL094259216", ("EL", "094259216")),
        ("GR", "094259216", ("EL", "094259216")),
        ("AT", "ATU57194903", ("AT", "U57194903")),
        ("GB", "XI432525179", ("XI", "432525179")),
        ("GB", "GB432525179", None),
        ("DE", "DE811115369", None),
        ("IT", "00743110157", None),
        ("CH", "CHE107787577", None),
        ("DE", "", None),
    ],
)
def test_only_a_well_formed_number_of_another_member_state_is_asked_about(country, written, asked):
    assert union_number(Organisation(country=country, vat_number=written)) == asked


def test_its_address_is_secured_or_on_this_machine(monkeypatch):
    monkeypatch.setenv("VIES_URL", "http://vies.example/check")
    with pytest.raises(ImproperlyConfigured, match="VIES_URL"):
        environment.outside("VIES_URL", "https://ec.europa.eu/")


@pytest.mark.django_db(transaction=True)
def test_it_is_asked_outside_any_transaction(wished, office, beispiel, monkeypatch):
    inside = []
    asked = vies.ask

    def looked(about, by):
        inside.append(connection.in_atomic_block)
        return asked(about, by)

    monkeypatch.setattr(vies, "ask", looked)
    outbox.drain()
    assert inside == [False]
    assert VatCheck.objects.get().state == "valid"
