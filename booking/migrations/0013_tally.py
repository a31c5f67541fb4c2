"""The tally: seconds opened, booked, attended and lost, by resource, local day and hour, kept by the database itself.

A ledger: whoever changes what is counted adds rows with what changed, plus or minus, and nobody ever updates one. So no
act waits for another because of it, and the sum is right at every commit (docs/adr/0047).
"""

from django.db import migrations

HOURS = [f"h{hour:02}" for hour in range(24)]
EVERY_HOUR = ", ".join(HOURS)

TABLE = f"""
CREATE TABLE booking_tally (
    resource_id uuid NOT NULL,
    day date NOT NULL,
    measure text NOT NULL CHECK (measure IN ('opened', 'booked', 'attended', 'padding', 'maintenance', 'blocked', 'outage')),
    {", ".join(f"{hour} integer NOT NULL" for hour in HOURS)},
    seconds integer GENERATED ALWAYS AS ({" + ".join(HOURS)}) STORED
);
CREATE INDEX booking_tally_of_resource ON booking_tally (resource_id, day);
CREATE INDEX booking_tally_on ON booking_tally (day);
"""

# What claims take of what is open, measured on units. `claims` and `sign` are said by whoever counts.
# Claim by claim, each looked up by its keys (OFFSET 0 keeps that order): a planner that takes a table for empty would
# begin with all openings there are.
# Claims of a unit never overlap, nor do a resource's openings: so booked is never more than opened.
USED = """
SELECT r.resource_id, r.time_zone, m.measure, s.during * m.during AS during, {sign} AS weight
FROM ({claims}) c
CROSS JOIN LATERAL (
    SELECT DISTINCT p.resource_id, z.time_zone FROM spaces_part_units u JOIN spaces_part p ON p.id = u.part_id
    JOIN spaces_resource x ON x.id = p.resource_id JOIN spaces_venue z ON z.id = x.venue_id
    WHERE u.unit_id = c.unit_id OFFSET 0
) r
CROSS JOIN LATERAL (
    SELECT o.during FROM spaces_openspan o WHERE o.resource_id = r.resource_id AND o.during && c.during
    AND lower(o.during) > lower(c.during) - interval '2 days' AND lower(o.during) < upper(c.during) OFFSET 0
) s
LEFT JOIN LATERAL (
    SELECT t.period, b.attendance FROM booking_item t JOIN booking_booking b ON b.id = t.booking_id
    WHERE t.id = c.item_id OFFSET 0
) i ON true
LEFT JOIN LATERAL (SELECT l.kind FROM booking_block l WHERE l.id = c.block_id OFFSET 0) k ON true
CROSS JOIN LATERAL (VALUES
    ('booked', c.during * i.period, c.kind = 'booked'),
    ('attended', c.during * i.period, c.kind = 'booked' AND i.attendance IN ('present', 'left')),
    ('padding', tstzrange(lower(c.during), least(upper(c.during), greatest(lower(c.during), lower(i.period)))), c.kind = 'booked'),
    ('padding', tstzrange(greatest(lower(c.during), least(upper(c.during), upper(i.period))), upper(c.during)), c.kind = 'booked'),
    ('maintenance', c.during, c.kind = 'block' AND k.kind = 'maintenance'),
    ('blocked', c.during, c.kind = 'block' AND k.kind <> 'maintenance'),
    ('outage', c.during, c.kind = 'outage')
) m(measure, during, counts)
WHERE m.counts AND NOT isempty(s.during * m.during)
"""
OPENED = """
SELECT s.resource_id, z.time_zone, 'opened' AS measure, s.during, n.units AS weight
FROM spaces_openspan s JOIN spaces_resource x ON x.id = s.resource_id JOIN spaces_venue z ON z.id = x.venue_id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT u.unit_id)::int AS units
    FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id WHERE p.resource_id = s.resource_id
) n
WHERE s.resource_id = ANY(resources) AND s.during && around AND n.units > 0
  AND lower(s.during) > lower(around) - interval '2 days' AND lower(s.during) < upper(around)
"""
COLUMNS = "unit_id, during, kind, item_id, block_id"
BOTH = f"SELECT {COLUMNS} FROM booking_claim {{where}} UNION ALL SELECT {COLUMNS} FROM booking_claim_past {{where}}"

# Cut by the venue's clock: an hour of elapsed time that begins at a full local hour, named by what the clock shows.
# Each piece is rounded alone, so that what is added and what is taken back are always the same.
BY_HOUR = """
SELECT p.resource_id, p.day, p.measure, {sums}
FROM (
    SELECT f.resource_id, f.measure, (h AT TIME ZONE f.time_zone)::date AS day,
           extract(hour FROM h AT TIME ZONE f.time_zone)::int AS hour,
           f.weight * round(extract(epoch FROM least(upper(f.during), h + interval '1 hour') - greatest(lower(f.during), h)))::int AS seconds
    FROM ({facts}) f
    CROSS JOIN LATERAL generate_series(
        lower(f.during) - ((lower(f.during) AT TIME ZONE f.time_zone) - date_trunc('hour', lower(f.during) AT TIME ZONE f.time_zone)),
        upper(f.during) - interval '1 microsecond', interval '1 hour') h
) p
GROUP BY p.resource_id, p.day, p.measure
"""
SUMS = ", ".join(
    f"coalesce(sum(p.seconds) FILTER (WHERE p.hour = {n}), 0)::int AS {hour}" for n, hour in enumerate(HOURS)
)
NOTHING = " OR ".join(f"sum({hour}) <> 0" for hour in HOURS)
INTO = f"INSERT INTO booking_tally (resource_id, day, measure, {EVERY_HOUR})"


def by_hour(facts: str) -> str:
    return BY_HOUR.format(facts=facts, sums=SUMS)


def of_claims(*parts: tuple[str, str]) -> str:
    """What is added when these claims (a SELECT) come (sign '1') or go ('-1')."""
    facts = " UNION ALL ".join(USED.format(claims=claims, sign=sign) for claims, sign in parts)
    return f"{INTO} {by_hour(facts)};"


# A few claims, each looked up by its keys: a plan kept from when the tables were empty would read all of them.
FEW = "SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
ANEW = "SET plan_cache_mode = force_custom_plan SET enable_seqscan = off"

# From scratch: what some resources' days count to, read from claims and openings alone.
COUNT = f"""
CREATE FUNCTION booking_tally_count(resources uuid[], first date, last date)
RETURNS TABLE (resource_id uuid, day date, measure text, {", ".join(f"{hour} integer" for hour in HOURS)})
LANGUAGE plpgsql STABLE {ANEW} AS $body$
#variable_conflict use_column
DECLARE around tstzrange := tstzrange(first - interval '1 day', last + interval '2 days');
    mine uuid[] := ARRAY(
        SELECT DISTINCT u.unit_id FROM spaces_part p JOIN spaces_part_units u ON u.part_id = p.id
        WHERE p.resource_id = ANY(resources));
BEGIN
    RETURN QUERY SELECT n.* FROM ({
    by_hour(
        OPENED
        + "UNION ALL "
        + USED.format(
            claims=BOTH.format(where="WHERE during && around AND unit_id = ANY(mine)"),
            sign="1",
        )
        + " AND r.resource_id = ANY(resources)"
    )
}) n WHERE n.day BETWEEN first AND last;
END $body$;
"""
# The same as deltas: what the tally lacks of the count. Whatever it was, it is right afterwards.
SETTLE = f"""
CREATE FUNCTION booking_tally_settle(resources uuid[], first date, last date) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    {INTO}
    SELECT resource_id, day, measure, {", ".join(f"sum({hour})::int" for hour in HOURS)} FROM (
        SELECT resource_id, day, measure, {EVERY_HOUR} FROM booking_tally_count(resources, first, last)
        UNION ALL
        SELECT t.resource_id, t.day, t.measure, {", ".join(f"-t.{hour}" for hour in HOURS)}
        FROM booking_tally t WHERE t.resource_id = ANY(resources) AND t.day BETWEEN first AND last
    ) every GROUP BY resource_id, day, measure HAVING {NOTHING};
END $body$;
"""

# What is only held or asked for counts nowhere: most writes are over before they begin.
COUNTS = "kind IN ('booked', 'block', 'outage')"
OF_BOOKING = BOTH.format(where="WHERE item_id IN (SELECT id FROM booking_item WHERE booking_id = {row}.id)")
OF_ITEM = BOTH.format(where="WHERE item_id = {row}.id")
TRIGGERS = f"""
CREATE FUNCTION booking_tally_claims() RETURNS trigger LANGUAGE plpgsql {FEW} AS $body$
BEGIN
    IF current_setting('booking.moving_to_history', true) = 'on' THEN RETURN NULL; END IF;
    IF TG_OP <> 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM coming WHERE {COUNTS}) THEN
            {of_claims((f"SELECT * FROM coming WHERE {COUNTS}", "1"))}
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM going WHERE {COUNTS}) THEN
            {of_claims((f"SELECT * FROM going WHERE {COUNTS}", "-1"))}
        END IF;
    END IF;
    RETURN NULL;
END $body$;

CREATE FUNCTION booking_tally_booking() RETURNS trigger LANGUAGE plpgsql {FEW} AS $body$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN {of_claims((OF_BOOKING.format(row="OLD"), "-1"))}
    ELSE {of_claims((OF_BOOKING.format(row="NEW"), "1"))}
    END IF;
    RETURN NEW;
END $body$;

CREATE FUNCTION booking_tally_item() RETURNS trigger LANGUAGE plpgsql {FEW} AS $body$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN {of_claims((OF_ITEM.format(row="OLD"), "-1"))}
    ELSE {of_claims((OF_ITEM.format(row="NEW"), "1"))}
    END IF;
    RETURN NEW;
END $body$;

CREATE FUNCTION booking_tally_openings() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE touched record;
BEGIN
    FOR touched IN
        SELECT array_agg(DISTINCT resource_id) AS resources, (min(lower(during)) - interval '1 day')::date AS first,
               (max(upper(during)) + interval '1 day')::date AS last FROM changed HAVING count(*) > 0
    LOOP
        PERFORM booking_tally_settle(touched.resources, touched.first, touched.last);
    END LOOP;
    RETURN NULL;
END $body$;

CREATE FUNCTION booking_tally_parts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM booking_tally_settle(ARRAY(SELECT DISTINCT p.resource_id FROM spaces_part p WHERE p.id IN (SELECT part_id FROM changed)),
                                 '2000-01-01', '2100-01-01');
    RETURN NULL;
END $body$;

CREATE FUNCTION booking_tally_venue() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM booking_tally_settle(ARRAY(SELECT id FROM spaces_resource WHERE venue_id = NEW.id), '2000-01-01', '2100-01-01');
    RETURN NULL;
END $body$;

CREATE TRIGGER booking_tally_coming AFTER INSERT ON booking_claim REFERENCING NEW TABLE AS coming
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_claims();
CREATE TRIGGER booking_tally_going AFTER DELETE ON booking_claim REFERENCING OLD TABLE AS going
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_claims();
CREATE TRIGGER booking_tally_changing AFTER UPDATE ON booking_claim REFERENCING OLD TABLE AS going NEW TABLE AS coming
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_claims();
CREATE TRIGGER booking_tally_unattended BEFORE UPDATE ON booking_booking FOR EACH ROW
    WHEN (OLD.attendance <> NEW.attendance) EXECUTE FUNCTION booking_tally_booking();
CREATE TRIGGER booking_tally_attended AFTER UPDATE ON booking_booking FOR EACH ROW
    WHEN (OLD.attendance <> NEW.attendance) EXECUTE FUNCTION booking_tally_booking();
CREATE TRIGGER booking_tally_other_time BEFORE UPDATE ON booking_item FOR EACH ROW
    WHEN (OLD.period <> NEW.period) EXECUTE FUNCTION booking_tally_item();
CREATE TRIGGER booking_tally_new_time AFTER UPDATE ON booking_item FOR EACH ROW
    WHEN (OLD.period <> NEW.period) EXECUTE FUNCTION booking_tally_item();
CREATE TRIGGER booking_tally_opened AFTER INSERT ON spaces_openspan REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_openings();
CREATE TRIGGER booking_tally_closed AFTER DELETE ON spaces_openspan REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_openings();
CREATE TRIGGER booking_tally_joined AFTER INSERT ON spaces_part_units REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_parts();
CREATE TRIGGER booking_tally_parted AFTER DELETE ON spaces_part_units REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION booking_tally_parts();
CREATE TRIGGER booking_tally_by_another_clock AFTER UPDATE ON spaces_venue FOR EACH ROW
    WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION booking_tally_venue();
"""
FIRST = "SELECT booking_tally_settle(ARRAY(SELECT id FROM spaces_resource), '2000-01-01', '2100-01-01');"
UNDO = """
DROP TABLE booking_tally;
DROP FUNCTION booking_tally_claims, booking_tally_booking, booking_tally_item, booking_tally_openings, booking_tally_parts,
    booking_tally_venue, booking_tally_settle, booking_tally_count CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0012_kinds"),
        ("spaces", "0004_published_seasons_and_saints"),
    ]

    operations = [migrations.RunSQL(TABLE + COUNT + SETTLE + TRIGGERS + FIRST, UNDO)]
