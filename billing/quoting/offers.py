"""Free slots with their prices, for many resources at once: what every search card shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.prices.tariffs import PriceList
from booking.claims import Ask
from booking.finding.bundles import Choice, common, never
from booking.finding.search import Slots, Wanted, search
from booking.judging.clauses import asks_words, needs_approval
from booking.judging.facts import Facts
from booking.judging.judge import reasons_throughout
from core.errors import Reason
from core.money import ZERO, Money
from core.periods import Period
from people.models import Organisation, Person
from spaces.models import Resource


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that can be had, and what its button does: `pay`, `book` or `request`."""

    resource: Resource
    period: Period
    price: Money
    outcome: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Offered:
    """One card: whether the asker may have the resource at all, whether it opens where was looked, its next slots."""

    resource: Resource
    reasons: list[Reason]
    next_free: datetime | None
    offers: list[Offer]
    asks: bool
    opens: bool

    @property
    def can_be_had(self) -> bool:
        return bool(self.offers) and not self.reasons


@dataclass(frozen=True, slots=True)
class Together:
    """A time at which everything in a bundle can be had, item by item, in one booking."""

    period: Period
    offers: list[Offer]
    price: Money
    outcome: str
    asks: bool


def offers(
    resources: Sequence[Resource],
    window: Period,
    wanted: Wanted,
    person: Person | None,
    organisation: Organisation | None = None,
    price_to: Money | None = None,
) -> list[Offered]:
    """A card for each resource (with its venue); the number of statements does not grow with theirs."""
    prices = PriceList(resources, person, organisation)

    def affordable(resource: Resource, period: Period) -> bool:
        return price_to is None or _gross(prices, resource, period, wanted, wanted.quantity) <= price_to

    facts, found = search(resources, window, wanted, person, organisation, affordable)
    return [_card(facts, prices, slots, window, wanted) for slots in found]


def _gross(prices: PriceList, resource: Resource, period: Period, wanted: Wanted, quantity: int) -> Money:
    return prices.price(resource, period, quantity=quantity, people=wanted.people).gross


def _card(facts: Facts, prices: PriceList, slots: Slots, window: Period, wanted: Wanted) -> Offered:
    resource = slots.resource
    reasons = reasons_throughout(facts, resource, window, wanted.people, wanted.quantity)
    made = [
        _offer(facts, prices, Ask(resource, period, wanted.quantity), wanted) for period in slots.periods()
    ]
    first = slots.starts[0] if slots.starts else None
    words = asks_words(facts.policy(resource, first or facts.at))
    return Offered(resource, reasons, first, made, words, slots.opens)


def _offer(facts: Facts, prices: PriceList, ask: Ask, wanted: Wanted) -> Offer:
    gross = _gross(prices, ask.resource, ask.period, wanted, ask.quantity)
    asked = needs_approval(facts, ask.resource, ask.period)
    outcome = "request" if asked else "pay" if gross else "book"
    return Offer(ask.resource, ask.period, gross, outcome, ask.quantity)


def bundles(
    choices: Sequence[Choice],
    window: Period,
    wanted: Wanted,
    person: Person | None,
    organisation: Organisation | None = None,
) -> tuple[list[Together], list[list[Reason]]]:
    """The next times at which one of every choice can be had; and for each choice why it can never be, if so."""
    facts, found = common(choices, window, wanted, person, organisation)
    prices = PriceList(facts.resources.values(), person, organisation)
    reasons = never(facts, choices, window, wanted.people)
    return [_together(facts, prices, asks, wanted) for asks in found], reasons


def _together(facts: Facts, prices: PriceList, asks: Sequence[Ask], wanted: Wanted) -> Together:
    made = [_offer(facts, prices, ask, wanted) for ask in asks]
    total = sum((offer.price for offer in made), ZERO)
    outcome = "request" if any(o.outcome == "request" for o in made) else "pay" if total else "book"
    words = any(asks_words(facts.policy(a.resource, a.period.start)) for a in asks)
    return Together(asks[0].period, made, total, outcome, words)
