"""What was wanted in vain is shown of three people or more: each row has a mark of its asker, one of sixteen. What was kept
before has none, and so counts only beside what has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0026_wait_for_several")]

    operations = [
        migrations.AddField(
            model_name="demand", name="mark", field=models.PositiveSmallIntegerField(null=True)
        )
    ]
