"""What is wrong with a tariff before anybody meets it, with the arithmetic: pure.

A rate that could never be the price is refused like one that says nothing: whoever wrote it meant something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from billing.models import Rate
from core.errors import Pointer
from core.money import Money
from core.words import Words

LENGTHS = {"half_day": 4 * 60, "day": 24 * 60}
FREE_OF_VAT = ("least", "reduction")
LEAST_DEPOSIT = Money(50)

NO_RATES = Words("il listino non ha alcun prezzo", "the tariff has no price at all")
NO_VAT = Words("manca l'IVA", "the VAT is missing")
NO_MINUTES = Words("mancano i minuti del tratto", "the minutes of the stretch are missing")
NO_PERCENT = Words("la percentuale va da 0,01 a 100", "the percentage is from 0.01 to 100")
SMALL_DEPOSIT = Words(
    "una cauzione è di almeno {least}, o zero per chi non ne lascia",
    "a deposit is at least {least}, or nothing for whoever leaves none",
)
NO_METER = Words("manca che cosa conta il contatore", "what the meter counts is missing")
HALF_SEASON = Words("una stagione ha un inizio e una fine diversi", "a season has a start and another end")
NO_HOURS = Words(
    "dalle {start} alle {end} non c'è nemmeno un minuto", "there is not a minute from {start} to {end}"
)
DEARER_THAN_TIME = Words(
    "{minutes} minuti a {price} non servono mai: a tempo costano al più {time}",
    "{minutes} minutes at {price} are never used: by time they cost at most {time}",
)
DEARER_THAN_TIER = Words(
    "{minutes} minuti a {price} non servono mai: {times} × {others} minuti costano {cost}",
    "{minutes} minutes at {price} are never used: {times} × {others} minutes cost {cost}",
)
TWICE = Words(
    "è detta due volte, a {price} e a {other}: quale vale?",
    "it is said twice, at {price} and at {other}: which counts?",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where in the list of rates, which word, and what is wrong with it."""

    place: int | None
    word: str
    said: str

    def pointer(self) -> Pointer:
        where = "/rates" if self.place is None else f"/rates/{self.place}/{self.word}"
        return Pointer(where, "unsatisfiable", self.said)


def faults(rates: Sequence[Rate]) -> list[Fault]:
    """Everything that is wrong with these rates, in their order."""
    found = (
        [] if any(r.per not in (*FREE_OF_VAT, "deposit") for r in rates) else [Fault(None, "", str(NO_RATES))]
    )
    for place, rate in enumerate(rates):
        found += [Fault(place, word, said) for word, said in _alone(rate)]
    if not found:
        for place, rate in enumerate(rates):
            found += [Fault(place, "price", said) for said in _among(place, rate, rates)]
    return found


def _alone(rate: Rate) -> Iterator[tuple[str, str]]:
    if rate.per not in FREE_OF_VAT and rate.vat_rate_id is None:
        yield "vat_rate_id", str(NO_VAT)
    if rate.per != "deposit" and (rate.per == "stretch") != bool(rate.minutes):
        yield "minutes", str(NO_MINUTES)
    if rate.per == "deposit" and Money(0) < rate.price < LEAST_DEPOSIT:
        yield "price", SMALL_DEPOSIT.say(least=LEAST_DEPOSIT)
    if (rate.per == "reduction") != (0 < rate.percent <= 100):
        yield "percent", str(NO_PERCENT)
    if (rate.per == "use") != bool(rate.meter):
        yield "meter", str(NO_METER)
    if (rate.season_from is None) != (rate.season_until is None) or (
        rate.season_from is not None and rate.season_until is not None and not _lasts(rate)
    ):
        yield "season_until", str(HALF_SEASON)
    start, end = rate.from_time, rate.until_time
    if start is not None and end is not None and start >= end and (end.hour or end.minute):
        yield "until_time", NO_HOURS.say(start=f"{start:%H:%M}", end=f"{end:%H:%M}")


def _lasts(rate: Rate) -> bool:
    assert rate.season_from is not None
    assert rate.season_until is not None
    if rate.yearly:
        return (rate.season_from.month, rate.season_from.day) != (
            rate.season_until.month,
            rate.season_until.day,
        )
    return rate.season_from < rate.season_until


def _among(place: int, rate: Rate, rates: Sequence[Rate]) -> Iterator[str]:
    """What makes this one senseless beside the others that rule for the same people and things."""
    for other in rates[:place]:
        if _when(other) == _when(rate) and _what(other) == _what(rate):
            yield TWICE.say(price=_said(rate), other=_said(other))
    minutes = covers(rate)
    if not minutes:
        return
    same = [other for other in rates if other is not rate and _for(other) == _for(rate)]
    by_time = [_an_hour(other) for other in same if other.per in ("hour", "minute")]
    if by_time and rate.price.cents * 60 >= max(by_time) * minutes:
        most = Money(max(by_time)).times(minutes).cents // 60
        yield DEARER_THAN_TIME.say(minutes=minutes, price=_said(rate), time=Money(most))
    for other in same:
        length = covers(other)
        if not length or _when(other) != _when(rate):
            continue
        times = -(-minutes // length)
        cost = other.price.times(times)
        if cost.cents < rate.price.cents or (cost == rate.price and length > minutes):
            yield DEARER_THAN_TIER.say(
                minutes=minutes, price=_said(rate), times=times, others=length, cost=cost
            )
            return


def covers(rate: Rate) -> int:
    """The minutes that a tier is for; 0: it is none."""
    return rate.minutes if rate.per == "stretch" else LENGTHS.get(rate.per, 0)


def _an_hour(rate: Rate) -> int:
    return rate.price.cents * (60 if rate.per == "minute" else 1)


def _for(rate: Rate) -> tuple[object, ...]:
    return (rate.resource_id, rate.kind, rate.group_id, rate.organisation_id)


def _when(rate: Rate) -> tuple[object, ...]:
    hours = (tuple(sorted(rate.weekdays)), rate.from_time, rate.until_time)
    return (*hours, rate.season_from, rate.season_until, rate.yearly)


def _what(rate: Rate) -> tuple[object, ...]:
    return (*_for(rate), rate.per, covers(rate), rate.meter)


def _said(rate: Rate) -> str:
    return f"{rate.percent:f} %" if rate.per == "reduction" else str(rate.price)
