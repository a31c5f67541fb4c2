"""What was wanted in vain is counted without names, once an asker, and told of three people with an account together."""

from collections import Counter
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection

from booking.holding import blocks
from booking.measuring import demand
from booking.models import Demand, DemandTold
from core.clock import now
from core.ids import encode
from tests.api import client, post, wish
from tests.cast import period

pytestmark = pytest.mark.django_db
WEEK = "on_from=2026-11-30&on_to=2026-12-07"
DECEMBER = "on_from=2026-12-01&on_to=2027-01-01"


@pytest.fixture(autouse=True)
def _now(at):
    at("2026-11-30 09:00")


@pytest.fixture(autouse=True)
def marks(monkeypatch):
    """Every asker has a mark of their own: whose is whose is by chance else."""
    given: dict[str, int] = {}
    monkeypatch.setattr(demand, "mark_of", lambda asker: given.setdefault(asker, len(given)))
    return given


@pytest.fixture
def full(cast):
    """On Tuesday evening Sala Po is nobody's to have."""
    blocks.block(cast.gina, cast.room, period("2026-12-01 18:00", 240), "own_use", "corso")
    return cast.room


def look(person, room, evening="2026-12-01", **headers):
    found = client(person).get(
        f"/api/v1/offers?resource_id={encode('res', room.pk)}&on={evening}&earliest=19:00&latest=22:00&minutes=60",
        **headers,
    )
    assert found.status_code == 200
    return found.json()


def told(cast, more="", days=WEEK, person=None):
    return client(person or cast.dario).get(f"/api/v1/reports/demand?{days}{more}").json()


@pytest.fixture
def over(at):
    """`over("2026-12-02")`: it is the morning of that day, and what was wanted of the days before is told."""

    def told_on(day):
        at(f"{day} 09:00")
        demand.tell()

    return told_on


@pytest.fixture
def just_in_time(at):
    """`just_in_time(person, room)`: on the very day they still look for its evening."""

    def looks(person, room):
        at("2026-12-01 10:00")
        look(person, room)

    return looks


def want(resource, start, who, reason="slot-taken"):
    demand.note([demand.attempt(resource, period(start).start, reason)], who, known=True)


def test_three_who_wanted_the_same_show_when_the_day_is_over(cast, full, at, over):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    demand.tell()
    at("2026-12-01 23:30")
    demand.tell()
    assert (told(cast)["total"], told(cast)["cells"]) == (0, [])
    over("2026-12-02")
    assert told(cast)["cells"] == [{"weekday": 2, "hour": 19, "count": 3}]
    assert told(cast)["resources"] == [{"key": encode("res", full.pk), "name": "Sala Po", "count": 3}]
    heat = client(cast.dario).get(f"/api/v1/reports/heat?{WEEK}").json()["cells"]
    assert {(c["weekday"], c["hour"]): c["unmet"] for c in heat}[2, 19] == 3
    assert not Demand.objects.exists()


def test_two_do_not_show_and_are_forgotten_with_their_month(cast, full, over):
    for person in (cast.ada, cast.bruno):
        look(person, full)
    over("2026-12-02")
    assert told(cast)["total"] == 0
    assert Demand.objects.count() == 2
    over("2027-01-01")
    assert told(cast, days=DECEMBER)["total"] == 0
    assert not Demand.objects.exists()
    assert not DemandTold.objects.exists()


def test_who_comes_later_changes_nothing_that_was_told(cast, full, over):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    over("2026-12-02")
    look(cast.elena, full)
    over("2026-12-03")
    over("2027-01-01")
    assert told(cast, days=DECEMBER)["total"] == 3


def test_one_who_asks_on_three_days_is_one(cast, full, over, just_in_time):
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(3):
            look(cast.ada, full)
            clock.shift(timedelta(days=1) / 10)
        look(cast.bruno, full)
    assert Demand.objects.count() == 4
    over("2026-12-02")
    assert (told(cast)["total"], told(cast)["resources"], told(cast)["reasons"]) == (0, [], [])
    just_in_time(cast.carla, full)
    over("2026-12-02")
    assert (told(cast)["total"], told(cast)["cells"]) == (5, [{"weekday": 2, "hour": 19, "count": 5}])


def test_who_has_the_same_mark_may_be_the_same(cast, full, marks, over, just_in_time):
    marks.update({str(person.pk): 7 for person in (cast.ada, cast.bruno)})
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    over("2026-12-02")
    assert told(cast)["total"] == 0
    just_in_time(cast.elena, full)
    over("2026-12-02")
    assert told(cast)["total"] == 4


def test_who_is_not_signed_in_is_counted_beside_three_accounts_and_makes_none_of_them(
    cast, full, over, just_in_time
):
    for person in (cast.ada, cast.bruno):
        look(person, full)
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):  # at home, at work, on a phone
        look(None, full, REMOTE_ADDR=address)
    assert Demand.objects.filter(mark=None).count() == 3
    over("2026-12-02")
    assert (told(cast)["total"], told(cast)["reasons"]) == (0, [])
    just_in_time(cast.carla, full)
    over("2026-12-02")
    assert told(cast)["total"] == 6


# -- who finds no company in a day ---------------------------------------------------------------------------


def test_an_evening_that_one_wants_every_week_shows_with_its_month(cast, over):
    for day, who in (("01", "a"), ("08", "b"), ("15", "c")):
        want(cast.room, f"2026-12-{day} 19:00", who)
    over("2026-12-31")
    assert told(cast, days=DECEMBER)["total"] == 0
    over("2027-01-01")
    found = told(cast, days=DECEMBER)
    assert found["cells"] == [{"weekday": 2, "hour": 19, "count": 3}]
    assert [row["key"] for row in found["reasons"]] == ["slot-taken"]
    for less in (WEEK, "on_from=2026-12-02&on_to=2027-01-01", "on_from=2026-12-01&on_to=2026-12-31"):
        assert told(cast, days=less)["total"] == 0
    assert told(cast, days="on_from=2026-10-01&on_to=2027-02-10")["total"] == 3


def test_what_three_have_not_in_common_is_left_out(cast, over):
    po, dora = cast.room, cast.other_room
    for resource, who, reason in ((po, "a", "slot-taken"), (po, "b", "closed"), (po, "c", "slot-taken")):
        want(resource, "2026-12-01 19:00", who, reason)
    for resource, who in ((po, "d"), (dora, "e"), (dora, "f")):
        want(resource, "2026-12-04 10:00", who)
    for resource, hour, who in ((po, 11, "g"), (cast.hall, 14, "h"), (cast.laser, 16, "i")):
        want(resource, f"2026-12-09 {hour}:00", who)
    over("2027-01-01")
    found = told(cast, days=DECEMBER)
    assert found["total"] == 9
    assert {(c["weekday"], c["hour"]): c["count"] for c in found["cells"]} == {(2, 19): 3, (5, 10): 3}
    assert [(row["name"], row["count"]) for row in found["resources"]] == [("Sala Po", 3)]
    assert [(row["key"], row["count"]) for row in found["kinds"]] == [("meeting_room", 6)]
    assert found["reasons"] == []
    # Of Sala Po by name nothing is known but the first three; of its kind both; of all three wishes of any hour.
    assert told(cast, f"&resource_id={encode('res', po.pk)}", DECEMBER)["total"] == 3
    assert told(cast, "&kind=meeting_room", DECEMBER)["total"] == 6
    assert told(cast, f"&venue_id={encode('ven', cast.venue.pk)}", DECEMBER)["total"] == 9


def test_what_is_left_of_one_partner_s_things_is_not_told_to_another(cast, over):
    cast.other_room.owner = cast.member
    cast.other_room.save()
    for resource, who in ((cast.room, "a"), (cast.other_room, "b"), (cast.room, "c"), (cast.hall, "d")):
        want(resource, "2026-12-01 19:00", who)
    over("2027-01-01")
    assert told(cast, days=DECEMBER, person=cast.elena)["total"] == 0
    assert told(cast, f"&partner_id={encode('prt', cast.lead.pk)}", DECEMBER)["total"] == 3


def test_telling_twice_tells_once(cast, full, over):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    for _ in range(2):
        over("2026-12-02")
    assert told(cast)["total"] == 3
    assert DemandTold.objects.count() == 1


# -- who is counted ------------------------------------------------------------------------------------------


def test_behind_a_proxy_visitors_are_told_apart_by_the_address_that_it_saw(cast, full, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for seen in ("forged, 192.0.2.1", "192.0.2.2", "forged again, 192.0.2.1"):
        look(None, full, HTTP_X_FORWARDED_FOR=seen, HTTP_X_FORWARDED_PROTO="https")
    assert Demand.objects.count() == 2


def test_what_was_kept_before_marks_is_shown_only_beside_three(cast, full, over, just_in_time):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    Demand.objects.filter(mark=0).update(mark=None)
    over("2026-12-02")
    assert told(cast)["total"] == 0
    just_in_time(cast.elena, full)
    over("2026-12-02")
    assert told(cast)["total"] == 4


def test_a_mark_is_one_of_sixteen_and_always_the_same(marks, monkeypatch):
    monkeypatch.undo()
    found = Counter(demand.mark_of(f"asker {n}") for n in range(1600))
    assert set(found) == set(range(demand.MARKS))
    assert min(found.values()) > 50  # nobody is known by theirs
    assert demand.mark_of("asker 7") == demand.mark_of("asker 7")


def test_a_search_that_finds_something_is_no_demand(cast, full):
    assert look(cast.ada, full, "2026-12-02")["data"][0]["offers"]
    assert not Demand.objects.exists()


def test_asking_again_is_no_crowd(cast, full):
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(5):
            look(cast.ada, full)
        assert Demand.objects.count() == 1
        clock.shift(timedelta(minutes=31))
        look(cast.ada, full)
    assert Demand.objects.count() == 2


def test_a_refused_attempt_says_where_when_and_why(cast, full):
    taken = wish(full, "2026-12-01T19:30:00", "2026-12-01T20:30:00")
    assert post(client(cast.ada), "/bookings", taken, "k1").status_code == 409
    row = Demand.objects.get()
    assert (row.how, row.resource, row.on, row.hour) == ("attempt", full, date(2026, 12, 1), 19)
    assert (row.kind, row.reason, row.count) == ("meeting_room", "slot-taken", 1)
    assert {f.name for f in Demand._meta.get_fields()}.isdisjoint({"person", "made_by", "made_at", "at"})


def test_what_cannot_be_noted_stops_nobody(cast, full, monkeypatch):
    tried = []

    def broken(rows):
        tried.append(rows)
        with connection.cursor() as cursor:  # a statement that fails spoils the transaction it is in
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(Demand.objects, "bulk_create", broken)
    assert look(cast.ada, full)["data"][0]["offers"] == []
    taken = wish(full, "2026-12-01T19:30:00", "2026-12-01T20:30:00")
    assert post(client(cast.ada), "/bookings", taken, "k1").status_code == 409
    assert len(tried) == 2
    assert not Demand.objects.exists()


def test_reasons_are_said_in_words_and_narrow_the_answer(cast, full, over):
    for n in range(4):
        want(full, "2026-12-01 19:00", f"asker {n}")
    want(full, "2026-12-01 19:00", "asker 0")  # within the half hour
    over("2026-12-02")
    assert told(cast)["reasons"] == [{"key": "slot-taken", "name": "Questo orario è già preso.", "count": 4}]
    assert told(cast, "&reason=closed")["total"] == 0


def test_another_partner_reads_nothing_of_it(cast, full, over):
    for person in (cast.ada, cast.bruno, cast.carla):
        look(person, full)
    over("2026-12-02")
    answer = told(cast, person=cast.elena)
    assert (answer["total"], answer["cells"], answer["resources"]) == (0, [], [])
    assert told(cast)["total"] == 3


def test_a_search_of_some_weekdays_wants_each_of_them():
    asked = {"weekday": [2, 4], "earliest": time(18, 30), "kind": ["hall"]}
    found = demand.searches(asked, date(2026, 11, 30), date(2026, 12, 7), "nothing-free")
    assert [(w.on, w.hour, w.kind) for w in found] == [
        (date(2026, 12, 1), 18, "hall"),
        (date(2026, 12, 3), 18, "hall"),
    ]
