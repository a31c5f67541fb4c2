"""What is in the files of a job, as they were made."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_log_by_whom"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="inside",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, null=True, size=None
            ),
        ),
    ]
