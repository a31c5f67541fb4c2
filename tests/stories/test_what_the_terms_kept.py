"""Giving a booking up in pieces gives back what giving it up at once does: what the terms kept, they keep once."""

import pytest

from billing.models import Refund
from booking.models import Booking
from core import outbox
from tests.api import client, post
from tests.booking.confirmed import cancel_for_good
from tests.stories.changing import buy, move, pay, squares, to
from tests.stories.test_a_series_is_edited import changed, paid, planned
from tests.stories.test_an_association_books_a_series import TUESDAYS

pytestmark = pytest.mark.django_db
HALF = "2026-12-02 22:00"  # the terms give back half until two hours before, all until a day before


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def shortened(cast, bank, at):
    """Two hours of Ada's (36.60), of which she gave one up for half its price."""
    booking = buy(client(cast.ada), bank, cast.room, "2026-12-03T10:00:00", "2026-12-03T12:00:00")
    at(HALF)
    move(client(cast.ada), booking, to("03T10:00", "03T11:00"), "less")
    assert backs() == [915]
    return booking


def backs():
    return sorted(r.amount.cents for r in Refund.objects.all())


def told(api, booking):
    return api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]


def test_who_shortens_and_cancels_has_back_as_much_as_who_cancels(cast, shortened):
    assert told(client(cast.ada), shortened)["cancel"]["terms"]["refund"]["cents"] == 915
    cancel_for_good(cast.ada, Booking.objects.get().pk)
    assert backs() == [915, 915]
    squares()


def test_who_grows_into_it_again_has_it_all_to_give_up(cast, bank, shortened):
    api = client(cast.ada)
    assert (
        move(api, shortened, to("03T10:00", "03T12:00"), "more").json()["change"]["price_difference"]["cents"]
        == 915
    )
    pay(api, bank, shortened["id"], "more")
    half = 1373 + 458  # of each of her two payments, half up
    assert told(api, shortened)["cancel"]["terms"]["refund"]["cents"] == half
    cancel_for_good(cast.ada, Booking.objects.get().pk)
    assert sum(backs()) == 915 + half
    squares()


def test_giving_the_rest_back_gives_its_part_of_the_rest(cast, shortened):
    api = client(cast.ada)
    assert told(api, shortened)["give_back"]["terms"]["refund"]["cents"] == 915
    given = post(api, f"/bookings/{shortened['id']}/give-back")
    assert given.status_code == 200, given.content
    assert backs() == [915, 915]
    assert Booking.objects.get().given_back.get().kept.cents == 915
    squares()


def test_a_date_of_a_series_gives_back_no_more_when_it_is_moved_on_or_ended(cast, at, monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    rule = TUESDAYS | {"last_on": "2026-12-15"}
    series = paid(cast, rule)  # the first and the fifteenth, 36.60 each
    at("2026-12-01 10:00")
    api = client(cast.ada)
    shorter = planned(api, series, "all", rule=rule | {"hours": {"start": "18:00", "end": "19:00"}})
    assert changed(api, series, shorter, "c1").status_code == 200
    assert backs() == [915, 1830]
    on = planned(api, series, "all", rule=rule | {"hours": {"start": "18:30", "end": "19:30"}})
    assert changed(api, series, on, "c2").status_code == 200
    assert backs() == [915, 1830]
    assert post(api, f"/series/{series['id']}/end", {"on": "2026-12-01"}, "e").status_code == 200
    assert backs() == [915, 915, 1830, 1830]
    outbox.drain()
    squares()
