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

from booking import attendance, blocks
from core.ids import encode
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
    assert year["compared"]["days"] == {"on_from": "2025-10-02", "on_to": "2026-01-02"}
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
