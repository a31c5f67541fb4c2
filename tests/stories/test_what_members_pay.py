"""What members pay for their plan stands beside what bookings took, plan by plan, and both make the whole.

16 Nov  Ada buys Flex at 100.00 (81.97 net): until 15 December
26 Nov  she goes over to Piena at 250.00: 100.00 more (81.97 net) for the days that are left
27 Nov  Bruno books Sala Po for an hour at 18.30 (15.00 net); Ada the same, on Piena
"""

import io

import pytest
from openpyxl import load_workbook

from billing.models import Entry, Plan
from core import outbox
from core.ids import encode
from core.money import Money
from tests.api import client
from tests.billing.sales import book, sell
from tests.cast import rome
from tests.stories.test_a_plan_is_changed_at_once import MORE, change
from tests.stories.test_a_plan_is_lived_on import bought, sold
from tests.stories.test_a_plan_pays_for_itself import choose, saved

pytestmark = pytest.mark.django_db
DAYS = "on_from=2026-11-01&on_to=2026-12-01"


@pytest.fixture
def november(cast, bank, at):
    at("2026-11-16 09:00")
    bought(cast, sold(cast), bank)
    more = sold(cast, "more", **MORE)
    at("2026-11-26 09:00")
    ada = client(cast.ada)
    choose(ada, saved(ada, bank))
    assert change(ada, more, difference_cents=10000).status_code == 200
    outbox.drain()
    for person, hour in ((cast.bruno, 10), (cast.ada, 12)):
        sell(person, book(person, cast.room, rome(f"2026-11-27T{hour}:00"), 60))
    return {plan.name: encode("pla", plan.pk) for plan in Plan.objects.all()}


def told(person, by, more=""):
    answer = client(person).get(f"/api/v1/reports/figures?by={by}&{DAYS}{more}")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    return {row["name"]: row for row in found["rows"]}, found["total"]


def cents(row):
    return [row[name] and row[name]["cents"] for name in ("revenue", "fees", "fees_of")]


def test_each_plan_has_its_bookings_and_its_fees_apart(cast, november):
    rows, total = told(cast.dario, "plan")
    assert cents(rows["Flex"]) == [0, 8197, 16394]
    assert cents(rows["Piena"]) == [1500, 8197, 16394]
    assert cents(rows["Senza piano"]) == [1500, 0, 16394]
    assert cents(total) == [3000, 16394, 16394]
    # Both together are all that the ledger has of the month.
    assert Money(3000 + 16394) == sum((e.net for e in Entry.objects.all()), Money(0))


def test_fees_lead_to_their_documents(cast, november):
    for name in ("Flex", "Piena"):
        answer = client(cast.dario).get(
            f"/api/v1/reports/takings?by=plan&key={november[name]}&what=fees&{DAYS}"
        )
        found = answer.json()
        assert (found["count"], found["net"]["cents"]) == (1, 8197)
        assert found["data"][0]["document"]["name"]
        assert found["data"][0]["booking"] is None


@pytest.mark.parametrize(
    ("by", "more", "fees"),
    [
        ("none", "", 16394),
        ("month", "", 16394),
        ("venue", "", 16394),
        ("partner", "", 16394),
        ("kind", "", None),
        ("weekday", "", None),
        ("plan", "&kind=meeting_room", None),
    ],
)
def test_fees_are_of_venues_looked_at_whole(cast, november, by, more, fees):
    rows, _ = told(cast.dario, by, more)
    assert {row["fees"] and row["fees"]["cents"] for row in rows.values()} == {fees}


def test_who_only_owns_a_thing_there_sees_no_fees(cast, november):
    cast.resource("forno", "kitchen", "Forno", owner=cast.member)
    rows, total = told(cast.elena, "plan")
    assert (rows, total["fees"]) == ({}, None)
    behind = f"/api/v1/reports/takings?by=plan&key={november['Flex']}&what=fees&{DAYS}"
    assert client(cast.elena).get(behind).json()["count"] == 0


def test_the_plan_that_a_booking_was_drawn_from_has_it_whole(cast, november):
    rows, total = told(cast.dario, "plan")
    assert sum(row["minutes"]["booked"] for row in rows.values()) == total["minutes"]["booked"] == 120
    assert sum(row["counts"]["bookings"]["count"] for row in rows.values()) == 2


@pytest.mark.parametrize("by", ["plan", "programme", "resource"])
def test_the_last_row_of_the_sheet_is_the_whole_and_opened_hours_are_in_it_once(cast, november, by):
    rows, total = told(cast.dario, by)
    answer = client(cast.dario).get(f"/api/v1/reports/figures?by={by}&output=xlsx&{DAYS}")
    sheet = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert len(sheet) == 1 + len(rows) + 1
    last = dict(zip(sheet[0], sheet[-1], strict=True))
    opened = next(value for name, value in last.items() if name.startswith("Aperte"))
    assert (sheet[-1][0], opened) == ("Totale", total["minutes"]["opened"])
    assert last["Persone"] == 2
    assert last["Ricavi netti"] == 30
