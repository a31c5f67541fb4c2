"""When nothing fits: which one filter, let go, would find something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from billing.quoting.offers import Offer, Offered

# A filter as people name it, and the parameters it is made of.
FILTERS: dict[str, tuple[str, ...]] = {
    "price_to": ("price_to",),
    "earliest": ("earliest",),
    "latest": ("latest",),
    "at": ("at",),
    "on": ("on",),
    "weekday": ("weekday",),
    "minutes": ("minutes",),
    "quantity": ("quantity",),
    "people": ("people", "capacity_from"),
    "features": ("features",),
    "access": ("access",),
    "q": ("q",),
    "kind": ("kind",),
    "venue_id": ("venue_id",),
}
LATER = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Without this filter so many resources can be had; the first offer among them."""

    name: str
    resources: int
    offer: Offer


def relaxations(
    asked: dict[str, Any], answer: Callable[[dict[str, Any]], Sequence[Offered]]
) -> list[Relaxation]:
    """Each filter of the search that alone stands in the way. `answer` searches."""
    found = []
    for name, loosened in _loosened(asked):
        able = [card for card in answer(loosened | {"per_resource": 1}) if card.can_be_had]
        if able:
            first = min((card.offers[0] for card in able), key=lambda offer: offer.period)
            found.append(Relaxation(name, len(able), first))
    return found


def _loosened(asked: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, parameters in FILTERS.items():
        if any(asked.get(p) not in (None, [], "") for p in parameters) and asked.get(name) != 1:
            yield name, {key: value for key, value in asked.items() if key not in parameters}
    if "on_to" in asked:
        yield "dates", asked | {"on_from": asked["on_to"], "on_to": asked["on_to"] + LATER}
