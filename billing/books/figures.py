"""The figures of a period with the money beside the hours, by whatever cuts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from billing.books.takings import FEE_KEYS, IN_TIME, fees, in_time, takings
from billing.budgets.cuts import CUTS, names_of
from billing.models import Plan, Programme
from booking.measuring import tally
from booking.measuring.figures import Counts, figures, held
from booking.measuring.insight import EVERYTHING, Scope, hour_name, partner_of, weekday_name
from booking.measuring.tally import Days
from core.ids import decode
from core.money import ZERO, Money, total
from core.words import Words
from spaces.models import Resource

BY = ("none", "resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month")
BY_RESOURCE = ("none", "resource", "kind", "venue", "partner")
NO_HOUR = Words("Senza ora", "Of no hour")


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    name: str
    minutes: tally.Minutes
    counts: Counts | None
    revenue: Money
    revenue_of: Money
    fees: Money | None = None
    fees_of: Money | None = None

    @property
    def per_hour(self) -> Money | None:
        """Revenue divided by hours opened, in whole cents; None where nothing was open."""
        opened = self.minutes.get(tally.OPENED, 0)
        return self.revenue.times(Fraction(60, opened)) if opened else None


def figure_rows(of: Scope, days: Days, by: str) -> list[Row]:
    """The figures of each group of a cut; at most six statements."""
    counts = figures(of.ids, days, CUTS.get(by, by))
    earned = in_time(of.ids, days, by) if by in IN_TIME else takings(of.ids, days, by)
    whole = takings(of.ids, days, "none").get("", ZERO)
    paid = fees(of.venues, days, by) if by in FEE_KEYS and of.venues else None
    paid_in_all = total(paid.values()) if paid is not None else None
    hours = _hours(of, days, by)
    names = _names(of, by, [*hours, *counts, *earned, *(paid or {})])
    # What is offered no more is told where it had anything.
    offered = (
        {key for pk, key in raw_keys(of, by).items() if pk in of.active} if by in BY_RESOURCE else set(names)
    )
    return [
        Row(
            shown,
            name,
            hours.get(key, {}),
            counts.get(key),
            earned.get(key, ZERO),
            whole,
            None if paid is None else paid.get(key, ZERO),
            paid_in_all,
        )
        for key, (shown, name) in names.items()
        if by == "none" or key in offered or key in hours or key in counts or key in earned
    ]


def _hours(of: Scope, days: Days, by: str) -> dict[str, tally.Minutes]:
    """Minutes by the same keys as the counts have: ids and numbers as text. What is cut by people and not by things is
    out of all that was opened."""
    if by in CUTS:
        opened = tally.by_group(of.groups("none"), days, (tally.OPENED,)).get("", {}).get(tally.OPENED, 0)
        parts = held(of.ids, days, CUTS[by])
        return {
            key: {tally.OPENED: opened, tally.BOOKED: booked, tally.ATTENDED: attended}
            for key, (booked, attended) in parts.items()
        }
    if by == "hour":
        return _added((str(hour), m) for (_, hour), m in tally.by_hour(of.ids, days).items())
    if by in ("weekday", "month"):
        return {str(key): m for key, m in tally.totals(of.ids, days, by).items()}
    return tally.by_group(raw_keys(of, by), days)


def _added(found: Any) -> dict[str, tally.Minutes]:
    sums: dict[str, tally.Minutes] = {}
    for key, minutes in found:
        line = sums.setdefault(key, {})
        for measure, n in minutes.items():
            line[measure] = line.get(measure, 0) + n
    return sums


def raw_keys(of: Scope, by: str) -> dict[Any, str]:
    """The key of each resource's group as the database says it."""
    how: dict[str, Callable[[Resource], str]] = {
        "none": lambda r: "",
        "resource": lambda r: str(r.pk),
        "kind": lambda r: r.kind,
        "venue": lambda r: str(r.venue_id),
        "partner": lambda r: str(partner_of(r)),
    }
    return {r.pk: how[by](r) for r in of.resources}


def _names(of: Scope, by: str, found: list[str]) -> dict[str, tuple[str, str]]:
    """Of each group's key: its public key and name, in the order in which people know them."""
    if by in BY_RESOURCE:
        raw, public = raw_keys(of, by), of.groups(by)
        called = of.names(by)
        names = {raw[pk]: (public[pk], called[public[pk]]) for pk in of.ids}
        return {"": ("", str(EVERYTHING))} if by == "none" else names
    if by in CUTS:
        return names_of(by, set(found))
    if by == "month":
        return {key: (key, key) for key in sorted(set(found))}
    say = weekday_name if by == "weekday" else hour_name
    named = {str(n): (str(n), say(n)) for n in sorted({int(key) for key in found if key})}
    return named | ({"": ("", str(NO_HOUR))} if "" in found else {})


# As people name them: hours from midnight, weekdays from Monday.
IN_TIME_KEYS = {"hour": [str(n) for n in range(24)], "weekday": [str(n) for n in range(1, 8)]}


def raw_key(of: Scope, by: str, public: str) -> str | None:
    """What the database calls a group of a cut of money; None if there is none of that name."""
    if by in CUTS:
        return named(by, public)
    if by in IN_TIME:
        return public if not public or public in IN_TIME_KEYS[by] else None
    if by == "month":
        return public
    raw, groups = raw_keys(of, by), of.groups(by)
    return "" if by == "none" else next((raw[pk] for pk in of.ids if groups[pk] == public), None)


def named(by: str, public: str) -> str | None:
    """What the database calls a plan or programme; the one of nobody is "". None if there is none of that name."""
    try:
        return "" if not public else str(decode(Plan.prefix if by == "plan" else Programme.prefix, public))
    except ValueError:
        return None
