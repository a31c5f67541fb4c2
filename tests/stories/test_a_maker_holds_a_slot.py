"""Through the API only: a maker finds, holds, is refused, gives back."""

import pytest

from core.ids import encode
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


def test_a_maker_holds_and_gives_back(cast):
    api = client(cast.ada)
    made = post(api, "/bookings", wish(cast.laser))
    assert made.status_code == 201, made.content
    assert made.json()["held_until"] == "2026-11-30T08:10:00Z"
    assert made.json()["period"] == {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
    assert made.json()["actions"]["release"] == {"allowed": True, "reasons": [], "terms": {}}
    released = post(api, f"/bookings/{made.json()['id']}/release")
    assert released.json()["state"] == "cancelled"


def test_the_same_key_gives_the_same_booking(cast):
    api = client(cast.ada)
    first, second = (post(api, "/bookings", wish(cast.laser)) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_the_same_key_with_another_body_is_refused(cast):
    api = client(cast.ada)
    post(api, "/bookings", wish(cast.laser))
    again = post(api, "/bookings", wish(cast.laser, end="2026-12-01T12:00:00"))
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")


def test_a_creation_without_a_key_is_refused(cast):
    answer = client(cast.ada).post("/api/v1/bookings", wish(cast.laser))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


def test_a_loser_is_told_what_is_near(cast):
    post(client(cast.ada), "/bookings", wish(cast.room))
    lost = post(client(cast.carla), "/bookings", wish(cast.room))
    assert lost.status_code == 409
    assert lost.headers["Content-Type"] == "application/problem+json"
    problem = lost.json()
    assert problem["code"] == "slot-taken"
    assert len(problem["alternatives"]) >= 3


def test_the_uncertified_maker_sees_why_not_in_her_language(cast):
    answer = client(cast.bruno).post(
        "/api/v1/bookings", wish(cast.laser), headers={"Idempotency-Key": "k", "Accept-Language": "en"}
    )
    assert answer.status_code == 403
    reason = answer.json()["reasons"][0]
    assert reason["detail"] == "The certification Laser L1 is needed. Thursday's course."
    assert reason["way_out"]["act"] == "certify"


def test_a_visitor_is_asked_to_sign_in(cast):
    assert post(client(), "/bookings", wish(cast.laser)).status_code == 401


def test_a_visitor_s_write_needs_the_token_too(cast):
    api = client(enforce_csrf_checks=True)
    refused = api.post("/api/v1/session", {"email": "ada@example.org", "password": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_stranger_s_booking_is_not_there(cast):
    made = post(client(cast.ada), "/bookings", wish(cast.laser)).json()
    answer = client(cast.carla).get(f"/api/v1/bookings/{made['id']}")
    assert answer.status_code == 404
    assert "Ada" not in answer.content.decode()


def test_availability_names_nobody_to_a_stranger(cast):
    post(client(cast.ada), "/bookings", wish(cast.laser, title="Targhe"))
    path = (
        f"/api/v1/availability?resource_id={encode('res', cast.laser.pk)}&on_from=2026-12-01&on_to=2026-12-02"
    )
    shown = client().get(path)
    kinds = [span["kind"] for span in shown.json()["resources"][0]["spans"]]
    assert kinds == ["closed", "free", "held", "free", "closed"]
    assert "Ada" not in shown.content.decode()
    assert "Targhe" not in shown.content.decode()


def test_staff_see_whose_it_is(cast):
    post(client(cast.ada), "/bookings", wish(cast.laser))
    desk = client(cast.gina).get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}&on=2026-12-01")
    assert desk.status_code == 200, desk.content
    assert "Ada A." in desk.content.decode()


def test_signing_in_and_out(cast):
    cast.ada.set_password(cast.password)
    cast.ada.save()
    api = client()
    wrong = api.post("/api/v1/session", {"email": "ada@example.org", "password": "wrong-password"})
    unknown = api.post("/api/v1/session", {"email": "nobody@example.org", "password": "wrong-password"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign-in-failed")
    assert wrong.json()["detail"] == unknown.json()["detail"]
    right = api.post("/api/v1/session", {"email": "ADA@example.org", "password": cast.password})
    assert right.json()["person"]["name"] == "Ada A."
    assert api.delete("/api/v1/session").status_code == 204
    assert api.get("/api/v1/session").json()["person"] is None


def test_five_failures_lock_the_account_and_not_the_neighbour(cast):
    for person in (cast.ada, cast.bruno):
        person.set_password(cast.password)
        person.save()
    api = client()
    for _ in range(5):
        api.post("/api/v1/session", {"email": "ada@example.org", "password": "wrong-password"})
    locked = api.post("/api/v1/session", {"email": "ada@example.org", "password": cast.password})
    assert (locked.status_code, locked.headers["Content-Type"]) == (429, "application/problem+json")
    assert (
        api.post("/api/v1/session", {"email": "bruno@example.org", "password": cast.password}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"a":"\\u0000"}', b'"\\ud800"', b"{", b"[]", b"null", b"3", b'{"items":[{"resource_id":1}]}', b'{"items":[],"period":{"start":123456789012345678901234567890,"end":null}}'],
)  # fmt: skip
def test_bad_input_is_a_clear_error(cast, body):
    api = client(cast.ada)
    answer = api.generic(
        "POST", "/api/v1/bookings", body, "application/json", headers={"Idempotency-Key": "k"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_over_a_mebibyte_is_too_large(cast):
    api = client(cast.ada)
    body = b'{"title":"' + b"x" * (1024 * 1024 + 1) + b'"}'
    answer = api.generic(
        "POST", "/api/v1/bookings", body, "application/json", headers={"Idempotency-Key": "k"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_the_list_of_bookings_costs_the_same_for_one_or_twenty(cast, queries):
    for hour in range(9, 12):
        post(
            client(cast.ada),
            "/bookings",
            wish(cast.laser, f"2026-12-01T{hour:02}:00:00", f"2026-12-01T{hour:02}:30:00"),
            str(hour),
        )
    api = client(cast.ada)
    with queries(8):
        listed = api.get("/api/v1/bookings?person_id=me")
    assert len(listed.json()["data"]) == 3


def test_a_page_ends_where_the_next_begins(cast):
    for hour in range(9, 12):
        post(
            client(cast.ada),
            "/bookings",
            wish(cast.laser, f"2026-12-01T{hour:02}:00:00", f"2026-12-01T{hour:02}:30:00"),
            str(hour),
        )
    api, seen, cursor = client(cast.ada), [], ""
    for _ in range(3):
        answer = api.get(
            f"/api/v1/bookings?limit=1&cursor={cursor}" if cursor else "/api/v1/bookings?limit=1"
        ).json()
        seen += [b["period"]["start"] for b in answer["data"]]
        cursor = answer["next_cursor"]
    assert seen == ["2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z", "2026-12-01T08:00:00Z"]
    assert cursor is None
