"""Freed time goes first to who waits for it, before the act that frees it commits and under its locks.

A resource's units share one lock domain, so whoever locked the freed unit has locked all that is offered of it. What
somebody waits for together with it is locked too if that needs no waiting, else in an act of its own, in the one order
(docs/adr/0101).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from booking import claims, codes
from booking.claims import Placed
from booking.events import Freed, booking_changed, time_freed
from booking.finding.availability import Frame, Seen, look
from booking.finding.bundles import Choice, allowed, lengths_of_all, never, together
from booking.holding.holds import write
from booking.judging.clauses import Given
from booking.judging.judge import place
from booking.models import Booking, MailPreference, Waiting, WaitingLine
from booking.obstructing import standing
from booking.queueing.matching import AROUND, Sought, answer_by, best_first, worth_trying
from booking.queueing.wanted import choices, frames_of, sought, suits, things, within_reach
from booking.telling.messages import when
from booking.telling.preferences import wants
from core import mail, outbox
from core.audit import record
from core.clock import now
from core.locks import patient_act, rows_at_once
from core.periods import Period, hull, merged
from core.words import Words
from people.models import Person
from people.roles import OfPartner, Standing, who_books_for
from spaces.layout import domains_of, takes, units_of
from spaces.models import LockDomain, Resource, Unit
from spaces.policy import policies

MOST_CALLED = 50  # so many are asked under one act's locks, the rest in acts of their own
GO_ON, TOGETHER = "booking.call_on", "booking.call_together"
MOST_STARTS = 200
MOST_TRIES = 5
W = Waiting.State
NAMED = Waiting.objects.select_related("venue", "person", "organisation", "resource__venue").prefetch_related(
    "besides__resource__venue"
)
FREE = (
    Words("Si è liberato: {what}, {when}", "It is free now: {what}, {when}"),
    Words(
        "si è liberato quello che aspettavi: {what}, {when} ({venue}).",
        "what you were waiting for is free: {what}, {when} ({venue}).",
    ),
)
OPEN = (
    Words("Ora si può prenotare: {what}, {when}", "It can be booked now: {what}, {when}"),
    Words(
        "da ora si può prenotare quello che aspettavi, ed è libero: {what}, {when} ({venue}).",
        "what you were waiting for can be booked from now on, and is free: {what}, {when} ({venue}).",
    ),
)
IN_ITS_NAME = Words("Lo aspettavi a nome di {body}.", "You were waiting for it in the name of {body}.")


def may_book(waiting: Waiting, has: Standing) -> bool:
    """Whether who waits may still book in the name in which they wait."""
    return waiting.organisation_id is None or has.books_for(
        waiting.organisation_id, OfPartner(waiting.venue.partner_id)
    )


def is_called() -> Q:
    """Who waits and has their turn: `may_book` of rows. The others are passed, and stand before nobody."""
    may = Q(organisation=None) | who_books_for("person", "organisation", "venue__partner")
    return Q(may, state=W.WAITING, person__is_active=True)


@time_freed.hear
def offer(freed: Sequence[Freed]) -> None:
    """What is out of use takes its own back first; then each who waits, in the order of joining, has the best of the
    freed time that is still there as an offer."""
    if freed:
        standing.take_back(freed)
        _offer(freed, None)


def _offer(freed: Sequence[Freed], after: tuple[datetime, UUID] | None) -> None:
    """Those who joined after this place, or all, are asked in the order of joining; what is too many, in a later act."""
    asked: list[Waiting] = []
    for one, found in _who_may_use(freed, after):
        if len(asked) == MOST_CALLED:
            _go_on_later(freed, asked[-1])
            return
        asked.append(one)
        for would_do, pieces in found:
            if one.state == W.WAITING:
                _call(one, would_do, pieces)


def _who_may_use(
    freed: Sequence[Freed], after: tuple[datetime, UUID] | None
) -> Iterator[tuple[Waiting, list[tuple[list[Choice], list[Period]]]]]:
    """Who waits for a resource that takes some of the freed units, in hours that it touches; for each such resource
    what they may have with it, and when."""
    rows = NAMED.filter(
        is_called(),
        window__overlap=hull(piece.during for piece in freed).padded(AROUND, AROUND),
        venue__in=Unit.objects.filter(pk__in={piece.unit for piece in freed}).values("venue"),
    )
    if after is not None:
        joined, pk = after
        rows = rows.filter(Q(joined_at__gt=joined) | Q(joined_at=joined, pk__gt=pk))
    waiting = list(rows.order_by("joined_at", "pk"))
    among = within_reach(waiting) if waiting else []
    freed_of = _gaining(among, freed) if among else []
    for one in waiting:
        may_use, wanted = sought(one).may_use, things(one)
        here = [r for r in among if r.venue_id == one.venue_id]
        found = [
            (choices(wanted, here, resource), pieces)
            for resource, pieces in freed_of
            if suits(one, resource) and any(map(may_use, pieces))
        ]
        if found:
            yield one, found


def _gaining(among: Sequence[Resource], freed: Sequence[Freed]) -> list[tuple[Resource, list[Period]]]:
    """Of these resources those that take the freed units, with the periods in which a use may have gained by it."""
    trees, rules = takes([r.pk for r in among]), policies(among)
    found = []
    for resource in among:
        own = {unit for take in trees[resource.pk] for unit in take.choices}
        # What ends where the freed time begins may need it to be cleaned up in.
        margin = timedelta(minutes=rules[resource.pk].widest)
        if pieces := [piece.during.padded(margin, margin) for piece in freed if piece.unit in own]:
            found.append((resource, merged(pieces)))
    return found


def _go_on_later(freed: Sequence[Freed], after: Waiting) -> None:
    outbox.put(
        GO_ON,
        {
            "after": [after.joined_at.isoformat(), str(after.pk)],
            "freed": [[str(p.unit), p.during.start.isoformat(), p.during.end.isoformat()] for p in freed],
        },
    )


@outbox.handler(GO_ON)
def go_on(payload: dict[str, Any]) -> None:
    """Those who wait behind the ones already asked are asked for what is left. May run twice."""
    freed = [
        Freed(UUID(unit), Period(datetime.fromisoformat(start), datetime.fromisoformat(end)))
        for unit, start, end in payload["freed"]
    ]
    joined, pk = payload["after"]
    after = datetime.fromisoformat(joined), UUID(pk)
    for venue in sorted(
        set(Unit.objects.filter(pk__in={f.unit for f in freed}).values_list("venue_id", flat=True))
    ):
        _ask_on(venue, freed, after)


@patient_act
def _ask_on(venue: UUID, freed: Sequence[Freed], after: tuple[datetime, UUID]) -> None:
    units = set(Unit.objects.filter(pk__in={f.unit for f in freed}, venue=venue).values_list("pk", flat=True))
    claims.lock(venue, [], domains_of(units))
    _offer([piece for piece in freed if piece.unit in units], after)


def _call_later(waiting: Waiting, freed: Sequence[Period]) -> None:
    told = [[piece.start.isoformat(), piece.end.isoformat()] for piece in freed]
    outbox.put(TOGETHER, {"waiting": str(waiting.pk), "freed": told})


@outbox.handler(TOGETHER)
def call_together(payload: dict[str, Any]) -> None:
    """Who waits for several things is asked, with all of them locked in the one order. May run twice."""
    freed = [Period(*map(datetime.fromisoformat, piece)) for piece in payload["freed"]]
    _call_in_turn(UUID(payload["waiting"]), freed)


@patient_act
def _call_in_turn(waiting_id: UUID, freed: Sequence[Period]) -> None:
    waiting = NAMED.filter(is_called(), pk=waiting_id).first()
    if waiting is not None:
        call_in_order(waiting, freed)


def call_in_order(waiting: Waiting, freed: Sequence[Period], *, opened: bool = False) -> None:
    """Inside an act that has locked nothing: all that would do for them is locked in the one order, and they are offered
    the best of the freed time, or of what has `opened`."""
    would_do = choices(things(waiting), within_reach([waiting]))
    claims.lock(waiting.venue_id, [], _domains(would_do))
    _call(waiting, would_do, freed, opened=opened)


def _domains(would_do: Sequence[Choice]) -> set[int]:
    return set(domains_of(units_of(takes({r.pk for choice in would_do for r in choice.resources}))))


def _all_locked(would_do: Sequence[Choice]) -> bool:
    """Whether all that might be chosen is locked now: what another act is just freeing is seen by one of the two."""
    domains = _domains(would_do)
    return (
        rows_at_once(LockDomain, domains) and _domains(would_do) == domains
    )  # no room was divided meanwhile


def _call(
    waiting: Waiting, would_do: Sequence[Choice], freed: Sequence[Period], *, opened: bool = False
) -> None:
    """If one of each choice can be theirs in some of the freed time, all of them together, they are offered to them."""
    window = sought(waiting).around(hull(freed))
    if window is None or not all(choice.resources for choice in would_do):
        return
    if len(would_do) > 1 and not _all_locked(would_do):
        _call_later(waiting, freed)
        return
    resources = {r.pk: r for choice in would_do for r in choice.resources}
    seen = look(list(resources.values()), window, waiting.person, waiting.organisation)
    seen.given = Given(people=waiting.people)
    found = _best(seen, waiting, would_do, freed)
    if found is None:
        return
    # Another act, in another domain, may be calling the same person: one of the two goes on to the next.
    row = Waiting.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    if not row.filter(pk=waiting.pk, state=W.WAITING).exists():
        return
    placed, moves = found
    period = placed[0].ask.period
    policies = [seen.facts.policy(one.ask.resource, period.start) for one in placed]
    offer_for = min((p.offer for p in policies if p.offer is not None), default=None)
    notice = timedelta(minutes=max(p.notice for p in policies))
    until = answer_by(period.start, now(), offer_for, notice)
    if until is None:
        return
    booking = Booking.objects.create(
        code=codes.new_code(),
        venue=waiting.venue,
        person=waiting.person,
        organisation=waiting.organisation,
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
    note(waiting, WaitingLine.What.OFFERED, placed[0].ask.resource.pk, period)
    record(None, "offer", booking, waiting=str(waiting.pk))
    _tell(
        waiting.person, booking, ", ".join(one.ask.resource.name for one in placed), OPEN if opened else FREE
    )
    booking_changed.announce([booking], None, "offered")


def _best(
    seen: Seen, waiting: Waiting, would_do: Sequence[Choice], freed: Sequence[Period]
) -> tuple[list[Placed], dict[int, UUID]] | None:
    """The longest and best placed period in which every rule and the guard would grant them one of each choice; or
    None."""
    if any(never(seen.facts, would_do, seen.window, waiting.people)):
        return None
    want, able = sought(waiting), allowed(seen.facts, would_do, seen.window, waiting.people)
    said = frames_of(want, seen.window)
    for minutes in _lengths(seen, want, able, hull(freed).minutes):
        seen.frames = {waiting.venue.time_zone: _touching(freed, minutes, said)}
        granted = (asks for asks in together(seen, able, minutes) if want.fits(asks[0].period))
        fitting = {asks[0].period: asks for asks in islice(granted, MOST_STARTS)}
        for period in best_first(fitting, freed)[:MOST_TRIES]:
            # The list reads past the dead; here every row counts. What is dead calls again when it lapses.
            placed, moves = place(seen.facts, fitting[period], locked=True)
            if placed is not None:
                return placed, moves
    return None


def _lengths(seen: Seen, want: Sought, able: Sequence[Choice], room: int) -> list[int]:
    """How long it may be, in the order of trying: what the rules of a day give of everything, each day on its own."""
    days = want.days(seen.window)
    of_days = (lengths_of_all(seen.facts, able, day, want.minutes, want.longest) for day in days)
    return worth_trying(of_days, room)


def _touching(freed: Sequence[Period], minutes: int, said: Sequence[Frame]) -> list[Frame]:
    """Where a period of this length begins, in these frames, that has some of the freed time."""
    before = timedelta(minutes=minutes) - timedelta.resolution
    near = merged(piece.padded(before, timedelta(0)) for piece in freed)
    cut = (
        Frame(max(piece.start, frame.first), min(piece.end, frame.before), frame.until)
        for frame in said
        for piece in near
    )
    return [frame for frame in cut if frame.first < frame.before]


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


def _tell(person: Person, booking: Booking, what: str, said: tuple[Words, Words]) -> None:
    if not wants(person, MailPreference.Kind.OFFER):
        return
    zone = booking.venue.zone
    assert booking.held_until is not None
    mail.write(
        mail.Reader(person.pk, person.email, person.language),
        said[0],
        [
            Words("Ciao {name},", "Hello {name},"),
            said[1],
            *([IN_ITS_NAME] if booking.organisation else []),
            Words(
                "È tenuto per te fino al {deadline}. Se non rispondi passa a chi aspetta dopo di te.",
                "It is kept for you until {deadline}. If you do not answer it goes to the next on the list.",
            ),
        ],
        link=(Words("Rispondi", "Answer"), "/me"),
        key=f"offer:{booking.pk}",
        until=booking.held_until,
        name=person.name,
        body=str(booking.organisation),
        what=what,
        when=when(booking),
        venue=booking.venue.name,
        deadline=f"{booking.held_until.astimezone(zone):%d/%m/%Y %H:%M}",
    )
