"""Those whose booking cannot be kept: what each is offered is found, held for them, looked over by staff, and sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from booking import claims
from booking.changing.moves import items_of
from booking.claims import Ask, NewClaim, Placed
from booking.events import Freed, time_freed
from booking.holding.locking import lock_bookings
from booking.inviting.feeds import hashed
from booking.judging.gathering import gather
from booking.judging.judge import place
from booking.models import Booking, CalendarSource, Claim, Outage, Rescue, RescueCase, RescueLetter
from booking.obstructing import obstacles
from booking.obstructing.obstacles import STANDS
from booking.rescuing import instead, letters
from core import outbox
from core.audit import record
from core.clock import now
from core.errors import IllegalMove, Invalid, PlanStale, Pointer, SlotTaken
from core.locks import act
from core.periods import Period, hull, local_date
from core.words import Words
from people.models import Person
from spaces.models import Closure, Resource, Venue
from spaces.policy import policies

DRAFT = timedelta(hours=2)  # so long staff may look it over before what is held goes back
GRACE = timedelta(minutes=15)  # the default is applied at its hour, before what is held dies
LEAST_TO_ANSWER = timedelta(minutes=15)
SECRET_BYTES = 16
MOST_CASES = 400
MOST_LOOKS = 3
DAY = timedelta(days=1)
RESCUE = Claim.Reason.RESCUE
ANSWERED = Words("già risposto", "answered already")
SENT = Words("già inviato", "sent already")


@dataclass(frozen=True, slots=True)
class About:
    """What met the bookings: one of an outage, a closure, an outside calendar."""

    venue: Venue
    reason: str
    outage: Outage | None = None
    closure: Closure | None = None
    source: CalendarSource | None = None


def plan(by: Person, about: About) -> Rescue:
    """Each booking it meets has a case, with what could take its place; the best of that is held for its person."""
    rescue = _open(by, about)
    fill(rescue)
    return rescue


@act
def _open(by: Person, about: About) -> Rescue:
    made = drafted(by, about)
    made.save(force_insert=True)
    record(by, "plan-rescue", made)
    return made


def drafted(by: Person, about: About) -> Rescue:
    """A rescue with the default and the hours of its venue's rules, not saved."""
    resource = (
        about.outage.resource
        if about.outage
        else about.source.resource
        if about.source
        else about.closure.resource
        if about.closure and about.closure.resource
        else Resource.objects.filter(venue=about.venue, is_active=True).order_by("position", "pk").first()
    )
    rule = None
    if resource is not None:
        resource.venue = about.venue
        rule = policies([resource])[resource.pk].on(local_date(now(), about.venue.zone)).policy
    return Rescue(
        venue=about.venue,
        outage=about.outage,
        closure=about.closure,
        source=about.source,
        reason=about.reason,
        default=rule.rescue_default if rule else Rescue.Default.REFUND,
        hours=rule.rescue_hours if rule else 24,
        made_by=by,
    )


def fill(rescue: Rescue, only: Sequence[str] | None = None) -> None:
    """Whoever it meets by now (or only these of them) has a case, and what is held has not lapsed; one after the other,
    none waits for all."""
    obstacle = obstacles.of_rescue(rescue)
    met = obstacle.bookings() if only is None else obstacle.bookings().filter(pk__in=only)
    for booking in met[:MOST_CASES]:
        if not RescueCase.objects.filter(booking=booking, answer="").exists():
            _add(rescue, booking)
    cases = rescue.cases.filter(answer="", left_out=False, letter=None).select_related(*WITH_BOOKING)
    for case in cases.order_by("booking__period", "booking"):
        # What staff have decided stays: money back, nothing held.
        if (case.chosen is None and not case.offers) or not _is_held(case):
            propose(case, obstacle)


WITH_BOOKING = ("booking__venue", "booking__person", "booking__organisation")


def _add(rescue: Rescue, booking: Booking) -> None:
    # Another rescue may have taken the booking up in the same moment: one is enough.
    try:
        with transaction.atomic():
            RescueCase.objects.create(rescue=rescue, booking=booking)
    except IntegrityError:
        return


def propose(case: RescueCase, obstacle: obstacles.Obstacle) -> None:
    """The first of what could take the booking's place that can still be held is held for its person."""
    for _ in range(MOST_LOOKS):
        offers = instead.offers_for(case.booking, obstacle)
        said = [instead.said(asks) for asks in offers]
        RescueCase.objects.filter(pk=case.pk, answer="").update(offers=said, chosen=None)
        if not offers or _hold_first(case.pk, len(offers)):
            return


def _hold_first(case_id: UUID, many: int) -> bool:
    """Whether there is nothing more to look for: one of the offers is held, or the case is over. All may have gone to
    others since they were found; then there are others to find."""
    for index in range(many):
        try:
            choose(None, case_id, index)
        except SlotTaken:
            continue
        except IllegalMove:
            return True  # answered or cancelled meanwhile
        return True
    return False


def asks_in(offer: Sequence[dict[str, Any]]) -> list[Ask]:
    """What a case keeps, as asks again."""
    found = Resource.objects.select_related("venue").in_bulk([UUID(o["resource"]) for o in offer])
    return [
        Ask(
            found[UUID(o["resource"])],
            Period(datetime.fromisoformat(o["start"]), datetime.fromisoformat(o["end"])),
            o["quantity"],
        )
        for o in offer
    ]


def period_of(offer: Sequence[dict[str, Any]]) -> Period:
    """When it is, from the first of its asks to the last."""
    return hull(Period(datetime.fromisoformat(o["start"]), datetime.fromisoformat(o["end"])) for o in offer)


@act
def choose(by: Person | None, case_id: UUID, index: int | None) -> RescueCase:
    """This of the case's offers is held for its person, and nothing else. Raises SlotTaken, IllegalMove, Invalid."""
    seen = RescueCase.objects.get(pk=case_id)
    if index is not None and not 0 <= index < len(seen.offers):
        raise Invalid(pointers=[Pointer("/chosen", "unknown", "")])
    asks = asks_in(seen.offers[index]) if index is not None else []
    booking = locked_booking(seen, asks)
    case = locked_case(case_id)
    freed = claims.drop(held_for(booking))
    taken: list[Freed] = []
    if asks:
        taken = _hold(booking, asks, (case.until or now() + DRAFT) + GRACE)
    case.chosen = index
    case.save(update_fields=["chosen"])
    if by is not None:
        record(by, "choose-instead", case)
    time_freed.announce(claims.remaining(freed, taken))
    return case


def locked_booking(case: RescueCase, asks: Sequence[Ask] = ()) -> Booking:
    """Inside an act: the case's booking, locked with what it would have instead. Raises IllegalMove if it stands no more."""
    resources = {a.resource.pk for a in asks}
    (booking,) = lock_bookings([case.booking_id], resources=resources)
    if booking.state not in STANDS:
        raise IllegalMove(state=booking.get_state_display(), data={"state": booking.state})
    return booking


def locked_case(case_id: UUID) -> RescueCase:
    """The case, still open. Raises IllegalMove."""
    case = (
        RescueCase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("rescue__venue", "letter")
        .get(pk=case_id)
    )
    if case.answer:
        raise IllegalMove(state=ANSWERED, data={"state": case.answer})
    return case


def held_for(booking: Booking) -> QuerySet[Claim]:
    """What a rescue holds for this booking besides its own time."""
    return Claim.objects.filter(item__booking=booking, kind="held", reason=RESCUE)


def _is_held(case: RescueCase) -> bool:
    """Whether what was chosen still stands: it is held, or needs nothing besides the booking's own time."""
    return case.chosen is None or held_for(case.booking).filter(until__gt=now()).exists()


def placed_for(booking: Booking, asks: Sequence[Ask]) -> tuple[list[Placed], dict[int, UUID]]:
    """Where this booking's items go, its own time not in their way, and what moves for them. Raises SlotTaken."""
    facts = gather(
        {a.resource for a in asks},
        hull(a.period for a in asks).padded(DAY, DAY),
        booking.person,
        booking.organisation,
        leaving=[booking.pk],
    )
    placed, moves = place(facts, asks, locked=True)
    if placed is None:
        raise SlotTaken
    return placed, moves


def _hold(booking: Booking, asks: Sequence[Ask], until: datetime) -> list[Freed]:
    """What the new time takes besides the booking's own is held for it. Raises SlotTaken."""
    placed, moves = placed_for(booking, asks)
    own = [Freed(c.unit_id, c.during) for c in Claim.objects.filter(item__booking=booking)]
    items = items_of(booking)
    new = [
        NewClaim(piece.unit, piece.during, "held", RESCUE, until, item=item.pk)
        for item, p in zip(items, placed, strict=True)
        for piece in claims.remaining([Freed(unit, p.padded) for unit in p.units], own)
    ]
    claims.insert(new, moves)
    return [Freed(c.unit, c.during) for c in new]


@act
def leave_out(by: Person, case_id: UUID, out: bool) -> RescueCase:
    """Staff see to this booking themselves (or no longer do). Raises IllegalMove."""
    booking = locked_booking(RescueCase.objects.get(pk=case_id))
    case = locked_case(case_id)
    if case.letter is not None:
        raise IllegalMove(state=SENT, data={"state": "sent"})
    freed = claims.drop(held_for(booking)) if out else []
    case.left_out, case.chosen = out, None
    case.save(update_fields=["left_out", "chosen"])
    record(by, "leave-out", case)
    time_freed.announce(freed)
    return case


@act
def edit(by: Person, rescue_id: UUID, **said: Any) -> Rescue:
    """The rescue says this from now on; what was sent keeps its hour."""
    rescue = Rescue.objects.select_for_update(no_key=True, of=("self",)).get(pk=rescue_id)
    for name, value in said.items():
        setattr(rescue, name, value)
    rescue.save(update_fields=list(said))
    record(by, "edit-rescue", rescue)
    return rescue


# -- sending ---------------------------------------------------------------------------------------------


def send(by: Person, rescue: Rescue) -> Rescue:
    """Everybody not yet written to has one message about all their bookings, and until its hour to answer.

    Raises PlanStale where what was held for somebody has gone: the plan has been made anew and is to be looked at.
    """
    try:
        return _send(by, rescue.pk)
    except PlanStale:
        fill(rescue)
        raise


def _to_send(rescue_id: UUID) -> list[RescueCase]:
    rows = RescueCase.objects.filter(rescue=rescue_id, answer="", left_out=False, letter=None)
    return list(rows.select_related(*WITH_BOOKING).order_by("booking__period", "pk"))


@act
def _send(by: Person, rescue_id: UUID) -> Rescue:
    seen = _to_send(rescue_id)
    resources = {UUID(o["resource"]) for c in seen if c.chosen is not None for o in c.offers[c.chosen]}
    lock_bookings([c.booking_id for c in seen], resources=resources)
    rescue = (
        Rescue.objects.select_for_update(no_key=True, of=("self",)).select_related("venue").get(pk=rescue_id)
    )
    cases = [c for c in _to_send(rescue_id) if c.pk in {s.pk for s in seen} and c.booking.state in STANDS]
    if not cases:
        raise IllegalMove(state=SENT, data={"state": "sent"})
    if not all(_is_held(c) for c in cases):
        raise PlanStale
    by_person: dict[UUID, list[RescueCase]] = {}
    for case in cases:
        by_person.setdefault(case.booking.person_id, []).append(case)
    for own in by_person.values():
        _write(rescue, own)
    rescue.sent_at = rescue.sent_at or now()
    rescue.save(update_fields=["sent_at"])
    record(by, "send-rescue", rescue)
    return rescue


def _write(rescue: Rescue, cases: Sequence[RescueCase]) -> None:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    letter = RescueLetter.objects.create(
        rescue=rescue, person=cases[0].booking.person, secret_sha256=hashed(secret)
    )
    for case in cases:
        case.letter, case.until = letter, answer_by(case, rescue.hours)
        case.save(update_fields=["letter", "until"])
        held_for(case.booking).update(until=case.until + GRACE)
        outbox.put(
            "booking.rescue_default",
            {"case": str(case.pk)},
            due_at=case.until,
            key=f"rescue-default:{case.pk}",
        )
    letters.write(rescue, letter, cases, secret)


def answer_by(case: RescueCase, hours: int) -> datetime:
    """The rescue's hours from now, but no later than the booking or what is held for it begins."""
    begins = [case.booking.period.start]
    if case.chosen is not None:
        begins += [datetime.fromisoformat(o["start"]) for o in case.offers[case.chosen]]
    return max(min(now() + timedelta(hours=hours), *begins), now() + LEAST_TO_ANSWER)
