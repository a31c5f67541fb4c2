"""Acts of people, staff, the bank and the clock that a story is made of, each on something that the world has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from billing.changes import acts, changing, giving_back
from billing.models import GivenBack, Order, Payment
from billing.paying import payments
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from booking.approving import proposals
from booking.changing.moves import Where, pending_of
from booking.judging.clauses import Given
from booking.models import Booking, Series, Waiting, WaitingItem
from booking.queueing import waiting
from booking.repeating import editing, series
from booking.repeating.edits import plan_edit
from core.clock import now
from core.periods import Period, local_date
from people.models import Person
from spaces.models import Resource
from tests.cast import ROME
from tests.properties.worlds import SLOT, World


def one_of(rows: Sequence[Any], which: int) -> Any:
    return rows[which % len(rows)] if rows else None


# -- money -----------------------------------------------------------------------------------------------


def pay(cast: Any, booking: Booking, method: str) -> None:
    """The booking, or the change of it that waits for money: at the desk, on account, or by a page of the bank's."""
    change = pending_of(booking)
    if change is None:
        checkout(cast.ivo, quote(booking.person, [booking], None).pk, method)
    elif change.waits_for == change.WaitsFor.PAYMENT:
        payer, organisation = changing.payer_of(booking, change)
        lines = changing.lines_of(booking, change)
        offered = quote(payer, [booking], organisation, change=change, lines=lines)
        checkout(cast.ivo, offered.pk, method)


def money_comes(which: int) -> None:
    """Of a page that was opened some time, or of a bill: whatever has become of it, it is sold or goes back."""
    pages = Payment.objects.filter(method="card", captured_at=None).order_by("pk")
    bills = Order.objects.filter(state=Order.State.OWED).order_by("pk")
    found = one_of([*pages, *bills], which)
    if isinstance(found, Order):
        found = payments.new_payment(found, "transfer")
    if found is not None:
        payments.settle(found.pk, "ref")


def square_up() -> None:
    """What is done after an act has answered: cancelled bookings squared, time given back and over credited."""
    for pk in Booking.objects.filter(state=Booking.State.CANCELLED).values_list("pk", flat=True):
        acts.square_cancelled(pk)
    for pk in GivenBack.objects.filter(closed_at=None).values_list("pk", flat=True):
        giving_back.close(pk)


# -- requests --------------------------------------------------------------------------------------------


def ask(cast: Any, booking: Booking) -> None:
    """A held booking is one of those on which staff decide, and is asked for."""
    if booking.state == Booking.State.HELD:
        Booking.objects.filter(pk=booking.pk).update(needs_approval=True)
        checkout(cast.ivo, quote(booking.person, [booking], None).pk, "account")


def decide(cast: Any, name: str, booking: Booking, where: Where) -> None:
    if name == "approve":
        acts.approve(cast.ivo, booking.pk)
    elif name == "refuse":
        acts.refuse(cast.ivo, booking.pk, "prova")
    else:
        proposals.propose(cast.ivo, booking.pk, where, "prova")


# -- series ----------------------------------------------------------------------------------------------


def asked(world: World, resource: Resource, begin: int, steps: int) -> dict[str, Any]:
    """The same hours on four days that follow each other, as the rules would have them if they have no presets."""
    step, least = (timedelta(minutes=world.rules[word]) for word in ("step", "least"))
    opens = datetime.combine(world.day, time(world.opens))
    room = max(1, (world.closes - world.opens) * 60 // world.rules["step"])
    start = opens + (begin % room) * step
    end = min(start + least + (steps % 2) * step, datetime.combine(world.day, time(23, 45)))
    days = [(world.day + timedelta(days=n)).isoformat() for n in range(4)]
    rule = {"repeat": "dates", "every": 1, "weekdays": [], "position": None, "dates": days, "skip": []}
    rule |= {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "first_on": days[0], "last_on": days[-1]}
    items = [{"resource": str(resource.pk), "quantity": 1}]
    return {"items": items, "rule": rule, "people": None, "title": "", "accepted_terms": [], "answers": {}}


def of_series(world: World, cast: Any, name: str, person: Person, which: int, begin: int, steps: int) -> None:
    if name == "series":
        resource = one_of(world.resources, which)
        made = series.plan(person, None, asked(world, resource, begin, steps))
        series.show(made, series.chosen_of(series.dates_of(made)))
        series.book(person, made)
        return
    found = one_of(list(Series.objects.order_by("pk")), which)
    if found is None:
        return
    if name in ("ask_series", "approve_series", "refuse_series"):
        decide_on_series(cast, name, found, begin)
        return
    if name == "end_series":
        editing.end(found.person, found, local_date(now(), ROME) + timedelta(days=begin % 3))
        return
    resource = Resource.objects.get(pk=found.asked["items"][0]["resource"])
    changed = asked(world, resource, begin, steps)
    edit = editing.plan_to_edit(found.person, found, "all", None, changed)
    series.show(edit, plan_edit(edit).said())
    editing.edit(found.person, edit)


def decide_on_series(cast: Any, name: str, found: Series, left_out: int) -> None:
    """Its held dates are asked for in one order; those that wait are decided on, sometimes all but the first."""
    if name == "ask_series":
        held = list(found.bookings.filter(state=Booking.State.HELD).order_by("pk"))
        found.bookings.filter(pk__in=[booking.pk for booking in held]).update(needs_approval=True)
        if held:
            checkout(cast.ivo, quote(held[0].person, held, None).pk, "account")
        return
    asked_for = found.bookings.filter(state=Booking.State.REQUESTED).order_by("period")
    ids = list(asked_for.values_list("pk", flat=True))[left_out % 2 :]
    if ids and name == "approve_series":
        yes = ids[: -(left_out % 3) or None]  # sometimes the last one or two are refused with them
        acts.decide_dates(cast.ivo, found, yes, ids[len(yes) :], "prova")
    elif ids:
        acts.decide_dates(cast.ivo, found, [], ids, "prova")


# -- the waiting list --------------------------------------------------------------------------------------


def wait_for(cast: Any, person: Person, resource: Resource, period: Period) -> None:
    waiting.join(person, waiting.Wish(cast.venue, [WaitingItem(resource=resource)], period, period.minutes))


def wait_for_kind(cast: Any, world: World, person: Person, kind: str, period: Period, which: int) -> None:
    """Any one of a kind, or two of it at once; in these hours, or whenever it is to be had for as long."""
    things = [WaitingItem(kind=kind) for _ in range(1 + which % 2)]
    window = world.window if which % 3 else period
    waiting.join(person, waiting.Wish(cast.venue, things, window, period.minutes))


def answer_offer(name: str, which: int) -> None:
    offered = one_of(list(Waiting.objects.filter(state=Waiting.State.OFFERED).order_by("pk")), which)
    if offered is None:
        return
    if name == "take_offer":
        waiting.accept(offered.person, offered.pk, Given())
    elif name == "take_part":
        whole = offered.booking.period
        half = whole.start + SLOT * max(1, whole.elapsed // SLOT // 2)
        waiting.accept(offered.person, offered.pk, Given(), Period(whole.start, half) if which % 2 else whole)
    else:
        waiting.decline(offered.person, offered.pk)
