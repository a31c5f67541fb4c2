"""Outside calendars: they block what is free, free what they leave, and fail without harm."""

from typing import Any

import pytest

from booking.inviting import sources
from booking.models import CalendarSource, Claim, OutsideEvent
from core import outbox
from core.fetching import Fetched, FetchFailed
from core.ids import encode
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://calendar.example/laser.ics"


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def outside(monkeypatch):
    """What the other side answers; `said` is its text, a FetchFailed, or None for "unchanged"."""

    class Outside:
        said: Any = ""
        asked_with: list[str] = []

    def fetch(url, *, etag=""):
        Outside.asked_with = [*Outside.asked_with, etag]
        if isinstance(Outside.said, FetchFailed):
            raise Outside.said
        return Fetched(None if Outside.said is None else Outside.said.encode(), "v1")

    monkeypatch.setattr(sources, "fetch", fetch)
    return Outside


def event(uid, start, end, *more):
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20261101T000000Z",
            f"DTSTART{start}",
            f"DTEND{end}",
            *more,
            "END:VEVENT",
        ]
    )


def calendar(*events):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", *events, "END:VCALENDAR", ""])


TUESDAY = event("a", ":20261201T090000Z", ":20261201T100000Z")
WEDNESDAY = event("b", ";TZID=Europe/Rome:20261202T100000", ";TZID=Europe/Rome:20261202T120000")


def added(cast, resource=None):
    body = {"resource_id": encode("res", (resource or cast.room).pk), "url": URL}
    answer = post(client(cast.dario), "/calendar-sources", body)
    assert answer.status_code == 201, answer.content
    outbox.drain()
    return answer.json()["id"]


def seen(cast, source):
    return client(cast.dario).get(f"/api/v1/calendar-sources/{source}").json()


def read_again():
    sources.read({"source": str(CalendarSource.objects.get().pk)})


def taken():
    rows = Claim.objects.filter(kind="outside").order_by("during")
    return [(c.during.start, c.during.end) for c in rows]


TUESDAY_HOURS = (rome("2026-12-01 10:00"), rome("2026-12-01 11:00"))
WEDNESDAY_HOURS = (rome("2026-12-02 10:00"), rome("2026-12-02 12:00"))


def test_its_busy_times_are_claimed_and_shown(cast, outside):
    outside.said = calendar(TUESDAY, WEDNESDAY)
    source = added(cast)
    assert taken() == [TUESDAY_HOURS, WEDNESDAY_HOURS]
    found = seen(cast, source)
    assert (found["events"], found["fault"], found["failing_since"], found["affected"]) == (2, "", None, [])


def test_reading_it_twice_changes_nothing(cast, outside):
    outside.said = calendar(TUESDAY)
    added(cast)
    before = list(Claim.objects.values_list("pk", flat=True))
    read_again()
    assert list(Claim.objects.values_list("pk", flat=True)) == before


def test_what_it_leaves_is_free_again(cast, outside):
    outside.said = calendar(TUESDAY, WEDNESDAY)
    added(cast)
    outside.said = calendar(WEDNESDAY)
    read_again()
    assert taken() == [WEDNESDAY_HOURS]
    assert OutsideEvent.objects.count() == 1


def test_a_booking_keeps_its_time_and_is_listed_as_affected(cast, outside):
    booking = book(cast.ada, cast.room, "2026-12-02 10:30", 60)
    outside.said = calendar(WEDNESDAY)
    source = added(cast)
    assert taken() == [
        (rome("2026-12-02 10:00"), rome("2026-12-02 10:30")),
        (rome("2026-12-02 11:30"), rome("2026-12-02 12:00")),
    ]
    assert [b["code"] for b in seen(cast, source)["affected"]] == [booking.code]


def test_what_an_affected_booking_gives_back_passes_to_the_outside(cast, outside):
    from booking.holding import lifecycle

    booking = book(cast.ada, cast.room, "2026-12-02 10:30", 60)
    outside.said = calendar(WEDNESDAY)
    added(cast)
    lifecycle.cancel(cast.ada, booking.pk)
    outside.said = None
    read_again()
    assert sum((end - start).seconds for start, end in taken()) == 2 * 60 * 60


def test_a_repeated_event_keeps_the_wall_clock_over_the_clock_change(cast, outside, at):
    at("2026-10-20 09:00")
    weekly = event(
        "w",
        ";TZID=Europe/Rome:20261020T100000",
        ";TZID=Europe/Rome:20261020T110000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )
    outside.said = calendar(weekly)
    added(cast)
    assert [start for start, _ in taken()] == [
        rome(f"2026-{day} 10:00") for day in ("10-20", "10-27", "11-03")
    ]


def test_a_day_is_the_venue_s_day_and_free_and_cancelled_ones_do_not_count(cast, outside):
    outside.said = calendar(
        event("day", ";VALUE=DATE:20261205", ";VALUE=DATE:20261206"),
        event("free", ":20261207T090000Z", ":20261207T100000Z", "TRANSP:TRANSPARENT"),
        event("gone", ":20261208T090000Z", ":20261208T100000Z", "STATUS:CANCELLED"),
    )
    added(cast)
    assert taken() == [(rome("2026-12-05 00:00"), rome("2026-12-06 00:00"))]


def test_a_rule_that_repeats_each_minute_is_left_out_and_the_others_go_on(cast, outside):
    hostile = event("m", ":19700101T000000Z", ":19700101T000100Z", "RRULE:FREQ=MINUTELY")
    outside.said = calendar(hostile, TUESDAY)
    added(cast)
    assert taken() == [TUESDAY_HOURS]


def test_a_failing_source_keeps_what_was_known_and_says_since_when(cast, outside, at):
    outside.said = calendar(TUESDAY)
    source = added(cast)
    outside.said = FetchFailed("unreachable")
    at("2026-11-30 09:05")
    read_again()
    at("2026-11-30 09:10")
    read_again()
    found = seen(cast, source)
    assert (found["fault"], found["failing_since"]) == ("unreachable", "2026-11-30T08:05:00Z")
    assert taken() == [TUESDAY_HOURS]
    outside.said = calendar()
    read_again()
    assert (seen(cast, source)["failing_since"], taken()) == (None, [])


def test_a_file_that_is_no_calendar_is_a_fault(cast, outside):
    outside.said = "<html>sign in</html>"
    source = added(cast)
    assert seen(cast, source)["fault"] == "unreadable"


def test_every_unit_of_a_pool_is_taken(cast, outside):
    outside.said = calendar(TUESDAY)
    added(cast, cast.pool(3))
    assert taken() == [TUESDAY_HOURS] * 3


def test_a_removed_source_frees_its_time(cast, outside):
    outside.said = calendar(TUESDAY)
    source = added(cast)
    assert client(cast.dario).delete(f"/api/v1/calendar-sources/{source}").status_code == 204
    assert (taken(), CalendarSource.objects.count()) == ([], 0)


def test_it_is_read_within_five_minutes(cast, outside, at):
    outside.said = calendar()
    added(cast)
    outside.said = calendar(TUESDAY)
    at("2026-11-30 09:04:30")
    outbox.plan_periodic()
    outbox.drain()
    assert taken() == [TUESDAY_HOURS]
    assert outside.asked_with == ["", "v1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/a.ics",
        "https://ada:x@calendar.example/",
        "https://calendar.example:8443/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_may_not_be_read_is_refused(cast, url):
    body = {"resource_id": encode("res", cast.room.pk), "url": url}
    answer = post(client(cast.dario), "/calendar-sources", body)
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, "/url")


def test_a_list_of_many_costs_as_one(cast, queries):
    for number in range(5):
        CalendarSource.objects.create(resource=cast.room, url=f"{URL}?{number}", made_by=cast.dario)
    api = client(cast.dario)
    with queries(6):
        assert len(api.get("/api/v1/calendar-sources").json()["data"]) == 5
