"""Money back more than a year after the sale: on a ground of the law it is credited, else VAT stays and it is a cost.

Cases of billing-cases.md: L04 (DPR 633/72 art. 26 c. 2 and 3).
"""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from billing.books import balances, journal, months, movements, squaring
from billing.consortium import settlement_facts
from billing.gateways.statement import ToldDispute
from billing.models import Document, Entry, Incomplete, Payment, Rate, Refund, VatRate
from billing.papers import completion, ledger
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from billing.reconciling.disputes import note
from core import outbox
from core.clock import now
from core.ids import encode
from core.models import LogEntry
from core.money import Money, total
from people.models import Organisation
from tests.api import client, post
from tests.billing.office import close
from tests.billing.sales import book
from tests.billing.test_day_of_operation import of_two
from tests.billing.test_refunds_by_hand import give
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY = (date(2028, 1, 1), date(2028, 2, 1))
ALWAYS = (date(2026, 1, 1), date(2029, 1, 1))


def sold(cast):
    """An hour of 18.30 (15.00 and 3.30), paid in cash on 30 November 2026."""
    _ = cast.gina, cast.franco
    held = book(cast.ada, cast.laser, rome("2026-12-03 10:00"))
    return checkout(cast.ada, quote(cast.ada, [held], None).pk, "cash").order.payments.get()


def path(payment):
    return f"/payments/{encode('pay', payment.pk)}/refunds"


def grant(cast, payment, cents=1830, key="w1", **how):
    return post(client(cast.franco), path(payment), {"amount_cents": cents, "reason": "Scuse"} | how, key)


def seen(cast, payment):
    return client(cast.franco).get(f"/api/v1{path(payment)}").json()


def sides(postings, *names):
    return [
        (p.what.en, [(line.role, line.amount.cents) for line in p.lines])
        for p in postings
        if p.what.en in names
    ]


def customers(issuer):
    found = [line for p in journal.postings(issuer, *ALWAYS) for line in p.lines]
    assert total(line.amount for line in found).cents == 0
    return total(line.amount for line in found if line.role == "customers").cents


def test_fourteen_months_later_the_money_goes_back_and_the_vat_stays(cast, at):
    payment = sold(cast)
    invoice = Document.objects.get()
    at("2028-01-28 10:00")
    before = seen(cast, payment)
    assert [(name, act["allowed"]) for name, act in before["actions"].items()] == [
        ("credit_note", False),
        ("ground", True),
        ("without_note", True),
    ]
    assert "oltre un anno fa (30/11/2026)" in before["actions"]["credit_note"]["reasons"][0]["detail"]
    refused = grant(cast, payment)
    assert (refused.status_code, [p["pointer"] for p in refused.json()["pointers"]]) == (
        422,
        ["/ground", "/without_note"],
    )
    assert "la nota di credito si fa ancora" in refused.json()["pointers"][0]["detail"]
    assert "l'IVA resta dovuta" in refused.json()["pointers"][1]["detail"]
    assert not Refund.objects.exists()

    made = grant(cast, payment, key="w2", without_note=True)
    assert (made.status_code, made.json()["without_note"], made.json()["ground"]) == (201, True, None)
    assert grant(cast, payment, key="w2", without_note=True).json()["id"] == made.json()["id"]
    assert (Refund.objects.count(), Document.objects.get()) == (1, invoice)
    assert customers(cast.lead.issuer) == -1830, "the house owes it until it is given"
    assert give(cast.gina, Refund.objects.get(), "cash", "2028-01-28").status_code == 200

    told = sides(journal.postings(cast.lead.issuer, *JANUARY), "Refund without a credit note", "Refund")
    assert told == [
        ("Refund without a credit note", [("goodwill", 1830), ("customers", -1830)]),
        ("Refund", [("customers", 1830), ("cash", -1830)]),
    ]
    assert customers(cast.lead.issuer) == 0
    sums = {row[1]: (row[2], row[3]) for row in balances.balances(cast.lead.issuer, *JANUARY).rows}
    assert sums["Rimborsi senza nota di credito"] == (Money(1830), Money(0))
    assert sums["Clienti"] == (Money(1830), Money(1830))
    account = movements.account(cast.lead.issuer, cast.ada, *ALWAYS)
    assert [(m.kind, m.amount.cents) for m, _ in account.rows][-2:] == [
        ("refund", 1830),
        ("without_note", -1830),
    ]
    assert account.closing.cents == 0
    entry = Entry.objects.get(kind="refund")
    assert (entry.net.cents, entry.vat.cents, entry.gross.cents, entry.document) == (-1830, 0, -1830, None)

    body = client(cast.franco).get(
        "/api/v1/reconciliation", {"issuer_id": encode("iss", cast.lead.issuer.pk), "month": "2028-01"}
    )
    assert body.json()["squares"] is True
    (flagged,) = body.json()["findings"]
    assert (flagged["code"], flagged["stops"], flagged["off"]["cents"]) == (
        "refund-without-note",
        False,
        1830,
    )
    assert invoice.number in flagged["about"]
    november = squaring.findings(cast.lead.issuer, date(2026, 11, 1), date(2026, 12, 1))
    assert {f.code for f in november} == {"sdi-to-write"}


def test_for_a_reason_of_the_law_the_credit_note_is_made_and_names_it(cast, at):
    payment = sold(cast)
    at("2028-01-28 10:00")
    assert grant(cast, payment, ground="whim").status_code == 422
    made = grant(cast, payment, 1000, "w2", ground="resolution")
    assert (made.status_code, made.json()["ground"]["code"]) == (201, "resolution"), made.content
    note = Document.objects.get(kind="credit_note")
    assert (note.gross.cents, note.issued_on) == (1000, date(2028, 1, 28))
    said = note.revisions.get().snapshot["electronic"]["reasons"]
    assert said == ["Art. 26 c. 2 DPR 633/72: risoluzione"]
    assert LogEntry.objects.get(act="refund").data["ground"] == "resolution"
    (kept,) = seen(cast, payment)["refunds"]
    assert (kept["ground"]["name"], kept["note"], kept["without_note"]) == ("risoluzione", "Scuse", False)
    assert seen(cast, payment)["left"]["cents"] == 830
    outbox.drain()
    found = {f.code for f in squaring.findings(cast.lead.issuer, *JANUARY)}
    assert not found & {"refund-without-note", "document-not-entered"}


def test_within_the_year_there_is_a_credit_note_and_no_way_round_it(cast, at):
    payment = sold(cast)
    at("2027-11-30 23:30")
    assert [act["allowed"] for act in seen(cast, payment)["actions"].values()] == [True, True, False]
    refused = grant(cast, payment, without_note=True)
    assert refused.json()["pointers"][0]["code"] == "within-a-year"
    assert grant(cast, payment, key="w2", ground="discount", without_note=True).status_code == 422
    assert grant(cast, payment, key="w3").status_code == 201
    assert Document.objects.filter(kind="credit_note").count() == 1


def test_what_went_back_without_a_note_is_not_there_to_be_credited(cast, at):
    payment = sold(cast)
    at("2028-01-28 10:00")
    assert grant(cast, payment, 1000, without_note=True).status_code == 201
    too_much = grant(cast, payment, 831, "w2", ground="nullity")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund-too-large")
    assert grant(cast, payment, 830, "w3", ground="nullity").status_code == 201
    assert Document.objects.get(kind="credit_note").gross.cents == 830
    assert not total(ledger.left_of(payment.order.lines.get().booking, payment).values())
    assert [act["allowed"] for act in seen(cast, payment)["actions"].values()] == [False] * 3


def test_each_issuer_of_a_cart_bears_its_own_part(cast, monkeypatch, at):
    of_two(cast, monkeypatch)
    payment = sold(cast)
    at("2028-01-28 10:00")
    assert grant(cast, payment, 1000, without_note=True).status_code == 201
    costs = [
        sides(journal.postings(body.issuer, *JANUARY), "Refund without a credit note")
        for body in (cast.lead, cast.member)
    ]
    assert costs == [
        [("Refund without a credit note", [("goodwill", 600), ("customers", -600)])],
        [("Refund without a credit note", [("goodwill", 400), ("customers", -400)])],
    ]
    assert give(cast.gina, Refund.objects.get(), "cash", "2028-01-28").status_code == 200
    assert [customers(body.issuer) for body in (cast.lead, cast.member)] == [0, 0]


def test_the_document_stays_paid_and_offers_its_refund_to_the_office_alone(cast, at):
    payment = sold(cast)
    at("2028-01-28 10:00")
    shown = f"/api/v1/documents/{encode('doc', Document.objects.get().pk)}"
    offered = client(cast.franco).get(shown).json()["actions"]["refund"]
    assert (offered["allowed"], offered["terms"]) == (True, {"payment_id": encode("pay", payment.pk)})
    assert client(cast.ada).get(shown).json()["actions"] == {}
    assert client(cast.gina).get(f"/api/v1{path(payment)}").status_code == 403
    assert client(cast.elena).get(f"/api/v1{path(payment)}").status_code == 404
    assert grant(cast, payment, without_note=True).status_code == 201
    after = client(cast.franco).get(shown).json()
    assert (after["payment_state"], after["actions"]["refund"]["allowed"]) == ("paid", False)
    assert after["actions"]["refund"]["reasons"][0]["code"] == "nothing-paid"


def test_a_refund_is_not_both_credited_on_a_ground_and_without_a_note(cast):
    payment = sold(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(
            payment=payment,
            amount=Money(1),
            method="cash",
            reason="goodwill",
            ground="nullity",
            without_note=True,
        )


def test_the_month_of_the_sale_squares_and_closes_as_if_nothing_had_gone_back(cast, at):
    payment = sold(cast)
    at("2028-01-28 10:00")
    assert grant(cast, payment, without_note=True).status_code == 201
    (november,) = [month for month in months.months_of(cast.lead.issuer) if month.first_on.month == 11]
    assert (november.documented, november.entered, november.squares) == (1830, 1830, True)
    assert close(cast).status_code == 200


def test_its_year_counts_from_the_day_it_was_paid_however_late_its_document_was(cast, sale, at):
    cast.ada.save()
    at("2027-02-15 10:00")
    completed = post(client(cast.franco), f"/incomplete-sales/{encode('inc', sale.pk)}/complete")
    assert completed.status_code == 200, completed.content
    payment = sale.order.payments.get()
    assert Document.objects.get().issued_on == date(2027, 2, 15)
    at("2027-11-30 23:30")
    assert seen(cast, payment)["actions"]["credit_note"]["allowed"] is True
    at("2027-12-01 00:30")
    told = seen(cast, payment)
    assert (told["sold_on"], told["actions"]["credit_note"]["allowed"]) == ("2026-11-30", False)


def test_a_document_that_waits_is_made_though_all_of_its_part_went_back_without_a_note(cast, monkeypatch, at):
    of_two(cast, monkeypatch)
    theirs = Organisation.objects.filter(pk=cast.member.organisation_id)
    city = theirs.values_list("city", flat=True).get()
    theirs.update(city="")
    payment = sold(cast)
    theirs.update(city=city)
    at("2028-01-28 10:00")
    assert grant(cast, payment, without_note=True).status_code == 201
    completion.complete(cast.franco, Incomplete.objects.get().pk)
    outbox.drain()
    assert Document.objects.get(issuer=cast.member.issuer).gross == Money(732)
    assert not Document.objects.filter(kind="credit_note").exists()


def test_what_a_bank_took_back_is_offered_in_no_way(cast):
    payment = sold(cast)
    Payment.objects.filter(pk=payment.pk).update(payment_ref="pi_1")
    note("stripe", ToldDispute("dp_1", "pi_1", Money(1830), "fraudulent", "lost", now(), None))
    told = seen(cast, payment)
    assert told["left"]["cents"] == 0
    assert [act["reasons"][0]["code"] for act in told["actions"].values()] == ["nothing-paid"] * 3


def test_partners_divide_it_by_what_counted_when_it_was_sold_though_it_was_no_booking(cast, at, as_owner):
    payment = sold(cast)
    as_owner("UPDATE billing_entry SET booking_id = NULL", [])  # as of a pass
    at("2028-01-28 10:00")
    assert grant(cast, payment, without_note=True).status_code == 201
    back = Entry.objects.filter(kind=Entry.Kind.REFUND, on=date(2028, 1, 28))
    assert settlement_facts.sold(back, gte=date(2026, 11, 30), lt=date(2026, 12, 1)).count() == 1


def without_vat(**more):
    VatRate.objects.update(
        **({"percent": 0, "natura": "N4", "legal_text": "Esente art. 10 c. 1 n. 20"} | more)
    )


def codes(told):
    return [[reason["code"] for reason in act["reasons"]] for act in told["actions"].values()]


@pytest.mark.parametrize(
    ("vat", "back"), [({}, ("TD04", "FE")), ({"natura": "N2.2", "receipted": True}, ("", "RC"))]
)
def test_of_what_was_sold_without_vat_no_year_is_counted(cast, at, vat, back):
    """Art. 26 c. 3 limits the deduction of the tax: exempt, or by receipt, there is none."""
    _ = cast.laser
    without_vat(**vat)
    payment = sold(cast)
    sale = Document.objects.get()
    assert codes(seen(cast, payment)) == [[], [], ["sold-without-vat"]]
    at("2028-01-28 10:00")
    told = seen(cast, payment)
    assert (told["sold_on"], codes(told)) == ("2026-11-30", [[], [], ["sold-without-vat"]])
    refused = grant(cast, payment, without_note=True)
    assert [p["code"] for p in refused.json()["pointers"]] == ["sold-without-vat"]
    assert "anche dopo un anno" in refused.json()["pointers"][0]["detail"]
    assert grant(cast, payment, 1000, "w2").status_code == 201
    note = Document.objects.get(corrects=sale)
    assert (note.type, note.series.code[:2], note.gross.cents) == (*back, 1000)
    assert note.revisions.get().snapshot["electronic"]["reasons"] == []


def test_where_some_of_a_sale_bears_vat_the_year_counts_though_its_document_still_waits(cast, at):
    """The laser is the lead's to invoice, exempt; the room its member's, at 22 %, whose seat lacks a city."""
    cast.room.issuing, cast.room.owner = "owner", cast.member
    cast.room.save()
    _ = cast.gina, cast.franco, cast.laser
    taxed = VatRate.objects.create(name="IVA", percent=22)
    Rate.objects.create(
        tariff=cast.venue.tariffs.get(), resource=cast.room, price=Money(1220), vat_rate=taxed
    )
    VatRate.objects.exclude(pk=taxed.pk).update(percent=0, natura="N4", legal_text="Art. 10")
    Organisation.objects.filter(pk=cast.member.organisation_id).update(city="")
    held = [book(cast.ada, thing, rome("2026-12-03 10:00")) for thing in (cast.laser, cast.room)]
    payment = checkout(cast.ada, quote(cast.ada, held, None).pk, "cash").order.payments.get()
    assert [(d.issuer, d.vat.cents) for d in Document.objects.all()] == [(cast.lead.issuer, 0)]
    assert Incomplete.objects.count() == 1
    at("2027-11-30 23:30")
    assert codes(seen(cast, payment)) == [[], [], ["within-a-year"]]
    at("2027-12-01 00:30")
    assert codes(seen(cast, payment)) == [["past-a-year"], [], []]
