"""A year's membership that is owed before it is paid: its later parts are asked for, whatever its order becomes."""

import pytest

from billing.models import Order, PlanPeriod
from tests.api import client, post
from tests.stories.on_account import Office
from tests.stories.passes import cancelled, checked_out, held
from tests.stories.test_a_plan_is_lived_on import sold
from tests.stories.test_a_plan_is_paid_in_parts import YEAR, asked

pytestmark = pytest.mark.django_db
PART = 33333


@pytest.fixture
def body(cast, at):
    at("2026-11-16 09:00")
    return Office(cast).organisation


def owed(api, cast, body, *bookings):
    told = {"plan_id": sold(cast, **YEAR)["id"], "organisation_id": body}
    if bookings:
        told["booking_ids"] = list(bookings)
    quote = post(api, "/quotes", told)
    assert quote.status_code == 201, quote.content
    made = checked_out(api, quote.json(), bookings, method="account")
    assert made.status_code == 201, made.content


def parts_asked():
    return [o.total.cents for o in Order.objects.filter(state="owed", instalment__isnull=False)]


def test_its_parts_are_asked_for_though_the_first_is_still_owed(cast, body, at):
    owed(client(cast.bruno), cast, body)
    asked(at, "2027-03-16")
    assert parts_asked() == [PART]


def test_its_parts_are_asked_for_when_a_booking_of_its_order_is_given_up(cast, body, at):
    api = client(cast.bruno)
    booking = held(api, cast.room)
    owed(api, cast, body, booking)
    cancelled(api, booking)
    assert PlanPeriod.objects.get().order == Order.objects.get(state="owed")
    asked(at, "2027-03-16")
    assert parts_asked() == [PART]
