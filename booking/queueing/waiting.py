"""The waiting list: join it while nothing is free, accept or decline what it offers, leave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from booking import claims, states
from booking.changing.moves import items_of
from booking.claims import Ask
from booking.events import booking_changed, time_freed
from booking.finding.availability import look
from booking.finding.bundles import Choice, allowed, never, together
from booking.finding.nearby import Near
from booking.holding import lapsing
from booking.holding.holds import end, refuse, spoken, write
from booking.judging.clauses import Given, needs_approval
from booking.judging.facts import Facts
from booking.judging.gathering import gather
from booking.judging.judge import (
    Verdict,
    judge,
    once,
)
from booking.judging.limits import groups_sharing
from booking.judging.reasons import reason
from booking.models import Booking, Claim, Item, WaitedFor, Waiting, WaitingItem, WaitingLine
from booking.queueing.calling import is_called, may_book, note
from booking.queueing.horizons import opens_next
from booking.queueing.in_vain import asked_of, in_vain
from booking.queueing.matching import Sought, days_of
from booking.queueing.wanted import WORDS, choices, frames_of, rivals, things, would_do
from core.audit import record
from core.clock import now
from core.errors import Busy, FreeNow, IllegalMove, Invalid, OfferLapsed, Pointer, Reason, Refused
from core.locks import Again, Order, act, lock_rows
from core.periods import Period
from core.words import Words
from people.models import Organisation, Person
from people.roles import Standing, standing
from spaces.layout import domains_of, takes, units_of
from spaces.models import Resource, Venue
from spaces.opening import closures_of

DAY = timedelta(days=1)
MOST_PLACES = 10
MOST_RESOURCES = 60
MOST_DAYS = 62
W = Waiting.State
LIVE = (W.WAITING, W.OFFERED)
PLACE = ("person", "organisation", "venue", "window", "minutes", "people", "weekdays", "earliest", "latest")
SAID = {
    W.WAITING: Words("in attesa", "waiting"),
    W.OFFERED: Words("con una proposta aperta", "with an open offer"),
    W.TAKEN: Words("presa", "taken"),
    W.MISSED: Words("senza risposta", "not answered"),
    W.LEFT: Words("lasciata", "left"),
}
# What an offer made in time does not lose by being accepted later.
SETTLED_BY_THE_OFFER = {"too-soon", "too-soon-days", "past"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would wait for: all these things of a venue at the same time (unsaved rows say them). A slot:
    `minutes` as long as the window."""

    venue: Venue
    things: Sequence[WaitedFor]
    window: Period
    minutes: int
    people: int | None = None
    organisation: Organisation | None = None
    weekdays: Sequence[int] = ()
    earliest: time | None = None
    latest: time | None = None

    @property
    def is_slot(self) -> bool:
        return self.minutes == self.window.minutes

    def sought(self) -> Sought:
        days = frozenset(self.weekdays)
        return Sought(self.window, self.minutes, self.venue.zone, days, self.earliest, self.latest)

    def would_do(self) -> list[Choice]:
        """For each thing what would do for it; what is named, offered or not. One statement at most."""
        named = [thing.resource for thing in self.things if thing.resource is not None]
        kinds = [thing for thing in self.things if thing.resource is None]
        among = would_do([self.venue.pk], kinds) if kinds else []
        return choices(self.things, [*named, *(r for r in among if r not in named)])


def join(by: Person, wish: Wish) -> Waiting:
    """They are on the list, once for the same. Raises FreeNow with what is free, Refused if they could never have it."""
    among = wish.would_do()
    resources = _all_of(among)
    if len(resources) > MOST_RESOURCES or days_of(wish.window, wish.venue.zone) > MOST_DAYS:
        raise Invalid(pointers=[Pointer("/", "too-wide", "")])
    if not all(choice.resources for choice in among):
        raise Refused([reason("none-fits")])
    facts = gather(resources, wish.window.padded(DAY, DAY), by, wish.organisation)
    if against := _in_vain(wish, among, facts):
        raise Refused(against)
    lapsing.lapse_dead(units_of(facts.trees))
    return _join(by, wish, among, facts)


def _in_vain(wish: Wish, among: Sequence[Choice], facts: Facts) -> list[Reason]:
    """Why waiting would be in vain, whatever is freed. Raises Invalid for a wish that no day or hour is long enough for."""
    if wish.window.end <= facts.at:
        return [reason("past")]
    want = wish.sought()
    ahead = Period(max(wish.window.start, facts.at), wish.window.end)
    asked = asked_of(facts, among, want, wish.people)
    if wish.is_slot:
        return asked.against(wish.window, at_last=False)
    if want.minutes > want.longest or not want.days(wish.window):
        at = "/minutes" if want.minutes > want.longest else "/weekdays"
        raise Invalid(pointers=[Pointer(at, "empty", "")])
    if not asked.frames:
        return [reason("past")]
    throughout = [r for against in never(facts, among, wish.window, wish.people) for r in against]
    against = once(throughout) or in_vain(asked, want)
    # What is closed for once, unlike an hour that never is, may open again: whoever waits has it first.
    only_closed = {r.code for r in against} == {"closed"}
    return [] if only_closed and closures_of(_all_of(among), ahead) else against


def _all_of(among: Sequence[Choice]) -> list[Resource]:
    return list({r.pk: r for choice in among for r in choice.resources}.values())


@act
def _join(by: Person, wish: Wish, among: Sequence[Choice], facts: Facts) -> Waiting:
    # The locks of whoever frees this time: what is freed while somebody joins is not offered to nobody.
    claims.lock(wish.venue.pk, [by.pk], domains_of(units_of(facts.trees)))
    if facts.trees != takes(facts.trees):
        raise Busy  # a room was divided between the look and the lock
    mine = Waiting.objects.filter(person=by, state__in=LIVE, window__endswith__gt=now())
    if mine.count() >= MOST_PLACES:
        raise Refused([reason("too-many-places", most=MOST_PLACES)])
    made = Waiting(
        person=by,
        organisation=wish.organisation,
        venue=wish.venue,
        window=wish.window,
        minutes=wish.minutes,
        people=wish.people,
        weekdays=sorted(wish.weekdays),
        earliest=wish.earliest,
        latest=wish.latest,
        **_said(wish.things[0]),
    )
    if already := _same(made, wish.things):
        return already
    if near := _free(by, wish, among):
        error = FreeNow()
        error.alternatives = spoken(near, by, wish.organisation)
        raise error
    want = wish.sought()
    made.opens_at = opens_next(asked_of(facts, among, want, wish.people), want)
    made.save(force_insert=True)
    WaitingItem.objects.bulk_create(WaitingItem(waiting=made, **_said(thing)) for thing in wish.things[1:])
    note(made, WaitingLine.What.JOINED)
    record(by, "join-waiting-list", made)
    return made


def _said(thing: WaitedFor) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in WORDS}


def _same(made: Waiting, wanted: Sequence[WaitedFor]) -> Waiting | None:
    """The place that they have for the same already, in whatever order it was said: nobody has two turns."""
    said = {name: getattr(made, name) for name in PLACE}
    rows = Waiting.objects.filter(state__in=LIVE, **said)
    asked = _counted(wanted)
    for found in rows.order_by("joined_at", "pk").prefetch_related("besides"):
        if _counted(things(found)) == asked:
            return found
    return None


def _counted(wanted: Iterable[WaitedFor]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (one.resource_id, one.kind, one.capacity_from, tuple(one.features), one.quantity) for one in wanted
    )


def _free(by: Person, wish: Wish, among: Sequence[Choice]) -> list[Near]:
    """What fits and is free already, the earliest with each resource that would do for the first thing."""
    want = wish.sought()
    seen = look(_all_of(among), wish.window, by, wish.organisation)
    seen.given = Given(people=wish.people)
    seen.frames = {wish.venue.time_zone: frames_of(want, wish.window)}
    if any(never(seen.facts, among, wish.window, wish.people)):
        return []
    first, *rest = allowed(seen.facts, among, wish.window, wish.people)
    found = []
    for resource in first.resources:
        granted = together(seen, [Choice([resource], first.quantity), *rest], wish.minutes)
        asks = next((asks for asks in granted if want.fits(asks[0].period)), None)
        if asks is not None:
            found.append(Near(asks[0].resource, asks[0].period, "other_time", asks))
    return sorted(found, key=lambda near: near.period)[:3]


@act
def accept(by: Person, waiting_id: UUID, given: Given, period: Period | None = None) -> Booking:
    """The offer, or a part of it, is held for its person like any slot; the rest goes to the next.

    Raises OfferLapsed, Refused for what is still to be said or accepted, Invalid for a period outside the offer.
    """
    booking, waiting = _locked_offer(waiting_id)
    if against := reasons_against_accepting(waiting, standing(by)):
        raise Refused(against)
    items = items_of(booking)
    wanted = period or booking.period
    if not booking.period.covers(wanted):
        raise Invalid(pointers=[Pointer("/period", "outside-the-offer", "")])
    freed = claims.let_go(booking)
    asks = [Ask(item.resource, wanted, item.quantity) for item in items]
    resources = [ask.resource for ask in asks]
    facts = gather(resources, wanted.padded(DAY, DAY), by, booking.organisation, leaving=[booking.pk])
    verdict = judge(facts, asks, given, locked=True)
    if against := [r for r in verdict.reasons if r.code not in SETTLED_BY_THE_OFFER]:
        refuse(Verdict(against, [], {}))
    booking.items.all().delete()
    states.move(booking, Booking.State.HELD)
    until = now() + timedelta(minutes=min(facts.policy(r, wanted.start).hold for r in resources))
    booking.period, booking.held_until, booking.earliest_start = wanted, until, wanted.start
    booking.people = given.people if given.people is not None else booking.people
    booking.accepted_terms, booking.answers = sorted(given.accepted), dict(given.answers)
    booking.needs_approval = any(needs_approval(facts, r, wanted) for r in resources)
    booking.save()
    write(booking, verdict.placed, verdict.moves, "held", reason="checkout", until=until)
    record(by, "accept-offer", booking, waiting=str(waiting.pk))
    booking_changed.announce([booking], Booking.State.OFFERED, "held")
    time_freed.announce(freed)
    return booking


def _locked_offer(waiting_id: UUID) -> tuple[Booking, Waiting]:
    """The live offer of this place, everything it stands on locked. Raises OfferLapsed, IllegalMove."""
    seen = Waiting.objects.select_related("organisation").get(pk=waiting_id)
    if seen.booking_id is None:
        raise IllegalMove(state=seen.state, data={"state": seen.state})
    units = list(Claim.objects.filter(item__booking_id=seen.booking_id).values_list("unit_id", flat=True))
    resources = set(Item.objects.filter(booking=seen.booking_id).values_list("resource_id", flat=True))
    bodies = [seen.organisation_id] if seen.organisation_id else []
    shared = groups_sharing(resources, [seen.person_id], bodies)
    claims.lock(seen.venue_id, [seen.person_id], domains_of(units), seen.organisation, shared)
    if groups_sharing(resources, [seen.person_id], bodies) != shared:
        raise Again  # the rules have changed meanwhile, and more share a limit
    lock_rows(Order.BOOKINGS, Booking, [seen.booking_id])
    booking = Booking.objects.select_related("venue", "person", "organisation").get(pk=seen.booking_id)
    if booking.state != Booking.State.OFFERED or booking.held_until is None or booking.held_until <= now():
        raise OfferLapsed
    rows = Waiting.objects.select_related("venue", "booking").select_for_update(no_key=True, of=("self",))
    return booking, rows.get(pk=waiting_id)


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


# -- what may be done --------------------------------------------------------------------------------------


def reasons_against_answering(waiting: Waiting) -> list[Reason]:
    """Why there is no offer to decline; of a place with its booking loaded."""
    if waiting.state != W.OFFERED:
        return [_as_it_is(waiting)]
    until = waiting.booking.held_until if waiting.booking else None
    return [] if until is not None and until > now() else [reason("offer-over")]


def reasons_against_accepting(waiting: Waiting, has: Standing) -> list[Reason]:
    """Why its offer cannot be taken, or why none will come; who waits in an organisation's name has to be its delegate
    still."""
    against = reasons_against_answering(waiting)
    if (not against or waiting.state == W.WAITING) and not may_book(waiting, has):
        return [reason("not-in-its-name", body=str(waiting.organisation))]
    return against


def reasons_against_leaving(waiting: Waiting) -> list[Reason]:
    """Why nobody leaves the list here; who has an offer declines it."""
    return [] if waiting.state == W.WAITING else [_as_it_is(waiting)]


def _as_it_is(waiting: Waiting) -> Reason:
    return reason("wrong-state", state=SAID[W(waiting.state)])


# -- reading ---------------------------------------------------------------------------------------------


def _before(waiting: Waiting) -> Q:
    return Q(joined_at__lt=waiting.joined_at) | Q(joined_at=waiting.joined_at, pk__lt=waiting.pk)


def ranks(places: Sequence[Waiting], has: Standing) -> dict[UUID, int]:
    """For each place of one person its position (1 is next) among those who have their turn at the same; none where they
    may not book. At most ten live ones a person."""
    in_turn = Q(state=W.OFFERED) | is_called()
    return {
        w.pk: 1 + Waiting.objects.filter(in_turn, rivals(w), _before(w)).count()
        for w in places
        if w.state in LIVE and may_book(w, has)
    }


def log_of(waiting: Waiting) -> list[WaitingLine]:
    """What happened on the list that this place is on, newest first; nobody is named."""
    same = Waiting.objects.filter(rivals(waiting)).values("pk")
    lines = WaitingLine.objects.filter(waiting__in=same).select_related("waiting", "resource")
    return list(lines.order_by("-at", "-pk")[:100])
