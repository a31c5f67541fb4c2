"""What the application's database role may not do: change or empty the tables that only grow.

Rights, and triggers besides: a right cannot be switched off by a session, and a trigger still stands where a
deployment uses one role for everything. The owner passes the triggers (erasure runs as the owner).
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from core import retention

INSERT_ONLY: set[str] = set()

GUARD = """
CREATE OR REPLACE FUNCTION core_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) AND
       current_user <> %(application)s THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of %% are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def insert_only(*models: str) -> None:
    """Rows of these models (`app.Model`) are never changed nor removed by the application."""
    INSERT_ONLY.update(models)


def protected_tables() -> list[str]:
    return sorted(apps.get_model(name)._meta.db_table for name in INSERT_ONLY)


def apply(using: str) -> None:
    """The application's role has exactly its rights on this database, and the triggers stand."""
    role = settings.APPLICATION_ROLE
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        owner, exists = cursor.fetchone()
        cursor.execute("SELECT quote_literal(%s), quote_ident(%s)", [role, role])
        literal, name = cursor.fetchone()
        cursor.execute(GUARD.replace("%(application)s", literal).replace("%%", "%"))
        for table in protected_tables():
            for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                trigger = f"core_only_grows_{each.lower()}"
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {trigger} BEFORE {event} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION core_only_grows()"
                )
        apart = exists and owner != role
        retention.make_functions(cursor, name if apart else None)
        if not apart:
            return
        cursor.execute(
            f"GRANT USAGE ON SCHEMA public TO {name};"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};"
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};"
        )
        for table in protected_tables():
            cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM {name}")


def after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    """Signal receiver: once all tables are there, rights and triggers are made to match."""
    apply(using)
