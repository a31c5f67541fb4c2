"""The session: in, out, and what a thief learns (nothing)."""

from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher

from core import outbox
from people.models import Membership
from tests.api import client, post, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(cast):
    cast.ada.set_password(cast.password)
    cast.ada.save()
    return cast.ada


def sign_in(api, email, password, **more):
    return api.post("/api/v1/session", {"email": email, "password": password}, **more)


def test_passwords_are_kept_by_argon2(ada):
    assert ada.password.startswith("argon2$")


def test_the_session_s_key_is_new_after_signing_in(cast, ada):
    api = client()
    session = api.session
    session["seen"] = True
    session.save()
    before = session.session_key
    assert sign_in(api, ada.email, cast.password).status_code == 200
    after = api.cookies[settings.SESSION_COOKIE_NAME].value
    assert after != before
    thief = client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert thief.get("/api/v1/session").json()["person"] is None


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(cast, ada):
    api = client()
    sign_in(api, ada.email, cast.password)
    kept = api.cookies[settings.SESSION_COOKIE_NAME].value
    assert api.delete("/api/v1/session").status_code == 204
    thief = client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get("/api/v1/session").json()["person"] is None


def test_known_and_unknown_addresses_cost_one_hash_and_get_one_answer(ada, monkeypatch):
    hashed = []
    hasher = type(get_hasher())

    def counted(name):
        real = getattr(hasher, name)

        def run(self, *given, **named):
            hashed.append(name)
            return real(self, *given, **named)

        monkeypatch.setattr(hasher, name, run)

    counted("encode")
    counted("verify")
    answers = []
    for email in (ada.email, "nobody@example.org"):
        hashed.clear()
        answer = sign_in(client(), email, "not-the-password").json()
        answer.pop("request_id")
        answers.append((answer, len(hashed)))
    assert answers[0] == answers[1]
    assert answers[0][1] == 1


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(cast, ada):
    api = client()
    sign_in(api, ada.email, cast.password)
    cookie = api.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_many_addresses_together_lock_one_account(cast, ada):
    for last in range(5):
        sign_in(client(), ada.email.upper(), "not-the-password", REMOTE_ADDR=f"10.0.0.{last}")
    locked = sign_in(client(), ada.email, cast.password, REMOTE_ADDR="10.0.0.99")
    assert (locked.status_code, locked.json()["code"]) == (429, "rate-limited")
    assert int(locked.headers["Retry-After"]) > 0


def test_after_the_cool_off_one_may_try_again(cast, ada, at):
    at("2026-11-30 09:00")
    for _ in range(5):
        sign_in(client(), ada.email, "not-the-password")
    at("2026-11-30 09:14")
    assert sign_in(client(), ada.email, cast.password).status_code == 429
    at("2026-11-30 09:40")
    assert sign_in(client(), ada.email, cast.password).status_code == 200


def test_the_answer_to_signing_in_is_in_her_language(cast, ada):
    ada.language = "en"
    ada.save()
    api = client()
    answer = sign_in(api, ada.email, cast.password, headers={"Accept-Language": "it"})
    assert answer.headers["Content-Language"] == answer.json()["language"] == "en"
    assert api.get("/api/v1/session", headers={"Accept-Language": "it"}).json()["language"] == "en"


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("ada", "search"),
        ("bruno", "association"),
        ("gina", "desk"),
        ("elena", "insight"),
        ("franco", "documents"),
    ],
)
def test_each_comes_home_to_their_own_screen(cast, who, home):
    _ = cast.association
    assert client(getattr(cast, who)).get("/api/v1/session").json()["home"] == home


def test_the_desk_is_told_what_waits_and_nobody_else(cast, at, monkeypatch):
    at("2026-11-30 09:00")
    api = client(cast.bruno)
    booking = post(api, "/bookings", wish(cast.asked_room), "a").json()["id"]
    quote = post(api, "/quotes", {"booking_ids": [booking]}).json()["id"]
    asked = {"quote_id": quote, "booking_ids": [booking], "method": "none"}
    assert post(api, "/checkouts", asked, "b").status_code == 201

    def counts(person):
        return client(person).get("/api/v1/session").json()["counts"]

    told = {
        name: counts(getattr(cast, name))["approvals"] for name in ("ada", "gina", "elena", "franco", "ivo")
    }
    assert told == {"ada": None, "gina": 1, "elena": 0, "franco": None, "ivo": 1}
    assert counts(None) == {"approvals": None, "mailbox": None}
    outbox.drain()
    monkeypatch.setattr(settings, "DEMO", True)
    assert counts(cast.bruno)["mailbox"] >= 1


def test_who_has_left_an_organisation_sees_no_more_of_it(cast):
    _ = cast.association
    api = client(cast.bruno)
    assert [o["name"] for o in api.get("/api/v1/organisations").json()["data"]] == ["Coro di Barriera"]
    Membership.objects.update(until_on=date(2026, 1, 1))
    assert api.get("/api/v1/organisations").json()["data"] == []
    shown = api.get("/api/v1/session").json()
    assert (shown["organisations"], shown["home"]) == ([], "search")


def test_one_s_own_data_are_checked_as_they_are_typed(cast):
    api = client(cast.ada)
    wrong = api.patch(
        "/api/v1/people/me", {"tax_code": "RSSMRA80A01H501X"}, headers={"Accept-Language": "en"}
    )
    assert wrong.status_code == 422
    pointer = wrong.json()["pointers"][0]
    assert (pointer["pointer"], pointer["code"]) == ("/tax_code", "tax-code-wrong")
    assert pointer["detail"].startswith("The tax code")
    right = api.patch("/api/v1/people/me", {"tax_code": "rssmra 80a01 h501u", "phone": "+39 011 1"})
    assert (right.json()["tax_code"], right.json()["phone"]) == ("RSSMRA80A01H501U", "+39 011 1")


@pytest.mark.parametrize("field", ["email", "is_staff", "is_superuser", "password", "id", "missing"])
def test_nobody_writes_what_is_not_theirs_to_write(cast, field):
    refused = client(cast.ada).patch("/api/v1/people/me", {field: "x"})
    assert (refused.status_code, refused.json()["pointers"][0]["code"]) == (422, "unknown")
