"""Fifty draw at once on the last hour: one has it; and what happens without the lock and the constraint."""

import threading
from datetime import date
from unittest import mock

import pytest

from billing.budgets import allowances, draws, passes, programmes
from billing.models import Budget, Draw, Order, PassKind, Programme, Quote
from billing.paying.checkout import checkout
from billing.paying.orders import new_order
from billing.quoting.quotes import priced, quote
from booking.claims import Ask
from booking.holding.holds import Wish, hold
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.money import Money
from tests.cast import period, rome
from tests.races.conftest import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MANY = 50
GUARD = 'CHECK ("left" >= 0)'


def quoted(cast, crowd):
    """Fifty bookings by fifty people for one body, each of which its pass with one hour left would pay."""
    kind = PassKind.objects.create(
        venue=cast.venue, name="Un'ora", unit="minutes", amount=60, price=Money(0), vat_rate=cast.vat22
    )
    passes.grant(cast.gina, kind, cast.ada, "Prova")
    choir = cast.association
    Budget.objects.update(organisation=choir)
    found = []
    for n, person in enumerate(crowd[:MANY]):
        day, hour = divmod(n, 12)
        slot = period(f"2026-12-{1 + day:02} {9 + hour:02}:00")
        wish = Wish(person, [Ask(cast.laser, slot)], organisation=choir, made_by=person)
        made = quote(person, [hold(wish)], choir)
        assert made.total == Money(0)
        found.append((person, made.pk))
    return found


def quoted_by_a_programme(cast, crowd):
    """Fifty bookings of fifty beneficiaries, each of which the programme's last hour would pay."""
    programme = programmes.start(
        cast.dario,
        Programme(
            venue=cast.venue,
            sponsor=cast.association,
            name="Giovani",
            from_on=date(2026, 12, 1),
            until_on=date(2027, 1, 1),
        ),
        [programmes.Grant("", "minutes", 60)],
    )
    programmes.invite(cast.dario, programme, [person.email for person in crowd])
    found = []
    for n, person in enumerate(crowd[:MANY]):
        day, hour = divmod(n, 12)
        wish = Wish(
            person, [Ask(cast.laser, period(f"2026-12-{1 + day:02} {9 + hour:02}:00"))], made_by=person
        )
        found.append((person, quote(person, [hold(wish)], None).pk))
    return found


def quoted_by_an_allowance(cast, crowd, beyond="tariff"):
    """Fifty bookings for the member partner, each of which its month's last hour would pay."""
    assert cast.lead.pk != cast.member.pk
    terms = allowances.Terms(cast.venue.pk, date(2026, 12, 1), 60, beyond)
    allowances.agree(cast.dario, cast.member.pk, terms)
    body, found = cast.member.organisation, []
    for n, person in enumerate(crowd[:MANY]):
        day, hour = divmod(n, 12)
        slot = period(f"2026-12-{1 + day:02} {9 + hour:02}:00")
        wish = Wish(person, [Ask(cast.laser, slot)], organisation=body, made_by=person)
        found.append((person, quote(person, [hold(wish)], body).pk))
    return found


def promising(person, pk):
    return lambda: checkout(person, pk, "none").order.state


@pytest.mark.parametrize("by", [quoted, quoted_by_a_programme, quoted_by_an_allowance])
def test_of_fifty_who_draw_the_last_hour_one_has_it(cast, crowd, by):
    results = at_once([promising(person, pk) for person, pk in by(cast, crowd)])
    codes = [getattr(result, "code", result) for result in results]
    assert sorted(set(codes)) == ["budget-spent", "paid"]
    assert codes.count("paid") == 1
    first = rome("2026-12-01T00:00")
    budget = Budget.objects.get(from_at__lte=first, until_at__gt=first)
    assert (budget.left, Order.objects.count()) == (0, 1)
    assert sum(Draw.objects.filter(booking__isnull=False).values_list("units", flat=True)) == 60


def test_of_fifty_who_may_have_no_more_than_the_last_hour_one_has_it(cast, crowd):
    """As above, where the agreement refuses what is beyond: the others are told so, not asked for money."""
    waiting = quoted_by_an_allowance(cast, crowd, "refused")
    results = at_once([promising(person, pk) for person, pk in waiting])
    codes = [getattr(result, "code", result) for result in results]
    assert (sorted(set(codes)), codes.count("paid")) == (["allowance-spent", "paid"], 1)


def again(cast, waiting):
    """Who was told that it is spent asks for the price anew; those for whom hours are left promise again, at once."""
    fresh = []
    for person, pk in waiting:
        if Order.objects.filter(person=person).exists():
            continue
        offered = Quote.objects.get(pk=pk)
        bookings = list(offered.bookings.select_related("venue", "person", "organisation"))
        made = quote(person, bookings, offered.organisation)
        if not made.total:
            fresh.append((person, made.pk))
    return at_once([promising(person, pk) for person, pk in fresh]) if fresh else []


def test_of_fifty_each_last_hour_of_two_allowances_has_one_taker(cast, crowd):
    """The first in turn is drawn first; who comes too late for it is one of those who then race for the second."""
    assert cast.lead.pk != cast.member.pk
    for name, turn in (("Generale", 2), ("Laser", 1)):
        terms = allowances.Terms(cast.venue.pk, date(2026, 12, 1), 60, name=name, turn=turn)
        allowances.agree(cast.dario, cast.member.pk, terms)
    body, waiting = cast.member.organisation, []
    for n, person in enumerate(crowd[:MANY]):
        day, hour = divmod(n, 12)
        slot = period(f"2026-12-{1 + day:02} {9 + hour:02}:00")
        asked = Wish(person, [Ask(cast.laser, slot)], organisation=body, made_by=person)
        waiting.append((person, quote(person, [hold(asked)], body).pk))
    took: list[tuple[int, set[str]]] = []
    for name in ("Laser", "Generale"):
        results = at_once([promising(*one) for one in waiting]) if not took else again(cast, waiting)
        codes = [getattr(result, "code", result) for result in results]
        took.append((codes.count("paid"), set(codes)))
        (draw,) = Draw.objects.filter(budget__part=name, booking__isnull=False)
        assert draw.units == 60
    # Too late: it was gone when the price was looked at again, or when it was drawn.
    assert [n for n, _ in took] == [1, 1]
    assert all(codes - {"paid"} <= {"price-changed", "budget-spent"} for _, codes in took)
    december = Budget.objects.filter(
        from_at__lte=rome("2026-12-01T00:00"), until_at__gt=rome("2026-12-02T00:00")
    )
    assert sorted(december.values_list("part", "left")) == [("Generale", 0), ("Laser", 0)]
    assert again(cast, waiting) == []


def carrying(cast, at):
    """December is over with its hour unused, of which January may have half."""
    assert cast.lead.pk != cast.member.pk
    terms = allowances.Terms(cast.venue.pk, date(2026, 12, 1), 60, carried=30)
    allowances.agree(cast.dario, cast.member.pk, terms)
    at("2027-01-01 09:00")
    return [lambda: allowances.keep(cast.member.pk, cast.venue.pk)] * 4


def carried():
    return -sum(Draw.objects.filter(why="carried", units__lt=0).values_list("units", flat=True))


def test_what_a_month_left_is_carried_once_whoever_sweeps(cast, at):
    at_once(carrying(cast, at))
    assert carried() == 30


def test_without_the_lock_it_is_carried_more_than_once(cast, at):
    acts = carrying(cast, at)
    # No month is new: two would meet in the constraint that there is one of each, and go no further.
    with (
        mock.patch("billing.budgets.allowances.lock_rows", return_value=[]),
        mock.patch("billing.budgets.allowances.AHEAD", 2),
    ):
        gate, enter = threading.Barrier(len(acts)), draws.enter

        def late(moves):
            gate.wait(20)
            enter(moves)

        with mock.patch("billing.budgets.allowances.enter", late):
            at_once(acts)
    assert carried() > 30


def unlocked(order, model, ids):
    """As if nobody queued for a budget."""
    return [] if order == Locks.PASSES else lock_rows(order, model, ids)


def drawing(pk):
    """The act alone: every one of them has looked before any has drawn."""
    order = Order.objects.get(pk=pk)

    @act
    def draw():
        draws.take(order)
        return "paid"

    return draw


def orders_for(cast, crowd):
    found = []
    for person, pk in quoted(cast, crowd[:8]):
        offered = Quote.objects.get(pk=pk)
        bookings = list(offered.bookings.select_related("venue", "person", "organisation"))
        lines = priced(bookings, person, offered.organisation)
        found.append(new_order(person, offered.organisation, bookings, lines).pk)
    return found


def looking_together(many):
    """Everybody reads what is left before anybody writes."""
    gate = threading.Barrier(many)
    enter = draws.enter

    def late(moves):
        gate.wait(20)
        enter(moves)

    return mock.patch("billing.budgets.draws.enter", late)


def test_without_lock_and_constraint_it_is_overdrawn(cast, crowd, without):
    without("billing_budget", "billing_budget_never_overdrawn")
    waiting = orders_for(cast, crowd)
    with mock.patch("billing.budgets.draws.lock_rows", unlocked), looking_together(len(waiting)):
        at_once([drawing(pk) for pk in waiting])
    assert Budget.objects.get().left < 0


def test_without_the_lock_the_constraint_still_stands(cast, crowd):
    waiting = orders_for(cast, crowd)
    with mock.patch("billing.budgets.draws.lock_rows", unlocked), looking_together(len(waiting)):
        results = at_once([drawing(pk) for pk in waiting])
    codes = [getattr(result, "code", result) for result in results]
    assert (codes.count("paid"), codes.count("budget-spent")) == (1, len(waiting) - 1)
    assert Budget.objects.get().left == 0


def orders_of_one(cast):
    """Three bookings of one beneficiary, who may have an hour a month, each an hour that the programme would pay: as many as
    one may hold at once."""
    programme = programmes.start(
        cast.dario,
        Programme(
            venue=cast.venue,
            sponsor=cast.association,
            name="Giovani",
            from_on=date(2026, 12, 1),
            until_on=date(2027, 1, 1),
        ),
        [programmes.Grant("", "minutes", 6000, cap=60)],
    )
    programmes.invite(cast.dario, programme, [cast.ada.email])
    found = []
    for day in range(1, 4):
        slot = period(f"2026-12-{day:02} 10:00")
        booking = hold(Wish(cast.ada, [Ask(cast.laser, slot)], made_by=cast.ada))
        lines = priced([booking], cast.ada, None)
        assert [part.units for line in lines for part in line.draws] == [60]
        found.append(new_order(cast.ada, None, [booking], lines).pk)
    return found


def had_by_one(results):
    """How many were told that it is paid, and the minutes that the programme paid."""
    codes = [getattr(result, "code", result) for result in results]
    assert set(codes) <= {"paid", "budget-spent"}
    drawn = Draw.objects.filter(booking__isnull=False).values_list("units", flat=True)
    return codes.count("paid"), sum(drawn)


def test_of_three_promised_at_once_to_one_beneficiary_the_cap_lets_one_through(cast):
    waiting = orders_of_one(cast)
    assert had_by_one(at_once([drawing(pk) for pk in waiting])) == (1, 60)


def test_without_looking_at_the_cap_under_the_lock_it_is_passed(cast):
    waiting = orders_of_one(cast)
    with mock.patch("billing.budgets.draws._heed_caps", return_value=None):
        assert had_by_one(at_once([drawing(pk) for pk in waiting])) == (3, 180)


def test_without_the_lock_who_draws_still_queues_at_the_budget_s_row_and_looks_after_it(cast):
    waiting = orders_of_one(cast)
    with mock.patch("billing.budgets.draws.lock_rows", unlocked), looking_together(len(waiting)):
        assert had_by_one(at_once([drawing(pk) for pk in waiting])) == (1, 60)
