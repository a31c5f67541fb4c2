"""Opening hours, season by season, and closures: written, ended and taken away by managers.

What repeats never changes: a season is made, and ended. Whoever writes says which edition they saw; the venue is
locked alone, so that nobody books by hours that change this moment; what opens again is announced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from core import terms
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Missing, Pointer
from core.events import Event
from core.locks import act, lock_venue
from core.periods import Period, local_date, without
from people.models import Person
from spaces import opening, recurrence
from spaces.models import Closure, OpeningRule, OpenSpan, Resource, Venue
from spaces.recurrence import Repeat
from spaces.scope import Scope, scope_of, unchanged
from spaces.seasons import Week
from spaces.versions import check_here

# Inside the act, the venue locked: a closure that has become other, or is about to go.
closure_changed: Event[[Closure]] = Event()
# By resource, the stretches in which there is time of it now that there was not before; as far ahead as somebody waits.
# Only of these units where they are told, else of all.
opened_more: Event[[Mapping[UUID, Sequence[Period]], Collection[UUID] | None]] = Event()


class Hours(NamedTuple):
    """Some weekdays (none: every day) and their hours; an `end` of None is midnight."""

    weekdays: tuple[int, ...]
    start: time
    end: time | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A season as somebody would like it; the last day is excluded, None means for ever."""

    label: str
    first_on: date
    until_on: date | None
    hours: Sequence[Hours]

    @property
    def repeats(self) -> list[Repeat]:
        return [
            Repeat(self.first_on, h.start, h.end, weekdays=h.weekdays, until_on=self.until_on)
            for h in self.hours
        ]


@dataclass(slots=True)
class Season:
    """The opening hours of one scope with the same label and days of validity; known by its first row."""

    id: UUID
    of_venue: bool
    label: str
    first_on: date
    until_on: date | None
    rows: list[OpeningRule] = field(default_factory=list)
    hours: list[Hours] = field(default_factory=list)

    @property
    def repeats(self) -> list[Repeat]:
        return [recurrence.read(row.recurrence) for row in self.rows]


def seasons(scopes: Iterable[dict[str, Any]]) -> list[Season]:
    """The seasons of these scopes, those in force last first; one statement."""
    filters = Q()
    for scope in scopes:
        filters |= Q(**scope)
    found: dict[tuple[Any, ...], Season] = {}
    for row in recurrence.with_events(OpeningRule.objects.filter(filters).order_by("pk")):
        repeat = recurrence.read(row.recurrence)
        key = (row.venue_id, row.resource_id, row.label, repeat.first_on, repeat.until_on)
        season = found.setdefault(
            key, Season(row.pk, row.venue_id is not None, row.label, repeat.first_on, repeat.until_on)
        )
        season.rows.append(row)
        season.hours.append(Hours(repeat.weekdays, repeat.start, repeat.end))
    return sorted(found.values(), key=lambda s: (s.first_on, s.until_on or date.max), reverse=True)


def edition(scope: Scope) -> str:
    """What the scope's hours and closures are now, in a word: who writes says which they saw."""
    rows = OpeningRule.objects.filter(**scope.own).order_by("pk")
    known = [f"{pk}:{version}" for pk, version in rows.values_list("pk", "recurrence__version")]
    known += map(str, Closure.objects.filter(**scope.own).order_by("pk").values_list("pk", flat=True))
    return hashlib.sha256(" ".join(known).encode()).hexdigest()[:16]


def one(season_id: UUID) -> tuple[Scope, Season]:
    """Raises Missing."""
    row = OpeningRule.objects.select_related("venue", "resource__venue").filter(pk=season_id).first()
    if row is None:
        raise Missing
    scope = scope_of(row)
    season = next((s for s in seasons([scope.own]) if s.id == season_id), None)
    if season is None:
        raise Missing
    return scope, season


def checked(scope: Scope, wanted: Wanted) -> Wanted:
    """Raises Invalid for a season that has begun, has no day, or no hour of a minute."""
    if wanted.first_on < local_date(now(), scope.venue.zone):
        raise Invalid(pointers=[Pointer("/from_on", "past", "")])
    if wanted.until_on is not None and wanted.until_on <= wanted.first_on:
        raise Invalid(pointers=[Pointer("/until_on", "empty", "")])
    if not wanted.hours:
        raise Invalid(pointers=[Pointer("/hours", "empty", "")])
    return wanted


# -- seasons ---------------------------------------------------------------------------------------------


@act
def open_season(
    by: Person, scope: Scope, wanted: Wanted, replaces: UUID | None, seen: str | None
) -> OpeningRule:
    """From its first day the scope has this season's hours; returns its first row.

    The one it replaces ends there, and so do hours without end where the new ones have none.
    Raises ChangedMeanwhile, Missing for a season to replace that is not there, Unsatisfiable where the rules leave
    nothing of these hours.
    """
    lock_venue(scope.venue.pk, exclusive=True)
    unchanged(seen, edition(scope))
    existing = seasons([scope.own])
    if replaces is not None and all(season.id != replaces for season in existing):
        raise Missing
    for season in ended_by(existing, wanted, replaces):
        _end(season, wanted.first_on)
    target = {"venue": scope.venue} if scope.resource is None else {"resource": scope.resource}
    calendar = f"{scope.venue.slug}-hours"
    made = [
        OpeningRule.objects.create(
            recurrence=recurrence.define(
                repeat, scope.venue.zone, wanted.label or scope.venue.name, calendar
            ),
            label=wanted.label,
            **target,
        )
        for repeat in wanted.repeats
    ]
    record(by, "open-season", made[0])
    _replan(scope)
    check_here(scope.resources, wanted.first_on, wanted.until_on)
    return made[0]


def ended_by(existing: Sequence[Season], wanted: Wanted, replaces: UUID | None) -> list[Season]:
    """The seasons that end where the wanted one begins."""
    return [
        season
        for season in existing
        if season.id == replaces
        or (wanted.until_on is None and season.until_on is None and season.first_on <= wanted.first_on)
    ]


@act
def end_season(by: Person, season_id: UUID, seen: str | None) -> None:
    """The season has no more days from today on; one that has not begun is gone."""
    scope, _ = one(season_id)
    lock_venue(scope.venue.pk, exclusive=True)
    unchanged(seen, edition(scope))
    scope, season = one(season_id)
    today = local_date(now(), scope.venue.zone)
    if season.until_on is not None and season.until_on <= today:
        raise IllegalMove(state="over", data={"state": "over"})
    first = season.rows[0]
    record(by, "end-season", first)
    _end(season, today)
    _replan(scope)


def _end(season: Season, day: date) -> None:
    for row in season.rows:
        if season.first_on < day:
            recurrence.end_before(row.recurrence, day)
        else:
            kept = row.recurrence
            row.delete()
            recurrence.forget(kept)


def weeks_after(
    weeks: dict[UUID, Week], scope: Scope, wanted: Wanted | None, ending: Sequence[Season], day: date
) -> dict[UUID, Week]:
    """The hours of these resources once seasons end on a day and another one is written; nothing is saved."""
    gone = [repeat for season in ending for repeat in season.repeats]
    added = wanted.repeats if wanted is not None else []

    def after(repeats: list[Repeat], here: bool) -> list[Repeat]:
        if not here:
            return repeats
        kept = [r if r not in gone else _until(r, day) for r in repeats]
        return [r for r in kept if r is not None] + added

    of_venue = scope.resource is None
    return {
        pk: Week(after(week.own, not of_venue), after(week.general, of_venue)) for pk, week in weeks.items()
    }


def _until(repeat: Repeat, day: date) -> Repeat | None:
    return replace(repeat, until_on=day) if repeat.first_on < day else None


# -- closures --------------------------------------------------------------------------------------------


@act
def close(by: Person, scope: Scope, closure: Closure, seen: str | None) -> Closure:
    """The (unsaved) closure is taken out of the scope's hours. Raises Invalid when it is over, ChangedMeanwhile."""
    lock_venue(scope.venue.pk, exclusive=True)
    unchanged(seen, edition(scope))
    if closure.during.end <= now():
        raise Invalid(pointers=[Pointer("/period", "past", "")])
    closure.save(force_insert=True)
    record(by, "close", closure)
    _replan(scope)
    return closure


@act
def change_closure(by: Person, closure_id: UUID, said: dict[str, Any], seen: str | None) -> Closure:
    """The closure says this from now on (`during`, reasons, `counts_as_open`). Raises Missing, IllegalMove when it is
    over, Invalid for a period that is past or, once it has begun, begins at another time, ChangedMeanwhile."""
    rows = Closure.objects.select_related("venue", "resource__venue").filter(pk=closure_id)
    if (found := rows.first()) is None:
        raise Missing
    scope = scope_of(found)
    lock_venue(scope.venue.pk, exclusive=True)
    unchanged(seen, edition(scope))
    if (closure := rows.first()) is None:
        raise Missing  # lifted in the same moment
    if closure.during.end <= now():
        raise IllegalMove(state="over", data={"state": "over"})
    during = said.get("during", closure.during)
    if during.end <= now():
        raise Invalid(pointers=[Pointer("/period", "past", "")])
    if closure.during.start <= now() and during.start != closure.during.start:
        raise Invalid(pointers=[Pointer("/period", "begun", "")])
    for name, value in said.items():
        setattr(closure, name, value)
    closure.save(update_fields=list(said))
    record(by, "change-closure", closure)
    _replan(scope)
    closure_changed.announce(closure)
    return closure


@act
def reopen(by: Person, closure_id: UUID, seen: str | None) -> None:
    """The closure is gone; of one that has begun, what is still to come. Raises Missing, IllegalMove when over."""
    closure = Closure.objects.select_related("venue", "resource__venue").filter(pk=closure_id).first()
    if closure is None:
        raise Missing
    scope = scope_of(closure)
    lock_venue(scope.venue.pk, exclusive=True)
    unchanged(seen, edition(scope))
    if closure.during.end <= now():
        raise IllegalMove(state="over", data={"state": "over"})
    record(by, "reopen", closure)
    closure_changed.announce(closure)
    if closure.during.start < now():
        closure.during = Period(closure.during.start, now())
        closure.save(update_fields=["during"])
    else:
        closure.delete()
    _replan(scope)


# -- planning --------------------------------------------------------------------------------------------


def _replan(scope: Scope) -> None:
    replan(scope.venue, scope.resources)


def replan(venue: Venue, resources: Sequence[Resource]) -> None:
    """Inside an act that has the venue alone: openings follow what was written; what opens anew is announced."""
    until = waited_until(venue)
    before = _to_come(resources, until)
    opening.plan_all(venue, resources)
    after = _to_come(resources, until)
    more = {pk: without(spans, before.get(pk, [])) for pk, spans in after.items()}
    if opened := {pk: spans for pk, spans in more.items() if spans}:
        opened_more.announce(opened, None)


def have_more(resource: Resource, units: Collection[UUID]) -> None:
    """Inside an act that has the venue alone: these units of the resource are new in all its hours, which is announced."""
    if opened := _to_come([resource], waited_until(resource.venue)):
        opened_more.announce(opened, units)


def waited_until(venue: Venue) -> datetime | None:
    """Until when somebody waits for time at a venue, as the app above knows; None where nobody does."""
    ask: Callable[[Venue], datetime | None] = terms.performer("spaces.waited-until", lambda venue: None)
    return ask(venue)


def _to_come(resources: Sequence[Resource], until: datetime | None) -> dict[UUID, list[Period]]:
    found: dict[UUID, list[Period]] = {}
    if until is None or until <= now():
        return found
    window = Period(now(), until)
    for pk, during in OpenSpan.objects.filter(resource__in=resources, during__overlap=window).values_list(
        "resource_id", "during"
    ):
        found.setdefault(pk, []).append(during)
    return found
