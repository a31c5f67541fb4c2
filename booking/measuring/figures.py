"""What people did: bookings, attendance, no-shows, late cancellations, lead time, length, who came and came again.

Counted from bookings by the local start of their items. Every figure has what it is out of, and can be asked for as
the bookings behind it (`behind`), by the same words, of all that stood or of one row of a cut: so a number and its list
cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from booking.measuring.tally import Days, minutes
from core.clock import now
from core.words import Words

ITEMS = """
FROM booking_item i JOIN booking_booking b ON b.id = i.booking_id
JOIN spaces_resource r ON r.id = i.resource_id JOIN spaces_venue v ON v.id = r.venue_id
"""
TOLD = """
b.id AS booking, i.id AS item, b.person_id AS person, b.organisation_id, r.id AS resource, r.kind, r.venue_id, coalesce(r.owner_id, v.partner_id) AS partner,
{local} AS local, lower(i.period) AS starts, upper(i.period) AS ends, b.made_at, b.ended_at,
b.state, b.attendance
"""
# What stood at some time: confirmed, or cancelled after it was (only what was confirmed has its rules of coming).
EVER = "(b.state = 'confirmed' OR (b.state = 'cancelled' AND b.check_in_opens IS NOT NULL))"
BEGUN = "lower(i.period) AT TIME ZONE v.time_zone"
STOOD = f"""
SELECT {TOLD.format(local=BEGUN)} {ITEMS}
WHERE i.resource_id = ANY(%(resources)s)
  AND lower(i.period) >= %(first)s::date - interval '1 day' AND lower(i.period) < %(last)s::date + interval '1 day'
  AND (lower(i.period) AT TIME ZONE v.time_zone)::date >= %(first)s AND (lower(i.period) AT TIME ZONE v.time_zone)::date < %(last)s
  AND {EVER}
"""
# Who has hours of which unit, and while they took it: today's layout, and those before it (where others took it too).
TAKEN = """
SELECT m.resource_id, m.unit_id,
       tstzrange((SELECT max(l.until) FROM booking_tally_layout l WHERE l.unit_id = m.unit_id), NULL) AS held
FROM booking_tally_units(%(resources)s::uuid[]) m {which}
UNION ALL
SELECT l.resource_id, l.unit_id,
       tstzrange((SELECT max(e.until) FROM booking_tally_layout e WHERE e.unit_id = l.unit_id AND e.until < l.until), l.until)
FROM booking_tally_layout l WHERE l.resource_id = ANY(%(resources)s) AND l.has_hours
"""
SHARED = TAKEN.format(which="WHERE booking_tally_is_shared(m.unit_id)")
# What was booked of those units, under whatever name, as far as each of them was open then: as the tally counts it.
OF_OTHERS = f"""
SELECT c.item_id, u.resource_id, c.during * u.held * s.during AS during
FROM ({SHARED}) u
CROSS JOIN LATERAL (
    SELECT n.item_id, n.during FROM booking_claim n WHERE n.unit_id = u.unit_id AND n.kind = 'booked' AND n.during && {{around}}
    UNION ALL
    SELECT n.item_id, n.during FROM booking_claim_past n WHERE n.unit_id = u.unit_id AND n.kind = 'booked' AND n.during && {{around}}
) c
CROSS JOIN LATERAL (
    SELECT o.during FROM spaces_openspan o WHERE o.resource_id = u.resource_id AND o.during && c.during
    AND lower(o.during) > lower(c.during) - interval '2 days' AND lower(o.during) < upper(c.during) OFFSET 0
) s
""".format(around="tstzrange(%(first)s::date - interval '1 day', %(last)s::date + interval '1 day')")
EACH_HOUR = """
CROSS JOIN LATERAL generate_series(
    lower({0}) - ((lower({0}) AT TIME ZONE v.time_zone) - date_trunc('hour', lower({0}) AT TIME ZONE v.time_zone)),
    upper({0}) - interval '1 microsecond', interval '1 hour') h
"""
BY_THE_HOUR = TOLD.format(local="h AT TIME ZONE v.time_zone")
# The same once for every hour of the venue's clock that it was booked for (`local`), cut as the tally cuts; none lasts a
# year.
OWN_HOURS = f"""
SELECT {BY_THE_HOUR} {ITEMS} {EACH_HOUR.format("i.period")}
WHERE i.resource_id = ANY(%(resources)s)
  AND lower(i.period) >= %(first)s::date - interval '1 year' AND lower(i.period) < %(last)s::date + interval '1 day'
  AND upper(i.period) > %(first)s::date - interval '1 day' AND {EVER}
"""
IN_THE_DAYS = "o.local >= %(first)s::date AND o.local < %(last)s::date"
# An hour of a hall is an hour of its halves, and of what it is a part of.
HOURLY = f"""
SELECT o.* FROM (
    {OWN_HOURS}
    UNION ALL
    SELECT {BY_THE_HOUR}
    FROM ({OF_OTHERS}) t JOIN booking_item i ON i.id = t.item_id JOIN booking_booking b ON b.id = i.booking_id
    JOIN spaces_resource r ON r.id = t.resource_id JOIN spaces_venue v ON v.id = r.venue_id
    {EACH_HOUR.format("(t.during * i.period)")}
    WHERE {EVER}
) o WHERE {IN_THE_DAYS}
"""
MEMBER = """
EXISTS (SELECT 1 FROM people_groupmember g WHERE (g.person_id = s.person OR g.organisation_id = s.organisation_id)
        AND g.from_on <= s.local::date AND (g.until_on IS NULL OR g.until_on > s.local::date))
"""
# Who had not booked at any of these venues before the period.
FIRST = """
NOT EXISTS (
    SELECT 1 FROM booking_booking e JOIN spaces_venue w ON w.id = e.venue_id
    WHERE e.person_id = s.person AND e.state = 'confirmed' AND lower(e.period) < %(first)s::date::timestamp AT TIME ZONE w.time_zone
      AND e.venue_id IN (SELECT venue_id FROM spaces_resource WHERE id = ANY(%(resources)s)))
"""
AGAIN = "s.person IN (SELECT person FROM told WHERE state = 'confirmed' GROUP BY person HAVING count(*) > 1)"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of bookings: its names, what it counts (SQL on what stood), and what it is out of."""

    name: Words
    means: Words
    where: str
    of: str


FIGURES: dict[str, Figure] = {
    "bookings": Figure(
        Words("Prenotazioni", "Bookings"),
        Words("Prenotazioni confermate che iniziano nel periodo.", "Confirmed bookings that begin in the period."),
        "s.state = 'confirmed'",
        "bookings",
    ),
    "ended": Figure(
        Words("Concluse", "Ended"),
        Words("Prenotazioni confermate già finite.", "Confirmed bookings that are over."),
        "s.state = 'confirmed' AND s.ends <= %(now)s",
        "bookings",
    ),
    "attended": Figure(
        Words("Presenze", "Attended"),
        Words("Prenotazioni in cui qualcuno è arrivato, su quelle concluse.", "Bookings to which somebody came, out of those that ended."),
        "s.state = 'confirmed' AND s.ends <= %(now)s AND s.attendance IN ('present', 'left')",
        "ended",
    ),
    "no_shows": Figure(
        Words("Mancate presentazioni", "No-shows"),
        Words("Prenotazioni a cui non è venuto nessuno, su quelle concluse.", "Bookings to which nobody came, out of those that ended."),
        "s.state = 'confirmed' AND s.ends <= %(now)s AND s.attendance = 'no_show'",
        "ended",
    ),
    "cancelled": Figure(
        Words("Disdette", "Cancelled"),
        Words("Prenotazioni confermate e poi disdette, su tutte quelle confermate.", "Bookings confirmed and then cancelled, out of all that were confirmed."),
        "s.state = 'cancelled'",
        "stood",
    ),
    "late_cancellations": Figure(
        Words("Disdette tardive", "Late cancellations"),
        Words(
            "Disdette a meno di 24 ore dall'inizio, su tutte le prenotazioni confermate.",
            "Cancelled less than 24 hours before the start, out of all bookings confirmed.",
        ),
        "s.state = 'cancelled' AND s.ended_at > s.starts - interval '24 hours'",
        "stood",
    ),
    "stood": Figure(
        Words("Confermate in tutto", "Ever confirmed"),
        Words("Prenotazioni confermate, anche se poi disdette.", "Bookings confirmed, even if cancelled later."),
        "true",
        "stood",
    ),
    "by_members": Figure(
        Words("Di soci", "By members"),
        Words(
            "Prenotazioni di chi quel giorno è in un gruppo, su tutte: le altre sono di ospiti.",
            "Bookings by whoever is in a group on that day, out of all: the others are guests'.",
        ),
        f"s.state = 'confirmed' AND {MEMBER}",
        "bookings",
    ),
}  # fmt: skip
PEOPLE: dict[str, Figure] = {
    "people": Figure(
        Words("Persone", "People"),
        Words("Persone diverse con almeno una prenotazione confermata.", "Different people with at least one confirmed booking."),
        "n > 0",
        "people",
    ),
    "returning": Figure(
        Words("Persone che tornano", "People who come again"),
        Words("Persone con almeno due prenotazioni nel periodo, sulle persone.", "People with at least two bookings in the period, out of people."),
        "n > 1",
        "people",
    ),
    "first_timers": Figure(
        Words("Prime volte", "First-timers"),
        Words("Persone che prima del periodo non avevano mai prenotato in queste sedi, sulle persone.", "People who had never booked at these venues before the period, out of people."),
        "n > 0 AND first",
        "people",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """By what figures are cut: SQL on what stood (`s`), with what it joins. What a booking belongs to twice counts it in
    both."""

    sql: str
    joins: str = ""


KEYS = {
    "none": "''",
    "resource": "s.resource::text",
    "kind": "s.kind",
    "venue": "s.venue_id::text",
    "partner": "s.partner::text",
    "weekday": "extract(isodow FROM s.local)::int::text",
    "hour": "extract(hour FROM s.local)::int::text",
    "month": "to_char(s.local, 'YYYY-MM')",
    "day": "to_char(s.local, 'YYYY-MM-DD')",
}
KEYED = """
WITH stood AS ({stood}), keyed AS (
    SELECT {key} AS key, s.* FROM stood s {joins}
), told AS (
    SELECT DISTINCT ON (key, booking) * FROM keyed s {narrowed} ORDER BY key, booking, starts, local
)
"""
COUNTED = f"""
{KEYED}, counted AS (
    SELECT key, {", ".join(f"count(*) FILTER (WHERE {f.where}) AS {name}" for name, f in FIGURES.items())},
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM starts - made_at) / 60) FILTER (WHERE state = 'confirmed') AS lead,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ends - starts) / 60) FILTER (WHERE state = 'confirmed') AS length
    FROM told s GROUP BY key
), persons AS (
    SELECT key, person, count(*) AS n FROM told WHERE state = 'confirmed' GROUP BY 1, 2
), people AS (
    SELECT key, person, n, {FIRST} AS first FROM persons s
), met AS (
    SELECT key, {", ".join(f"count(*) FILTER (WHERE {f.where}) AS {name}" for name, f in PEOPLE.items())} FROM people GROUP BY key
)
SELECT c.*, {", ".join(f"coalesce(m.{name}, 0)" for name in PEOPLE)} FROM counted c LEFT JOIN met m USING (key) ORDER BY key
"""
# What claims hold of the items, so that time given back or left early is nobody's. History knows no item by an index:
# the period's claims are read once and met with the items by hash (nothing else can make a full join), never one by one.
HELD = f"""
WITH stood AS ({STOOD}), keyed AS MATERIALIZED (
    SELECT DISTINCT {{key}} AS key, s.item, s.starts, s.ends, s.attendance FROM stood s {{joins}} WHERE s.state = 'confirmed'
), wholes AS MATERIALIZED (
    SELECT unit_id FROM (
        SELECT DISTINCT unit_id FROM booking_tally_made_of(%(resources)s::uuid[]) OFFSET 0
    ) theirs WHERE NOT booking_tally_has_hours(unit_id)
), claims AS MATERIALIZED (
    SELECT c.item_id, c.during FROM (
        SELECT item_id, unit_id, during, kind FROM booking_claim
        UNION ALL SELECT item_id, unit_id, during, kind FROM booking_claim_past
    ) c WHERE c.kind = 'booked' AND c.unit_id NOT IN (SELECT unit_id FROM wholes) AND c.during && tstzrange(%(first)s::date - interval '2 days', %(last)s::date + interval '2 days')
), met AS MATERIALIZED (
    SELECT k.*, c.during FROM keyed k FULL JOIN claims c ON c.item_id = k.item
), held AS (
    SELECT key, attendance, extract(epoch FROM least(upper(during), ends) - greatest(lower(during), starts)) AS seconds
    FROM met WHERE item IS NOT NULL AND during && tstzrange(starts, ends)
)
SELECT key, sum(seconds), coalesce(sum(seconds) FILTER (WHERE attendance IN ('present', 'left')), 0) FROM held GROUP BY 1
"""
BEHIND = f"{KEYED} SELECT s.booking FROM told s WHERE {{where}}"
OF_ONE = f"""
WHERE key = %(one)s AND (%(weekday)s::int IS NULL OR {KEYS["weekday"]} = %(weekday)s::text)
  AND (%(hour)s::int IS NULL OR {KEYS["hour"]} = %(hour)s::text)
"""
MISSED = f"""
WITH stood AS ({HOURLY})
SELECT extract(isodow FROM s.local)::int, extract(hour FROM s.local)::int, count(DISTINCT s.booking),
       count(DISTINCT s.booking) FILTER (WHERE {FIGURES["no_shows"].where})
FROM stood s WHERE {FIGURES["ended"].where} GROUP BY 1, 2
"""
STANDING = "standing"
# What leads to bookings and counts something else: people, to theirs (of a row, to those that are of the row); what a closure
# would cost, to those that stand there under these names and are not over.
BEHIND_BESIDES = {
    STANDING: "s.state = 'confirmed' AND s.ends > %(now)s",
    "people": "s.state = 'confirmed'",
    "returning": f"s.state = 'confirmed' AND {AGAIN}",
    "first_timers": f"s.state = 'confirmed' AND {FIRST}",
}
BY_MONTH = f"WITH stood AS ({STOOD}) SELECT to_char(local, 'YYYY-MM'), count(DISTINCT booking) FROM stood WHERE state = 'confirmed' GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of one group; lead time and length are medians in minutes, None where there is nothing."""

    numbers: dict[str, int]
    lead: int | None
    length: int | None


def figures(resources: Iterable[UUID], days: Days, by: str | Key = "none") -> dict[str, Counts]:
    """The figures by `none`, one of KEYS (ids as text, hours and weekdays as numbers) or a Key; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(**_keyed(by, STOOD)), _asked(resources, days))
        return {row[0]: _counts(row[1:]) for row in cursor.fetchall()}


def held(resources: Iterable[UUID], days: Days, by: Key) -> dict[str, tuple[int, int]]:
    """Minutes (booked, attended) by key of the bookings that begin in the period, each once a key; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(HELD.format(key=by.sql, joins=by.joins), _asked(resources, days))
        return {
            key: (minutes(int(booked)), minutes(int(attended))) for key, booked, attended in cursor.fetchall()
        }


def _counts(row: tuple[Any, ...]) -> Counts:
    many = len(FIGURES)
    numbers = dict(zip(FIGURES, row[:many], strict=True))
    lead, length, *people = row[many:]
    numbers |= dict(zip(PEOPLE, people, strict=True))
    return Counts(numbers, None if lead is None else round(lead), None if length is None else round(length))


def bookings_by_month(resources: Iterable[UUID], days: Days) -> dict[str, int]:
    """How many confirmed bookings begin in each month; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(BY_MONTH, _asked(resources, days))
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Narrowed:
    """To which hour of the week the bookings behind a figure are narrowed, and to which group of a cut (`by` as `figures`
    has it). `during`: those that were booked for some of that time; else those that begin in it."""

    weekday: int | None = None
    hour: int | None = None
    during: bool = False
    by: str | Key = "none"
    one: str = ""


def behind(figure: str, resources: Iterable[UUID], days: Days, to: Narrowed | None = None) -> list[UUID]:
    """The bookings that a figure counts, or those of them that `to` says; one statement."""
    to = to or Narrowed()
    asked = _asked(resources, days) | {"weekday": to.weekday, "hour": to.hour, "one": to.one}
    hours = f"SELECT o.* FROM ({OWN_HOURS}) o WHERE {IN_THE_DAYS}" if figure == STANDING else HOURLY
    said = _keyed(to.by, hours if to.during else STOOD, OF_ONE)
    where = BEHIND_BESIDES.get(figure) or FIGURES[figure].where
    with connection.cursor() as cursor:
        cursor.execute(BEHIND.format(where=where, **said), asked)
        return [row[0] for row in cursor.fetchall()]


def _keyed(by: str | Key, stood: str, narrowed: str = "") -> dict[str, str]:
    key = by if isinstance(by, Key) else Key(KEYS[by])
    return {"stood": stood, "key": key.sql, "joins": key.joins, "narrowed": narrowed}


def missed(resources: Iterable[UUID], days: Days) -> dict[tuple[int, int], tuple[int, int]]:
    """By weekday and hour how many bookings for some of it are over, and to how many nobody came; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(MISSED, _asked(resources, days))
        return {(weekday, hour): (ended, none) for weekday, hour, ended, none in cursor.fetchall()}


def _asked(resources: Iterable[UUID], days: Days) -> dict[str, Any]:
    return {"resources": list(resources), "first": days.first, "last": days.last, "now": now()}
