"""As the application's role: an issued document, its files, the ledger, what was closed among partners and what was drawn of
budgets can be added to, and nothing else."""

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from billing.models import Document
from core import outbox
from tests.billing.sales import book, sell
from tests.cast import rome

TABLES = [
    "document", "documentline", "documentrate", "revision", "file", "transmission", "receipt", "entry",
    "closedstatement", "draw",
]  # fmt: skip
ATTEMPTS = [
    "UPDATE {} SET id = id",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "DROP TRIGGER core_only_grows_row ON {}",
    "DROP TABLE {} CASCADE",
]


@pytest.mark.django_db(transaction=True)
def test_no_sql_of_the_application_changes_what_was_issued(cast):
    sell(cast.ada, book(cast.ada, cast.laser, rome("2026-12-01 10:00")))
    outbox.drain()
    before = frozen()
    for table in TABLES:
        for statement in ATTEMPTS:
            with pytest.raises(Error) as refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(f"billing_{table}"))
            # Refused for want of a right, not for a slip in the statement.
            assert getattr(refused.value.__cause__, "sqlstate", "") == "42501", statement
    assert frozen() == before
    assert Document.objects.count() == 1


def frozen():
    """The content of every table, as one hash each."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM billing_{table} t")
            found[table] = cursor.fetchone()
    return found
