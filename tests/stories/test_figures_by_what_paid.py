"""Figures cut by plan and by programme, small enough to be counted by hand.

December 2026, laser and Sala Po, each open from 8 to 22 on twenty-eight days. Ada is on Flex from 1 December, and a beneficiary of the
programme, which pays for the laser; Bruno is neither.

    B1  Ada    laser     1 Dec 10–12   on Flex, by the programme
    B2  Ada    Sala Po   2 Dec 10–11   on Flex
    B3  Ada    laser     3 Dec 10–11   on Flex, by the programme; cancelled two days before
    B4  Bruno  Sala Po   2 Dec 14–17
"""

from datetime import date

import pytest

from billing.models import Order, Plan, PlanPeriod, Subscription
from booking.models import Booking
from core.ids import decode, encode, uuid7
from core.money import Money
from tests.api import client
from tests.booking.confirmed import book
from tests.stories.passes import booked, cancelled
from tests.stories.test_a_programme_pays import listed, started

pytestmark = pytest.mark.django_db
DECEMBER = "on_from=2026-12-01&on_to=2027-01-01"
OPENED = 2 * 28 * 14 * 60  # the Immaculate, Christmas and Saint Stephen's are holidays


@pytest.fixture
def december(cast, at, bank):
    at("2026-11-30 09:00")
    flex = Plan.objects.create(venue=cast.venue, name="Flex", price=Money(0), vat_rate=cast.vat22)
    ada_s = Subscription.objects.create(plan=flex, person=cast.ada, paid_by_line=uuid7())
    order = Order.objects.create(person=cast.ada, state=Order.State.PAID, total=Money(0))
    PlanPeriod.objects.create(
        subscription=ada_s, plan=flex, order=order, from_on=date(2026, 12, 1), until_on=date(2027, 1, 1)
    )
    programme = started(cast)
    listed(cast, programme, cast.ada)
    made = {
        "B1": booked(client(cast.ada), cast.laser, start="2026-12-01T10:00:00", end="2026-12-01T12:00:00")
    }
    made["B2"] = encode("bkg", book(cast.ada, cast.room, "2026-12-02 10:00", 60).pk)
    made["B3"] = booked(client(cast.ada), cast.laser, start="2026-12-03T10:00:00", end="2026-12-03T11:00:00")
    cancelled(client(cast.ada), made["B3"])
    made["B4"] = encode("bkg", book(cast.bruno, cast.room, "2026-12-02 14:00", 180).pk)
    return {"flex": flex, "programme": programme["id"], **made}


def by(person, cut):
    answer = client(person).get(f"/api/v1/reports/figures?by={cut}&{DECEMBER}")
    assert answer.status_code == 200, answer.content
    return {row["name"]: row for row in answer.json()["rows"]}, answer.json()


def test_figures_by_plan_are_of_whoever_was_on_it_that_day(cast, december):
    rows, told = by(cast.dario, "plan")
    assert list(rows) == ["Flex", "Senza piano"]
    assert rows["Flex"]["key"] == encode("pla", december["flex"].pk)
    flex, none = rows["Flex"], rows["Senza piano"]
    assert (flex["minutes"]["booked"], none["minutes"]["booked"]) == (180, 180)
    # Out of all that was opened, whoever it was opened for.
    assert flex["minutes"]["opened"] == none["minutes"]["opened"] == OPENED
    assert told["total"]["minutes"]["booked"] == 360
    assert flex["counts"]["bookings"] == {"count": 2, "of": 2}
    assert flex["counts"]["cancelled"] == {"count": 1, "of": 3}
    assert (flex["counts"]["people"]["count"], none["counts"]["people"]["count"]) == (1, 1)
    assert (flex["revenue"]["cents"], flex["revenue_of"]["cents"]) == (0, 0)  # nothing was sold for money


def test_figures_by_programme_are_of_what_it_paid_for(cast, december):
    rows, _ = by(cast.dario, "programme")
    assert list(rows) == ["Ore per i giovani", "Senza programma"]
    paid, none = rows["Ore per i giovani"], rows["Senza programma"]
    assert paid["key"] == december["programme"]
    assert (paid["minutes"]["booked"], none["minutes"]["booked"]) == (120, 240)
    assert paid["counts"]["bookings"] == {"count": 1, "of": 1}
    assert paid["counts"]["cancelled"] == {"count": 1, "of": 2}
    assert none["counts"]["bookings"] == {"count": 2, "of": 2}


def test_hours_of_who_came_are_counted_as_attended(cast, december, at):
    at("2026-12-01 10:00")
    Booking.objects.filter(pk=decode("bkg", december["B1"])).update(attendance="present")
    rows, _ = by(cast.dario, "programme")
    assert rows["Ore per i giovani"]["minutes"]["attended"] == 120


def test_a_plan_that_ended_counts_until_its_last_day(cast, december):
    PlanPeriod.objects.update(until_on=date(2026, 12, 2))
    rows, _ = by(cast.dario, "plan")
    assert rows["Flex"]["minutes"]["booked"] == 120
    assert rows["Senza piano"]["minutes"]["booked"] == 240


def test_another_partner_reads_neither(cast, december):
    for cut in ("plan", "programme"):
        rows, _ = by(cast.elena, cut)
        assert rows == {}


@pytest.mark.parametrize("cut", ["plan", "programme"])
def test_the_cut_is_a_table_too(cast, december, cut):
    answer = client(cast.dario).get(f"/api/v1/reports/figures?by={cut}&output=csv&{DECEMBER}")
    assert answer.status_code == 200
    assert ("Flex" if cut == "plan" else "Ore per i giovani") in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("cut", ["plan", "programme"])
def test_a_row_by_what_paid_leads_to_the_bookings_behind_it(cast, december, cut):
    api = client(cast.dario)
    rows = api.get(f"/api/v1/reports/figures?by={cut}&{DECEMBER}").json()["rows"]
    assert len(rows) == 2
    seen = []
    for row in rows:
        for figure in ("bookings", "cancelled"):
            behind = api.get(
                f"/api/v1/reports/bookings?figure={figure}&by={cut}&key={row['key']}&{DECEMBER}"
            ).json()
            assert behind["count"] == row["counts"][figure]["count"]
            seen += [b["id"] for b in behind["data"]]
    assert len(seen) == len(set(seen)) == 4
    assert api.get(f"/api/v1/reports/bookings?by={cut}&key=nobody&{DECEMBER}").json()["count"] == 0
