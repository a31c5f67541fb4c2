"""Staff answer a request with another time: held for the guest until they say yes or no, the request kept meanwhile."""

from __future__ import annotations

from uuid import UUID

from booking import claims
from booking.changing import changes
from booking.changing.changes import KIND, WAITS, lock_for
from booking.changing.moves import Where, items_of, judged, pending_of
from booking.holding.holds import refuse
from booking.holding.lifecycle import request_deadline
from booking.models import Booking, Change
from booking.telling.messages import tell_of
from core.errors import IllegalMove, OfferLapsed
from core.locks import act
from people.models import Person


@act
def propose(by: Person, booking_id: UUID, where: Where, message: str = "") -> Booking:
    """The guest may have this instead, by staff's word, for as long as their request lasts. Raises IllegalMove,
    Refused, SlotTaken."""
    booking = lock_for(booking_id, resources=[where.resource.pk] if where.resource else [])
    if booking.state != Booking.State.REQUESTED:
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    items = items_of(booking)
    # Staff's own proposal sets the rules aside; the guard it cannot.
    found = judged(booking, where, items, house=True, override=message or KIND.PROPOSAL, locked=True)
    if found.reasons:
        refuse(found.verdict)
    until = max(booking.held_until or request_deadline(booking), request_deadline(booking))
    booking.held_until = until
    booking.save(update_fields=["held_until"])
    claims.keep(booking, "requested", until=until)
    made = changes.hold_difference(
        booking, where, items, found, by, WAITS.ANSWER, until, kind=KIND.PROPOSAL, message=message
    )
    booking.reason = message
    tell_of(booking, "proposed", until=made.until)
    return booking


def awaited(booking: Booking) -> Change:
    """The proposal that the guest has to answer. Raises OfferLapsed."""
    change = pending_of(booking)
    if change is None or change.kind != KIND.PROPOSAL:
        raise OfferLapsed
    return change
