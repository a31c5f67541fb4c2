"""A booking with its deposit, and what is asked of it in the stories."""

from billing.models import Deposit
from billing.paying import deposit_watch
from billing.reconciling import webhooks
from booking.models import Booking
from core import outbox
from core.ids import decode, encode
from tests.api import post, wish


def booked(api, resource, bank, card="ok", **when):
    """Held, quoted, promised and paid by this card; the deposit as it is then."""
    booking = post(api, "/bookings", wish(resource, **when), key=f"hold-{when}")
    assert booking.status_code == 201, booking.content
    quote = post(api, "/quotes", {"booking_ids": [booking.json()["id"]]}).json()
    assert quote["deposit"]["cents"] == 15000
    made = post(
        api,
        "/checkouts",
        {"quote_id": quote["id"], "booking_ids": [booking.json()["id"]], "method": "card"},
        key=f"pay-{when}",
    )
    assert made.status_code == 201, made.content
    assert made.json()["total"]["cents"] == quote["total"]["cents"]
    bank.pay(made.json()["redirect_url"], card=card)
    bank.tell_everything()
    return Deposit.objects.get(booking=decode("bkg", booking.json()["id"]))


def reserved(bank):
    """What the bank keeps reserved now, in cents."""
    return [i["amount"] for i in bank.things("payment_intent") if i["status"] == "requires_capture"]


def shown(api, deposit):
    return api.get(f"/api/v1/deposits/{encode('dep', deposit.pk)}").json()


def act(api, deposit, what, body=None, key="k"):
    return post(api, f"/deposits/{encode('dep', deposit.pk)}/{what}", body, key=f"{what}-{key}")


def sweep():
    deposit_watch.sweep()
    outbox.drain()


def squares():
    assert not any(webhooks.unsquared().values()), webhooks.unsquared()


def changed(deposit, **words):
    """What another act would have written of its booking; its deposit is then seen to."""
    Booking.objects.filter(pk=deposit.booking_id).update(**words)
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    return Deposit.objects.filter(booking=deposit.booking_id).latest("made_at", "pk")


def stretched(deposit, until):
    """The booking lasts until then: as if it had been moved while it ran."""
    booking = Booking.objects.get(pk=deposit.booking_id)
    booking.period = type(booking.period)(booking.period.start, until)
    booking.save()
