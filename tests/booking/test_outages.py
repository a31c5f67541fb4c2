"""What is out of order: it takes what is free, leaves who is there, and has back what they leave."""

from datetime import timedelta

import pytest

from booking.holding import lifecycle
from booking.models import Booking, Claim, Outage
from booking.rescuing import outages
from booking.rescuing.outages import Declared
from core.errors import Invalid, Refused
from core.ids import encode
from core.models import Mail
from equipment.models import Equipment, Fault, ServiceNote
from spaces.models import Rules, Unit
from tests.api import client, post, wish
from tests.booking.confirmed import book
from tests.cast import period, rome

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def out(cast, resource, until=None, **more):
    body = {"resource_id": encode("res", resource.pk), "reason": "Lente rotta", "until_at": until} | more
    answer = post(client(cast.gina), "/outages", body, key=f"out-{resource.pk}-{until}")
    assert answer.status_code == 201, answer.content
    return answer.json()


def taken(kind="outage"):
    rows = Claim.objects.filter(kind=kind).order_by("during", "unit")
    return [(c.during.start, c.during.end) for c in rows]


def test_what_is_broken_cannot_be_had_and_says_why(cast):
    out(cast, cast.room, "2026-12-05T00:00:00")
    answer = post(client(cast.ada), "/bookings", wish(cast.room))
    assert (answer.status_code, [r["code"] for r in answer.json()["reasons"]]) == (403, ["out-of-order"])
    assert answer.json()["reasons"][0]["holds_from"] == "2026-12-04T23:00:00Z"
    offers = client(cast.ada).get(
        f"/api/v1/offers?resource_id={encode('res', cast.room.pk)}&on_from=2026-12-01&on_to=2026-12-08&minutes=60"
    )
    assert offers.json()["data"][0]["offers"][0]["period"]["start"] == "2026-12-05T07:00:00Z"


def test_who_is_there_keeps_their_time_and_is_listed(cast):
    booking = book(cast.ada, cast.room, "2026-12-03 10:00")
    made = out(cast, cast.room, "2026-12-05T00:00:00")
    assert [b["code"] for b in made["affected"]] == [booking.code]
    assert taken() == [
        (rome("2026-11-30 09:00"), rome("2026-12-03 10:00")),
        (rome("2026-12-03 11:00"), rome("2026-12-05 00:00")),
    ]
    assert Booking.objects.get(pk=booking.pk).state == "confirmed"


def test_what_a_booking_inside_it_gives_back_passes_to_it_and_to_nobody_who_waits(cast):
    booking = book(cast.ada, cast.room, "2026-12-03 10:00")
    slot = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00"},
    }
    assert post(client(cast.bruno), "/waiting-list", slot).status_code == 201
    out(cast, cast.room, "2026-12-05T00:00:00")
    lifecycle.cancel(cast.ada, booking.pk)
    assert sum((end - start for start, end in taken()), timedelta()) == rome("2026-12-05 00:00") - rome(
        "2026-11-30 09:00"
    )
    assert not Booking.objects.filter(state="offered").exists()


def test_lifting_frees_it_for_who_waits(cast):
    made = out(cast, cast.room, "2026-12-05T00:00:00")
    slot = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00"},
    }
    assert post(client(cast.bruno), "/waiting-list", slot).status_code == 201
    lifted = post(client(cast.gina), f"/outages/{made['id']}/lift")
    assert (lifted.status_code, lifted.json()["actions"]["lift"]["allowed"]) == (200, False)
    assert Booking.objects.get(state="offered").person == cast.bruno
    assert taken() == []
    assert post(client(cast.gina), f"/outages/{made['id']}/lift", key="again").status_code == 409


def test_one_without_an_end_reaches_as_far_as_can_be_booked_each_night_further(cast):
    out(cast, cast.room)
    (only,) = taken()
    assert only == (rome("2026-11-30 09:00"), cast.room.planned_until)
    cast.room.planned_until += timedelta(days=1)
    cast.room.save()
    outages.extend_all()
    assert taken() == [(only[0], cast.room.planned_until)]


def test_an_outage_inside_another_has_the_time_when_the_first_is_lifted(cast):
    first = out(cast, cast.room, "2026-12-05T00:00:00")
    out(cast, cast.room, "2026-12-03T00:00:00")
    post(client(cast.gina), f"/outages/{first['id']}/lift")
    assert taken() == [(rome("2026-11-30 09:00"), rome("2026-12-03 00:00"))]


def test_a_shorter_one_frees_the_rest(cast):
    made = out(cast, cast.room, "2026-12-05T00:00:00")
    answer = client(cast.gina).patch(
        f"/api/v1/outages/{made['id']}", {"until_at": "2026-12-02T00:00:00", "reason": "Quasi"}
    )
    assert answer.status_code == 200, answer.content
    assert taken() == [(rome("2026-11-30 09:00"), rome("2026-12-02 00:00"))]
    assert (
        post(
            client(cast.ada), "/bookings", wish(cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
        ).status_code
        == 201
    )


def test_a_room_that_is_out_takes_the_machine_that_stands_in_it(cast):
    from spaces.models import Part

    Part.objects.create(resource=cast.room, of=cast.laser)
    booking = book(cast.ada, cast.laser, "2026-12-03 10:00")
    made = out(cast, cast.room, "2026-12-05T00:00:00")
    assert [b["code"] for b in made["affected"]] == [booking.code]
    refused = post(
        client(cast.ada), "/bookings", wish(cast.laser, "2026-12-03T12:00:00", "2026-12-03T13:00:00")
    )
    assert [r["code"] for r in refused.json()["reasons"]] == ["out-of-order"]


def test_one_of_a_pool_is_out_and_its_booking_takes_another_seat(cast):
    desks = cast.pool(3)
    booking = book(cast.ada, desks, "2026-12-03 10:00")
    seat = Claim.objects.get(item__booking=booking).unit
    made = out(cast, desks, "2026-12-05T00:00:00", unit_ids=[encode("unt", seat.pk)])
    assert made["affected"] == []
    assert Claim.objects.get(item__booking=booking).unit != seat
    assert taken() == [(rome("2026-11-30 09:00"), rome("2026-12-05 00:00"))]
    for n in range(1):
        assert (
            post(
                client(cast.bruno),
                "/bookings",
                wish(desks, "2026-12-03T10:00:00", "2026-12-03T11:00:00"),
                f"n{n}",
            ).status_code
            == 201
        )
    full = post(client(cast.carla), "/bookings", wish(desks, "2026-12-03T10:00:00", "2026-12-03T11:00:00"))
    assert full.json()["code"] == "slot-taken"


def test_of_a_full_pool_who_finds_no_other_seat_is_affected(cast):
    desks = cast.pool(2)
    mine = book(cast.ada, desks, "2026-12-03 10:00")
    book(cast.bruno, desks, "2026-12-03 10:00")
    seat = Claim.objects.get(item__booking=mine).unit
    made = out(cast, desks, unit_ids=[encode("unt", seat.pk)])
    assert [b["code"] for b in made["affected"]] == [mine.code]


def test_units_of_something_else_are_refused(cast):
    stranger = Unit.objects.get(parts__resource=cast.other_room)
    with pytest.raises(Invalid):
        outages.declare(cast.ivo, Declared(cast.room, rome("2026-12-01 08:00"), units=(stranger.pk,)))


def test_what_can_be_used_with_care_stays_bookable_and_says_so(cast):
    out(cast, cast.room, severity="with_care")
    assert post(client(cast.ada), "/bookings", wish(cast.room)).status_code == 201
    shown = client().get(f"/api/v1/resources/{encode('res', cast.room.pk)}").json()["condition"]
    assert (shown["state"], shown["reason"], shown["until"]) == ("with_care", "Lente rotta", None)


def test_the_page_says_that_it_is_out_and_until_when(cast):
    read = lambda: client().get(f"/api/v1/resources/{encode('res', cast.room.pk)}").json()["condition"]  # noqa: E731
    assert read()["state"] == "working"
    out(cast, cast.room, "2026-12-05T00:00:00")
    assert (read()["state"], read()["until"]) == ("out_of_order", "2026-12-04T23:00:00Z")


def test_a_block_lifted_inside_it_passes_to_it(cast):
    block = {"resource_id": encode("res", cast.room.pk), "kind": "other", "reason": "Prova",
             "period": {"start": "2026-12-01T10:00:00", "end": "2026-12-01T11:00:00"}}  # fmt: skip
    made = post(client(cast.gina), "/blocks", block).json()["id"]
    out(cast, cast.room, "2026-12-02T00:00:00")
    post(client(cast.gina), f"/blocks/{made}/lift")
    assert sum((end - start for start, end in taken()), timedelta()) == rome("2026-12-02 00:00") - rome(
        "2026-11-30 09:00"
    )


def test_one_may_wait_for_what_is_broken(cast):
    out(cast, cast.room)
    slot = {
        "resource_id": encode("res", cast.room.pk),
        "period": {"start": "2026-12-03T10:00:00", "end": "2026-12-03T11:00:00"},
    }
    assert post(client(cast.bruno), "/waiting-list", slot).status_code == 201


def test_the_padding_of_a_neighbour_is_not_affected(cast):
    Rules.objects.create(resource=cast.room, from_on="2026-01-01", data={"clean_up": 30})
    book(cast.ada, cast.room, "2026-12-03 10:00")
    assert out(cast, cast.room, "2026-12-05T00:00:00", from_at="2026-12-03T11:00:00")["affected"] == []


def test_staff_s_override_does_not_open_what_is_out(cast):
    out(cast, cast.room)
    answer = post(client(cast.gina), "/bookings", wish(cast.room, override_reason="serve"))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")


# -- faults and service ----------------------------------------------------------------------------------


def report(person, resource, severity="unusable"):
    body = {"resource_id": encode("res", resource.pk), "severity": severity, "text": "Non accende"}
    answer = post(client(person), "/faults", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_anybody_reports_a_fault_and_staff_are_told(cast):
    _ = cast.gina
    made = report(cast.ada, cast.laser)
    assert (made["state"], made["severity"]) == ("reported", "unusable")
    assert Mail.objects.get(to=cast.gina.email).subject == "Guasto segnalato: Laser CO₂"
    assert post(client(cast.ada), "/bookings", wish(cast.laser)).status_code == 201  # nothing is closed yet
    assert [f["id"] for f in client(cast.gina).get("/api/v1/faults").json()["data"]] == [made["id"]]
    assert client(cast.carla).get("/api/v1/faults").json()["data"] == []
    assert client(cast.carla).get(f"/api/v1/faults/{made['id']}").status_code == 404


def test_an_outage_confirms_the_fault_and_its_end_mends_it(cast):
    made = report(cast.ada, cast.laser)
    outage = out(cast, cast.laser, fault_id=made["id"])
    assert Fault.objects.get().state == "confirmed"
    post(client(cast.gina), f"/outages/{outage['id']}/lift")
    assert Fault.objects.get().state == "mended"
    assert Mail.objects.get(to=cast.ada.email).text.startswith("Ciao Ada A.,\n\nè di nuovo a posto")


def test_staff_dismiss_a_fault_with_a_word_and_only_once(cast):
    made = report(cast.ada, cast.laser)
    api = client(cast.gina)
    said = {"state": "dismissed", "answer": "Era solo spento."}
    assert api.patch(f"/api/v1/faults/{made['id']}", said).json()["state"] == "dismissed"
    assert "Era solo spento." in Mail.objects.get(to=cast.ada.email).text
    assert api.patch(f"/api/v1/faults/{made['id']}", said).status_code == 409
    assert client(cast.ada).patch(f"/api/v1/faults/{made['id']}", said).status_code == 403


def test_what_is_due_by_date_or_by_hours_comes_first(cast, queries):
    laser = Equipment.objects.get(resource=cast.laser)
    Equipment.objects.filter(pk=laser.pk).update(service_hours=2)
    printer = Equipment.objects.create(resource=cast.room, service_days=30)
    ServiceNote.objects.create(equipment=printer, on="2026-11-20", text="Ugello")
    ServiceNote.objects.create(equipment=laser, on="2026-11-01", text="Specchi")
    for n in (10, 13):
        made = book(cast.ada, cast.laser, f"2026-12-03 {n}:00", 60)
        Booking.objects.filter(pk=made.pk).update(period=period(f"2026-11-20 {n}:00", 60))
        made.items.update(period=period(f"2026-11-20 {n}:00", 60))
    api = client(cast.gina)
    with queries(12):
        rows = api.get("/api/v1/upkeep").json()["data"]
    assert [(r["resource"]["name"], r["overdue"], r["used_minutes"]) for r in rows] == [
        ("Laser CO₂", True, 120), ("Sala Po", False, 0),
    ]  # fmt: skip
    assert rows[1]["due_on"] == "2026-12-20"
    note = {"resource_id": encode("res", cast.laser.pk), "on": "2026-11-30", "text": "Specchi puliti"}
    assert post(api, "/service-notes", note).status_code == 201
    assert not any(r["overdue"] for r in api.get("/api/v1/upkeep").json()["data"])


def test_outages_are_the_staff_s_own(cast):
    made = out(cast, cast.room)
    for person, status in ((cast.carla, 404), (cast.elena, 404), (cast.dario, 200)):
        assert client(person).get(f"/api/v1/outages/{made['id']}").status_code == status
    assert Outage.objects.count() == 1


def test_the_series_says_which_dates_are_out_of_order(cast):
    out(cast, cast.room, "2026-12-09T00:00:00")
    body = {
        "items": [{"resource_id": encode("res", cast.room.pk)}],
        "rule": {"repeat": "weekly", "weekdays": ["tue"], "hours": {"start": "10:00", "end": "11:00"},
                 "first_on": "2026-12-01", "last_on": "2026-12-15"},
    }  # fmt: skip
    dates = post(client(cast.ada), "/series/plans", body).json()["dates"]
    assert [d["chosen"] for d in dates] == [False, False, True]


def test_moving_it_again_is_refused_by_the_rules_not_by_an_error(cast):
    out(cast, cast.room)
    from booking.claims import Ask
    from booking.holding.holds import Wish, hold

    with pytest.raises(Refused):
        hold(Wish(cast.ada, [Ask(cast.room, period("2026-12-03 10:00"))], made_by=cast.ada))
