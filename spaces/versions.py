"""A version of the rules is written, from a day on; what was booked keeps the version it was made under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple
from uuid import UUID

from core.audit import record
from core.clock import now
from core.errors import ChangedMeanwhile, Invalid, Pointer, Unsatisfiable
from core.ids import encode
from core.locks import act, lock_venue
from core.periods import Period, instant, local_date
from core.words import Words
from people.models import Group, Person
from people.roles import consortium_of
from spaces.clauses import on_the_clock
from spaces.layout import quantity_of, takes
from spaces.models import Resource, Rules, Venue
from spaces.opening import opened
from spaces.policy import BookingPolicy, Policies, rows_of
from spaces.possible import checked, faults_here
from spaces.scope import scope_of
from spaces.wording import groups_in

LOOKED_AT = timedelta(days=14)  # the opening hours in which the rules must leave room


def venue_of(rules: Rules) -> Venue:
    """Whose rules they are, or whose resource's."""
    return scope_of(rules).venue


def resources_of(rules: Rules) -> list[Resource]:
    """What these rules rule that is offered, with their venues."""
    rows = Resource.objects.select_related("venue")
    if rules.resource_id:
        return list(rows.filter(pk=rules.resource_id))
    return list(rows.filter(venue=rules.venue_id, is_active=True))


def own_rows(venue: Venue, resource: Resource | None) -> Sequence[Rules]:
    """The versions written for just this scope, newest first."""
    scope = {"resource": resource} if resource is not None else {"venue": venue}
    return list(
        Rules.objects.filter(**scope).select_related("written_by").order_by("-from_on", "-written_at")
    )


def newest(venue: Venue, resource: Resource | None) -> UUID | None:
    """The version written last for this scope: what an editor must have seen."""
    scope = {"resource": resource} if resource is not None else {"venue": venue}
    return Rules.objects.filter(**scope).order_by("-written_at", "-pk").values_list("pk", flat=True).first()


def check(proposed: Rules) -> None:
    """Raises Unsatisfiable, with the arithmetic, if no booking of some resource could meet these (unsaved) rules.

    They are judged with what the venue, or each resource itself, says besides, on every day on which that turns other.
    Raises Invalid for groups that are not the house's, and for companions that the venue does not have.
    """
    venue = venue_of(proposed)
    named = set(groups_in(proposed.data))
    known = Group.objects.filter(pk__in=named, partner__in=consortium_of(venue.partner_id))
    if len(named) > known.count():
        raise Invalid(pointers=[Pointer("/rules", "unknown-group", "")])
    resources = resources_of(proposed)
    if not resources:
        checked(proposed.data)
    _check_words(venue, proposed)
    rows = rows_of(resources)
    earlier = next((n for n, row in enumerate(rows) if row.from_on <= proposed.from_on), len(rows))
    rows[earlier:earlier] = [proposed]
    _check(resources, rows, proposed.from_on, lambda turn: proposed in (turn.general, turn.own))


def _check_words(venue: Venue, proposed: Rules) -> None:
    """What these words say alone: of companions that are there, and of days still to come."""
    policy = BookingPolicy.as_written(proposed.data)
    there = set(
        Resource.objects.filter(venue=venue, slug__in=policy.only_with).values_list("slug", flat=True)
    )
    unknown = [n for n, slug in enumerate(policy.only_with) if slug not in there]
    if unknown:
        raise Invalid(pointers=[Pointer(f"/rules/only_with/{n}", "unknown-resource", "") for n in unknown])
    last, today = policy.bookable_until, local_date(now(), venue.zone)
    if last is not None and instant(last.date(), last.time(), venue.zone) <= max(
        now(), instant(max(proposed.from_on, today), time(0), venue.zone)
    ):
        said = on_the_clock(last)
        raise Unsatisfiable(
            why=Words(
                f"si può prenotare fino al {said}, prima che queste regole valgano",
                f"it can be booked until {said}, before these rules count",
            )
        )


def check_here(resources: Sequence[Resource], since: date, until: date | None = None) -> None:
    """Raises Unsatisfiable, with the arithmetic, if the rules as written leave one of these resources (of one venue) no
    booking in what it is and when it is open now: on some day on which they turn, from `since` on and before `until`."""
    offered = [resource for resource in resources if resource.is_active]
    _check(offered, rows_of(offered), since, lambda turn: until is None or turn.used < until)


class Turn(NamedTuple):
    """A day of use from which other versions rule a resource, and what rules it for what is booked on some day."""

    used: date
    general: Rules | None
    own: Rules | None


def _check(
    resources: Sequence[Resource], rows: Sequence[Rules], since: date, matters: Callable[[Turn], bool]
) -> None:
    if not resources:
        return
    scopes: dict[UUID | None, list[Rules]] = defaultdict(list)
    for row in rows:
        scopes[row.resource_id or row.venue_id].append(row)
    venue = resources[0].venue
    today = local_date(now(), venue.zone)
    turns = {
        resource.pk: [
            turn
            for turn in _turns(scopes[venue.pk], scopes[resource.pk], today, max(today, since))
            if matters(turn)
        ]
        for resource in resources
    }
    opened, trees = _opened(venue, turns), takes(turns)
    for resource in resources:
        for turn in turns[resource.pk]:
            policy = _read(resource, turn)
            open_ = opened[turn.used].get(resource.pk, [])
            wrong = next(faults_here(policy, resource, open_, quantity_of(trees[resource.pk])), None)
            if wrong is not None:
                raise Unsatisfiable(why=wrong)


def _turns(general: list[Rules], own: list[Rules], today: date, since: date) -> Iterator[Turn]:
    """All pairs of versions that rule somebody from a day on, each on the first day of use that it rules."""
    rows = [*general, *own]
    booked = sorted(
        {today, *(r.from_on for r in rows if r.basis == Rules.Basis.BOOKING and r.from_on > today)}
    )
    known = set()
    for used in sorted({since, *(row.from_on for row in rows if row.from_on > since)}):
        for made_on in booked:
            if made_on <= used:
                ruling = Policies(general, own, made_on)
                turn = Turn(used, ruling.general(used), ruling.own(used))
                if turn[1:] not in known:
                    known.add(turn[1:])
                    yield turn


def _opened(venue: Venue, turns: Mapping[UUID, Sequence[Turn]]) -> dict[date, dict[UUID, list[Period]]]:
    """For each day that matters the hours of those for whom it does; a statement a day."""
    turning: dict[date, set[UUID]] = defaultdict(set)
    for resource, own in turns.items():
        for turn in own:
            turning[turn.used].add(resource)
    found = {}
    for day, resources in turning.items():
        begins = instant(day, time(0), venue.zone)
        open_ = opened(resources, Period(begins, begins + LOOKED_AT))
        found[day] = {pk: [span.during for span in spans] for pk, spans in open_.items()}
    return found


def _read(resource: Resource, turn: Turn) -> BookingPolicy:
    said = [row.data for row in (turn.general, turn.own) if row is not None]
    try:
        return checked({name: word for data in said for name, word in data.items()})
    except Unsatisfiable as error:
        name = resource.name.replace("{", "{{").replace("}", "}}")
        why = error.words["why"]
        words = why if isinstance(why, Words) else Words(str(why), str(why))
        raise Unsatisfiable(why=Words(f"{name}: {words.it}", f"{name}: {words.en}")) from error


def write(by: Person, proposed: Rules, seen: UUID | None) -> Rules:
    """The (unsaved) rules are a version. `seen` is the newest version of the scope that the editor knew.

    Raises Unsatisfiable, Invalid for a day that has passed, ChangedMeanwhile where somebody wrote another since.
    """
    if proposed.from_on < local_date(now(), venue_of(proposed).zone):
        raise Invalid(pointers=[Pointer("/from_on", "past", "")])
    check(proposed)
    return _write(by, proposed, seen)


@act
def _write(by: Person, proposed: Rules, seen: UUID | None) -> Rules:
    venue = venue_of(proposed)
    lock_venue(venue.pk, exclusive=True)  # nobody books under rules that change this moment
    latest = newest(venue, proposed.resource)
    if latest != seen:
        raise ChangedMeanwhile(data={"current": latest and encode("rul", latest)})
    proposed.written_by = by
    proposed.save(force_insert=True)
    record(by, "write-rules", proposed)
    return proposed
