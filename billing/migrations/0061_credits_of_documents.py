from django.db import migrations, models

ISSUERS = """UPDATE billing_customercredit c SET issuer_id = m.issuer_id
FROM billing_movement m WHERE m.id = c.movement_id"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0060_mended_naturas")]

    operations = [
        migrations.AddField(
            model_name="customercredit",
            name="issuer",
            field=models.ForeignKey(
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="credits",
                to="billing.issuer",
            ),
        ),
        migrations.RunSQL(ISSUERS, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="customercredit",
            name="issuer",
            field=models.ForeignKey(
                on_delete=models.deletion.PROTECT, related_name="credits", to="billing.issuer"
            ),
        ),
        migrations.AddField(
            model_name="customercredit",
            name="document",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="credits",
                to="billing.document",
            ),
        ),
        migrations.AlterField(
            model_name="customercredit",
            name="movement",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="credits",
                to="billing.movement",
            ),
        ),
        migrations.AddConstraint(
            model_name="customercredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document", None), ("movement__isnull", False)),
                    models.Q(("document__isnull", False), ("movement", None)),
                    _connector="OR",
                ),
                name="billing_credit_is_of_one_thing",
            ),
        ),
    ]
