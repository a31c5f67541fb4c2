"""How a test speaks to the API: as somebody, with a key."""

from rest_framework.test import APIClient

from core.ids import encode


def client(person=None, **more):
    api = APIClient(**more)
    if person is not None:
        api.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return api


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
