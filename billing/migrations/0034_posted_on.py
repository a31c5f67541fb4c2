"""Movements and matches have their day in the books: as they were booked, until months that are closed begin to count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0033_dispute_answers")]

    operations = [
        migrations.AddField("bankstatement", "rows_skipped", models.PositiveIntegerField(default=0)),
        migrations.AddField("movement", "posted_on", models.DateField(null=True)),
        migrations.AddField("match", "posted_on", models.DateField(null=True)),
        migrations.RunSQL(
            "UPDATE billing_movement SET posted_on = booked_on; "
            "UPDATE billing_match m SET posted_on = v.booked_on FROM billing_movement v WHERE v.id = m.movement_id",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("movement", "posted_on", models.DateField()),
        migrations.AlterField("match", "posted_on", models.DateField()),
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
                    ("fees", "fees of payments"),
                    ("differences", "cash differences"),
                ],
                max_length=12,
                verbose_name="for",
            ),
        ),
    ]
