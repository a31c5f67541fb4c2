"""The same again and again: planned date by date, booked in one act or not at all, ended early, mended.

A plan stores what was asked; its dates are judged anew each time. Booking takes every chosen date's time with one
statement under one set of locks; if any of them has gone meanwhile nothing is booked, and the plan as it is now is
the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from booking import claims, codes
from booking.claims import Ask, NewClaim
from booking.clauses import Given, needs_approval
from booking.events import booking_changed
from booking.limits import groups_counted, had
from booking.models import Booking, Item, Series, SeriesPlan
from booking.plans import Dated, Rule, judged, look, skipped_days
from booking.reasons import reason
from core import terms
from core.audit import record
from core.clock import now
from core.errors import Invalid, Missing, PlanStale, Pointer, Refused, SlotTaken
from core.locks import Again, act
from core.periods import Period, hull
from people.models import Organisation, Person
from spaces import recurrence
from spaces.clauses import wall_time
from spaces.layout import domains_of, takes
from spaces.models import Resource, Venue

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan asks for, read from its stored words."""

    venue: Venue
    items: list[tuple[Resource, int]]
    rule: Rule
    given: Given
    title: str


def wanted(asked: dict[str, Any]) -> Wanted:
    """Raises Missing if a resource is gone."""
    ids = [UUID(item["resource"]) for item in asked["items"]]
    found = Resource.objects.select_related("venue").in_bulk(ids)
    if len(found) < len(set(ids)):
        raise Missing
    rule = asked["rule"]
    return Wanted(
        found[ids[0]].venue,
        [(found[pk], item["quantity"]) for pk, item in zip(ids, asked["items"], strict=True)],
        Rule(
            repeat=rule["repeat"],
            start=time.fromisoformat(rule["start"]),
            end=wall_time(rule["end"]),
            first_on=date.fromisoformat(rule["first_on"]),
            last_on=date.fromisoformat(rule["last_on"]),
            every=rule["every"],
            weekdays=tuple(rule["weekdays"]),
            position=rule["position"],
            dates=tuple(date.fromisoformat(day) for day in rule["dates"]),
            skip=tuple(rule["skip"]),
        ),
        Given(asked["people"], frozenset(asked["accepted_terms"]), asked["answers"]),
        asked["title"],
    )


def plan(person: Person, organisation: Organisation | None, asked: dict[str, Any]) -> SeriesPlan:
    """A plan that can be looked at and changed for a day. Raises TooManyDates, Invalid without any date."""
    found = wanted(asked)
    if not found.rule.days():
        raise Invalid(pointers=[Pointer("/rule", "no-dates", "")])
    return SeriesPlan.objects.create(
        venue=found.venue,
        person=person,
        organisation=organisation,
        asked=asked,
        expires_at=now() + KEPT,
    )


def dates_of(made: SeriesPlan) -> list[Dated]:
    """The plan's dates as they are now; the statements do not grow with them."""
    want = wanted(made.asked)
    asked, skipped = _asks(want, made.choices)
    if not any(asks for _, asks in asked):
        return _with_skipped([], skipped)
    seen = look([a for _, asks in asked for a in asks], made.person, made.organisation)
    found = judged(seen, asked, want.given, lambda day: made.choices.get(day.isoformat()) is not False)
    minutes = want.rule.minutes()
    for dated in found:
        dated.moved = isinstance(made.choices.get(dated.on.isoformat()), str)
        dated.shorter = dated.period is not None and dated.period.minutes < minutes
    return _with_skipped(found, skipped)


def _asks(want: Wanted, choices: dict[str, Any]) -> tuple[list[tuple[date, list[Ask]]], dict[date, str]]:
    """Every date with what it asks for (its chosen alternative's time, if any), and the dates skipped by the rule."""
    holidays = skipped_days(want.rule, want.venue)
    asked, skipped = [], {}
    for day in want.rule.days():
        if day in holidays and choices.get(day.isoformat()) is not True:
            skipped[day] = holidays[day]
            continue
        period = want.rule.period_on(day, want.venue.zone)
        chosen = choices.get(day.isoformat())
        if isinstance(chosen, str) and period is not None:
            start = datetime.fromisoformat(chosen)
            period = Period(start, start + period.elapsed)
        asked.append((day, [Ask(r, period, n) for r, n in want.items] if period is not None else []))
    return asked, skipped


def _with_skipped(found: list[Dated], skipped: dict[date, str]) -> list[Dated]:
    left_out = [Dated(day, "skipped", [], [reason("holiday", name=name)]) for day, name in skipped.items()]
    return sorted([*found, *left_out], key=lambda dated: dated.on)


def choose(made: SeriesPlan, choices: dict[str, Any]) -> None:
    """Dates are chosen (True), left out (False) or moved (the start of an alternative, UTC)."""
    made.choices = made.choices | choices
    made.save(update_fields=["choices"])


def show(made: SeriesPlan, said: dict[str, Any]) -> None:
    """The plan keeps what it has just said, so that nothing else is booked on the strength of it."""
    if made.shown != said:
        made.shown = said
        made.save(update_fields=["shown"])


def chosen_of(dates: Sequence[Dated]) -> dict[str, Any]:
    """What a plan with these dates would book: by date, from when to when."""
    chosen = {
        dated.on.isoformat(): [dated.period.start.isoformat(), dated.period.end.isoformat()]
        for dated in dates
        if dated.chosen and dated.period is not None
    }
    return {"dates": chosen}


def book(by: Person, made: SeriesPlan) -> Series:
    """Every chosen date is held, or none.

    Raises PlanStale if the dates are not those that the plan last showed, Refused if nothing is chosen.
    """
    dates = dates_of(made)
    if made.shown and made.shown != chosen_of(dates):
        raise PlanStale
    if not any(dated.chosen for dated in dates):
        raise Refused([reason("nothing-chosen")])
    units = {u for dated in dates for placed in dated.placed for u in placed.units}
    claims.lapse_dead(units)
    try:
        return _take_all(by, made, dates)
    except SlotTaken as error:
        raise PlanStale from error


@act
def _take_all(by: Person, made: SeriesPlan, dates: Sequence[Dated]) -> Series:
    want = wanted(made.asked)
    chosen = [(dated.on, dated.asks) for dated in dates if dated.chosen]
    asks = [ask for _, together in chosen for ask in together]
    seen = look(asks, made.person, made.organisation)
    units = {u for trees in seen.facts.trees.values() for take in trees for u in take.choices}
    shared = groups_counted(seen.facts, seen.window)
    claims.lock(made.venue_id, [made.person_id], domains_of(units), made.organisation, shared)
    if seen.facts.trees != takes(seen.facts.trees):
        raise Again  # a room was divided between the look and the lock
    offers = claims.lift_own_offers(made.person_id, units, seen.window)
    seen.facts.had = had(seen.facts, seen.window)
    again = look(asks, made.person, made.organisation, facts=seen.facts, locked=True)
    booked = judged(again, chosen, want.given, alternatives=False)
    if not all(dated.chosen for dated in booked):
        raise SlotTaken
    series = Series.objects.create(
        venue=made.venue,
        person=made.person,
        organisation=made.organisation,
        recurrence=_definition(want),
        title=want.title,
        asked=made.asked,
        left_out={d.on.isoformat(): _why_out(d) for d in dates if not d.chosen},
    )
    bookings = _bookings(by, made, series, want, booked, again.facts)
    record(by, "book-series", series, dates=len(bookings))
    booking_changed.announce(bookings, None, "held")
    claims.spend_offers(offers)
    return series


def _definition(want: Wanted) -> Any:
    if want.rule.repeat == "dates":
        return None
    title = want.title or want.items[0][0].name
    return recurrence.define(want.rule.as_repeat(), want.venue.zone, title, f"{want.venue.slug}-series")


def _why_out(dated: Dated) -> str:
    return dated.reasons[0].code if dated.reasons else "left-out"


def _bookings(
    by: Person,
    made: SeriesPlan,
    series: Series,
    want: Wanted,
    dates: Sequence[Dated],
    facts: Any,
) -> list[Booking]:
    minutes = min(facts.policy(ask.resource, ask.period.start).hold for d in dates for ask in d.asks)
    until = now() + timedelta(minutes=minutes)
    bookings, items, new = [], [], []
    moves: dict[int, UUID] = {}
    taken: set[str] = set()
    for dated in dates:
        booking = Booking(
            code=_code(taken),
            venue=made.venue,
            person=made.person,
            organisation=made.organisation,
            made_by=by,
            period=hull(ask.period for ask in dated.asks),
            title=want.title,
            people=want.given.people,
            needs_approval=any(needs_approval(facts, ask.resource, ask.period) for ask in dated.asks),
            held_until=until,
            earliest_start=min(ask.period.start for ask in dated.asks),
            accepted_terms=sorted(want.given.accepted),
            answers=want.given.answers,
            series=series,
            series_date=dated.on,
            series_ordinal=0,
        )
        bookings.append(booking)
        for placed in dated.placed:
            item = Item(
                booking=booking,
                resource=placed.ask.resource,
                period=placed.ask.period,
                quantity=placed.ask.quantity,
                set_up_minutes=placed.set_up,
                clean_up_minutes=placed.clean_up,
                rules_id=placed.rules,
            )
            items.append(item)
            new += [
                NewClaim(unit, placed.padded, "held", "checkout", until, item=item.pk)
                for unit in placed.units
            ]
        moves |= dated.moves
    Booking.objects.bulk_create(bookings)
    Item.objects.bulk_create(items)
    claims.insert(new, moves)
    return bookings


def _code(taken: set[str]) -> str:
    while (code := codes.new_code()) in taken:
        pass
    taken.add(code)
    return code


def end(by: Person, series: Series, on: date) -> Series:
    """Every booking of the series from this day on is cancelled by its terms, each in an act of its own; once more is harmless."""
    from booking import holds, lifecycle

    cancel = terms.performer("booking.cancel", lifecycle.cancel)
    live = [Booking.State.HELD, Booking.State.REQUESTED, Booking.State.CONFIRMED]
    rows = series.bookings.filter(series_date__gte=on, state__in=live, period__startswith__gt=now())
    for booking in rows.order_by("series_date"):
        if booking.state == Booking.State.HELD:
            holds.release(by, booking.pk)
        else:
            cancel(by, booking.pk)
    return _ended(by, series, on)


@act
def _ended(by: Person, series: Series, on: date) -> Series:
    if series.recurrence is not None:
        recurrence.end_before(series.recurrence, on)
    record(by, "end-series", series, on=on.isoformat())
    return series


def plan_left_out(by: Person, series: Series, on: date) -> SeriesPlan:
    """A plan to add one left-out date back, at the hours of the series."""
    if on.isoformat() not in series.left_out:
        raise Missing
    rule = series.asked["rule"] | {
        "repeat": "dates",
        "dates": [on.isoformat()],
        "first_on": on.isoformat(),
        "last_on": on.isoformat(),
        "skip": [],
    }
    return plan(series.person, series.organisation, series.asked | {"rule": rule})
