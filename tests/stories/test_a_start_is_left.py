"""Who leaves the beginning of their time, by moving, shortening or editing a series, does so within their rules' notice."""

import pytest

from billing.models import Refund
from booking.models import Booking
from core import outbox
from spaces.models import Rules
from tests.api import client, codes, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import buy, move, pay, span, squares, to
from tests.stories.test_a_series_is_edited import changed, confirmed, planned
from tests.stories.test_an_association_books_a_series import TUESDAYS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def notice(cast):
    """Two hours; the terms give back half until two hours before the start, and nothing after."""
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"notice": 120, "horizon_days": 365})


def test_who_shortens_at_the_front_within_the_notice_is_refused_as_who_moves(cast, bank, at, notice):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    at("2026-12-03 13:00")
    api = client(cast.ada)
    for n, (start, end) in enumerate((("15:00", "17:00"), ("15:00", "16:00"), ("13:30", "15:30"))):
        assert "too-late-to-leave" in codes(move(api, booking, to(f"03T{start}", f"03T{end}"), f"m{n}"))
    assert move(client(cast.gina), booking, to("03T15:00", "03T16:00"), "staff").status_code == 200


def test_an_end_may_change_to_the_last(cast, bank, at, notice):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    at("2026-12-03 13:00")
    api = client(cast.ada)
    assert move(api, booking, to("03T14:00", "03T15:00"), "less").status_code == 200
    assert move(api, booking, to("03T14:00", "03T16:00"), "as-before").json()["change"] is None
    assert move(api, booking, to("03T14:00", "03T17:00"), "more").json()["change"]["waits_for"] == "payment"


def test_the_front_may_be_given_back_and_more_at_the_end_is_then_paid(cast, bank, at, notice):
    """What is kept of the time given back may yet be credited, so it pays for nothing else."""
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    at("2026-12-03 13:00")
    api = client(cast.ada)
    given = post(api, f"/bookings/{booking['id']}/give-back", to("03T14:00", "03T15:00"), "give")
    assert given.status_code == 200, given.content
    assert span(given.json())[0] == "2026-12-03T14:00:00Z"
    more = move(api, booking, to("03T15:00", "03T17:00"), "more").json()["change"]
    assert more["price_difference"]["cents"] == 1830
    pay(api, bank, booking["id"], "more")
    Rules.objects.update(data={"horizon_days": 365})
    buy(client(cast.bruno), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T15:00:00", "taker")
    at("2026-12-03 15:00")
    outbox.drain()
    outbox.drain()
    assert [(r.amount.cents, r.reason) for r in Refund.objects.all()] == [(1830, "used-by-others")]
    squares()


def verdicts(edit):
    return {d["on"]: (d["verdict"], [r["code"] for r in d["reasons"]]) for d in edit["dates"]}


def test_a_date_of_a_series_within_the_notice_stays_where_it_is(cast, at, notice):
    rule = TUESDAYS | {"last_on": "2026-12-22"}
    series = confirmed(cast, rule)
    at("2026-12-01 16:30")
    later = rule | {"hours": {"start": "19:00", "end": "21:00"}}
    by_staff = planned(client(cast.gina), series, "all", rule=later)
    assert verdicts(by_staff)["2026-12-01"] == ("free", [])
    edit = planned(client(cast.ada), series, "all", rule=later)
    assert verdicts(edit)["2026-12-01"] == ("refused", ["too-late-to-leave"])
    assert verdicts(edit)["2026-12-15"] == ("free", [])
    assert changed(client(cast.ada), series, edit).status_code == 200
    assert [b.period.start.hour for b in Booking.objects.order_by("period")] == [17, 18, 18]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("18:00", "21:00", ("free", [])),  # only the end is new
        ("18:00", "19:00", ("free", [])),  # only less of it
        ("17:30", "20:00", ("refused", ["too-soon"])),  # the half hour before it is new, and too soon
        ("19:00", "20:00", ("refused", ["too-late-to-leave"])),
        ("19:00", "21:00", ("refused", ["too-late-to-leave"])),
    ],
)
def test_a_date_within_the_notice_is_asked_only_for_what_is_new_of_it(cast, at, notice, start, end, said):
    rule = TUESDAYS | {"last_on": "2026-12-22"}
    series = confirmed(cast, rule)
    at("2026-12-01 16:30")
    edit = planned(client(cast.ada), series, "all", rule=rule | {"hours": {"start": start, "end": end}})
    assert verdicts(edit)["2026-12-01"] == said
    assert verdicts(edit)["2026-12-15"] == ("free", [])


def test_its_longer_end_is_had(cast, at, notice):
    rule = TUESDAYS | {"last_on": "2026-12-22"}
    series = confirmed(cast, rule)
    at("2026-12-01 16:30")
    longer = rule | {"hours": {"start": "18:00", "end": "20:30"}}
    edit = planned(client(cast.ada), series, "all", rule=longer)
    assert changed(client(cast.ada), series, edit).status_code == 200
    assert {b.period.minutes for b in Booking.objects.all()} == {150}


def test_the_end_that_is_new_is_asked_for_all_else(cast, at, notice):
    """It may be taken, and it may be closed, however long the date has been theirs."""
    rule = TUESDAYS | {"last_on": "2026-12-22"}
    series = confirmed(cast, rule)
    at("2026-12-01 16:25")
    taken = wish(cast.room, "2026-12-01T20:00:00", "2026-12-01T21:00:00")
    assert post(client(cast.bruno), "/bookings", taken, "b").status_code == 201
    at("2026-12-01 16:30")
    edit = planned(client(cast.ada), series, "all", rule=rule | {"hours": {"start": "18:00", "end": "22:30"}})
    assert verdicts(edit)["2026-12-01"] == ("closed", ["closed"])
    edit = planned(client(cast.ada), series, "all", rule=rule | {"hours": {"start": "18:00", "end": "21:00"}})
    assert verdicts(edit)["2026-12-01"] == ("taken", ["slot-taken"])


def test_a_booking_that_grows_to_the_front_is_asked_for_the_notice(cast, bank, at, notice):
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T14:00:00", "2026-12-03T16:00:00")
    at("2026-12-03 11:45")
    api = client(cast.ada)
    assert codes(move(api, booking, to("03T13:30", "03T16:00"), "earlier")) == ["too-soon"]
    at("2026-12-03 13:15")
    assert codes(move(api, booking, to("03T13:30", "03T17:00"), "both")) == ["too-soon"]
    assert move(api, booking, to("03T14:00", "03T17:00"), "end").json()["change"]["waits_for"] == "payment"
