"""Several bookings locked at once, in the one order, with everything they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from booking.judging.limits import groups_sharing
from booking.models import Booking, Claim, Item
from core.errors import Missing
from core.locks import Again, Order, lock_rows, lock_venue
from people.models import Group, Organisation, Person
from spaces.layout import domains_of, takes, units_of
from spaces.models import LockDomain


def lock_bookings(
    ids: Iterable[Any],
    *,
    people: Iterable[UUID] = (),
    organisations: Iterable[UUID] = (),
    resources: Iterable[UUID] = (),
    limited: bool = False,
) -> list[Booking]:
    """These bookings, read after their venues, domains and rows were locked; in the order of their ids.

    The domains are those of all that they could take, so that what has lapsed can be claimed again, and of what is
    held for them elsewhere, and of the resources to which they are about to move. Whose limits are judged is locked too;
    `limited` says that they are, so that also the groups are locked with which they share one.
    """
    wanted = sorted({pk for pk in ids if pk is not None})
    taken = set(Item.objects.filter(booking__in=wanted).values_list("resource_id", flat=True))
    resources = {*taken, *resources}
    trees = takes(resources)
    units = units_of(trees) | set(
        Claim.objects.filter(item__booking__in=wanted).values_list("unit_id", flat=True)
    )
    for venue in sorted(set(Booking.objects.filter(pk__in=wanted).values_list("venue_id", flat=True))):
        lock_venue(venue)
    people, organisations = set(people), set(organisations)
    lock_rows(Order.WHO, Person, people)
    lock_rows(Order.WHO, Organisation, organisations)
    if limited:
        lock_rows(Order.WHO, Group, groups_sharing(resources, people, organisations))
    lock_rows(Order.WHERE, LockDomain, domains_of(units))
    lock_rows(Order.BOOKINGS, Booking, wanted)
    rows = (
        Booking.objects.filter(pk__in=wanted).select_related("venue", "person", "organisation").order_by("pk")
    )
    found = list(rows)
    if trees != takes(resources):
        raise Again  # a room was divided between the look and the lock
    if len(found) < len(wanted):
        raise Missing
    return found
