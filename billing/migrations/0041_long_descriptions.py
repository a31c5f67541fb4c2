from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0040_preliminary_papers")]

    operations = [migrations.AlterField("documentline", "description", models.CharField(max_length=5000))]
