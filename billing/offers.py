"""Free slots with their prices, for many resources at once: what every search card shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice

from billing.tariffs import PriceList
from booking.availability import Seen, look, starts
from booking.clauses import Given, asks_words, needs_approval
from booking.grid import usual
from booking.judge import standing_reasons
from core.errors import Reason
from core.money import Money
from core.periods import MINUTE, Period, instant
from people.models import Organisation, Person
from spaces.models import Resource


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody searches: a length (None: the shortest each resource allows), and which starts fit."""

    minutes: int | None = None
    quantity: int = 1
    people: int | None = None
    per_resource: int = 3
    weekdays: frozenset[int] = frozenset()
    earliest: time | None = None
    latest: time | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that can be had, and what its button does: `pay`, `book` or `request`."""

    resource: Resource
    period: Period
    price: Money
    outcome: str


@dataclass(frozen=True, slots=True)
class Offered:
    """One card: whether the asker may have the resource at all, and its next slots."""

    resource: Resource
    reasons: list[Reason]
    next_free: datetime | None
    offers: list[Offer]
    asks: bool


def offers(
    resources: Sequence[Resource],
    window: Period,
    wanted: Wanted,
    person: Person | None,
    organisation: Organisation | None = None,
) -> list[Offered]:
    """A card for each resource (with its venue); a fixed number of statements however many there are."""
    seen = look(resources, window, person, organisation)
    prices = PriceList(resources, person, organisation)
    return [_card(seen, prices, resource, wanted) for resource in resources]


def _card(seen: Seen, prices: PriceList, resource: Resource, wanted: Wanted) -> Offered:
    seen.given = Given(wanted.people)
    policy = seen.facts.policy(resource, seen.facts.at)
    minutes = wanted.minutes or usual(policy, resource.venue.zone)
    found = list(islice(_fitting(seen, resource, minutes, wanted), wanted.per_resource))
    made = [
        _offer(seen, prices, resource, Period(start, start + minutes * MINUTE), wanted) for start in found
    ]
    reasons = [
        r for r in standing_reasons(seen.facts, [resource], wanted.people) if r.code != "sign-in-needed"
    ]
    return Offered(resource, reasons, found[0] if found else None, made, asks_words(policy))


def _fitting(seen: Seen, resource: Resource, minutes: int, wanted: Wanted) -> Iterator[datetime]:
    zone = resource.venue.zone
    for start in starts(seen, resource, minutes, wanted.quantity):
        local = start.astimezone(zone)
        if wanted.weekdays and local.isoweekday() not in wanted.weekdays:
            continue
        if wanted.earliest and local.time() < wanted.earliest:
            continue
        # The latest hour is that of the day of the start: an end at or after midnight is beyond it.
        if wanted.latest and start + minutes * MINUTE > instant(local.date(), wanted.latest, zone):
            continue
        yield start


def _offer(seen: Seen, prices: PriceList, resource: Resource, period: Period, wanted: Wanted) -> Offer:
    gross = prices.price(resource, period, quantity=wanted.quantity, people=wanted.people).gross
    return Offer(
        resource,
        period,
        gross,
        "request" if needs_approval(seen.facts, resource, period) else "pay" if gross else "book",
    )
