"""A pass granted, and bookings that it pays for, as the stories say them."""

from billing.models import Budget, Draw
from core import outbox
from core.ids import decode, encode
from tests.api import client, post, wish
from tests.booking.confirmed import final


def grant(cast, kind, person=None, reason="Un regalo"):
    body = {
        "pass_kind_id": encode("pkd", kind.pk),
        "person_id": encode("per", (person or cast.ada).pk),
        "reason": reason,
    }
    made = post(client(cast.gina), "/passes", body, key=f"grant-{Budget.objects.count()}")
    assert made.status_code == 201, made.content
    return made.json()["id"]


def held(api, resource, start="2026-12-02T10:00:00", end="2026-12-02T12:00:00"):
    made = post(api, "/bookings", wish(resource, start, end), key=f"hold-{start}-{end}")
    assert made.status_code == 201, made.content
    return made.json()["id"]


def quoted(api, *bookings, **more):
    made = post(api, "/quotes", {"booking_ids": list(bookings), **more})
    assert made.status_code == 201, made.content
    return made.json()


def checked_out(api, quote, bookings=(), method="none", key="pay"):
    body = {"quote_id": quote["id"], "booking_ids": list(bookings), "method": method}
    return post(api, "/checkouts", body, key=f"{key}-{quote['id']}")


def booked(api, resource, **more):
    booking = held(api, resource, **more)
    made = checked_out(api, quoted(api, booking), [booking])
    assert (made.status_code, made.json().get("state")) == (201, "done"), made.content
    return booking


def left(carnet_id):
    found = Budget.objects.get(pk=decode("bud", carnet_id))
    assert found.left == -sum(Draw.objects.filter(budget=found).values_list("units", flat=True))
    return found.left


def cancelled(api, booking):
    post(api, f"/bookings/{booking}/cancel", key=f"cancel-{booking}")
    final(decode("bkg", booking))
    outbox.drain()
