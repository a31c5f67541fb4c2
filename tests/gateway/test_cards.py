"""Cards and accounts that were kept, as Stripe's client meets them: held, captured, let go, refused, slow."""

from datetime import date, timedelta

import pytest

from core.clock import now
from core.money import Money

EUR = Money(15000)


@pytest.fixture(autouse=True)
def _monday(at):
    at("2026-11-30 09:00")


@pytest.fixture
def kept(gateway, bank):
    """Saved on a page that only saves; `behave` is what it does when nobody is there."""

    def save(behave="ok", kind="card"):
        opened = gateway.open_setup(
            "pmt_1", "ada@example.org", "", "https://example.org/me", now() + timedelta(minutes=31)
        )
        bank.pay(opened.url, card=behave, kind=kind)
        assert gateway.read_session(opened.ref).complete
        return gateway.read_kept(opened.ref)

    return save


def charge(gateway, kept, key="pay_1", *, hold=False):
    return gateway.charge(key, EUR, "Cauzione", kept.customer_ref, kept.method_ref, kind=kept.kind, hold=hold)


def test_what_was_saved_shows_its_last_digits(kept):
    found = kept()
    assert (found.kind, found.brand, found.last4, found.expires_on) == (
        "card",
        "visa",
        "4242",
        date(2031, 12, 31),
    )


def test_an_account_has_no_last_day(kept):
    found = kept(kind="sepa_debit")
    assert (found.kind, found.brand, found.expires_on) == ("sepa_debit", "", None)


def test_a_hold_is_captured_in_part_and_the_rest_is_free(gateway, kept):
    held = charge(gateway, kept(), hold=True)
    assert (held.state, held.capture_before) == ("held", now() + timedelta(days=4, hours=18))
    assert gateway.capture("pay_2", held.ref, Money(4000)).state == "paid"
    assert gateway.fee_of(held.ref) == Money(85)
    assert (
        gateway.capture("pay_3", held.ref, Money(1)).state == "paid"
    )  # what it is by now: nothing more is taken
    assert gateway.release("pay_1", held.ref).state == "paid"


def test_a_hold_that_was_let_go_is_not_captured(gateway, kept):
    held = charge(gateway, kept(), hold=True)
    assert gateway.release("pay_1", held.ref).state == "cancelled"
    assert gateway.capture("pay_2", held.ref, Money(4000)).state == "cancelled"


def test_the_bank_lets_go_of_a_hold_by_itself(gateway, kept, bank, at):
    held = charge(gateway, kept(), hold=True)
    at("2026-12-05 03:00")
    assert gateway.read_intent(held.ref).state == "cancelled"
    assert any(b'"payment_intent.canceled"' in event for event in bank.events())


@pytest.mark.parametrize(
    ("behave", "state", "why"),
    [
        ("requires_action", "needs_action", "authentication_required"),
        ("declines", "declined", "card_declined"),
    ],
)
def test_a_refusal_is_an_answer_and_stays_one_under_its_key(gateway, kept, behave, state, why):
    card = kept(behave)
    first = charge(gateway, card)
    assert (first.state, first.why) == (state, why)
    assert charge(gateway, card) == first


def test_a_debit_is_on_its_way_for_days(gateway, kept, at):
    asked = charge(gateway, kept(kind="sepa_debit"))
    assert asked.state == "processing"
    at("2026-12-05 08:59")
    assert gateway.read_intent(asked.ref).state == "processing"
    at("2026-12-05 09:00")
    assert gateway.read_intent(asked.ref).state == "paid"
    assert gateway.fee_of(asked.ref)


def test_a_debit_may_come_back(gateway, kept, at):
    asked = charge(gateway, kept("declines", "sepa_debit"))
    at("2026-12-05 09:00")
    came = gateway.read_intent(asked.ref)
    assert (came.state, came.why) == ("declined", "insufficient_funds")


def test_what_is_forgotten_is_charged_no_more(gateway, kept):
    card = kept()
    gateway.forget(card.method_ref)
    came = charge(gateway, card)
    assert (came.state, came.why) == ("declined", "payment_method_unexpected_state")
