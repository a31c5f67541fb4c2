from django.db import migrations, models

# What was paid in part of orders that are not owed any more stood on them, and was nobody's.
OLD = """INSERT INTO core_outboxrow (kind, payload, due_at, attempts, fault)
SELECT DISTINCT 'billing.paid_in_part', jsonb_build_object('order', m.order_id), now(), 0, ''
FROM billing_match m JOIN billing_order o ON o.id = m.order_id
WHERE m.payment_id IS NULL AND o.state <> 'owed'"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0061_credits_of_documents"), ("core", "0008_what_is_inside")]

    operations = [
        migrations.RemoveConstraint(model_name="customercredit", name="billing_credit_is_of_one_thing"),
        migrations.AddField(
            model_name="customercredit",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="kept",
                to="billing.order",
            ),
        ),
        migrations.AddConstraint(
            model_name="customercredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("document", None), ("movement__isnull", False), ("order", None)),
                    models.Q(("document__isnull", False), ("movement", None), ("order", None)),
                    models.Q(("document", None), ("movement", None), ("order__isnull", False)),
                    _connector="OR",
                ),
                name="billing_credit_is_of_one_thing",
            ),
        ),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
    ]
