from django.db import migrations


class Migration(migrations.Migration):
    """The table of the shared cache, for deployments without Redis."""

    dependencies = [("core", "0002_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE core_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,"
            " expires timestamptz NOT NULL); CREATE INDEX core_cache_expires ON core_cache (expires)",
            "DROP TABLE core_cache",
        )
    ]
