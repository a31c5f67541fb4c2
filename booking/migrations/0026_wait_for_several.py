# Several things may be waited for together, and are offered together or not at all.

import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0025_hours_counted_once"),
        ("spaces", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingItem",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quantity", models.PositiveSmallIntegerField(default=1)),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="spaces.resource"
                    ),
                ),
                (
                    "waiting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="besides",
                        to="booking.waiting",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("waiting", "resource"), name="booking_waits_for_it_once")
                ],
            },
        ),
    ]
