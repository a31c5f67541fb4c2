"""What the whole basket came to, on the paper of one issuer's part."""

from django.db import migrations

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0044_waived_instalments"),
    ]

    operations = [
        migrations.AddField(
            model_name="preliminary",
            name="basket",
            field=core.fields.MoneyField(default=0, verbose_name="the whole basket"),
        ),
    ]
