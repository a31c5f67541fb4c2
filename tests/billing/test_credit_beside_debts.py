"""Where a debt is told, the credit of its customer is told beside it; nobody is reminded of what the house owes them."""

import pytest

from billing.books import dunning
from billing.models import DunningStep, Reminder
from billing.paying.checkout import checkout
from billing.paying.customer_credit import could_pay
from billing.paying.debts import debts
from billing.quoting.quotes import quote
from core import outbox
from core.ids import encode
from core.models import Mail
from core.money import Money
from tests.api import client
from tests.billing.office import issued, named, read
from tests.billing.sales import book
from tests.billing.test_bank import HEAD, movements, take
from tests.billing.test_customer_credits import keep, paid_too_much, use
from tests.billing.test_dunning import day, late, sent
from tests.cast import rome

__all__ = ["late"]
pytestmark = pytest.mark.django_db(transaction=True)


def told(office, cast):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    return [one["id"] for one in office.get("/api/v1/dunning", asked).json()["covered"]]


def account(office, cast, alfa):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk), "organisation_id": encode("org", alfa.pk)}
    seen = office.get("/api/v1/customer-account", asked).json()
    parts = [one["credit"]["cents"] for one in seen["open"]]
    return seen["balance"]["cents"], seen["credit"]["cents"], seen["to_pay"]["cents"], parts


def in_ageing(office, cast):
    rows = named(read(office, cast, "ageing", on_from="2026-01-01", on_to="2026-02-01"))
    found = [row["Credito del cliente che può pagarlo"] for row in rows]
    return [one and one["cents"] for one in found]


def test_a_reminder_says_the_credit_and_asks_for_what_is_left(late, cast, alfa, office, ask, send, at):
    keep(office, paid_too_much(office, cast, ask, send))
    assert account(office, cast, alfa) == (9150, 850, 8300, [850])
    day(at, "2026-12-01 09:00")
    [text] = sent()
    assert "Hai però un credito di 8,50 €" in text
    assert "restano da pagare 83,00 €" in text
    assert "ora paga solo 83,00 €" in text  # besides the cost of the reminder
    office = client(cast.franco)
    assert told(office, cast) == []
    assert in_ageing(office, cast) == [850]


def test_nobody_is_reminded_of_what_a_credit_covers_and_the_office_sees_why(
    late, cast, alfa, office, ask, send, at
):
    movement = paid_too_much(office, cast, ask, send, sum_="200,00")
    credit = keep(office, movement).json()
    assert account(office, cast, alfa) == (9150, 10850, 0, [9150])
    day(at, "2026-11-08 09:00")
    assert (sent(), Reminder.objects.count()) == ([], 0)
    office = client(cast.franco)
    assert told(office, cast) == [late["id"]]
    assert in_ageing(office, cast) == [9150]
    summary = read(office, cast, "ageing", on_from="2026-01-01", on_to="2026-02-01")["summary"]
    could = [row["Crediti che possono pagarlo"]["cents"] for row in named(summary)]
    assert could == [0, 9150, 0, 0, 0]
    # Given back, it covers nothing any more: the step that was not taken is taken then.
    send((HEAD + "09/11/2026;-108,50;Alfa;;reso\n").encode(), person=cast.franco)
    [back] = movements(office, cast)
    assert take(office, back, credit["id"], 10850).status_code == 201
    day(at, "2026-11-10 09:00")
    assert len(sent()) == 1
    assert "credito" not in sent()[0]


def test_a_credit_that_came_between_is_heeded_by_the_reminder_too(late, cast, office, ask, send, at):
    at("2026-11-08 09:00")
    step, (debt,) = DunningStep.objects.get(days=7), list(debts(cast.lead.issuer))
    office = client(cast.franco)
    made = issued(office, ask(method="transfer"))
    send((HEAD + f"08/11/2026;200,00;Alfa;;{made['number']}\n").encode(), person=cast.franco)
    keep(office, take(office, movements(office, cast)[0], made["id"], 9150).json())
    dunning.remind(cast.lead.issuer.pk, step.pk, debt.public)
    assert sent() == []


def test_a_credit_is_told_once_and_what_is_due_first_has_it(late, cast, alfa, office, ask, send):
    first = issued(office, ask(due_on="2026-10-20", method="transfer"))
    keep(office, paid_too_much(office, cast, ask, send, sum_="200,00"))
    assert sorted(in_ageing(office, cast)) == [1700, 9150]
    assert account(office, cast, alfa) == (18300, 10850, 7450, [9150, 1700])
    found = could_pay(cast.lead.issuer)
    [mine] = [debt for debt in debts(cast.lead.issuer) if debt.label == first["number"]]
    assert found[mine.thing] == Money(9150)


def test_of_an_order_that_a_credit_pays_in_part_no_page_is_offered_that_asks_for_all(cast, office, send, at):
    at("2026-11-20 09:00")
    cast.ada.language = "en"
    cast.ada.save()
    held = [book(cast.ada, cast.laser, rome(day)) for day in ("2026-12-01 10:00", "2026-12-02 10:00")]
    first, second = (checkout(cast.ada, quote(cast.ada, [b], None).pk, "transfer").order for b in held)
    DunningStep.objects.create(issuer=cast.lead.issuer, days=7, text_it="Ciao", text_en="Hello")
    office = client(cast.franco)
    send((HEAD + "20/11/2026;20,00;Ada;;x\n").encode(), person=cast.franco)
    credit = keep(office, take(office, movements(office, cast)[0], encode("ord", first.pk), 1830).json())
    assert credit.json()["left"]["cents"] == 170
    day(at, "2027-01-02 09:00")
    found = Mail.objects.get(key__startswith="reminder:")
    assert "But you have a credit of €1.70: we use it for this, and €16.60 is left to pay." in found.text
    assert "/checkout/" not in found.text
    used = use(client(cast.franco), credit.json(), encode("ord", second.pk), 170)
    assert used.status_code == 201, used.json()


def test_what_an_order_asks_whole_keeps_its_page(cast, at):
    at("2026-11-20 09:00")
    checkout(
        cast.ada, quote(cast.ada, [book(cast.ada, cast.laser, rome("2026-12-01 10:00"))], None).pk, "transfer"
    )
    DunningStep.objects.create(issuer=cast.lead.issuer, days=7, text_it="Ciao", text_en="Hello")
    day(at, "2027-01-02 09:00")
    assert "/checkout/" in Mail.objects.get(key__startswith="reminder:").text


def test_debts_beside_credits_cost_the_same_for_any_number(late, cast, alfa, office, ask, send, queries):
    asked = {"issuer_id": encode("iss", cast.lead.issuer.pk)}
    body = asked | {"month": "2026-10"}
    keep(office, paid_too_much(office, cast, ask, send))
    for more in range(2):
        for path, of, most in (
            ("/api/v1/registers/ageing", body, 23),
            ("/api/v1/dunning", asked, 22),
            ("/api/v1/customer-account", asked | {"organisation_id": encode("org", alfa.pk)}, 20),
        ):
            with queries(most):
                assert office.get(path, of).status_code == 200
        for n in range(3 * (1 - more)):
            issued(office, ask(due_on=f"2026-10-2{n}", method="transfer"))
            made = issued(office, ask(method="transfer"))
            send((HEAD + f"2{n}/10/2026;9{n + 2},00;Alfa;;{made['number']}\n").encode())
            movement = next(m for m in movements(office, cast) if not m["matches"])
            keep(office, take(office, movement, made["id"], 9150).json())
    outbox.drain()
