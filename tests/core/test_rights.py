"""As the application's role: what only grows can neither be changed nor emptied, whatever the SQL."""

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from core.models import LogEntry

pytestmark = pytest.mark.django_db

ATTEMPTS = [
    "UPDATE core_logentry SET act = 'forged'",
    "DELETE FROM core_logentry",
    "TRUNCATE core_logentry",
    "ALTER TABLE core_logentry DISABLE TRIGGER ALL",
    "ALTER TABLE core_logentry ADD COLUMN forged int",
    "DROP TABLE core_logentry",
    "SET session_replication_role = replica",
    "CREATE TABLE forged (id int)",
]


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_application_cannot_rewrite_the_log(statement):
    LogEntry.objects.create(act="cancel", thing_kind="bkg")
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(LogEntry.objects.values_list("act", flat=True)) == ["cancel"]
