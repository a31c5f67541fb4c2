"""An organisation on account has one bill a month: all that it has had, and nothing twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.books import bill_letters, dunning
from billing.models import Document, Entry, Issuer, Order
from billing.paying import payments
from core import outbox
from core.clock import now
from core.ids import encode, uuid7
from core.models import IdempotentAnswer, LogEntry, Mail
from core.money import Money, total
from people.models import Organisation
from spaces.models import Resource, Rules
from tests.api import cents, client, post, wish
from tests.cast import ADDRESS, LONG_AGO
from tests.stories.changing import squares
from tests.stories.on_account import Office, appealed, book, cancelled, excused, missed, the
from tests.stories.passes import checked_out, quoted

pytestmark = pytest.mark.django_db
STEP = {"days": 7, "text_it": "È scaduta.", "text_en": "It is due.", "fee": Money(0)}


@pytest.fixture
def office(cast, at, bank):
    at("2026-12-01 07:00")
    _ = cast.room, cast.other_room, cast.franco, cast.association
    Rules.objects.create(resource=cast.other_room, from_on=LONG_AGO, data={"no_show_fee": 1000})
    return Office(cast)


@pytest.fixture
def december(cast, office, at):
    """Two bookings had in December, one cancelled in time, one missed, one in January; it is 2 January."""
    ids = {
        "first": book(cast, cast.room, "2026-12-03T10:00:00", "2026-12-03T12:00:00"),
        "second": book(cast, cast.room, "2026-12-31T20:00:00", "2026-12-31T22:00:00"),
        "given_up": book(cast, cast.room, "2026-12-10T10:00:00", "2026-12-10T11:00:00"),
        "missed": book(cast, cast.other_room, "2026-12-11T10:00:00", "2026-12-11T11:00:00"),
        "january": book(cast, cast.room, "2027-01-20T10:00:00", "2027-01-20T11:00:00"),
    }
    cancelled(cast, ids["given_up"])
    at("2026-12-11 10:30")
    missed(cast, ids["missed"])
    at("2027-01-02 09:00")
    return ids


def descriptions(rows):
    return [row["description"].split(",")[0] for row in rows]


def test_the_bill_of_a_month_is_looked_at_and_issued_once(cast, office, december):
    seen = office.preview("2026-12")
    assert (seen["state"], seen["type"], seen["due_on"]) == ("ready", "TD01", "2027-02-01")
    assert seen["terms"]["limit"] == {
        "cents": 0,
        "currency": "EUR",
    }  # nothing was agreed, and it is money all the same
    assert [cents(line["gross"]) for line in seen["lines"]] == [3660, 1830, 1000, 3660]
    assert [(row["booking_id"], row["why"]) for row in seen["left_out"]] == [(december["january"], "later")]
    assert all(line["booking_id"] for line in seen["lines"])
    # Its lines name who booked for the body: that, too, was seen.
    assert LogEntry.objects.get(act="see-customers").data["whose"] == [str(cast.bruno.pk)]
    figures = seen["figures"]
    assert [(rate["rate"], cents(rate["net"]), cents(rate["vat"])) for rate in figures["rates"]] == [
        ("22.00", 8320, 1830)
    ]
    (made,) = office.issue("2026-12").json()
    assert (made["number"], cents(made["gross"]), made["due_on"]) == ("FE-2027/1", 10150, "2027-02-01")
    assert office.preview("2026-12")["state"] == "billed"
    document = Document.objects.get()
    assert document.lines.count() == 4
    assert document.lines.filter(order_line__booking=None).count() == 1  # the fee leads back by its no-show
    assert total(e.gross for e in Entry.objects.filter(document=document)) == Money(10150)
    assert Order.objects.get(state="owed").total.cents == 1830
    squares()


def test_the_same_answer_is_given_to_the_same_key_and_another_key_is_told_to_look_again(office, december):
    seen = office.preview("2026-12")["fingerprint"]
    first, again = office.issue("2026-12", seen), office.issue("2026-12", seen)
    assert again.json() == first.json()
    other = office.issue("2026-12", seen, "other")
    assert (other.status_code, other.json()["code"]) == (409, "bill-changed")
    assert Document.objects.count() == 1


def test_what_was_looked_at_is_what_is_issued(cast, office, december, at):
    seen = office.preview("2026-12")["fingerprint"]
    appealed(cast, december["missed"])
    answer = office.issue("2026-12", seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "bill-changed")
    (left_out,) = [row for row in office.preview("2026-12")["left_out"] if row["why"] == "contested"]
    assert (left_out["booking_id"], cents(left_out["gross"])) == (december["missed"], 1000)
    (made,) = office.issue("2026-12", key="again").json()
    assert cents(made["gross"]) == 9150


@pytest.mark.parametrize(
    "terms",
    [{"days": 60}, {"split": True}, {"order_ref": "DET 5", "cig": "Z123456789"}],
    ids=["days", "split", "codes"],
)
def test_what_is_agreed_anew_after_the_look_is_looked_at_again(office, december, terms):
    seen = office.preview("2026-12")["fingerprint"]
    assert office.agree(**terms).status_code == 200
    answer = office.issue("2026-12", seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "bill-changed")
    assert not Document.objects.exists()
    assert office.issue("2026-12", key="again").status_code == 201


def test_of_the_day_after_the_look_it_is_looked_at_again(office, december, at):
    seen = office.preview("2026-12")["fingerprint"]
    at("2027-01-03 09:00")
    assert office.issue("2026-12", seen).json()["code"] == "bill-changed"  # it is due a day later


def test_an_answer_that_was_lost_is_that_of_its_own_bill(cast, office, december):
    order = Order.objects.get(lines__booking=the(december["second"]))
    page = payments.new_payment(order, "card", session_until=now() + timedelta(minutes=30))
    seen = office.preview("2026-12")["fingerprint"]
    first = office.issue("2026-12", seen).json()
    IdempotentAnswer.objects.filter(key="bill").update(status=None, body=None)
    payments.expire(page.pk)
    later = office.issue("2026-12", key="later").json()
    assert [cents(d["gross"]) for d in first + later] == [10150 - 3660, 3660]
    assert office.issue("2026-12", seen).json() == first


def test_a_fee_excused_after_the_bill_makes_the_next_one_less(cast, office, december, at):
    office.issue("2026-12")
    appealed(cast, december["missed"])
    excused(cast, december["missed"])
    at("2027-02-01 09:00")
    seen = office.preview("2027-01")
    assert [(line["booking_id"], cents(line["gross"])) for line in seen["lines"]] == [
        (december["january"], 1830),
        (december["missed"], -1000),
    ]
    (made,) = office.issue("2027-01", key="january").json()
    assert (made["kind"], cents(made["gross"])) == ("invoice", 830)
    assert office.api.get(f"/api/v1/documents/{made['id']}/files/xml").status_code == 200
    assert total(e.gross for e in Entry.objects.all()) == Money(10150 + 830)


def test_a_credit_that_is_more_than_the_bill_is_a_credit_note_of_what_it_corrects(cast, office, december, at):
    (bill,) = office.issue("2026-12").json()
    appealed(cast, december["missed"])
    excused(cast, december["missed"])
    cancelled(cast, december["january"])
    at("2027-02-01 09:00")
    seen = office.preview("2027-01")
    assert (seen["lines"], [cents(row["gross"]) for row in seen["apart"]]) == ([], [-1000])
    (made,) = office.issue("2027-01", key="january").json()
    assert (made["kind"], cents(made["gross"])) == ("credit_note", 1000)
    note = Document.objects.get(kind="credit_note")
    assert note.type == "TD04"
    assert Document.objects.get(corrected_by=note).number == bill["number"]
    assert total(e.gross for e in Entry.objects.all()) == Money(10150 - 1000)
    xml = office.api.get(f"/api/v1/documents/{made['id']}/files/xml")
    assert xml.status_code == 200, xml.content
    assert office.preview("2027-01")["state"] == "billed"


def test_a_credit_of_which_the_office_has_written_a_note_already_waits(cast, office, december, at):
    (bill,) = office.issue("2026-12").json()
    appealed(cast, december["missed"])
    excused(cast, december["missed"])
    cancelled(cast, december["january"])
    credit = {
        "issuer_id": office.issuer,
        "organisation_id": office.organisation,
        "kind": "credit_note",
        "corrects_id": bill["id"],
        "with_vat": True,
        "lines": [{"description": "Tutto", "unit_price": "101.50", "rate": "22"}],
    }
    assert post(office.api, "/documents", credit, "all").status_code == 201
    at("2027-02-01 09:00")
    seen = office.preview("2027-01")
    assert (seen["state"], [row["why"] for row in seen["left_out"]]) == ("nothing", ["no-invoice-left"])


def test_public_bodies_keep_the_vat_and_are_told_their_order_and_codes(cast, office, december):
    assert office.agree(cig="Z1").status_code == 422
    agreed = office.agree(split=True, order_ref="DET 5", cig="Z123456789", days=60, month_end=True)
    assert agreed.status_code == 200
    seen = office.preview("2026-12")
    assert seen["due_on"] == "2027-03-01"
    assert (cents(seen["figures"]["due"]), cents(seen["figures"]["gross"])) == (8320, 10150)
    (made,) = office.issue("2026-12").json()
    xml = office.api.get(f"/api/v1/documents/{made['id']}/files/xml").content.decode()
    assert "<EsigibilitaIVA>S</EsigibilitaIVA>" in xml
    assert "<CodiceCIG>Z123456789</CodiceCIG>" in xml
    assert "<DataScadenzaPagamento>2027-03-01</DataScadenzaPagamento>" in xml
    assert "<DataInizioPeriodo>2026-12-03</DataInizioPeriodo>" in xml


def test_a_deferred_invoice_is_one_until_the_fifteenth_of_the_next_month(office, december, at):
    Issuer.objects.update(bill_type="TD24")
    assert office.preview("2026-12")["type"] == "TD24"
    at("2027-01-16 00:30")
    assert office.preview("2026-12")["type"] == "TD01"


def test_what_is_paid_by_a_transfer_of_its_own_or_just_now_is_on_no_bill(cast, office, at, bank):
    book(cast, cast.room, "2026-12-03T10:00:00", "2026-12-03T11:00:00", method="transfer")
    booking = book(cast, cast.room, "2026-12-04T10:00:00", "2026-12-04T11:00:00")
    at("2027-01-02 09:00")
    checkout = Order.objects.exclude(checkout__method="transfer").get().checkout
    api = client(cast.bruno)
    page = post(api, f"/checkouts/{encode('cho', checkout.pk)}/retry", key="r").json()["redirect_url"]
    seen = office.preview("2026-12")
    assert [(row["booking_id"], row["why"]) for row in seen["left_out"]] == [(booking, "being-paid")]
    bank.pay(page)
    bank.tell_everything()
    assert office.preview("2026-12")["left_out"] == []


def test_a_body_without_its_data_is_shown_and_not_billed(cast, office, december):
    cast.association.tax_code = ""
    cast.association.save()
    (row,) = office.month("2026-12")["data"]
    assert (row["state"], row["missing"]) == ("missing", ["payer-tax-code"])
    answer = office.issue("2026-12")
    assert (answer.status_code, answer.json()["code"]) == (422, "fiscal-data-missing")
    assert not Document.objects.exists()


def test_all_that_are_ready_are_issued_by_one_who_may_leave(cast, office, december):
    counts = {row["state"]: (row["bills"], cents(row["total"])) for row in office.month("2026-12")["counts"]}
    assert counts == {"ready": (1, 10150), "missing": (0, 0), "nothing": (0, 0), "billed": (0, 0)}
    body = {"issuer_id": office.issuer, "month": "2026-12"}
    job = post(office.api, "/bills/all", body, "all").json()
    outbox.drain()
    done = office.api.get(f"/api/v1/jobs/{job['id']}").json()
    assert (done["state"], done["progress"]) == ("done", {"done": 1, "total": 1})
    post(office.api, "/bills/all", body, "again")
    outbox.drain()
    after = office.month("2026-12", state="billed")
    assert [row["issued"][0]["number"] for row in after["data"]] == ["FE-2027/1"]
    assert Document.objects.count() == 1


def test_the_payer_has_the_bill_by_mail_with_its_reference(cast, office, december):
    office.issue("2026-12")
    outbox.drain()
    (letter,) = Mail.objects.filter(key__startswith="bill:")
    assert letter.to == cast.bruno.email
    assert "FE-2027/1" in letter.subject
    assert "RF" in letter.text


def test_the_office_is_told_on_the_first_of_the_month_what_is_ready(cast, office, december):
    bill_letters.sweep()
    outbox.drain()
    (letter,) = Mail.objects.filter(key__startswith="bills:")
    assert letter.to == cast.franco.email
    assert "/manage/bills?" in letter.text
    assert not Document.objects.exists()


def test_an_issuer_that_wants_them_has_its_bills_issued_by_themselves(cast, office, december):
    Issuer.objects.filter(partner=cast.lead).update(bills_by_itself=True)
    for _ in range(2):
        bill_letters.sweep()
        outbox.drain()
    assert f"{Document.objects.get().bills_month}" == "2026-12-01"
    assert not Mail.objects.filter(key__startswith="bills:").exists()


def test_a_booking_on_a_bill_is_due_until_the_bill_is_paid(cast, office, december):
    office.issue("2026-12")
    money = client(cast.bruno).get(f"/api/v1/bookings/{december['first']}").json()["money"]
    assert (cents(money["due"]), money["documents"][0]["number"]) == (3660, "FE-2027/1")
    shown = client(cast.bruno).get(f"/api/v1/documents?booking_id={december['first']}").json()["data"]
    assert [d["number"] for d in shown] == ["FE-2027/1"]


def test_many_organisations_cost_as_many_statements_as_one(office, december):
    def asked():
        with CaptureQueriesContext(connection) as found:
            assert office.month("2026-12")["data"]
        return len(found)

    asked()
    one = asked()
    order = Order.objects.get(state="owed", lines__booking=the(december["first"]))
    line = order.lines.get()
    for n in range(3):
        body = Organisation.objects.create(name=f"Circolo {n}", tax_code="97654320015", **ADDRESS)
        order.pk, order.organisation, order._state.adding = uuid7(), body, True
        order.save(force_insert=True)
        line.pk, line.order, line._state.adding = uuid7(), order, True
        line.save(force_insert=True)
    assert len(office.month("2026-12")["data"]) == 4
    assert asked() == one


def test_until_it_is_billed_nobody_is_asked_to_pay_or_reminded(cast, office, december, at):
    outbox.drain()
    asked = list(Mail.objects.filter(key__startswith="owed:").values_list("subject", flat=True))
    assert "In conto: 36,60 €" in asked
    assert not any(subject.startswith("Da pagare: 36,60") for subject in asked)
    dunning.write_steps(cast.franco, Issuer.objects.get(partner=cast.lead), [STEP])
    at("2027-01-20 09:00")
    dunning.remind_all()
    outbox.drain()
    assert not Mail.objects.filter(key__startswith="reminder:").exists()
    office.issue("2026-12")
    at("2027-03-20 09:00")
    dunning.remind_all()
    outbox.drain()
    (letter,) = Mail.objects.filter(key__startswith="reminder:")
    assert "FE-2027/1" in letter.subject


def test_of_an_order_of_two_months_each_bill_has_its_own(cast, office, at):
    api, body = client(cast.bruno), office.organisation
    ids = []
    for day in ("2026-12-15", "2027-01-05"):
        asked = wish(cast.room, f"{day}T10:00:00", f"{day}T11:00:00", organisation_id=body)
        ids.append(post(api, "/bookings", asked, day).json()["id"])
    quote = quoted(api, *ids, organisation_id=body)
    assert checked_out(api, quote, ids, "account").status_code == 201
    at("2027-01-02 09:00")
    (first,) = office.issue("2026-12").json()
    assert (cents(first["gross"]), Order.objects.get(state="owed").total.cents) == (1830, 1830)
    cancelled(cast, ids[1])
    assert not Order.objects.filter(state="owed").exists()
    money = client(cast.bruno).get(f"/api/v1/bookings/{ids[0]}").json()["money"]
    assert cents(money["due"]) == 1830


def test_of_what_two_sell_together_each_bills_its_part_of_it_and_of_its_fee(cast, office, at):
    Resource.objects.filter(pk=cast.other_room.pk).update(issuing="share")
    booking = book(cast, cast.other_room, "2026-12-11T10:00:00", "2026-12-11T11:00:00")
    at("2026-12-11 10:30")
    missed(cast, booking)
    at("2027-01-02 09:00")
    seen = office.preview("2026-12")
    assert [cents(line["gross"]) for line in seen["lines"]] == [1098, 600]
    office.issue("2026-12")
    other = Office(cast)
    other.franco, other.issuer = cast.elena, encode("iss", cast.member.issuer.pk)
    assert [cents(line["gross"]) for line in other.preview("2026-12")["lines"]] == [732, 400]
    appealed(cast, booking)
    excused(cast, booking)
    assert [cents(line["gross"]) for line in other.preview("2026-12")["lines"]] == [732]
    other.issue("2026-12", key="member")
    told = Document.objects.get(issuer=cast.member.issuer).revisions.get().snapshot["electronic"]
    assert told["on_behalf"]["name"] == "Fondazione"
    (left,) = Order.objects.filter(state="owed")
    assert (left.total.cents, left.corrects_id is not None) == (-600, True)
    assert total(d.gross for d in Document.objects.all()) == Money(1098 + 600 + 732)
    assert total(e.gross for e in Entry.objects.all()) == Money(1098 + 600 + 732)
