"""Venues and resources as their managers keep them: facts, holidays, what is offered and until when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.audit import record
from core.clock import now
from core.errors import Invalid, Pointer
from core.locks import act, lock_venue
from core.periods import local_date
from people.models import Person
from spaces import layout, relayout
from spaces.hours import replan
from spaces.models import Resource, Venue
from spaces.versions import check_here

OFFERED = {"open_on_holidays", "is_active", "published_from", "published_until"}  # what hours follow
RULED = {"capacity", "is_active", "open_on_holidays"}  # what rules are held against
OPENING = {"holidays_of", "open_holidays", "patron_saint", "patron_day"}


@act
def edit_venue(by: Person, venue_id: UUID, changed: dict[str, Any]) -> Venue:
    """The venue has these facts; its hours follow its holidays."""
    lock_venue(venue_id, exclusive=True)
    venue = Venue.objects.select_related("partner__consortium").get(pk=venue_id)
    for name, value in changed.items():
        setattr(venue, name, value)
    venue.save(update_fields=list(changed))
    record(by, "edit", venue, fields=sorted(changed))
    if OPENING & set(changed):
        replan(venue, list(Resource.objects.filter(venue=venue).select_related("venue")))
    return venue


@act
def edit_resource(by: Person, resource_id: UUID, changed: dict[str, Any]) -> Resource:
    """The resource has these facts; what is booked of it stays. Raises Unsatisfiable where its rules leave nothing of it,
    Invalid where it would be offered from after it is offered no more."""
    venue = Resource.objects.values_list("venue", flat=True).get(pk=resource_id)
    lock_venue(venue, exclusive=True)
    resource = Resource.objects.select_related("venue").get(pk=resource_id)
    for name, value in changed.items():
        setattr(resource, name, value)
    _check_offered(resource)
    resource.save(update_fields=list(changed))
    record(by, "edit", resource, fields=sorted(changed))
    if OFFERED & set(changed):
        replan(resource.venue, [resource])
    if RULED & set(changed):
        check_here([resource], local_date(now(), resource.venue.zone))
    return resource


@act
def add_resource(by: Person, venue: Venue, facts: dict[str, Any], size: int) -> Resource:
    """The venue has one thing more to book: whole, or a pool of `size` equal places."""
    lock_venue(venue.pk, exclusive=True)
    made = Resource(venue=venue, slug=relayout.new_slug(venue, facts["name"]), **facts)
    _check_offered(made)
    made.save(force_insert=True)
    if size > 1:
        layout.make_pool(made, size)
    else:
        layout.make_whole(made)
    replan(venue, [made])
    record(by, "add", made)
    return made


def _check_offered(resource: Resource) -> None:
    since, until = resource.published_from, resource.published_until
    if since is not None and until is not None and since >= until:
        raise Invalid(pointers=[Pointer("/published_until", "empty", "")])
