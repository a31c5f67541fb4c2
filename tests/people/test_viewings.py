"""Who was shown whose data: told to those who answer for it, and to whom it is about; each its own and no more."""

import pytest

from core.ids import encode
from core.models import LogEntry
from people.models import Person, Role
from tests.api import client
from tests.booking.confirmed import book

pytestmark = pytest.mark.django_db


def read(person, path="/viewings"):
    answer = client(person).get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


@pytest.fixture
def looked(cast, at):
    """Gina, of the lead's staff, opened Ada's booking, and Elena of the member looked at who works there."""
    at("2026-11-30 09:00")
    _ = cast.dario, cast.elena
    made = book(cast.ada, cast.room)
    at("2026-11-30 10:00")
    assert client(cast.gina).get(f"/api/v1/bookings/{encode('bkg', made.pk)}").status_code == 200
    at("2026-12-01 00:30")
    client(cast.elena).get("/api/v1/partners")
    return cast


def test_a_person_sees_who_was_shown_its_data_and_only_its_own(looked):
    (seen,) = read(looked.ada, "/people/me/viewings")
    assert seen == {
        "id": seen["id"],
        "at": "2026-11-30T09:00:00Z",
        "by": {"id": encode("per", looked.gina.pk), "name": looked.gina.name},
        "partner": {"id": encode("prt", looked.lead.pk), "name": "Fondazione"},
        "what": "bookings",
        "things": 1,
    }
    assert read(looked.bruno, "/people/me/viewings") == []
    assert read(looked.elena, "/people/me/viewings") == []  # she looked herself


def test_a_manager_reads_what_was_shown_of_its_own_partner_and_the_lead_all(looked):
    assert [row["what"] for row in read(looked.elena)] == ["staff"]
    found = read(looked.dario)
    assert [(row["what"], row["whose"][0]["name"]) for row in found if row["what"] != "viewings"] == [
        ("staff", looked.elena.name),
        ("bookings", looked.ada.name),
    ]


def test_reading_whose_data_was_shown_is_a_viewing_itself(looked):
    first, _ = read(looked.dario), read(looked.dario)
    newest = LogEntry.objects.filter(act="see-viewings").order_by("-pk")
    assert newest.count() == 4  # twice, of two partners
    assert set(newest[3].data["whose"]) | set(newest[2].data["whose"]) == {
        str(looked.ada.pk),
        str(looked.elena.pk),
    }
    assert [row["what"] for row in read(looked.ada, "/people/me/viewings")] == ["viewings"] * 2 + ["bookings"]
    assert len(first) == 2


def test_filters_are_in_the_address(looked):
    ada, gina = encode("per", looked.ada.pk), encode("per", looked.gina.pk)
    one = [("bookings", 1)]

    def found(query):
        return [(row["what"], row["things"]) for row in read(looked.dario, f"/viewings?{query}")]

    assert found(f"by_id={gina}") == one
    assert found(f"person_id={ada}&what=bookings") == one
    assert found("what=bookings&until_on=2026-12-01") == one
    assert found("what=bookings&from_on=2026-12-01") == []
    # Half past midnight is the first of December here, and still November in Greenwich.
    assert found("what=staff&from_on=2026-12-01&until_on=2026-12-02") == [("staff", 1)]
    assert found("what=staff&until_on=2026-12-01") == []
    assert client(looked.dario).get("/api/v1/viewings?what=money").json()["pointers"][0]["pointer"] == "?what"


def test_pages_follow_each_other(looked):
    for _ in range(3):
        client(looked.gina).get("/api/v1/people?q=elena")
    api = client(looked.dario)
    first = api.get("/api/v1/viewings?what=people&limit=2").json()
    rest = api.get(f"/api/v1/viewings?what=people&limit=2&cursor={first['next_cursor']}").json()
    assert ([len(first["data"]), len(rest["data"])], rest["next_cursor"]) == ([2, 1], None)
    assert len({row["id"] for row in first["data"] + rest["data"]}) == 3


def test_whoever_left_the_staff_is_still_told(looked):
    Role.objects.filter(person=looked.gina).delete()
    assert looked.gina.name in [row["by"]["name"] for row in read(looked.dario)]


def test_a_page_costs_the_same_however_many_it_shows(looked, queries):
    people = [Person.objects.create(email=f"molti{n}@example.org", name=f"Molti {n}") for n in range(30)]
    for person in people:
        client(looked.gina).get(f"/api/v1/people?q={person.email}")
    api = client(looked.dario)
    api.get("/api/v1/viewings?limit=5")
    with queries(9):
        assert len(api.get("/api/v1/viewings?limit=5").json()["data"]) == 5
    with queries(9):
        assert len(api.get("/api/v1/viewings?limit=30").json()["data"]) == 30
    own = client(people[0])
    with queries(5):
        assert own.get("/api/v1/people/me/viewings").json()["data"][0]["by"]["name"] == looked.gina.name
