"""A hall of two halves for a quarter, counted by hand: an hour of the whole is an hour of each half, and counts once.

October to December 2026, fourteen Thursdays. The Salone and its half B open from 10 to 14, half A from 10 to 16: of half A
six hours a day, of half B four, 140 in all, though each resource by itself says 112, 84 and 56.

    H1  Ada    Salone   1 Oct 10–12   came           2 hours of each half
    H2  Bruno  half A   8 Oct 10–11   did not come   1 hour
    H3  Ada    half A   8 Oct 13–15   came           2 hours, of which the Salone was open for one
    H4  Carla  half B   8 Oct 13–14   came           1 hour
"""

from datetime import date, timedelta
from itertools import chain, combinations
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.attending import attendance
from booking.holding import blocks
from booking.measuring import tally
from booking.measuring.lost import lost_to
from booking.measuring.tally import BOOKED, OPENED, OUTAGE, Days
from booking.models import Booking, Claim
from core.ids import encode
from core.periods import Period
from spaces import layout, opening, places
from spaces.models import OpenSpan, Part, Resource
from tests.api import client
from tests.booking.confirmed import book
from tests.cast import period, rome
from tests.properties.rows import tally_is_in_step

pytestmark = pytest.mark.django_db
QUARTER = "on_from=2026-10-01&on_to=2027-01-01"
THURSDAYS = [date(2026, 10, 1) + timedelta(weeks=n) for n in range(14)]


def opens(resource, day, start, end):
    hours = Period(rome(f"{day}T{start}:00"), rome(f"{day}T{end}:00"))
    OpenSpan.objects.create(resource=resource, during=hours, anchor=hours.start)


@pytest.fixture
def quarter(cast, at):
    at("2026-09-10 09:00")
    hall, a, b = cast.hall, cast.half, cast._half_b
    OpenSpan.objects.all().delete()
    for day in THURSDAYS:
        opens(hall, day, 10, 14)
        opens(a, day, 10, 16)
        opens(b, day, 10, 14)
    at("2026-09-30 10:00")
    first = book(cast.ada, hall, "2026-10-01 10:00", 120)
    second = book(cast.bruno, a, "2026-10-08 10:00", 60)
    third = book(cast.ada, a, "2026-10-08 13:00", 120)
    fourth = book(cast.carla, b, "2026-10-08 13:00", 60)
    at("2026-10-01 10:00")
    attendance.check_in(cast.gina, first.pk)
    at("2026-10-08 11:00")
    attendance.mark_no_show(cast.gina, second.pk)
    at("2026-10-08 13:00")
    attendance.check_in(cast.gina, third.pk)
    attendance.check_in(cast.gina, fourth.pk)
    at("2027-01-04 09:00")
    return hall, a, b


def asked(cast, path):
    answer = client(cast.dario).get(f"/api/v1/reports/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def figures(cast, by, days=QUARTER):
    return asked(cast, f"figures?by={by}&{days}")


def hours(row):
    return tuple(row["minutes"][name] / 60 for name in ("opened", "booked", "attended"))


def rows(told):
    return {row["name"]: hours(row) for row in told["rows"]}


def test_each_hour_of_a_divided_hall_is_in_the_sums_once(cast, quarter):
    told = figures(cast, "resource")
    assert rows(told) == {"Salone": (112, 7, 6), "Salone A": (84, 5, 4), "Salone B": (56, 3, 3)}
    assert hours(told["total"]) == (140, 8, 7)
    for cut in ("none", "kind", "venue", "partner"):
        (row,) = figures(cast, cut)["rows"]
        assert hours(row) == (140, 8, 7)
    assert sum(row["minutes"]["opened"] for row in figures(cast, "month")["rows"]) == 140 * 60
    assert "una volta" in next(d["means"] for d in told["definitions"] if d["key"] == "opened")
    tally_is_in_step()


def test_what_is_counted_once_is_so_in_each_group_that_has_some_of_it(cast, quarter):
    Resource.objects.filter(pk=quarter[1].pk).update(kind="meeting_room")
    told = figures(cast, "kind")
    # Half A as the Salone opens it, and half B; by the other kind half A alone. They are not added up.
    assert rows(told) == {"salone": (112, 7, 6), "sala riunioni": (84, 5, 4)}
    assert hours(told["total"]) == (140, 8, 7)


def test_the_week_and_the_lines_and_the_months_of_a_hall_are_the_same_hours(cast, quarter):
    heat = asked(cast, f"heat?{QUARTER}")
    cells = {(c["weekday"], c["hour"]): (c["opened"] / 60, c["booked"] / 60) for c in heat["cells"]}
    assert cells == {
        (4, 10): (28, 3),
        (4, 11): (28, 2),
        (4, 12): (28, 0),
        (4, 13): (28, 2),
        (4, 14): (14, 1),
        (4, 15): (14, 0),
    }
    assert (heat["minutes"]["opened"], heat["minutes"]["booked"]) == (8400, 480)
    (line,) = asked(cast, f"hours?{QUARTER}&step=month")["lines"]
    assert line["minutes"] == {
        "opened": [50 * 60, 40 * 60, 50 * 60],
        "booked": [480, 0, 0],
        "attended": [420, 0, 0],
    }
    old = asked(cast, f"occupancy?{QUARTER}&venue_id={encode('ven', cast.venue.pk)}")
    assert (old["totals"]["opened_minutes"], old["totals"]["booked_minutes"]) == (8400, 480)
    assert {r["name"]: r["units"] for r in old["resources"]} == {"Salone": 2, "Salone A": 1, "Salone B": 1}


def test_by_plan_a_hall_is_booked_as_often_as_its_halves(cast, quarter):
    (row,) = figures(cast, "plan")["rows"]
    assert hours(row) == (140, 8, 7)


def behind(cast, row, more="", days=QUARTER):
    """The bookings that the hours of a row of resources lead to."""
    told = asked(cast, f"bookings?by=resource&key={row['key']}&during=true&{days}{more}")
    assert told["count"] == len(told["data"])
    return {booking["id"] for booking in told["data"]}


def test_hours_of_a_hall_and_its_halves_lead_to_the_bookings_they_are_of(cast, quarter):
    names = {encode("bkg", b.pk): f"H{n}" for n, b in enumerate(Booking.objects.order_by("period"), 1)}
    found = {row["name"]: row for row in figures(cast, "resource")["rows"]}

    def led(name, more=""):
        return sorted(names[pk] for pk in behind(cast, found[name], more))

    # By the order of their beginnings the third and the fourth are half A's and half B's, at the same hour.
    assert len(led("Salone")) == 4
    assert (len(led("Salone A")), len(led("Salone B"))) == (3, 2)
    assert led("Salone A", "&hour=11") == led("Salone B", "&hour=11") == ["H1"]
    assert led("Salone A", "&figure=no_shows") == led("Salone", "&figure=no_shows") == ["H2"]
    # At two in the afternoon half A alone is open.
    assert (len(led("Salone A", "&hour=14")), led("Salone", "&hour=14")) == (1, [])
    assert {name: row["counts"]["bookings"]["count"] for name, row in found.items()} == {
        "Salone": 1, "Salone A": 2, "Salone B": 1,
    }  # fmt: skip


def test_what_closing_would_cost_leads_to_the_bookings_that_it_counts(cast, quarter, at):
    """A quarter past twelve of the first day: the Salone's booking is over, and is none of its halves' own."""
    at("2026-10-01 12:15")
    days = "on_from=2026-10-01&on_to=2026-11-01"
    told = asked(cast, f"closure?{days}")
    assert {row["name"]: row["bookings"] for row in told["resources"]} == {"Salone A": 2, "Salone B": 1}
    for row in told["resources"]:
        listed = f"bookings?by=resource&key={row['id']}&during=true&figure=standing&{days}"
        assert asked(cast, listed)["count"] == row["bookings"]
    assert asked(cast, f"bookings?during=true&figure=standing&{days}")["count"] == told["bookings"] == 3
    at("2026-10-01 11:00")
    for resource, many in zip(quarter, (1, 2, 1), strict=True):
        listed = f"bookings?by=resource&key={encode('res', resource.pk)}&during=true&figure=standing&{days}"
        assert asked(cast, listed)["count"] == many


def test_what_a_hall_lost_is_what_its_halves_lost_and_whose_it_is_says_why(cast, quarter, at):
    hall, a, b = quarter
    at("2026-10-20 09:00")
    Resource.objects.filter(pk=b.pk).update(owner=cast.member)
    blocks.block(cast.gina, hall, period("2026-10-22 10:00", 120), "maintenance", "palco")
    blocks.block(cast.gina, a, period("2026-10-22 14:00", 120), "maintenance", "luci")
    blocks.block(cast.gina, a, period("2026-10-29 10:00", 60), "own_use", "prove")
    told = asked(cast, f"lost?{QUARTER}")
    assert sorted((one["reason"], one["minutes"]) for one in told["data"]) == [("luci", 120), ("palco", 240)]
    assert told["minutes"] == figures(cast, "none")["total"]["minutes"]["maintenance"] == 360
    for row in figures(cast, "resource")["rows"]:
        told = asked(cast, f"lost?{QUARTER}&resource_id={row['key']}")
        assert told["minutes"] == row["minutes"]["maintenance"]
    assert asked(cast, f"lost?{QUARTER}&weekday=4&hour=15")["minutes"] == 60
    (seen,) = client(cast.elena).get(f"/api/v1/reports/lost?{QUARTER}").json()["data"]
    assert (seen["resource"]["name"], seen["minutes"], seen["reason"]) == ("Salone", 120, "")


def test_who_missed_an_hour_of_a_half_is_in_the_week_of_the_hall(cast, quarter):
    heat = asked(cast, f"heat?missed=true&{QUARTER}&resource_id={encode('res', quarter[0].pk)}")
    assert {(c["hour"], c["ended"], c["no_shows"]) for c in heat["cells"] if c["ended"]} == {
        (10, 2, 1), (11, 1, 0), (13, 2, 0),
    }  # fmt: skip


def test_folding_keeps_what_is_shared(cast, quarter):
    before = figures(cast, "none")
    tally.fold()
    assert figures(cast, "none") == before
    tally_is_in_step()


# -- what is offered no more ----------------------------------------------------------------------------------


def test_what_is_offered_no_more_keeps_its_hours_until_that_day(cast, at, quarter):
    before = rows(figures(cast, "month"))
    at("2026-11-10 12:00")
    places.edit_resource(cast.ivo, quarter[1].pk, {"is_active": False})
    told = rows(figures(cast, "month"))
    # Six Thursdays were over: five of October, one of November; from then on half A opens only with the Salone.
    assert told["2026-10"] == before["2026-10"] == (50, 8, 7)
    assert told["2026-11"] == (10 + 3 * 8, 0, 0)
    assert told["2026-12"] == (5 * 8, 0, 0)
    assert rows(figures(cast, "resource"))["Salone A"] == (6 * 6, 5, 4)
    december = "on_from=2026-12-01&on_to=2027-01-01"
    assert "Salone A" not in rows(figures(cast, "resource", december))
    lines = asked(cast, f"hours?{december}&split=resource")["lines"]
    assert [line["name"] for line in lines] == ["Salone", "Salone B"]
    tally_is_in_step()


def test_what_is_offered_again_opens_from_that_day(cast, at):
    at("2026-12-01 12:00")
    places.edit_resource(cast.ivo, cast.room.pk, {"is_active": False})
    at("2026-12-10 12:00")
    places.edit_resource(cast.ivo, cast.room.pk, {"is_active": True})
    days = tally.totals([cast.room.pk], Days(date(2026, 12, 1), date(2026, 12, 12)), "day", (OPENED,))
    assert {on.day for on, m in days.items() if m[OPENED]} == {1, 10, 11}
    tally_is_in_step()


def test_what_is_offered_between_two_instants_opens_between_them(cast, at):
    at("2026-12-01 09:00")
    room = cast.room  # 8 to 22
    path = f"/api/v1/resources/{encode('res', room.pk)}"
    offered = {"published_from": "2026-12-03T09:00:00Z", "published_until": "2026-12-05T11:00:00Z"}
    assert client(cast.dario).patch(path, offered).status_code == 200
    days = Days(date(2026, 12, 1), date(2026, 12, 23))

    def opened():
        found = tally.totals([room.pk], days, "day", (OPENED,))
        return {on.day: m[OPENED] / 60 for on, m in found.items()}

    assert opened() == {3: 12, 4: 14, 5: 4}
    at("2026-12-20 09:00")
    week = "on_from=2026-12-14&on_to=2026-12-21"
    assert rows(figures(cast, "resource", week)) == {}
    assert client(cast.dario).patch(path, {"published_until": None}).status_code == 200
    assert opened() == {3: 12, 4: 14, 5: 4, 20: 14, 21: 14, 22: 14}
    tally_is_in_step()


# -- what is made of other things ---------------------------------------------------------------------------


def test_what_is_made_of_other_resources_has_the_hours_of_them_all(cast, at):
    at("2026-12-01 09:00")
    floor = cast.resource("piano", "hall", "Piano intero")
    for part in (cast.hall, cast.room):
        Part.objects.create(resource=floor, of=part)
    layout.join_domains(layout.units_of(layout.takes([floor.pk])))
    opening.plan(floor, date(2026, 12, 1))
    booking = book(cast.ada, Resource.objects.get(pk=floor.pk), "2026-12-03 10:00", 120)
    at("2026-12-03 10:00")
    attendance.check_in(cast.gina, booking.pk)
    day = "on_from=2026-12-03&on_to=2026-12-04"
    told = figures(cast, "resource", day)
    # 8 to 22: of the halves and Sala Po fourteen hours each, which are the floor's too, and in all once.
    assert rows(told) == {
        "Piano intero": (42, 6, 6),
        "Sala Po": (14, 2, 2),
        "Salone": (28, 4, 4),
        "Salone A": (14, 2, 2),
        "Salone B": (14, 2, 2),
    }
    assert hours(told["total"]) == (42, 6, 6)
    assert {row["name"]: row["counts"]["bookings"]["count"] for row in told["rows"]}["Piano intero"] == 1
    assert all(behind(cast, row, days=day) == {encode("bkg", booking.pk)} for row in told["rows"])
    tally_is_in_step()
    Part.objects.filter(of=cast.room).delete()
    assert rows(figures(cast, "resource", day))["Piano intero"] == (28, 4, 4)
    assert hours(figures(cast, "none", day)["total"]) == (42, 6, 6)
    tally_is_in_step()


# -- whatever is opened and taken ------------------------------------------------------------------------------

STRETCH = st.tuples(st.integers(0, 23), st.integers(1, 12))


@pytest.fixture
def three(cast, at):
    """Things that share their units crosswise: a row of three, its left two, its right two, and a unit of each end."""
    at("2026-11-30 09:00")
    units = [layout.new_unit(cast.venue, f"unità {n}") for n in range(3)]
    made = {"all": units, "left": units[:2], "right": units[1:], "first": units[:1], "last": units[2:]}
    found = {}
    for name, taken in made.items():
        found[name] = cast.resource(name, "desk", name)
        layout.give_units(found[name], taken)
    return found, units, made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STRETCH, min_size=5, max_size=5), st.lists(STRETCH, min_size=3, max_size=3))
def test_any_resources_have_together_what_a_hand_finds_on_their_units(three, opened, taken):
    found, units, made = three
    day = date(2026, 12, 3)

    def span(start, length):
        first = rome(f"{day}T00:00") + timedelta(hours=start)
        return Period(first, first + timedelta(hours=length))

    open_at = {name: set(range(s, s + n)) for name, (s, n) in zip(found, opened, strict=True)}
    out_at = {unit: set(range(s, s + n)) for unit, (s, n) in zip(units, taken, strict=True)}
    days = Days(day, day + timedelta(days=3))
    with transaction.atomic():
        for resource, stretch in zip(found.values(), opened, strict=True):
            hours = span(*stretch)
            OpenSpan.objects.create(resource=resource, during=hours, anchor=hours.start)
        for unit, stretch in zip(units, taken, strict=True):
            Claim.objects.create(unit=unit, during=span(*stretch), kind="outage", outage_id=uuid4())
        for some in chain.from_iterable(combinations(found, n) for n in range(1, 6)):
            together = {unit: set().union(*(open_at[n] for n in some if unit in made[n])) for unit in units}
            sums = tally.by_group({found[n].pk: "" for n in some}, days, (OPENED, OUTAGE)).get("", {})
            assert sums.get(OPENED, 0) == 60 * sum(len(hours) for hours in together.values())
            lost = sum(len(together[u] & out_at[u]) for u in units)
            assert sums.get(OUTAGE, 0) == 60 * lost
            if len(some) in (2, 5):
                assert sum(lost_to(OUTAGE, [found[n].pk for n in some], days).values()) == 3600 * lost
        tally_is_in_step()
        transaction.set_rollback(True)


def test_a_claim_shows_on_whoever_is_open_then(cast, quarter):
    hall, a, b = quarter
    days = Days(date(2026, 10, 8), date(2026, 10, 9))
    both = tally.by_group({hall.pk: "", b.pk: ""}, days, (OPENED, BOOKED))
    # Without half A's own opening its last hour is nobody's.
    assert both == {"": {OPENED: 480, BOOKED: 180}}
    assert tally.by_group({hall.pk: "", a.pk: "", b.pk: ""}, days, (BOOKED,)) == {"": {BOOKED: 240}}
