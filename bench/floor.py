"""The same questions asked in SQL by hand, as well as we know how: the floor that the product is measured against.

Each reads the same facts (the rules in force, what a resource takes, when it is open, which claims stand in the
way) and gives the same answer, which the bench compares before it measures. They know less than the product does: of
rules only the numbers, no groups, no limits, no certifications, nothing re-seated. The series alone is asked as the
product answers it: every reason against every date, its price by the list in force, and what is free instead; without
limits, presets, pools and prices by tier, and with the reasons as codes instead of sentences.
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

# What is taken, what is closed, and what is left between, and of the reader's own bookings what they are.
TIMELINE = """
WITH asked AS (
    SELECT r.id, u.unit_id AS unit FROM spaces_resource r JOIN spaces_part q ON q.resource_id = r.id
    JOIN spaces_part_units u ON u.part_id = q.id WHERE r.id = ANY(%(resources)s)
), taken AS (
    SELECT a.id, c.during * tstzrange(%(start)s, %(end)s) AS during, b.person_id, b.title, p.name
    FROM asked a JOIN booking_claim c ON c.unit_id = a.unit
    JOIN booking_item i ON i.id = c.item_id LEFT JOIN booking_booking b ON b.id = i.booking_id AND b.person_id = %(person)s
    LEFT JOIN people_person p ON p.id = b.person_id
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

# What a rule of repetition means, and of each date: every reason against it, its price, and what is free instead.
SERIES = """
WITH asked AS (
    SELECT r.id, r.venue_id, r.kind, r.capacity, r.is_active, r.published_from, r.published_until, r.planned_until,
           v.time_zone AS zone, u.unit_id AS unit,
           (date_trunc('day', %(at)s AT TIME ZONE v.time_zone)) AS midnight,
           EXISTS (SELECT 1 FROM equipment_equipment e JOIN equipment_equipment_skills n ON n.equipment_id = e.id
                   WHERE e.resource_id = r.id AND NOT EXISTS (
                       SELECT 1 FROM equipment_certification c WHERE c.person_id = %(person)s AND c.skill_id = n.skill_id
                       AND c.from_on <= %(at)s::date AND (c.until_on IS NULL OR c.until_on > %(at)s::date)
                       AND c.revoked_at IS NULL)) AS uncertified,
           ARRAY(SELECT g.group_id::text FROM people_groupmember g WHERE g.person_id = %(person)s
                 AND g.from_on <= %(at)s::date AND (g.until_on IS NULL OR g.until_on > %(at)s::date)) AS groups,
           (SELECT min(c.horizon_days) FROM booking_consequence c JOIN booking_booking b ON b.id = c.booking_id
            WHERE c.person_id = %(person)s AND c.until > %(at)s AND c.kind = 'shorter-horizon' AND c.state <> 'undone'
            AND b.venue_id = r.venue_id) AS shortened
    FROM spaces_resource r JOIN spaces_venue v ON v.id = r.venue_id
    JOIN spaces_part q ON q.resource_id = r.id JOIN spaces_part_units u ON u.part_id = q.id
    WHERE r.id = %(resource)s
), dates AS (
    SELECT a.*, d::date AS day, (d + %(from)s::time) AT TIME ZONE a.zone AS start,
           (d + %(until)s::time) AT TIME ZONE a.zone AS finish, p.*
    FROM asked a CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 week') d
    CROSS JOIN LATERAL (
        SELECT coalesce((s.data->>'step')::int, 30) AS step, coalesce((s.data->>'least')::int, 30) AS least,
               coalesce((s.data->>'most')::int, 720) AS most, coalesce((s.data->>'notice')::int, 0) * interval '1 minute' AS notice,
               coalesce((s.data->>'series_horizon_days')::int, 731) * interval '1 day' AS horizon,
               coalesce((s.data->>'set_up')::int, 0) * interval '1 minute' AS before,
               coalesce((s.data->>'clean_up')::int, 0) * interval '1 minute' AS after, s.data->'groups' AS only_for
        FROM spaces_rules s WHERE (s.resource_id = a.id OR s.venue_id = a.venue_id) AND s.from_on <= d::date
        ORDER BY s.resource_id IS NULL, s.from_on DESC, s.written_at DESC LIMIT 1) p
), judged AS (
    SELECT d.*, array_remove(ARRAY[
        CASE WHEN NOT d.is_active OR d.published_from > %(at)s OR d.published_until < d.finish THEN 'not-offered' END,
        CASE WHEN d.uncertified THEN 'not-certified' END,
        CASE WHEN d.only_for IS NOT NULL AND NOT d.only_for ?| d.groups THEN 'not-for-you' END,
        CASE WHEN d.start < %(at)s THEN 'past' WHEN d.start < %(at)s + d.notice THEN 'too-soon' END,
        CASE WHEN d.finish > (d.midnight + d.horizon + interval '1 day') AT TIME ZONE d.zone THEN 'too-far' END,
        CASE WHEN d.finish > (d.midnight + (d.shortened + 1) * interval '1 day') AT TIME ZONE d.zone THEN 'shorter-horizon' END,
        CASE WHEN d.planned_until IS NULL OR d.finish > d.planned_until THEN 'not-yet-planned'
             WHEN s.anchor IS NULL THEN 'closed' END,
        CASE WHEN EXISTS (SELECT 1 FROM booking_outage o WHERE o.resource_id = d.id AND o.ended_at IS NULL
                          AND o.from_at < d.finish AND (o.until_at IS NULL OR o.until_at > d.start)) THEN 'out-of-order' END,
        CASE WHEN mod(extract(epoch FROM d.start - s.anchor), d.step * 60) <> 0 THEN 'not-on-step' END,
        CASE WHEN d.finish - d.start < d.least * interval '1 minute' THEN 'too-short'
             WHEN d.finish - d.start > d.most * interval '1 minute' THEN 'too-long' END,
        CASE WHEN mod(extract(epoch FROM d.finish - d.start), d.step * 60) <> 0 THEN 'length-not-on-step' END
    ], NULL) AS reasons, c.until IS NOT NULL AS taken
    FROM dates d
    LEFT JOIN LATERAL (
        SELECT o.anchor FROM spaces_openspan o WHERE o.resource_id = d.id AND lower(o.during) > d.start - interval '2 days'
        AND lower(o.during) <= d.start AND upper(o.during) >= d.finish LIMIT 1) s ON true
    LEFT JOIN LATERAL (
        SELECT last.until FROM (
            SELECT upper(c.during) AS until FROM booking_claim c
            WHERE c.unit_id = d.unit AND lower(c.during) < d.finish + d.after AND (c.until IS NULL OR c.until > %(at)s)
            ORDER BY lower(c.during) DESC LIMIT 1) last WHERE last.until > d.start - d.before) c ON true
), said AS (
    SELECT j.*, CASE WHEN j.reasons && ARRAY['closed', 'not-yet-planned'] THEN 'closed'
                     WHEN j.reasons <> '{}' THEN 'refused' WHEN j.taken THEN 'taken' ELSE 'free' END AS verdict
    FROM judged j
)
SELECT s.start, s.verdict, s.reasons, price.cents, other.starts
FROM said s
LEFT JOIN LATERAL (  -- each piece at the most particular rate of the list in force when it begins
    SELECT round(sum(extract(epoch FROM piece.finish - piece.start) * rate.price / 3600))::bigint AS cents
    FROM (SELECT t.id FROM billing_tariff t WHERE t.venue_id = s.venue_id AND t.published_at <= %(at)s AND t.from_on <= s.day
          AND (t.until_on IS NULL OR t.until_on > s.day) ORDER BY t.from_on DESC, t.published_at DESC LIMIT 1) list
    CROSS JOIN LATERAL (
        SELECT edge AS start, lead(edge) OVER (ORDER BY edge) AS finish FROM (
            SELECT s.start UNION SELECT s.finish UNION
            SELECT at FROM billing_rate e CROSS JOIN LATERAL (
                VALUES ((s.day + e.from_time) AT TIME ZONE s.zone), ((s.day + e.until_time) AT TIME ZONE s.zone)) x(at)
            WHERE e.tariff_id = list.id AND at > s.start AND at < s.finish) edges(edge)
    ) piece
    CROSS JOIN LATERAL (
        SELECT e.price FROM billing_rate e
        WHERE e.tariff_id = list.id AND e.per = 'hour' AND (e.resource_id IS NULL OR e.resource_id = s.id)
        AND (e.kind = '' OR e.kind = s.kind) AND (e.group_id IS NULL OR e.group_id::text = ANY(s.groups))
        AND e.organisation_id IS NULL AND (e.weekdays = '{}' OR extract(isodow FROM piece.start AT TIME ZONE s.zone) = ANY(e.weekdays))
        AND (e.from_time IS NULL OR (piece.start AT TIME ZONE s.zone)::time >= e.from_time)
        AND (e.until_time IS NULL OR (piece.start AT TIME ZONE s.zone)::time < e.until_time)
        ORDER BY e.resource_id IS NULL, e.group_id IS NULL, e.kind = '', e.from_time IS NULL AND e.weekdays = '{}' LIMIT 1
    ) rate
    WHERE piece.finish IS NOT NULL AND s.verdict = 'free'
) price ON true
LEFT JOIN LATERAL (  -- the nearest three that are free on the same day
    SELECT array_agg(near.start ORDER BY near.start) AS starts FROM (
        SELECT t.start FROM spaces_openspan o CROSS JOIN LATERAL generate_series(
            date_bin(s.step * interval '1 minute', greatest(lower(o.during), %(at)s + s.notice) + s.step * interval '1 minute' - interval '1 microsecond', o.anchor),
            upper(o.during) - (s.finish - s.start), s.step * interval '1 minute') t(start)
        WHERE o.resource_id = s.id AND lower(o.during) >= s.day::timestamp AT TIME ZONE s.zone
          AND lower(o.during) < (s.day + 1)::timestamp AT TIME ZONE s.zone
          AND NOT EXISTS (
            SELECT 1 FROM (
                SELECT upper(c.during) AS until FROM booking_claim c
                WHERE c.unit_id = s.unit AND lower(c.during) < t.start + (s.finish - s.start) + s.after
                ORDER BY lower(c.during) DESC LIMIT 1) last
            WHERE last.until > t.start - s.before)
        ORDER BY abs(extract(epoch FROM t.start - s.start)), t.start LIMIT 3) near
    WHERE s.verdict IN ('taken', 'closed')
) other ON true
ORDER BY s.start
"""
