# Who waits may do so in the name of an organisation they book for.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0022_noted_no_shows"),
        ("people", "0002_mandates"),
    ]

    operations = [
        migrations.AddField(
            model_name="waiting",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waiting",
                to="people.organisation",
            ),
        ),
    ]
