"""Of which activity documents are, and what the year comes to by it (case J04)."""

import pytest

from core.ids import encode
from tests.billing.conftest import LINE
from tests.billing.office import issued, named, read

pytestmark = pytest.mark.django_db
MEMBER = LINE | {
    "quantity": "1",
    "unit_price": "40.00",
    "rate": "0",
    "natura": "N2.2",
    "legal_text": "art. 4",
}


def rows(table, *titles):
    return [tuple(_plain(row[title]) for title in titles) for row in named(table)]


def _plain(value):
    return value["cents"] if isinstance(value, dict) else value


def test_what_is_written_by_hand_is_of_the_activity_that_is_said_or_of_its_kind(office, ask):
    made = [
        issued(office, ask()),
        issued(office, ask(kind="receipt", lines=[MEMBER], stamp="none")),
        issued(office, ask(lines=[MEMBER], stamp="none", activity="institutional")),
    ]
    assert [d["activity"] for d in made] == ["commercial", "institutional", "institutional"]
    back = issued(office, ask(kind="credit_note", corrects_id=made[2]["id"], lines=[MEMBER], stamp="none"))
    assert back["activity"] == "institutional"


def test_the_register_keeps_activities_apart_by_rate_and_adds_up_the_year(office, ask, cast, at):
    at("2026-09-10 10:00")
    issued(office, ask(kind="receipt", lines=[MEMBER], stamp="none"))
    at("2026-10-20 10:00")
    issued(office, ask())
    receipt = issued(office, ask(kind="receipt", lines=[MEMBER], stamp="none"))
    half = MEMBER | {"unit_price": "10.00"}
    issued(office, ask(kind="credit_note", corrects_id=receipt["id"], lines=[half], stamp="none"))
    seen = read(office, cast, "activities")
    assert rows(seen, "Attività", "Documentata da", "Natura", "Documenti", "Imponibile", "IVA", "Totale") == [
        ("Attività istituzionale", "Ricevute", "N2.2", 2, 3000, 0, 3000),
        ("Attività commerciale", "Fatture", None, 1, 7500, 1650, 9150),
    ]
    assert rows(seen["summary"], "Dal", "Al (escluso)", "Attività", "Totale") == [
        ("2026-01-01", "2026-11-01", "Attività istituzionale", 7000),
        ("2026-01-01", "2026-11-01", "Attività commerciale", 9150),
    ]
    other = read(office, cast, "activities", month="2026-10", issuer_id=encode("iss", cast.member.issuer.pk))
    assert other["rows"] == []


def test_documents_are_found_by_their_activity_and_told_by_it_as_a_table(office, ask, cast):
    issued(office, ask())
    issued(office, ask(kind="receipt", lines=[MEMBER], stamp="none"))
    found = office.get("/api/v1/documents", {"activity": "institutional"}).json()["data"]
    assert [d["kind"] for d in found] == ["receipt"]
    table = office.get("/api/v1/documents", {"activity": "commercial", "output": "csv"})
    told = b"".join(table.streaming_content).decode()
    assert "Attività commerciale" in told
    assert "RC-2026" not in told
