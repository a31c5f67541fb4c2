"""A booking bought, paid for, moved and handed on, as the stories say it."""

from billing.reconciling.webhooks import unsquared
from core import outbox
from core.ids import encode
from tests.api import client, post, wish


def buy(api, bank, resource, start="2026-12-03T10:00:00", end="2026-12-03T11:00:00", key="k"):
    """A paid, confirmed booking (18.30 an hour)."""
    held = post(api, "/bookings", wish(resource, start, end), f"{key}-hold")
    assert held.status_code == 201, held.content
    return pay(api, bank, held.json()["id"], key)


def pay(api, bank, booking_id, key="k"):
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking_id]})
    assert quote.status_code == 201, quote.content
    body = {"quote_id": quote.json()["id"], "booking_ids": [booking_id], "method": "card"}
    made = post(api, "/checkouts", body, f"{key}-pay")
    assert made.status_code == 201, made.content
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    return api.get(f"/api/v1/bookings/{booking_id}").json()


def to(start, end, **more):
    return {"period": {"start": f"2026-12-{start}:00", "end": f"2026-12-{end}:00"}, **more}


def move(api, booking, body, key="m"):
    return post(api, f"/bookings/{booking['id']}/move", body, key)


def span(shown):
    return shown["period"]["start"], shown["period"]["end"]


def squares():
    outbox.drain()
    assert unsquared() == {name: [] for name in unsquared()}


def longer(cast, bank, method):
    """Bruno's booking for the association, paid by card; an hour more of it by this method."""
    api = client(cast.bruno)
    asked = wish(
        cast.room,
        "2026-12-03T10:00:00",
        "2026-12-03T11:00:00",
        organisation_id=encode("org", cast.association.pk),
    )
    booking = pay(api, bank, post(api, "/bookings", asked, "hold").json()["id"])
    move(api, booking, to("03T10:00", "03T12:00"), "longer")
    quote = api.post("/api/v1/quotes", {"booking_ids": [booking["id"]]}).json()
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": method}
    made = post(api, "/checkouts", body, "longer-pay")
    assert made.status_code == 201, made.content
    if method == "card":
        bank.pay(made.json()["redirect_url"])
        bank.tell_everything()
    return api, api.get(f"/api/v1/bookings/{booking['id']}").json()


def hand(api, booking, email="bruno@example.org", key="h"):
    return post(api, f"/bookings/{booking['id']}/hand-over", {"email": email, "message": "ciao"}, key)
