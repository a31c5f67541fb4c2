from django.db import migrations, models

import core.fields

# Draws only grow: where one role does everything, the guard of core/rights.py would refuse the migration too.
OPEN = "ALTER TABLE billing_draw DISABLE TRIGGER USER"
SHUT = "ALTER TABLE billing_draw ENABLE TRIGGER USER"
# What was drawn before is told as it was until now: minutes as drawn, of other measures the whole time booked; the list
# value reckoned back from what was paid. A promise whose budget or item is gone, or whose budget pays nothing of the
# price, keeps what it said.
DRAWN = """
UPDATE billing_draw d SET
    listed = coalesce(round(d.worth * 100.0 / nullif(b.percent, 0)), d.worth),
    minutes = CASE WHEN b.unit = 'minutes' THEN d.units
        ELSE sign(d.units) * extract(epoch FROM upper(i.period) - lower(i.period)) / 60 * i.quantity END
FROM billing_budget b, booking_item i
WHERE b.id = d.budget_id AND i.id = d.item_id
"""
PROMISED = """
UPDATE billing_order o SET draws = (
    SELECT jsonb_agg(d.said || jsonb_build_object(
        'listed', coalesce(
            round((d.said->>'worth')::numeric * 100 / nullif(b.percent, 0))::bigint, (d.said->>'worth')::bigint
        ),
        'minutes', coalesce((CASE WHEN b.unit = 'minutes' THEN (d.said->>'units')::numeric
            ELSE extract(epoch FROM upper(i.period) - lower(i.period)) / 60 * i.quantity END)::int, 0)
    ) ORDER BY d.place)
    FROM jsonb_array_elements(o.draws) WITH ORDINALITY AS d (said, place)
    LEFT JOIN billing_budget b ON b.id = (d.said->>'budget')::uuid
    LEFT JOIN booking_item i ON i.id = (d.said->>'item')::uuid
)
WHERE o.draws <> '[]'::jsonb
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0027_refunds_by_hand")]

    operations = [
        migrations.AddField(
            model_name="draw",
            name="listed",
            field=core.fields.MoneyField(default=0, verbose_name="list value of the part it covers"),
        ),
        migrations.AddField(
            model_name="draw",
            name="minutes",
            field=models.IntegerField(default=0),
        ),
        migrations.RunSQL(
            [OPEN, DRAWN, "SET CONSTRAINTS ALL IMMEDIATE", SHUT, PROMISED], migrations.RunSQL.noop
        ),
    ]
