"""A renewal that several workers collect, an instalment that they ask for, and a plan that is changed by several hands:
once each."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError

from billing.budgets import plans
from billing.gateways.base import Intent
from billing.models import Instalment, Order, Payment, Plan, Refund, SavedMethod, Subscription
from billing.paying import changing_plans, collecting, instalments, payments
from billing.prices.periods import following
from core.clock import now
from core.errors import DomainError
from core.locks import act, lock_rows
from core.money import Money
from tests.races.conftest import at_once, in_turn

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def member(cast):
    """Ada on a plan of 100.00 a month, from 16 November, paid."""
    flex = Plan.objects.create(venue=cast.venue, name="Flex", price=Money(10000), vat_rate=cast.vat22)
    found = Subscription.objects.create(plan=flex, person=cast.ada, paid_by_line=flex.pk)

    @act
    def begin():
        span = following("month", date(2026, 11, 16))
        order = plans.owed(found, flex, flex.price, plans.said(flex, span))
        plans.open_period(found, flex, span, order)
        return order

    return found, begin()


def collected(cast, monkeypatch):
    """Six workers ask for the same renewal; what the bank was asked for, by key."""
    asked = []

    class Bank:
        name = "stripe"

        def charge(self, key, amount, *rest, **more):
            asked.append(key)
            return Intent(f"pi_{key[-6:]}", "processing", None, "cus_1", "pm_1", "card")

    monkeypatch.setattr("billing.gateways.current", Bank)
    found, order = member(cast)
    found.method = SavedMethod.objects.create(
        person=cast.ada,
        state="usable",
        kind="card",
        customer_ref="cus_1",
        method_ref="pm_1",
        session_until=now(),
    )
    found.save()
    at_once([lambda: collecting.collect(order.pk)] * 6)
    return asked


def test_a_renewal_is_asked_for_under_one_key(cast, monkeypatch):
    assert len(set(collected(cast, monkeypatch))) == 1
    assert Payment.objects.get().state == "awaiting"


def test_without_the_order_s_row_there_are_several(cast, monkeypatch):
    monkeypatch.setattr(collecting, "lock_rows", lambda *args: [])
    assert len(set(collected(cast, monkeypatch))) > 1


def changed(cast):
    """Six hands change it at once to a plan of 40.00; what each was told."""
    found, order = member(cast)
    payments.settle(payments.new_payment(order, "cash").pk)
    poor = Plan.objects.create(venue=cast.venue, name="Poca", price=Money(4000), vat_rate=cast.vat22)
    by, pk = cast.ada, found.pk
    return at_once([lambda: changing_plans.change_now(by, pk, poor)] * 6)


def test_a_plan_is_changed_and_its_money_given_back_once(cast):
    answers = changed(cast)
    assert sum(isinstance(a, Subscription) for a in answers) == 1
    assert all(isinstance(a, Subscription | DomainError) for a in answers), answers
    assert Refund.objects.count() == 1
    assert Order.objects.count() == 1


def test_without_its_locks_more_than_one_goes_ahead_or_is_stopped_by_the_database(cast, monkeypatch):
    monkeypatch.setattr(changing_plans, "lock_rows", lambda *args: [])
    answers = changed(cast)
    assert not all(isinstance(a, Subscription | DomainError) for a in answers) or Refund.objects.count() > 1


def asked_for(cast):
    """Six workers ask for the same instalment; the orders that it made."""
    found, first = member(cast)
    part = Instalment.objects.create(
        period=found.periods.get(), number=2, due_on=date(2026, 12, 16), amount=Money(5000)
    )
    answers = at_once([lambda: instalments.ask(part.pk)] * 6)
    assert answers == [None] * 6, answers
    return Order.objects.exclude(pk=first.pk).count()


def test_an_instalment_is_owed_once(cast):
    assert asked_for(cast) == 1
    assert Order.objects.get(instalment__number=2).total == Money(5000)


def test_without_the_subscription_s_row_it_is_owed_again(cast, monkeypatch):
    monkeypatch.setattr(instalments, "lock_rows", lambda *args: [])
    assert asked_for(cast) > 1


def asked_and_waived(cast):
    """Workers ask for an instalment while the office waives it; what each was told, and how often it came to an end."""
    found, first = member(cast)
    part = Instalment.objects.create(
        period=found.periods.get(), number=2, due_on=date(2026, 12, 16), amount=Money(5000)
    )
    by, pk = cast.dario, found.pk
    asking = [lambda: instalments.ask(part.pk)] * 3
    answers = at_once([*asking, *[lambda: instalments.waive(by, pk, [part.pk], "Trasloca")] * 3])
    waived = sum(isinstance(answer, Subscription) for answer in answers)
    return answers, Order.objects.exclude(pk=first.pk).count() + waived


def test_an_instalment_is_either_asked_for_or_waived(cast):
    answers, ends = asked_and_waived(cast)
    assert all(a is None or isinstance(a, Subscription | DomainError) for a in answers), answers
    assert ends == 1


def test_without_the_subscription_s_row_both_happen_or_the_database_stops_it(cast, monkeypatch):
    monkeypatch.setattr(instalments, "lock_rows", lambda *args: [])
    answers, ends = asked_and_waived(cast)
    assert ends > 1 or not all(a is None or isinstance(a, Subscription | DomainError) for a in answers)


def waived_while_asked_for(cast, monkeypatch, patience, first=None):
    """The office has looked at an instalment that it waives, and a worker asks for it before the waiver is written: what each
    was told, and the instalment."""
    found, _ = member(cast)
    part = Instalment.objects.create(
        period=found.periods.get(), number=2, due_on=date(2026, 12, 16), amount=Money(5000)
    )
    by, pk = cast.dario, found.pk

    def waive():
        if first is not None:
            first()
        return instalments.waive(by, pk, [part.pk], "Trasloca")

    answers = in_turn(monkeypatch, instalments, "now", waive, lambda: instalments.ask(part.pk), patience)
    part.refresh_from_db()
    return answers, part


def test_who_waives_has_the_plan_from_the_look_to_the_waiver(cast, monkeypatch):
    (waived, asked), part = waived_while_asked_for(cast, monkeypatch, 1)
    assert isinstance(waived, Subscription), waived
    assert (asked, part.order) == (None, None)


def test_without_the_waiver_s_own_lock_it_is_asked_for_before_and_the_database_stops_the_waiver(
    cast, monkeypatch
):
    waiving = []

    def locked(*told):
        return [] if threading.current_thread() in waiving else lock_rows(*told)

    def unlocked():
        waiving.append(threading.current_thread())

    monkeypatch.setattr(instalments, "lock_rows", locked)
    (waived, asked), part = waived_while_asked_for(cast, monkeypatch, 30, unlocked)
    assert isinstance(waived, IntegrityError), waived
    assert (asked, part.waived_at) == (None, None)
    assert part.order is not None
