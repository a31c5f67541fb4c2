"""Holidays: public ones of a country or a region, by a maintained library, the patron saint of the place; and of schools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from core.words import ENGLISH, ITALIAN, Words, language
from spaces.models import SchoolHoliday, Venue

SPOKEN = {ITALIAN: "it_IT", ENGLISH: "en_US"}
DAY = timedelta(days=1)
FARTHEST = 800  # days that a horizon of working days is looked for in


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day that is a holiday by law or custom; `key` is its name in English, the same every year."""

    on: date
    key: str
    name: str
    closed: bool


@lru_cache(maxsize=256)
def _of_year(place: str, year: int, spoken: str) -> dict[date, str]:
    country, _, region = place.partition("-")
    found = holidays.country_holidays(country, subdiv=region or None, years=[year], language=spoken)
    return dict(found.items())


def _named(place: str, years: Iterable[int], spoken: str) -> dict[date, str]:
    """The public holidays of a country or region (`IT`, `IT-TO`; empty: none)."""
    if not place:
        return {}
    return {day: name for year in years for day, name in _of_year(place, year, spoken).items()}


def is_a_place(place: str) -> bool:
    """Whether the library knows the holidays of this country or region (`IT`, `IT-TO`)."""
    country, _, region = place.partition("-")
    regions = holidays.list_supported_countries().get(country)
    return not place or (regions is not None and (not region or region in regions))


def patron_days(venue: Venue, years: Iterable[int]) -> list[date]:
    """The patron saint's days (29 February: of leap years)."""
    if not venue.patron_day:
        return []
    month, day = map(int, venue.patron_day.split("-"))
    leap = (month, day) == (2, 29)
    return [date(y, month, day) for y in years if not leap or (y % 4 == 0 and (y % 100 or y % 400 == 0))]


def holidays_of(venue: Venue, years: Iterable[int]) -> list[Holiday]:
    """Every holiday of the venue, in order, with whether it closes on it."""
    years = list(years)
    keys, names = (
        _named(venue.holidays_of, years, spoken) for spoken in (SPOKEN[ENGLISH], SPOKEN[language()])
    )
    found = {}
    for on, said in keys.items():
        key = said.split("; ")[0]  # a day may be a holiday twice over in some years
        found[on] = Holiday(on, key, names[on], key not in venue.open_holidays)
    for on in patron_days(venue, years):
        name = venue.patron_saint or Words("Patrono", "Patron saint").say()
        found.setdefault(on, Holiday(on, venue.patron_saint, name, True))
    return [found[on] for on in sorted(found)]


def closed_days(venue: Venue, first: date, last: date) -> list[date]:
    """The holidays on which the venue closes, from `first` (included) to `last` (excluded)."""
    years = range(first.year, last.year + 1)
    return [h.on for h in holidays_of(venue, years) if h.closed and first <= h.on < last]


def school_holidays(region: str, first: date, last: date) -> dict[date, str]:
    """The days without school in a region (empty: none) from `first` to `last`, both included, with their names."""
    if not region:
        return {}
    found: dict[date, str] = {}
    for row in SchoolHoliday.objects.filter(region__iexact=region, first_on__lte=last, last_on__gte=first):
        name = Words(row.name_it, row.name_en).say()
        for shift in range((row.last_on - row.first_on).days + 1):
            found.setdefault(row.first_on + timedelta(days=shift), name)
    return {day: name for day, name in found.items() if first <= day <= last}


# -- working days ----------------------------------------------------------------------------------------


def _works(day: date, place: str) -> bool:
    return day.isoweekday() < 6 and not (place and day in _of_year(place, day.year, SPOKEN[ENGLISH]))


@lru_cache(maxsize=1024)
def after_working_days(day: date, count: int, place: str) -> date:
    """The day on which the `count`-th working day after this one falls; weekends and holidays are not counted."""
    for _ in range(FARTHEST):
        if count == 0:
            break
        day += DAY
        count -= _works(day, place)
    return day


@lru_cache(maxsize=1024)
def before_working_days(day: date, count: int, place: str) -> date:
    """The first day from which `day` lies no more than `count` working days ahead."""
    first = day
    for _ in range(FARTHEST):
        if after_working_days(first - DAY, count, place) < day:
            break
        first -= DAY
    return first


def next_bank_day(after: date) -> date:
    """The first day after this one on which European banks settle transfers (the days of T2: no weekends, six holidays)."""
    day = after + DAY
    while day.weekday() > 4 or day in _bank_holidays(day.year):
        day += DAY
    return day


@lru_cache(maxsize=16)
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=[year]))
