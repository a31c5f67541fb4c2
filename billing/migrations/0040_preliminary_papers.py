import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.fields
import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0039_intermediaries"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Preliminary",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("quotation", "quotation"), ("pro_forma", "pro-forma")],
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("ordinal", models.PositiveIntegerField(verbose_name="number of its kind in the year")),
                ("number", models.CharField(max_length=20, verbose_name="number")),
                ("written_on", models.DateField(verbose_name="date")),
                (
                    "valid_until",
                    models.DateField(blank=True, null=True, verbose_name="valid until, included"),
                ),
                ("customer_name", models.CharField(max_length=120, verbose_name="customer")),
                ("net", core.fields.MoneyField(verbose_name="net")),
                ("vat", core.fields.MoneyField(verbose_name="VAT")),
                ("gross", core.fields.MoneyField(verbose_name="gross")),
                ("due", core.fields.MoneyField(verbose_name="to be paid")),
                ("asked", models.JSONField()),
                ("snapshot", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("written_at", models.DateTimeField(default=core.clock.now)),
                (
                    "document",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preliminary",
                        to="billing.document",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preliminaries",
                        to="billing.issuer",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preliminaries",
                        to="people.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preliminaries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "preliminary paper",
                "verbose_name_plural": "preliminary papers",
                "indexes": [
                    models.Index(fields=["issuer", "-written_on", "-id"], name="billing_preliminary_month")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "kind", "year", "ordinal"), name="billing_one_preliminary_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document", None), ("withdrawn_at", None), _connector="OR"),
                        name="billing_preliminary_one_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "pro_forma"), ("valid_until__isnull", False), _connector="OR"
                        ),
                        name="billing_quotation_is_valid_until",
                    ),
                ],
            },
        ),
    ]
