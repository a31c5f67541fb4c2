"""Through the API only: an association asks for a series, and staff decide on all of its dates in one act."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Checkout, Order, Payment
from billing.paying import payments
from booking.approving import deciding
from booking.models import Booking, Change, Claim, Series
from core import outbox
from core.clock import now
from core.ids import decode, encode
from core.models import Mail
from spaces import opening
from spaces.models import Closure
from tests.api import client, post
from tests.cast import period
from tests.stories.test_an_association_books_a_series import asked

pytestmark = pytest.mark.django_db(transaction=True)
PRICE = 2 * 1830  # two hours a date


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def request(
    cast, key="r", *, dates=("2026-12-01", "2026-12-15", "2026-12-22", "2026-12-29"), start=18, person=None
):
    """The series, asked for and waiting for staff: its id and those of its bookings in the order of time."""
    api = client(person or cast.bruno)
    rule = {
        "repeat": "dates",
        "dates": list(dates),
        "hours": {"start": f"{start}:00", "end": f"{start + 2}:00"},
        "first_on": dates[0],
        "last_on": dates[-1],
    }
    more = {"organisation_id": encode("org", cast.association.pk)} if person is None else {}
    planned = api.post("/api/v1/series/plans", asked(cast.asked_room, rule, **more)).json()
    made = post(api, "/series", {"plan_id": planned["id"]}, key).json()
    ids = [booking["id"] for booking in made["bookings"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    body = {"quote_id": quote["id"], "booking_ids": ids, "method": "none"}
    answer = post(api, "/checkouts", body, f"{key}-c")
    assert answer.status_code == 201, answer.content
    return made["id"], ids


def queue(person):
    said = client(person).get("/api/v1/approvals")
    assert said.status_code == 200, said.content
    return said.json()["data"]


def approve(person, series, ids, key="y"):
    return post(client(person), f"/series/{series}/approve", {"booking_ids": ids}, key)


def refuse(person, series, ids, reason="C'è il coro.", key="n"):
    return post(client(person), f"/series/{series}/refuse", {"booking_ids": ids, "reason": reason}, key)


def decide(person, series, yes, no, reason="C'è il coro.", key="d"):
    body = {"approve_ids": yes, "refuse_ids": no, "reason": reason}
    return post(client(person), f"/series/{series}/decide", body, key)


def states(ids):
    found = dict(Booking.objects.values_list("pk", "state"))
    return [found[decode("bkg", one)] for one in ids]


def test_a_series_waits_as_one_row_with_all_its_dates(cast):
    series, ids = request(cast)
    (row,) = queue(cast.gina)
    assert (row["kind"], row["because"]) == ("request", ["always"])
    assert (row["series"]["id"], row["series"]["title"]) == (series, "Prove")
    assert [date["booking_id"] for date in row["series"]["dates"]] == ids
    assert all(date["approve"]["allowed"] for date in row["series"]["dates"])
    assert row["series"]["price"]["cents"] == 4 * PRICE
    assert row["decide_by"] == min(
        client(cast.gina).get(f"/api/v1/bookings/{one}").json()["held_until"] for one in ids
    )
    assert client(cast.gina).get("/api/v1/session").json()["counts"]["approvals"] == 1


def test_the_desk_shows_one_of_its_dates_and_that_it_is_of_a_series(cast):
    series, ids = request(cast)
    request(cast, "o", dates=("2026-12-03",), person=cast.ada)
    said = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()
    assert said["counts"]["approvals"] == 2
    shown = {row["series_id"]: row["id"] for row in said["approvals"]}
    assert shown[series] in ids
    # Whoever decides on it there has decided on one; another stands for the rest.
    assert post(client(cast.gina), f"/bookings/{shown[series]}/approve", {}, "one").status_code == 200
    said = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()
    assert said["counts"]["approvals"] == 2


def test_one_act_approves_every_date_and_all_of_them_are_owed_at_once(cast):
    series, ids = request(cast)
    approved = approve(cast.gina, series, ids)
    assert approved.status_code == 200, approved.content
    assert {booking["state"] for booking in approved.json()["bookings"]} == {"confirmed"}
    assert set(Claim.objects.values_list("kind", "until")) == {("booked", None)}
    owed = Order.objects.get(state="owed")
    assert owed.total.cents == 4 * PRICE
    outbox.drain()
    told = Mail.objects.filter(to="bruno@example.org", subject__startswith="Richiesta approvata")
    assert "4 date" in told.get().text
    assert queue(cast.gina) == []


def test_one_act_refuses_every_date_with_one_sentence_and_nothing_is_owed(cast):
    series, ids = request(cast)
    refused = refuse(cast.gina, series, ids)
    assert refused.status_code == 200, refused.content
    assert states(ids) == ["refused"] * 4
    assert set(Booking.objects.values_list("reason", flat=True)) == {"C'è il coro."}
    assert not Claim.objects.exists()
    assert set(Order.objects.values_list("state", flat=True)) == {"dropped"}
    outbox.drain()
    told = Mail.objects.filter(to="bruno@example.org", subject__startswith="Richiesta non accolta")
    assert "4 date: C'è il coro." in told.get().text


def test_one_act_approves_some_and_refuses_the_others_and_one_message_says_which(cast):
    series, ids = request(cast)
    (row,) = queue(cast.gina)
    assert all(row["series"]["actions"][act]["allowed"] for act in ("approve", "refuse", "decide"))
    decided = decide(cast.gina, series, [ids[0], ids[2]], [ids[1], ids[3]])
    assert decided.status_code == 200, decided.content
    assert states(ids) == ["confirmed", "refused", "confirmed", "refused"]
    assert {b["reason"] for b in decided.json()["bookings"] if b["state"] == "refused"} == {"C'è il coro."}
    assert Claim.objects.count() == 2
    assert Order.objects.get(state="owed").total.cents == 2 * PRICE
    assert not Order.objects.filter(state="promised").exists()
    assert queue(cast.gina) == []
    outbox.drain()
    told = Mail.objects.filter(to="bruno@example.org", subject__startswith="Richiesta").exclude(
        subject__startswith="Richiesta ricevuta"
    )
    text = told.get().text
    assert "Approvate (2): 01/12/2026 18:00–20:00; 22/12/2026 18:00–20:00." in text
    assert "Non accolte (2): 15/12/2026 18:00–20:00; 29/12/2026 18:00–20:00. Motivo: C'è il coro." in text


def test_what_is_neither_approved_nor_refused_goes_on_waiting(cast):
    series, ids = request(cast)
    assert decide(cast.gina, series, ids[:1], ids[1:2]).status_code == 200
    assert states(ids) == ["confirmed", "refused", "requested", "requested"]
    assert Order.objects.get(state="owed").total.cents == PRICE
    assert Order.objects.get(state="promised").total.cents == 2 * PRICE
    (row,) = queue(cast.gina)
    assert [date["booking_id"] for date in row["series"]["dates"]] == ids[2:]
    assert decide(cast.gina, series, ids[2:], [], "", "rest").status_code == 200
    assert states(ids)[2:] == ["confirmed", "confirmed"]


def test_nothing_is_decided_if_one_of_those_to_approve_no_longer_fits(cast):
    series, ids = request(cast)
    Closure.objects.create(venue=cast.venue, during=period("2026-12-22 00:00", 24 * 60), reason_it="Festa")
    opening.plan_venue(cast.venue)
    lost = decide(cast.gina, series, ids[:3], ids[3:])
    assert (lost.status_code, lost.json()["code"]) == (409, "dates-not-decidable")
    assert [date["booking_id"] for date in lost.json()["data"]["dates"]] == [ids[2]]
    assert states(ids) == ["requested"] * 4
    # What does not fit can be refused with the same press.
    assert decide(cast.gina, series, ids[:2], ids[2:], key="again").status_code == 200
    assert states(ids) == ["confirmed", "confirmed", "refused", "refused"]


@pytest.mark.parametrize(
    ("yes", "no", "reason", "pointer"),
    [
        ([], [], "", "/approve_ids"),
        ([0, 1], [1], "no", "/refuse_ids/0"),
        ([0], [1], "  ", "/reason"),
    ],
)
def test_a_decision_names_each_date_once_and_says_why_not(cast, yes, no, reason, pointer):
    series, ids = request(cast)
    said = decide(cast.gina, series, [ids[n] for n in yes], [ids[n] for n in no], reason)
    assert (said.status_code, [p["pointer"] for p in said.json()["pointers"]]) == (422, [pointer])
    assert states(ids) == ["requested"] * 4


def test_a_date_that_no_longer_fits_is_told_and_the_others_can_be_approved(cast):
    series, ids = request(cast)
    Closure.objects.create(venue=cast.venue, during=period("2026-12-22 00:00", 24 * 60), reason_it="Festa")
    opening.plan_venue(cast.venue)
    (row,) = queue(cast.gina)
    assert [date["approve"]["allowed"] for date in row["series"]["dates"]] == [True, True, False, True]
    assert [r["code"] for r in row["series"]["dates"][2]["approve"]["reasons"]] == ["closed"]
    lost = approve(cast.gina, series, ids)
    assert (lost.status_code, lost.json()["code"]) == (409, "dates-not-decidable")
    (told,) = lost.json()["data"]["dates"]
    assert (told["booking_id"], told["on"]) == (ids[2], "2026-12-22")
    assert [r["code"] for r in told["reasons"]] == ["closed"]
    assert states(ids) == ["requested"] * 4
    others = [ids[0], ids[1], ids[3]]
    assert approve(cast.gina, series, others, "others").status_code == 200
    assert states(ids) == ["confirmed", "confirmed", "requested", "confirmed"]
    assert Order.objects.get(state="owed").total.cents == 3 * PRICE
    # What is left is a request like any other.
    (row,) = queue(cast.gina)
    assert (row["booking"]["id"], row["series"]) == (ids[2], None)
    assert refuse(cast.gina, series, [ids[2]]).status_code == 200
    assert states(ids)[2] == "refused"
    assert Order.objects.get(state="owed").total.cents == 3 * PRICE


def test_a_date_with_another_time_proposed_waits_for_its_guest_and_is_refused_with_the_others(cast):
    series, ids = request(cast)
    later = {"period": {"start": "2026-12-16T18:00:00", "end": "2026-12-16T20:00:00"}}
    assert post(client(cast.gina), f"/bookings/{ids[1]}/propose", later, "p").status_code == 200
    lost = approve(cast.gina, series, ids)
    assert [r["code"] for r in lost.json()["data"]["dates"][0]["reasons"]] == ["change-pending"]
    assert refuse(cast.gina, series, ids).status_code == 200
    assert states(ids) == ["refused"] * 4
    assert Change.objects.get().state == "withdrawn"
    assert not Claim.objects.exists()


def test_what_has_been_decided_or_has_lapsed_meanwhile_stops_the_whole_act(cast, at):
    series, ids = request(cast)
    assert post(client(cast.gina), f"/bookings/{ids[0]}/approve", {}, "one").status_code == 200
    again = refuse(cast.gina, series, ids)
    assert (again.status_code, again.json()["code"]) == (409, "dates-not-decidable")
    assert [d["booking_id"] for d in again.json()["data"]["dates"]] == [ids[0]]
    assert states(ids) == ["confirmed", *["requested"] * 3]
    Booking.objects.filter(pk=decode("bkg", ids[1])).update(held_until=now() + timedelta(minutes=1))
    at("2026-11-30 09:02")
    late = approve(cast.gina, series, ids[1:], "late")
    assert [d["booking_id"] for d in late.json()["data"]["dates"]] == [ids[1]]
    assert states(ids)[2:] == ["requested"] * 2


def test_date_by_date_only_what_was_approved_is_owed(cast, monkeypatch):
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)
    _, ids = request(cast)
    gina = client(cast.gina)
    assert post(gina, f"/bookings/{ids[0]}/approve", {}, "one").status_code == 200
    owed = Order.objects.get(state="owed")
    assert owed.total.cents == PRICE
    assert Order.objects.get(state="promised").total.cents == 3 * PRICE
    # Its bill can be paid while the others still wait, and pays for nothing else.
    page = post(
        client(cast.bruno),
        f"/checkouts/{encode('cho', Checkout.objects.get(order=owed).pk)}/retry",
        {},
        "pay",
    )
    assert page.status_code == 200, page.content
    payments.settle(Payment.objects.get().pk)
    owed.refresh_from_db()
    assert (owed.state, Payment.objects.get().refunded.cents) == ("paid", 0)
    assert states(ids) == ["confirmed", *["requested"] * 3]
    post(gina, f"/bookings/{ids[1]}/refuse", {"reason": "no"}, "two")
    assert Order.objects.get(state="promised").total.cents == 2 * PRICE


@pytest.mark.parametrize(("who", "status"), [("ada", 404), ("elena", 404), ("bruno", 403)])
def test_only_those_who_decide_may(cast, who, status):
    series, ids = request(cast)
    assert approve(getattr(cast, who), series, ids).status_code == status
    assert refuse(getattr(cast, who), series, ids).status_code == status
    assert decide(getattr(cast, who), series, ids[:1], ids[1:]).status_code == status
    assert states(ids) == ["requested"] * 4


def test_a_booking_of_another_series_is_no_date_of_this_one(cast):
    series, ids = request(cast)
    _, other = request(cast, "o", dates=("2026-12-03", "2026-12-10"))
    said = approve(cast.gina, series, [*ids, other[0]])
    assert said.status_code == 422
    assert [p["pointer"] for p in said.json()["pointers"]] == ["/booking_ids/4"]
    assert states([*ids, *other]) == ["requested"] * 6


def test_asked_twice_with_one_key_it_happens_once(cast):
    series, ids = request(cast)
    first, again = approve(cast.gina, series, ids), approve(cast.gina, series, ids)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again["Idempotency-Replayed"] == "true"
    assert Order.objects.filter(state="owed").count() == 1


def test_more_series_and_more_dates_cost_no_more_statements(cast):
    staff = client(cast.gina)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert staff.get("/api/v1/approvals").status_code == 200
        return len(seen.captured_queries)

    request(cast, "a", dates=("2026-12-01", "2026-12-15"))
    statements()
    few = statements()
    request(cast, "b", dates=("2026-12-02", "2026-12-09", "2026-12-16", "2026-12-17"))
    request(cast, "c", dates=("2026-12-03", "2026-12-10", "2026-12-18"), person=cast.ada)
    statements()  # whose these are is written down the first time
    assert statements() == few
    assert len(queue(cast.gina)) == 3


def test_without_prices_the_act_is_booking_s_own(cast):
    """The lower app's own acts, which the one that knows prices takes the place of."""
    _, ids = request(cast)
    own = [decode("bkg", one) for one in ids]
    found = Series.objects.get()
    deciding.decide(cast.gina, found, own[:2], own[2:], "no")
    assert states(ids) == ["confirmed", "confirmed", "refused", "refused"]
