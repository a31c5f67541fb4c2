"""A card that was kept is forgotten when nothing needs it any more, and its person knows before it expires; a deposit
is of what the booking now needs."""

from datetime import date

import pytest

from billing.models import Deposit, Rate, SavedMethod, Tariff
from billing.paying import deposit_cards, deposit_watch, expiring, methods
from booking.models import Booking
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from tests.api import client, post
from tests.booking.confirmed import cancel_for_good
from tests.stories.deposit import act, booked, reserved
from tests.stories.test_a_plan_is_lived_on import bought, sold
from tests.stories.test_a_plan_pays_for_itself import choose, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deposit_asked")]
PASSWORD = "a-long-password-of-theirs"


def kept(bank):
    """How many cards the gateway keeps for somebody."""
    return len([m for m in bank.things("payment_method") if m["customer"] is not None])


def sweep():
    deposit_watch.sweep()
    outbox.drain()
    deposit_cards.sweep()
    outbox.drain()


def erase(person):
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    gone = post(client(person), "/people/me/erase", {"password": PASSWORD}, "erase")
    assert gone.status_code in (200, 202, 204), gone.content
    outbox.drain()


# -- the card of a deposit -----------------------------------------------------------------------------------------


def test_a_card_kept_for_a_deposit_is_forgotten_when_it_is_over(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    sweep()
    assert kept(bank) == 1
    at("2026-12-03 11:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.method_ref, kept(bank)) == ("released", "", 0)
    assert deposit.card_gone_at is not None
    deposit_cards.on_over({"deposit": str(deposit.pk)})
    sweep()
    assert kept(bank) == 0


def test_released_early_it_is_kept_until_the_booking_is_over(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    assert act(client(cast.gina), deposit, "release").status_code == 200
    sweep()
    assert kept(bank) == 1
    at("2026-12-01 11:30")
    sweep()
    assert kept(bank) == 0


def test_cancelled_before_it_was_ever_reserved_the_card_that_paid_is_forgotten(cast, bank, at):
    when = {"start": "2026-12-10T10:00:00", "end": "2026-12-10T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    cancel_for_good(cast.ada, deposit.booking_id)
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, kept(bank)) == ("dropped", 0)


def test_a_card_that_was_saved_on_purpose_or_that_another_deposit_needs_stays(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    method = Deposit.objects.get().method_ref
    one = SavedMethod.objects.create(
        person=cast.ada, state="usable", kind="card", brand="visa", last4="4242", gateway="stripe",
        session_until=deposit.made_at, customer_ref="cus_1", method_ref=method,
    )  # fmt: skip
    at("2026-12-03 11:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, kept(bank)) == ("released", 1)
    assert deposit.card_gone_at is not None
    one.refresh_from_db()
    assert one.state == "usable"


# -- a page that is still open -------------------------------------------------------------------------------------


def test_a_page_still_open_when_its_account_is_erased_saves_nothing(cast, bank):
    page = client(cast.carla).post("/api/v1/payment-methods", {}).json()["redirect_url"]
    erase(cast.carla)
    bank.pay(page)
    bank.tell_everything()
    found = SavedMethod.objects.get()
    assert (found.state, found.method_ref, kept(bank)) == ("removed", "", 0)


def test_it_is_closed_and_what_was_saved_just_before_is_forgotten(cast, bank, at):
    page = client(cast.carla).post("/api/v1/payment-methods", {}).json()["redirect_url"]
    bank.pay(page)  # and nobody heard of it
    erase(cast.carla)
    methods.sweep()
    assert kept(bank) == 0
    other = client(cast.bruno).post("/api/v1/payment-methods", {}).json()["redirect_url"]
    erase(cast.bruno)
    methods.sweep()
    (session,) = [s for s in bank.things("checkout.session") if s["url"] == other or s["status"] == "expired"]
    assert session["status"] == "expired"


# -- another amount ------------------------------------------------------------------------------------------------


def weekend(cast):
    """300.00 at weekends."""
    rate = Rate.objects.get(per="deposit")
    rate.pk, rate._state.adding = None, True
    rate.id = Rate().pk
    rate.price, rate.weekdays = Money(30000), [6, 7]
    rate.save(force_insert=True)


def moved(cast, deposit, day):
    body = {"period": {"start": f"{day}T10:00:00", "end": f"{day}T11:00:00"}}
    answer = post(client(cast.ada), f"/bookings/{encode('bkg', deposit.booking_id)}/move", body, f"to-{day}")
    assert answer.status_code == 200, answer.content
    outbox.drain()
    deposit.refresh_from_db()


def test_moved_to_a_day_that_asks_for_more_it_is_reserved_anew(cast, bank, at):
    weekend(cast)
    at("2026-12-04 09:00")  # a Friday
    when = {"start": "2026-12-04T15:00:00", "end": "2026-12-04T16:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    assert reserved(bank) == [15000]
    moved(cast, deposit, "2026-12-05")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.amount) == ("held", Money(30000))
    assert reserved(bank) == [30000]
    at("2026-12-04 11:00")
    moved(cast, deposit, "2026-12-06")
    assert (deposit.state, deposit.amount, reserved(bank)) == ("held", Money(30000), [30000])


def test_a_tariff_published_since_does_not_make_it_another_amount(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    at("2026-11-30 10:00")
    Tariff.objects.create(
        venue=cast.venue, partner=cast.lead, name="Nuovo", from_on=date(2026, 1, 1),
        published_at=Booking.objects.latest("made_at").made_at.replace(hour=12),
    )  # fmt: skip
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.amount, reserved(bank)) == ("held", Money(15000), [15000])


def test_a_page_of_the_old_amount_reserves_nothing(cast, bank, at):
    """Its person had the page open when the booking moved to a day that asks for more."""
    weekend(cast)
    at("2026-12-04 09:00")
    when = {"start": "2026-12-04T15:00:00", "end": "2026-12-04T16:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, card="declines", **when)
    assert deposit.state == "needed"
    old = act(client(cast.ada), deposit, "reserve").json()["redirect_url"]
    moved(cast, deposit, "2026-12-05")
    assert (deposit.state, deposit.amount) == ("needed", Money(30000))
    bank.pay(old)
    bank.tell_everything()
    sweep()
    assert reserved(bank) == []
    page = act(client(cast.ada), deposit, "reserve", key="again").json()["redirect_url"]
    assert page != old
    bank.pay(page)
    bank.tell_everything()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [30000])


# -- before it expires ---------------------------------------------------------------------------------------------


def expiry_mails():
    outbox.drain()
    return Mail.objects.filter(subject__contains="scadere").count()


def test_who_relies_on_a_card_knows_a_month_and_a_week_before_it_expires(cast, bank, at):
    bought(cast, sold(cast), bank)
    method = saved(client(cast.ada), bank)
    SavedMethod.objects.update(expires_on=date(2027, 2, 28))
    counts = []
    for day in (
        "2027-01-28",
        "2027-01-29",
        "2027-01-30",
        "2027-02-20",
        "2027-02-21",
        "2027-02-22",
        "2027-03-01",
    ):
        at(f"{day} 09:00")
        if day == "2027-01-29":
            choose(client(cast.ada), method)
        expiring.sweep()
        counts.append(expiry_mails())
    assert counts == [0, 1, 1, 1, 2, 2, 2]


def test_a_card_that_nothing_relies_on_is_not_spoken_of(cast, bank, at):
    saved(client(cast.ada), bank)
    SavedMethod.objects.update(expires_on=date(2026, 12, 31))
    at("2026-12-20 09:00")
    expiring.sweep()
    assert expiry_mails() == 0
