"""The office may waive instalments that were not asked for yet."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0043_disputes_among_partners"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="instalment",
            name="waived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="instalment",
            name="waived_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="instalment",
            name="waived_why",
            field=models.CharField(blank=True, max_length=200, verbose_name="why it is not asked for"),
        ),
        migrations.AddConstraint(
            model_name="instalment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("waived_at", None), ("waived_by", None), ("waived_why", "")),
                    models.Q(
                        ("order", None),
                        ("waived_at__isnull", False),
                        ("waived_by__isnull", False),
                        models.Q(("waived_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="billing_waived_is_not_asked",
            ),
        ),
    ]
