"""Which rates rule for whom: the tariff in force on the day of use, and how particular each of its rates is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from billing.models import Rate, Tariff
from billing.pricing import Price, RateRule, price
from billing.vat import RateKey
from core import terms
from core.clock import now
from core.ids import encode
from core.periods import Period, local_date
from people.models import GroupMember, Organisation, Person
from spaces.models import Resource

FOR_RESOURCE, FOR_GROUP, FOR_KIND, FOR_HOURS = 8, 4, 2, 1


class PriceList:
    """The prices of some resources for one asker; two statements however many resources and slots."""

    def __init__(
        self, resources: Iterable[Resource], person: Any, organisation: Organisation | None = None
    ) -> None:
        venues = {r.venue_id for r in resources}
        self.groups = _groups(person, organisation)
        self.tariffs: dict[UUID, list[Tariff]] = defaultdict(list)
        rows = Tariff.objects.filter(venue__in=venues, published_at__lte=now()).order_by(
            "-from_on", "-published_at"
        )
        for tariff in rows.prefetch_related("rates__vat_rate"):
            self.tariffs[tariff.venue_id].append(tariff)
        self._rules: dict[tuple[UUID, UUID | None], list[RateRule]] = {}
        self._priced: dict[tuple[Any, ...], Price] = {}

    def rules(self, resource: Resource, day: date) -> list[RateRule]:
        tariff = next((t for t in self.tariffs[resource.venue_id] if t.from_on <= day), None)
        key = (resource.pk, tariff.pk if tariff else None)
        if key not in self._rules:
            rates = tariff.rates.all() if tariff else []
            self._rules[key] = [_rule(rate) for rate in rates if self._fits(rate, resource)]
        return self._rules[key]

    def _fits(self, rate: Rate, resource: Resource) -> bool:
        return (
            (rate.resource_id is None or rate.resource_id == resource.pk)
            and (not rate.kind or rate.kind == resource.kind)
            and (rate.group_id is None or rate.group_id in self.groups)
        )

    def price(
        self, resource: Resource, period: Period, *, quantity: int = 1, people: int | None = None
    ) -> Price:
        """What this asker pays for the period, VAT included.

        Rates look at the clock and the weekday alone, so the same hours of another week are not worked out again.
        """
        zone = resource.venue.zone
        start, end = period.start.astimezone(zone), period.end.astimezone(zone)
        rules = self.rules(resource, start.date())
        clock = (start.isoweekday(), start.time(), start.utcoffset(), end.utcoffset(), period.elapsed)
        key = (id(rules), clock, quantity, people)
        if key not in self._priced:
            self._priced[key] = price(
                period, _most_particular(rules), zone, quantity=quantity, people=people or 1
            )
        return self._priced[key]


def _rule(rate: Rate) -> RateRule:
    vat = rate.vat_rate
    rank = (
        FOR_RESOURCE * bool(rate.resource_id) + FOR_GROUP * bool(rate.group_id) + FOR_KIND * bool(rate.kind)
    )
    rank += FOR_HOURS * bool(rate.weekdays or rate.from_time or rate.until_time)
    return RateRule(
        encode("rat", rate.pk),
        rate.per,
        rate.price,
        RateKey(vat.percent, vat.natura, vat.legal_text),
        vat.pk,
        rank,
        frozenset(rate.weekdays),
        rate.from_time,
        rate.until_time,
    )


def _most_particular(rules: Sequence[RateRule]) -> list[RateRule]:
    """A rate for the resource itself replaces those of its kind or of all, tiers included."""
    own = [rule for rule in rules if rule.rank >= FOR_RESOURCE]
    kind = [rule for rule in rules if FOR_KIND & rule.rank]
    return own or kind or list(rules)


def _groups(person: Any, organisation: Organisation | None) -> set[UUID]:
    if not isinstance(person, Person):
        return set()
    today = now().date()
    rows = GroupMember.objects.filter(
        Q(person=person) | Q(organisation=organisation, organisation__isnull=False)
    )
    return set(
        rows.filter(from_on__lte=today).exclude(until_on__lte=today).values_list("group_id", flat=True)
    )


@terms.perform("price-slots")
def price_slots(
    slots: Sequence[tuple[Resource, Period, int]], person: Any, organisation: Organisation | None
) -> list[Any]:
    """The gross price of each slot (of so many of a resource) for this asker."""
    prices = PriceList({r.pk: r for r, _, _ in slots}.values(), person, organisation)
    return [prices.price(resource, period, quantity=n).gross for resource, period, n in slots]


@terms.include("res", "prices")
def prices_of(resources: Sequence[Resource], person: Any) -> dict[UUID, Any]:
    """The rates that would rule today for who looks, as sentences."""
    prices = PriceList(resources, person)
    found: dict[UUID, Any] = {}
    for resource in resources:
        rules = _most_particular(prices.rules(resource, local_date(now(), resource.venue.zone)))
        found[resource.pk] = [{"label": _label(rule), "price": rule.price, "per": rule.per} for rule in rules]
    return found


def _label(rule: RateRule) -> str:
    if rule.from_time is None and rule.until_time is None:
        return ""
    start, end = rule.from_time, rule.until_time
    return (
        f"{start:%H:%M}–{end:%H:%M}"
        if start and end
        else f"{start:%H:%M}–24:00"
        if start
        else f"00:00–{end:%H:%M}"
    )
