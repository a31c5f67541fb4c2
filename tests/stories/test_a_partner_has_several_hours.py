"""A partner has hours of several kinds: drawn in the order agreed, each with its own rule for beyond and for unused."""

import pytest

from billing.budgets import allowances
from billing.models import Draw
from core import outbox
from core.ids import decode
from tests.api import client, post
from tests.booking.confirmed import final
from tests.stories.test_a_partner_has_its_hours import agreed, body, booked, held, quoted, shown

pytestmark = pytest.mark.django_db
__all__ = ["body"]


@pytest.fixture(autouse=True)
def _monday(at, bank, cast):
    at("2026-11-30 09:00")
    cast.bruno.certifications.create(skill=cast.laser_skill, from_on="2026-01-01")


@pytest.fixture
def two(cast, body):
    """An hour a month for meeting rooms, drawn first; two for anything."""
    agreed(cast, name="Sale", turn=1, minutes=60, kinds=["meeting_room"], carried_minutes=30)
    agreed(cast, name="Tutto", turn=2, minutes=120)
    return body


def left(cast, month="2026-12"):
    return {
        row["name"]: next(m["left_minutes"] for m in row["months"] if m["month"] == month)
        for row in shown(cast)["data"]
    }


def draws(quote):
    return [(d["name"], d["units"], d["left"], d["worth"]["cents"]) for d in quote["lines"][0]["draws"]]


def test_the_first_in_turn_is_drawn_first_and_the_quote_says_which(cast, two):
    quote = quoted(cast, held(cast, two, 2), two)
    assert draws(quote) == [("Sale", 60, 0, 1830), ("Tutto", 60, 60, 1830)]
    assert quote["total"]["cents"] == 0
    assert [(a["name"], a["drawn_minutes"], a["left_minutes"]) for a in quote["allowances"]] == [
        ("Sale", 60, 0),
        ("Tutto", 60, 60),
    ]


def test_another_turn_from_a_month_on_draws_the_other_first(cast, two):
    agreed(cast, name="Sale", turn=3, minutes=61, kinds=["meeting_room"], from_on="2026-12-01")
    assert draws(quoted(cast, held(cast, two, 1), two)) == [("Tutto", 60, 60, 1830)]
    assert [row["name"] for row in shown(cast)["data"]] == ["Sale", "Tutto"]  # as it is this month


def test_what_one_is_not_for_draws_the_other_alone(cast, two):
    quote = quoted(cast, held(cast, two, 1, resource=cast.laser), two)
    assert draws(quote) == [("Tutto", 60, 60, 1830)]
    assert [a["name"] for a in quote["allowances"]] == ["Tutto"]


def test_beyond_all_of_them_the_tariff_is_asked_where_none_refuses(cast, two):
    booked(cast, two, 3)
    assert quoted(cast, held(cast, two, 1, day=3), two)["total"]["cents"] == 1830


def test_beyond_one_that_refuses_nothing_is_booked_though_the_other_would_ask(cast, body):
    agreed(cast, name="Sale", turn=1, minutes=60, kinds=["meeting_room"], beyond="refused")
    agreed(cast, name="Tutto", turn=2, minutes=60)
    refused = quoted(cast, held(cast, body, 3), body, status=409)
    assert (refused["code"], "2:00 h" in refused["detail"]) == ("allowance-spent", True)
    booked(cast, body, 2, day=3)
    # What the one that refuses is not for is none of its business.
    assert quoted(cast, held(cast, body, 1, day=4, resource=cast.laser), body)["total"]["cents"] == 1830


def test_each_carries_or_lapses_by_its_own_rule(cast, two, at):
    at("2027-01-01 09:00")
    for _ in range(2):
        allowances.sweep()
    assert left(cast, "2027-01") == {"Sale": 90, "Tutto": 120}


def test_each_has_back_what_it_paid(cast, two):
    booking = booked(cast, two, 2)
    assert left(cast) == {"Sale": 0, "Tutto": 60}
    post(client(cast.bruno), f"/bookings/{booking}/cancel", key="cancel")
    final(decode("bkg", booking))
    outbox.drain()
    assert left(cast) == {"Sale": 60, "Tutto": 120}
    assert Draw.objects.filter(booking=decode("bkg", booking)).count() == 4


def test_one_is_ended_and_the_other_goes_on(cast, two):
    agreed(cast, name="Sale", turn=1, minutes=0, from_on="2026-12-01")
    assert draws(quoted(cast, held(cast, two, 1), two)) == [("Tutto", 60, 60, 1830)]
    refusal = agreed(cast, status=422, name="Sale", minutes=5, from_on="2026-12-01")
    assert refusal["pointers"][0]["code"] == "too-early"
