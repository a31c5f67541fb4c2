"""Whose bookings a person may see; a stranger's are not there at all."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from booking.models import Block, Booking
from people.roles import MAY, As, Standing


def bookings_for(has: Standing) -> QuerySet[Booking]:
    """The bookings that somebody of this standing may see."""
    rows = Booking.objects.select_related("venue", "person", "organisation")
    if has.administrator:
        return rows
    if has.person is None:
        return rows.none()
    partners = has.partners(*(MAY["booking.see"] - {As.OWNER, As.DELEGATE}))
    return rows.filter(
        Q(person=has.person) | Q(organisation__in=has.delegate_of) | Q(venue__partner__in=partners)
    )


def blocks_for(has: Standing) -> QuerySet[Block]:
    rows = Block.objects.select_related("resource__venue", "made_by")
    if has.administrator:
        return rows
    return rows.filter(resource__venue__partner__in=has.partners(*MAY["block.see"]))
