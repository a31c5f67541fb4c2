"""Through the API only: this date, this and those after it, or all to come become other ones, in one act with their money."""

import pytest
from django.core import mail as outgoing

from billing.models import Document, Order, Payment, Refund
from billing.paying import payments
from booking.holding import lapsing
from booking.inviting.calendars import uid
from booking.models import Booking, Change, Claim, Series
from core import outbox
from core.ids import encode
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post, wish
from tests.cast import LONG_AGO
from tests.stories.changing import hand
from tests.stories.test_an_association_books_a_series import TUESDAYS, booked, plan

pytestmark = pytest.mark.django_db(transaction=True)
LATER = TUESDAYS | {"hours": {"start": "19:00", "end": "21:00"}}
RULE = TUESDAYS | {"skip": [], "first_on": "2027-01-12", "last_on": "2027-02-02"}


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


def confirmed(cast, rule=TUESDAYS, key="s1"):
    """Ada's series, confirmed as if it cost nothing."""
    api = client(cast.ada)
    made = booked(api, plan(api, cast.room, rule), key).json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    return made


def paid(cast, rule=TUESDAYS):
    api = client(cast.ada)
    return paid_by_card(cast, booked(api, plan(api, cast.room, rule)).json())


def paid_by_card(cast, made):
    api = client(cast.ada)
    ids = [b["id"] for b in made["bookings"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "card"}, "pay")
    payments.settle(Payment.objects.get().pk)
    return made


def planned(api, series, scope, **more):
    answer = api.post("/api/v1/series/plans", {"series_id": series["id"], "scope": scope, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def changed(api, series, edit, key="c1"):
    return post(api, f"/series/{series['id']}/change", {"plan_id": edit["id"]}, key)


def said(edit):
    return {d["on"]: d["change"] for d in edit["dates"]}


def times(series):
    zone = [(b["period"]["start"], b["state"]) for b in series["bookings"]]
    return sorted(start for start, state in zone if state != "cancelled")


def test_all_dates_get_other_hours_and_keep_who_they_are(cast):
    api = client(cast.ada)
    series = confirmed(cast)
    before = {b.series_date: (b.pk, b.code, uid(b), b.sequence) for b in Booking.objects.all()}
    edit = planned(api, series, "all", rule=LATER)
    assert set(said(edit).values()) == {"moves", "new"}
    assert said(edit)["2026-12-08"] == "new"  # skipped
    after = changed(api, series, edit)
    assert after.status_code == 200, after.content
    assert after.json()["id"] == series["id"]
    assert times(after.json()) == [
        f"{day}T18:00:00Z"
        for day in ("2026-12-01", "2026-12-15", "2026-12-22", "2026-12-29", "2027-01-05", "2027-01-12")
    ]
    now = {b.series_date: (b.pk, b.code, uid(b), b.sequence) for b in Booking.objects.all()}
    assert {day: row[:3] for day, row in now.items()} == {day: row[:3] for day, row in before.items()}
    assert all(now[day][3] == before[day][3] + 1 for day in now)
    assert Claim.objects.count() == 6
    assert series["rule"]["hours"]["start"] == "18:00"
    assert after.json()["rule"]["hours"]["start"] == "19:00"


def test_this_date_alone_moves_to_another_day_and_stays_there_when_the_rule_grows(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-21"], "hours": {"start": "10:00", "end": "12:00"}}
    edit = planned(api, series, "this", on="2027-01-19", rule=rule)
    assert said(edit) == {"2027-01-19": "moves"}
    assert changed(api, series, edit).status_code == 200
    longer = planned(api, series, "all", rule=RULE | {"last_on": "2027-02-16"})
    assert said(longer) == {
        "2027-01-12": "stays",
        "2027-01-19": "stays",
        "2027-01-26": "stays",
        "2027-02-02": "stays",
        "2027-02-09": "new",
        "2027-02-16": "new",
    }
    after = changed(api, series, longer, "c2").json()
    assert "2027-01-21T09:00:00Z" in times(after)
    assert len(times(after)) == 6
    assert {b["state"] for b in after["bookings"]} == {"confirmed", "held"}  # the new ones are to be paid


@pytest.mark.parametrize(("scope", "on"), [("all", {}), ("following", {"on": "2027-01-19"})])
def test_a_date_moved_past_its_own_day_is_left_alone_by_a_change_of_the_others(cast, at, scope, on):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-21"], "hours": {"start": "10:00", "end": "12:00"}}
    assert changed(api, series, planned(api, series, "this", on="2027-01-19", rule=rule)).status_code == 200
    at("2027-01-20 09:00")
    api = client(cast.ada)
    edit = planned(api, series, scope, rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}}, **on)
    assert said(edit) == {"2027-01-26": "moves", "2027-02-02": "moves"}
    after = changed(api, series, edit, "c2").json()
    assert times(after) == ["2027-01-26T18:00:00Z", "2027-02-02T18:00:00Z"]
    assert "2027-01-21T09:00:00Z" in times(api.get(f"/api/v1/series/{series['id']}").json())


def test_what_today_still_has_is_not_given_up_where_its_new_hours_are_over(cast, at):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    at("2027-01-19 12:00")
    api = client(cast.ada)
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "09:00", "end": "11:00"}})
    assert said(edit) == {"2027-01-26": "moves", "2027-02-02": "moves"}
    assert changed(api, series, edit).status_code == 200
    tonight = Booking.objects.get(period__startswith="2027-01-19T17:00Z")
    assert (tonight.state, str(tonight.series_date)) == ("confirmed", "2027-01-19")


@pytest.mark.parametrize("other", [LATER, RULE | {"weekdays": ["mon"]}])
def test_a_date_of_today_that_was_moved_is_left_alone_once_its_hour_has_passed(cast, at, other):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    rule = RULE | {"repeat": "dates", "dates": ["2027-01-21"], "hours": {"start": "10:00", "end": "12:00"}}
    assert changed(api, series, planned(api, series, "this", on="2027-01-19", rule=rule)).status_code == 200
    at("2027-01-19 20:30")
    api = client(cast.ada)
    edit = planned(api, series, "all", rule=RULE | {"hours": other["hours"], "weekdays": other["weekdays"]})
    assert "goes" not in {change for on, change in said(edit).items() if on < "2027-01-25"}
    assert changed(api, series, edit, "c2").status_code == 200
    assert Booking.objects.get(period__startswith="2027-01-21T09:00Z").state == "confirmed"


def test_this_and_those_after_it_become_a_series_that_follows(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    ids = {b["period"]["start"][:10]: b["id"] for b in series["bookings"]}
    wednesdays = RULE | {"weekdays": ["wed"]}
    edit = planned(api, series, "following", on="2027-01-26", rule=wednesdays | {"last_on": "2027-02-10"})
    assert said(edit) == {"2027-01-27": "moves", "2027-02-03": "moves", "2027-02-10": "new"}
    after = changed(api, series, edit).json()
    assert after["follows"] == series["id"]
    assert {b["period"]["start"][:10]: b["id"] for b in after["bookings"]} | {"2027-02-10": ""} == {
        "2027-01-27": ids["2027-01-26"],
        "2027-02-03": ids["2027-02-02"],
        "2027-02-10": "",
    }
    old = api.get(f"/api/v1/series/{series['id']}").json()
    assert [b["id"] for b in old["bookings"]] == [ids["2027-01-12"], ids["2027-01-19"]]
    assert old["rule"]["last_on"] == "2027-01-25"


def test_what_has_begun_is_not_touched(cast, at):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    at("2027-01-19 18:30")
    edit = planned(client(cast.ada), series, "all", rule=RULE | {"hours": {"start": "20:00", "end": "22:00"}})
    assert said(edit) == {"2027-01-26": "moves", "2027-02-02": "moves"}
    after = changed(client(cast.ada), series, edit).json()
    assert after["follows"] == series["id"]
    begun = client(cast.ada).post(
        "/api/v1/series/plans", {"series_id": series["id"], "scope": "this", "on": "2027-01-19"}
    )
    assert begun.json()["reasons"][0]["code"] == "already-started"
    assert api is not None


def test_a_date_that_is_taken_stays_or_takes_another_time(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    post(client(cast.bruno), "/bookings", wish(cast.room, "2027-01-26T20:00:00", "2027-01-26T21:00:00"))
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}})
    taken = edit["dates"][2]
    assert (taken["verdict"], taken["chosen"], len(taken["alternatives"])) == ("taken", False, 3)
    path = f"/api/v1/series/plans/{edit['id']}"
    other = api.patch(path, {"choices": {"2027-01-26": taken["alternatives"][0]["id"]}}).json()
    assert other["dates"][2]["chosen"]
    back = api.patch(path, {"choices": {"2027-01-26": False}}).json()
    after = changed(api, series, back).json()
    assert times(after) == [
        "2027-01-12T18:00:00Z",
        "2027-01-19T18:00:00Z",
        "2027-01-26T17:00:00Z",
        "2027-02-02T18:00:00Z",
    ]


@pytest.mark.parametrize("rules", [{}, {"limits": [{"span": "week", "bookings": 1}]}])
def test_a_date_left_as_it_is_may_be_taken_up_again(cast, rules):
    api = client(cast.ada)
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"horizon_days": 365} | rules)
    series = confirmed(cast, RULE)
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}})
    path = f"/api/v1/series/plans/{edit['id']}"
    left = api.patch(path, {"choices": {"2027-01-19": False}}).json()["dates"][1]
    assert (left["change"], left["verdict"], left["chosen"]) == ("moves", "free", False)
    again = api.patch(path, {"choices": {"2027-01-19": True}}).json()
    assert [d["chosen"] for d in again["dates"]] == [True] * 4
    assert changed(api, series, again).status_code == 200


def test_what_a_taken_date_has_itself_is_not_in_the_way_of_its_other_times(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    post(client(cast.bruno), "/bookings", wish(cast.room, "2027-01-26T20:00:00", "2027-01-26T21:00:00"))
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}})
    taken = edit["dates"][2]
    hours = [other["period"]["start"][11:16] for other in taken["alternatives"]]
    assert hours == ["15:30", "16:00", "16:30"]  # it has 17:00 to 19:00
    path = f"/api/v1/series/plans/{edit['id']}"
    other = api.patch(path, {"choices": {"2027-01-26": taken["alternatives"][0]["id"]}}).json()
    assert changed(api, series, other).status_code == 200


def test_an_edit_that_no_longer_holds_changes_nothing(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "19:00", "end": "21:00"}})
    post(client(cast.bruno), "/bookings", wish(cast.room, "2027-01-26T20:00:00", "2027-01-26T21:00:00"))
    stale = changed(api, series, edit)
    assert (stale.status_code, stale.json()["code"]) == (409, "plan-stale")
    fresh = stale.json()["data"]["plan"]
    assert fresh["dates"][2]["verdict"] == "taken"
    assert {b.period.start.hour for b in Booking.objects.filter(person=cast.ada)} == {17}
    assert changed(api, series, fresh, "c2").status_code == 200


def test_a_left_out_date_comes_back_into_the_series(cast, at):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    post(api, f"/bookings/{series['bookings'][1]['id']}/cancel", {}, "x")
    at("2026-11-30 09:01")  # it can no longer be undone
    lapsing.sweep_dead()
    path = f"/api/v1/series/{series['id']}"
    assert api.get(path).json()["given_up"] == [
        {"on": "2027-01-19", "booking_id": series["bookings"][1]["id"]}
    ]
    edit = planned(api, series, "all", rule=RULE | {"last_on": "2027-02-09"})
    (gone,) = [d for d in edit["dates"] if d["on"] == "2027-01-19"]
    assert (gone["change"], gone["chosen"]) == (
        "new",
        False,
    )  # whoever gave it up does not get it back unasked
    back = api.post(f"/api/v1/series/{series['id']}/add-back", {"on": "2027-01-19"})
    assert back.status_code == 201, back.content
    (again,) = back.json()["dates"]
    assert (again["on"], again["change"], again["chosen"]) == ("2027-01-19", "new", True)
    whole = post(api, "/series", {"plan_id": back.json()["id"]}, "add").json()
    assert whole["id"] == series["id"]
    assert times(whole) == [f"2027-{day}T17:00:00Z" for day in ("01-12", "01-19", "01-26", "02-02")]
    assert api.get(path).json()["given_up"] == []


def test_dates_that_go_are_refunded_by_their_terms(cast):
    api = client(cast.ada)
    series = paid(cast, RULE)
    edit = planned(api, series, "following", on="2027-01-26", rule=RULE | {"last_on": "2027-01-26"})
    assert said(edit) == {"2027-01-26": "stays", "2027-02-02": "goes"}
    assert edit["totals"]["back"]["cents"] == 3660
    assert edit["totals"]["difference"]["cents"] == -3660
    assert changed(api, series, edit).status_code == 200
    refund = Refund.objects.get()
    assert refund.amount.cents == 3660
    assert Document.objects.get(kind="credit_note").gross.cents == 3660


def test_a_date_moved_near_its_time_to_a_far_one_gives_back_no_more_than_before(cast, at):
    series = paid(cast, RULE)
    at("2027-01-12 12:00")
    api = client(cast.ada)
    there = RULE | {"repeat": "dates", "dates": ["2027-01-22"]}
    edit = planned(api, series, "this", on="2027-01-12", rule=there)
    assert changed(api, series, edit).status_code == 200
    shown = api.get(f"/api/v1/bookings/{series['bookings'][0]['id']}").json()
    assert shown["period"]["start"] == "2027-01-22T17:00:00Z"
    assert shown["actions"]["cancel"]["terms"]["refund"]["cents"] == 1830  # half of it, as six hours before


def test_shorter_dates_give_back_the_difference_and_dearer_ones_wait(cast):
    api = client(cast.ada)
    series = paid(cast, RULE)
    longer = planned(api, series, "all", rule=RULE | {"hours": {"start": "18:00", "end": "21:00"}})
    assert {d["verdict"] for d in longer["dates"]} == {"refused"}
    assert longer["dates"][0]["reasons"][0]["code"] == "dearer-than-paid"
    assert longer["dates"][0]["reasons"][0]["way_out"]["href"].startswith("/bookings/bkg_")
    assert changed(api, series, longer).json()["reasons"][0]["code"] == "nothing-chosen"
    shorter = planned(api, series, "all", rule=RULE | {"hours": {"start": "18:00", "end": "19:00"}})
    assert shorter["totals"]["back"]["cents"] == 4 * 1830
    assert changed(api, series, shorter, "c2").status_code == 200
    assert sum(refund.amount.cents for refund in Refund.objects.all()) == 4 * 1830
    assert sum(d.gross.cents for d in Document.objects.filter(kind="credit_note")) == 4 * 1830
    assert {b.period.minutes for b in Booking.objects.all()} == {60}


def test_what_is_owed_is_owed_anew(cast):
    bruno = client(cast.bruno)
    body = encode("org", cast.association.pk)
    series = booked(bruno, plan(bruno, cast.room, RULE, organisation_id=body)).json()
    ids = [b["id"] for b in series["bookings"]]
    quote = bruno.post("/api/v1/quotes", {"booking_ids": ids, "organisation_id": body}).json()
    paid_by = post(
        bruno, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "account"}, "p"
    )
    assert paid_by.status_code == 201, paid_by.content
    rule = RULE | {"hours": {"start": "18:00", "end": "21:00"}, "last_on": "2027-01-26"}
    edit = planned(bruno, series, "all", rule=rule)
    assert edit["totals"]["difference"]["cents"] == 3 * 1830 - 3660
    assert changed(bruno, series, edit).status_code == 200
    owed = Order.objects.get(state="owed")
    assert owed.total.cents == 3 * 3 * 1830
    assert all("21:00" in said for said in owed.lines.values_list("description", flat=True))
    assert Order.objects.filter(state="dropped").count() == 1
    assert not Refund.objects.exists()


def test_a_payment_under_way_keeps_the_dates_as_they_are(cast):
    api = client(cast.ada)
    series = booked(api, plan(api, cast.room, RULE)).json()
    ids = [b["id"] for b in series["bookings"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "card"}, "pay")
    edit = planned(api, series, "all", rule=RULE | {"hours": {"start": "20:00", "end": "22:00"}})
    assert {d["reasons"][0]["code"] for d in edit["dates"]} == {"payment-under-way"}


def test_one_message_tells_of_the_whole_change(cast):
    api = client(cast.ada)
    series = paid(cast, RULE)
    outbox.drain()
    assert Mail.objects.filter(key__startswith="series:", person_id=cast.ada.pk).count() == 1  # paid
    Mail.objects.all().delete()
    outgoing.outbox.clear()
    rule = RULE | {"hours": {"start": "17:00", "end": "19:00"}, "last_on": "2027-01-26"}
    assert changed(api, series, planned(api, series, "all", rule=rule)).status_code == 200
    outbox.drain()
    told = [m for m in outgoing.outbox if "Serie cambiata" in m.subject]
    assert len(told) == 1
    assert "12/01/2027 17:00–19:00" in told[0].body
    assert "02/02/2027 18:00–20:00" in told[0].body
    (calendar,) = [file for name, file, _ in told[0].attachments if name == "serie.ics"]
    text = calendar if isinstance(calendar, str) else calendar.decode()
    assert "METHOD:REQUEST" in text
    assert (text.count("BEGIN:VEVENT"), text.count("UNTIL=20270126T160000Z")) == (1, 1)
    assert not [m for m in outgoing.outbox if "Prenotazione" in m.subject]


def test_an_edit_costs_the_same_for_six_dates_and_for_a_hundred(cast, queries):
    api = client(cast.ada)
    short = confirmed(cast, RULE)
    long = confirmed(cast, RULE | {"weekdays": ["wed"], "last_on": "2028-11-01"}, "s2")
    assert len(long["bookings"]) > 80
    for series, weekday in ((short, "tue"), (long, "wed")):
        rule = series["rule"] | {"hours": {"start": "17:00", "end": "19:00"}, "weekdays": [weekday]}
        with queries(45):
            edit = planned(api, series, "all", rule=rule)
        with queries(160):
            assert changed(api, series, edit, weekday).status_code == 200
    assert Series.objects.count() == 2


def test_two_years_of_every_day_can_be_planned_and_no_day_more(cast):
    api = client(cast.ada)
    daily = RULE | {"repeat": "daily", "weekdays": [], "first_on": "2026-12-01", "last_on": "2028-12-01"}
    assert len(plan(api, cast.room, daily)["dates"]) == 732
    more = api.post(
        "/api/v1/series/plans",
        {"items": [{"resource_id": encode("res", cast.room.pk)}], "rule": daily | {"last_on": "2028-12-02"}},
    )
    assert more.json()["code"] == "too-many-dates"


def test_a_stranger_s_edit_is_not_there(cast):
    series = confirmed(cast, RULE)
    edit = planned(client(cast.ada), series, "all", rule=LATER)
    stranger = client(cast.bruno)
    asked = {"series_id": series["id"], "scope": "all", "rule": LATER}
    assert stranger.post("/api/v1/series/plans", asked).status_code == 404
    assert changed(stranger, series, edit).status_code == 404
    assert planned(client(cast.gina), series, "all", rule=LATER)["series_id"] == series["id"]


def actions(person, series):
    found = client(person).get(f"/api/v1/series/{series['id']}").json()["actions"]
    return {name: [r["code"] for r in one["reasons"]] for name, one in found.items()}


def test_a_series_says_what_may_be_done_with_it_and_why_not(cast, at):
    series = confirmed(cast)
    assert actions(cast.ada, series) == {"change": [], "end": [], "add_back": []}
    assert actions(cast.gina, series) == actions(cast.ada, series)
    assert actions(cast.franco, series)["end"] == ["no-right"]
    at("2026-12-09 09:00")  # the skipped Tuesday has passed
    assert actions(cast.ada, series)["add_back"] == ["over"]
    at("2027-03-01 09:00")
    assert actions(cast.ada, series) == {
        "change": ["already-started"],
        "end": ["already-started"],
        "add_back": ["over"],
    }


def test_who_was_named_for_one_of_its_dates_hears_that_the_series_has_ended(cast):
    api = client(cast.ada)
    series = confirmed(cast, RULE)
    assert hand(api, series["bookings"][1]).status_code == 200
    assert post(api, f"/series/{series['id']}/end", {"on": "2027-01-12"}, "e").status_code == 200
    assert Mail.objects.filter(to=cast.bruno.email).latest("pk").subject == "Non si può più prendere: Sala Po"
    over = Change.objects.get()
    assert (over.state, over.ended_at is not None) == ("withdrawn", True)


def test_more_of_a_thing_at_the_same_hours_is_asked_for_like_any_other(cast):
    api, desks = client(cast.ada), cast.pool(4)
    series = booked(api, plan(api, desks, RULE), "s1").json()
    two = {"items": [{"resource_id": encode("res", desks.pk), "quantity": 2}]}
    free = planned(api, series, "all", **two)["dates"]
    assert {d["verdict"] for d in free} == {"free"}
    (swap,) = free[0]["swaps"]
    assert (swap["was_quantity"], swap["quantity"], swap["was"]) == (1, 2, swap["becomes"])
    Rules.objects.create(resource=desks, from_on=LONG_AGO, data={"most_quantity": 1, "horizon_days": 365})
    edit = planned(api, series, "all", **two)
    assert [[r["code"] for r in d["reasons"]] for d in edit["dates"]] == [["too-many"]] * 4


def test_staff_are_asked_where_a_date_would_have_more_of_a_thing(cast):
    api, desks = client(cast.ada), cast.pool(4)
    series = booked(api, plan(api, desks, RULE), "s1").json()
    Booking.objects.update(state="confirmed", held_until=None)
    Claim.objects.update(kind="booked", until=None, reason=None)
    Rules.objects.create(resource=desks, from_on=LONG_AGO, data={"approval": True, "horizon_days": 365})
    edit = planned(api, series, "all", items=[{"resource_id": encode("res", desks.pk), "quantity": 2}])
    assert [[r["code"] for r in d["reasons"]] for d in edit["dates"]] == [["approval-first"]] * 4
