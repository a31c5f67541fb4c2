"""Whose part a dispute is, said in one place: debts, statements and the journal ask the same function."""

from django.db import migrations

# Shared by what each seller's part of the payment had left when its bank took it back. Each gets what the whole grows by
# with it, in whole cents, so that the parts make up the amount and none is more than was left; the collector comes last
# and has the rest. What no sale explains is the collector's.
PART = """
CREATE FUNCTION billing_dispute_part(whose uuid, seller uuid) RETURNS bigint LANGUAGE sql STABLE AS $body$
WITH d AS (
    SELECT amount, payment_id, issuer_id, opened_at FROM billing_dispute WHERE id = whose
), parts AS (
    SELECT e.issuer_id, d.amount, sum(e.gross) AS own, sum(sum(e.gross)) OVER () AS whole,
           sum(sum(e.gross)) OVER (ORDER BY e.issuer_id = d.issuer_id, e.issuer_id) AS so_far
    FROM d JOIN billing_entry e ON e.payment_id = d.payment_id
    WHERE e.kind = 'sale' OR e.written_at <= d.opened_at
    GROUP BY e.issuer_id, d.issuer_id, d.amount
    HAVING sum(e.gross) > 0
)
SELECT coalesce(CASE
    WHEN EXISTS (SELECT FROM parts)
    THEN (SELECT div(amount * so_far, whole) - div(amount * (so_far - own), whole) FROM parts WHERE issuer_id = seller)
    ELSE (SELECT amount FROM d WHERE issuer_id = seller)
END, 0)::bigint
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0036_match_gave")]

    operations = [migrations.RunSQL(PART, "DROP FUNCTION billing_dispute_part(uuid, uuid)")]
