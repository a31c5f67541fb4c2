"""A key is one effect: by caller, path and body, for a day."""

import threading

import pytest

from booking.models import Booking
from core.models import IdempotentAnswer
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_a_refusal_is_remembered(cast):
    body = wish(cast.laser)
    first = post(client(cast.bruno), "/bookings", body)
    again = post(client(cast.bruno), "/bookings", body)
    assert (first.status_code, again.status_code) == (403, 403)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"


def test_words_that_are_malformed_are_not_remembered(cast):
    api = client(cast.ada)
    assert post(api, "/bookings", {"items": []}).status_code == 422
    assert post(api, "/bookings", wish(cast.laser)).status_code == 201


def test_the_same_key_of_somebody_else_is_another(cast):
    assert post(client(cast.ada), "/bookings", wish(cast.room)).status_code == 201
    assert post(client(cast.carla), "/bookings", wish(cast.other_room)).status_code == 201


def test_after_a_day_the_key_is_new(cast, at):
    first = post(client(cast.ada), "/bookings", wish(cast.room)).json()["id"]
    at("2026-12-01 09:01")
    later = wish(cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00")
    second = post(client(cast.ada), "/bookings", later)
    assert (second.status_code, second.json()["id"] != first) == (201, True)
    assert IdempotentAnswer.objects.count() == 1


def test_while_it_runs_the_key_is_in_use(cast, monkeypatch):
    inside, finish = threading.Event(), threading.Event()
    from booking.holding import holds

    take = holds._take

    def slow(*told):
        inside.set()
        finish.wait(timeout=10)
        return take(*told)

    monkeypatch.setattr(holds, "_take", slow)
    body, answers = wish(cast.laser), []
    api = client(cast.ada)

    def first():
        from django.db import connections

        answers.append(post(api, "/bookings", body))
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(timeout=5)
    second = post(client(cast.ada), "/bookings", body)
    finish.set()
    thread.join()
    assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-in-use")
    assert answers[0].status_code == 201
    assert Booking.objects.count() == 1
