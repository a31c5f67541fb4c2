# A no-show that only freed the time is a consequence too: told, and appealed against.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0019_tally_by_arrays")]

    operations = [
        migrations.AlterField(
            model_name="consequence",
            name="kind",
            field=models.CharField(
                choices=[("fee", "Fee"), ("shorter_horizon", "Shorter Horizon"), ("noted", "Noted")],
                max_length=16,
            ),
        ),
    ]
