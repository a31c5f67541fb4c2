"""Through the API and the real Stripe client: hold, quote, pay, document; and every way in which money can stumble."""

import pytest
from django.db.models import Sum

from billing.models import Checkout, Document, Entry, File, GatewayEvent, Order, Payment, Refund
from billing.reconciling import webhooks
from booking.models import Booking, Claim
from core import outbox
from core.ids import encode
from core.models import Mail
from people.models import Membership
from tests.api import client, post, wish
from tests.stories.changing import squares

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(at, bank):
    at("2026-11-30 09:00")


def held(api, resource, **more):
    made = post(api, "/bookings", wish(resource, **more), key=f"hold-{more}")
    assert made.status_code == 201, made.content
    return made.json()


def quoted(api, booking):
    made = post(api, "/quotes", {"booking_ids": [booking["id"]]})
    assert made.status_code == 201, made.content
    return made.json()


def promised(api, booking, quote=None, method="card", key="pay"):
    quote = quote or quoted(api, booking)
    return post(
        api,
        "/checkouts",
        {"quote_id": quote["id"], "booking_ids": [booking["id"]], "method": method},
        key=key,
    )


def checkout(api, resource, **more):
    booking = held(api, resource, **more)
    made = promised(api, booking)
    assert made.status_code == 201, made.content
    return booking, made.json()


def test_a_maker_books_pays_and_gets_her_document(cast, bank):
    api = client(cast.ada)
    booking, made = checkout(api, cast.laser)
    assert made["state"] == "awaiting_payment"
    assert made["total"] == {"cents": 1830, "currency": "EUR"}
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    done = api.get(f"/api/v1/checkouts/{made['id']}").json()
    assert (done["state"], len(done["document_ids"])) == ("done", 1)
    shown = api.get(f"/api/v1/bookings/{booking['id']}").json()
    assert shown["state"] == "confirmed"
    assert shown["money"]["paid"] == {"cents": 1830, "currency": "EUR"}
    paper = api.get(f"/api/v1/documents/{done['document_ids'][0]}").json()
    assert paper["number"] == "FE-2026/1"
    assert (paper["net"]["cents"], paper["vat"]["cents"], paper["gross"]["cents"]) == (1500, 330, 1830)
    pdf = api.get(paper["files"][0]["href"])
    assert pdf.content.startswith(b"%PDF-")
    outbox.drain()
    subjects = set(Mail.objects.filter(person_id=cast.ada.pk).values_list("subject", flat=True))
    assert subjects == {"Prenotazione confermata: Laser CO₂", "Pagamento ricevuto: 18,30 €"}
    assert not Mail.objects.exclude(state="sent").exists()
    squares()


def test_a_stranger_sees_no_document(cast, bank):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    paper = client(cast.ada).get("/api/v1/documents").json()["data"][0]
    stranger = client(cast.carla)
    assert stranger.get(f"/api/v1/documents/{paper['id']}").status_code == 404
    assert stranger.get(paper["files"][0]["href"]).status_code == 404
    assert stranger.get("/api/v1/documents").json()["data"] == []
    assert stranger.get(f"/api/v1/checkouts/{made['id']}").status_code == 404


def test_a_message_told_twice_settles_once(cast, bank):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    for _ in range(3):
        bank.tell_everything()
    assert (Document.objects.count(), Entry.objects.count(), GatewayEvent.objects.count()) == (1, 1, 1)
    squares()


def test_messages_out_of_order_settle_all_the_same(cast, bank, at):
    api = client(cast.ada)
    booking, made = checkout(api, cast.laser)
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    post(api, f"/bookings/{booking['id']}/cancel")
    at("2026-11-30 09:01")
    outbox.drain()
    GatewayEvent.objects.all().delete()
    for body in reversed(bank.events()):
        assert bank.tell(body) == 200
    outbox.drain()
    assert Payment.objects.get().state == "captured"
    assert Document.objects.filter(kind="invoice").count() == 1
    squares()


def test_a_lost_message_is_made_good_by_the_sweep(cast, bank, at):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    at("2026-11-30 09:05")
    webhooks.sweep()
    assert Booking.objects.get().state == "confirmed"
    squares()


@pytest.mark.parametrize("how", [{"secret": "whsec_of_somebody_else"}, {"late": 400}])
def test_a_message_that_is_not_the_gateway_s_leaves_no_row(cast, bank, how):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    assert bank.tell(bank.events()[0], **how) == 400
    assert not GatewayEvent.objects.exists()
    assert Booking.objects.get().state == "held"


def lapse(at):
    at("2026-11-30 09:40")
    from booking.holding.lapsing import sweep_dead

    sweep_dead()
    assert Booking.objects.get().state == "lapsed"


def test_money_after_the_hold_lapsed_finds_the_slot_free(cast, bank, at):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    lapse(at)
    bank.tell_everything()
    assert Booking.objects.get().state == "confirmed"
    assert Claim.objects.get().kind == "booked"
    assert Document.objects.count() == 1
    squares()


def test_money_after_the_slot_has_gone_comes_back_without_a_document(cast, bank, at):
    cast.carla.certifications.create(skill=cast.laser_skill, from_on="2026-01-01")
    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    lapse(at)
    held(client(cast.carla), cast.laser)
    bank.tell_everything()
    assert Booking.objects.get(person=cast.ada).state == "lapsed"
    assert [r["amount"] for r in bank.refunds()] == [1830]
    assert not Document.objects.exists()
    shown = client(cast.ada).get(f"/api/v1/checkouts/{made['id']}").json()
    assert (shown["state"], shown["why"]) == ("refunded", "slot-taken")
    assert len(shown["alternatives"]) >= 3
    squares()


def test_money_for_a_released_hold_comes_back(cast, bank):
    api = client(cast.ada)
    booking, made = checkout(api, cast.laser)
    bank.pay(made["redirect_url"])
    assert post(api, f"/bookings/{booking['id']}/release").status_code == 200
    bank.tell_everything()
    assert [r["amount"] for r in bank.refunds()] == [1830]
    squares()


def test_a_page_that_expires_frees_the_slot(cast, bank, at):
    _, made = checkout(client(cast.ada), cast.laser)
    bank.expire(made["redirect_url"])
    bank.tell_everything()
    assert Payment.objects.get().state == "expired"
    assert Checkout.objects.get().state == "lapsed"
    at("2026-11-30 09:40")
    held(client(cast.ada), cast.laser)


def test_when_the_gateway_is_down_the_hold_stays_and_can_be_paid_later(cast, bank):
    api = client(cast.ada)
    booking = held(api, cast.laser)
    bank.feels(up=False)
    down = promised(api, booking)
    assert (down.status_code, down.json()["code"]) == (503, "gateway-down")
    assert down.headers["Retry-After"]
    bank.feels(up=True)
    made = Checkout.objects.get()
    again = post(api, f"/checkouts/{encode('cho', made.pk)}/retry")
    bank.pay(again.json()["redirect_url"])
    bank.tell_everything()
    assert Booking.objects.get().state == "confirmed"


def test_a_page_that_could_not_be_opened_is_opened_anew_minutes_later(cast, bank, at):
    """The gateway wants half an hour for a page: the first one's end is too near by now, so it is another payment."""
    booking = held(client(cast.ada), cast.laser)
    bank.feels(up=False)
    assert promised(client(cast.ada), booking).status_code == 503
    bank.feels(up=True)
    at("2026-11-30 09:05")
    again = post(client(cast.ada), f"/checkouts/{encode('cho', Checkout.objects.get().pk)}/retry")
    assert again.status_code == 200, again.content
    bank.pay(again.json()["redirect_url"])
    bank.tell_everything()
    assert Booking.objects.get().state == "confirmed"
    at("2026-11-30 10:00")
    webhooks.sweep()
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["captured", "expired"]
    assert Booking.objects.get().state == "confirmed"


def test_a_price_that_changed_is_asked_again(cast, bank):
    api = client(cast.ada)
    booking = held(api, cast.laser)
    quote = quoted(api, booking)
    cast.venue.tariffs.get().rates.update(price=2000)
    refused = promised(api, booking, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "price-changed")
    assert refused.json()["data"]["total"] == {"cents": 2000, "currency": "EUR"}
    assert not Order.objects.exists()


def test_fiscal_data_are_asked_before_money(cast, bank):
    cast.ada.tax_code = ""
    cast.ada.save()
    api = client(cast.ada)
    refused = promised(api, held(api, cast.laser))
    assert (refused.status_code, refused.json()["code"]) == (422, "fiscal-data-missing")
    assert [p["pointer"] for p in refused.json()["pointers"]] == ["/person/tax_code"]


@pytest.mark.parametrize(
    ("when", "back"), [("2026-11-30 09:00", 1830), ("2026-12-01 07:00", 915), ("2026-12-01 09:00", 0)]
)
def test_cancelling_gives_back_what_the_terms_say(cast, bank, at, when, back):
    api = client(cast.ada)
    booking, made = checkout(api, cast.laser)
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    at(when)
    api = client(cast.ada)
    offered = api.get(f"/api/v1/bookings/{booking['id']}").json()["actions"]["cancel"]["terms"]["refund"][
        "cents"
    ]
    assert post(api, f"/bookings/{booking['id']}/cancel").json()["state"] == "cancelled"
    at(f"{when}:11")  # the ten seconds in which it could be taken back are over
    outbox.drain()
    assert sum(r["amount"] for r in bank.refunds()) == offered == back
    notes = Document.objects.filter(kind="credit_note")
    assert sum(note.gross.cents for note in notes) == back
    assert Entry.objects.aggregate(sum=Sum("gross"))["sum"].cents == 1830 - back
    assert not Refund.objects.exclude(state="done").exists()
    squares()


def test_paying_twice_gives_the_second_back(cast, bank):
    from billing.paying import payments

    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    second = payments.new_payment(Order.objects.get(), "cash")
    payments.settle(second.pk)
    assert Refund.objects.get().reason == "paid-twice"
    assert Document.objects.count() == 1


def test_a_free_room_is_booked_at_once(cast, bank):
    cast.venue.tariffs.all().update(published_at=None)
    api = client(cast.ada)
    booking = held(api, cast.room)
    quote = quoted(api, booking)
    assert quote["outcome"] == "book"
    assert promised(api, booking, quote, method="none").json()["state"] == "done"
    assert Booking.objects.get().state == "confirmed"
    assert not Document.objects.exists()


def test_an_association_asks_and_staff_approve(cast, bank):
    body = cast.association
    api, desk = client(cast.bruno), client(cast.gina)
    booking = held(api, cast.asked_room, organisation_id=encode("org", body.pk))
    quote = quoted(api, booking)
    assert quote["outcome"] == "request"
    assert promised(api, booking, quote, method="none").json()["state"] == "done"
    asked = desk.get(f"/api/v1/desk?venue_id={encode('ven', cast.venue.pk)}").json()["approvals"]
    assert [a["id"] for a in asked] == [booking["id"]]
    assert post(api, f"/bookings/{booking['id']}/approve").status_code == 403
    approved = post(desk, f"/bookings/{booking['id']}/approve")
    assert approved.json()["state"] == "confirmed"
    assert approved.json()["money"]["due"] == {"cents": 1830, "currency": "EUR"}
    outbox.drain()
    told = set(Mail.objects.values_list("to", "subject"))
    assert ("gina@example.org", "Da approvare: Sala Stura") in told
    assert "/manage/approvals" in Mail.objects.get(subject="Da approvare: Sala Stura").text
    assert ("bruno@example.org", "Richiesta approvata: Sala Stura") in told
    assert ("bruno@example.org", "Da pagare: 18,30 €") in told
    squares()
    again = post(api, f"/checkouts/{encode('cho', Checkout.objects.get().pk)}/retry")
    bank.pay(again.json()["redirect_url"])
    bank.tell_everything()
    assert Document.objects.get().customer_name == "Coro di Barriera"


def test_staff_refuse_with_a_reason(cast, bank):
    api = client(cast.bruno)
    booking = held(api, cast.asked_room, organisation_id=encode("org", cast.association.pk))
    promised(api, booking, method="none")
    refused = post(
        client(cast.gina), f"/bookings/{booking['id']}/refuse", {"reason": "Quel giorno c'è il mercato."}
    )
    assert refused.json()["state"] == "refused"
    outbox.drain()
    assert "Quel giorno c'è il mercato." in Mail.objects.get(subject="Richiesta non accolta: Sala Stura").text
    assert Order.objects.get().state == "dropped"
    assert not Claim.objects.exists()


def test_staff_sell_a_walk_in_for_cash(cast, bank):
    desk = client(cast.gina)
    booking = held(desk, cast.room, for_person_id=encode("per", cast.carla.pk))
    made = promised(desk, booking, method="cash")
    assert made.json()["state"] == "done", made.content
    assert Document.objects.get().customer_name == "Carla C."
    squares()


def test_the_public_cannot_pay_at_the_desk_from_home(cast, bank):
    api = client(cast.ada)
    assert promised(api, held(api, cast.laser), method="cash").status_code == 403


def test_a_document_cannot_be_changed_by_the_application(cast, bank):
    from django.db import connection, transaction
    from django.db.utils import Error

    _, made = checkout(client(cast.ada), cast.laser)
    bank.pay(made["redirect_url"])
    bank.tell_everything()
    assert set(File.objects.values_list("kind", flat=True)) == {"pdf", "xml"}
    for table in ("document", "documentline", "documentrate", "revision", "file", "entry"):
        for statement in (
            f"UPDATE billing_{table} SET id = id",
            f"DELETE FROM billing_{table}",
            f"TRUNCATE billing_{table} CASCADE",
        ):
            with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_who_no_longer_acts_for_a_body_is_not_offered_it_as_payer(cast):
    api = client(cast.bruno)
    _ = cast.association
    held = post(api, "/bookings", wish(cast.room)).json()["id"]
    names = [p["name"] for p in api.post("/api/v1/quotes", {"booking_ids": [held]}).json()["payers"]]
    assert cast.association.name in names
    Membership.objects.filter(person=cast.bruno).update(until_on="2026-11-30")
    names = [p["name"] for p in api.post("/api/v1/quotes", {"booking_ids": [held]}).json()["payers"]]
    assert names == [cast.bruno.name]
