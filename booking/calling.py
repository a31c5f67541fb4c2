"""Freed time goes first to who waits for it, before the act that frees it commits and under its locks.

A resource's units share one lock domain, so whoever locked the freed unit has locked all that is offered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from booking import codes, standing
from booking.availability import Seen, look, starts
from booking.claims import Ask, Placed
from booking.clauses import Given
from booking.events import Freed, booking_changed, time_freed
from booking.holds import write
from booking.judge import place, standing_reasons
from booking.matching import Sought, answer_by, best_first
from booking.messages import when
from booking.models import Booking, Waiting, WaitingLine
from core import mail
from core.audit import record
from core.clock import now
from core.periods import Period, hull
from core.words import Words
from people.models import Person
from spaces.layout import takes
from spaces.models import Resource, Unit

DAY = timedelta(days=1)
MOST_CALLED = 50  # so many are asked under the locks; the rest are asked when this offer dies
MOST_STARTS = 200
MOST_TRIES = 5
W = Waiting.State


def sought(waiting: Waiting) -> Sought:
    return Sought(
        waiting.window,
        waiting.minutes,
        waiting.venue.zone,
        frozenset(waiting.weekdays),
        waiting.earliest,
        waiting.latest,
    )


def suits(waiting: Waiting, resource: Resource) -> bool:
    """Whether they wait for this resource, by name or by kind."""
    if waiting.resource_id is not None:
        return waiting.resource_id == resource.pk
    return (waiting.venue_id, waiting.kind) == (resource.venue_id, resource.kind)


@time_freed.hear
def offer(freed: Sequence[Freed]) -> None:
    """What is out of use takes its own back first; then each who waits, in the order of joining, has the best of the
    freed time that is still there as an offer."""
    if not freed:
        return
    standing.take_back(freed)
    around = hull(piece.during for piece in freed)
    units = {piece.unit for piece in freed}
    waiting = list(
        Waiting.objects.filter(
            state=W.WAITING,
            person__is_active=True,
            window__overlap=around,
            venue__in=Unit.objects.filter(pk__in=units).values("venue"),
        )
        .select_related("venue", "person")
        .order_by("joined_at", "pk")[:MOST_CALLED]
    )
    if not waiting:
        return
    for resource, pieces in _resources_of(waiting, freed):
        for one in waiting:
            if one.state == W.WAITING and suits(one, resource):
                _call(one, resource, pieces)


def _resources_of(waiting: Sequence[Waiting], freed: Sequence[Freed]) -> list[tuple[Resource, list[Period]]]:
    """What takes the freed units, with the periods freed of it; those waited for by the first first."""
    rows = Resource.objects.filter(venue__in={w.venue_id for w in waiting}, is_active=True)
    wanted = [
        r for r in rows.select_related("venue").order_by("name", "pk") if any(suits(w, r) for w in waiting)
    ]
    trees = takes([r.pk for r in wanted])
    found = []
    for resource in wanted:
        own = {unit for take in trees[resource.pk] for unit in take.choices}
        if pieces := [piece.during for piece in freed if piece.unit in own]:
            found.append((resource, pieces))
    return sorted(found, key=lambda pair: next(n for n, w in enumerate(waiting) if suits(w, pair[0])))


def _call(waiting: Waiting, resource: Resource, freed: Sequence[Period]) -> None:
    """If some of the freed time can be theirs, it is offered to them."""
    window = waiting.window.clip(hull(freed).padded(DAY, DAY))
    if window is None:
        return
    seen = look([resource], window, waiting.person)
    seen.given = Given(people=waiting.people)
    found = _best(seen, waiting, resource, freed)
    if found is None:
        return
    # Another act, in another domain, may be calling the same person: one of the two goes on to the next.
    row = Waiting.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    if not row.filter(pk=waiting.pk, state=W.WAITING).exists():
        return
    placed, moves = found
    policy = seen.facts.policy(resource, placed[0].ask.period.start)
    period = placed[0].ask.period
    until = answer_by(period.start, now(), policy.offer, timedelta(minutes=policy.notice))
    if until is None:
        return
    booking = Booking.objects.create(
        code=codes.new_code(),
        venue=waiting.venue,
        person=waiting.person,
        made_by=waiting.person,
        state=Booking.State.OFFERED,
        period=period,
        people=waiting.people,
        held_until=until,
        earliest_start=period.start,
    )
    write(booking, placed, moves, "offered", until=until)
    waiting.state, waiting.booking = W.OFFERED, booking
    waiting.save(update_fields=["state", "booking"])
    note(waiting, WaitingLine.What.OFFERED, resource.pk, period)
    record(None, "offer", booking, waiting=str(waiting.pk))
    _tell(waiting.person, booking, resource)
    booking_changed.announce([booking], None, "offered")


def _best(
    seen: Seen, waiting: Waiting, resource: Resource, freed: Sequence[Period]
) -> tuple[list[Placed], dict[int, UUID]] | None:
    """The longest and best placed period that every rule and the guard would grant them; None if there is none."""
    if standing_reasons(seen.facts, [resource], waiting.people):
        return None
    want = sought(waiting)
    policy = seen.facts.policy(resource, seen.window.start)
    for minutes in want.lengths(hull(freed).minutes, policy.step, policy.most):
        length = timedelta(minutes=minutes)
        granted = islice(starts(seen, resource, minutes, waiting.quantity), MOST_STARTS)
        fitting = [p for p in (Period(s, s + length) for s in granted) if want.fits(p)]
        for period in best_first(fitting, freed)[:MOST_TRIES]:
            # The list reads past the dead; here every row counts. What is dead calls again when it lapses.
            placed, moves = place(seen.facts, [Ask(resource, period, waiting.quantity)], locked=True)
            if placed is not None:
                return placed, moves
    return None


@booking_changed.hear
def on_offer_ended(bookings: Sequence[Booking], before: str | None, why: str) -> None:
    """Who lets an offer die, or gives it back, leaves the list; who used it has what they waited for."""
    if before != Booking.State.OFFERED:
        return
    ended = {"lapsed": (W.MISSED, "missed"), "held": (W.TAKEN, "accepted"), "used": (W.TAKEN, "accepted")}
    for booking in bookings:
        state, what = ended.get(why, (W.LEFT, "left"))
        for waiting in Waiting.objects.filter(booking=booking, state=W.OFFERED):
            waiting.state = state
            waiting.save(update_fields=["state"])
            note(waiting, WaitingLine.What(what), waiting.resource_id, booking.period)


def note(
    waiting: Waiting, what: WaitingLine.What, resource: UUID | None = None, period: Period | None = None
) -> None:
    """The log of the list says what happened, without saying to whom."""
    WaitingLine.objects.create(waiting=waiting, what=what, resource_id=resource, period=period)


def _tell(person: Person, booking: Booking, resource: Resource) -> None:
    zone = booking.venue.zone
    assert booking.held_until is not None
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        Words("Si è liberato: {what}, {when}", "It is free now: {what}, {when}"),
        [
            Words("Ciao {name},", "Hello {name},"),
            Words(
                "si è liberato quello che aspettavi: {what}, {when} ({venue}).",
                "what you were waiting for is free: {what}, {when} ({venue}).",
            ),
            Words(
                "È tenuto per te fino al {deadline}. Se non rispondi passa a chi aspetta dopo di te.",
                "It is kept for you until {deadline}. If you do not answer it goes to the next on the list.",
            ),
        ],
        link=(Words("Rispondi", "Answer"), "/me"),
        key=f"offer:{booking.pk}",
        until=booking.held_until,
        name=person.name,
        what=resource.name,
        when=when(booking),
        venue=booking.venue.name,
        deadline=f"{booking.held_until.astimezone(zone):%d/%m/%Y %H:%M}",
    )
