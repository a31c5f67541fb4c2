# When more of what somebody waits for can be booked. Who waits already is looked at once: what is in reach then is asked.

from django.db import migrations, models

ONCE = "UPDATE booking_waiting SET opens_at = joined_at WHERE state = 'waiting' AND upper(\"window\") > now()"


class Migration(migrations.Migration):
    dependencies = [("booking", "0032_wait_by_kind")]

    operations = [
        migrations.AddField(
            model_name="waiting",
            name="opens_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(ONCE, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="waiting",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["opens_at"], name="booking_waiting_opens"
            ),
        ),
    ]
