from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0057_receipted")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="activity",
            field=models.CharField(
                blank=True,
                choices=[
                    ("institutional", "institutional activity"),
                    ("commercial", "commercial activity"),
                    ("mixed", "activity of both kinds"),
                ],
                default="",
                max_length=13,
                verbose_name="activity",
            ),
            preserve_default=False,
        ),
    ]
