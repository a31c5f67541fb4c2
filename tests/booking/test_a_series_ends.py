"""Who waits when a series ends."""

import pytest

from booking.models import Booking
from tests.api import client, post
from tests.booking.waiters import joined, places, slot
from tests.races.test_series_edits import hold_elsewhere
from tests.stories.test_a_series_is_edited import RULE, confirmed

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = RULE["first_on"]


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_who_waits_elsewhere_hears_that_a_series_with_a_move_there_has_ended(cast):
    series = confirmed(cast, RULE)
    hold_elsewhere(Booking.objects.order_by("period").first(), cast.other_room)
    wanted = slot(cast.other_room, f"{FIRST}T18:00:00", f"{FIRST}T20:00:00")
    assert joined(cast.bruno, wanted)["state"] == "waiting"
    ended = post(client(cast.ada), f"/series/{series['id']}/end", {"on": FIRST}, "end")
    assert ended.status_code == 200, ended.content
    assert places(cast.bruno)[0]["state"] == "offered"
