"""Who asked, and who was asked, hear of what nobody answered."""

from __future__ import annotations

import pytest
from django.core import mail as sent

from booking.holding.lapsing import sweep_dead
from core import outbox
from core.ids import encode
from core.models import Mail
from spaces.models import Rules
from tests.api import client, post, wish
from tests.booking.test_asking import request
from tests.booking.test_invitations import invited
from tests.cast import LONG_AGO

pytestmark = pytest.mark.django_db(transaction=True)
TUESDAY = "2026-12-15T10:00:00", "2026-12-15T12:00:00"


@pytest.fixture
def requested(cast, at):
    at("2026-11-30 09:00")
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "request_days": 5})
    _ = cast.gina
    asked = request(cast, cast.ada, cast.room, *TUESDAY)
    outbox.drain()
    return asked


def subjects(person):
    return list(Mail.objects.filter(person_id=person.pk).order_by("pk").values_list("subject", flat=True))


def test_a_request_that_lapses_is_told_and_leaves_the_calendar(cast, requested, at):
    at("2026-12-05 09:01")
    sweep_dead()
    outbox.drain()
    assert subjects(cast.ada)[-1] == "Richiesta decaduta: Sala Po"
    calendar, event = invited(next(m for m in reversed(sent.outbox) if "decaduta" in m.subject))
    assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")


def test_what_was_only_held_lapses_without_a_word(cast, at):
    at("2026-11-30 09:00")
    post(client(cast.ada), "/bookings", wish(cast.room, *TUESDAY))
    at("2026-11-30 12:00")
    sweep_dead()
    outbox.drain()
    assert subjects(cast.ada) == []


def test_staff_are_reminded_a_day_before_a_request_lapses(cast, requested, at):
    at("2026-12-04 08:59")
    outbox.drain()
    assert subjects(cast.gina) == ["Da approvare: Sala Po"]
    at("2026-12-04 09:01")
    outbox.drain()
    outbox.drain()
    assert subjects(cast.gina) == ["Da approvare: Sala Po", "Decade domani: Sala Po"]
    assert "decade il 05/12/2026 09:00" in Mail.objects.filter(person_id=cast.gina.pk).latest("pk").text


def test_who_has_decided_is_reminded_of_nothing(cast, requested, at):
    assert post(client(cast.gina), f"/bookings/{requested}/approve", key="yes").status_code == 200
    at("2026-12-04 09:01")
    outbox.drain()
    assert subjects(cast.gina) == ["Da approvare: Sala Po"]


def test_of_a_series_staff_are_reminded_of_what_nobody_decided_and_its_end_is_one_mail(cast, at):
    at("2026-11-30 09:00")
    rule = {
        "repeat": "weekly",
        "weekdays": ["tue"],
        "hours": {"start": "10:00", "end": "12:00"},
        "first_on": "2026-12-15",
        "last_on": "2027-01-05",
    }
    Rules.objects.create(resource=cast.room, from_on=LONG_AGO, data={"approval": True, "request_days": 5})
    api, staff = client(cast.ada), client(cast.gina)
    items = [{"resource_id": encode("res", cast.room.pk)}]
    plan = api.post("/api/v1/series/plans", {"items": items, "rule": rule, "title": "Prove"}).json()
    series = post(api, "/series", {"plan_id": plan["id"]}).json()
    ids = [one["id"] for one in series["bookings"]]
    quote = api.post("/api/v1/quotes", {"booking_ids": ids}).json()
    post(api, "/checkouts", {"quote_id": quote["id"], "booking_ids": ids, "method": "none"}, "c")
    assert post(staff, f"/bookings/{ids[0]}/approve", key="first").status_code == 200
    at("2026-12-04 09:01")
    outbox.drain()
    assert subjects(cast.gina)[-1] == "Decade domani: Sala Po"
    assert "15/12/2026" not in Mail.objects.filter(person_id=cast.gina.pk).latest("pk").text
    at("2026-12-05 09:01")
    sweep_dead()
    outbox.drain()
    assert [s for s in subjects(cast.ada) if "decaduta" in s] == ["Richiesta decaduta: Prove"]
