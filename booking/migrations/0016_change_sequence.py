"""A change knows the version of the booking that it was asked for; those that could still be settled learn it now."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def of_their_bookings(apps, schema_editor):
    Booking, Change = apps.get_model("booking", "Booking"), apps.get_model("booking", "Change")
    own = Booking.objects.filter(pk=OuterRef("booking")).values("sequence")[:1]
    Change.objects.filter(state__in=["pending", "lapsed"]).update(sequence=Subquery(own))


class Migration(migrations.Migration):
    dependencies = [("booking", "0015_demand")]

    operations = [
        migrations.AddField("change", "sequence", models.PositiveIntegerField(default=0)),
        migrations.RunPython(of_their_bookings, migrations.RunPython.noop),
    ]
