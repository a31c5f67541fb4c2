"""A series is changed in one act: what stays keeps its identity, what moves its code, what goes is given up by its terms.

Planned without locks, then everything is locked in the one order and planned again; if that is not what the plan
last showed, nothing is done. What has begun is never touched: a change of the rest becomes a series of its own, which
follows this one; a mere change of the end does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from booking import claims, states
from booking.changing.accepting import note_accepted
from booking.claims import NewClaim
from booking.events import booking_changed, time_freed
from booking.holding import lapsing, pending
from booking.judging.clauses import needs_approval
from booking.judging.limits import groups_sharing
from booking.judging.reasons import reason
from booking.models import Booking, Claim, Item, Series, SeriesPlan
from booking.repeating.date_changes import GOES, MOVES, NEW, STAYS, Edit, Scope, asks_of
from booking.repeating.edits import bookings_in, check_items, giving_up, kept_by_rules, plan_edit, why_nothing
from booking.repeating.pairing import same_rule
from booking.repeating.plans import Dated, Wanted, wanted
from booking.repeating.series import Made, definition, made_dates, ordinals_of, plan, why_out
from booking.telling import messages
from core import terms
from core.audit import record
from core.clock import now
from core.errors import Missing, PlanStale, Refused, SlotTaken
from core.locks import Again, Order, act, lock_rows
from core.periods import hull
from people.models import Person
from spaces import recurrence
from spaces.layout import domains_of, takes, units_of

Prepare = Callable[[], Edit]
Write = Callable[[Edit], Series]


def plan_to_edit(
    by: Person, series: Series, scope: str, on: date | None, asked: dict[str, Any]
) -> SeriesPlan:
    """A plan to make a series' dates other ones. Raises Refused if there is nothing in the scope that has not begun."""
    made = plan(by, series.organisation, asked, series=series, scope=scope, from_on=on)
    mine = bookings_in(series, made)
    if not mine and scope != Scope.ADD:
        why = why_nothing(series, made)
        made.delete()
        raise Refused(why)
    check_items(series, wanted(asked), mine)
    return made


def plan_to_add(by: Person, series: Series, on: date) -> SeriesPlan:
    """A plan to add a date back that was left out or given up, at the hours of the series. Raises Missing for another."""
    if not series.asked or series.bookings.filter(series_date=on, state__in=states.LIVE).exists():
        raise Missing
    if on.isoformat() not in series.left_out and not series.bookings.filter(series_date=on).exists():
        raise Missing
    rule = series.asked["rule"] | {
        "repeat": "dates",
        "dates": [on.isoformat()],
        "first_on": on.isoformat(),
        "last_on": on.isoformat(),
        "skip": [],
    }
    return plan_to_edit(by, series, Scope.ADD, on, series.asked | {"rule": rule})


def edit(by: Person, made: SeriesPlan) -> Series:
    """All that the plan shows is done, or nothing.

    Raises PlanStale if things are not as it showed them, Refused if nothing is chosen.
    """
    first = plan_edit(made)
    if first.said() != made.shown:
        raise PlanStale
    if first.does_nothing:
        raise Refused([reason("nothing-chosen")])
    lapsing.lapse_dead({u for dated in first.dates for placed in dated.placed for u in placed.units})
    try:
        return _performed(by, lambda: _prepared(made, first), lambda found: _write(by, made, found))
    except SlotTaken as error:
        raise PlanStale from error


def end(by: Person, series: Series, on: date) -> Series:
    """What of the series begins from this day on is given up by its terms, in one act; once more is harmless.
    What it is too late to cancel by oneself stays."""
    made = SeriesPlan(series=series, scope=Scope.FOLLOWING, from_on=on, venue=series.venue, person=by)
    return _performed(by, lambda: _prepared_to_end(made), lambda found: _end(by, series, on, found))


def _performed(by: Person, prepare: Prepare, write: Write) -> Series:
    perform: Callable[[Person, Prepare, Write], Series] = terms.performer("series.edit", _without_money)
    return perform(by, prepare, write)


@act
def _without_money(by: Person, prepare: Prepare, write: Write) -> Series:
    return write(prepare())


# -- under the locks ---------------------------------------------------------------------------------------


def _lock(made: SeriesPlan, resources: set[UUID]) -> list[Booking]:
    """The series' bookings in scope, locked with all they take or will take, and with what is held for them elsewhere."""
    series = made.series
    assert series is not None
    seen = bookings_in(series, made)
    wanted_too = resources | {ask.resource.pk for booking in seen for ask in asks_of(booking)}
    trees = takes(wanted_too)
    elsewhere = Claim.objects.filter(item__booking__in=seen).values_list("unit_id", flat=True)
    domains = domains_of(units_of(trees) | set(elsewhere))
    bodies = [series.organisation_id] if series.organisation_id else []
    shared = groups_sharing(wanted_too, [series.person_id], bodies)
    claims.lock(series.venue_id, [series.person_id], domains, series.organisation, shared)
    if groups_sharing(wanted_too, [series.person_id], bodies) != shared:
        raise Again  # the rules have changed meanwhile, and more share a limit
    lock_rows(Order.BOOKINGS, Booking, [b.pk for b in seen])
    again = bookings_in(series, made)
    if {b.pk for b in again} != {b.pk for b in seen} or takes(wanted_too) != trees:
        raise Again
    if not set(domains_of(elsewhere.all())) <= set(domains):
        raise Again  # something else is held for one of them meanwhile
    return again


def _prepared(made: SeriesPlan, first: Edit) -> Edit:
    """The edit planned anew under its locks. Raises SlotTaken if it is not what was shown."""
    _lock(made, {resource.pk for resource, _ in wanted(made.asked).items})
    assert made.series is not None
    made.series.refresh_from_db(fields=["asked", "left_out", "recurrence"])
    told = [placed for dated in first.dates if dated.chosen for placed in dated.placed]
    units = units_of(takes({placed.ask.resource.pk for placed in told}))
    offers = claims.lift_own_offers(made.series.person_id, units, told)
    found = plan_edit(made, locked=True)
    if found.said() != made.shown:
        raise SlotTaken
    found.offers = offers
    return found


def _prepared_to_end(made: SeriesPlan) -> Edit:
    series = made.series
    assert series is not None
    mine = [booking for booking in _lock(made, set()) if not kept_by_rules(made.person, booking)]
    return giving_up(series, mine)


# -- writing -----------------------------------------------------------------------------------------------


def _write(by: Person, made: SeriesPlan, found: Edit) -> Series:
    """Inside the act: everything chosen is so."""
    want = wanted(made.asked)
    target = _target(made, want, found)
    gone = _give_up([d.booking for d in found.chosen(GOES) if d.booking is not None])
    moving, coming = found.chosen(MOVES), found.chosen(NEW)
    _stay(target, found)
    note_accepted(by, _accepted_anew(moving))
    new_claims, moved = _move(target, moving, found)
    made_new = Made([], [])
    if coming and found.look is not None:
        made_new = made_dates(by, target, want, coming, found.look.facts)
    moves: dict[int, UUID] = {}
    for dated in (*moving, *coming):
        moves |= dated.moves
    leaving = {booking.pk for booking in (*_all(gone), *_all(moved))}
    freed = claims.replace(leaving, [*new_claims, *made_new.claims], moves)
    record(by, "edit-series", target, moved=len(moving), made=len(coming), gone=len(_all(gone)))
    for state, bookings in moved.items():
        booking_changed.announce(bookings, state, CHANGED)
    _announce_gone(gone, CHANGED)
    if made_new.bookings:
        booking_changed.announce(made_new.bookings, None, "held")
    stood = [b for state, group in gone.items() if state != Booking.State.HELD for b in group]
    messages.tell_of_edit(_all(moved), stood)
    time_freed.announce(freed)
    claims.spend_offers(found.offers)
    return target


def _end(by: Person, series: Series, on: date, found: Edit) -> Series:
    gone = _give_up([d.booking for d in found.dates if d.booking is not None])
    ended = [booking.pk for booking in _all(gone)]
    _, freed = pending.end_pending(ended)
    freed += claims.replace(ended, [])
    _close(series, on)
    record(by, "end-series", series, on=on.isoformat(), gone=len(_all(gone)))
    # Not as cancellations, whose money would follow: that of a changed series is done in this act.
    _announce_gone(gone, CHANGED)
    messages.tell(
        [b for state, group in gone.items() if state != Booking.State.HELD for b in group], "cancelled"
    )
    time_freed.announce(freed)
    return series


def _all(by_state: dict[str, list[Booking]]) -> list[Booking]:
    return [booking for bookings in by_state.values() for booking in bookings]


def _give_up(bookings: Sequence[Booking]) -> dict[str, list[Booking]]:
    """They are cancelled; by the state in which they were. Their claims are lifted with the others'."""
    before: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        before[booking.state].append(booking)
        states.move(booking, Booking.State.CANCELLED)
        booking.held_until, booking.ended_at = None, now()
        booking.sequence += 1
    Booking.objects.bulk_update(bookings, ["state", "held_until", "ended_at", "sequence"])
    return before


def _announce_gone(gone: dict[str, list[Booking]], why: str) -> None:
    for state, bookings in gone.items():
        booking_changed.announce(bookings, state, "released" if state == Booking.State.HELD else why)


def _target(made: SeriesPlan, want: Wanted, found: Edit) -> Series:
    """The series that carries the edit: itself, or, where something of it has begun or stays before, one that follows it."""
    series = found.series
    out = {d.on.isoformat(): why_out(d) for d in found.dates if d.change == NEW and not d.chosen}
    if found.scope in (Scope.THIS, Scope.ADD):
        back = {d.on.isoformat() for d in found.chosen(NEW)}
        series.left_out = {on: why for on, why in series.left_out.items() if on not in back}
        series.save(update_fields=["left_out"])
        return series
    days = [day for day in want.rule.days() if day >= found.cut]
    if not days:
        _close(series, found.cut)
        return series
    asked = _from_its_first_day(made.asked, days)
    earlier = series.bookings.filter(state__in=states.LIVE).exclude(
        pk__in=[d.booking.pk for d in found.dates if d.booking is not None]
    )
    if earlier.exists() and not same_rule(wanted(series.asked) if series.asked else None, want):
        _close(series, found.cut)
        if not found.leaves_something:
            return series
        return Series.objects.create(
            venue=series.venue,
            person=series.person,
            organisation=series.organisation,
            recurrence=definition(wanted(asked)),
            title=series.title,
            asked=asked,
            left_out=out,
            follows=series,
        )
    kept = {on: why for on, why in series.left_out.items() if on < found.cut.isoformat()}
    series.left_out = kept | out
    if earlier.exists():
        asked = _joined(series.asked, asked, found.cut)
    defined, series.recurrence, series.asked = series.recurrence, definition(wanted(asked)), asked
    series.save(update_fields=["left_out", "recurrence", "asked"])
    if defined is not None:
        recurrence.forget(defined)
    return series


def _from_its_first_day(asked: dict[str, Any], days: Sequence[date]) -> dict[str, Any]:
    """The rule from the first of its days that the edit touches, so that *every second week* keeps its weeks."""
    rule = asked["rule"] | {"first_on": days[0].isoformat()}
    if rule["repeat"] == "dates":
        rule["dates"] = [day.isoformat() for day in days]
    return asked | {"rule": rule}


def _joined(old: dict[str, Any], new: dict[str, Any], cut: date) -> dict[str, Any]:
    """The same rule, with the end of the new one."""
    rule = new["rule"] | {"first_on": old["rule"]["first_on"]}
    if rule["repeat"] == "dates":
        rule["dates"] = [*(on for on in old["rule"]["dates"] if on < cut.isoformat()), *rule["dates"]]
    return new | {"rule": rule}


def _close(series: Series, on: date) -> None:
    """The series' rule means no day from this one on."""
    if series.recurrence is not None:
        recurrence.end_before(series.recurrence, on)
    if series.asked:
        rule = series.asked["rule"]
        before = (on - timedelta(days=1)).isoformat()
        rule |= {
            "last_on": max(rule["first_on"], min(rule["last_on"], before)),
            "dates": [day for day in rule["dates"] if day <= before],
        }
    series.left_out = {day: why for day, why in series.left_out.items() if day < on.isoformat()}
    series.save(update_fields=["asked", "left_out"])


def _stay(target: Series, found: Edit) -> None:
    """What keeps its time is the target's too, under the date that the rule now gives it."""
    rows: list[tuple[Booking, date | None]] = []
    for dated in found.dates:
        booking, stays = dated.booking, dated.change == STAYS
        if booking is None or found.scope == Scope.THIS or (dated.chosen and not stays):
            continue
        on = dated.on if stays else booking.series_date
        if booking.series_id != target.pk or booking.series_date != on:
            rows.append((booking, on))
    _file(target, rows)
    Booking.objects.bulk_update([b for b, _ in rows], ["series", "series_date", "series_ordinal"])


def _file(target: Series, rows: Sequence[tuple[Booking, date | None]]) -> None:
    """Each booking is the target's, on its date, under the first ordinal that no other of that date ever had."""
    last = ordinals_of(target, [booking for booking, _ in rows])
    for booking, on in rows:
        last[on] = last.get(on, -1) + 1
        booking.series, booking.series_date, booking.series_ordinal = target, on, last[on]


def _accepted_anew(moving: Sequence[Dated]) -> list[tuple[Booking, frozenset[str]]]:
    """Which terms these dates have accepted with the edit, and had not before."""
    return [
        (d.booking, d.given.accepted.difference(d.booking.accepted_terms))
        for d in moving
        if d.booking is not None and d.given is not None
    ]


def _move(
    target: Series, moving: Sequence[Dated], found: Edit
) -> tuple[list[NewClaim], dict[str, list[Booking]]]:
    """They are where they were moved to, the same bookings in a new version; by their state."""
    before: dict[str, list[Booking]] = defaultdict(list)
    items, new = [], []
    for dated in moving:
        booking = dated.booking
        assert booking is not None
        assert found.look is not None
        before[booking.state].append(booking)
        booking.period = hull(ask.period for ask in dated.asks)
        booking.earliest_start = min(booking.earliest_start, booking.period.start)
        booking.sequence += 1
        if dated.given is not None:
            booking.people, booking.answers = dated.given.people, dated.given.answers
            booking.accepted_terms = sorted(dated.given.accepted)
        if booking.state == Booking.State.HELD:
            facts = found.look.facts
            booking.needs_approval = any(needs_approval(facts, a.resource, a.period) for a in dated.asks)
        elif booking.held_until is not None:
            booking.held_until = min(booking.held_until, booking.period.start)
        kind, why = KINDS[booking.state]
        own = sorted(booking.items.all(), key=lambda item: item.pk)
        for item, placed in zip(own, dated.placed, strict=True):
            item.resource, item.period = placed.ask.resource, placed.ask.period
            item.quantity, item.rules_id, item.seat = placed.ask.quantity, placed.rules, None
            item.set_up_minutes, item.clean_up_minutes = placed.set_up, placed.clean_up
            items.append(item)
            new += [
                NewClaim(unit, placed.padded, kind, why, booking.held_until, item=item.pk)
                for unit in placed.units
            ]
    if found.scope != Scope.THIS:
        _file(target, [(d.booking, d.on) for d in moving if d.booking is not None])
    Booking.objects.bulk_update(_all(before), MOVED)
    Item.objects.bulk_update(items, PLACED)
    return new, before


KINDS: dict[str, tuple[str, str | None]] = {
    Booking.State.CONFIRMED: ("booked", None),
    Booking.State.REQUESTED: ("requested", None),
    Booking.State.HELD: ("held", "checkout"),
}
MOVED = [
    "series",
    "series_date",
    "series_ordinal",
    "period",
    "earliest_start",
    "sequence",
    "needs_approval",
    "held_until",
    "people",
    "accepted_terms",
    "answers",
]
PLACED = ["resource", "period", "quantity", "rules", "seat", "set_up_minutes", "clean_up_minutes"]
CHANGED = "series-changed"
