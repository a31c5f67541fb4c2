"""Whoever pays by the use pays what they used: left early, they have the rest back; stayed on, they owe the more."""

from datetime import date

import pytest

from billing.changes import by_use
from billing.models import Document, Draw, Entry, Order, Payment, Rate, Refund, Tariff, TimeUsed
from billing.prices.steps import recomputed
from core import outbox
from core.ids import encode
from core.money import Money, total
from people.models import Group, GroupMember
from spaces.models import Rules
from tests.api import client
from tests.booking.confirmed import book
from tests.cast import LONG_AGO, rome
from tests.stories.changing import squares
from tests.stories.passes import booked, checked_out, grant, held, left, quoted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, bank, cast):
    at("2026-11-30 09:00")
    _ = cast.laser
    Rules.objects.create(resource=cast.laser, from_on=LONG_AGO, data={"step": 15, "horizon_days": 365})


def charged_by(word):
    Rate.objects.update(charge_by=word)


def bought(cast, bank, **more):
    """Two hours of the laser from ten o'clock on, 36.60, paid by card."""
    api = client(cast.ada)
    booking = held(api, cast.laser, **more)
    quote = quoted(api, booking)
    made = checked_out(api, quote, [booking], method="card")
    bank.pay(made.json()["redirect_url"])
    bank.tell_everything()
    return booking, quote


def came_and_left(cast, at, booking, came="10:00", went="12:00"):
    for clock, act in ((came, "check-in"), (went, "check-out")):
        at(f"2026-12-02 {clock}")
        answer = client(cast.gina).post(
            f"/api/v1/bookings/{booking}/{act}", {}, headers={"Idempotency-Key": act}
        )
        assert answer.status_code == 200, answer.content
    outbox.drain()


def money_of(cast, booking):
    return client(cast.ada).get(f"/api/v1/bookings/{booking}").json()["money"]


def adds_up():
    kept = total(p.amount - p.refunded for p in Payment.objects.filter(state="captured"))
    assert total(e.gross for e in Entry.objects.all()) == kept
    sales = total(d.gross for d in Document.objects.exclude(kind="credit_note"))
    assert sales - total(d.gross for d in Document.objects.filter(kind="credit_note")) == kept
    squares()


def test_who_leaves_early_has_the_rest_back(cast, bank, at):
    charged_by("use")
    booking, quote = bought(cast, bank)
    assert quote["lines"][0]["charge_by"] == "use"
    came_and_left(cast, at, booking, went="11:07")
    money = money_of(cast, booking)
    assert money["refunded"]["cents"] == 1372
    assert money["used"]["agreed"]["cents"] == 3660
    assert money["used"]["price"]["cents"] == 3660 - money["refunded"]["cents"]
    assert money["used"]["period"]["end"] == "2026-12-02T10:15:00Z"  # a quarter begun is a quarter
    assert Document.objects.filter(kind="credit_note").count() == 1
    assert Refund.objects.get().reason == "used-less"
    made = TimeUsed.objects.get()
    assert total(recomputed(line["steps"]) for line in made.lines) == made.price
    adds_up()


def test_who_stays_on_owes_the_more_with_its_document_when_it_is_paid(cast, bank, at):
    charged_by("use")
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, went="12:25")
    money = money_of(cast, booking)
    assert (money["due"]["cents"], money["used"]["price"]["cents"]) == (915, 4575)
    order = Order.objects.get(state="owed")
    retried = client(cast.ada).post(
        f"/api/v1/checkouts/{encode('cho', order.checkout.pk)}/retry", {}, headers={"Idempotency-Key": "r"}
    )
    bank.pay(retried.json()["redirect_url"])
    bank.tell_everything()
    money = money_of(cast, booking)
    assert (money["paid"]["cents"], money["due"]["cents"], len(money["documents"])) == (4575, 0, 2)
    adds_up()


@pytest.mark.parametrize(("went", "due", "back"), [("11:00", 0, 0), ("12:30", 915, 0)])
def test_by_the_greater_nothing_comes_back_and_what_is_more_is_owed(cast, bank, at, went, due, back):
    charged_by("greater")
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, went=went)
    money = money_of(cast, booking)
    assert (money["due"]["cents"], money["refunded"]["cents"]) == (due, back)
    adds_up()


def test_by_reservation_nothing_is_measured(cast, bank, at):
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, went="10:30")
    assert money_of(cast, booking)["used"] is None
    assert not TimeUsed.objects.exists()
    adds_up()


def test_measured_twice_is_measured_once(cast, bank, at):
    charged_by("use")
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, went="11:00")
    made = TimeUsed.objects.get()
    assert by_use.measure(made.booking_id) is None
    assert (TimeUsed.objects.count(), Refund.objects.count()) == (1, 1)
    adds_up()


def test_a_forgotten_check_out_is_no_second_booking(cast, bank, at):
    charged_by("use")
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, went="21:40")
    assert money_of(cast, booking)["used"]["period"]["end"] == "2026-12-02T13:00:00Z"
    assert money_of(cast, booking)["due"]["cents"] == 3660


def test_the_time_of_the_next_one_is_not_charged_to_who_left_late(cast, bank, at):
    charged_by("use")
    booking, _ = bought(cast, bank)
    book(cast.ada, cast.laser, "2026-12-02 12:30")
    came_and_left(cast, at, booking, went="13:10")
    assert money_of(cast, booking)["used"]["period"]["end"] == "2026-12-02T11:30:00Z"


def test_the_price_is_that_of_when_it_was_agreed(cast, bank, at):
    """Neither a tariff published since nor a membership that ended makes it another price."""
    charged_by("use")
    group = Group.objects.create(name="Soci", partner=cast.lead)
    member = GroupMember.objects.create(person=cast.ada, group=group, from_on=LONG_AGO)
    tariff = Tariff.objects.get()
    Rate.objects.create(tariff=tariff, price=Money(1200), vat_rate=cast.vat22, group=group, charge_by="use")
    booking, _ = bought(cast, bank)
    at("2026-12-01 09:00")
    member.until_on = date(2026, 12, 1)
    member.save()
    dearer = Tariff.objects.create(
        venue=cast.venue, partner=cast.lead, name="Nuovo", from_on=LONG_AGO, published_at=rome("2026-12-01")
    )
    Rate.objects.create(tariff=dearer, price=Money(9900), vat_rate=cast.vat22)
    came_and_left(cast, at, booking, went="11:00")
    money = money_of(cast, booking)
    assert (money["used"]["price"]["cents"], money["refunded"]["cents"]) == (1200, 1200)
    adds_up()


def test_hours_of_a_pass_that_were_not_used_are_there_again(cast, bank, at, carnet):
    charged_by("use")
    mine = grant(cast, carnet)
    booking = booked(client(cast.ada), cast.laser)
    assert left(mine) == 180
    came_and_left(cast, at, booking, went="11:00")
    assert left(mine) == 240
    assert Draw.objects.filter(booking__isnull=False).count() == 2
    assert money_of(cast, booking)["due"]["cents"] == 0


def test_a_debt_says_what_was_used_before_it_is_paid(cast, bank, at):
    """On account nothing was paid yet: it is owed by the use."""
    charged_by("use")
    body = cast.association
    api = client(cast.bruno)
    room = cast.room
    booking = held(api, room)
    quote = quoted(api, booking, organisation_id=encode("org", body.pk))
    made = checked_out(api, quote, [booking], method="account")
    assert made.json()["owed"], made.content
    came_and_left(cast, at, booking, went="10:40")
    money = client(cast.bruno).get(f"/api/v1/bookings/{booking}").json()["money"]
    assert (money["due"]["cents"], money["used"]["agreed"]["cents"]) == (1830, 3660)
    assert not Refund.objects.exists()


def test_who_left_before_it_began_pays_one_step(cast, bank, at):
    charged_by("use")
    booking, _ = bought(cast, bank)
    came_and_left(cast, at, booking, came="09:55", went="09:58")
    used = money_of(cast, booking)["used"]
    assert used["period"] == {"start": "2026-12-02T09:00:00Z", "end": "2026-12-02T09:15:00Z"}
    adds_up()
