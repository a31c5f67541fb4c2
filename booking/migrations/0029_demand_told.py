"""What was wanted in vain is told by cells of three people or more, each wish in one of them (docs/adr/0115).

Going back forgets what was told: the wishes that it was told of are gone already.
"""

import django.db.models.deletion
from django.db import migrations, models

CASCADE = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0028_layouts_by_keys"),
        ("people", "0002_mandates"),
        ("spaces", "0004_published_seasons_and_saints"),
    ]

    operations = [
        migrations.CreateModel(
            name="DemandTold",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(blank=True, max_length=16)),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("weekday", models.PositiveSmallIntegerField(null=True)),
                ("hour", models.PositiveSmallIntegerField(null=True)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("count", models.PositiveBigIntegerField()),
                (
                    "partner",
                    models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="people.partner"),
                ),
                (
                    "resource",
                    models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="spaces.resource"),
                ),
                (
                    "venue",
                    models.ForeignKey(null=True, on_delete=CASCADE, related_name="+", to="spaces.venue"),
                ),
            ],
            options={"indexes": [models.Index(fields=["first"], name="booking_demand_told")]},
        ),
    ]
