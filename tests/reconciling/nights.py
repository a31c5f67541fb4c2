"""The night in which the gateway is read, and what the office sees of it in the morning."""

from billing.models import Refund
from billing.paying import refunds
from billing.reconciling import reading
from booking.models import Booking
from core import outbox
from core.ids import encode
from core.locks import act
from core.money import Money
from tests.api import post


def give_back(payment, cents):
    booking = Booking.objects.get(order_lines__order=payment.order_id)
    made = act(refunds.give_back)(None, booking, payment, Money(cents), "asked")
    assert made is not None
    outbox.drain()
    return Refund.objects.get(pk=made.pk)


def night():
    reading.nightly()
    outbox.drain()


def seen(office, cast, month="2026-11"):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": month}
    return office.get("/api/v1/reconciliation", asked).json()


TELLS = {
    "charge-unknown", "charged-twice", "refund-unknown", "payment-not-at-gateway", "refund-not-at-gateway",
    "amount-differs", "fee-differs", "adjustment-unknown", "payout-apart", "payout-not-arrived", "dispute-to-answer",
}  # fmt: skip


def differs(office, cast, month="2026-11"):
    return [f for f in seen(office, cast, month)["findings"] if f["code"] in TELLS]


def codes(office, cast, month="2026-11"):
    return sorted(f["code"] for f in differs(office, cast, month))


def mend(office, cast, finding, how, key="m", **more):
    body = {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2026-11", "how": how}
    body |= {"code": finding["code"], "thing_id": finding["thing_id"]} | more
    return post(office, "/reconciliation/mend", body, key)
