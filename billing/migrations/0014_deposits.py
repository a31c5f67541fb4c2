import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.fields
import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0013_budgets"),
        ("booking", "0016_change_sequence"),
        ("people", "0002_mandates"),
        ("spaces", "0004_published_seasons_and_saints"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Never written to: deposits begin here.
        migrations.DeleteModel(name="Deposit"),
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("created", "created"),
                            ("held", "reserved"),
                            ("captured", "captured"),
                            ("gone", "released"),
                            ("failed", "failed"),
                        ],
                        default="created",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("gateway", models.CharField(blank=True, max_length=12)),
                ("session_ref", models.CharField(blank=True, max_length=255)),
                ("session_until", models.DateTimeField(blank=True, null=True)),
                ("payment_ref", models.CharField(blank=True, max_length=255)),
                (
                    "capture_before",
                    models.DateTimeField(blank=True, null=True, verbose_name="the bank lets go of it at"),
                ),
                ("made_at", models.DateTimeField(default=core.clock.now, editable=False)),
            ],
            options={
                "verbose_name": "authorisation",
                "verbose_name_plural": "authorisations",
            },
        ),
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", core.fields.MoneyField(verbose_name="amount")),
                (
                    "release_minutes",
                    models.PositiveIntegerField(verbose_name="released so many minutes after the end"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "will be reserved"),
                            ("needed", "waits for a card"),
                            ("held", "reserved"),
                            ("taking", "being taken"),
                            ("taken", "taken"),
                            ("released", "released"),
                            ("dropped", "not asked any more"),
                            ("lapsed", "let go by the bank"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "why",
                    models.CharField(blank=True, max_length=40, verbose_name="why the card was not enough"),
                ),
                ("customer_ref", models.CharField(blank=True, max_length=255)),
                ("method_ref", models.CharField(blank=True, max_length=255)),
                ("taken", core.fields.MoneyField(default=0, verbose_name="taken")),
                ("reason", models.TextField(blank=True, verbose_name="reason given")),
                ("made_at", models.DateTimeField(default=core.clock.now, editable=False)),
            ],
            options={
                "verbose_name": "deposit",
                "verbose_name_plural": "deposits",
            },
        ),
        migrations.RemoveConstraint(
            model_name="rate",
            name="billing_a_stretch_has_its_length",
        ),
        migrations.AddField(
            model_name="quote",
            name="deposits",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="rate",
            name="minutes",
            field=models.PositiveIntegerField(
                default=0, verbose_name="minutes of a stretch, or until a deposit is released"
            ),
        ),
        migrations.AlterField(
            model_name="rate",
            name="per",
            field=models.CharField(
                choices=[
                    ("minute", "a minute"),
                    ("hour", "an hour"),
                    ("stretch", "so many minutes, at most"),
                    ("half_day", "four hours, at most"),
                    ("day", "a day, at most"),
                    ("flat", "a booking"),
                    ("head", "a person"),
                    ("use", "a unit of a meter"),
                    ("least", "at least"),
                    ("reduction", "a reduction in percent"),
                    ("deposit", "a deposit by card hold"),
                ],
                default="hour",
                max_length=10,
                verbose_name="per",
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("minutes__gt", 0), ("per", "stretch")),
                    ("per", "deposit"),
                    models.Q(models.Q(("per__in", ["stretch", "deposit"]), _negated=True), ("minutes", 0)),
                    _connector="OR",
                ),
                name="billing_a_stretch_has_its_length",
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="booking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="deposits", to="booking.booking"
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="order",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deposit",
                to="billing.order",
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deposits",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="resource",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="spaces.resource"
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="vat_rate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.vatrate"
            ),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="deposit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="authorisations",
                to="billing.deposit",
            ),
        ),
        migrations.AddIndex(
            model_name="deposit",
            index=models.Index(
                condition=models.Q(("state__in", ["asked", "needed", "held", "taking"])),
                fields=["state"],
                name="billing_deposit_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="deposit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "needed", "held", "taking"])),
                fields=("booking",),
                name="billing_one_live_deposit_a_booking",
            ),
        ),
        migrations.AddConstraint(
            model_name="deposit",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("taken__gte", 0), ("taken__lte", models.F("amount"))),
                name="billing_never_take_more_than_the_deposit",
            ),
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(
                condition=models.Q(("state__in", ["created", "held"])),
                fields=["state", "made_at"],
                name="billing_authorisation_open",
            ),
        ),
        migrations.AddIndex(
            model_name="authorisation",
            index=models.Index(fields=["payment_ref"], name="billing_authorisation_by_ref"),
        ),
        migrations.AddConstraint(
            model_name="authorisation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("session_ref", ""), _negated=True),
                fields=("gateway", "session_ref"),
                name="billing_one_authorisation_a_session",
            ),
        ),
    ]
