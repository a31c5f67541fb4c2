"""Of several things waited for each may be any of a kind that holds so many people and has these features.

Going back is refused while there is anybody who waits, or waited, for a kind: what they want could not be written down, and
nobody but them may give it up.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

KEPT = """
DO $body$ BEGIN
    IF EXISTS (SELECT FROM booking_waiting WHERE resource_id IS NULL)
       OR EXISTS (SELECT FROM booking_waitingitem WHERE resource_id IS NULL) THEN
        RAISE EXCEPTION 'there are places on waiting lists for any thing of a kind: they cannot be kept without booking.0032';
    END IF;
END $body$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0031_made_of_others"),
        ("spaces", "0004_published_seasons_and_saints"),
    ]

    operations = [
        migrations.AddField(
            model_name="waiting",
            name="capacity_from",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="waiting",
            name="features",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="waitingitem",
            name="capacity_from",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="waitingitem",
            name="features",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="waitingitem",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("desk", "desk"),
                    ("meeting_room", "meeting room"),
                    ("phone_booth", "phone booth"),
                    ("hall", "hall"),
                    ("classroom", "classroom"),
                    ("kitchen", "kitchen lab"),
                    ("courtyard", "courtyard"),
                    ("outdoor", "outdoor spot"),
                    ("laser", "laser cutter"),
                    ("printer_3d", "3D printer"),
                    ("mill", "CNC mill"),
                    ("bench", "electronics bench"),
                    ("equipment", "movable equipment"),
                    ("person", "person: mentor or trainer"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="waiting",
            name="resource",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="spaces.resource",
            ),
        ),
        migrations.AlterField(
            model_name="waitingitem",
            name="resource",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="spaces.resource",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("resource", None), ("kind", ""), _connector="XOR"),
                name="booking_waits_by_name_or_kind",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, KEPT),
    ]
