import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0041_long_descriptions")]

    operations = [
        migrations.AddField(
            "preliminary",
            "bookings",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(
            "preliminary",
            "order",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="preliminaries",
                to="billing.order",
            ),
        ),
        migrations.AddIndex(
            "preliminary",
            django.contrib.postgres.indexes.GinIndex(fields=["bookings"], name="billing_preliminary_basket"),
        ),
    ]
