"""Who bears what a bank took back may be agreed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0042_papers_of_baskets")]

    operations = [
        migrations.AlterField(
            model_name="splitrule",
            name="of",
            field=models.CharField(
                choices=[
                    ("takings", "Takings"),
                    ("costs", "Costs"),
                    ("fees", "Fees"),
                    ("disputes", "Disputes"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="splitrule",
            name="kind",
            field=models.CharField(
                choices=[
                    ("shares", "Shares"),
                    ("owner", "Owner"),
                    ("hours", "Hours"),
                    ("takings", "Takings"),
                    ("cost_first", "Cost First"),
                    ("fixed", "Fixed"),
                    ("guaranteed", "Guaranteed"),
                    ("sale", "Sale"),
                    ("collector", "Collector"),
                ],
                max_length=12,
            ),
        ),
    ]
