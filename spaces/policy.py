"""The rules of booking as one frozen value, and which version of them is in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from core.errors import Unsatisfiable
from core.words import Words
from spaces.models import Resource, Rules

DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """Minutes where nothing else is said; None is no limit."""

    step: int = 30
    least: int = 30
    most: int | None = 12 * 60
    notice: int = 0
    horizon_days: int = 180
    set_up: int = 0
    clean_up: int = 0
    approval: bool = False
    daily_limit: int | None = None
    weekly_limit: int | None = None
    hold: int = 10
    request_days: int = 5
    groups: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: dict[str, Any]) -> BookingPolicy:
        """A policy from the stored words; unknown words are an error, for a mistyped rule must not be dropped."""
        known = {field.name for field in fields(cls)}
        if unknown := set(data) - known:
            raise Unsatisfiable(why=", ".join(sorted(unknown)))
        words: dict[str, Any] = {k: tuple(v) if k == "groups" else v for k, v in data.items()}
        policy = cls(**words)
        policy.check()
        return policy

    def check(self) -> None:
        """Raises Unsatisfiable if no booking could ever meet these rules."""
        wrong = next((words for bad, words in self._faults() if bad), None)
        if wrong is not None:
            raise Unsatisfiable(why=wrong)

    def _faults(self) -> Iterable[tuple[bool, Words]]:
        yield self.step < 1, Words("il passo è almeno un minuto", "the step is at least one minute")
        if self.step < 1:
            return
        yield self.least < 1, Words("la durata minima è almeno un minuto", "the least duration is a minute")
        longest = self.most if self.most is not None else 366 * DAY
        yield (
            self.least > longest,
            Words("la durata minima supera la massima", "the least duration exceeds the most"),
        )
        fits = (longest // self.step) * self.step
        yield (
            fits < self.least,
            Words(
                "nessun multiplo del passo sta fra minima e massima",
                "no multiple of the step lies between least and most",
            ),
        )
        yield (
            self.notice >= self.horizon_days * DAY,
            Words("il preavviso supera l'orizzonte", "the notice exceeds the horizon"),
        )
        for limit in (self.daily_limit, self.weekly_limit):
            yield (
                limit is not None and limit < self.least,
                Words("un limite è minore della durata minima", "a limit is less than the least duration"),
            )
        yield (
            min(self.set_up, self.clean_up, self.notice) < 0,
            Words("i tempi non sono negativi", "times are not negative"),
        )


@dataclass(frozen=True, slots=True)
class Version:
    """A policy and the row it came from, if any."""

    policy: BookingPolicy
    rules: UUID | None


class Policies:
    """The versions of one resource's rules; a resource's word wins over its venue's, word by word."""

    def __init__(self, venue: list[Rules], resource: list[Rules]) -> None:
        self._venue, self._resource = venue, resource
        self._kept: dict[tuple[UUID | None, UUID | None], Version] = {}

    def on(self, day: date) -> Version:
        """The version in force on a day (before the first version: the house's defaults)."""
        general, own = (self._in_force(rows, day) for rows in (self._venue, self._resource))
        key = (general.pk if general else None, own.pk if own else None)
        if key not in self._kept:
            data = (general.data if general else {}) | (own.data if own else {})
            self._kept[key] = Version(BookingPolicy.read(data), key[1] or key[0])
        return self._kept[key]

    @staticmethod
    def _in_force(rows: list[Rules], day: date) -> Rules | None:
        return next((row for row in rows if row.from_on <= day), None)


def policies(resources: Iterable[Resource]) -> dict[UUID, Policies]:
    """The rules of these resources, all versions; one statement."""
    resources = list(resources)
    scopes = Q(resource__in=[r.pk for r in resources]) | Q(venue__in={r.venue_id for r in resources})
    rows = list(Rules.objects.filter(scopes).order_by("-from_on", "-written_at"))
    return {
        resource.pk: Policies(
            [row for row in rows if row.venue_id == resource.venue_id],
            [row for row in rows if row.resource_id == resource.pk],
        )
        for resource in resources
    }
