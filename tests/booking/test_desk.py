"""The desk's board: who is late, who stays too long, who owes; unchanged, it is not sent again."""

import pytest

from booking.attending import attendance
from booking.models import Change
from core.ids import encode
from tests.api import client
from tests.booking.confirmed import book
from tests.cast import period, rome

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(cast, at):
    at("2026-12-01 09:00")
    path = f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}"
    api = client(cast.gina)
    return lambda **headers: api.get(path, **headers)


def test_late_arriving_and_overdue_are_told_apart(cast, board, at):
    late = book(cast.ada, cast.room, "2026-12-01 10:00")
    book(cast.bruno, cast.other_room, "2026-12-01 12:00")
    stays = book(cast.ada, cast.other_room, "2026-12-01 09:00", 60)
    at("2026-12-01 09:05")
    attendance.check_in(cast.gina, stays.pk)
    at("2026-12-01 10:20")
    said = board().json()
    assert [b["id"] for b in said["late"]] == [encode("bkg", late.pk)]
    assert said["counts"] | {"free_now": 0} == {
        "arrivals": 1, "late": 1, "running": 1, "overdue": 1, "unpaid": 0, "free_now": 0, "approvals": 0, "appeals": 0,
    }  # fmt: skip


def test_a_board_on_which_nothing_happened_is_not_sent_again(cast, board, at):
    book(cast.ada, cast.room, "2026-12-01 10:00")
    at("2026-12-01 09:10:05")
    first = board()
    at("2026-12-01 09:10:50")
    assert board(headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_change_that_waits_for_staff_is_on_the_board_with_what_can_be_done(cast, board):
    made = book(cast.ada, cast.room, "2026-12-03 10:00")
    wanted = period("2026-12-03 14:00")
    plan = {
        "period": [wanted.start.isoformat(), wanted.end.isoformat()],
        "resource": None,
        "item": None,
        "items": [],
    }
    Change.objects.create(
        booking=made, kind="move", waits_for="approval", plan=plan, until=rome("2026-12-02 10:00")
    )
    book(cast.bruno, cast.room, "2026-12-03 11:00")
    said = board().json()
    (asked,) = said["approvals"]
    assert (asked["id"], said["counts"]["approvals"]) == (encode("bkg", made.pk), 1)
    assert asked["change"]["waits_for"] == "approval"
    assert [asked["actions"][act]["allowed"] for act in ("approve", "refuse")] == [True, True]
