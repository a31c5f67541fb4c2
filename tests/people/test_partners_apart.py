"""Partners of one consortium in one venue: each office sees its own in detail, and of the others no more than sums.

The member partner has put its own room into the lead partner's venue; both rooms are used.
"""

import io
from pathlib import Path

import orjson
import pytest
from openpyxl import load_workbook

from core.ids import encode
from tests.api import client, post
from tests.billing.sales import book as book_at
from tests.billing.sales import sell
from tests.billing.settling import sold
from tests.booking.confirmed import book
from tests.cast import rome
from tests.contracts.asking import filled, said
from tests.contracts.test_routes_and_roles import ROWS
from tests.contracts.world import World

pytestmark = pytest.mark.django_db
MONTH = "on_from=2026-12-01&on_to=2027-01-01"


@pytest.fixture
def shared(cast, at):
    """The lead's Sala Po with an hour more than the member's Sala Dora; where everybody is known."""
    at("2026-11-30 09:00")
    assert cast.dario.pk != cast.elena.pk  # each makes its partner
    cast.other_room.owner = cast.member
    cast.other_room.save()
    book(cast.ada, cast.room, "2026-12-02 10:00", 120)
    book(cast.bruno, cast.other_room, "2026-12-02 10:00", 60)
    return cast


def told(person, path):
    answer = client(person).get(f"/api/v1/reports/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_partner_s_manager_reads_the_hours_of_its_own_resources_in_a_shared_venue(shared):
    venue = encode("ven", shared.venue.pk)
    lead = told(shared.dario, f"occupancy?venue_id={venue}&{MONTH}")
    member = told(shared.elena, f"occupancy?venue_id={venue}&{MONTH}")
    assert [r["name"] for r in lead["resources"]] == ["Sala Dora", "Sala Po"]
    assert [r["name"] for r in member["resources"]] == ["Sala Dora"]
    assert (lead["totals"]["booked_minutes"], member["totals"]["booked_minutes"]) == (180, 60)
    assert sum(cell["booked_minutes"] for cell in member["heat"]) == 60
    assert [m["booked_minutes"] for m in member["months"]] == [60]
    assert lead["others"] == []
    # One booking of another's is not told, not even as a month.
    assert [(o["partner"]["name"], o["month"], o["booked_minutes"]) for o in member["others"]] == [
        ("Fondazione", "2026-12", None)
    ]


def test_asking_by_name_for_another_partner_s_resource_finds_nothing(shared):
    venue, room = encode("ven", shared.venue.pk), encode("res", shared.room.pk)
    found = told(shared.elena, f"occupancy?venue_id={venue}&resource_id={room}&{MONTH}")
    assert (found["resources"], found["totals"]["opened_minutes"]) == ([], 0)


def test_three_bookings_make_a_month_of_another_partner_s_a_sum(shared):
    for hour in (14, 16):
        book(shared.ada, shared.room, f"2026-12-03 {hour}:00", 60)
    venue = encode("ven", shared.venue.pk)
    (month,) = told(shared.elena, f"occupancy?venue_id={venue}&{MONTH}")["others"]
    assert month["booked_minutes"] == 240


# The monthly one is a page of words about whole venues, and has a test of its own (tests/billing/test_monthly_report.py).
# A saved view is an address of these, and nothing of theirs.
APART = ("/monthly", "/views")
REPORTS = [
    row[1]
    for row in ROWS
    if row[0] == "GET" and "/reports/" in row[1] and not any(word in row[1] for word in APART)
]
OPENAPI = orjson.loads((Path(__file__).parents[2] / "frontend" / "openapi.json").read_bytes())


def understood(path):
    """What a report can be asked in its address."""
    asked = OPENAPI["paths"][path.split("?")[0]]["get"].get("parameters", [])
    return {parameter["name"]: parameter["schema"] for parameter in asked}


def narrowed(path, output, room):
    """The report's address in every way in which it can be cut, in one form."""
    names = understood(path)
    if output != "json" and output not in names.get("output", {}).get("enum", []):
        return
    joined = path if "?" in path else f"{path}?"
    form = "" if output == "json" else f"&output={output}"
    yield joined + form
    for name, value in (
        ("by", "resource"),
        ("split", "resource"),
        ("part", "resources"),
        ("resource_id", room),
    ):
        if name in names and value in names[name].get("enum", [value]):
            yield f"{joined}&{name}={value}{form}"


@pytest.mark.parametrize("output", ["json", "csv", "xlsx"])
def test_no_report_names_another_partner_s_resource_in_any_form(shared, output):
    """Every report there is, narrowed in every way: the lead's room is in the lead's, and in none of the member's."""
    room, named = encode("res", shared.room.pk), shared.room.name
    world = World.__new__(World)
    world.ids = {"venue": encode("ven", shared.venue.pk), "grant": "prg_0"}
    seen = {"lead": 0, "member": 0}
    for path in REPORTS:
        whole = filled(path, world).replace("2026-12-02", "2027-01-01")
        for address in narrowed(whole, output, room):
            for who, person in (("lead", shared.dario), ("member", shared.elena)):
                answer = client(person).get(address)
                assert answer.status_code == 200, (address, answer.content)
                words = _words(answer)
                assert who == "lead" or (named not in words and room not in words), address
                seen[who] += (named if who == "lead" else shared.other_room.name) in words
    assert min(seen.values()) >= 2, seen


def _words(answer):
    if "spreadsheet" not in answer.headers["Content-Type"]:
        return said(answer)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    book = load_workbook(io.BytesIO(body), read_only=True)
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)


# -- money -----------------------------------------------------------------------------------------------------


@pytest.fixture
def taken(shared, at, monkeypatch):
    """In November three sales of the lead's room and one of the member's, on days of their own."""
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    for day in (3, 4, 5):
        sold(shared, at, day)
    sold(shared, at, 6, resource=shared.other_room)
    at("2026-12-01 09:00")
    return shared


def sums(person, venue, days):
    found = told(person, f"revenue?venue_id={venue}&{days}")
    return {p["partner"]["name"]: p["net"] and p["net"]["cents"] for p in found["partners"]}, found["total"]


def test_takings_of_other_partners_are_whole_months_of_three_bookings(taken, at):
    venue, month = encode("ven", taken.venue.pk), "on_from=2026-11-01&on_to=2026-12-01"
    whole, total = sums(taken.elena, venue, month)
    assert whole == {"Fondazione": 4500, "Cooperativa": 1500}
    assert total["net"]["cents"] == 6000
    # A week would tell of one sale: that is the lead's to see.
    for days in ("on_from=2026-11-01&on_to=2026-11-04", "on_from=2026-11-04&on_to=2026-12-01"):
        told_member, total = sums(taken.elena, venue, days)
        assert (told_member["Fondazione"], total) == (None, None)
        assert sums(taken.dario, venue, days)[0]["Fondazione"] > 0
    # So would a month that is whole and has one.
    at("2026-12-02 08:00")
    sell(taken.ada, book_at(taken.ada, taken.room, rome("2026-12-09T10:00")))
    both = "on_from=2026-11-01&on_to=2027-01-01"
    assert sums(taken.elena, venue, both) == ({"Fondazione": None, "Cooperativa": 1500}, None)
    assert sums(taken.dario, venue, both)[0]["Fondazione"] == 6000
    answer = client(taken.elena).get(f"/api/v1/reports/revenue?venue_id={venue}&{both}&output=csv")
    words = said(answer)
    assert "60.00" not in words.replace(",", ".")
    assert "15.00" in words.replace(",", ".")


def test_a_figure_leads_a_member_to_its_own_bookings_only(shared):
    behind = told(shared.elena, f"bookings?figure=bookings&{MONTH}")
    assert [b["resources"] for b in behind["data"]] == ["Sala Dora"]


def test_what_if_and_the_lead_s_papers_are_closed_to_a_member(shared):
    consortium = encode("con", shared.consortium.pk)
    body = {
        "consortium_id": consortium,
        "month": "2026-11",
        "shares": [{"partner_id": encode("prt", shared.member.pk), "percent": "100"}],
    }
    assert post(client(shared.elena), "/settlements/what-if", body).status_code == 403
    assert client(shared.elena).get(f"/api/v1/partners/{encode('prt', shared.lead.pk)}").status_code == 404
