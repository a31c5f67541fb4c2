"""What was taken by plan and by programme, small enough to be counted by hand, and the documents behind it.

On 30 November, for the laser and Sala Po at 18.30 an hour (15.00 net). Ada is on Flex in December, and a beneficiary of
a programme that pays half of the laser; Bruno is neither.

    S1  Ada    Sala Po   2 Dec 10–11   15.00   on Flex
    S2  Bruno  Sala Po   2 Dec 14–16   30.00
    S3  Ada    laser     3 Dec 10–12   15.00   on Flex, the programme has paid the other half
    S4  Ada    Sala Po   5 Jan 10–11   15.00   Flex is over
    S5  Ada    Sala Po   4 Dec 10–11   15.00   on Flex; cancelled, and given back whole
"""

from datetime import date

import pytest

from billing.models import Order, Plan, PlanPeriod, Subscription
from core.ids import encode, uuid7
from core.models import LogEntry
from core.money import Money
from tests.api import client
from tests.billing.sales import book, sell
from tests.booking.confirmed import cancel_for_good
from tests.cast import rome
from tests.stories.test_a_programme_pays import listed, started

pytestmark = pytest.mark.django_db
DAYS = "on_from=2026-11-30&on_to=2026-12-31"


@pytest.fixture
def taken(cast):
    flex = Plan.objects.create(venue=cast.venue, name="Flex", price=Money(0), vat_rate=cast.vat22)
    ada_s = Subscription.objects.create(plan=flex, person=cast.ada, paid_by_line=uuid7())
    order = Order.objects.create(person=cast.ada, state=Order.State.PAID, total=Money(0))
    PlanPeriod.objects.create(
        subscription=ada_s, plan=flex, order=order, from_on=date(2026, 12, 1), until_on=date(2027, 1, 1)
    )
    programme = started(cast, percent=50)
    listed(cast, programme, cast.ada)

    def sale(person, thing, start, minutes=60):
        return sell(person, book(person, thing, rome(start), minutes)).order.lines.get().booking_id

    sale(cast.ada, cast.room, "2026-12-02T10:00")
    sale(cast.bruno, cast.room, "2026-12-02T14:00", 120)
    sale(cast.ada, cast.laser, "2026-12-03T10:00", 120)
    sale(cast.ada, cast.room, "2027-01-05T10:00")
    cancel_for_good(cast.ada, sale(cast.ada, cast.room, "2026-12-04T10:00"))
    return {"plan": encode("pla", flex.pk), "programme": programme["id"]}


def by(person, cut):
    answer = client(person).get(f"/api/v1/reports/figures?by={cut}&{DAYS}")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    return {row["key"]: (row["revenue"]["cents"], row["revenue_of"]["cents"]) for row in told["rows"]}, told


def behind(person, cut, key, more=""):
    answer = client(person).get(f"/api/v1/reports/takings?by={cut}&key={key}&{DAYS}{more}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("cut", "key"),
    [("hour", "99999999999"), ("hour", "24"), ("hour", "09"), ("weekday", "0"), ("weekday", "8")],
)
def test_there_is_no_such_hour_or_weekday(cast, taken, cut, key):
    answer = client(cast.dario).get(f"/api/v1/reports/takings?by={cut}&key={key}&{DAYS}")
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, "?key")
    assert behind(cast.dario, cut, "7")["count"] == 0


def test_by_plan_it_is_of_whoever_is_on_it_when_the_booking_begins(cast, taken):
    rows, told = by(cast.dario, "plan")
    assert rows == {taken["plan"]: (3000, 7500), "": (4500, 7500)}
    assert told["total"]["revenue"]["cents"] == 7500
    opened = told["rows"][0]["minutes"]["opened"]
    assert told["rows"][0]["revenue_per_opened_hour"]["cents"] == round(3000 * 60 / opened)


def test_by_programme_it_is_what_was_paid_beside_it(cast, taken):
    rows, _ = by(cast.dario, "programme")
    assert rows == {taken["programme"]: (1500, 7500), "": (6000, 7500)}


def test_by_things_it_is_out_of_the_same(cast, taken):
    rows, _ = by(cast.dario, "resource")
    assert rows == {encode("res", cast.room.pk): (6000, 7500), encode("res", cast.laser.pk): (1500, 7500)}
    rows = client(cast.dario).get(f"/api/v1/reports/figures?by=weekday&{DAYS}").json()["rows"]
    assert {row["revenue_of"]["cents"] for row in rows} == {7500}
    assert sum(row["revenue"]["cents"] for row in rows) == 7500


@pytest.mark.parametrize(
    ("cut", "which", "many", "cents"),
    [
        ("plan", True, 4, 3000),  # S1, S3, S5 and what was given back of it
        ("plan", False, 2, 4500),
        ("programme", True, 1, 1500),
        ("programme", False, 5, 6000),
    ],
)
def test_it_leads_to_its_documents(cast, taken, cut, which, many, cents):
    found = behind(cast.dario, cut, taken[cut] if which else "")
    assert (found["count"], found["net"]["cents"], len(found["data"])) == (many, cents, many)
    assert sum(row["net"]["cents"] for row in found["data"]) == cents
    assert all(row["document"]["name"] and row["booking"] for row in found["data"])
    seen = LogEntry.objects.get(act="see-customers")
    assert (seen.by_id, len(seen.data["ids"])) == (cast.dario.pk, many)


def test_every_sum_of_a_report_is_the_sum_behind_it(cast, taken):
    for cut in ("none", "resource", "kind", "venue", "partner", "month", "plan", "programme"):
        rows, _ = by(cast.dario, cut)
        for key, (cents, _) in rows.items():
            found = behind(cast.dario, cut, key)
            assert found["net"]["cents"] == cents, (cut, key)
            assert sum(row["net"]["cents"] for row in found["data"]) == cents


def test_another_partner_s_manager_finds_nothing_behind_it(cast, taken):
    for cut in ("plan", "programme"):
        assert by(cast.elena, cut)[0] == {}
        found = behind(cast.elena, cut, taken[cut])
        assert (found["count"], found["data"], found["net"]["cents"]) == (0, [], 0)
    assert behind(cast.dario, "plan", "nothing")["count"] == 0
    assert behind(cast.dario, "resource", encode("res", cast.laser.pk), f"&resource_id={encode('res', cast.room.pk)}")["count"] == 0  # fmt: skip


def test_a_page_is_shown_and_the_sum_is_of_all(cast, taken):
    first = behind(cast.dario, "plan", taken["plan"], "&limit=3")
    rest = behind(cast.dario, "plan", taken["plan"], f"&limit=3&cursor={first['next_cursor']}")
    assert [len(first["data"]), len(rest["data"])] == [3, 1]
    assert first["net"] == rest["net"] == {"cents": 3000, "currency": "EUR"}


def test_it_asks_as_much_for_many_as_for_one(cast, taken, queries):
    api = client(cast.dario)
    for limit in (1, 5):
        with queries(16):
            api.get(f"/api/v1/reports/takings?limit={limit}&{DAYS}")
