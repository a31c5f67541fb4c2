"""A quarter small enough to be counted by hand: every figure that an office reads equals what the hand wrote.

October to December 2026. Sala Po opens on Thursdays from 10 to 14, Sala Dora on the one Sunday on which the clock is
put back, all day: twenty-five hours.

    B1  Ada    Sala Po    1 Oct 10–12   made 24 Sep, paid that day   came
    B2  Ada    Sala Po    8 Oct 10–11   made 7 Oct                   did not come
    B3  Bruno  Sala Po    8 Oct 12–14   made 6 Oct, paid that day    came
    B4  Carla  Sala Po    5 Nov 10–11   made 1 Nov                   cancelled fourteen hours before
    B5  Carla  Sala Po   12 Nov 10–12   made 2 Nov                   cancelled a week before
    B6  Carla  Sala Po    3 Dec 13–14   made 2 Dec                   nobody wrote down who came
    B7  Bruno  Sala Dora 25 Oct 01–05   made 24 Oct, a day before    came: five hours by no clock but a real one

Ada is a member. Bruno had been here on 17 September. On 10 December Sala Po is under maintenance from 10 to 12.
"""

import csv
import io
from datetime import date, timedelta

import pytest

from billing.models import Entry
from booking.attending import attendance
from booking.holding import blocks
from booking.measuring.figures import PEOPLE
from booking.models import Booking
from core.ids import decode, encode, uuid7
from core.periods import Period
from people.models import Group, GroupMember
from spaces.models import OpenSpan
from tests.api import client
from tests.billing.sales import paid_at_the_desk
from tests.booking.confirmed import book, cancel_for_good
from tests.cast import period, rome

pytestmark = pytest.mark.django_db
QUARTER = "on_from=2026-10-01&on_to=2027-01-01"
THURSDAYS = [date(2026, 10, 1) + timedelta(weeks=n) for n in range(14)]


def opens(resource, start, end):
    OpenSpan.objects.create(resource=resource, during=Period(rome(start), rome(end)), anchor=rome(start))


@pytest.fixture
def quarter(cast, at):
    at("2026-09-10 09:00")
    room, sunday = cast.room, cast.other_room
    OpenSpan.objects.all().delete()
    for day in [date(2026, 9, 17), *THURSDAYS]:
        opens(room, f"{day}T10:00", f"{day}T14:00")
    opens(sunday, "2026-10-25T00:00", "2026-10-26T00:00")
    members = Group.objects.create(name="Soci", partner=cast.lead)
    GroupMember.objects.create(group=members, person=cast.ada, from_on=date(2026, 1, 1))
    made = {}
    at("2026-09-16 10:00")
    book(cast.bruno, room, "2026-09-17 10:00", 60)
    at("2026-09-24 10:00")
    made["B1"] = paid_at_the_desk(cast, cast.ada, room, "2026-10-01 10:00", 120)
    at("2026-10-01 10:00")
    attendance.check_in(cast.gina, made["B1"].pk)
    at("2026-10-06 12:00")
    made["B3"] = paid_at_the_desk(cast, cast.bruno, room, "2026-10-08 12:00", 120)
    at("2026-10-07 10:00")
    made["B2"] = book(cast.ada, room, "2026-10-08 10:00", 60)
    at("2026-10-08 12:00")
    attendance.mark_no_show(cast.gina, made["B2"].pk)
    attendance.check_in(cast.gina, made["B3"].pk)
    at("2026-10-24 01:00")
    made["B7"] = book(cast.bruno, sunday, "2026-10-25 01:00", 300)
    at("2026-10-25 01:00")
    attendance.check_in(cast.gina, made["B7"].pk)
    at("2026-11-01 10:00")
    made["B4"] = book(cast.carla, room, "2026-11-05 10:00", 60)
    at("2026-11-02 10:00")
    made["B5"] = book(cast.carla, room, "2026-11-12 10:00", 120)
    at("2026-11-04 20:00")
    cancel_for_good(cast.carla, made["B4"].pk)
    at("2026-11-05 10:00")
    cancel_for_good(cast.carla, made["B5"].pk)
    at("2026-12-02 13:00")
    made["B6"] = book(cast.carla, room, "2026-12-03 13:00", 60)
    blocks.block(cast.gina, room, period("2026-12-10 10:00", 120), "maintenance", "lampada")
    at("2027-01-04 09:00")
    return made


def asked(person, path):
    answer = client(person).get(f"/api/v1/reports/{path}&{QUARTER}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def minutes(opened, booked, attended, maintenance=0):
    return {"opened": opened, "booked": booked, "attended": attended, "maintenance": maintenance, "outage": 0}


def test_every_figure_of_the_quarter_is_what_the_hand_wrote(cast, quarter):
    told = asked(cast.dario, "figures?by=none&compare=previous")
    whole = told["total"]
    assert told["rows"] == [whole]
    # 14 Thursdays of 4 hours and a Sunday of 25; 2 + 1 + 2 + 1 + 5 hours booked; without B2 and B6 attended.
    assert whole["minutes"] == minutes(14 * 240 + 1500, 660, 540, 120)
    assert whole["counts"] == {
        "bookings": {"count": 5, "of": 5},
        "ended": {"count": 5, "of": 5},
        "attended": {"count": 3, "of": 5},
        "no_shows": {"count": 1, "of": 5},
        "cancelled": {"count": 2, "of": 7},
        "late_cancellations": {"count": 1, "of": 7},
        "by_members": {"count": 2, "of": 5},
        "people": {"count": 3, "of": 3},
        "returning": {"count": 2, "of": 3},
        "first_timers": {"count": 2, "of": 3},
    }
    # Lead times 10080, 1440, 2880, 1440, 1440; lengths 120, 60, 120, 60, 300.
    assert (whole["lead_minutes"], whole["length_minutes"]) == (1440, 120)
    # B1 was paid in September; B3's two hours are 36.60 with VAT, 30.00 without, over 81 hours opened.
    assert whole["revenue"] == {"cents": 3000, "currency": "EUR"}
    assert whole["revenue_per_opened_hour"] == {"cents": 37, "currency": "EUR"}
    before = told["compared_total"]
    assert told["compared_days"] == {"on_from": "2026-07-01", "on_to": "2026-10-01"}
    assert before["minutes"] == minutes(240, 60, 0)
    assert before["counts"]["bookings"] == {"count": 1, "of": 1}
    assert before["revenue"]["cents"] == 3000


@pytest.mark.parametrize(
    ("days", "how", "compared"),
    [
        ("2026-11-01 2026-12-01", "previous", "2026-10-01 2026-11-01"),  # 30 days with 31
        ("2026-03-01 2026-04-01", "previous", "2026-02-01 2026-03-01"),  # 31 with 28
        ("2026-10-01 2027-01-01", "previous", "2026-07-01 2026-10-01"),
        ("2026-01-01 2027-01-01", "previous", "2025-01-01 2026-01-01"),
        ("2026-02-01 2026-03-01", "year", "2025-02-01 2025-03-01"),
        ("2024-02-01 2024-03-01", "year", "2023-02-01 2023-03-01"),
        ("2026-11-02 2026-11-09", "previous", "2026-10-26 2026-11-02"),
        ("2026-11-02 2026-11-09", "year", "2025-11-03 2025-11-10"),  # the same weekdays
    ],
)
def test_whole_months_are_compared_with_whole_months(cast, days, how, compared):
    first, last = days.split()
    told = (
        client(cast.dario).get(f"/api/v1/reports/figures?on_from={first}&on_to={last}&compare={how}").json()
    )
    assert list(told["compared_days"].values()) == compared.split()


def by(cast, key):
    return {row["name"]: row for row in asked(cast.dario, f"figures?by={key}")["rows"]}


def test_the_quarter_is_cut_by_room_kind_month_weekday_and_hour(cast, quarter):
    rooms = by(cast, "resource")
    assert rooms["Sala Po"]["minutes"] == minutes(3360, 360, 240, 120)
    assert rooms["Sala Dora"]["minutes"] == minutes(1500, 300, 300)
    assert rooms["Sala Po"]["counts"]["people"] == {"count": 3, "of": 3}
    assert rooms["Sala Po"]["counts"]["returning"] == {"count": 1, "of": 3}
    assert rooms["Sala Po"]["revenue_per_opened_hour"]["cents"] == 54  # 30.00 over 56 hours
    for cut in ("kind", "venue", "partner"):
        (row,) = by(cast, cut).values()
        assert row["minutes"] == minutes(4860, 660, 540, 120)
    months = by(cast, "month")
    assert months["2026-10"]["minutes"] == minutes(5 * 240 + 1500, 600, 540)
    assert months["2026-11"]["minutes"] == minutes(4 * 240, 0, 0)
    assert months["2026-12"]["minutes"] == minutes(5 * 240, 60, 0, 120)
    assert months["2026-11"]["counts"]["late_cancellations"] == {"count": 1, "of": 2}
    assert months["2026-10"]["revenue"]["cents"] == 3000
    days = {row["key"]: row for row in asked(cast.dario, "figures?by=weekday")["rows"]}
    assert days["4"]["minutes"] == minutes(3360, 360, 240, 120)
    assert days["7"]["minutes"] == minutes(1500, 300, 300)
    hours = {row["key"]: row for row in asked(cast.dario, "figures?by=hour")["rows"]}
    assert hours["2"]["minutes"] == minutes(120, 120, 120)
    assert hours["10"]["minutes"] == minutes(14 * 60 + 60, 120, 60, 60)
    assert hours["10"]["counts"]["no_shows"] == {"count": 1, "of": 2}


def test_the_week_and_the_year_are_the_same_hours(cast, quarter):
    heat = {(c["weekday"], c["hour"]): c for c in asked(cast.dario, "heat?")["cells"]}
    assert (heat[4, 13]["opened"], heat[4, 13]["booked"]) == (840, 120)
    assert (heat[7, 2]["opened"], heat[7, 2]["booked"]) == (120, 120)
    assert sum(c["booked"] for c in heat.values()) == 660
    year = asked(cast.dario, "hours?step=day&split=resource&compare=year")
    lines = {line["name"]: line["minutes"] for line in year["lines"]}
    assert len(year["steps"]) == 92
    assert year["steps"][24] == "2026-10-25"
    assert (lines["Sala Dora"]["opened"][24], lines["Sala Dora"]["booked"][24]) == (1500, 300)
    assert lines["Sala Po"]["booked"][7] == 180
    assert year["compared"]["days"] == {"on_from": "2025-10-01", "on_to": "2026-01-01"}
    (months,) = asked(cast.dario, "hours?step=month")["lines"]
    assert months["minutes"] == {"opened": [2700, 960, 1200], "booked": [600, 0, 60], "attended": [540, 0, 0]}
    weeks = asked(cast.dario, "hours?step=week&split=kind")
    assert sum(weeks["lines"][0]["minutes"]["booked"]) == 660


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        ("bookings", "B1 B2 B3 B6 B7"),
        ("attended", "B1 B3 B7"),
        ("no_shows", "B2"),
        ("cancelled", "B4 B5"),
        ("late_cancellations", "B4"),
        ("by_members", "B1 B2"),
        ("returning", "B1 B2 B3 B7"),
        ("first_timers", "B1 B2 B6"),
        ("bookings&weekday=4&hour=10", "B1 B2"),
        ("bookings&weekday=7", "B7"),
    ],
)
def test_every_figure_leads_to_the_bookings_behind_it(cast, quarter, figure, names):
    told = asked(cast.dario, f"bookings?figure={figure}")
    assert {b["id"] for b in told["data"]} == {encode("bkg", quarter[n].pk) for n in names.split()}
    assert told["count"] == len(names.split())
    assert "Ada" not in str(told)
    assert "Carla" not in str(told)


@pytest.mark.parametrize(
    ("row", "figure", "names"),
    [
        # Bruno came twice, but once to each room and once on each weekday.
        ("resource Sala Po", "returning", "B1 B2"),
        ("weekday giovedì", "returning", "B1 B2"),
        ("kind sala riunioni", "returning", "B1 B2 B3 B7"),
        ("month 2026-10", "returning", "B1 B2 B3 B7"),
        # He had been there in September, and Carla never before.
        ("month 2026-10", "first_timers", "B1 B2"),
        ("month 2026-12", "first_timers", "B6"),
        ("resource Sala Dora", "first_timers", ""),
        ("hour 10:00", "first_timers", "B1 B2"),
        ("hour 10:00", "late_cancellations", "B4"),
        # By hours, what was there at one; by where a booking begins, what began then.
        ("hour 13:00", "bookings&during=true", "B3 B6"),
        ("hour 13:00", "bookings", "B6"),
    ],
)
def test_a_row_leads_to_the_bookings_of_whom_it_counts(cast, quarter, row, figure, names):
    cut, _, name = row.partition(" ")
    told = asked(cast.dario, f"bookings?figure={figure}&by={cut}&key={by(cast, cut)[name]['key']}")
    found = {
        name
        for name, booking in quarter.items()
        if encode("bkg", booking.pk) in {b["id"] for b in told["data"]}
    }
    assert (found, told["count"]) == (set(names.split()), len(names.split()))


@pytest.mark.parametrize(
    "cut", ["resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month"]
)
def test_every_number_of_every_row_is_as_many_bookings_or_people_as_are_behind_it(cast, quarter, cut):
    looked = 0
    for row in asked(cast.dario, f"figures?by={cut}")["rows"]:
        for figure, counted in row["counts"].items():
            told = asked(cast.dario, f"bookings?figure={figure}&by={cut}&key={row['key']}")
            ids = [decode("bkg", b["id"]) for b in told["data"]]
            people = set(Booking.objects.filter(pk__in=ids).values_list("person", flat=True))
            assert (len(people) if figure in PEOPLE else told["count"]) == counted["count"], (
                row["name"],
                figure,
            )
            looked += counted["count"]
    assert looked > 20
    assert asked(cast.dario, f"bookings?by={cut}&key=nothing")["count"] == 0
    assert asked(cast.elena, f"bookings?by={cut}&key={row['key']}")["count"] == 0


def test_hours_under_maintenance_lead_to_the_work_they_were_lost_to(cast, quarter):
    told = asked(cast.dario, "lost?measure=maintenance")
    assert [(one["resource"]["name"], one["reason"], one["minutes"]) for one in told["data"]] == [
        ("Sala Po", "lampada", 120)
    ]
    assert (told["count"], told["minutes"]) == (1, 120)
    assert "Gina" not in str(told)
    assert asked(cast.dario, "lost?measure=maintenance&weekday=4&hour=11")["minutes"] == 60
    assert asked(cast.dario, "lost?measure=maintenance&hour=12")["data"] == []
    assert asked(cast.dario, "lost?measure=outage")["data"] == []
    assert asked(cast.elena, "lost?measure=maintenance")["data"] == []
    assert client(cast.ada).get(f"/api/v1/reports/lost?{QUARTER}").status_code == 403


def test_another_partner_sees_whole_months_and_none_with_fewer_than_three(cast, quarter):
    told = asked(cast.elena, "figures?by=resource")
    assert told["rows"] == []
    assert told["total"]["minutes"] == minutes(0, 0, 0)
    assert asked(cast.elena, "bookings?figure=bookings")["data"] == []
    room = encode("res", cast.room.pk)
    for narrowed in ("", f"&resource_id={room}", f"&venue_id={encode('ven', cast.venue.pk)}"):
        hours = asked(cast.elena, f"hours?step=day&split=resource{narrowed}")
        assert hours["lines"] == []
        assert [(o["month"], o["opened_minutes"], o["booked_minutes"]) for o in hours["others"]] == [
            ("2026-10", 2700, 600),
            ("2026-11", None, None),
            ("2026-12", None, None),
        ]
    assert asked(cast.dario, "hours?step=month")["others"] == []


def test_the_figures_are_a_table_in_the_reader_s_language(cast, quarter):
    answer = client(cast.dario).get(
        f"/api/v1/reports/figures?by=resource&output=csv&{QUARTER}", headers={"Accept-Language": "it"}
    )
    rows = list(
        csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";")
    )
    po = dict(zip(rows[0], next(row for row in rows if row[0] == "Sala Po"), strict=True))
    assert (po["Aperte (min)"], po["Mancate presentazioni"], po["Ricavi netti"]) == ("3360", "1", "30,00")
    for path in ("heat?", "hours?step=week", "demand?", "figures?by=hour"):
        answer = client(cast.dario).get(f"/api/v1/reports/{path}&output=xlsx&{QUARTER}")
        assert b"".join(answer.streaming_content).startswith(b"PK")


OCTOBER, NOVEMBER = "on_from=2026-10-01&on_to=2026-11-01", "on_from=2026-11-01&on_to=2026-12-01"


@pytest.mark.parametrize("path", ["figures?by=resource", "figures?by=kind", "hours?step=week&split=resource"])
def test_a_table_says_what_it_is_compared_with_in_columns_of_its_own(cast, quarter, path):
    def table(more):
        answer = client(cast.dario).get(
            f"/api/v1/reports/{path}&output=csv&{more}", headers={"Accept-Language": "en"}
        )
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))

    now, then = table(NOVEMBER), table(OCTOBER)
    both = table(f"{NOVEMBER}&compare=previous")
    was = [n for n, title in enumerate(both[0]) if title.endswith(", before")]
    assert [both[0][n].removesuffix(", before") for n in was] == [t for t in then[0] if t != "Of"]
    assert {len(row) for row in both} == {len(both[0])}
    assert [row[: len(now[0])] for row in both[: len(now)]] == now
    # Row by row it is what October says by itself.
    column = then[0].index("Booked (min)")
    told = [row[both[0].index("Booked (min), before")] for row in both[1:]]
    assert told == [row[column] for row in then[1:]]
    assert sum(int(cell or 0) for cell in told) > 0


def test_a_cell_of_the_week_leads_to_every_booking_for_some_of_it(cast, quarter):
    def names(more):
        found = {b["id"] for b in asked(cast.dario, f"bookings?{more}")["data"]}
        return {name for name, booking in quarter.items() if encode("bkg", booking.pk) in found}

    # B1 begins at ten and is there at eleven; at eleven nothing begins.
    assert names("weekday=4&hour=11") == set()
    assert names("weekday=4&hour=11&during=true") == {"B1"}
    assert names("weekday=4&hour=13&during=true") == {"B3", "B6"}
    assert names("weekday=4&during=true") == {"B1", "B2", "B3", "B6"}
    assert names("weekday=4&hour=10&during=true&figure=no_shows") == {"B2"}
    # Two o'clock came twice that Sunday.
    assert names("weekday=7&hour=2&during=true") == {"B7"}
    assert names("weekday=7&hour=5&during=true") == set()


def test_the_week_says_what_was_missed_and_how_it_was_before(cast, quarter):
    told = asked(cast.dario, "heat?missed=true&compare=previous")
    cells = {(c["weekday"], c["hour"]): (c["ended"], c["no_shows"]) for c in told["cells"]}
    assert cells[4, 10] == (2, 1)
    assert cells[4, 11] == (1, 0)
    assert cells[7, 4] == (1, 0)
    assert cells[7, 5] == (0, 0)  # the clock showed two twice: five hours from one end at five
    assert told["compared_days"] == {"on_from": "2026-07-01", "on_to": "2026-10-01"}
    before = {(c["weekday"], c["hour"]): c for c in told["compared_cells"]}
    assert (before[4, 10]["opened"], before[4, 10]["booked"]) == (60, 60)
    plain = asked(cast.dario, "heat?")
    assert (plain["compared_cells"], plain["cells"][0]["no_shows"]) == (None, None)
    answer = client(cast.dario).get(f"/api/v1/reports/heat?output=csv&missed=true&compare=year&{QUARTER}")
    head = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[0]
    assert "Mancate presentazioni" in head
    assert "Prenotate (min), prima" in head


def test_revenue_is_spread_over_the_hours_that_were_booked(cast, quarter):
    # B3's 30.00, of twelve to fourteen; B1 was paid in September.
    hours = {row["key"]: row for row in asked(cast.dario, "figures?by=hour")["rows"]}
    assert {h: row["revenue"]["cents"] for h, row in hours.items() if row["revenue"]["cents"]} == {
        "12": 1500,
        "13": 1500,
    }
    assert {row["revenue_of"]["cents"] for row in hours.values()} == {3000}
    # At twelve it was open for an hour on fourteen Thursdays and a Sunday.
    assert hours["12"]["revenue_per_opened_hour"]["cents"] == 100
    days = {row["key"]: row["revenue"]["cents"] for row in asked(cast.dario, "figures?by=weekday")["rows"]}
    assert days == {"4": 3000, "7": 0}
    behind = asked(cast.dario, "takings?by=hour&key=12")
    assert (behind["count"], behind["net"]["cents"], behind["part"]["cents"]) == (1, 3000, 1500)
    assert asked(cast.dario, "takings?by=hour&key=9")["count"] == 0
    assert asked(cast.dario, "takings?by=weekday&key=")["count"] == 0


def test_hours_add_up_to_the_cent_and_what_has_no_booking_has_no_hour(cast, at, quarter):
    at("2026-12-16 09:00")
    paid_at_the_desk(cast, cast.ada, cast.room, "2026-12-17 10:00", 90)
    entry = Entry.objects.filter(booking=quarter["B3"].pk).get()
    entry.pk, entry.booking, entry._state.adding = uuid7(), None, True  # sold with no booking
    entry.save(force_insert=True)
    at("2027-01-04 09:00")
    told = asked(cast.dario, "figures?by=hour")
    whole = told["total"]["revenue"]["cents"]
    assert sum(row["revenue"]["cents"] for row in told["rows"]) == whole > 3000
    last = told["rows"][-1]
    assert (last["name"], last["minutes"]["opened"], last["revenue_per_opened_hour"]) == (
        "Senza ora",
        0,
        None,
    )
    alone = asked(cast.dario, "takings?by=hour&key=")
    assert (alone["count"], alone["part"]) == (1, last["revenue"])
