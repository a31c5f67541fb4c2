"""Whose bookings a person may see; a stranger's are not there at all."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.models import Block, Booking, Change, Consequence, Door, Item
from core.clock import now
from people.models import Person
from people.roles import MAY, As, Standing


def had_or_run(has: Standing) -> QuerySet[Booking]:
    """One's own bookings, one's organisations', and those of the venues one works for: what may be acted upon."""
    rows = Booking.objects.select_related("venue", "person", "organisation")
    if has.administrator:
        return rows
    if has.person is None:
        return rows.none()
    return rows.filter(_had_or_run(has))


def _had_or_run(has: Standing) -> Q:
    partners = has.partners(*(MAY["booking.see"] - {As.OWNER, As.DELEGATE}))
    return Q(person=has.person) | Q(organisation__in=has.delegate_of) | Q(venue__partner__in=partners)


def bookings_for(has: Standing) -> QuerySet[Booking]:
    """The bookings that somebody of this standing may see: what they have or run; and for an office those of its partner's
    things alone in another's venue (what others earn is theirs, docs/adr/0044), and all of a consortium that it leads."""
    offices = has.partners(As.MANAGER, As.ACCOUNTANT)
    if has.administrator or has.person is None or not offices:
        return had_or_run(has)
    items = Item.objects.filter(booking=OuterRef("pk"))
    owned = Q(Exists(items.filter(resource__owner__in=offices))) & ~Q(
        Exists(items.exclude(resource__owner__in=offices))
    )
    rows = Booking.objects.select_related("venue", "person", "organisation")
    return rows.filter(_had_or_run(has) | owned | Q(venue__partner__consortium__in=has.lead_of))


def in_full(has: Standing, bookings: Sequence[Booking]) -> set[UUID]:
    """Which of these one sees as whoever has them or runs the venue does, notes and money too; not those only offered. One
    statement at most, and only for an office."""
    found = {b.pk for b in bookings if has.allows("booking.see", b)}
    others = [b.pk for b in bookings if b.pk not in found]
    if others and has.partners(As.MANAGER, As.ACCOUNTANT):
        found |= set(bookings_for(has).filter(pk__in=others).values_list("pk", flat=True))
    return found


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
    """The blocks that somebody may see: those of the venues that they work for."""
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
