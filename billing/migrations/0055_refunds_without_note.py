from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0054_series_chosen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="ground",
            field=models.CharField(blank=True, max_length=12, verbose_name="reason by law"),
        ),
        migrations.AddField(
            model_name="refund",
            name="without_note",
            field=models.BooleanField(default=False, verbose_name="without a credit note"),
        ),
        migrations.AlterField(
            model_name="account",
            name="role",
            field=models.CharField(
                choices=[
                    ("customers", "customers"),
                    ("revenue", "revenue"),
                    ("vat", "VAT on sales"),
                    ("split_vat", "VAT that the payer pays (split payment)"),
                    ("withheld", "tax withheld by customers"),
                    ("stamp_cost", "stamp duty, cost"),
                    ("stamp_due", "stamp duty, owed"),
                    ("cash", "cash"),
                    ("pos", "card machine at the desk"),
                    ("bank", "bank"),
                    ("unmatched", "bank movements to be assigned"),
                    ("gateway", "online payments, on their way"),
                    ("partners", "online payments of other partners"),
                    ("disputed", "disputes being decided"),
                    ("suspense", "to be explained"),
                    ("losses", "losses on disputes"),
                    ("goodwill", "refunds without a credit note"),
                    ("fees", "fees of payments"),
                    ("differences", "cash differences"),
                ],
                max_length=12,
                verbose_name="for",
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("without_note", True)),
                fields=["payment"],
                name="billing_refund_without_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("without_note", False), ("ground", ""), _connector="OR"),
                name="billing_no_note_needs_no_ground",
            ),
        ),
    ]
