"""The figures of a period with the money beside the hours, by whatever cuts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from billing.cuts import CUTS, names_of
from billing.models import Plan, Programme
from billing.takings import takings
from booking import tally
from booking.figures import Counts, figures, held
from booking.insight import EVERYTHING, Scope, hour_name, partner_of, weekday_name
from booking.tally import Days
from core.ids import decode
from core.money import Money
from spaces.models import Resource

BY = ("none", "resource", "kind", "venue", "partner", "plan", "programme", "weekday", "hour", "month")
BY_RESOURCE = ("none", "resource", "kind", "venue", "partner")
EARNED = (*BY_RESOURCE, "month", *CUTS)


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    name: str
    minutes: tally.Minutes
    counts: Counts | None
    revenue: Money | None
    revenue_of: Money | None

    @property
    def per_hour(self) -> Money | None:
        """Revenue divided by hours opened, in whole cents; None where nothing was open."""
        opened = self.minutes.get(tally.OPENED, 0)
        return self.revenue.times(Fraction(60, opened)) if self.revenue is not None and opened else None


def figure_rows(of: Scope, days: Days, by: str) -> list[Row]:
    """The figures of each group of a cut; four statements."""
    counts = figures(of.ids, days, CUTS.get(by, by))
    earned = takings(of.ids, days, by) if by in EARNED else None
    whole = takings(of.ids, days, "none").get("", Money(0)) if earned is not None else None
    hours = _hours(of, days, by)
    names = _names(of, by, [*hours, *counts, *(earned or {})])
    return [
        Row(
            shown,
            name,
            hours.get(key, {}),
            counts.get(key),
            None if earned is None else earned.get(key, Money(0)),
            whole,
        )
        for key, (shown, name) in names.items()
    ]


def _hours(of: Scope, days: Days, by: str) -> dict[str, tally.Minutes]:
    """Minutes by the same keys as the counts have: ids and numbers as text. What is cut by people and not by things is
    out of all that was opened."""
    if by in CUTS:
        opened = sum(m.get(tally.OPENED, 0) for m in tally.totals(of.ids, days, "resource").values())
        parts = held(of.ids, days, CUTS[by])
        return {
            key: {tally.OPENED: opened, tally.BOOKED: booked, tally.ATTENDED: attended}
            for key, (booked, attended) in parts.items()
        }
    if by == "hour":
        return _added((str(hour), m) for (_, hour), m in tally.by_hour(of.ids, days).items())
    if by in ("weekday", "month"):
        return {str(key): m for key, m in tally.totals(of.ids, days, by).items()}
    raw = raw_keys(of, by)
    return _added((raw[pk], m) for pk, m in tally.totals(of.ids, days, "resource").items())


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
    return {str(n): (str(n), say(n)) for n in sorted({int(key) for key in found})}


def raw_key(of: Scope, by: str, public: str) -> str | None:
    """What the database calls a group of a cut of money; None if there is none of that name."""
    if by in CUTS:
        return "" if not public else _uuid(Plan.prefix if by == "plan" else Programme.prefix, public)
    if by == "month":
        return public
    raw, groups = raw_keys(of, by), of.groups(by)
    return "" if by == "none" else next((raw[pk] for pk in of.ids if groups[pk] == public), None)


def _uuid(prefix: str, public: str) -> str | None:
    try:
        return str(decode(prefix, public))
    except ValueError:
        return None
