"""A person is erased: refused while something is open; then nothing is left but what the law keeps."""

import re

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from billing.models import (
    BankStatement,
    CustomerCredit,
    Document,
    DocumentTrace,
    Match,
    Movement,
    Refund,
    Revision,
)
from billing.paying import keeping_credit, transfers
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.holding import holds
from booking.models import Booking
from core.ids import encode, uuid7
from core.models import Mail
from core.money import Money
from people.models import Person
from tests.api import client, post
from tests.billing.sales import book, sell
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _monday(at, monkeypatch):
    at("2026-11-30 09:00")
    monkeypatch.setattr("billing.paying.checkout.open_page", lambda made: None)


@pytest.fixture
def ada(cast):
    cast.ada.set_password(cast.password)
    cast.ada.save()
    return cast.ada


def farewell(cast, ada, password=None):
    return client(ada).post("/api/v1/people/me/erase", {"password": password or cast.password})


def test_it_is_refused_while_a_booking_is_to_come(cast, ada):
    booking = book(ada, cast.laser, rome("2026-12-01 10:00"))
    answer = farewell(cast, ada)
    assert (answer.status_code, answer.json()["code"]) == (409, "erasure-blocked")
    (why,) = answer.json()["reasons"]
    assert (why["code"], booking.code in why["detail"]) == ("booking-upcoming", True)
    assert Person.objects.get(pk=ada.pk).name == ada.name


def test_it_is_refused_while_a_refund_is_on_its_way(cast, ada, at):
    paid = sell(ada, book(ada, cast.laser, rome("2026-12-01 10:00")))
    refund = Refund.objects.create(payment=paid, amount=paid.amount, method=paid.method, reason="goodwill")
    at("2026-12-02 09:00")
    assert [r["code"] for r in farewell(cast, ada).json()["reasons"]] == ["money-open"]
    Refund.objects.filter(pk=refund.pk).update(state=Refund.State.DONE)
    assert farewell(cast, ada).status_code == 204


def test_a_wrong_password_erases_nobody(cast, ada):
    answer = farewell(cast, ada, "not-hers")
    assert (answer.status_code, answer.json()["pointers"][0]["pointer"]) == (422, "/password")
    assert Person.objects.get(pk=ada.pk).is_active


def test_nothing_is_left_but_what_the_law_keeps(cast, ada, at):
    booking = book(ada, cast.laser, rome("2026-12-01 10:00"))
    Booking.objects.filter(pk=booking.pk).update(title="Il regalo di Zoe", notes="segreto")
    client(ada).post("/api/v1/feeds", {"person": True})
    Mail.objects.create(person_id=ada.pk, to=ada.email, language="it", subject="Ciao", text="", html="")
    sell(ada, booking)
    at("2026-12-02 09:00")
    frozen = Revision.objects.get().snapshot
    assert farewell(cast, ada).status_code == 204
    gone = Person.objects.get(pk=ada.pk)
    assert (gone.name, gone.email, gone.tax_code, gone.is_active) == (
        "—",
        f"erased-{ada.pk}@invalid",
        "",
        False,
    )
    assert not gone.certifications.exists()
    assert not gone.feeds.exists()
    assert not Mail.objects.filter(person_id=ada.pk).exists()
    booking.refresh_from_db()
    assert (booking.title, booking.notes, booking.state) == ("", "", "confirmed")
    assert Document.objects.get().customer_name == ada.name  # ten years, art. 2220 c.c.
    assert Revision.objects.get().snapshot == frozen


def test_an_administrator_may_do_it_for_them_and_nobody_else(cast, ada):
    path = f"/people/{encode('per', ada.pk)}/erase"
    assert post(client(cast.dario), path).status_code == 403
    assert post(client(cast.ivo), path).status_code == 204
    assert not Person.objects.get(pk=ada.pk).is_active


def test_the_application_cannot_forget_what_the_law_keeps(cast, ada):
    sell(ada, book(ada, cast.laser, rome("2026-12-01 10:00")))
    with pytest.raises(Error) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT core_forget_old('2020-01-01', '2026-01-01')")
    assert getattr(refused.value.__cause__, "sqlstate", "") == "42501"
    assert Document.objects.count() == 1


def test_a_clock_ahead_of_the_database_s_forgets_letters_and_no_accounts(cast, ada, at):
    from core import retention

    sell(ada, book(ada, cast.laser, rome("2026-12-01 10:00")))
    Mail.objects.create(to=ada.email, subject="Ciao", text="Ciao")
    at("2046-01-10 09:00")  # by which the document's time would be over
    retention.forget()
    assert (Document.objects.count(), Mail.objects.count()) == (1, 0)


def test_after_ten_years_a_document_leaves_its_number_date_and_hash(cast, ada, as_owner):
    from billing.models import Entry, HeldBack
    from core import retention

    sell(ada, book(ada, cast.laser, rome("2026-12-01 10:00")))
    sell(ada, book(ada, cast.laser, rome("2026-12-01 12:00")))
    old, kept = Document.objects.order_by("ordinal")
    digest = old.revisions.get().sha256
    HeldBack.objects.create(revision=old.revisions.get(), codes=["00311"])
    as_owner("UPDATE billing_document SET issued_on = '2014-03-01' WHERE id = %s", [old.pk])
    retention.forget()
    assert list(Document.objects.all()) == [kept]
    assert [e.document_id for e in Entry.objects.all()] == [kept.pk]
    trace = DocumentTrace.objects.get()
    assert (trace.number, str(trace.issued_on), trace.sha256) == ("FE-2026/1", "2014-03-01", digest)


def by_transfer(cast, who, at):
    """A document of 18.30 that the bank paid with 20.00, the rest kept as the customer's credit."""
    order = checkout(
        who, quote(who, [book(who, cast.laser, rome("2026-12-01 14:00"))], None).pk, "transfer"
    ).order
    statement = BankStatement.objects.create(
        issuer=cast.lead.issuer, name="x", sha256="x", uploaded_by=cast.franco
    )
    movement = Movement.objects.create(
        issuer=cast.lead.issuer, statement=statement, key="x", booked_on="2026-11-30", posted_on="2026-11-30",
        amount=Money(2000), name="Ada Neri", iban="IT60X0542811101000000123456", reason="saldo",
    )  # fmt: skip
    transfers.match(cast.franco, movement, order, Money(1830))
    return keeping_credit.keep(cast.franco, movement.pk, None)


def test_it_is_refused_while_a_credit_of_theirs_is_open(cast, ada, at):
    credit = by_transfer(cast, ada, at)
    at("2026-12-02 09:00")
    [why] = farewell(cast, ada).json()["reasons"]
    assert (why["code"], "1,70" in why["detail"] or "1.70" in why["detail"]) == ("money-open", True)
    out = Movement.objects.get()
    out.pk, out.key, out.amount = uuid7(), "y", Money(-170)
    out.save(force_insert=True)
    transfers.match(cast.franco, out, credit, Money(170))
    assert farewell(cast, ada).status_code == 204


def test_after_ten_years_what_the_bank_brought_names_nobody_and_its_document_is_gone(cast, ada, as_owner, at):
    from core import retention

    credit = by_transfer(cast, ada, at)
    sell(ada, book(ada, cast.laser, rome("2026-12-01 12:00")))
    paid, later = Document.objects.order_by("ordinal")
    match = Match.objects.create(
        movement=Movement.objects.get(),
        document=paid,
        amount=Money(1),
        made_by=cast.franco,
        posted_on="2026-11-30",
    )
    as_owner("UPDATE billing_document SET issued_on = '2014-03-01' WHERE id = %s", [paid.pk])
    retention.forget()
    assert list(Document.objects.all()) == [later]
    assert not Match.objects.filter(pk=match.pk).exists()
    assert Movement.objects.get().name == "Ada Neri"
    as_owner("UPDATE billing_movement SET posted_on = %s", ["2014-03-01"])
    retention.forget()
    movement = Movement.objects.get()
    assert (movement.name, movement.iban, movement.reason, movement.amount) == ("", "", "", Money(2000))
    assert movement.set_aside  # nobody is asked what it is for
    # What a credit paid is kept as long as the credit: it is not to be had again.
    used = Match.objects.create(
        credit=credit, document=later, amount=Money(170), made_by=cast.franco, posted_on="2026-11-30"
    )
    as_owner("UPDATE billing_document SET issued_on = '2014-03-01' WHERE id = %s", [later.pk])
    retention.forget()
    assert Match.objects.filter(pk=used.pk).exists()
    assert Document.objects.count() == 1
    as_owner("UPDATE billing_match SET posted_on = %s", ["2014-03-01"])
    as_owner("UPDATE billing_customercredit SET posted_on = %s", ["2014-03-01"])
    retention.forget()
    assert (Document.objects.count(), CustomerCredit.objects.count(), DocumentTrace.objects.count()) == (
        0,
        0,
        2,
    )


def test_after_ten_years_a_document_goes_after_the_credit_that_was_kept_of_it(cast, ada, as_owner):
    from core import retention

    sell(ada, book(ada, cast.laser, rome("2026-12-01 10:00")))
    document = Document.objects.get()
    CustomerCredit.objects.create(
        issuer=document.issuer, document=document, person=ada, amount=Money(100), made_by=cast.franco,
        posted_on="2014-04-01",
    )  # fmt: skip
    as_owner("UPDATE billing_document SET issued_on = %s", ["2014-03-01"])
    retention.forget()
    assert (Document.objects.count(), CustomerCredit.objects.count()) == (1, 0)
    retention.forget()
    assert (Document.objects.count(), DocumentTrace.objects.count()) == (0, 1)


def test_nothing_that_stands_on_what_is_forgotten_is_left_standing():
    from billing.models import Transmission
    from core import retention

    told = ";".join(retention._of_age)
    for model in (Document, Revision, Transmission):
        for row in model._meta.related_objects:
            table = row.related_model._meta.db_table
            let_go = rf"DELETE FROM {table} |UPDATE {table} SET [^;]*{row.field.name}_id = NULL"
            assert re.search(let_go, told), table


def test_a_released_hold_is_no_obstacle(cast, ada):
    holds.release(ada, book(ada, cast.laser, rome("2026-12-01 10:00")).pk)
    assert farewell(cast, ada).status_code == 204
