"""Unmet demand: what people looked for or tried to book and did not get, kept without names (docs/adr/0048).

Written after the answer is known, outside every act, without waiting for the disk; counted once an asker and half an
hour, so that a page that asks again is no crowd. Told by cells, each of at least three people with an account by their
marks, and each wish in one of them (docs/adr/0115): every answer is a sum of cells, so no two of them differ by less.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils.crypto import salted_hmac

from booking.measuring.insight import FEWEST, Scope, partner_of
from booking.measuring.tally import Days
from booking.models import Demand
from core import outbox
from core.clock import ITALY, now
from core.locks import Order, lock_words, patient_act
from core.periods import days_between, local_date
from spaces.models import Resource

log = logging.getLogger(__name__)
ONCE = timedelta(minutes=30)
MOST_DAYS = 7
NOTHING_FREE = "nothing-free"
# So few that nobody is known by theirs, enough that three people seldom share one or two.
MARKS = 16


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


def note(found: Sequence[Wanted], asker: str, *, known: bool) -> None:
    """These are remembered, once an asker and half an hour; whoever asked gets their answer whatever happens here.

    `asker` tells one from another for that time only: it is hashed and forgotten. What stays with the wish is its mark,
    if the asker is `known` by an account: one person has as many addresses as networks.
    """
    # A report of what people missed must not be why they miss it: the fault is for whoever keeps the machine.
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            fresh = [wanted for wanted in found if _is_new(wanted, asker)]
            mark = mark_of(asker) if known else None
            Demand.objects.bulk_create(_row(wanted, mark) for wanted in fresh)
    except DatabaseError:
        log.exception("demand was not noted")


def _is_new(wanted: Wanted, asker: str) -> bool:
    key = salted_hmac("booking.demand", f"{asker} {wanted}").hexdigest()
    return bool(cache.add(f"demand:{key}", 1, ONCE.total_seconds()))


def mark_of(asker: str) -> int:
    """Always the same of one asker, and the same of about every sixteenth: askers with other marks are other askers."""
    return int(salted_hmac("booking.measuring.demand.mark", asker).hexdigest(), 16) % MARKS


def _row(wanted: Wanted, mark: int | None) -> Demand:
    return Demand(
        how=wanted.how, reason=wanted.reason, on=wanted.on, hour=wanted.hour, kind=wanted.kind,
        venue_id=wanted.venue, resource_id=wanted.resource, mark=mark,
    )  # fmt: skip


# -- telling ---------------------------------------------------------------------------------------------

FINEST = {
    "venue_id": "v.id",
    "partner_id": "NULL::uuid",
    "resource_id": "d.resource_id",
    "kind": "coalesce(r.kind, d.kind)",
    "first": 'd."on"',
    "last": 'd."on" + 1',
    "weekday": 'extract(isodow FROM d."on")::int',
    "hour": "d.hour",
    "reason": "d.reason",
}
IN_THE_MONTH = {
    "first": """date_trunc('month', d."on")::date""",
    "last": """(date_trunc('month', d."on") + interval '1 month')::date""",
}
WHYEVER = {"reason": "''"}
WHENEVER = {"weekday": "NULL::int", "hour": "NULL::int"}
ANY_OF_THE_KIND = {"resource_id": "NULL::uuid", "partner_id": "coalesce(r.owner_id, v.partner_id)"}
ANYTHING = ANY_OF_THE_KIND | {"kind": "''"}
MONTH = FINEST | IN_THE_MONTH
# What the wishes of a cell have in common, the most first: who finds no company in a day may find it in the month.
LADDER = (
    FINEST,
    MONTH,
    MONTH | WHYEVER,
    MONTH | WHYEVER | ANY_OF_THE_KIND,
    MONTH | WHYEVER | ANYTHING,
    MONTH | WHYEVER | WHENEVER,
    MONTH | WHYEVER | WHENEVER | ANY_OF_THE_KIND,
    MONTH | WHYEVER | WHENEVER | ANYTHING,
)
TELL = """
WITH cells AS (
    SELECT {every}, array_agg(d.id) AS wishes, sum(d.count) AS count
    FROM booking_demand d LEFT JOIN spaces_resource r ON r.id = d.resource_id
    LEFT JOIN spaces_venue v ON v.id = coalesce(r.venue_id, d.venue_id)
    WHERE {last} <= %(today)s
    GROUP BY {places} HAVING count(DISTINCT d.mark) >= {fewest}
), gone AS (
    DELETE FROM booking_demand WHERE id IN (SELECT unnest(wishes) FROM cells)
)
INSERT INTO booking_demandtold ({names}, count) SELECT {names}, count FROM cells
"""
FORGET = f"DELETE FROM booking_demand d WHERE {MONTH['last']} <= %(today)s"


@patient_act
def tell() -> None:
    """What was wanted of days that are over is in cells of three people or more, and what no month gave company to is
    forgotten; a day is over as it is in Italy."""
    lock_words(Order.NUMBERS, ["demand"])  # two at once would each count what the other takes
    today = {"today": local_date(now(), ITALY)}
    with connection.cursor() as cursor:
        for step in LADDER:
            cursor.execute(_telling(step), today)
        cursor.execute(FORGET, today)


def _telling(step: Mapping[str, str]) -> str:
    return TELL.format(
        every=", ".join(f"{of} AS {name}" for name, of in step.items()),
        places=", ".join(str(n) for n in range(1, len(step) + 1)),
        names=", ".join(step),
        last=step["last"],
        fewest=FEWEST,
    )


def register() -> None:
    outbox.every(timedelta(hours=1), "booking.tell_demand")(tell)


# -- reading ---------------------------------------------------------------------------------------------

# A search without a resource counts where it looked: for its venue and kind, or anywhere. A cell that leaves out which of
# somebody's things it was counts where all of them are looked at.
READ = """
SELECT grouping(t.hour, t.resource_id, t.kind, t.reason), t.weekday, t.hour, t.resource_id, t.kind, t.reason, sum(t.count)
FROM booking_demandtold t
WHERE t.first >= %(first)s AND t.last <= %(last)s AND (
    t.resource_id = ANY(%(resources)s)
    OR (t.resource_id IS NULL AND (t.kind = ANY(%(kinds)s) OR (t.kind = '' AND %(any_kind)s)) AND CASE
        WHEN t.venue_id IS NULL THEN %(anywhere)s
        WHEN t.partner_id IS NULL THEN t.venue_id = ANY(%(venues)s)
        ELSE NOT %(named)s AND t.venue_id::text || t.partner_id = ANY(%(whose)s) END))
  AND (%(reason)s::text IS NULL OR t.reason = %(reason)s)
GROUP BY GROUPING SETS ((), (t.weekday, t.hour), (t.resource_id), (t.kind), (t.reason))
ORDER BY 1, 2, 3
"""
# What each of these sums is by: the database sets a bit for each column that is not in it.
BY_HOUR, BY_RESOURCE, BY_KIND, BY_REASON, IN_ALL = 0b0111, 0b1011, 0b1101, 0b1110, 0b1111


@dataclass(slots=True)
class Unmet:
    """How often something was wanted in vain: in all, by cell of the week, resource, kind and reason, as far as it is known
    of three people with an account together."""

    total: int
    heat: dict[tuple[int, int], int]
    resources: dict[UUID, int]
    kinds: dict[str, int]
    reasons: dict[str, int]


def unmet(
    of: Scope, days: Days, *, whole: bool, any_kind: bool, named: bool = False, reason: str | None = None
) -> Unmet:
    """What was wanted in vain of a scope in these days, and in whole months of them; `whole`: searches that named no venue
    count too; `named`: the scope is some things by name; one statement."""
    asked = {
        "first": days.first, "last": days.last, "reason": reason, "anywhere": whole, "any_kind": any_kind, "named": named,
        "resources": of.ids, "venues": list({r.venue_id for r in of.resources}),
        "kinds": list({r.kind for r in of.resources}),
        "whose": list({f"{r.venue_id}{partner_of(r)}" for r in of.resources}),
    }  # fmt: skip
    found = Unmet(0, {}, {}, {}, {})
    with connection.cursor() as cursor:
        cursor.execute(READ, asked)
        for by, weekday, hour, resource, kind, reason_code, count in cursor.fetchall():
            many = int(count or 0)
            if by == IN_ALL:
                found.total = many
            elif by == BY_HOUR and hour is not None:
                found.heat[weekday, hour] = many
            elif by == BY_RESOURCE and resource is not None:
                found.resources[resource] = many
            elif by == BY_KIND and kind:
                found.kinds[kind] = many
            elif by == BY_REASON and reason_code:
                found.reasons[reason_code] = many
    return found
