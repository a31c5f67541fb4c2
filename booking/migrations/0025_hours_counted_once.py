"""What several resources share is counted once in their sums, and the past keeps the layout it had (docs/adr/0102).

A unit that only stands for a whole whose parts are offered by themselves has no hours of its own. `booking_tally_shared`
says of how many seconds which resources were open together over one unit, as `booking_tally` says it of each: a sum over
resources takes them off again. Kept by the same triggers, in the same statements, and only ever added to.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")
arrays = import_module("booking.migrations.0019_tally_by_arrays")
EVERY_HOUR = tally.EVERY_HOUR

# Of what is divided the hours are those of its parts: who takes the unit takes two or more others, all of them had
# without it. One of several equal places always has hours.
UNITS = f"""
CREATE FUNCTION booking_tally_has_hours(unit uuid) RETURNS boolean LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT EXISTS (
        SELECT FROM spaces_part_units mine JOIN spaces_part p ON p.id = mine.part_id
        WHERE mine.unit_id = unit AND (p.quantity IS NOT NULL OR 2 > (
            SELECT count(*) FROM spaces_part_units piece
            WHERE piece.part_id = mine.part_id AND piece.unit_id <> unit AND EXISTS (
                SELECT FROM spaces_part_units alone WHERE alone.unit_id = piece.unit_id AND NOT EXISTS (
                    SELECT FROM spaces_part_units besides
                    WHERE besides.part_id = alone.part_id AND besides.unit_id = unit))))
    )
$body$;

CREATE FUNCTION booking_tally_is_shared(unit uuid) RETURNS boolean LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT count(DISTINCT p.resource_id) > 1
    FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id WHERE u.unit_id = unit
$body$;

-- Asked of the units of these resources alone: a planner that asks of every unit there is takes seconds for each opening.
CREATE FUNCTION booking_tally_units(resources uuid[]) RETURNS TABLE (resource_id uuid, unit_id uuid)
LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT mine.resource_id, mine.unit_id FROM (
        SELECT DISTINCT p.resource_id, u.unit_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
        WHERE p.resource_id = ANY(resources) OFFSET 0
    ) mine WHERE booking_tally_has_hours(mine.unit_id)
$body$;

CREATE FUNCTION booking_tally_near(resources uuid[]) RETURNS uuid[] LANGUAGE sql STABLE AS $body$
    SELECT array_agg(DISTINCT near) FROM (
        SELECT unnest(resources) AS near
        UNION ALL
        SELECT other.resource_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
        JOIN spaces_part_units shared ON shared.unit_id = u.unit_id JOIN spaces_part other ON other.id = shared.part_id
        WHERE p.resource_id = ANY(resources)
    ) n
$body$;

CREATE FUNCTION booking_tally_together(unit uuid, around tstzrange)
RETURNS TABLE (shared_by uuid[], time_zone text, during tstzrange) LANGUAGE sql STABLE AS $body$
    WITH takers AS MATERIALIZED (
        SELECT DISTINCT p.resource_id, z.time_zone FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id
        JOIN spaces_resource x ON x.id = p.resource_id JOIN spaces_venue z ON z.id = x.venue_id WHERE u.unit_id = unit
    ), spans AS MATERIALIZED (
        SELECT t.resource_id, t.time_zone, o.during * around AS during
        FROM takers t JOIN spaces_openspan o ON o.resource_id = t.resource_id AND o.during && around
        AND lower(o.during) > lower(around) - interval '2 days' AND lower(o.during) < upper(around)
    ), cuts AS (
        SELECT at, lead(at) OVER (ORDER BY at) AS until
        FROM (SELECT lower(s.during) AS at FROM spans s UNION SELECT upper(s.during) FROM spans s) b
    )
    SELECT array_agg(s.resource_id ORDER BY s.resource_id), min(s.time_zone), tstzrange(c.at, c.until)
    FROM cuts c JOIN spans s ON s.during @> tstzrange(c.at, c.until) WHERE c.until IS NOT NULL
    GROUP BY c.at, c.until HAVING count(*) > 1
$body$;
"""
TABLE = f"""
CREATE TABLE booking_tally_shared (
    shared_by uuid[] NOT NULL,
    day date NOT NULL,
    measure text NOT NULL,
    {", ".join(f"{hour} integer NOT NULL" for hour in tally.HOURS)},
    seconds integer GENERATED ALWAYS AS ({" + ".join(tally.HOURS)}) STORED
);
CREATE INDEX booking_tally_shared_among ON booking_tally_shared USING gin (shared_by);
CREATE INDEX booking_tally_shared_on ON booking_tally_shared (day);
"""

# What a resource's own units have; its units are counted once, not for every stretch.
OPENED = """
SELECT s.resource_id, n.time_zone, 'opened' AS measure, s.during, n.units AS weight
FROM (
    SELECT u.resource_id, z.time_zone, count(*)::int AS units
    FROM booking_tally_units(resources) u
    JOIN spaces_resource x ON x.id = u.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    GROUP BY 1, 2 OFFSET 0
) n
CROSS JOIN LATERAL (
    SELECT o.resource_id, o.during FROM spaces_openspan o WHERE o.resource_id = n.resource_id AND o.during && around
    AND lower(o.during) > lower(around) - interval '2 days' AND lower(o.during) < upper(around) OFFSET 0
) s
"""
MINE = """SELECT DISTINCT u.unit_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
        WHERE p.resource_id = ANY(resources));"""
COUNT = arrays.COUNT.replace(tally.OPENED, OPENED).replace(
    MINE, "SELECT DISTINCT unit_id FROM booking_tally_units(resources));"
)

# The same of what is open together: cut where another resource opens or closes.
TOGETHER = """
SELECT s.shared_by, s.time_zone, m.measure, s.during * m.during AS during, {sign} AS weight
FROM ({claims}) c
CROSS JOIN LATERAL (SELECT * FROM booking_tally_together(c.unit_id, c.during) OFFSET 0) s
""" + tally.USED[tally.USED.index("LEFT JOIN LATERAL") :]
OPENED_TOGETHER = """
SELECT s.shared_by, s.time_zone, 'opened' AS measure, s.during, g.units AS weight
FROM (
    SELECT min(t.unit_id::text)::uuid AS unit_id, count(*)::int AS units FROM (
        SELECT u.unit_id, array_agg(DISTINCT p.resource_id ORDER BY p.resource_id) AS takers
        FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id WHERE u.unit_id = ANY(mine) GROUP BY 1
    ) t GROUP BY t.takers
) g
CROSS JOIN generate_series(lower(around), upper(around), interval '30 days') step
CROSS JOIN LATERAL booking_tally_together(g.unit_id, around * tstzrange(step, step + interval '30 days')) s
"""
SHARED_BY_HOUR = tally.BY_HOUR.replace("resource_id", "shared_by")
INTO_SHARED = f"INSERT INTO booking_tally_shared (shared_by, day, measure, {EVERY_HOUR})"


def together_by_hour(facts: str) -> str:
    return str(SHARED_BY_HOUR.format(facts=facts, sums=tally.SUMS))


COUNT_SHARED = f"""
CREATE FUNCTION booking_tally_shared_count(near uuid[], first date, last date)
RETURNS TABLE (shared_by uuid[], day date, measure text, {
    ", ".join(f"{hour} integer" for hour in tally.HOURS)
})
LANGUAGE plpgsql STABLE {tally.ANEW} AS $body$
#variable_conflict use_column
DECLARE around tstzrange := tstzrange(first - interval '1 day', last + interval '2 days');
    mine uuid[] := ARRAY(
        SELECT DISTINCT unit_id FROM booking_tally_units(near) WHERE booking_tally_is_shared(unit_id));
BEGIN
    IF cardinality(mine) = 0 THEN RETURN; END IF;
    around := around * (SELECT tstzrange(min(lower(o.during)), max(upper(o.during))) FROM spaces_openspan o
                        WHERE o.resource_id = ANY(near));
    IF isempty(around) THEN RETURN; END IF;
    RETURN QUERY SELECT n.* FROM ({
    together_by_hour(
        OPENED_TOGETHER
        + "UNION ALL "
        + TOGETHER.format(
            claims=tally.BOTH.format(where="WHERE during && around AND unit_id = ANY(mine)"), sign="1"
        )
    )
}) n WHERE n.day BETWEEN first AND last AND n.shared_by && near;
END $body$;
"""
SETTLE = f"""
CREATE OR REPLACE FUNCTION booking_tally_settle(resources uuid[], first date, last date) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE near uuid[] := booking_tally_near(resources);
BEGIN
    {tally.INTO}
    SELECT resource_id, day, measure, {", ".join(f"sum({hour})::int" for hour in tally.HOURS)} FROM (
        SELECT resource_id, day, measure, {EVERY_HOUR} FROM booking_tally_count(resources, first, last)
        UNION ALL
        SELECT t.resource_id, t.day, t.measure, {", ".join(f"-t.{hour}" for hour in tally.HOURS)}
        FROM booking_tally t WHERE t.resource_id = ANY(resources) AND t.day BETWEEN first AND last
    ) every GROUP BY resource_id, day, measure HAVING {tally.NOTHING};
    {INTO_SHARED}
    SELECT shared_by, day, measure, {", ".join(f"sum({hour})::int" for hour in tally.HOURS)} FROM (
        SELECT shared_by, day, measure, {EVERY_HOUR} FROM booking_tally_shared_count(near, first, last)
        UNION ALL
        SELECT t.shared_by, t.day, t.measure, {", ".join(f"-t.{hour}" for hour in tally.HOURS)}
        FROM booking_tally_shared t WHERE t.shared_by && near AND t.day BETWEEN first AND last
    ) every GROUP BY shared_by, day, measure HAVING {tally.NOTHING};
END $body$;
"""


def added(claims: str, sign: str) -> str:
    """What both tallies gain when these claims (a SELECT) come (sign '1') or go ('-1')."""
    having = f"SELECT * FROM ({claims}) every WHERE booking_tally_has_hours(unit_id)"
    shared = f"{having} AND booking_tally_is_shared(unit_id)"
    return f"""
    {tally.of_claims((having, sign))}
    IF EXISTS ({shared}) THEN
        {INTO_SHARED} {together_by_hour(TOGETHER.format(claims=shared, sign=sign))};
    END IF;"""


TRIGGERS = f"""
CREATE OR REPLACE FUNCTION booking_tally_claims() RETURNS trigger LANGUAGE plpgsql {tally.FEW} AS $body$
BEGIN
    IF current_setting('booking.moving_to_history', true) = 'on' THEN RETURN NULL; END IF;
    IF TG_OP <> 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM coming WHERE {tally.COUNTS}) THEN
            {added(f"SELECT * FROM coming WHERE {tally.COUNTS}", "1")}
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM going WHERE {tally.COUNTS}) THEN
            {added(f"SELECT * FROM going WHERE {tally.COUNTS}", "-1")}
        END IF;
    END IF;
    RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION booking_tally_booking() RETURNS trigger LANGUAGE plpgsql {tally.FEW} AS $body$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN {added(tally.OF_BOOKING.format(row="OLD"), "-1")}
    ELSE {added(tally.OF_BOOKING.format(row="NEW"), "1")}
    END IF;
    RETURN NEW;
END $body$;

CREATE OR REPLACE FUNCTION booking_tally_item() RETURNS trigger LANGUAGE plpgsql {tally.FEW} AS $body$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN {added(tally.OF_ITEM.format(row="OLD"), "-1")}
    ELSE {added(tally.OF_ITEM.format(row="NEW"), "1")}
    END IF;
    RETURN NEW;
END $body$;
"""
# Openings settle the very days that they are of, by the venue's clock: not yesterday, whose layout may have been another.
# A layout settles the days from which it is said to hold; else all.
LAYOUTS = """
CREATE OR REPLACE FUNCTION booking_tally_openings() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE touched record;
BEGIN
    FOR touched IN
        SELECT array_agg(DISTINCT c.resource_id) AS resources, min((lower(c.during) AT TIME ZONE z.time_zone)::date) AS first,
               max((upper(c.during) AT TIME ZONE z.time_zone)::date) AS last
        FROM changed c JOIN spaces_resource x ON x.id = c.resource_id JOIN spaces_venue z ON z.id = x.venue_id
        HAVING count(*) > 0
    LOOP
        PERFORM booking_tally_settle(touched.resources, touched.first, touched.last);
    END LOOP;
    RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION booking_tally_parts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM booking_tally_settle(
        ARRAY(
            SELECT p.resource_id FROM spaces_part p WHERE p.id IN (SELECT part_id FROM changed)
            UNION
            SELECT p.resource_id FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id
            WHERE u.unit_id IN (SELECT unit_id FROM changed)),
        coalesce(nullif(current_setting('spaces.layout_from', true), ''), '2000-01-01')::date, '2100-01-01');
    RETURN NULL;
END $body$;
"""
# What was offered no more when this came has no hours after the day on which that was said.
RETIRED = """
DELETE FROM spaces_openspan o USING spaces_resource r
WHERE r.id = o.resource_id AND NOT r.is_active AND lower(o.during) > coalesce((
    SELECT max(l.at) FROM core_logentry l
    WHERE (l.act = 'edit' AND l.thing_id = r.id AND l.data -> 'fields' ? 'is_active')
       OR (l.act = 'join' AND l.data -> 'pieces' ? r.id::text)), now()) + interval '1 day';
UPDATE spaces_resource SET planned_until = NULL WHERE NOT is_active;
"""
FIRST = """
SELECT booking_tally_settle(ARRAY(
    SELECT DISTINCT p.resource_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
    WHERE booking_tally_is_shared(u.unit_id)), '2000-01-01', '2100-01-01');
"""
# Going back, every day there ever was is counted by today's layout, as it was before; coming again, likewise.
UNDO = f"""
{arrays.COUNT}
{tally.SETTLE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")}
{tally.TRIGGERS[: tally.TRIGGERS.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")}
DROP TABLE booking_tally_shared;
DROP FUNCTION booking_tally_shared_count, booking_tally_together, booking_tally_near, booking_tally_units, booking_tally_is_shared, booking_tally_has_hours;
SELECT booking_tally_settle(ARRAY(SELECT id FROM spaces_resource), '2000-01-01', '2100-01-01');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0023_wait_for_an_organisation"),
        ("core", "0002_initial"),
    ]

    operations = [
        migrations.RunSQL(
            UNITS + TABLE + COUNT + COUNT_SHARED + SETTLE + TRIGGERS + LAYOUTS + RETIRED + FIRST, UNDO
        )
    ]
