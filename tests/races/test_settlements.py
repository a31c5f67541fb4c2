"""Two who close a month at once, and a cost that arrives while it closes."""

import threading
from datetime import date

import pytest

from billing import costs, settlement, split_rules
from billing.models import ClosedStatement, CostItem, Settlement, SplitRule
from billing.sharing import Rule
from core import audit, locks
from core.errors import DoesNotSquare, Invalid
from core.money import Money
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


def cost_while_closing(cast, approved, monkeypatch):
    """The cost is in just before the month's figures are looked at for the last time, and not yet committed."""
    cost = costs.NewCost("common", date(2026, 11, 20), Money(1000), cast.lead.pk)
    entered, closed = threading.Event(), threading.Event()
    write = costs._write

    def slowly(*args):
        made = write(*args)
        entered.set()
        closed.wait(timeout=1)  # the closing is either done by then, or waits for us
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
    entered, closing = cost_while_closing(cast, approved, monkeypatch)
    assert isinstance(entered, CostItem)
    assert closing.state == "closed"


def rule_while_closing(cast, approved, monkeypatch):
    """Rules of the month are written and not yet committed when it closes."""
    written, closed = threading.Event(), threading.Event()
    note = audit.record

    def slowly(*args, **data):
        note(*args, **data)
        written.set()
        closed.wait(timeout=1)  # the closing is either done by then, or waits for us

    monkeypatch.setattr(split_rules, "record", slowly)

    def close():
        written.wait(timeout=5)
        try:
            return settlement.close(cast.dario, approved.pk)
        finally:
            closed.set()

    rules, day = [Rule("fees", "shares")], date(2026, 11, 1)
    return at_once([lambda: split_rules.rule(cast.dario, cast.consortium.pk, day, rules), close])


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
        split_rules, "lock_rows", lambda order, model, ids: model is Settlement or lock(order, model, ids)
    )
    seen = rules_when_looked_at(monkeypatch)
    written, closing = rule_while_closing(cast, approved, monkeypatch)
    assert isinstance(written, SplitRule)
    assert (seen, closing.state) == ([0], "closed")
