"""A split rule, or a version of the agreement, may go while no month was told by it; the database judges, whoever asks.

Split rules only grew until now: what core/rights.py had put on their table is taken off.
"""

from django.db import migrations

GUARDS = """
DROP TRIGGER IF EXISTS core_only_grows_row ON billing_splitrule;
DROP TRIGGER IF EXISTS core_only_grows_statement ON billing_splitrule;

CREATE FUNCTION billing_never_told() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM billing_settlement s WHERE s.consortium_id = OLD.consortium_id AND s.state <> 'draft'
        AND s.first_on >= date_trunc('month', OLD.from_on)::date
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a month was told by this row of %', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'billing_never_told';
END $body$;

CREATE TRIGGER billing_rule_never_told BEFORE UPDATE OR DELETE ON billing_splitrule FOR EACH ROW
    EXECUTE FUNCTION billing_never_told();
CREATE TRIGGER billing_version_never_told BEFORE DELETE ON people_agreement FOR EACH ROW
    EXECUTE FUNCTION billing_never_told();
"""
UNDO = """
DROP TRIGGER billing_rule_never_told ON billing_splitrule;
DROP TRIGGER billing_version_never_told ON people_agreement;
DROP FUNCTION billing_never_told;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0034_posted_on"),
        ("people", "0002_mandates"),
    ]

    operations = [migrations.RunSQL(GUARDS, UNDO)]
