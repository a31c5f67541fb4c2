"""Which rates rule for whom: the tariff in force on the day of use, and how particular each of its rates is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q

from billing.models import Rate, Tariff
from billing.papers.vat import RateKey
from billing.prices.pricing import Price, deposit_of, price
from billing.prices.rate_rules import RateRule, Season
from core import terms
from core.clock import now
from core.ids import encode
from core.periods import Period, local_date
from people.models import GroupMember, Organisation, Person
from spaces.models import Resource

FOR_RESOURCE, FOR_ORGANISATION, FOR_GROUP, FOR_KIND, FOR_SEASON, FOR_HOURS = 32, 16, 8, 4, 2, 1
ON_TOP = (
    "least",
    "reduction",
    "use",
    "deposit",
)  # what stands beside the price of the time, whatever rules that


class PriceList:
    """The prices of some resources for one asker, as they are or as they were when something was agreed; two statements
    however many resources and slots."""

    def __init__(
        self,
        resources: Iterable[Resource],
        person: Any,
        organisation: Organisation | None = None,
        *,
        tariffs: Tariffs | None = None,
        groups: set[UUID] | None = None,
        agreed_at: datetime | None = None,
    ) -> None:
        at = agreed_at or now()
        self.groups = _groups(person, organisation, at) if groups is None else groups
        self.organisation = organisation.pk if organisation is not None else None
        self.tariffs = tariffs if tariffs is not None else Tariffs({r.venue_id for r in resources}, at=at)
        self._rules: dict[tuple[UUID, UUID | None], list[RateRule]] = {}
        self._priced: dict[tuple[Any, ...], Price] = {}

    def rules(self, resource: Resource, day: date) -> list[RateRule]:
        """The rates that may rule for this asker on this day; those for the resource itself alone, if there are."""
        tariff = self.tariffs.on(resource.venue_id, day)
        key = (resource.pk, tariff.pk if tariff else None)
        if key not in self._rules:
            rates = self.tariffs.rates(tariff) if tariff else []
            fitting = [rule for rate, rule in rates if self._fits(rate, resource)]
            self._rules[key] = _most_particular(fitting)
        return self._rules[key]

    def _fits(self, rate: Rate, resource: Resource) -> bool:
        return (
            (rate.resource_id is None or rate.resource_id == resource.pk)
            and (not rate.kind or rate.kind == resource.kind)
            and (rate.group_id is None or rate.group_id in self.groups)
            and (rate.organisation_id is None or rate.organisation_id == self.organisation)
        )

    def price(
        self,
        resource: Resource,
        period: Period,
        *,
        quantity: int = 1,
        people: int | None = None,
        used: Period | None = None,
        units: Mapping[str, int] | None = None,
    ) -> Price:
        """What this asker pays for the period, VAT included.

        Rates look at the clock, the weekday and their season alone, so the same hours of another week are not worked
        out again where no season is in play.
        """
        zone = resource.venue.zone
        start, end = period.start.astimezone(zone), period.end.astimezone(zone)
        rules = self.rules(resource, start.date())
        if used is not None or units:
            return price(period, rules, zone, quantity=quantity, people=people or 1, used=used, units=units)
        clock = (start.isoweekday(), start.time(), start.utcoffset(), end.utcoffset(), period.elapsed)
        day = start.date() if any(rule.season for rule in rules) else None
        key = (id(rules), clock, day, quantity, people)
        if key not in self._priced:
            self._priced[key] = price(period, rules, zone, quantity=quantity, people=people or 1)
        return self._priced[key]

    def deposit(self, resource: Resource, period: Period) -> RateRule | None:
        """The deposit that this asker has to leave for one of the resource, if any."""
        start = period.start.astimezone(resource.venue.zone)
        rule = deposit_of(self.rules(resource, start.date()), start)
        return rule if rule is not None and rule.price else None


class Tariffs:
    """The published tariffs of some venues, with their rates as the engine needs them; two statements.

    `instead` is a draft that is looked at as if it ruled its venue on every day.
    """

    def __init__(
        self, venues: Iterable[UUID], instead: Tariff | None = None, at: datetime | None = None
    ) -> None:
        self.by_venue: dict[UUID, list[Tariff]] = defaultdict(list)
        self.instead = instead
        self._rates: dict[UUID, list[tuple[Rate, RateRule]]] = {}
        rows = Tariff.objects.filter(venue__in=venues, published_at__lte=at or now()).order_by(
            "-from_on", "-published_at"
        )
        rates = Prefetch("rates", Rate.objects.select_related("vat_rate"))
        for tariff in rows.prefetch_related(rates):
            self.by_venue[tariff.venue_id].append(tariff)

    def on(self, venue: UUID, day: date) -> Tariff | None:
        if self.instead is not None and self.instead.venue_id == venue:
            return self.instead
        return next((t for t in self.by_venue[venue] if t.rules_on(day)), None)

    def rates(self, tariff: Tariff) -> list[tuple[Rate, RateRule]]:
        if tariff.pk not in self._rates:
            self._rates[tariff.pk] = [(rate, rule_of(rate, tariff)) for rate in tariff.rates.all()]
        return self._rates[tariff.pk]


def rule_of(rate: Rate, tariff: Tariff) -> RateRule:
    """The rate as the engine reads it."""
    vat = rate.vat_rate
    season = None
    if rate.season_from is not None and rate.season_until is not None:
        season = Season(rate.season_from, rate.season_until, rate.yearly)
    return RateRule(
        encode("rat", rate.pk),
        rate.per,
        rate.price,
        RateKey(vat.percent, vat.natura, vat.legal_text) if vat else RateKey(Decimal(0)),
        vat.pk if vat else None,
        _rank(rate),
        frozenset(rate.weekdays),
        rate.from_time,
        rate.until_time,
        season,
        rate.minutes,
        rate.percent,
        rate.meter,
        rate.charge_by,
        encode("trf", tariff.pk),
        tariff.published_at.isoformat() if tariff.published_at else "",
        rate.name,
    )


def _rank(rate: Rate) -> int:
    return (
        FOR_RESOURCE * bool(rate.resource_id)
        + FOR_ORGANISATION * bool(rate.organisation_id)
        + FOR_GROUP * bool(rate.group_id)
        + FOR_KIND * bool(rate.kind)
        + FOR_SEASON * bool(rate.season_from)
        + FOR_HOURS * bool(rate.weekdays or rate.from_time or rate.until_time)
    )


def _most_particular(rules: Sequence[RateRule]) -> list[RateRule]:
    """A rate for the resource itself replaces those of its kind or of all, tiers included; what stands beside them
    (minimum, meters, reductions) stays."""
    beside = [rule for rule in rules if rule.per in ON_TOP]
    selling = [rule for rule in rules if rule.per not in ON_TOP]
    own = [rule for rule in selling if rule.rank >= FOR_RESOURCE]
    kind = [rule for rule in selling if FOR_KIND & rule.rank]
    return [*(own or kind or selling), *beside]


def _groups(person: Any, organisation: Organisation | None, at: datetime) -> set[UUID]:
    if not isinstance(person, Person):
        return set()
    on = at.date()
    rows = GroupMember.objects.filter(
        Q(person=person) | Q(organisation=organisation, organisation__isnull=False)
    )
    return set(rows.filter(from_on__lte=on).exclude(until_on__lte=on).values_list("group_id", flat=True))


@terms.perform("price-slots")
def price_slots(
    slots: Sequence[tuple[Resource, Period, int]], person: Any, organisation: Organisation | None
) -> list[Any]:
    """The gross price of each slot (of so many of a resource) for this asker."""
    prices = PriceList({r.pk: r for r, _, _ in slots}.values(), person, organisation)
    return [prices.price(resource, period, quantity=n).gross for resource, period, n in slots]


SHOWN = ("minute", "hour", "half_day", "day", "flat", "head")


@terms.include("res", "prices")
def prices_of(resources: Sequence[Resource], person: Any) -> dict[UUID, Any]:
    """The rates that would rule today for who looks, as sentences."""
    prices = PriceList(resources, person)
    found: dict[UUID, Any] = {}
    for resource in resources:
        today = local_date(now(), resource.venue.zone)
        rules = [
            rule for rule in prices.rules(resource, today) if rule.per in SHOWN and _in_season(rule, today)
        ]
        found[resource.pk] = [{"label": _label(rule), "price": rule.price, "per": rule.per} for rule in rules]
    return found


def _in_season(rule: RateRule, day: date) -> bool:
    return rule.season is None or day in rule.season


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
