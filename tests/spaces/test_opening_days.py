"""Days as a venue opens them: both clock changes, midnight, round the clock, exceptions, and where steps begin."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.finding.availability import look, starts
from core.periods import Period, instant, local_day, merged
from spaces import opening
from spaces.models import Closure, OpenSpan, Rules
from spaces.opening import open_spans
from spaces.recurrence import Repeat
from spaces.seasons import Week
from tests.cast import LONG_AGO, ROME, period, rome

DAY = timedelta(days=1)
SHORT, LONG = date(2027, 3, 28), date(2026, 10, 25)
ORDINARY = date(2026, 12, 1)


def on(day, *repeats, closed=()):
    return open_spans(Week(list(repeats)), closed, ROME, day, day + DAY)


def hours(start, end, **more):
    return Repeat(LONG_AGO, start, end, frequency="DAILY", **more)


def shown(spans):
    """Open stretches as the venue's clock shows them."""
    return [f"{s.during.start.astimezone(ROME):%H:%M}-{s.during.end.astimezone(ROME):%H:%M}" for s in spans]


@pytest.mark.parametrize(("day", "minutes"), [(ORDINARY, 24 * 60), (SHORT, 23 * 60), (LONG, 25 * 60)])
def test_round_the_clock_is_the_whole_of_the_venue_s_day(day, minutes):
    (span,) = on(day, hours(time(0), None))
    assert span.during == local_day(day, ROME)
    assert span.during.minutes == minutes
    assert span.anchor == span.during.start


def test_round_the_clock_has_no_gap_between_days():
    spans = open_spans(Week([hours(time(0), None)]), [], ROME, LONG - 3 * DAY, LONG + 3 * DAY)
    assert len(spans) == 6
    assert len(merged(s.during for s in spans)) == 1
    assert all(s.anchor.astimezone(ROME).time() == time(0) for s in spans)


@pytest.mark.parametrize(
    ("day", "start", "end", "minutes"),
    [
        (SHORT, time(1), time(4), 120),
        (SHORT, time(2, 30), time(4), 60),  # the clock never shows 02:30: open from the change
        (SHORT, time(8), time(22), 14 * 60),
        (LONG, time(1), time(4), 4 * 60),
        (LONG, time(2, 30), time(4), 150),  # shown twice: open from the first
        (LONG, time(1), time(2, 30), 90),  # and shut at the first
        (LONG, time(8), time(22), 14 * 60),
    ],
)
def test_each_end_is_what_the_wall_clock_shows(day, start, end, minutes):
    (span,) = on(day, hours(start, end))
    assert span.during.minutes == minutes


def test_hours_that_the_clock_skips_are_not_open():
    assert on(SHORT, hours(time(2), time(3))) == []


@pytest.mark.parametrize("day", [ORDINARY, SHORT, LONG])
def test_24_00_is_the_next_midnight(day):
    (span,) = on(day, hours(time(20), None))
    assert span.during.end == instant(day + DAY, time(0), ROME)
    assert shown([span]) == ["20:00-00:00"]


def test_hours_over_midnight_belong_to_the_day_they_begin_on():
    spans = open_spans(Week([hours(time(22), time(2))]), [], ROME, SHORT - DAY, SHORT + DAY)
    # On the night of the change the clock goes from 02:00 to 03:00: two o'clock is that instant.
    assert [s.during.minutes for s in spans] == [4 * 60, 4 * 60]
    assert [s.during.start.astimezone(ROME).date() for s in spans] == [SHORT - DAY, SHORT]


def test_hours_that_touch_are_one_and_those_that_do_not_are_two():
    assert shown(on(ORDINARY, hours(time(8), time(12)), hours(time(12), time(18)))) == ["08:00-18:00"]
    assert shown(on(ORDINARY, hours(time(14), time(18)), hours(time(8), time(12)))) == [
        "08:00-12:00",
        "14:00-18:00",
    ]


def test_an_exception_clips_and_the_anchor_stays():
    spans = on(ORDINARY, hours(time(8), time(18)), closed=[period("2026-12-01 07:00", 95)])
    assert shown(spans) == ["08:35-18:00"]
    assert spans[0].anchor == rome("2026-12-01 08:00")


def test_an_exception_in_the_middle_leaves_two_with_one_anchor():
    spans = on(ORDINARY, hours(time(8), time(18)), closed=[period("2026-12-01 11:10", 60)])
    assert shown(spans) == ["08:00-11:10", "12:10-18:00"]
    assert {s.anchor for s in spans} == {rome("2026-12-01 08:00")}


quarters = st.integers(0, 110)


@given(
    st.sampled_from([ORDINARY, SHORT, LONG]),
    st.lists(st.tuples(st.integers(0, 22), st.integers(1, 10)), min_size=1, max_size=4),
    st.lists(st.tuples(quarters, st.integers(1, 40)), max_size=4),
)
def test_open_is_the_rules_less_the_exceptions_minute_by_minute(day, opens, closures):
    repeats = [hours(time(h), time(h + n) if h + n < 24 else None) for h, n in opens]
    midnight = local_day(day, ROME).start
    quarter = timedelta(minutes=15)
    closed = [Period(midnight + q * quarter, midnight + (q + n) * quarter) for q, n in closures]
    spans = on(day, *repeats, closed=closed)
    at = midnight
    while at < midnight + 26 * 4 * quarter:
        wall = at.astimezone(ROME)
        by_rule = wall.date() == day and any(
            instant(day, r.start, ROME) <= at < instant(day, r.end, ROME) for r in repeats
        )
        assert any(at in s.during for s in spans) == (by_rule and not any(at in c for c in closed)), wall
        at += quarter
    assert all(one.during.end <= two.during.start for one, two in pairwise(spans))
    assert all(s.anchor <= s.during.start for s in spans)


# -- as rows, and what is offered from them -----------------------------------------------------------------


def rows(resource, day):
    found = OpenSpan.objects.filter(resource=resource, during__overlap=local_day(day, ROME))
    return shown(found.order_by("during"))


def offered(cast, resource, day, minutes=60):
    """The starts that a visitor is shown on a day, by the venue's clock."""
    seen = look([resource], local_day(day, ROME), None)
    return [f"{s.astimezone(ROME):%H:%M%z}" for s in starts(seen, resource, minutes)]


@pytest.mark.django_db
def test_public_holidays_are_closed_the_patron_s_too(cast, at):
    at("2026-11-30 09:00")
    room = cast.room
    for closed in ("2026-12-08", "2026-12-25", "2026-12-26", "2027-01-06", "2027-03-29", "2027-06-24"):
        assert rows(room, date.fromisoformat(closed)) == [], closed
    assert rows(room, date(2026, 12, 24)) == ["08:00-22:00"]


@pytest.mark.django_db
@pytest.mark.usefixtures("no_holidays")
def test_a_venue_in_no_country_s_calendar_has_no_holidays(cast, at):
    at("2026-11-30 09:00")
    assert rows(cast.room, date(2026, 12, 25)) == ["08:00-22:00"]


@pytest.mark.django_db
def test_a_resource_s_own_hours_replace_its_venue_s(cast, at):
    at("2026-11-30 09:00")
    room, other = cast.room, cast.other_room
    opening.set_hours(room, [2], time(18), None, first_on=LONG_AGO)
    opening.plan(room)
    assert rows(room, ORDINARY) == ["18:00-00:00"]
    assert rows(room, ORDINARY + DAY) == []
    assert rows(other, ORDINARY + DAY) == ["08:00-22:00"]


@pytest.mark.django_db
def test_one_resource_s_closure_leaves_the_others_open(cast, at):
    at("2026-11-30 09:00")
    room, other = cast.room, cast.other_room
    Closure.objects.create(resource=room, during=period("2026-12-01 12:00", 120))
    opening.plan_venue(cast.venue)
    assert rows(room, ORDINARY) == ["08:00-12:00", "14:00-22:00"]
    assert rows(other, ORDINARY) == ["08:00-22:00"]


@pytest.mark.django_db
def test_planning_again_changes_nothing_and_leaves_the_past(cast, at):
    at("2026-11-30 09:00")
    room = cast.room

    def everything():
        return list(OpenSpan.objects.filter(resource=room).order_by("during").values_list("during", "anchor"))

    before = everything()
    assert before[0][0].start < datetime(2026, 10, 1, tzinfo=UTC)
    opening.plan(room)
    opening.extend_all()
    assert everything() == before


@pytest.fixture
def no_holidays(cast):
    """The short day of 2027 is Easter."""
    cast.venue.holidays_of = ""
    cast.venue.save()


@pytest.mark.django_db
@pytest.mark.usefixtures("no_holidays")
@pytest.mark.parametrize("day", [SHORT, LONG])
def test_steps_are_counted_from_the_day_s_own_opening(cast, at, day):
    """Ninety minutes do not divide the hours since some epoch: each day begins its grid anew."""
    at("2026-10-01 09:00")
    room = cast.room
    Rules.objects.create(
        resource=room, from_on=LONG_AGO, data={"step": 90, "least": 90, "most": 180, "horizon_days": 365}
    )
    for there in (day - DAY, day, day + DAY):
        assert [s[:5] for s in offered(cast, room, there, 90)][:3] == ["08:00", "09:30", "11:00"]


@pytest.mark.django_db
@pytest.mark.usefixtures("no_holidays")
def test_an_hour_shown_twice_is_offered_twice_and_one_skipped_not_at_all(cast, at):
    at("2026-10-01 09:00")
    room = cast.room
    Rules.objects.create(resource=room, from_on=LONG_AGO, data={"step": 60, "least": 60, "horizon_days": 365})
    opening.set_hours(room, range(1, 8), time(0), None, first_on=LONG_AGO)
    opening.plan(room)
    assert offered(cast, room, LONG)[:5] == [
        "00:00+0200",
        "01:00+0200",
        "02:00+0200",
        "02:00+0100",
        "03:00+0100",
    ]
    assert offered(cast, room, SHORT)[:4] == ["00:00+0100", "01:00+0100", "03:00+0200", "04:00+0200"]


@pytest.mark.django_db
def test_a_closure_in_the_morning_does_not_shift_the_afternoon_s_starts(cast, at):
    at("2026-11-30 09:00")
    room = cast.room
    Closure.objects.create(resource=room, during=period("2026-12-01 08:00", 70))
    opening.plan(room)
    assert [s[:5] for s in offered(cast, room, ORDINARY)][:2] == ["09:30", "10:00"]


def test_a_season_wins_over_the_ordinary_hours_and_a_single_day_over_the_season():
    ordinary = Repeat(LONG_AGO, time(9), time(18), weekdays=(1, 2, 3, 4, 5))
    summer = Repeat(
        date(2027, 6, 1), time(8), time(13), weekdays=(1, 2, 3, 4, 5, 6), until_on=date(2027, 9, 1)
    )
    feast = Repeat(date(2027, 7, 14), time(20), time(23), frequency="DAILY", until_on=date(2027, 7, 15))
    week = Week([], [ordinary, summer, feast])

    def of(day):
        return shown(open_spans(week, [], ROME, day, day + DAY))

    assert of(date(2027, 5, 31)) == ["09:00-18:00"]
    assert of(date(2027, 6, 1)) == ["08:00-13:00"]
    assert of(date(2027, 7, 14)) == ["20:00-23:00"]
    assert of(date(2027, 7, 18)) == []  # a Sunday of the season
    assert of(date(2027, 9, 1)) == ["09:00-18:00"]


def test_a_resource_has_its_venue_s_hours_on_the_days_that_none_of_its_own_covers():
    own = Repeat(date(2027, 1, 5), time(10), time(12), frequency="DAILY", until_on=date(2027, 1, 6))
    week = Week([own], [hours(time(8), time(18))])
    found = open_spans(week, [], ROME, date(2027, 1, 5), date(2027, 1, 7))
    assert shown(found) == ["10:00-12:00", "08:00-18:00"]


@pytest.mark.django_db
def test_a_venue_may_open_on_a_holiday_and_a_resource_on_all(cast, at):
    at("2026-11-30 09:00")
    venue, room = cast.venue, cast.room
    immaculate, christmas = date(2026, 12, 8), date(2026, 12, 25)

    def opened(day):
        return OpenSpan.objects.filter(resource=room, during__overlap=local_day(day, ROME)).exists()

    assert not opened(immaculate)
    venue.open_holidays = ["Immaculate Conception"]
    venue.patron_saint, venue.patron_day = "San Secondo", "12-03"
    venue.save()
    opening.plan_venue(venue)
    assert (opened(immaculate), opened(christmas), opened(date(2026, 12, 3))) == (True, False, False)
    room.open_on_holidays = True
    room.save()
    opening.plan_venue(venue)
    assert opened(christmas)
    assert opened(date(2026, 12, 3))
