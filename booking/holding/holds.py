"""A slot kept for a few minutes while somebody pays; and given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from booking import claims, codes, states
from booking.claims import Ask, NewClaim, Placed
from booking.events import booking_changed, time_freed
from booking.finding.nearby import Near, alternatives
from booking.holding import lapsing, pending
from booking.judging.clauses import Given, needs_approval
from booking.judging.facts import Facts
from booking.judging.gathering import gather, look_again
from booking.judging.judge import Verdict, judge
from booking.judging.limits import groups_counted, had
from booking.models import Booking, Claim, Item
from core import terms
from core.audit import record
from core.clock import now
from core.errors import HoldLapsed, IllegalMove, Refused, SlotTaken
from core.identity import Identified
from core.locks import Again, Order, act, lock_rows
from core.periods import hull
from people.models import Organisation, Person
from people.roles import OfPartner, standing
from spaces.layout import domains_of, takes

AFTER_THE_GATEWAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks for what, and for whom."""

    person: Person
    asks: Sequence[Ask]
    made_by: Person
    organisation: Organisation | None = None
    title: str = ""
    people: int | None = None
    notes: str = ""
    override: str = ""  # staff's reason for setting the rules aside
    accepted: frozenset[str] = frozenset()
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> Given:
        return Given(self.people, self.accepted, dict(self.answers))


def hold(wish: Wish) -> Booking:
    """The slot is the person's for ten minutes (the policy's `hold`).

    Raises Refused with every reason, or SlotTaken; both carry at least three alternatives where they exist,
    found after the rollback.
    """
    asks = list(wish.asks)
    facts = gather(
        {a.resource for a in asks},
        hull(a.period for a in asks).padded(DAY, DAY),
        wish.person,
        wish.organisation,
    )
    facts.by_house = _is_late_at_the_desk(wish)
    units = {u for a in asks for take in facts.trees[a.resource.pk] for u in take.choices}
    lapsing.lapse_dead(units)
    first_look = judge(facts, asks, wish.given, overridden=bool(wish.override))
    try:
        if first_look.reasons:  # most losers leave here, without a lock
            refuse(first_look)
        return _take(wish, facts, first_look.placed)
    except (Refused, SlotTaken) as error:
        if not any(r.code == "too-many-holds" for r in getattr(error, "reasons", ())):
            near = alternatives(asks, wish.person, wish.organisation, wish.people)
            error.alternatives = spoken(near, wish.person, wish.organisation)
        raise


DAY = timedelta(days=1)


def refuse(verdict: Verdict) -> None:
    """Raises what the verdict says: SlotTaken if that is all, else Refused."""
    if verdict.only_taken:
        raise SlotTaken
    raise Refused(verdict.reasons, bookable_from=verdict.bookable_from)


@act
def _take(wish: Wish, facts: Facts, told: Sequence[Placed]) -> Booking:
    venue = wish.asks[0].resource.venue
    units = {u for a in wish.asks for take in facts.trees[a.resource.pk] for u in take.choices}
    shared = groups_counted(facts, hull(a.period for a in wish.asks))
    claims.lock(venue.pk, [wish.person.pk], domains_of(units), wish.organisation, shared)
    if facts.trees != (trees := takes(facts.trees)):
        facts.trees = trees  # a room was divided between the look and the lock
        raise Again
    look_again(facts, hull(a.period for a in wish.asks).padded(DAY, DAY))
    if groups_counted(facts, hull(a.period for a in wish.asks)) != shared:
        raise Again  # the rules have changed meanwhile, and more share a limit
    offers = claims.lift_own_offers(wish.person.pk, units, told)
    facts.had = had(facts, hull(a.period for a in wish.asks))  # what they have may have grown meanwhile
    verdict = judge(facts, wish.asks, wish.given, overridden=bool(wish.override), locked=True)
    if verdict.reasons:
        refuse(verdict)
    policies = [facts.policy(a.resource, a.period.start) for a in wish.asks]
    until = now() + timedelta(minutes=min(p.hold for p in policies))
    booking = Booking.objects.create(
        code=codes.new_code(),
        venue=venue,
        person=wish.person,
        organisation=wish.organisation,
        made_by=wish.made_by,
        period=hull(a.period for a in wish.asks),
        title=wish.title,
        people=wish.people,
        notes=wish.notes,
        needs_approval=any(needs_approval(facts, a.resource, a.period) for a in wish.asks)
        and not wish.override,
        accepted_terms=sorted(wish.accepted),
        answers=dict(wish.answers),
        held_until=until,
        earliest_start=min(a.period.start for a in wish.asks),
        reason=wish.override,
    )
    write(booking, verdict.placed, verdict.moves, "held", reason="checkout", until=until)
    record(wish.made_by, "hold", booking)
    booking_changed.announce([booking], None, "held")
    claims.spend_offers(offers)
    return booking


def _is_late_at_the_desk(wish: Wish) -> bool:
    """Whether staff write down what has begun already; nobody else may."""
    if all(ask.period.start >= now() for ask in wish.asks):
        return False
    venue = OfPartner(wish.asks[0].resource.venue.partner_id)
    return standing(wish.made_by).allows("booking.for-others", venue)


def write(
    booking: Booking,
    placed: Sequence[Placed],
    moves: dict[int, Any],
    kind: str,
    *,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    """The booking's items and claims are rows."""
    items = [
        Item(
            booking=booking,
            resource=p.ask.resource,
            period=p.ask.period,
            quantity=p.ask.quantity,
            set_up_minutes=p.set_up,
            clean_up_minutes=p.clean_up,
            rules_id=p.rules,
        )
        for p in placed
    ]
    Item.objects.bulk_create(items)
    new = [
        NewClaim(unit, p.padded, kind, reason, until, item=item.pk)
        for item, p in zip(items, placed, strict=True)
        for unit in p.units
    ]
    claims.insert(new, moves)


def spoken(
    near: Sequence[Near], person: Person | None, organisation: Organisation | None
) -> list[dict[str, Any]]:
    """Alternatives as the API shows them, with prices if an upper app knows them."""
    price: Callable[..., list[Any]] = terms.performer("price-slots", lambda slots, *_: [None] * len(slots))
    asked = [list(n.asks) or [Ask(n.resource, n.period)] for n in near]
    slots = [(a.resource, a.period, a.quantity) for asks in asked for a in asks]
    amounts = iter(price(slots, person, organisation))
    found = []
    for one, asks in zip(near, asked, strict=True):
        prices = [next(amounts) for _ in asks]
        found.append(
            {
                "resource": {"id": _public(one.resource), "name": one.resource.name},
                "resource_id": _public(one.resource),
                "period": one.period,
                "items": [{"resource_id": _public(a.resource), "quantity": a.quantity} for a in asks],
                "price": None if None in prices else sum(prices[1:], prices[0]),
                "why": one.why,
            }
        )
    return found


def _public(thing: Identified) -> str:
    from core.ids import encode

    return encode(thing.prefix, thing.pk)


def extend_for_gateway(booking: Booking, session_until: datetime) -> None:
    """Inside an act that locked the booking: the hold lasts until the gateway's session cannot be paid any more."""
    until = session_until + AFTER_THE_GATEWAY
    booking.held_until = until
    booking.save(update_fields=["held_until"])
    claims.keep(booking, "held", reason="checkout", until=until)


@act
def release(by: Person, booking_id: Any) -> Booking:
    """The held slot is free again; an offer ends by its person's declining it. Raises IllegalMove, HoldLapsed."""
    booking = locked(booking_id)
    if booking.held_until is not None and booking.held_until <= now():
        raise HoldLapsed
    before = booking.state
    if before != Booking.State.HELD:
        raise IllegalMove(state=booking.get_state_display(), data={"state": before})
    states.move(booking, Booking.State.CANCELLED)
    end(booking, lambda: booking_changed.announce([booking], before, "released"))
    record(by, "release", booking)
    return booking


def locked(booking_id: Any) -> Booking:
    """The booking, with its venue, its domains and itself locked in order, read after the locks."""
    seen = Booking.objects.get(pk=booking_id)
    units = Claim.objects.filter(item__booking=seen).values_list("unit_id", flat=True)
    claims.lock(seen.venue_id, [], domains_of(units))
    lock_rows(Order.BOOKINGS, Booking, [booking_id])
    return Booking.objects.select_related("venue", "person", "organisation").get(pk=booking_id)


def end(booking: Booking, told: Callable[[], None]) -> None:
    """Saved in its final state and told so, its time free for who waits for it, then for all."""
    end_all([booking], told)


def end_all(bookings: Sequence[Booking], told: Callable[[], None]) -> None:
    """The same for all of these, with as many statements as for one."""
    _, freed = pending.end_pending([booking.pk for booking in bookings])
    freed += claims.drop(Claim.objects.filter(item__booking__in=bookings))
    for booking in bookings:
        booking.held_until, booking.ended_at = None, now()
        booking.sequence += 1
    Booking.objects.bulk_update(bookings, ["state", "held_until", "ended_at", "sequence", "reason"])
    told()
    time_freed.announce(freed)
