"""Which resources share a unit is looked up key by key, also where the planner takes every table for empty.

After a vacuum that finds no row the planner reckons with one row in each table, and joined all of them with all: of
300 resources that were planted in one transaction each took a second and a half, and the next one longer.
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")
shared = import_module("booking.migrations.0025_hours_counted_once")

# Each key is looked up by itself; OFFSET 0 keeps that order.
UNITS_OF = """
        CROSS JOIN LATERAL (SELECT p.id FROM spaces_part p WHERE p.resource_id = asked.id OFFSET 0) mine
        CROSS JOIN LATERAL (SELECT u.unit_id FROM spaces_part_units u WHERE u.part_id = mine.id OFFSET 0) taken
"""
TAKERS_OF = """
        CROSS JOIN LATERAL (SELECT u.part_id FROM spaces_part_units u WHERE u.unit_id = taken.unit_id OFFSET 0) also
        CROSS JOIN LATERAL (SELECT p.resource_id FROM spaces_part p WHERE p.id = also.part_id OFFSET 0) other
"""
BY_KEYS = f"""
CREATE OR REPLACE FUNCTION booking_tally_has_hours(unit uuid) RETURNS boolean LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT EXISTS (
        SELECT FROM (SELECT u.part_id FROM spaces_part_units u WHERE u.unit_id = unit OFFSET 0) mine
        CROSS JOIN LATERAL (SELECT p.quantity FROM spaces_part p WHERE p.id = mine.part_id OFFSET 0) p
        WHERE p.quantity IS NOT NULL OR 2 > (
            SELECT count(*)
            FROM (SELECT u.unit_id FROM spaces_part_units u WHERE u.part_id = mine.part_id OFFSET 0) piece
            WHERE piece.unit_id <> unit AND EXISTS (
                SELECT FROM (SELECT u.part_id FROM spaces_part_units u WHERE u.unit_id = piece.unit_id OFFSET 0) alone
                WHERE NOT EXISTS (
                    SELECT FROM (SELECT u.unit_id FROM spaces_part_units u WHERE u.part_id = alone.part_id OFFSET 0) besides
                    WHERE besides.unit_id = unit))))
$body$;

CREATE OR REPLACE FUNCTION booking_tally_is_shared(unit uuid) RETURNS boolean LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT count(DISTINCT other.resource_id) > 1 FROM (SELECT unit AS unit_id) taken
    {TAKERS_OF}
$body$;

CREATE OR REPLACE FUNCTION booking_tally_units(resources uuid[]) RETURNS TABLE (resource_id uuid, unit_id uuid)
LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT own.resource_id, own.unit_id FROM (
        SELECT DISTINCT asked.id AS resource_id, taken.unit_id FROM unnest(resources) asked(id) {UNITS_OF} OFFSET 0
    ) own WHERE booking_tally_has_hours(own.unit_id)
$body$;

CREATE OR REPLACE FUNCTION booking_tally_near(resources uuid[]) RETURNS uuid[] LANGUAGE sql STABLE {tally.FEW} AS $body$
    SELECT array_agg(DISTINCT near) FROM (
        SELECT unnest(resources) AS near
        UNION ALL
        SELECT other.resource_id FROM unnest(resources) asked(id) {UNITS_OF} {TAKERS_OF}
    ) n
$body$;
"""
PARTS = """
CREATE OR REPLACE FUNCTION booking_tally_parts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
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
"""
BEFORE = (shared.UNITS + shared.LAYOUTS).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("booking", "0027_marks_of_askers")]

    operations = [migrations.RunSQL(BY_KEYS + PARTS, BEFORE)]
