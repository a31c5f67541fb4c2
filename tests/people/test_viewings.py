"""Who was shown whose data: told to those who answer for it, and to whom it is about; each its own and no more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.inviting import feeds
from core.ids import encode
from core.models import LogEntry
from people.models import Person, Role
from tests.api import client
from tests.billing.sales import paid_at_the_desk
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
        client(looked.gina).get("/api/v1/people?q=elena@example.org")
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


def seen(what):
    return LogEntry.objects.filter(act=f"see-{what}").order_by("pk")


def test_a_download_of_documents_is_a_viewing_of_each_customer(cast, at):
    at("2026-11-30 09:00")
    _ = cast.dario, cast.franco, cast.ivo
    for person in (cast.ada, cast.bruno):
        paid_at_the_desk(cast, person, cast.room, f"2026-12-0{2 + (person == cast.ada)} 10:00", 60)
    assert client(cast.franco).get("/api/v1/documents?output=csv").status_code == 200
    assert client(cast.franco).get("/api/v1/documents?output=xlsx").status_code == 200
    assert [set(entry.data["whose"]) for entry in seen("customers")] == [
        {str(cast.ada.pk), str(cast.bruno.pk)}
    ] * 2
    assert [(row["what"], row["things"]) for row in read(cast.ada, "/people/me/viewings")] == [
        ("customers", 2)
    ] * 2
    for reader in (cast.dario, cast.ivo):
        rows = [row for row in read(reader) if row["what"] == "customers"]
        assert [row["people"] for row in rows] == [2, 2]


def test_an_entry_of_older_times_is_read_all_the_same(looked):
    """Once, downloads were written down with whoever made them, and without whose they were."""
    LogEntry.objects.create(
        by_id=looked.gina.pk, act="see-customers", thing_kind="per", thing_id=looked.gina.pk, data={}
    )
    (row,) = [row for row in read(looked.ivo) if row["what"] == "customers"]
    assert (row["things"], row["whose"]) == (0, [])


def test_a_screen_that_asks_again_by_itself_is_one_viewing_an_hour(cast, at):
    at("2026-12-02 08:00")
    made = book(cast.ada, cast.room, "2026-12-02 10:00")
    desk = f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}"
    gina = client(cast.gina)
    for minute in (0, 1, 30, 59):
        at(f"2026-12-02 08:{minute:02}")
        assert gina.get(desk).status_code == 200
    (first,) = seen("bookings")
    assert (first.data["ids"], first.data["whose"]) == ([encode("bkg", made.pk)], [str(cast.ada.pk)])
    other = book(cast.bruno, cast.room, "2026-12-02 12:00")
    gina.get(desk)  # who is new is told, alone
    assert seen("bookings").last().data["ids"] == [encode("bkg", other.pk)]
    at("2026-12-02 10:00")
    client(cast.gina).get(desk)
    assert seen("bookings").count() == 3
    client(cast.dario).get(desk)  # another reader is another viewing
    assert [entry.by_id for entry in seen("bookings")][-1] == cast.dario.pk


def test_a_page_of_names_costs_the_same_however_many_it_logs(cast, at):
    at("2026-12-02 08:00")
    page = f"/api/v1/availability?venue_id={encode('ven', cast.venue.pk)}&on_from=2026-12-02&on_to=2026-12-03"
    book(cast.ada, cast.room, "2026-12-02 10:00")
    gina = client(cast.gina)
    gina.get(page)
    at("2026-12-02 09:30")
    with CaptureQueriesContext(connection) as one:
        gina.get(page)
    for hour in range(11, 17):
        book(cast.bruno, cast.room, f"2026-12-02 {hour}:00")
    at("2026-12-02 11:00")
    with CaptureQueriesContext(connection) as many:
        gina.get(page)
    assert len(many) == len(one)
    assert [len(entry.data["ids"]) for entry in seen("bookings")] == [1, 1, 7]


def test_a_feed_with_names_is_a_viewing_by_whoever_made_it(cast, at):
    at("2026-11-30 09:00")
    book(cast.ada, cast.room, "2026-12-02 10:00")
    for names in (False, True):
        _, secret = feeds.make(cast.gina, cast.venue, names=names)
        assert client(None).get(f"/feeds/{secret}.ics").status_code == 200
        assert seen("bookings").count() == int(names)
    entry = seen("bookings").get()
    assert (entry.by_id, entry.data["whose"]) == (cast.gina.pk, [str(cast.ada.pk)])
