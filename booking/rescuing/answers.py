"""What somebody answers to a rescue, by the link in their letter or through staff; and what counts if nobody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from booking import claims, states
from booking.changing import changes
from booking.changing.moves import Where, items_of
from booking.events import booking_changed, time_freed
from booking.holding.holds import end
from booking.holding.locking import lock_bookings
from booking.inviting.feeds import hashed
from booking.judging.judge import Verdict
from booking.models import Booking, Rescue, RescueCase, RescueLetter, Waiting, WaitingItem, WaitingLine
from booking.obstructing.obstacles import STANDS
from booking.queueing.calling import note
from booking.rescuing.rescue_reviews import look_again_after_undo
from booking.rescuing.rescues import ANSWERED, asks_in, held_for, placed_for
from core import outbox, terms
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, Missing, OfferLapsed, Pointer, SlotTaken
from core.locks import patient_act
from core.periods import Period, hull
from people.models import Organisation, Person
from people.roles import OfPartner, standing

A = RescueCase.Answer
HOUR = timedelta(hours=1)
WAITS_FOR = timedelta(days=30)


def read(secret: str) -> RescueLetter:
    """The letter of this secret, which has now been seen. Raises Missing."""
    rows = RescueLetter.objects.select_related("rescue__venue", "person")
    found = rows.filter(secret_sha256=hashed(secret)).first()
    if found is None:
        raise Missing
    if found.seen_at is None:
        found.seen_at = now()
        RescueLetter.objects.filter(pk=found.pk, seen_at=None).update(seen_at=found.seen_at)
    return found


def choices(case: RescueCase) -> list[str]:
    """What may be answered for this case."""
    return [*([A.MOVE] if case.chosen is not None else []), A.REFUND, A.WAIT]


def by_letter(letter: RescueLetter, case_id: UUID, choice: str) -> RescueCase:
    """The answer of whoever has the letter. Raises OfferLapsed after its hour, IllegalMove for another answer given, Missing
    for a case of another letter."""
    if not letter.cases.filter(pk=case_id).exists():
        raise Missing
    return settle(case_id, choice, by=letter.person)


@patient_act
def settle(
    case_id: UUID, choice: str, *, by: Person | None, staff: bool = False, by_default: bool = False
) -> RescueCase:
    """The booking is moved to what was held, given back in full, given back while its person waits, or kept.

    The same answer again changes nothing. Raises OfferLapsed, IllegalMove, SlotTaken, Invalid.
    """
    seen = RescueCase.objects.select_related("booking").get(pk=case_id)
    asks = asks_in(seen.offers[seen.chosen]) if choice == A.MOVE and seen.chosen is not None else []
    (booking,) = lock_bookings([seen.booking_id], resources={a.resource.pk for a in asks})
    case = (
        RescueCase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("rescue__venue", "letter")
        .get(pk=case_id)
    )
    if by_default and _has_begun(case, booking):
        choice = A.KEEP
    if case.answer == choice:
        return case
    if case.answer or case.left_out or booking.state not in STANDS:
        said = ANSWERED if case.answer else booking.get_state_display()
        raise IllegalMove(state=said, data={"state": case.answer or booking.state})
    in_time = case.until is not None and now() < case.until
    if not (staff or by_default or in_time):
        raise OfferLapsed
    if choice == A.MOVE and (case.chosen != seen.chosen or not asks):
        raise Invalid(pointers=[Pointer("/choice", "nothing-held", "")])
    case.answer, case.by_default, case.answered_at = choice, by_default, now()
    case.save(update_fields=["answer", "by_default", "answered_at"])
    record(by, f"rescue-{choice}", case, booking=str(booking.pk))
    if choice == A.MOVE:
        _move(booking, asks, by)
    elif choice == A.KEEP:
        time_freed.announce(claims.drop(held_for(booking)))
    else:
        _give_back(booking, case, by, waits=choice == A.WAIT)
    return case


def _has_begun(case: RescueCase, booking: Booking) -> bool:
    """Whether they came, or had begun before they were written to: what they have had is not given back unasked."""
    came = booking.attendance in (Booking.Attendance.PRESENT, Booking.Attendance.LEFT)
    return came or (case.letter is not None and booking.period.start <= case.letter.sent_at)


def _move(booking: Booking, asks: list[claims.Ask], by: Person | None) -> None:
    """The booking has the time and place that were held; its price stays, for it is not its person who moves it."""
    placed, moves = placed_for(booking, asks)
    where = Where(hull(a.period for a in asks))
    changes.take_new_time(booking, where, items_of(booking), Verdict([], placed, moves), by)


def _give_back(booking: Booking, case: RescueCase, by: Person | None, *, waits: bool) -> None:
    """The booking is cancelled, all that was paid for it is on its way back, and its person waits if they said so."""
    refund: Callable[[Person | None, Booking], None] = terms.performer(
        "booking.refund-in-full", lambda by, booking: None
    )
    refund(by, booking)
    before = booking.state
    states.move(booking, Booking.State.CANCELLED)
    booking.reason = case.rescue.reason
    if waits:
        _wait(booking)
    end(booking, lambda: booking_changed.announce([booking], before, "cancelled"))
    record(by, "cancel", booking)


def _wait(booking: Booking) -> None:
    """Its person is on the list for all of the same, as long, about that time of the day, from now to a month after."""
    (item, *besides), zone = items_of(booking), booking.venue.zone
    early, late = ((item.period.start - HOUR).astimezone(zone), (item.period.end + HOUR).astimezone(zone))
    # Where an hour before or after is another day, the hours would mean the rest of it: then any will do.
    hours = {"earliest": early.time(), "latest": late.time()} if early.date() == late.date() else {}
    made = Waiting.objects.create(
        person=booking.person,
        organisation=_their_organisation(booking),
        venue=booking.venue,
        resource=item.resource,
        window=Period(now(), max(item.period.end, now()) + WAITS_FOR),
        minutes=item.period.minutes,
        quantity=item.quantity,
        people=booking.people,
        opens_at=now(),  # what is free already nobody frees for them
        **hours,
    )
    WaitingItem.objects.bulk_create(
        WaitingItem(waiting=made, resource=one.resource, quantity=one.quantity) for one in besides
    )
    note(made, WaitingLine.What.JOINED)


def _their_organisation(booking: Booking) -> Organisation | None:
    """In whose name its person would book the same again; staff may have booked it for them, or they are no delegate now."""
    body = booking.organisation
    if body is None or standing(booking.person).books_for(body.pk, OfPartner(booking.venue.partner_id)):
        return body
    return None


@outbox.handler("booking.rescue_default")
def apply_default(payload: dict[str, Any]) -> None:
    """At its hour, whoever has not answered has the policy's default; without anything held, their money back. What has
    begun stays as it is."""
    case = (
        RescueCase.objects.select_related("rescue", "booking").filter(pk=payload["case"], answer="").first()
    )
    if case is None:
        return  # answered
    if case.booking.state not in STANDS:
        look_again_after_undo(case.booking, "booking.rescue_default", payload)
        return  # cancelled, which will say so itself
    choice = case.rescue.default
    if choice == Rescue.Default.MOVE and case.chosen is None:
        choice = Rescue.Default.REFUND
    try:
        settle(case.pk, choice, by=None, by_default=True)
    except SlotTaken:
        settle(case.pk, A.REFUND, by=None, by_default=True)
    except IllegalMove:
        return  # answered in the same moment
