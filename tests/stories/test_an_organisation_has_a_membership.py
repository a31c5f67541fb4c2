"""An organisation's membership renews beside its monthly bill: asked for by itself, billed by no month, paid once."""

from datetime import date

import pytest

from billing.books import dunning
from billing.models import Document, Issuer, Order, Payment, Refund
from billing.paying import collecting, renewing
from billing.reconciling import webhooks
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from tests.api import client, post
from tests.stories.changing import squares
from tests.stories.on_account import Office, book
from tests.stories.passes import checked_out
from tests.stories.test_a_month_is_billed import STEP
from tests.stories.test_a_plan_is_lived_on import sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast, at, bank):
    """The association has a plan since 30 September, which renews on the 30th."""
    at("2026-09-30 09:00")
    _ = cast.room, cast.franco
    found = Office(cast)
    api, plan = client(cast.bruno), sold(cast)
    quote = post(api, "/quotes", {"plan_id": plan["id"], "organisation_id": found.organisation}).json()
    bank.pay(checked_out(api, quote, method="card").json()["redirect_url"])
    bank.tell_everything()
    return found


def saved_debit(cast, office, bank):
    """Bruno saves an account of the association's, which pays for its plan from now on."""
    api = client(cast.bruno)
    page = api.post("/api/v1/payment-methods", {"organisation_id": office.organisation}, format="json")
    bank.pay(page.json()["redirect_url"], kind="sepa_debit")
    bank.tell_everything()
    (method,) = api.get("/api/v1/payment-methods").json()["data"]
    (plan,) = api.get("/api/v1/subscriptions").json()["data"]
    chosen = post(api, f"/subscriptions/{plan['id']}/method", {"method_id": method["id"]}, "choose")
    assert chosen.status_code == 200, chosen.content


def renewed(at):
    at("2026-10-29 12:00")
    renewing.sweep()
    outbox.drain()
    order = Order.objects.latest("made_at")
    assert (order.state, order.plan_periods.get().from_on) == ("owed", date(2026, 10, 30))
    return order


def left_out(office, month):
    seen = office.preview(month)
    assert seen["lines"] == []
    return [row["why"] for row in seen["left_out"]]


def test_a_renewal_that_is_being_debited_is_on_no_bill_and_paid_once(cast, office, bank, at):
    saved_debit(cast, office, bank)
    order = renewed(at)
    assert Payment.objects.get(order=order).state == "awaiting"
    at("2026-11-02 09:00")
    assert left_out(office, "2026-10") == ["being-paid"]
    at("2026-11-05 09:00")
    collecting.sweep()
    outbox.drain()
    order.refresh_from_db()
    assert (order.state, Document.objects.filter(order=order).count()) == ("paid", 1)
    assert not Refund.objects.exists()
    squares()


def test_a_renewal_that_nothing_pays_is_asked_for_by_itself_and_ends_the_plan(cast, office, at):
    order = renewed(at)
    asked = Mail.objects.get(key=f"owed:{order.pk}")
    assert asked.subject == "Da pagare: 100,00 €"
    at("2026-11-02 09:00")
    assert left_out(office, "2026-10") == ["plan"]
    dunning.write_steps(cast.franco, Issuer.objects.get(partner=cast.lead), [STEP])
    at("2026-12-10 09:00")
    dunning.remind_all()
    outbox.drain()
    assert Mail.objects.filter(key__startswith="reminder:").count() == 1
    renewing.renew(order.plan_periods.get().subscription_id, date(2026, 11, 30))
    assert order.plan_periods.get().subscription.state == "ended"


def on_the_page(cast, at):
    """A booking of the association's, with a page opened to pay it; a day later, when the page has long been closed."""
    at("2026-10-05 07:00")
    book(cast, cast.room, "2026-10-08T10:00:00", "2026-10-08T11:00:00")
    order = Order.objects.get(state="owed")
    made = post(client(cast.bruno), f"/checkouts/{encode('cho', order.checkout.pk)}/retry", key="r")
    assert made.status_code == 200, made.content
    at("2026-11-02 09:00")
    assert Payment.objects.get(order=order).state == "awaiting"
    return order


def test_what_was_filled_in_on_a_page_and_takes_days_is_on_no_bill(cast, office, bank, at):
    on_the_page(cast, at)
    assert left_out(office, "2026-10") == ["being-paid"]
    webhooks.sweep_slow()  # nobody had filled in anything
    assert [line["gross"]["cents"] for line in office.preview("2026-10")["lines"]] == [1830]


def test_what_was_filled_in_on_a_page_and_takes_days_is_not_paid_again_at_the_desk(cast, office, bank, at):
    order = on_the_page(cast, at)
    body = {"issuer_id": office.issuer, "debt_id": encode("ord", order.pk), "amount_cents": 1830}
    refused = post(client(cast.gina), "/desk-payments", body | {"method": "cash"}, "desk")
    assert (refused.status_code, refused.json()["data"]["state"]) == (409, "under-way")
    webhooks.sweep_slow()
    paid = post(client(cast.gina), "/desk-payments", body | {"method": "cash"}, "later")
    assert paid.status_code == 201, paid.content
    assert Order.objects.get(pk=order.pk).total == Money(1830)
