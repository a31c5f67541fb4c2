"""A deposit by card hold, through the API and the real Stripe client: asked, reserved, released, taken."""

import pytest

from billing.models import Deposit, Document, Entry, Payment, Rate
from billing.paying import reserving
from booking.models import Booking
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from tests.api import client, post, wish
from tests.stories.deposit import act, booked, reserved, shown, squares, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deposit_asked")]


def test_it_is_reserved_on_the_card_that_paid_and_is_no_sale(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    assert (deposit.state, deposit.amount) == ("held", Money(15000))
    assert reserved(bank) == [15000]
    assert Document.objects.get().gross == Money(1830)
    assert Payment.objects.get().amount == Money(1830)
    assert sum(entry.gross.cents for entry in Entry.objects.all()) == 1830
    seen = client(cast.ada).get(f"/api/v1/bookings/{encode('bkg', deposit.booking_id)}").json()["money"]
    assert (seen["deposit"]["state"], seen["total"]["cents"]) == ("held", 1830)
    squares()


def test_when_nothing_is_damaged_it_is_released_two_days_after_the_end(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    at("2026-12-03 10:59")
    sweep()
    assert reserved(bank) == [15000]
    at("2026-12-03 11:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])
    assert Document.objects.count() == 1
    assert "Cauzione liberata: 150,00 €" in set(Mail.objects.values_list("subject", flat=True))


def test_staff_take_a_part_with_a_reason_and_its_document(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    at("2026-12-01 11:30")
    body = {"amount": {"cents": 4000}, "reason": "Lente graffiata"}
    answer = act(client(cast.gina), deposit, "capture", body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "taking"
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.taken, reserved(bank)) == ("taken", Money(4000), [])
    paper = Document.objects.get(order=deposit.order)
    assert (paper.kind, paper.gross, paper.rates.get().natura) == ("invoice", Money(4000), "N1")
    assert paper.lines.get().description.startswith("Trattenuto dalla cauzione: Lente graffiata (Laser CO₂")
    entry = Entry.objects.get(order=deposit.order)
    assert (entry.gross, entry.resource_id) == (Money(4000), cast.laser.pk)
    assert shown(client(cast.ada), deposit)["document_ids"] == [encode("doc", paper.pk)]
    outbox.drain()
    told = Mail.objects.get(subject="Trattenuti dalla cauzione: 40,00 €")
    assert "Lente graffiata" in told.text
    squares()


def test_at_night_the_gateway_s_account_agrees_with_what_was_taken_held_and_released(cast, bank, at):
    from datetime import date, timedelta

    from billing.reconciling import at_the_gateway, reading
    from core.clock import now

    first = booked(client(cast.ada), cast.laser, bank)
    later = {"start": "2026-12-01T15:00:00", "end": "2026-12-01T16:00:00"}
    booked(client(cast.ada), cast.laser, bank, **later)
    act(client(cast.gina), first, "capture", {"amount": {"cents": 4000}, "reason": "Lente"})
    outbox.drain()
    assert reserved(bank) == [15000]
    at("2026-12-01 08:00")
    reading.read(now() - timedelta(days=2), now())
    issuer = cast.lead.issuer
    told = [f.code for f in at_the_gateway.findings(issuer, date(2026, 11, 29), date(2026, 12, 2))]
    assert told == []


def test_asked_twice_it_is_taken_once(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    body = {"amount": {"cents": 4000}, "reason": "Lente"}
    first = act(client(cast.gina), deposit, "capture", body)
    again = act(client(cast.gina), deposit, "capture", body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert act(client(cast.gina), deposit, "capture", body, key="other").status_code == 409
    outbox.drain()
    reserving.on_take({"deposit": str(deposit.pk)})
    assert Payment.objects.filter(order=Deposit.objects.get().order, state="captured").count() == 1
    assert Document.objects.count() == 2


def test_never_more_than_it_is_nor_nothing(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    for cents in (0, 15001):
        answer = act(
            client(cast.gina), deposit, "capture", {"amount": {"cents": cents}, "reason": "x"}, key=cents
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert Deposit.objects.get().state == "held"


def test_only_the_house_takes_or_releases_and_strangers_see_nothing(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    body = {"amount": {"cents": 100}, "reason": "x"}
    assert act(client(cast.ada), deposit, "capture", body).status_code == 403
    assert act(client(cast.ada), deposit, "release").status_code == 403
    for stranger in (cast.carla, cast.elena):
        assert act(client(stranger), deposit, "capture", body).status_code == 404
        assert client(stranger).get("/api/v1/deposits").json()["data"] == []
    assert act(client(cast.gina), deposit, "reserve").status_code == 403
    assert act(client(cast.gina), deposit, "release", {"reason": "Tutto bene"}).json()["state"] == "released"
    outbox.drain()
    assert reserved(bank) == []


def test_far_ahead_it_is_only_asked_and_reserved_two_days_before(cast, bank, at):
    when = {"start": "2026-12-20T10:00:00", "end": "2026-12-20T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    assert (deposit.state, reserved(bank)) == ("asked", [])
    at("2026-12-18 09:59")
    sweep()
    assert reserved(bank) == []
    at("2026-12-18 10:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [15000])


@pytest.mark.parametrize("card", ["requires_action", "declines"])
def test_a_card_that_does_not_do_it_alone_has_its_person_asked(cast, bank, card):
    api = client(cast.ada)
    deposit = booked(api, cast.laser, bank, card=card)
    assert (deposit.state, reserved(bank)) == ("needed", [])
    assert Booking.objects.get().state == "confirmed"
    told = Mail.objects.get(subject="Serve la cauzione: 150,00 €")
    assert f"/bookings/{encode('bkg', deposit.booking_id)}" in told.text
    page = act(api, deposit, "reserve").json()["redirect_url"]
    assert act(api, deposit, "reserve", key="again").json()["redirect_url"] == page
    bank.pay(page)
    bank.tell_everything()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [15000])
    assert act(api, deposit, "reserve", key="late").status_code == 409


def test_a_page_that_is_closed_is_opened_anew_and_late_words_are_heard(cast, bank, at):
    api = client(cast.ada)
    deposit = booked(api, cast.laser, bank, card="declines")
    page = act(api, deposit, "reserve").json()["redirect_url"]
    at("2026-11-30 09:40")
    sweep()
    assert Deposit.objects.get().state == "needed"
    other = act(client(cast.ada), deposit, "reserve", key="anew").json()["redirect_url"]
    assert other != page
    bank.pay(other)
    at("2026-11-30 09:50")
    sweep()
    assert (Deposit.objects.get().state, reserved(bank)) == ("held", [15000])


def test_what_costs_nothing_still_asks_for_its_deposit(cast, bank):
    Rate.objects.exclude(per="deposit").update(price=Money(0))
    api = client(cast.ada)
    booking = post(api, "/bookings", wish(cast.laser)).json()
    quote = post(api, "/quotes", {"booking_ids": [booking["id"]]}).json()
    assert (quote["total"]["cents"], quote["deposit"]["cents"], quote["outcome"]) == (0, 15000, "book")
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "none"}
    assert post(api, "/checkouts", body, key="pay").status_code == 201
    outbox.drain()
    assert Deposit.objects.get().state == "needed"


def test_a_deposit_that_changes_after_the_quote_is_another_price(cast, bank):
    api = client(cast.ada)
    booking = post(api, "/bookings", wish(cast.laser)).json()
    quote = post(api, "/quotes", {"booking_ids": [booking["id"]]}).json()
    Rate.objects.filter(per="deposit").update(price=Money(20000))
    body = {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": "card"}
    assert post(api, "/checkouts", body, key="pay").json()["code"] == "price-changed"


def test_a_group_may_be_asked_for_none(cast, bank):
    from people.models import Group, GroupMember

    members = Group.objects.create(partner=cast.lead, name="Soci")
    GroupMember.objects.create(group=members, person=cast.ada, from_on="2026-01-01")
    asks = Rate.objects.get(per="deposit")
    Rate.objects.create(
        tariff=asks.tariff,
        per="deposit",
        resource=cast.laser,
        group=members,
        price=Money(0),
        vat_rate=asks.vat_rate,
    )
    api = client(cast.ada)
    booking = post(api, "/bookings", wish(cast.laser)).json()
    assert post(api, "/quotes", {"booking_ids": [booking["id"]]}).json()["deposit"]["cents"] == 0
