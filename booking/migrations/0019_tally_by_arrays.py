"""Days are counted from scratch by arrays: each hour's seconds are summed once and then put in their place, where 24
sums with a filter each looked at all of them. Planning a resource's openings is mostly this count.

What acts add (the triggers of 0013) stays as it was: a few hours cost nothing either way, and two ways to the same
figures keep each other honest (`tally_is_in_step`).
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")

FACTS = (
    tally.OPENED
    + "UNION ALL "
    + tally.USED.format(
        claims=tally.BOTH.format(where="WHERE during && around AND unit_id = ANY(mine)"), sign="1"
    )
    + " AND r.resource_id = ANY(resources)"
)
# Cut by the venue's clock as 0013 cuts: pieces of an hour of elapsed time, each rounded alone.
BY_HOUR = f"""
SELECT d.resource_id, d.day, d.measure, {
    ", ".join(f"coalesce(d.seconds[array_position(d.hours, {n})], 0)" for n in range(24))
}
FROM (
    SELECT h.resource_id, h.day, h.measure, array_agg(h.hour) AS hours, array_agg(h.seconds) AS seconds
    FROM (
        SELECT p.resource_id, p.local::date AS day, p.measure, extract(hour FROM p.local)::int AS hour,
               sum(p.seconds)::int AS seconds
        FROM (
            SELECT f.resource_id, f.measure, s AT TIME ZONE f.time_zone AS local,
                   f.weight * round(extract(epoch FROM
                       least(upper(f.during), s + interval '1 hour') - greatest(lower(f.during), s)))::int AS seconds
            FROM ({FACTS}) f
            CROSS JOIN LATERAL generate_series(
                lower(f.during) - ((lower(f.during) AT TIME ZONE f.time_zone)
                                   - date_trunc('hour', lower(f.during) AT TIME ZONE f.time_zone)),
                upper(f.during) - interval '1 microsecond', interval '1 hour') s
        ) p GROUP BY 1, 2, 3, 4
    ) h GROUP BY 1, 2, 3
) d WHERE d.day BETWEEN first AND last
"""
COUNT = f"""
CREATE OR REPLACE FUNCTION booking_tally_count(resources uuid[], first date, last date)
RETURNS TABLE (resource_id uuid, day date, measure text, {", ".join(f"{hour} integer" for hour in tally.HOURS)})
LANGUAGE plpgsql STABLE {tally.ANEW} AS $body$
#variable_conflict use_column
DECLARE around tstzrange := tstzrange(first - interval '1 day', last + interval '2 days');
    mine uuid[] := ARRAY(
        SELECT DISTINCT u.unit_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
        WHERE p.resource_id = ANY(resources));
BEGIN
    RETURN QUERY {BY_HOUR};
END $body$;
"""
BEFORE = tally.COUNT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("booking", "0018_saved_views")]

    operations = [migrations.RunSQL(COUNT, BEFORE)]
