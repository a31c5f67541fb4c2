"""However an organisation comes to owe, it owes no more than was agreed: by asking, by moving, by a change on account."""

import pytest

from billing.models import Order
from tests.api import cents, client, post, wish
from tests.stories.changing import to
from tests.stories.on_account import Office, book
from tests.stories.passes import checked_out, quoted
from tests.stories.test_an_association_books_a_series import TUESDAYS, plan
from tests.stories.test_an_association_books_a_series import booked as planned

pytestmark = pytest.mark.django_db
HOUR = 1830


@pytest.fixture
def office(cast, at, bank):
    """The association may owe two hours and something."""
    at("2026-11-30 09:00")
    _ = cast.room, cast.other_room, cast.asked_room, cast.franco
    found = Office(cast)
    # The office sees whoever has bought something.
    book(cast, cast.room, "2026-12-01T10:00:00", "2026-12-01T11:00:00", method="card")
    assert found.agree(limit_cents=2 * HOUR + 100).status_code == 200
    return found


def asked(cast, office, hour):
    """A request of the association's for an hour of the room that staff decide on; the answer and the booking."""
    api, day = client(cast.bruno), "2026-12-15"
    body = wish(
        cast.asked_room, f"{day}T{hour}:00:00", f"{day}T{hour + 1}:00:00", organisation_id=office.organisation
    )
    held = post(api, "/bookings", body, f"h{hour}").json()
    quote = quoted(api, held["id"], organisation_id=office.organisation)
    assert (quote["outcome"], quote["methods"], quote["total"]["cents"]) == ("request", ["none"], HOUR)
    return checked_out(api, quote, [held["id"]]), held["id"]


def room(cast, office):
    (own,) = client(cast.bruno).get(f"/api/v1/organisations/{office.organisation}/account").json()["data"]
    return cents(own["room"]["used"]), cents(own["room"]["left"])


def spent(answer):
    assert (answer.status_code, answer.json()["code"]) == (409, "credit-spent"), answer.content
    return cents(answer.json()["data"]["left"])


def test_what_is_asked_for_counts_before_it_is_approved(cast, office):
    (_, first), (second, _) = asked(cast, office, 10), asked(cast, office, 12)
    assert second.status_code == 201, second.content
    assert room(cast, office) == (2 * HOUR, 100)
    third, _ = asked(cast, office, 14)
    assert spent(third) == 100
    assert "si può pagare subito con carta" in third.json()["detail"]  # its delegate is spoken to
    refused = post(client(cast.gina), f"/bookings/{first}/refuse", {"reason": "È già presa"}, "no")
    assert refused.status_code == 200, refused.content
    assert room(cast, office) == (HOUR, HOUR + 100)
    fourth, _ = asked(cast, office, 16)
    assert fourth.status_code == 201, fourth.content


def test_what_is_owed_grows_by_a_move_only_as_far(cast, office):
    api = client(cast.bruno)
    booking = {"id": book(cast, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")}
    longer = post(api, f"/bookings/{booking['id']}/move", to("03T10:00", "03T12:00"), "2")
    assert longer.status_code == 200, longer.content
    assert room(cast, office) == (2 * HOUR, 100)
    assert spent(post(api, f"/bookings/{booking['id']}/move", to("03T10:00", "03T13:00"), "3")) == 100
    assert room(cast, office) == (2 * HOUR, 100)
    elsewhen = post(api, f"/bookings/{booking['id']}/move", to("03T14:00", "03T16:00"), "same")
    assert elsewhen.status_code == 200, elsewhen.content
    by_staff = post(client(cast.gina), f"/bookings/{booking['id']}/move", to("03T14:00", "03T17:00"), "staff")
    assert by_staff.status_code == 200, by_staff.content


def test_the_difference_of_what_was_paid_goes_on_account_only_as_far(cast, office, bank):
    api = client(cast.bruno)
    paid = Order.objects.get()
    bank.pay(paid.checkout.redirect_url)
    bank.tell_everything()
    booking = api.get("/api/v1/bookings?person_id=me").json()["data"][0]["id"]
    book(cast, cast.other_room, "2026-12-04T10:00:00", "2026-12-04T12:00:00")
    moved = post(api, f"/bookings/{booking}/move", to("01T10:00", "01T12:00"), "m").json()
    assert moved["change"]["waits_for"] == "payment"
    quote = post(api, "/quotes", {"booking_ids": [booking], "organisation_id": office.organisation}).json()
    assert (quote["total"]["cents"], quote["methods"]) == (HOUR, ["card", "account"])
    assert spent(checked_out(api, quote, [booking], "account")) == 100
    assert checked_out(api, quote, [booking], "card", key="card").status_code == 201


def test_a_change_that_staff_approve_goes_on_account_only_as_far(cast, office):
    api = client(cast.bruno)
    made, booking = asked(cast, office, 10)
    assert made.status_code == 201
    assert post(client(cast.gina), f"/bookings/{booking}/approve", key="yes").status_code == 200
    longer = post(api, f"/bookings/{booking}/move", to("15T10:00", "15T12:00"), "2").json()
    assert longer["change"]["waits_for"] == "approval"
    book(cast, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
    assert room(cast, office) == (2 * HOUR, 100)
    refused = post(client(cast.gina), f"/bookings/{booking}/approve", key="again")
    assert spent(refused) == 100
    assert refused.json()["detail"] == (
        "Coro di Barriera può spendere in conto ancora 1.00 EUR, su un limite di 37.60 EUR: "
        "salda prima le fatture aperte, o si alza il limite nella sua scheda."
    )
    shown = api.get(f"/api/v1/bookings/{booking}").json()
    assert (shown["change"]["waits_for"], shown["money"]["due"]["cents"]) == ("approval", HOUR)
    assert office.agree(limit_cents=3 * HOUR).status_code == 200
    assert post(client(cast.gina), f"/bookings/{booking}/approve", key="more").status_code == 200
    assert room(cast, office) == (3 * HOUR, 0)


def test_nobody_asks_staff_for_what_goes_beyond_it(cast, office):
    _, booking = asked(cast, office, 10)
    assert post(client(cast.gina), f"/bookings/{booking}/approve", key="yes").status_code == 200
    assert spent(post(client(cast.bruno), f"/bookings/{booking}/move", to("15T10:00", "15T13:00"), "3"))


def test_a_request_is_approved_as_it_was_asked_for_also_when_less_was_agreed_since(cast, office):
    _, booking = asked(cast, office, 10)
    assert office.agree(limit_cents=100).status_code == 200
    assert post(client(cast.gina), f"/bookings/{booking}/approve", key="yes").status_code == 200
    assert room(cast, office) == (HOUR, 0)


def test_a_proposal_that_is_dearer_is_taken_only_as_far(cast, office):
    _, booking = asked(cast, office, 10)
    proposed = post(client(cast.gina), f"/bookings/{booking}/propose", to("15T15:00", "15T18:00"))
    assert proposed.status_code == 200, proposed.content
    assert spent(post(client(cast.bruno), f"/bookings/{booking}/accept", key="a")) == HOUR + 100
    shown = client(cast.bruno).get(f"/api/v1/bookings/{booking}").json()
    assert (shown["state"], shown["change"]["kind"]) == ("requested", "proposal")
    assert office.agree(limit_cents=3 * HOUR).status_code == 200
    assert post(client(cast.bruno), f"/bookings/{booking}/accept", key="b").status_code == 200
    assert room(cast, office) == (3 * HOUR, 0)


def test_dates_of_a_series_grow_only_as_far(cast, office):
    api = client(cast.bruno)
    assert office.agree(limit_cents=5 * HOUR).status_code == 200
    rule = TUESDAYS | {"hours": {"start": "18:00", "end": "19:00"}, "first_on": "2027-01-12", "skip": []}
    rule |= {"last_on": "2027-01-26"}
    series = planned(api, plan(api, cast.other_room, rule, organisation_id=office.organisation)).json()
    ids = [b["id"] for b in series["bookings"]]
    quote = quoted(api, *ids, organisation_id=office.organisation)
    assert checked_out(api, quote, ids, "account").status_code == 201

    def until(end, key, **more):
        body = {"series_id": series["id"], "scope": "all", "rule": rule | more}
        body["rule"] |= {"hours": {"start": "18:00", "end": end}}
        edit = api.post("/api/v1/series/plans", body).json()
        return post(api, f"/series/{series['id']}/change", {"plan_id": edit["id"]}, key)

    assert spent(until("20:00", "longer")) == 2 * HOUR
    assert room(cast, office) == (3 * HOUR, 2 * HOUR)
    fewer = until("20:00", "fewer", last_on="2027-01-19")
    assert fewer.status_code == 200, fewer.content
    assert room(cast, office) == (4 * HOUR, HOUR)
