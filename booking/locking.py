"""Several bookings locked at once, in the one order, with everything they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booking.models import Booking, Item
from core.errors import Missing
from core.locks import Order, lock_rows, lock_venue
from spaces.layout import domains_of, takes
from spaces.models import LockDomain


def lock_bookings(ids: Iterable[Any]) -> list[Booking]:
    """These bookings, read after their venues, domains and rows were locked; in the order of their ids.

    The domains are those of all that they could take, so that what has lapsed can be claimed again.
    """
    wanted = sorted({pk for pk in ids if pk is not None})
    resources = set(Item.objects.filter(booking__in=wanted).values_list("resource_id", flat=True))
    units = {unit for parts in takes(resources).values() for take in parts for unit in take.choices}
    for venue in sorted(set(Booking.objects.filter(pk__in=wanted).values_list("venue_id", flat=True))):
        lock_venue(venue)
    lock_rows(Order.WHERE, LockDomain, domains_of(units))
    lock_rows(Order.BOOKINGS, Booking, wanted)
    rows = (
        Booking.objects.filter(pk__in=wanted).select_related("venue", "person", "organisation").order_by("pk")
    )
    found = list(rows)
    if len(found) < len(wanted):
        raise Missing
    return found
