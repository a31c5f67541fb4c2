"""A deposit by card hold, through the API and the real Stripe client: reserved, renewed, released, taken, lost."""

import pytest

from billing import deposit_watch, reserving, webhooks
from billing.models import Authorisation, Deposit, Document, Entry, Order, Payment, Rate, Tariff, VatRate
from booking.models import Booking, Item
from core import outbox
from core.errors import GatewayDown
from core.ids import decode, encode
from core.models import Mail, OutboxRow
from core.money import Money
from tests.api import client, post, wish
from tests.booking.confirmed import cancel_for_good
from tests.cast import period

pytestmark = pytest.mark.django_db
TWO_DAYS = 2880


@pytest.fixture(autouse=True)
def _deposit(cast, at, bank):
    """The laser asks 150.00, kept two days after the end; what is taken of it is outside VAT."""
    at("2026-11-30 09:00")
    damage = VatRate.objects.create(
        name="Penali", percent=0, natura="N1", legal_text="Escluso art. 15 DPR 633/72"
    )
    _ = cast.venue
    Rate.objects.create(
        tariff=Tariff.objects.get(),
        per="deposit",
        resource=cast.laser,
        price=Money(15000),
        minutes=TWO_DAYS,
        vat_rate=damage,
    )


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

    from billing import at_the_gateway, reading
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


def test_cancelled_it_is_released_at_once(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])


def test_cancelled_before_its_time_it_is_never_reserved(cast, bank, at):
    when = {"start": "2026-12-20T10:00:00", "end": "2026-12-20T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    at("2026-12-19 10:00")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("dropped", [])


def stretched(deposit, until):
    """The booking lasts until then: as if it had been moved while it ran."""
    booking = Booking.objects.get(pk=deposit.booking_id)
    booking.period = type(booking.period)(booking.period.start, until)
    booking.save()


def test_before_the_bank_lets_go_it_is_renewed(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    first = deposit.authorisations.get()
    at("2026-12-04 12:00")
    sweep()
    first.refresh_from_db()
    assert (first.state, reserved(bank)) == ("gone", [15000])
    second = deposit.authorisations.get(state="held")
    assert second.capture_before > first.capture_before
    assert Deposit.objects.get().state == "held"


def test_moved_far_ahead_it_is_free_until_its_time_comes_again(cast, bank, at):
    from billing import moves
    from booking.moves import Where

    deposit = booked(client(cast.ada), cast.laser, bank)
    moves.move(cast.ada, deposit.booking_id, Where(period("2026-12-20 10:00")))
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("asked", [])
    at("2026-12-18 10:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [15000])


def test_handed_over_it_is_free_and_asked_of_who_has_the_booking_now(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    Booking.objects.filter(pk=deposit.booking_id).update(person=cast.bruno)
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])
    theirs = Deposit.objects.get(person=cast.bruno)
    assert (theirs.state, theirs.amount) == ("needed", Money(15000))
    assert client(cast.ada).get(f"/api/v1/deposits/{encode('dep', theirs.pk)}").status_code == 404


def changed(deposit, **words):
    """What another act would have written of its booking; its deposit is then seen to."""
    Booking.objects.filter(pk=deposit.booking_id).update(**words)
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    return Deposit.objects.filter(booking=deposit.booking_id).latest("made_at", "pk")


def test_handed_over_and_back_it_is_asked_again(cast, bank):
    first = booked(client(cast.ada), cast.laser, bank)
    changed(first, person=cast.bruno)
    again = changed(first, person=cast.ada)
    assert again.pk != first.pk
    assert (again.person, again.state, reserved(bank)) == (cast.ada, "held", [15000])


def test_moved_to_a_thing_that_asks_for_none_it_is_released(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    Item.objects.filter(booking=deposit.booking_id).update(resource=cast.room)
    assert changed(deposit).pk == deposit.pk
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])


def test_of_a_booking_that_is_over_none_is_asked(cast, bank, at):
    first = booked(client(cast.ada), cast.laser, bank)
    theirs = changed(first, person=cast.bruno)
    at("2026-12-04 10:00")
    sweep()
    theirs.refresh_from_db()
    assert theirs.state == "dropped"
    assert changed(first).pk == theirs.pk
    assert reserved(bank) == []


def test_what_cannot_be_renewed_is_told_to_staff_in_time(cast, bank, at):
    _ = cast.gina
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    bank.cards_now("declines")
    at("2026-12-04 12:00")
    sweep()
    assert reserved(bank) == [15000]
    told = Mail.objects.get(person_id=cast.gina.pk, subject__startswith="Cauzione da guardare")
    assert "05/12/2026 03:00" in told.text
    at("2026-12-05 03:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("needed", [])


def test_taken_after_the_bank_let_go_it_is_lost_and_nothing_is_issued(cast, bank, at):
    _ = cast.gina
    deposit = booked(client(cast.ada), cast.laser, bank)
    at("2026-12-05 03:01")
    body = {"amount": {"cents": 4000}, "reason": "Lente"}
    assert act(client(cast.gina), deposit, "capture", body).status_code == 200
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.taken) == ("lapsed", Money(0))
    assert Order.objects.get(pk=deposit.order_id).state == "dropped"
    assert Document.objects.count() == 1
    assert "non si può più trattenere" in Mail.objects.get(subject__startswith="Cauzione da guardare").text
    squares()


def test_a_gateway_that_is_down_is_asked_again_under_the_same_key(cast, bank, monkeypatch):
    from billing.gateways.stripe import StripeGateway

    real = StripeGateway.charge
    tries = []

    def cut_short(self, *args, **kwargs):
        came = real(self, *args, **kwargs)
        tries.append(args[0])
        if len(tries) == 1:
            raise GatewayDown
        return came

    monkeypatch.setattr(StripeGateway, "charge", cut_short)
    deposit = booked(client(cast.ada), cast.laser, bank)
    assert deposit.state == "asked"
    outbox.put("billing.deposit", {"booking": str(deposit.booking_id)})
    outbox.drain()
    assert (len(tries), len(set(tries)), reserved(bank)) == (2, 1, [15000])
    assert Deposit.objects.get().state == "held"


def test_a_reply_that_was_lost_while_the_booking_was_cancelled_leaves_nothing_reserved(
    cast, bank, at, monkeypatch
):
    from billing.gateways.stripe import StripeGateway

    real = StripeGateway.charge
    monkeypatch.setattr(reserving, "hear", lambda *args: None)
    deposit = booked(client(cast.ada), cast.laser, bank)
    monkeypatch.undo()
    assert (deposit.state, reserved(bank), StripeGateway.charge) == ("asked", [15000], real)
    cancel_for_good(cast.ada, deposit.booking_id)
    outbox.drain()
    assert Deposit.objects.get().state == "dropped"
    at("2026-11-30 10:00")
    sweep()
    sweep()
    assert (reserved(bank), Authorisation.objects.get().state) == ([], "gone")


def test_messages_twice_and_backwards_change_nothing(cast, bank):
    deposit = booked(client(cast.ada), cast.laser, bank)
    act(client(cast.gina), deposit, "release")
    outbox.drain()
    for body in [*reversed(bank.events()), *bank.events()]:
        assert bank.tell(body) == 200
    outbox.drain()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("released", [])
    assert Authorisation.objects.get().state == "gone"


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


def lost_replies(monkeypatch, call):
    """The bank does what it is asked by this call, and its answer never comes."""
    from billing.gateways.stripe import StripeGateway

    real = getattr(StripeGateway, call)

    def cut_short(self, *args, **kwargs):
        real(self, *args, **kwargs)
        raise GatewayDown

    monkeypatch.setattr(StripeGateway, call, cut_short)


def test_a_take_whose_reply_was_lost_is_of_the_same_hold_though_another_turns_up(cast, bank, at, monkeypatch):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    at("2026-12-04 12:00")
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit_watch.sweep()
        outbox.drain()
    assert reserved(bank) == [15000, 15000]
    with monkeypatch.context() as patched:
        lost_replies(patched, "capture")
        body = {"amount": {"cents": 4000}, "reason": "Lente"}
        assert act(client(cast.gina), deposit, "capture", body).status_code == 200
        outbox.drain()
    at("2026-12-04 13:10")
    sweep()
    sweep()
    deposit.refresh_from_db()
    first = deposit.authorisations.earliest("made_at")
    assert (deposit.state, first.state, reserved(bank)) == ("taken", "captured", [])
    assert deposit.order.payments.get().payment_ref == first.payment_ref
    received = [i["amount_received"] for i in bank.things("payment_intent")]
    assert sorted(received) == [0, 1830, 4000]
    squares()


def test_a_take_goes_on_with_the_other_hold_once_the_bank_has_let_go_of_the_first(
    cast, bank, at, monkeypatch
):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    at("2026-12-04 12:00")
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit_watch.sweep()
        outbox.drain()
    body = {"amount": {"cents": 4000}, "reason": "Lente"}
    with monkeypatch.context() as patched:
        patched.setattr("billing.gateways.stripe.StripeGateway.capture", lambda *args: bank_is_down())
        assert act(client(cast.gina), deposit, "capture", body).status_code == 200
        outbox.drain()
        at("2026-12-04 13:10")
        deposit_watch.sweep()
        outbox.drain()
    at("2026-12-05 03:01")
    sweep()
    sweep()
    deposit.refresh_from_db()
    assert [a.state for a in deposit.authorisations.order_by("made_at")] == ["gone", "captured"]
    assert (deposit.state, reserved(bank)) == ("taken", [])
    squares()


def test_a_card_that_was_detached_is_a_refusal_and_its_person_is_asked(cast, bank, at):
    when = {"start": "2026-12-20T10:00:00", "end": "2026-12-20T11:00:00"}
    deposit = booked(client(cast.ada), cast.laser, bank, **when)
    (card,) = bank.things("payment_method")
    bank.ledger.put(card | {"customer": None})
    at("2026-12-18 10:01")
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, deposit.why) == ("needed", "payment_method_unexpected_state")
    assert Mail.objects.filter(subject="Serve la cauzione: 150,00 €").exists()
    assert not OutboxRow.objects.exclude(fault="").exists()


def test_a_try_cut_short_asks_the_same_again_though_the_deposit_is_another_now(cast, bank, at, monkeypatch):
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        deposit = booked(client(cast.ada), cast.laser, bank)
    assert (deposit.state, reserved(bank)) == ("asked", [15000])
    Rate.objects.filter(per="deposit").update(price=Money(20000))
    Deposit.objects.update(amount=Money(20000), customer_ref="", method_ref="")
    at("2026-11-30 09:10")
    sweep()
    sweep()
    deposit.refresh_from_db()
    assert (deposit.state, reserved(bank)) == ("held", [20000])
    assert set(deposit.authorisations.values_list("customer_ref", "method_ref")) == {("", "")}


def test_one_that_cannot_be_asked_stops_no_other_and_staff_know(cast, bank, at, monkeypatch):
    from billing.gateways.stripe import StripeGateway

    _ = cast.gina
    later = {"start": "2026-12-01T15:00:00", "end": "2026-12-01T16:00:00"}
    with monkeypatch.context() as patched:
        lost_replies(patched, "charge")
        first = booked(client(cast.ada), cast.laser, bank)
        second = booked(client(cast.ada), cast.laser, bank, **later)
    real, never = StripeGateway.charge, str(first.authorisations.get().pk)

    def breaks(self, key, *args, **kwargs):
        if key == never:
            raise RuntimeError("not in a thousand years")
        return real(self, key, *args, **kwargs)

    monkeypatch.setattr(StripeGateway, "charge", breaks)
    at("2026-11-30 23:00")
    sweep()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("asked", "held")
    told = Mail.objects.get(person_id=cast.gina.pk, subject__startswith="Cauzione da guardare")
    assert f"(prenotazione {first.booking.code}, " in told.text
    assert "non è riservata" in told.text


def test_a_renewal_that_is_refused_is_asked_again_once_before_the_bank_lets_go(cast, bank, at):
    deposit = booked(client(cast.ada), cast.laser, bank)
    stretched(deposit, at("2026-12-08 10:00"))
    bank.cards_now("declines")
    refused = deposit.authorisations.filter(state="failed")
    for moment, tries in (
        ("2026-12-04 04:00", 1),
        ("2026-12-04 05:00", 1),
        ("2026-12-04 15:30", 1),
        ("2026-12-04 16:30", 2),
        ("2026-12-05 02:30", 2),
    ):
        at(moment)
        sweep()
        assert refused.count() == tries, moment
    assert reserved(bank) == [15000]


def bank_is_down():
    raise GatewayDown
