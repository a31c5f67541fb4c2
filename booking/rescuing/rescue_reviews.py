"""A rescue is looked at again when its cause or a booking in it has changed: whoever is no longer met keeps what they
have; whoever is met now has a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from booking import claims
from booking.events import booking_changed, time_freed
from booking.models import Booking, Claim, Outage, Rescue, RescueCase
from booking.obstructing import obstacles
from booking.obstructing.obstacles import STANDS
from booking.rescuing import letters, rescues
from booking.rescuing.rescues import RESCUE
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove
from core.locks import act
from spaces.hours import closure_changed
from spaces.models import Closure

# By these a booking has another time or another person than those who were asked.
OTHERWISE = ("moved", "taken", "series-changed", "handed-over")


@booking_changed.hear
def on_booking_changed(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """A booking that ended or changed by another way, or to which nobody came, needs no answer to what was asked; if what
    changed is still met, it is taken up anew."""
    over = [b.pk for b in bookings if b.state not in STANDS or why in (*OTHERWISE, "no_show")]
    if not over:
        return
    cases = list(RescueCase.objects.filter(booking__in=over, answer="").order_by("pk"))
    if not cases:
        return
    RescueCase.objects.filter(pk__in=[case.pk for case in cases]).update(
        answer=RescueCase.Answer.VOID, answered_at=now()
    )
    freed = claims.drop(Claim.objects.filter(item__booking__in=over, kind="held", reason=RESCUE))
    if why in OTHERWISE:
        for case in cases:
            outbox.put(
                "booking.rescue_anew", {"rescue": str(case.rescue_id), "booking": str(case.booking_id)}
            )
    if freed:
        time_freed.announce(freed)


@outbox.handler("booking.rescue_anew")
def take_up_anew(payload: dict[str, Any]) -> None:
    """A booking that has another time or person, and still cannot be kept, has a case again, for staff to look over."""
    rescues.fill(_with_cause(payload["rescue"]), [payload["booking"]])


def _with_cause(rescue_id: Any) -> Rescue:
    rows = Rescue.objects.select_related("venue", "outage__resource", "closure__resource", "source")
    return rows.get(pk=rescue_id)


@outbox.handler("booking.end_rescues")
def end_rescues(payload: dict[str, Any]) -> None:
    """The outage is over, or shorter: whoever is no longer in it keeps their booking, and is told if written to."""
    outage = Outage.objects.select_related("resource").get(pk=payload["outage"])
    cases = RescueCase.objects.filter(rescue__outage=outage)
    _end_outside(cases, obstacles.of_outage(outage), "booking.end_rescues", payload)


@closure_changed.hear
def on_closure_changed(closure: Closure) -> None:
    """Inside the act: its rescues are looked at again; one that is lifted has none to lead to them afterwards."""
    for rescue in Rescue.objects.filter(closure=closure):
        outbox.put("booking.review_rescue", {"rescue": str(rescue.pk)})


@outbox.handler("booking.review_rescue")
def review(payload: dict[str, Any]) -> None:
    """Its cause has changed: whoever is no longer met keeps their booking; whoever is met now has a case, for staff to
    look over."""
    rescue = _with_cause(payload["rescue"])
    obstacle = obstacles.of_rescue(rescue)
    _end_outside(rescue.cases.all(), obstacle, "booking.review_rescue", payload)
    rescues.fill(rescue)


def _end_outside(
    cases: QuerySet[RescueCase], obstacle: obstacles.Obstacle, task: str, payload: dict[str, Any]
) -> None:
    """The open cases whose bookings it does not meet are over; the task is done once more for those in their undo."""
    still = set(obstacle.bookings().values_list("pk", flat=True))
    for case in cases.filter(answer="").exclude(booking__in=still).select_related("booking"):
        if case.booking.state in STANDS:
            _stands_again(case.pk)
        else:
            look_again_after_undo(case.booking, task, payload)


def look_again_after_undo(booking: Booking, task: str, payload: dict[str, Any]) -> None:
    """While a cancellation can still be taken back nothing is decided: the task is done once it cannot."""
    if booking.state == Booking.State.CANCELLED and booking.held_until is not None:
        outbox.put(task, payload, due_at=booking.held_until)


@act
def _stands_again(case_id: UUID) -> None:
    try:
        booking = rescues.locked_booking(RescueCase.objects.get(pk=case_id))
        case = rescues.locked_case(case_id)
    except IllegalMove:
        return  # answered or cancelled meanwhile
    freed = claims.drop(rescues.held_for(booking))
    case.answer, case.answered_at = RescueCase.Answer.VOID, now()
    case.save(update_fields=["answer", "answered_at"])
    if case.letter is not None:
        letters.stands_again(booking, case)
    record(None, "stands-again", case)
    time_freed.announce(freed)
