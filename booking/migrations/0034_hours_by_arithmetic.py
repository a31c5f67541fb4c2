"""Days are counted from scratch by arithmetic: of a stretch inside one local day, what falls into each hour is told by its two
ends. It was cut into its hours before, one row each: two years of a resource are ten thousand of them.

A stretch over a midnight or a clock change, or with parts of a second, is cut as before (0013). What acts add stays as it
was, so two ways to the same figures still keep each other honest (`tally_is_in_step`).
"""

from importlib import import_module

from django.db import migrations

tally = import_module("booking.migrations.0013_tally")
once = import_module("booking.migrations.0025_hours_counted_once")
past = import_module("booking.migrations.0030_past_layouts")
made = import_module("booking.migrations.0031_made_of_others")

# A second of a day is between an hour's first and its last: so many of `a` to `b` are in it.
SECONDS = ", ".join(
    f"sum(weight * greatest(0, least(b, {(n + 1) * 3600}) - greatest(a, {n * 3600})))::int AS {hour}"
    for n, hour in enumerate(tally.HOURS)
)
# The clock did not change between the two ends if they are as far apart as it says.
IN_A_DAY = """until <= date_trunc('day', since) + interval '1 day' AND until - since = upper(during) - lower(during)
    AND since = date_trunc('second', since) AND until = date_trunc('second', until)"""
BY_HOUR = f"""
WITH facts AS (
    SELECT f.*, lower(f.during) AT TIME ZONE f.time_zone AS since, upper(f.during) AT TIME ZONE f.time_zone AS until
    FROM ({{facts}}) f
), pieces AS (
    SELECT {{of}}, measure, weight, since::date AS day, date_part('epoch', since - date_trunc('day', since))::int AS a,
           date_part('epoch', until - date_trunc('day', since))::int AS b
    FROM facts WHERE {IN_A_DAY}
    UNION ALL
    SELECT {{of}}, measure, weight, local::date, hour, hour + seconds
    FROM (
        SELECT f.*, s AT TIME ZONE f.time_zone AS local,
               3600 * extract(hour FROM s AT TIME ZONE f.time_zone)::int AS hour,
               round(extract(epoch FROM
                   least(upper(f.during), s + interval '1 hour') - greatest(lower(f.during), s)))::int AS seconds
        FROM facts f
        CROSS JOIN LATERAL generate_series(
            lower(f.during) - (f.since - date_trunc('hour', f.since)),
            upper(f.during) - interval '1 microsecond', interval '1 hour') s
        WHERE NOT ({IN_A_DAY})
    ) cut
)
SELECT {{of}}, day, measure, {SECONDS} FROM pieces WHERE day BETWEEN first AND last GROUP BY 1, 2, 3
"""
HEAD = """#variable_conflict use_column
DECLARE around tstzrange := tstzrange(first - interval '1 day', last + interval '2 days');"""
OF_UNITS = tally.BOTH.format(where="WHERE during && around AND unit_id = ANY(mine)")
COUNTED = (
    once.OPENED
    + "UNION ALL "
    + past.USED.format(claims=OF_UNITS, sign="1")
    + " AND r.resource_id = ANY(resources)"
)
COUNT = f"""
CREATE OR REPLACE FUNCTION booking_tally_count(resources uuid[], first date, last date)
RETURNS TABLE (resource_id uuid, day date, measure text, {", ".join(f"{hour} integer" for hour in tally.HOURS)})
LANGUAGE plpgsql STABLE {tally.ANEW} AS $body$
{HEAD}
    mine uuid[] := ARRAY(SELECT DISTINCT unit_id FROM booking_tally_units(resources));
BEGIN
    RETURN QUERY {BY_HOUR.format(facts=COUNTED, of="resource_id")};
END $body$;
"""
BY_MONTHS = """CROSS JOIN generate_series(lower(around), upper(around), interval '30 days') step
CROSS JOIN LATERAL booking_tally_together(g.unit_id, around * tstzrange(step, step + interval '30 days')) s"""
AT_ONCE = "CROSS JOIN LATERAL booking_tally_together(g.unit_id, around) s"
TOGETHER = (
    once.OPENED_TOGETHER.replace(made.BY_PARTS, made.BY_TREES).replace(BY_MONTHS, AT_ONCE)
    + "UNION ALL "
    + once.TOGETHER.format(claims=OF_UNITS, sign="1")
)
COUNT_SHARED = f"""
CREATE OR REPLACE FUNCTION booking_tally_shared_count(near uuid[], first date, last date)
RETURNS TABLE (shared_by uuid[], day date, measure text, {", ".join(f"{hour} integer" for hour in tally.HOURS)})
LANGUAGE plpgsql STABLE {tally.ANEW} AS $body$
{HEAD}
    mine uuid[] := ARRAY(
        SELECT DISTINCT unit_id FROM booking_tally_units(near) WHERE booking_tally_is_shared(unit_id));
BEGIN
    IF cardinality(mine) = 0 THEN RETURN; END IF;
    around := around * (SELECT tstzrange(min(lower(o.during)), max(upper(o.during))) FROM spaces_openspan o
                        WHERE o.resource_id = ANY(near));
    IF around IS NULL OR isempty(around) THEN RETURN; END IF;
    RETURN QUERY SELECT n.* FROM ({BY_HOUR.format(facts=TOGETHER, of="shared_by")}) n WHERE n.shared_by && near;
END $body$;
"""


# When several takers of a unit are open at once: at each edge of an opening everybody opens, closes, or stays as they were.
# Each opening was compared with all others, month by month.
TOGETHER_AT_EDGES = """
CREATE OR REPLACE FUNCTION booking_tally_together(unit uuid, around tstzrange)
RETURNS TABLE (shared_by uuid[], time_zone text, during tstzrange) LANGUAGE sql STABLE AS $body$
    WITH takers AS MATERIALIZED (
        SELECT w.resource_id, z.time_zone FROM booking_tally_takers(unit) w
        JOIN spaces_resource x ON x.id = w.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    ), spans AS MATERIALIZED (
        SELECT t.resource_id, o.during * around AS during
        FROM takers t CROSS JOIN LATERAL (
            SELECT o.during FROM spaces_openspan o WHERE o.resource_id = t.resource_id AND o.during && around
            AND lower(o.during) > lower(around) - interval '2 days' AND lower(o.during) < upper(around) OFFSET 0
        ) o
    ), turns AS MATERIALIZED (
        SELECT resource_id, lower(during) AS at, 1 AS turn FROM spans
        UNION ALL SELECT resource_id, upper(during), -1 FROM spans
    ), states AS (
        SELECT e.resource_id, e.at, sum(sum(e.turn)) OVER every AS opened, lead(e.at) OVER every AS until
        FROM (
            SELECT * FROM turns
            UNION ALL SELECT t.resource_id, edge.at, 0 FROM takers t CROSS JOIN (SELECT DISTINCT at FROM turns) edge
        ) e GROUP BY e.resource_id, e.at
        WINDOW every AS (PARTITION BY e.resource_id ORDER BY e.at)
    )
    SELECT array_agg(s.resource_id ORDER BY s.resource_id), (SELECT min(t.time_zone) FROM takers t), tstzrange(s.at, s.until)
    FROM states s WHERE s.opened > 0 AND s.until IS NOT NULL GROUP BY s.at, s.until HAVING count(*) > 1
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("booking", "0033_opens_at")]

    operations = [migrations.RunSQL(COUNT + COUNT_SHARED + TOGETHER_AT_EDGES, made.COUNTS + made.TOGETHER)]
