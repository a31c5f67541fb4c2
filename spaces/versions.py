"""A version of the rules is written, from a day on; what was booked keeps the version it was made under."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
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
from spaces.models import OpenSpan, Resource, Rules, Venue
from spaces.policy import BookingPolicy, Policies, rows_of
from spaces.possible import faults_here
from spaces.scope import scope_of
from spaces.wording import groups_in

LOOKED_AT = timedelta(days=14)  # the opening hours in which the rules must leave room


def venue_of(rules: Rules) -> Venue:
    """Whose rules they are, or whose resource's."""
    return scope_of(rules).venue


def resources_of(rules: Rules) -> list[Resource]:
    """What these rules rule, with their venues."""
    rows = Resource.objects.select_related("venue")
    return list(rows.filter(pk=rules.resource_id) if rules.resource_id else rows.filter(venue=rules.venue_id))


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

    They are judged with what the venue, or each resource itself, says besides. Raises Invalid for groups that are
    not the house's.
    """
    venue = venue_of(proposed)
    named = set(groups_in(proposed.data))
    known = Group.objects.filter(pk__in=named, partner__in=consortium_of(venue.partner_id))
    if len(named) > known.count():
        raise Invalid(pointers=[Pointer("/rules", "unknown-group", "")])
    resources = resources_of(proposed)
    if not resources:
        BookingPolicy.read(proposed.data)
    rows = [row for row in rows_of(resources) if row.from_on <= proposed.from_on]
    begins = instant(proposed.from_on, time(0), venue.zone)
    opened: dict[UUID, list[Period]] = {resource.pk: [] for resource in resources}
    window = Period(begins, begins + LOOKED_AT)
    for span in OpenSpan.objects.filter(resource__in=resources, during__overlap=window):
        opened[span.resource_id].append(span.during)
    for resource in resources:
        _check_one(proposed, resource, rows, opened[resource.pk])


def _check_one(proposed: Rules, resource: Resource, rows: Sequence[Rules], opened: list[Period]) -> None:
    general = [row for row in rows if row.venue_id == resource.venue_id]
    own = [row for row in rows if row.resource_id == resource.pk]
    if proposed.resource_id is None:
        general = [_by_use(proposed), *general]
    else:
        own = [_by_use(proposed), *own]
    try:
        policy = Policies(general, own, proposed.from_on).on(proposed.from_on).policy
    except Unsatisfiable as error:
        name = resource.name.replace("{", "{{").replace("}", "}}")
        why = error.words["why"]
        said = why if isinstance(why, Words) else Words(str(why), str(why))
        raise Unsatisfiable(why=Words(f"{name}: {said.it}", f"{name}: {said.en}")) from error
    wrong = next(faults_here(policy, resource, opened), None)
    if wrong is not None:
        raise Unsatisfiable(why=wrong)


def _by_use(proposed: Rules) -> Rules:
    return Rules(from_on=proposed.from_on, basis=Rules.Basis.USE, data=proposed.data)


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
