"""How a test speaks to the API: as somebody, with a key."""

from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from core.ids import encode

BACKEND = "django.contrib.auth.backends.ModelBackend"


def client(person=None, **more):
    api = APIClient(**more)
    if person is not None:
        api.cookies[settings.SESSION_COOKIE_NAME] = session_of(person)
    return api


def session_of(person):
    """The key of a session such as signing in leaves behind: in one statement, where to sign in takes twenty."""
    said = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: person.get_session_auth_hash(),
    }
    store = SessionStore()
    kept = Session(
        session_key=uuid4().hex, session_data=store.encode(said), expire_date=store.get_expiry_date()
    )
    kept.save(force_insert=True)
    return kept.session_key


def wish(resource, start="2026-12-01T10:00:00", end="2026-12-01T11:00:00", **more):
    return {
        "items": [{"resource_id": encode("res", resource.pk)}],
        "period": {"start": start, "end": end},
        **more,
    }


def post(api, path, body=None, key="k1"):
    return api.post(f"/api/v1{path}", body or {}, headers={"Idempotency-Key": key})


def codes(answer):
    """Why something was refused, in the order in which it is said."""
    return [reason["code"] for reason in answer.json()["reasons"]]


def cents(value):
    return value["cents"]
