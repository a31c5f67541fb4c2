"""The waiting list: join it while nothing is free, accept or decline what it offers, leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Q

from booking import claims, lapsing, states
from booking.availability import look, starts
from booking.calling import note, sought
from booking.claims import Ask
from booking.clauses import Given, needs_approval
from booking.events import booking_changed, time_freed
from booking.facts import Facts, gather
from booking.holds import end, refuse, spoken, write
from booking.judge import Verdict, judge, standing_reasons, time_reasons
from booking.matching import days_of
from booking.models import Booking, Claim, Waiting, WaitingLine
from booking.nearby import Near
from booking.reasons import reason
from core.audit import record
from core.clock import now
from core.errors import Busy, FreeNow, IllegalMove, Invalid, OfferLapsed, Pointer, Reason, Refused
from core.locks import Order, act, lock_rows
from core.periods import Period
from people.models import Person
from spaces.layout import domains_of, takes, units_of
from spaces.models import Resource, Venue

DAY = timedelta(days=1)
MOST_PLACES = 10
MOST_RESOURCES = 20
MOST_DAYS = 62
MOST_STARTS = 3000
W = Waiting.State
LIVE = (W.WAITING, W.OFFERED)
# What an offer made in time does not lose by being accepted later.
SETTLED_BY_THE_OFFER = {"too-soon", "too-soon-days", "past"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would wait for. A slot: one resource, `minutes` as long as the window."""

    venue: Venue
    resources: Sequence[Resource]
    window: Period
    minutes: int
    kind: str = ""
    quantity: int = 1
    people: int | None = None
    weekdays: Sequence[int] = ()
    earliest: time | None = None
    latest: time | None = None

    @property
    def is_slot(self) -> bool:
        return not self.kind and self.minutes == self.window.minutes


def join(by: Person, wish: Wish) -> Waiting:
    """They are on the list. Raises FreeNow with what is free, Refused if they could never have it."""
    if len(wish.resources) > MOST_RESOURCES or days_of(wish.window, wish.venue.zone) > MOST_DAYS:
        raise Invalid(pointers=[Pointer("/", "too-wide", "")])
    facts = gather(wish.resources, wish.window, by)
    lapsing.lapse_dead(units_of(facts.trees))
    return _join(by, wish, facts)


@act
def _join(by: Person, wish: Wish, facts: Facts) -> Waiting:
    # The locks of whoever frees this time: what is freed while somebody joins is not offered to nobody.
    claims.lock(wish.venue.pk, [by.pk], domains_of(units_of(facts.trees)))
    if facts.trees != takes(facts.trees):
        raise Busy  # a room was divided between the look and the lock
    if against := _never(by, wish, facts):
        raise Refused(against)
    made = Waiting(
        person=by,
        venue=wish.venue,
        resource=None if wish.kind else wish.resources[0],
        kind=wish.kind,
        window=wish.window,
        minutes=wish.minutes,
        quantity=wish.quantity,
        people=wish.people,
        weekdays=sorted(wish.weekdays),
        earliest=wish.earliest,
        latest=wish.latest,
    )
    if near := _free(by, wish, made):
        error = FreeNow()
        error.alternatives = spoken(near, by, None)
        raise error
    made.save(force_insert=True)
    note(made, WaitingLine.What.JOINED)
    record(by, "join-waiting-list", made)
    return made


def _never(by: Person, wish: Wish, facts: Facts) -> list[Reason]:
    """Why waiting would be in vain, whatever is freed."""
    if wish.window.end <= now():
        return [reason("past")]
    mine = Waiting.objects.filter(person=by, state__in=LIVE, window__endswith__gt=now())
    if mine.count() >= MOST_PLACES:
        return [reason("too-many-places", most=MOST_PLACES)]
    against = {r.pk: standing_reasons(facts, [r], wish.people) for r in wish.resources}
    if wish.is_slot:
        only = wish.resources[0]
        asked = time_reasons(facts, Ask(only, wish.window, wish.quantity))
        against[only.pk] += [r for r in asked if r.code != "out-of-order"]  # it may be mended sooner
    return min(against.values(), key=len, default=[reason("not-offered", resource=wish.kind)])


def _free(by: Person, wish: Wish, made: Waiting) -> list[Near]:
    """What fits and is free already, the earliest of each resource."""
    want, length = sought(made), timedelta(minutes=wish.minutes)
    seen = look(list(wish.resources), wish.window, by)
    seen.given = Given(people=wish.people)
    found = []
    for resource in wish.resources:
        if standing_reasons(seen.facts, [resource], wish.people):
            continue
        for start in islice(starts(seen, resource, wish.minutes, wish.quantity), MOST_STARTS):
            if want.fits(period := Period(start, start + length)):
                found.append(Near(resource, period, "other_time"))
                break
    return sorted(found, key=lambda near: near.period)[:3]


@act
def accept(by: Person, waiting_id: UUID, given: Given, period: Period | None = None) -> Booking:
    """The offer, or a part of it, is held for its person like any slot; the rest goes to the next.

    Raises OfferLapsed, Refused for what is still to be said or accepted, Invalid for a period outside the offer.
    """
    booking, waiting = _locked_offer(waiting_id)
    item = booking.items.select_related("resource__venue").get()
    wanted = period or item.period
    if not item.period.covers(wanted):
        raise Invalid(pointers=[Pointer("/period", "outside-the-offer", "")])
    freed = claims.let_go(booking)
    ask = Ask(item.resource, wanted, item.quantity)
    facts = gather([item.resource], wanted.padded(DAY, DAY), by, leaving=[booking.pk])
    verdict = judge(facts, [ask], given, locked=True)
    against = [r for r in verdict.reasons if r.code not in SETTLED_BY_THE_OFFER]
    if against:
        refuse(Verdict(against, [], {}))
    item.delete()
    states.move(booking, Booking.State.HELD)
    until = now() + timedelta(minutes=facts.policy(item.resource, wanted.start).hold)
    booking.period, booking.held_until, booking.earliest_start = wanted, until, wanted.start
    booking.people = given.people if given.people is not None else booking.people
    booking.accepted_terms, booking.answers = sorted(given.accepted), dict(given.answers)
    booking.needs_approval = needs_approval(facts, item.resource, wanted)
    booking.save()
    write(booking, verdict.placed, verdict.moves, "held", reason="checkout", until=until)
    record(by, "accept-offer", booking, waiting=str(waiting.pk))
    booking_changed.announce([booking], Booking.State.OFFERED, "held")
    time_freed.announce(freed)
    return booking


def _locked_offer(waiting_id: UUID) -> tuple[Booking, Waiting]:
    """The live offer of this place, everything it stands on locked. Raises OfferLapsed, IllegalMove."""
    seen = Waiting.objects.get(pk=waiting_id)
    if seen.booking_id is None:
        raise IllegalMove(state=seen.state, data={"state": seen.state})
    units = list(Claim.objects.filter(item__booking_id=seen.booking_id).values_list("unit_id", flat=True))
    claims.lock(seen.venue_id, [seen.person_id], domains_of(units))
    lock_rows(Order.BOOKINGS, Booking, [seen.booking_id])
    booking = Booking.objects.select_related("venue", "person", "organisation").get(pk=seen.booking_id)
    if booking.state != Booking.State.OFFERED or booking.held_until is None or booking.held_until <= now():
        raise OfferLapsed
    return booking, Waiting.objects.select_for_update(no_key=True).get(pk=waiting_id)


@act
def decline(by: Person, waiting_id: UUID) -> Waiting:
    """The offer goes to the next at once, and its person leaves the list. Raises OfferLapsed, IllegalMove."""
    booking, waiting = _locked_offer(waiting_id)
    states.move(booking, Booking.State.CANCELLED)
    end(booking, lambda: booking_changed.announce([booking], Booking.State.OFFERED, "declined"))
    record(by, "decline-offer", waiting)
    waiting.refresh_from_db()
    return waiting


@act
def leave(by: Person, waiting_id: UUID) -> Waiting:
    """They wait no more. Raises IllegalMove where an offer is open (decline it) or it is over."""
    waiting = Waiting.objects.select_for_update(no_key=True).get(pk=waiting_id)
    if waiting.state != W.WAITING:
        raise IllegalMove(state=waiting.state, data={"state": waiting.state})
    waiting.state = W.LEFT
    waiting.save(update_fields=["state"])
    note(waiting, WaitingLine.What.LEFT)
    record(by, "leave-waiting-list", waiting)
    return waiting


# -- reading ---------------------------------------------------------------------------------------------


def rivals(waiting: Waiting) -> Q:
    """Who else waits for time that this place waits for."""
    same = Q(venue=waiting.venue_id, window__overlap=waiting.window)
    kind = waiting.kind or (waiting.resource.kind if waiting.resource else "")
    if waiting.resource_id is None:
        return same & (Q(kind=kind) | Q(resource__kind=kind))
    return same & (Q(resource=waiting.resource_id) | Q(kind=kind))


def _before(waiting: Waiting) -> Q:
    return Q(joined_at__lt=waiting.joined_at) | Q(joined_at=waiting.joined_at, pk__lt=waiting.pk)


def ranks(places: Sequence[Waiting]) -> dict[UUID, int]:
    """For each place its position (1 is next) among those who wait for the same; at most ten live ones a person."""
    return {
        w.pk: 1 + Waiting.objects.filter(rivals(w), _before(w), state__in=LIVE).count()
        for w in places
        if w.state in LIVE
    }


def log_of(waiting: Waiting) -> list[WaitingLine]:
    """What happened on the list that this place is on, newest first; nobody is named."""
    same = Waiting.objects.filter(rivals(waiting)).values("pk")
    lines = WaitingLine.objects.filter(waiting__in=same).select_related("waiting", "resource")
    return list(lines.order_by("-at", "-pk")[:100])
