"""The sandbox answers as Stripe does, asked by Stripe's own client: pages, keys, expiry, refunds, faults."""

import urllib.error
import urllib.request
from datetime import timedelta

import pytest
import stripe

from billing.gateways.sandbox.api import Api
from billing.gateways.sandbox.ledger import Ledger
from core.clock import now
from core.errors import GatewayDown, PaymentRefused
from core.money import Money

EUR = Money(1830)


def open_page(gateway, key="pay_1", amount=EUR, minutes=31, said="Laser CO₂"):
    return gateway.open_session(
        key, amount, said, "ada@example.org", "https://example.org/back", now() + timedelta(minutes=minutes)
    )


@pytest.fixture
def paid(gateway, bank):
    """A session that has been paid, as it is read afterwards."""
    opened = open_page(gateway)
    bank.pay(opened.url)
    return gateway.read_session(opened.ref)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


# -- pages --------------------------------------------------------------------------------------------------


def test_a_page_is_open_until_its_hour_and_shows_what_is_paid(gateway):
    opened = open_page(gateway)
    assert (opened.paid, opened.expired, opened.payment_ref) == (False, False, "")
    assert opened.expires_at == now() + timedelta(minutes=31)
    with urllib.request.urlopen(opened.url) as page:
        text = page.read().decode()
    assert "18,30 €" in text
    assert "Laser CO₂" in text


def test_a_page_that_is_paid_says_so_and_names_its_payment(gateway, paid):
    assert paid.paid
    assert not paid.expired
    assert paid.payment_ref.startswith("pi_")
    assert paid.url == ""


def test_paying_twice_is_paying_once(gateway, bank):
    opened = open_page(gateway)
    bank.pay(opened.url)
    first = gateway.read_session(opened.ref)
    bank.pay(opened.url)
    assert gateway.read_session(opened.ref) == first
    assert len(bank.events()) == 1


def test_a_declined_card_leaves_the_page_open(gateway, bank):
    opened = open_page(gateway)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(opened.url, b"do=decline")
    assert refused.value.code == 402
    assert not gateway.read_session(opened.ref).paid
    bank.pay(opened.url)
    assert gateway.read_session(opened.ref).paid


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_page_lives_between_half_an_hour_and_a_day(gateway, minutes):
    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        open_page(gateway, minutes=minutes)


def test_less_than_fifty_cents_is_not_taken(gateway):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_page(gateway, amount=Money(49))
    assert refused.value.code == "amount_too_small"


# -- expiry -------------------------------------------------------------------------------------------------


def test_a_page_past_its_hour_has_expired_and_takes_no_money(gateway, bank, at):
    opened = open_page(gateway)
    at("2026-11-30 09:31")
    bank.pay(opened.url)
    seen = gateway.read_session(opened.ref)
    assert (seen.expired, seen.paid, seen.payment_ref, seen.url) == (True, False, "", "")
    assert [b'"checkout.session.expired"' in e for e in bank.events()] == [True]


def test_a_page_closed_by_us_takes_no_money(gateway, bank):
    opened = open_page(gateway)
    assert gateway.close_session(opened.ref).expired
    bank.pay(opened.url)
    assert not gateway.read_session(opened.ref).paid


def test_closing_again_and_closing_what_was_paid_tell_how_it_ended(gateway, paid):
    assert gateway.close_session(paid.ref) == paid
    other = open_page(gateway, key="pay_2")
    gateway.close_session(other.ref)
    assert gateway.close_session(other.ref).expired


def test_only_an_open_page_can_be_closed(stripe_, paid):
    with pytest.raises(stripe.InvalidRequestError, match="open"):
        stripe_.checkout.sessions.expire(paid.ref)


# -- keys ---------------------------------------------------------------------------------------------------


def test_one_key_is_one_page(gateway):
    assert open_page(gateway) == open_page(gateway)
    assert open_page(gateway, key="pay_2").ref != open_page(gateway).ref


def test_a_key_answers_as_it_did_then_not_as_things_are_now(gateway, bank):
    opened = open_page(gateway)
    bank.pay(opened.url)
    assert open_page(gateway) == opened
    assert gateway.read_session(opened.ref).paid


def test_one_key_with_other_words_is_refused(gateway):
    open_page(gateway)
    with pytest.raises(stripe.IdempotencyError):
        open_page(gateway, amount=Money(9999))


def test_a_refusal_is_kept_under_its_key_as_well(gateway, paid):
    for _ in range(2):
        with pytest.raises(PaymentRefused) as refused:
            gateway.refund("ref_1", paid.payment_ref, Money(1831))
        assert "greater than unrefunded amount on charge (1830)" in str(refused.value.__cause__)


# -- money back ---------------------------------------------------------------------------------------------


def test_refunds_add_up_to_what_was_captured_and_no_more(gateway, bank, paid):
    gateway.refund("ref_1", paid.payment_ref, Money(1000))
    gateway.refund("ref_2", paid.payment_ref, Money(830))
    with pytest.raises(PaymentRefused) as refused:
        gateway.refund("ref_3", paid.payment_ref, Money(1))
    assert refused.value.data == {"decline": "charge_already_refunded"}
    assert sum(r["amount"] for r in bank.refunds()) == 1830


def test_one_key_is_one_refund(gateway, bank, paid):
    first = gateway.refund("ref_1", paid.payment_ref, Money(1000))
    assert gateway.refund("ref_1", paid.payment_ref, Money(1000)) == first
    assert [r["amount"] for r in bank.refunds()] == [1000]


@pytest.mark.parametrize("cents", [0, -500])
def test_nothing_and_less_than_nothing_are_not_given_back(gateway, bank, paid, cents):
    with pytest.raises(PaymentRefused):
        gateway.refund("ref_1", paid.payment_ref, Money(cents))
    assert bank.refunds() == []


def test_what_was_never_paid_is_not_given_back(stripe_, gateway):
    with pytest.raises(PaymentRefused) as unknown:
        gateway.refund("ref_1", "pi_nobody", EUR)
    assert unknown.value.data == {"decline": "resource_missing"}
    with pytest.raises(stripe.InvalidRequestError) as nameless:
        stripe_.refunds.create({"amount": 100})
    assert nameless.value.code == "parameter_missing"


def test_our_id_comes_back_with_the_refund(stripe_, gateway, paid):
    ref = gateway.refund("ref_1", paid.payment_ref, Money(1000))
    assert stripe_.refunds.retrieve(ref).metadata["refund"] == "ref_1"


# -- fees, faults and keys of ours --------------------------------------------------------------------------


def test_the_fee_is_read_from_the_charge_s_transaction(gateway, paid):
    assert gateway.fee_of(paid.payment_ref) == Money(52)  # 1.5 % and 0.25


def test_what_is_not_asked_for_is_only_named(stripe_, paid):
    """As with Stripe: whoever forgets to expand gets an id."""
    assert stripe_.payment_intents.retrieve(paid.payment_ref).latest_charge.startswith("ch_")
    half = stripe_.payment_intents.retrieve(paid.payment_ref, {"expand": ["latest_charge"]})
    assert half.latest_charge.balance_transaction.startswith("txn_")


def test_a_gateway_that_is_down_is_said_to_be_down_and_remembers_nothing(gateway, bank):
    bank.feels(up=False)
    with pytest.raises(GatewayDown):
        open_page(gateway)
    bank.feels(up=True)
    assert open_page(gateway).url


def test_a_gateway_that_nobody_answers_for_is_down(bank, settings):
    from billing.gateways.stripe import StripeGateway
    from tests.free import port

    settings.STRIPE_API_BASE = f"http://127.0.0.1:{port()}"
    with pytest.raises(GatewayDown):
        open_page(StripeGateway())


def test_a_stranger_s_key_opens_nothing(bank, settings):
    from billing.gateways.stripe import StripeGateway

    settings.STRIPE_SECRET_KEY = "pk_test_public"
    with pytest.raises(stripe.AuthenticationError):
        open_page(StripeGateway())


def test_what_does_not_exist_is_missing(gateway, stripe_):
    with pytest.raises(stripe.InvalidRequestError) as missing:
        gateway.read_session("cs_test_nobody")
    assert (missing.value.code, missing.value.http_status) == ("resource_missing", 404)


def test_the_state_survives_a_new_start(gateway, bank, paid):
    path = bank.ledger.db.execute("PRAGMA database_list").fetchone()[2]
    again = Api(Ledger(path), bank.api.own)
    assert again.ledger.get(paid.ref)["payment_status"] == "paid"
    assert again.call("GET", f"/v1/checkout/sessions/{paid.ref}", {}, "")[0] == 200
