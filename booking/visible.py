"""Whose bookings a person may see; a stranger's are not there at all."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from booking.asking import one_a_series, rows_for
from booking.models import Block, Booking, Change, Consequence, Door
from core import terms
from core.clock import now
from people.models import Person
from people.roles import MAY, As, Standing, standing


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


def is_house(has: Standing, booking: Booking) -> bool:
    """Whether the person works for whoever runs the venue."""
    return has.administrator or bool(has.partners(*MAY["booking.attend"]).intersection(booking.governed_by()))


def handed_to(person: Person) -> QuerySet[Booking]:
    """The bookings that somebody would hand over to this person, whose answer or money they wait for."""
    offered = Change.objects.filter(
        kind=Change.Kind.HAND_OVER, to_email=person.email, state=Change.State.PENDING, until__gt=now()
    )
    rows = Booking.objects.select_related("venue", "person", "organisation")
    return rows.filter(pk__in=offered.values("booking"))


def blocks_for(has: Standing) -> QuerySet[Block]:
    rows = Block.objects.select_related("resource__venue", "made_by")
    if has.administrator:
        return rows
    return rows.filter(resource__venue__partner__in=has.partners(*MAY["block.see"]))


def consequences_for(has: Standing) -> QuerySet[Consequence]:
    """One's own, one's organisations', and those of the venues at whose desk one works."""
    rows = Consequence.objects.select_related("booking__venue", "booking__organisation", "person")
    if has.administrator:
        return rows
    partners = has.partners(*(MAY["consequence.see"] - {As.OWNER, As.DELEGATE}))
    return rows.filter(
        Q(person=has.person)
        | Q(booking__organisation__in=has.delegate_of)
        | Q(booking__venue__partner__in=partners)
    )


def doors_for(has: Standing) -> QuerySet[Door]:
    """The paired tablets of the venues at whose desk one works."""
    rows = Door.objects.filter(revoked_at=None).select_related("venue", "resource", "watch")
    if has.administrator:
        return rows
    return rows.filter(venue__partner__in=has.partners(*MAY["door.pair"]))


@terms.perform("session.approvals")
def approvals_waiting(person: Person) -> int | None:
    """How many requests wait for this person's yes or no, a series as one; None for who may not give one."""
    has = standing(person)
    partners = has.partners(*MAY["booking.approve"])
    if not partners and not has.administrator:
        return None
    return one_a_series(rows_for(None if has.administrator else partners)).count()
