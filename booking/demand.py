"""Unmet demand: what people looked for or tried to book and did not get, kept without names (docs/adr/0048).

Written after the answer is known, outside every act, without waiting for the disk; counted once an asker and half an
hour, so that a page that asks again is no crowd; read only where at least three stand together.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils.crypto import salted_hmac

from booking.insight import FEWEST
from booking.models import Demand
from booking.tally import Days
from core import outbox
from core.periods import days_between
from spaces.models import Resource

log = logging.getLogger(__name__)
ONCE = timedelta(minutes=30)
MOST_DAYS = 7
NOTHING_FREE = "nothing-free"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thing somebody wanted and did not get: at a local day and (where said) hour."""

    how: str
    reason: str
    on: date
    hour: int | None = None
    venue: UUID | None = None
    resource: UUID | None = None
    kind: str = ""


def attempt(resource: Resource, start: datetime, reason: str) -> Wanted:
    """Somebody tried to book this from an instant."""
    local = start.astimezone(resource.venue.zone)
    return Wanted(
        Demand.How.ATTEMPT, reason, local.date(), local.hour, resource.venue_id, resource.pk, resource.kind
    )


def searches(asked: dict[str, Any], first: date, last: date, reason: str) -> list[Wanted]:
    """What a search that found nothing wanted: one for each day it named, else one for its first. Pure."""
    days = sorted(asked.get("on") or ())
    weekdays = asked.get("weekday") or ()
    if not days and weekdays:
        days = [day for day in days_between(first, last) if day.isoweekday() in weekdays]
    earliest = asked.get("earliest")
    one: list[UUID] = list(asked.get("resource_id") or ())
    kinds: list[str] = list(asked.get("kind") or ())
    wanted = Wanted(
        Demand.How.SEARCH,
        reason,
        first,
        earliest.hour if earliest else None,
        asked.get("venue_id"),
        one[0] if len(one) == 1 else None,
        kinds[0] if len(kinds) == 1 else "",
    )
    return [replace(wanted, on=day) for day in days[:MOST_DAYS]] or [wanted]


def note(found: Sequence[Wanted], asker: str) -> None:
    """These are remembered, once an asker and half an hour; whoever asked gets their answer whatever happens here.

    `asker` tells one from another for that time only: it is hashed, forgotten, and never kept with what was wanted.
    """
    # A report of what people missed must not be why they miss it: the fault is for whoever keeps the machine.
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            fresh = [wanted for wanted in found if _is_new(wanted, asker)]
            Demand.objects.bulk_create(_row(wanted) for wanted in fresh)
    except DatabaseError:
        log.exception("demand was not noted")


def _is_new(wanted: Wanted, asker: str) -> bool:
    key = salted_hmac("booking.demand", f"{asker} {wanted}").hexdigest()
    return bool(cache.add(f"demand:{key}", 1, ONCE.total_seconds()))


def _row(wanted: Wanted) -> Demand:
    return Demand(
        how=wanted.how, reason=wanted.reason, on=wanted.on, hour=wanted.hour, kind=wanted.kind,
        venue_id=wanted.venue, resource_id=wanted.resource,
    )  # fmt: skip


# -- reading ---------------------------------------------------------------------------------------------

# A search without a resource counts where it looked: for its venue and kind, or anywhere.
READ = """
SELECT {key}, sum(d.count) FROM booking_demand d
WHERE d."on" >= %(first)s AND d."on" < %(last)s AND (
    d.resource_id = ANY(%(resources)s)
    OR (d.resource_id IS NULL AND (d.venue_id = ANY(%(venues)s) OR (d.venue_id IS NULL AND %(anywhere)s))
        AND (d.kind = ANY(%(kinds)s) OR (d.kind = '' AND %(any_kind)s))))
  AND (%(reason)s::text IS NULL OR d.reason = %(reason)s)
GROUP BY {key} HAVING sum(d.count) >= {fewest} {also} ORDER BY {key}
"""


@dataclass(frozen=True, slots=True)
class Unmet:
    """How often something was wanted in vain: in all, by cell of the week, resource, kind and reason; never below three."""

    total: int
    heat: dict[tuple[int, int], int]
    resources: dict[UUID, int]
    kinds: dict[str, int]
    reasons: dict[str, int]


def unmet(
    resources: Sequence[Resource], days: Days, *, whole: bool, any_kind: bool, reason: str | None = None
) -> Unmet:
    """What was wanted in vain of these resources; `whole`: searches that named no venue count too; five statements."""
    asked = {
        "first": days.first, "last": days.last, "reason": reason, "anywhere": whole, "any_kind": any_kind,
        "resources": [r.pk for r in resources], "venues": list({r.venue_id for r in resources}),
        "kinds": list({r.kind for r in resources}),
    }  # fmt: skip

    def read(key: str, also: str = "") -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(READ.format(key=key, fewest=FEWEST, also=also), asked)
            return list(cursor.fetchall())

    total = read("'all'::text")
    heat = read('extract(isodow FROM d."on")::int, d.hour', "AND d.hour IS NOT NULL")
    return Unmet(
        int(total[0][1]) if total else 0,
        {(day, hour): int(n) for day, hour, n in heat},
        {pk: int(n) for pk, n in read("d.resource_id", "AND d.resource_id IS NOT NULL")},
        {kind: int(n) for kind, n in read("d.kind", "AND d.kind <> ''")},
        {code: int(n) for code, n in read("d.reason")},
    )


FOLD = """
WITH gone AS (DELETE FROM booking_demand WHERE id IN (
    SELECT id FROM (SELECT id, count(*) OVER (PARTITION BY how, venue_id, resource_id, kind, "on", hour, reason) AS n FROM booking_demand) x WHERE n > 1
) RETURNING *)
INSERT INTO booking_demand (how, venue_id, resource_id, kind, "on", hour, reason, count)
SELECT how, venue_id, resource_id, kind, "on", hour, reason, sum(count) FROM gone GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def fold() -> None:
    """Every night: rows that say the same are one, with their count."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD)


def register() -> None:
    outbox.every(timedelta(days=1), "booking.fold_demand")(fold)
