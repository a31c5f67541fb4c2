"""A match knows whether the refund was given by it, so that one made in error is undone whole."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0035_withdrawn_rules")]

    operations = [migrations.AddField("match", "gave", models.BooleanField(default=False))]
