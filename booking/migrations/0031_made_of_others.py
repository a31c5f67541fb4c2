"""What is made of other resources has hours too: of the units of all that it is made of (docs/adr/0102).

Its parts name no units, so it was in no report of hours. Whoever takes a unit is now found through what they are made of,
and what a resource takes likewise; all else counts as it did.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")
once = import_module("booking.migrations.0025_hours_counted_once")
keys = import_module("booking.migrations.0028_layouts_by_keys")
past = import_module("booking.migrations.0030_past_layouts")


def replaced(text: str) -> str:
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


# Each key is looked up by itself (OFFSET 0), as in 0028.
TREES = f"""
CREATE OR REPLACE FUNCTION booking_tally_takers(unit uuid) RETURNS TABLE (resource_id uuid) LANGUAGE sql STABLE AS $body$
    WITH RECURSIVE up AS (
        SELECT other.resource_id FROM (SELECT unit AS unit_id) taken
        {keys.TAKERS_OF}
        UNION
        SELECT above.resource_id FROM up
        CROSS JOIN LATERAL (SELECT p.resource_id FROM spaces_part p WHERE p.of_id = up.resource_id OFFSET 0) above
    ) SELECT up.resource_id FROM up
$body$;

CREATE OR REPLACE FUNCTION booking_tally_is_shared(unit uuid) RETURNS boolean LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT count(*) > 1 FROM booking_tally_takers(unit)
$body$;

CREATE FUNCTION booking_tally_made_of(resources uuid[]) RETURNS TABLE (resource_id uuid, unit_id uuid)
LANGUAGE sql STABLE {tally.FEW} AS $body$
    WITH RECURSIVE down AS (
        SELECT asked.id AS resource_id, mine.id AS part_id, mine.of_id FROM unnest(resources) asked(id)
        CROSS JOIN LATERAL (SELECT p.id, p.of_id FROM spaces_part p WHERE p.resource_id = asked.id OFFSET 0) mine
        UNION
        SELECT d.resource_id, its.id, its.of_id FROM down d
        CROSS JOIN LATERAL (SELECT p.id, p.of_id FROM spaces_part p WHERE p.resource_id = d.of_id OFFSET 0) its
    )
    SELECT DISTINCT d.resource_id, taken.unit_id FROM down d
    CROSS JOIN LATERAL (SELECT u.unit_id FROM spaces_part_units u WHERE u.part_id = d.part_id OFFSET 0) taken
$body$;

CREATE OR REPLACE FUNCTION booking_tally_units(resources uuid[]) RETURNS TABLE (resource_id uuid, unit_id uuid)
LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT own.resource_id, own.unit_id FROM (SELECT * FROM booking_tally_made_of(resources) OFFSET 0) own
    WHERE booking_tally_has_hours(own.unit_id)
$body$;

CREATE OR REPLACE FUNCTION booking_tally_near(resources uuid[]) RETURNS uuid[] LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT array_agg(DISTINCT near) FROM (
        SELECT unnest(resources) AS near
        UNION ALL
        SELECT w.resource_id FROM (SELECT DISTINCT m.unit_id FROM booking_tally_made_of(resources) m OFFSET 0) taken
        CROSS JOIN LATERAL booking_tally_takers(taken.unit_id) w
    ) n
$body$;
"""
# The functions that found who takes a unit by its parts alone.
TAKERS = """SELECT DISTINCT p.resource_id, z.time_zone FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id
        JOIN spaces_resource x ON x.id = p.resource_id JOIN spaces_venue z ON z.id = x.venue_id WHERE u.unit_id = unit"""
OF_A_TREE = """SELECT w.resource_id, z.time_zone FROM booking_tally_takers(unit) w
        JOIN spaces_resource x ON x.id = w.resource_id JOIN spaces_venue z ON z.id = x.venue_id"""
TOGETHER = replaced(once.UNITS[once.UNITS.index("CREATE FUNCTION booking_tally_together") :]).replace(
    TAKERS, OF_A_TREE
)
BY_PARTS = """SELECT u.unit_id, array_agg(DISTINCT p.resource_id ORDER BY p.resource_id) AS takers
        FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id WHERE u.unit_id = ANY(mine) GROUP BY 1"""
BY_TREES = """SELECT u.unit_id, ARRAY(SELECT w.resource_id FROM booking_tally_takers(u.unit_id) w ORDER BY 1) AS takers
        FROM unnest(mine) u(unit_id)"""
COUNTS = replaced(once.COUNT).replace(past.WHOEVER_TAKES, past.NOW_TAKEN) + replaced(
    once.COUNT_SHARED
).replace(BY_PARTS, BY_TREES)
# A unit in another's part is all of theirs who are made of it; what becomes part of something makes that anew.
SETTLED = """SELECT DISTINCT p.resource_id FROM changed c
            CROSS JOIN LATERAL (
                SELECT c.part_id
                UNION ALL
                (SELECT u.part_id FROM spaces_part_units u WHERE u.unit_id = c.unit_id OFFSET 0)
            ) touched
            CROSS JOIN LATERAL (SELECT p.resource_id FROM spaces_part p WHERE p.id = touched.part_id OFFSET 0) p"""
SETTLED_ABOVE = """SELECT p.resource_id FROM (SELECT DISTINCT part_id FROM changed) c
            CROSS JOIN LATERAL (SELECT p.resource_id FROM spaces_part p WHERE p.id = c.part_id OFFSET 0) p
            UNION
            SELECT w.resource_id FROM (SELECT DISTINCT unit_id FROM changed) c
            CROSS JOIN LATERAL booking_tally_takers(c.unit_id) w"""
PARTS = past.PARTS[: past.PARTS.index("CREATE OR REPLACE FUNCTION booking_tally_venue")].replace(
    SETTLED, SETTLED_ABOVE
)
MADE = """
CREATE FUNCTION booking_tally_made() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE made uuid[] := ARRAY(
    SELECT resource_id FROM changed WHERE of_id IS NOT NULL UNION SELECT of_id FROM changed WHERE of_id IS NOT NULL);
BEGIN
    IF cardinality(made) > 0 THEN
        PERFORM booking_tally_settle(booking_tally_near(made),
            coalesce(nullif(current_setting('spaces.layout_from', true), ''), '2000-01-01')::date, '2100-01-01');
    END IF;
    RETURN NULL;
END $body$;
CREATE TRIGGER booking_tally_made AFTER INSERT ON spaces_part REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_made();
CREATE TRIGGER booking_tally_unmade AFTER DELETE ON spaces_part REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_made();
CREATE TRIGGER booking_tally_made_otherwise AFTER UPDATE ON spaces_part REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_made();
CREATE TRIGGER booking_tally_made_no_more AFTER UPDATE ON spaces_part REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_made();
"""
# What is counted otherwise from here on, or from here back: what is made of others, and whoever shares a unit with it. Days
# before their layout was last another keep what they have, for what is written of them later is counted by that one.
TOUCHED = """
CREATE TEMPORARY TABLE booking_tally_touched ON COMMIT DROP AS
SELECT n.near, coalesce((
    SELECT max((l.until AT TIME ZONE n.time_zone)::date) FROM booking_tally_made_of(n.near) m
    JOIN booking_tally_layout l ON l.unit_id = m.unit_id), '2000-01-01') AS since
FROM (
    SELECT booking_tally_near(ARRAY[r.id]) AS near, z.time_zone FROM spaces_resource r JOIN spaces_venue z ON z.id = r.venue_id
    WHERE r.id IN (SELECT p.resource_id FROM spaces_part p WHERE p.of_id IS NOT NULL) OFFSET 0
) n;
"""
SETTLE = "SELECT booking_tally_settle(near, since, '2100-01-01') FROM booking_tally_touched;"
UNDO = f"""
{TOUCHED}
DROP FUNCTION booking_tally_made CASCADE;
{replaced(once.UNITS)}
{keys.BY_KEYS}
{replaced(past.TAKERS)}
{replaced(once.COUNT)}
{replaced(once.COUNT_SHARED)}
{past.PARTS}
DROP FUNCTION booking_tally_made_of;
{SETTLE}
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0030_past_layouts")]

    operations = [migrations.RunSQL(TREES + TOGETHER + COUNTS + PARTS + MADE + TOUCHED + SETTLE, UNDO)]
