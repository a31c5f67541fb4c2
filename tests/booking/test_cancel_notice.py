"""Until when its own people cancel a booking, and who does afterwards."""

import pytest

from billing.changes.moves import move
from booking.changing.moves import Where
from booking.holding import lifecycle
from booking.holding.holds import locked
from booking.models import Booking
from core.ids import encode
from core.locks import act
from spaces.models import Rules
from tests.api import client, post
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, period
from tests.stories.test_an_association_books_a_series import TUESDAYS, booked, plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _a_day_before(cast, at):
    at("2026-11-30 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"cancel_notice": 24 * 60})


def cancelling(person, booking):
    public = encode("bkg", booking.pk)
    seen = client(person).get(f"/api/v1/bookings/{public}").json()["actions"]["cancel"]
    said = post(client(person), f"/bookings/{public}/cancel", key=str(person.pk))
    assert seen["allowed"] == (said.status_code == 200), said.content
    return said


def test_until_the_notice_and_then_by_staff(cast, at):
    first, second = (
        book(cast.ada, cast.room, "2026-12-02 09:00"),
        book(cast.ada, cast.room, "2026-12-02 11:00"),
    )
    at("2026-12-01 09:00")
    assert cancelling(cast.ada, first).status_code == 200
    at("2026-12-01 11:01")
    late = cancelling(cast.ada, second)
    assert late.status_code == 403
    assert [(r["code"], r["fixable_by"]) for r in late.json()["reasons"]] == [("too-late-to-cancel", "staff")]
    assert "24 ore" in str(late.json()["reasons"])
    listed = client(cast.ada).get("/api/v1/bookings").json()["data"]
    assert [b["actions"]["cancel"]["allowed"] for b in listed if b["code"] == second.code] == [False]
    assert cancelling(cast.gina, second).status_code == 200


def test_a_later_rule_does_not_bind_who_booked_before_and_moving_away_does_not_help(cast, at):
    booking = book(cast.ada, cast.room, "2026-12-02 09:00")
    at("2026-11-30 09:01")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"cancel_notice": 0})
    at("2026-12-01 10:00")
    assert cancelling(cast.ada, booking).status_code == 403
    move(cast.gina, booking.pk, Where(period("2026-12-09 09:00")), house=True)
    at("2026-12-01 10:01")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"cancel_notice": 24 * 60})
    other = book(cast.ada, cast.room, "2026-12-02 15:00")
    moved = book(cast.ada, cast.room, "2026-12-03 15:00")
    at("2026-12-02 14:00")
    move(cast.ada, moved.pk, Where(period("2026-12-20 15:00")))
    assert cancelling(cast.ada, other).status_code == 403
    at("2026-12-03 08:00")
    assert cancelling(cast.ada, Booking.objects.get(pk=moved.pk)).status_code == 403


def evenings(cast):
    """Ada's five Tuesdays, all confirmed."""
    api = client(cast.ada)
    series = booked(api, plan(api, cast.room, TUESDAYS)).json()
    for held in list(Booking.objects.all()):
        act(lambda held=held: lifecycle.confirm(locked(held.pk), cast.ada))()
    return api, series


def test_the_dates_of_a_series_that_are_too_late_stay_when_it_ends(cast, at):
    api, series = evenings(cast)
    at("2026-11-30 19:00")
    ended = post(api, f"/series/{series['id']}/end", {"on": "2026-12-01"}, "end").json()
    states = [b["state"] for b in ended["bookings"]]
    assert (states[0], set(states[1:])) == ("confirmed", {"cancelled"})
    by_staff = post(client(cast.gina), f"/series/{series['id']}/end", {"on": "2026-12-01"}, "staff").json()
    assert {b["state"] for b in by_staff["bookings"]} == {"cancelled"}


def test_an_edit_does_not_give_up_what_it_is_too_late_to_cancel(cast, at):
    api, series = evenings(cast)
    at("2026-11-30 19:00")
    later = TUESDAYS | {"first_on": "2026-12-15"}
    body = {"series_id": series["id"], "scope": "all", "rule": later}
    (first,) = [d for d in api.post("/api/v1/series/plans", body).json()["dates"] if d["change"] == "goes"]
    assert (first["on"], first["verdict"], first["chosen"]) == ("2026-12-01", "refused", False)
    assert [r["code"] for r in first["reasons"]] == ["too-late-to-cancel"]
