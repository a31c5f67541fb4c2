"""Budgets pay for bookings: what they would pay, what they have paid, and every move of them.

A price is covered before anybody promises it (`covered`), drawn when it is promised (`take`, `change`), and given back
when the booking ends (`square`), by the terms of the day it was promised. The constraint has the last word: a budget
is never less than empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum

from billing.models import Beneficiary, Budget, Draw, Order
from billing.prices.cancellation import percent_now
from billing.prices.drawing import AtMost, Need, Part, Source, cover, cover_anew
from booking.holding.locking import lock_bookings
from booking.models import Booking
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import BudgetSpent
from core.locks import Order as Locks
from core.locks import lock_rows, patient_act
from core.money import ZERO, Money
from core.periods import Period, local_date
from people.models import Organisation, Person

B = Budget.Kind
TURN = {
    B.ALLOWANCE: 0,
    B.PLAN: 1,
    B.PROGRAMME: 2,
    B.PASS: 3,
}  # what lapses first is spent first; docs/adr/0035
KEPT_ALIVE = timedelta(days=30)  # what the house gives back can still be used for so long
S = Booking.State


class Key(NamedTuple):
    """Which budget paid for which thing booked."""

    budget: UUID
    item: UUID


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a budget pays of a thing booked, how much of its time that covers, and what that much of it costs."""

    booking: UUID
    units: int
    worth: Money
    minutes: int = 0
    listed: Money = ZERO

    @property
    def is_something(self) -> bool:
        return bool(self.units or self.worth or self.minutes or self.listed)

    def less(self, other: Drawn) -> Drawn:
        """What it is more than the other."""
        return Drawn(
            self.booking,
            self.units - other.units,
            self.worth - other.worth,
            self.minutes - other.minutes,
            self.listed - other.listed,
        )


Stand = dict[Key, Drawn]


def standing(bookings: Iterable[Booking | UUID]) -> Stand:
    """What budgets have paid of these bookings and not had back; one statement."""
    rows = (
        Draw.objects.filter(booking__in=list(bookings), item__isnull=False)
        .values("budget_id", "item_id", "booking_id")
        .annotate(left=Sum("units"), paid=Sum("worth"), lasts=Sum("minutes"), of=Sum("listed"))
        .order_by("budget_id", "item_id")
    )
    found = {
        Key(row["budget_id"], row["item_id"]): Drawn(
            row["booking_id"], row["left"], row["paid"] or ZERO, row["lasts"], row["of"] or ZERO
        )
        for row in rows
    }
    return {key: drawn for key, drawn in found.items() if drawn.is_something}


# -- before it is promised -------------------------------------------------------------------------------------


def need_of(item: UUID, ask: Any, gross: Money) -> Need:
    """How much of it a booked thing is: minutes, local days and entries, each times how many of it."""
    zone = ask.resource.venue.zone
    first = local_date(ask.period.start, zone)
    last = local_date(ask.period.end - timedelta(microseconds=1), zone)
    units = {
        "minutes": ask.period.minutes * ask.quantity,
        "days": ((last - first).days + 1) * ask.quantity,
        "entries": ask.quantity,
    }
    resource = ask.resource
    return Need(
        item,
        resource.pk,
        resource.kind,
        resource.venue_id,
        ask.period.start,
        units,
        gross,
        month_of(ask.period, zone),
        first.isoweekday(),
    )


def month_of(period: Period, zone: ZoneInfo) -> str:
    """The local month in which something booked begins, by which caps are counted."""
    return f"{local_date(period.start, zone):%Y-%m}"


def covered(
    asks: Mapping[UUID, Any],
    grosses: Mapping[UUID, Money],
    person: Person,
    organisation: Organisation | None,
    bookings: Sequence[Booking],
    at_most: AtMost | None = None,
    back: Mapping[UUID, int] | None = None,
) -> dict[UUID, list[Part]]:
    """What budgets of whoever pays would pay of each item (so many units `at_most`, if said); what they already pay of
    these bookings counts as left; or, where it is said which percent of what each gives up comes `back`, it keeps what it
    needs of its own first."""
    needs = [need_of(item, asks[item], gross) for item, gross in grosses.items() if gross]
    if not needs:
        return {}
    sources = sources_for(person, organisation, {need.venue for need in needs}, bookings)
    if not sources or back is None:
        return cover(needs, sources, at_most) if sources else {}
    has = standing(bookings)
    units = {(budget, item): drawn.units for (budget, item), drawn in has.items()}
    return cover_anew(needs, sources, units, {key.item: back[drawn.booking] for key, drawn in has.items()})


def sources_for(
    person: Person, organisation: Organisation | None, venues: set[UUID], bookings: Sequence[Booking]
) -> list[Source]:
    """The budgets that may pay, in their turn: allowances in the order agreed, what a plan includes, programmes, passes; of
    each the one that expires first."""
    has: dict[UUID, int] = defaultdict(int)
    for key, drawn in standing(bookings).items():
        has[key.budget] += drawn.units
    rows = Budget.objects.filter(
        owned_by(person, organisation), Q(left__gt=0) | Q(pk__in=list(has)), venue__in=venues
    ).select_related("venue")
    found = [b for b in rows if b.until_at > now() or has[b.pk]]
    used = used_by_month([b for b in found if b.cap is not None], person, leaving=bookings)
    return [
        Source(b.pk, b.kind, b.name, b.unit, b.left + has[b.pk], _fits(b), b.percent, b.cap, used[b.pk])
        for b in sorted(found, key=lambda b: (TURN[B(b.kind)], b.turn, b.until_at, b.pk))
    ]


def owned_by(person: Person, organisation: Organisation | None) -> Q:
    """Whose budgets these are: the payer's own, and those of programmes in which the person takes part."""
    own = Q(organisation=organisation) if organisation is not None else Q(person=person, organisation=None)
    places = places_of(person).filter(state=Beneficiary.State.APPROVED)
    return (own & Q(programme=None)) | Q(programme__in=places.values("programme"))


def places_of(person: Person) -> QuerySet[Beneficiary]:
    """The person's own places in programmes, by account or by the address they were listed with."""
    return Beneficiary.objects.filter(Q(person=person) | Q(person=None, email=person.email))


def used_by_month(
    budgets: Sequence[Budget], person: Person, leaving: Sequence[Booking] = ()
) -> dict[UUID, dict[str, int]]:
    """What the person has of each of these budgets (with venue), by the local month of the booking; one statement."""
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if not budgets:
        return found
    zones = {budget.pk: budget.venue.zone for budget in budgets}
    rows = Draw.objects.filter(budget__in=zones, person=person, item__isnull=False).exclude(
        booking__in=[booking.pk for booking in leaving]
    )
    for budget, period, units in rows.values_list("budget_id", "item__period", "units"):
        if period is not None:
            found[budget][month_of(period, zones[budget])] += units
    return found


def _fits(budget: Budget) -> Any:
    def fits(need: Need) -> bool:
        return (
            need.venue == budget.venue_id
            and budget.from_at <= need.starts < budget.until_at
            and (not budget.weekdays or need.weekday in budget.weekdays)
            and (not budget.kinds or need.kind in budget.kinds)
            and (not budget.resources or need.resource in budget.resources)
        )

    return fits


# -- when it is promised ---------------------------------------------------------------------------------------


def as_rows(booking: UUID, item: UUID, parts: Iterable[Part]) -> list[dict[str, Any]]:
    """What an order keeps of them, as JSON."""
    return [
        {
            "budget": str(p.budget),
            "booking": str(booking),
            "item": str(item),
            "units": p.units,
            "worth": p.worth.cents,
            "minutes": p.minutes,
            "listed": p.listed.cents,
        }
        for p in parts
    ]


def planned(rows: Iterable[Mapping[str, Any]]) -> Stand:
    """The draws that an order or a quote keeps, as budgets are asked for them."""
    return {
        Key(UUID(row["budget"]), UUID(row["item"])): Drawn(
            UUID(row["booking"]), row["units"], Money(row["worth"]), row["minutes"], Money(row["listed"])
        )
        for row in rows
    }


def missing(order: Order) -> bool:
    """Whether some budget has no longer what the order needs of it; a courtesy, nothing is locked."""
    wanted = planned(order.draws)
    short = _more(standing({drawn.booking for drawn in wanted.values()}), wanted)
    left = dict(Budget.objects.filter(pk__in=short).values_list("pk", "left"))
    return any(units > left.get(budget, 0) for budget, units in short.items())


def take(order: Order, *, anew: bool = False) -> None:
    """Inside an act: what the order says budgets pay is drawn; once, however often it is asked. Nothing else is, where
    its bookings are promised `anew`. Raises BudgetSpent."""
    wanted = planned(order.draws)
    if not wanted and order.change_id is None and not anew:
        return
    bookings = {drawn.booking for drawn in wanted.values()} | set(
        order.lines.filter(booking__isnull=False).values_list("booking_id", flat=True)
    )
    rows = list(Booking.objects.filter(pk__in=bookings))
    lock_rows(
        Locks.PASSES, Budget, [*(key.budget for key in wanted), *(key.budget for key in standing(rows))]
    )
    has = standing(rows)
    if (
        order.change_id is None and not anew
    ):  # only what is missing: what was changed since by other orders stays
        has = {key: drawn for key, drawn in has.items() if key in wanted}
    _write(has, wanted, order.person_id, "booked")


def change(booking: Booking, rows: Iterable[Mapping[str, Any]], percent: int = 100) -> None:
    """Inside an act: budgets pay of the booking what these say; of what is less, `percent` comes back to them. Raises
    BudgetSpent."""
    change_all([(booking, rows, percent)])


def change_all(changes: Sequence[tuple[Booking, Iterable[Mapping[str, Any]], int]]) -> None:
    """The same of several bookings at once: what one of them gives back another may have."""
    bookings = [booking for booking, _, _ in changes]
    wanted = {key: drawn for _, rows, _ in changes for key, drawn in planned(rows).items()}
    lock_rows(Locks.PASSES, Budget, {key.budget for key in (*wanted, *standing(bookings))})
    has = standing(bookings)
    percents = {booking.pk: percent for booking, _, percent in changes}
    for key, drawn in has.items():
        new, percent = wanted.get(key, Drawn(drawn.booking, 0, ZERO)), percents[drawn.booking]
        if percent < 100 and new.units < drawn.units:
            wanted[key] = _kept(drawn, new, percent)
    for person in {booking.person_id for booking in bookings}:
        theirs = {booking.pk for booking in bookings if booking.person_id == person}
        _write(_of(has, theirs), _of(wanted, theirs), person, "changed")


def _of(stand: Stand, bookings: set[UUID]) -> Stand:
    return {key: drawn for key, drawn in stand.items() if drawn.booking in bookings}


def _kept(drawn: Drawn, new: Drawn, percent: int) -> Drawn:
    """What stays drawn: all that is needed still, and of the rest the part that the terms do not give back."""
    back = (drawn.units - new.units) * percent // 100
    minutes = max(drawn.minutes - new.minutes, 0) * percent // 100
    part = Fraction(percent, 100)
    worth, listed = (
        (had - needed).times(part) if had > needed else ZERO
        for had, needed in ((drawn.worth, new.worth), (drawn.listed, new.listed))
    )
    return drawn.less(Drawn(drawn.booking, back, worth, minutes, listed))


def _more(has: Stand, wanted: Stand) -> dict[UUID, int]:
    """By budget, how many units more are needed."""
    more: dict[UUID, int] = defaultdict(int)
    for key in {*has, *wanted}:
        before, after = has.get(key), wanted.get(key)
        more[key.budget] += (after.units if after else 0) - (before.units if before else 0)
    return {budget: units for budget, units in more.items() if units > 0}


def _write(has: Stand, wanted: Stand, person: UUID | None, why: str, by: Person | None = None) -> None:
    """The budgets are locked: their rows and what is left of them say `wanted`."""
    left = dict(Budget.objects.filter(pk__in=_more(has, wanted)).values_list("pk", "left"))
    if any(units > left.get(budget, 0) for budget, units in _more(has, wanted).items()):
        raise BudgetSpent
    moves = []
    for key in sorted({*has, *wanted}):
        before, after = has.get(key), wanted.get(key)
        nothing = Drawn((after or before or Drawn(key.item, 0, ZERO)).booking, 0, ZERO)
        more = (after or nothing).less(before or nothing)
        if more.is_something:
            moves.append(
                Draw(
                    budget_id=key.budget,
                    booking_id=nothing.booking,
                    item_id=key.item,
                    person_id=person,
                    units=more.units,
                    worth=more.worth,
                    minutes=more.minutes,
                    listed=more.listed,
                    why=why,
                    by=by,
                )
            )
    enter(moves)
    if person is not None:
        _heed_caps({move.budget_id for move in moves if move.units > 0}, person)


def _heed_caps(budgets: Iterable[UUID], person: UUID) -> None:
    """Under the locks of these budgets, after the draw: nobody has more of one in a month than its cap."""
    capped = list(Budget.objects.filter(pk__in=list(budgets), cap__isnull=False).select_related("venue"))
    used = used_by_month(capped, Person.objects.get(pk=person)) if capped else {}
    for budget in capped:
        if budget.cap is not None and any(units > budget.cap for units in used[budget.pk].values()):
            raise BudgetSpent


def enter(moves: Sequence[Draw]) -> None:
    """Under the lock of their budgets: the moves are written, and what is left follows."""
    Draw.objects.bulk_create(moves)
    sums: dict[UUID, int] = defaultdict(int)
    for move in moves:
        sums[move.budget_id] += move.units
    for budget in sorted(sums):
        Budget.objects.filter(pk=budget).update(left=F("left") - sums[budget])


# -- when the booking is over ----------------------------------------------------------------------------------


def after_end(bookings: Sequence[Booking], before: str | None) -> None:
    """Inside the act that ended them: what budgets paid will come back, whole if they never stood."""
    over = [b.pk for b in bookings if b.state in (S.LAPSED, S.REFUSED, S.CANCELLED) and b.held_until is None]
    if not over:
        return
    whole = before != S.CONFIRMED
    for pk in Draw.objects.filter(booking__in=over).values_list("booking_id", flat=True).distinct():
        put(pk, whole=whole)


def put(booking: UUID | None, *, whole: bool, by_house: bool = False) -> None:
    """What budgets paid for the booking comes back to them after this act, if it has ended by then."""
    outbox.put("billing.draws_back", {"booking": str(booking), "whole": whole, "by_house": by_house})


@outbox.handler("billing.draws_back")
def _on_ended(payload: dict[str, Any]) -> None:
    square(UUID(payload["booking"]), whole=payload["whole"], by_house=payload["by_house"])


@patient_act
def square(booking_id: UUID, *, whole: bool, by_house: bool = False) -> None:
    """What budgets paid for a booking that has ended is theirs again: all of it, or by the terms of the day it was
    promised. Once."""
    (booking,) = lock_bookings([booking_id])
    if booking.state not in (S.LAPSED, S.REFUSED, S.CANCELLED) or booking.held_until is not None:
        return
    lock_rows(Locks.PASSES, Budget, [key.budget for key in standing([booking])])
    has = standing([booking])
    percent = 100 if whole else percent_now(booking)
    if not whole and Draw.objects.filter(booking=booking, why="cancelled").exists():
        return
    none = Drawn(booking.pk, 0, ZERO)
    kept = {key: _kept(drawn, none, percent) for key, drawn in has.items()}
    _write(has, kept, booking.person_id, "released" if whole else "cancelled")
    if by_house:
        _keep_alive({key.budget for key in has})
    record(None, "draws-back", booking, percent=str(percent))


def _keep_alive(budgets: Iterable[UUID]) -> None:
    """What the house gives back, because it could not keep a booking, can still be used for thirty days."""
    until = now() + KEPT_ALIVE
    Budget.objects.filter(pk__in=list(budgets), kind=B.PASS, until_at__lt=until).update(until_at=until)
