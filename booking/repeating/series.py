"""The same again and again: planned date by date, and booked in one act or not at all.

A plan stores what was asked; its dates are judged anew each time. Booking takes every chosen date's time with one
statement under one set of locks; if any of them has gone meanwhile nothing is booked, and the plan as it is now is
the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from booking import claims, codes
from booking.claims import Ask, NewClaim
from booking.events import booking_changed
from booking.holding import lapsing
from booking.judging.clauses import needs_approval
from booking.judging.facts import Facts
from booking.judging.gathering import look_again
from booking.judging.limits import groups_counted, had
from booking.judging.reasons import reason
from booking.models import Booking, Item, Series, SeriesPlan
from booking.repeating.plans import Dated, Wanted, gone, judged, look, skipped_days, wanted
from core.audit import record
from core.clock import now
from core.errors import Invalid, PlanStale, Pointer, Refused, SlotTaken
from core.locks import Again, act
from core.periods import Period, hull
from people.models import Organisation, Person
from spaces import recurrence
from spaces.layout import domains_of, takes
from spaces.models import Recurrence

KEPT = timedelta(hours=24)
LEFT_OUT = "left-out"  # by whoever booked


def plan(person: Person, organisation: Organisation | None, asked: dict[str, Any], **edit: Any) -> SeriesPlan:
    """A plan that can be looked at and changed for a day; with `series`, `scope` and `from_on` it plans an edit.

    Raises TooManyDates, Invalid without any date.
    """
    found = wanted(asked)
    if not found.rule.days():
        raise Invalid(pointers=[Pointer("/rule", "no-dates", "")])
    return SeriesPlan.objects.create(
        venue=found.venue,
        person=person,
        organisation=organisation,
        asked=asked,
        expires_at=now() + KEPT,
        **edit,
    )


def dates_of(made: SeriesPlan) -> list[Dated]:
    """The plan's dates as they are now; the statements do not grow with them."""
    want = wanted(made.asked)
    asked, skipped = _asks(want, made.choices)
    if not any(asks for _, asks in asked):
        return _with_skipped([gone(day) for day, _ in asked], skipped)
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


def choose(made: SeriesPlan, choices: dict[str, Any], asked: dict[str, Any]) -> None:
    """Dates are chosen (True), left out (False) or moved (the start of an alternative, UTC); and so much is said for all."""
    made.choices, made.asked = made.choices | choices, asked
    made.save(update_fields=["choices", "asked"])


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
    lapsing.lapse_dead(units)
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
    look_again(seen.facts, seen.window)
    if groups_counted(seen.facts, seen.window) != shared:
        raise Again  # the rules have changed meanwhile, and more share a limit
    told = [placed for dated in dates if dated.chosen for placed in dated.placed]
    offers = claims.lift_own_offers(made.person_id, units, told)
    seen.facts.had = had(seen.facts, seen.window)
    again = look(asks, made.person, made.organisation, facts=seen.facts, locked=True)
    booked = judged(again, chosen, want.given, alternatives=False)
    if not all(dated.chosen for dated in booked):
        raise SlotTaken
    series = Series.objects.create(
        venue=made.venue,
        person=made.person,
        organisation=made.organisation,
        recurrence=definition(want),
        title=want.title,
        asked=made.asked,
        left_out={d.on.isoformat(): why_out(d) for d in dates if not d.chosen},
    )
    new = made_dates(by, series, want, booked, again.facts)
    claims.insert(new.claims, {c: unit for dated in booked for c, unit in dated.moves.items()})
    record(by, "book-series", series, dates=len(new.bookings))
    booking_changed.announce(new.bookings, None, "held")
    claims.spend_offers(offers)
    return series


def definition(want: Wanted) -> Recurrence | None:
    """The rule as it is kept; none where the dates were named one by one."""
    if want.rule.repeat == "dates":
        return None
    title = want.title or want.items[0][0].name
    return recurrence.define(want.rule.as_repeat(), want.venue.zone, title, f"{want.venue.slug}-series")


def why_out(dated: Dated) -> str:
    """The code of why a date was not booked."""
    return dated.reasons[0].code if dated.reasons else LEFT_OUT


class Made(NamedTuple):
    """New dates of a series, and the claims that are still to be written."""

    bookings: list[Booking]
    claims: list[NewClaim]


def made_dates(by: Person, series: Series, want: Wanted, dates: Sequence[Dated], facts: Facts) -> Made:
    """Inside an act: these dates are the series' bookings, held like any other until they are paid."""
    minutes = min(facts.policy(ask.resource, ask.period.start).hold for d in dates for ask in d.asks)
    until = now() + timedelta(minutes=minutes)
    bookings, items, new = [], [], []
    ordinals = ordinals_of(series)
    for dated, code in zip(dates, codes.new_codes(len(dates)), strict=True):
        ordinals[dated.on] = ordinals.get(dated.on, -1) + 1
        booking = Booking(
            code=code,
            venue=series.venue,
            person=series.person,
            organisation=series.organisation,
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
            series_ordinal=ordinals[dated.on],
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
    Booking.objects.bulk_create(bookings)
    Item.objects.bulk_create(items)
    return Made(bookings, new)


def ordinals_of(series: Series, besides: Sequence[Booking] = ()) -> dict[date | None, int]:
    """The last ordinal that each date of the series ever had, without those of some bookings."""
    last: dict[date | None, int] = {}
    rows = series.bookings.exclude(pk__in=[booking.pk for booking in besides])
    for day, ordinal in rows.values_list("series_date", "series_ordinal"):
        last[day] = max(last.get(day, -1), ordinal or 0)
    return last
