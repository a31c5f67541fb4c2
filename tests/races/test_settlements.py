"""Two who close a month at once, and a cost that arrives while it closes."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from billing.consortium import agreements, costs, settlement, split_rules
from billing.consortium.agreements import Draft
from billing.consortium.sharing import Rule
from billing.models import ClosedStatement, CostItem, Settlement, SplitRule
from core import audit, locks
from core.errors import DoesNotSquare, Invalid
from core.money import Money
from people.consortium import Terms
from people.models import Agreement
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def approved(cast, at):
    """November, shared and approved by both."""
    at("2026-12-01 09:00")
    _ = cast.dario, cast.elena
    made = settlement.begin(cast.dario, cast.consortium.pk, date(2026, 11, 1))
    settlement.share(cast.dario, made.pk, date(2026, 12, 10))
    for person, partner in ((cast.dario, cast.lead), (cast.elena, cast.member)):
        settlement.approve(person, made.pk, partner.pk)
    return made


def test_two_closes_at_once_close_once_and_both_say_so(cast, approved):
    found = at_once([lambda: settlement.close(cast.dario, approved.pk) for _ in range(4)])
    assert [one.state for one in found] == ["closed"] * 4
    assert ClosedStatement.objects.get().sha256 == found[0].sha256 == found[3].sha256


def test_without_the_lock_only_the_constraint_is_left(cast, approved, monkeypatch):
    late = threading.Barrier(2, timeout=5)
    worked_out = settlement._squared

    def together(one):
        found = worked_out(one)
        late.wait()
        return found

    monkeypatch.setattr(settlement, "lock_rows", lambda *_: None)
    monkeypatch.setattr(settlement, "_squared", together)
    found = at_once([lambda: settlement.close(cast.dario, approved.pk) for _ in range(2)])
    assert sum(isinstance(one, Settlement) for one in found) == 1
    assert ClosedStatement.objects.count() == 1


def cost_while_closing(cast, approved, monkeypatch, patience=1):
    """The cost is in just before the month's figures are looked at for the last time, and not yet committed."""
    cost = costs.NewCost("common", date(2026, 11, 20), Money(1000), cast.lead.pk)
    entered, closed = threading.Event(), threading.Event()
    write = costs._write

    def slowly(*args):
        made = write(*args)
        entered.set()
        closed.wait(timeout=patience)  # the closing is either done by then, or waits for us
        return made

    monkeypatch.setattr(costs, "_write", slowly)

    def close():
        entered.wait(timeout=5)
        try:
            return settlement.close(cast.dario, approved.pk)
        finally:
            closed.set()

    return at_once([lambda: costs.enter(cast.dario, cast.consortium.pk, cost), close])


def test_a_cost_under_way_is_counted_or_refused(cast, approved, monkeypatch):
    entered, closing = cost_while_closing(cast, approved, monkeypatch)
    assert isinstance(entered, CostItem)
    assert isinstance(closing, DoesNotSquare)
    late = costs.NewCost("common", date(2026, 11, 21), Money(1), cast.lead.pk)
    Settlement.objects.update(state="closed")
    with pytest.raises(Invalid):
        costs.enter(cast.dario, cast.consortium.pk, late)


def test_without_the_month_s_row_a_cost_slips_into_a_closed_month(cast, approved, monkeypatch):
    monkeypatch.setattr(costs, "lock_rows", lambda *_: None)
    entered, closing = cost_while_closing(cast, approved, monkeypatch, patience=20)
    assert isinstance(entered, CostItem)
    assert closing.state == "closed"


def rule_while_closing(cast, approved, monkeypatch, patience=1):
    """Rules of the month are written and not yet committed when it closes."""
    written, closed = threading.Event(), threading.Event()
    note = audit.record

    def slowly(*args, **data):
        note(*args, **data)
        written.set()
        closed.wait(timeout=patience)  # the closing is either done by then, or waits for us

    monkeypatch.setattr(split_rules, "record", slowly)

    def close():
        written.wait(timeout=5)
        try:
            return settlement.close(cast.dario, approved.pk)
        finally:
            closed.set()

    draft = Draft(date(2026, 11, 1), [Rule("fees", "shares")])
    return at_once([lambda: agreements.write(cast.dario, cast.consortium.pk, draft), close])


def rules_when_looked_at(monkeypatch):
    """How many rules there were whenever the month was worked out for good."""
    seen = []
    worked_out = settlement._squared

    def looking(one):
        seen.append(SplitRule.objects.count())
        return worked_out(one)

    monkeypatch.setattr(settlement, "_squared", looking)
    return seen


def test_a_rule_under_way_keeps_who_closes_waiting(cast, approved, monkeypatch):
    seen = rules_when_looked_at(monkeypatch)
    written, _ = rule_while_closing(cast, approved, monkeypatch)
    assert isinstance(written, SplitRule)
    assert seen == [1]


def test_without_the_month_s_row_it_closes_by_other_rules_than_it_has(cast, approved, monkeypatch):
    lock = locks.lock_rows
    monkeypatch.setattr(
        agreements, "lock_rows", lambda order, model, ids: model is Settlement or lock(order, model, ids)
    )
    seen = rules_when_looked_at(monkeypatch)
    written, closing = rule_while_closing(cast, approved, monkeypatch, patience=20)
    assert isinstance(written, SplitRule)
    assert (seen, closing.state) == ([0], "closed")


@pytest.fixture
def december(cast, at):
    """A version with its rule from 1 December; December is a draft that is about to be shared."""
    at("2026-11-30 09:00")
    _ = cast.dario, cast.elena
    shares = {cast.lead.pk: Decimal(50), cast.member.pk: Decimal(50)}
    draft = Draft(date(2026, 12, 1), [Rule("fees", "shares")], Terms(date(2026, 12, 1), shares))
    version = agreements.write(cast.dario, cast.consortium.pk, draft)
    at("2027-01-02 09:00")
    return version, settlement.begin(cast.dario, cast.consortium.pk, date(2026, 12, 1))


def withdrawing_while_shared(cast, december, monkeypatch, patience=1):
    """The month is shared while its version is being withdrawn: looked at, and not yet committed."""
    version, month = december
    looked, shared = threading.Event(), threading.Event()
    take_back = agreements._take_back_rules

    def slowly(*args):
        looked.set()
        shared.wait(timeout=patience)  # the sharing is either done by then, or waits for us
        return take_back(*args)

    monkeypatch.setattr(agreements, "_take_back_rules", slowly)
    # The twin has no look at the rules themselves to save it: what is judged is the version.
    monkeypatch.setattr(agreements, "why_rules_stay", lambda rows: {row.pk: [] for row in rows})

    def share():
        looked.wait(timeout=5)
        try:
            return settlement.share(cast.dario, month.pk, date(2027, 1, 20))
        finally:
            shared.set()

    return at_once([lambda: agreements.withdraw(cast.dario, version.pk), share])


def version_told(month):
    told = Settlement.objects.get(pk=month.pk)
    return told.state, Agreement.objects.count(), str(told.content).count("'50")


def test_a_month_is_shared_by_what_there_is_after_a_withdrawal(cast, december, monkeypatch):
    withdrawn, shared = withdrawing_while_shared(cast, december, monkeypatch)
    assert (withdrawn, shared.state) == (None, "shared")
    assert version_told(december[1]) == ("shared", 1, 0)


def unlocked(monkeypatch):
    lock = locks.lock_rows
    monkeypatch.setattr(
        agreements, "lock_rows", lambda order, model, ids: model is Settlement or lock(order, model, ids)
    )


def test_without_the_month_s_row_the_database_has_to_judge(cast, december, monkeypatch):
    unlocked(monkeypatch)
    withdrawn, shared = withdrawing_while_shared(cast, december, monkeypatch, patience=20)
    assert isinstance(withdrawn, IntegrityError)
    assert shared.state == "shared"
    state, versions, told = version_told(december[1])
    assert (state, versions) == ("shared", 2)
    assert told > 0


def test_without_both_a_month_is_shared_by_a_version_that_is_gone(cast, december, monkeypatch, as_owner):
    unlocked(monkeypatch)
    guards = {
        "people_agreement": "billing_version_never_told",
        "billing_splitrule": "billing_rule_never_told",
    }
    try:
        for table, guard in guards.items():
            as_owner(f"ALTER TABLE {table} DISABLE TRIGGER {guard}", [])
        withdrawn, shared = withdrawing_while_shared(cast, december, monkeypatch, patience=20)
    finally:
        for table, guard in guards.items():
            as_owner(f"ALTER TABLE {table} ENABLE TRIGGER {guard}", [])
    assert (withdrawn, shared.state) == (None, "shared")
    state, versions, told = version_told(december[1])
    assert (state, versions) == ("shared", 1)
    assert told > 0
