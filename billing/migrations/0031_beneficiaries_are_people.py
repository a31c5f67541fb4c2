from django.db import migrations

# Whoever was listed by an address before they had an account with it.
LINK = """
UPDATE billing_beneficiary b SET person_id = p.id
FROM people_person p
WHERE b.person_id IS NULL AND p.email = b.email
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0030_approvals_by_paper"),
        ("people", "0002_mandates"),
    ]

    operations = [migrations.RunSQL(LINK, migrations.RunSQL.noop)]
