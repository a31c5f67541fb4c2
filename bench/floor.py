"""The same questions asked in SQL by hand, as well as we know how: the floor that the product is measured against.

Each reads the same facts (the rules in force, what a resource takes, when it is open, which claims stand in the
way) and gives the same answer, which the bench compares before it measures. They know less than the product does: of
rules only the numbers, no groups, no limits, no certifications, nothing re-seated.
"""

# What is asked of some resources: their unit, and the numbers of the rules in force.
ASKED = """
WITH asked AS (
    SELECT r.id, u.unit_id AS unit, coalesce((p.data->>'step')::int, 30) * interval '1 minute' AS step,
           coalesce((p.data->>'set_up')::int, 0) * interval '1 minute' AS before,
           coalesce((p.data->>'clean_up')::int, 0) * interval '1 minute' AS after,
           coalesce((p.data->>'horizon_days')::int, 180) * interval '1 day' AS horizon
    FROM spaces_resource r JOIN spaces_part q ON q.resource_id = r.id JOIN spaces_part_units u ON u.part_id = q.id
    CROSS JOIN LATERAL (
        SELECT data FROM spaces_rules s WHERE s.resource_id = r.id OR s.venue_id = r.venue_id
        ORDER BY s.from_on DESC LIMIT 1) p
    WHERE r.id = ANY(%(resources)s)
)
"""

# Open time less padded claims, and every step that fits into what is left.
SLOTS = (
    ASKED
    + """
SELECT a.id, t.start
FROM asked a
JOIN spaces_openspan s ON s.resource_id = a.id AND lower(s.during) >= %(start)s AND lower(s.during) < %(end)s
CROSS JOIN LATERAL (
    SELECT range_agg(tstzrange(lower(c.during) - a.after, upper(c.during) + a.before)) AS taken
    FROM booking_claim c
    WHERE c.unit_id = a.unit AND lower(c.during) >= lower(s.during) - interval '1 day' AND lower(c.during) < upper(s.during) + interval '1 day'
) c
CROSS JOIN LATERAL unnest(tstzmultirange(s.during) - coalesce(c.taken, '{}'::tstzmultirange)) free
CROSS JOIN LATERAL generate_series(
    date_bin(a.step, greatest(lower(free), %(at)s) + a.step - interval '1 microsecond', s.anchor), upper(free) - %(length)s::interval, a.step) t(start)
WHERE upper(free) <= %(at)s + a.horizon
ORDER BY a.id, t.start
"""
)

# For each resource the first step that no claim touches, found by walking its days in order.
FIRST = (
    ASKED
    + """
SELECT a.id, f.start FROM asked a CROSS JOIN LATERAL (
    SELECT t.start FROM spaces_openspan s CROSS JOIN LATERAL generate_series(
        date_bin(a.step, greatest(lower(s.during), %(at)s) + a.step - interval '1 microsecond', s.anchor), upper(s.during) - %(length)s::interval, a.step) t(start)
    WHERE s.resource_id = a.id AND lower(s.during) >= %(start)s AND lower(s.during) < %(end)s
      AND NOT EXISTS (  -- claims of a unit never overlap: only the last that begins before the end can be in the way
        SELECT 1 FROM (
            SELECT upper(c.during) AS until FROM booking_claim c
            WHERE c.unit_id = a.unit AND lower(c.during) < t.start + %(length)s::interval + a.after
            ORDER BY lower(c.during) DESC LIMIT 1) last
        WHERE last.until > t.start - a.before)
    ORDER BY lower(s.during), t.start LIMIT 1
) f ORDER BY a.id
"""
)

# What is taken, what is closed, and what is left between, with whose each booking is.
TIMELINE = """
WITH asked AS (
    SELECT r.id, u.unit_id AS unit FROM spaces_resource r JOIN spaces_part q ON q.resource_id = r.id
    JOIN spaces_part_units u ON u.part_id = q.id WHERE r.id = ANY(%(resources)s)
), taken AS (
    SELECT a.id, c.during * tstzrange(%(start)s, %(end)s) AS during, b.person_id, b.title, p.name
    FROM asked a JOIN booking_claim c ON c.unit_id = a.unit
    JOIN booking_item i ON i.id = c.item_id JOIN booking_booking b ON b.id = i.booking_id JOIN people_person p ON p.id = b.person_id
    WHERE c.during && tstzrange(%(start)s, %(end)s)
), opened AS (
    SELECT a.id, range_agg(s.during * tstzrange(%(start)s, %(end)s)) AS during FROM asked a
    JOIN spaces_openspan s ON s.resource_id = a.id AND s.during && tstzrange(%(start)s, %(end)s)
    AND lower(s.during) > %(start)s::timestamptz - interval '2 days' AND lower(s.during) < %(end)s GROUP BY a.id
), every AS (SELECT id, range_agg(during) AS during FROM taken GROUP BY id)
SELECT id, 'taken', lower(during), upper(during), person_id, title, name FROM taken
UNION ALL SELECT o.id, 'free', lower(f), upper(f), NULL, NULL, NULL FROM opened o LEFT JOIN every e ON e.id = o.id,
    LATERAL unnest(o.during - coalesce(e.during, '{}'::tstzmultirange)) f
UNION ALL SELECT o.id, 'closed', lower(f), upper(f), NULL, NULL, NULL FROM opened o,
    LATERAL unnest(tstzmultirange(tstzrange(%(start)s, %(end)s)) - o.during) f
ORDER BY 1, 3
"""

# Fifty-two periods: closed, taken or free.
SERIES = (
    ASKED
    + """
SELECT w.start,
    CASE WHEN NOT EXISTS (
        SELECT 1 FROM spaces_openspan s WHERE s.resource_id = a.id AND s.during @> tstzrange(w.start, w.start + %(length)s::interval)
        AND lower(s.during) > w.start - interval '2 days' AND lower(s.during) <= w.start) THEN 'closed'
    WHEN EXISTS (
        SELECT 1 FROM booking_claim c WHERE c.unit_id = a.unit
        AND c.during && tstzrange(w.start - a.before, w.start + %(length)s::interval + a.after)) THEN 'taken'
    ELSE 'free' END
FROM asked a CROSS JOIN generate_series(%(start)s::timestamptz, %(start)s::timestamptz + interval '51 weeks', interval '1 week') w(start)
ORDER BY 1
"""
)
