"""The act was done and the process died before it answered: the same key finds what was done."""

import pytest

from booking.models import Booking
from core import idempotency
from core.models import IdempotentAnswer
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


class Died(Exception):
    """What stands for a process that is no more."""


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def dying(monkeypatch):
    """The process dies after the act, before the answer is stored."""

    def die(*told):
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_remember", die)
        yield patched


def lose(api, patched, path, body=None, key="k1"):
    assert post(api, path, body, key).status_code == 500
    patched.undo()


def test_a_hold_is_found_again_and_not_made_twice(cast, dying):
    api = client(cast.ada)
    lose(api, dying, "/bookings", wish(cast.laser))
    again = post(api, "/bookings", wish(cast.laser))
    assert again.status_code == 201, again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["state"] == "held"
    assert Booking.objects.count() == 1


def test_a_release_is_found_again(cast, dying):
    api = client(cast.ada)
    path = f"/bookings/{_held(cast)}/release"
    lose(api, dying, path)
    again = post(api, path)
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


def test_a_lost_answer_is_not_given_to_another_body(cast, dying):
    api = client(cast.ada)
    lose(api, dying, "/bookings", wish(cast.laser))
    other = post(api, "/bookings", wish(cast.laser, end="2026-12-01T12:00:00"))
    assert other.json()["code"] == "idempotency-key-reused"


def test_what_was_rolled_back_left_no_key(cast):
    post(client(cast.ada), "/bookings", wish(cast.laser), key="first")
    lost = post(client(cast.dario), "/bookings", wish(cast.laser))
    assert lost.status_code in (403, 409)
    assert IdempotentAnswer.objects.get(key="k1").thing_id is None


def test_a_series_whose_end_was_cut_short_is_whole_and_then_ended(cast, monkeypatch):
    from booking.repeating import editing
    from tests.stories.test_an_association_books_a_series import booked, plan

    api = client(cast.ada)
    made = booked(api, plan(api, cast.room)).json()
    Booking.objects.update(state="confirmed", held_until=None)

    def die(*told):
        raise Died

    path, body = f"/series/{made['id']}/end", {"on": "2026-12-01"}
    with monkeypatch.context() as patched:
        patched.setattr(editing, "_close", die)
        assert post(api, path, body, key="e1").status_code == 500
    assert set(Booking.objects.values_list("state", flat=True)) == {"confirmed"}
    again = post(api, path, body, key="e1")
    assert {b["state"] for b in again.json()["bookings"]} == {"cancelled"}


def _held(cast):
    from core.ids import encode

    post(client(cast.ada), "/bookings", wish(cast.laser), key="first")
    return encode("bkg", Booking.objects.get().pk)
