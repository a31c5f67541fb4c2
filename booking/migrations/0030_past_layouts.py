"""What is written down later of days before a place was joined, divided or resized counts by the layout of those days
(docs/adr/0102).

Before it changes, a layout is kept as far as the tally needs it: who took each unit, and whether the unit had hours of its
own. While it changes, days before are left alone; afterwards each claim counts, piece by piece, by what held then.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")
once = import_module("booking.migrations.0025_hours_counted_once")
keys = import_module("booking.migrations.0028_layouts_by_keys")

TABLE = """
CREATE TABLE booking_tally_layout (
    unit_id uuid NOT NULL,
    until timestamptz NOT NULL,
    resource_id uuid NOT NULL,
    has_hours boolean NOT NULL,
    PRIMARY KEY (unit_id, until, resource_id)
);
"""
# Each key is looked up by itself (OFFSET 0), as in 0028.
TAKERS = f"""
CREATE FUNCTION booking_tally_takers(unit uuid) RETURNS TABLE (resource_id uuid) LANGUAGE sql STABLE AS $body$
    SELECT DISTINCT other.resource_id FROM (SELECT unit AS unit_id) taken
    {keys.TAKERS_OF}
$body$;
"""
FUNCTIONS = f"""
CREATE FUNCTION booking_tally_remember(resource uuid, day date) RETURNS void LANGUAGE plpgsql {tally.FEW} AS $body$
DECLARE since timestamptz := (
    SELECT day::timestamp AT TIME ZONE z.time_zone
    FROM spaces_resource x JOIN spaces_venue z ON z.id = x.venue_id WHERE x.id = resource);
BEGIN
    PERFORM set_config('booking.tally_since', since::text, true);
    INSERT INTO booking_tally_layout (unit_id, until, resource_id, has_hours)
    SELECT n.unit_id, since, t.resource_id, booking_tally_has_hours(n.unit_id)
    FROM (
        SELECT DISTINCT taken.unit_id FROM unnest(booking_tally_near(ARRAY[resource])) asked(id)
        {keys.UNITS_OF}
        WHERE NOT EXISTS (SELECT FROM booking_tally_layout l WHERE l.unit_id = taken.unit_id AND l.until = since)
    ) n
    CROSS JOIN LATERAL booking_tally_takers(n.unit_id) t;
END $body$;

-- A time cut where the unit's layout changed; `until` says which held, infinity the present one.
CREATE FUNCTION booking_tally_pieces(unit uuid, whole tstzrange) RETURNS TABLE (during tstzrange, until timestamptz)
LANGUAGE sql STABLE AS $body$
    SELECT whole * tstzrange(b.since, b.until), b.until FROM (
        SELECT lag(e.until) OVER (ORDER BY e.until) AS since, e.until FROM (
            SELECT l.until FROM booking_tally_layout l WHERE l.unit_id = unit
            UNION SELECT 'infinity'
        ) e
    ) b WHERE whole && tstzrange(b.since, b.until)
$body$;

CREATE FUNCTION booking_tally_together_then(unit uuid, held_until timestamptz, around tstzrange)
RETURNS TABLE (shared_by uuid[], time_zone text, during tstzrange) LANGUAGE sql STABLE AS $body$
    WITH spans AS MATERIALIZED (
        SELECT l.resource_id, z.time_zone, o.during * around AS during
        FROM booking_tally_layout l
        JOIN spaces_resource x ON x.id = l.resource_id JOIN spaces_venue z ON z.id = x.venue_id
        JOIN spaces_openspan o ON o.resource_id = l.resource_id AND o.during && around
        WHERE l.unit_id = unit AND l.until = held_until AND l.has_hours
    ), cuts AS (
        SELECT at, lead(at) OVER (ORDER BY at) AS until
        FROM (SELECT lower(s.during) AS at FROM spans s UNION SELECT upper(s.during) FROM spans s) b
    )
    SELECT array_agg(s.resource_id ORDER BY s.resource_id), min(s.time_zone), tstzrange(c.at, c.until)
    FROM cuts c JOIN spans s ON s.during @> tstzrange(c.at, c.until) WHERE c.until IS NOT NULL
    GROUP BY c.at, c.until HAVING count(*) > 1
$body$;
"""
WHOEVER_TAKES = """SELECT DISTINCT p.resource_id, z.time_zone FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id
    JOIN spaces_resource x ON x.id = p.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    WHERE u.unit_id = c.unit_id OFFSET 0"""
NOW_TAKEN = """SELECT t.resource_id, z.time_zone FROM booking_tally_takers(c.unit_id) t
    JOIN spaces_resource x ON x.id = t.resource_id JOIN spaces_venue z ON z.id = x.venue_id OFFSET 0"""
# The same facts as of the present layout, read from the one that is over.
THEN_TAKEN = """SELECT l.resource_id, z.time_zone FROM booking_tally_layout l
    JOIN spaces_resource x ON x.id = l.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    WHERE l.unit_id = c.unit_id AND l.until = c.until AND l.has_hours OFFSET 0"""
USED = tally.USED.replace(WHOEVER_TAKES, NOW_TAKEN)
USED_THEN = tally.USED.replace(WHOEVER_TAKES, THEN_TAKEN)
TOGETHER_THEN = once.TOGETHER.replace(
    "booking_tally_together(c.unit_id, c.during)", "booking_tally_together_then(c.unit_id, c.until, c.during)"
)
CUT = """
SELECT c.unit_id, h.during, c.kind, c.item_id, c.block_id, h.until FROM ({claims}) c
CROSS JOIN LATERAL booking_tally_pieces(c.unit_id, c.during) h WHERE h.until {which} 'infinity'
"""


def added_now(claims: str, sign: str) -> str:
    """What both tallies gain by the present layout when these claims (a SELECT) come (sign '1') or go ('-1')."""
    having = f"SELECT * FROM ({claims}) every WHERE booking_tally_has_hours(unit_id)"
    shared = f"{having} AND booking_tally_is_shared(unit_id)"
    return f"""
    {tally.INTO} {tally.by_hour(USED.format(claims=having, sign=sign))};
    IF EXISTS ({shared}) THEN
        {once.INTO_SHARED} {once.together_by_hour(once.TOGETHER.format(claims=shared, sign=sign))};
    END IF;"""


def added(claims: str, sign: str) -> str:
    """The same by the layout of the claims' days."""
    then = CUT.format(claims=claims, which="<>")
    return f"""
    IF NOT EXISTS (
        SELECT FROM ({claims}) c JOIN booking_tally_layout l ON l.unit_id = c.unit_id AND l.until > lower(c.during)
    ) THEN
        {added_now(claims, sign)}
    ELSE
        {added_now(CUT.format(claims=claims, which="="), sign)}
        IF coalesce(current_setting('booking.tally_since', true), '') = '' THEN
            {tally.INTO} {tally.by_hour(USED_THEN.format(claims=then, sign=sign))};
            {once.INTO_SHARED} {once.together_by_hour(TOGETHER_THEN.format(claims=then, sign=sign))};
        END IF;
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
# What is new had no hours before, though whoever has it may have had the whole for days. Where the whole past is counted by
# today's layout, there is no other to remember.
PARTS = """
CREATE OR REPLACE FUNCTION booking_tally_parts() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE since timestamptz := nullif(current_setting('booking.tally_since', true), '');
BEGIN
    IF since IS NULL THEN
        DELETE FROM booking_tally_layout WHERE unit_id IN (SELECT unit_id FROM changed);
    ELSE
        INSERT INTO booking_tally_layout (unit_id, until, resource_id, has_hours)
        SELECT DISTINCT ON (c.unit_id) c.unit_id, since, p.resource_id, false
        FROM changed c JOIN spaces_part p ON p.id = c.part_id
        WHERE NOT EXISTS (SELECT FROM booking_tally_layout l WHERE l.unit_id = c.unit_id AND l.until = since);
    END IF;
    PERFORM booking_tally_settle(
        ARRAY(
            SELECT DISTINCT p.resource_id FROM changed c
            CROSS JOIN LATERAL (
                SELECT c.part_id
                UNION ALL
                (SELECT u.part_id FROM spaces_part_units u WHERE u.unit_id = c.unit_id OFFSET 0)
            ) touched
            CROSS JOIN LATERAL (SELECT p.resource_id FROM spaces_part p WHERE p.id = touched.part_id OFFSET 0) p),
        coalesce(nullif(current_setting('spaces.layout_from', true), ''), '2000-01-01')::date, '2100-01-01');
    RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION booking_tally_venue() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    DELETE FROM booking_tally_layout WHERE unit_id IN (SELECT id FROM spaces_unit WHERE venue_id = NEW.id);
    PERFORM booking_tally_settle(ARRAY(SELECT id FROM spaces_resource WHERE venue_id = NEW.id), '2000-01-01', '2100-01-01');
    RETURN NULL;
END $body$;
"""
# Going back, days before a layout keep the hours that were counted of them; which layout they had is forgotten for good, so
# that what is written of them later is counted by today's.
UNDO = f"""
{once.TRIGGERS}
{once.LAYOUTS}
{keys.PARTS}
CREATE OR REPLACE FUNCTION booking_tally_venue() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM booking_tally_settle(ARRAY(SELECT id FROM spaces_resource WHERE venue_id = NEW.id), '2000-01-01', '2100-01-01');
    RETURN NULL;
END $body$;
DROP FUNCTION booking_tally_takers, booking_tally_remember, booking_tally_pieces, booking_tally_together_then;
DROP TABLE booking_tally_layout;
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0029_demand_told")]

    operations = [migrations.RunSQL(TABLE + TAKERS + FUNCTIONS + TRIGGERS + PARTS, UNDO)]
