from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """The extension on which the guard over time stands."""

    initial = True
    dependencies = []
    operations = [BtreeGistExtension()]
