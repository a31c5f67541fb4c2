"""Erasure of a person and the end of what is kept: two functions of the database, run as its owner.

Each app says here, in SQL, what it forgets (of `who`; of what is older than `fiscal` and `personal`, days), and
what stands in the way of erasing somebody. Law: GDPR art. 17 (erasure, and 17 c. 3 b: not what the law keeps);
art. 2220 c.c. and DPR 600/73 art. 22 (accounts are kept ten years).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from core import outbox
from core.clock import now
from core.words import Words

FISCAL_YEARS = 10

_of_a_person: list[str] = []
_of_age: list[str] = []
_obstacles: list[Callable[[UUID], list[Obstacle]]] = []


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that must end before a person can be erased: its code, its public name, a sentence."""

    code: str
    name: str
    words: Words


def forget_person(*statements: str) -> None:
    """Statements that remove or blank what is the person's; they speak of `who` (uuid)."""
    _of_a_person.extend(statements)


def forget_old(*statements: str) -> None:
    """Statements that remove what is older than `fiscal` or `personal` (dates)."""
    _of_age.extend(statements)


def in_the_way(function: Callable[[UUID], list[Obstacle]]) -> Callable[[UUID], list[Obstacle]]:
    """Registers what an app knows to stand in the way of erasing a person."""
    _obstacles.append(function)
    return function


def obstacles(person: UUID) -> list[Obstacle]:
    return [obstacle for find in _obstacles for obstacle in find(person)]


FUNCTION = """
CREATE OR REPLACE FUNCTION {name}({parameters}) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $body$
{guard}
{statements};
END $body$;
REVOKE ALL ON FUNCTION {name} FROM PUBLIC;
"""
# The application may call it with any date: the function itself keeps what the law keeps.
GUARD = f"""
BEGIN
IF fiscal > current_date - interval '{FISCAL_YEARS} years' THEN
    RAISE EXCEPTION 'accounts are kept {FISCAL_YEARS} years' USING ERRCODE = 'insufficient_privilege';
END IF;
"""


def make_functions(cursor: Any, role: str | None) -> None:
    """Both functions are as the apps say; `role`, already quoted, may call them."""
    for name, parameters, statements, guard in (
        ("core_erase_person", "who uuid", _of_a_person, "BEGIN"),
        ("core_forget_old", "fiscal date, personal date", _of_age, GUARD),
    ):
        body = ";\n".join(statements) or "NULL"
        cursor.execute(FUNCTION.format(name=name, parameters=parameters, statements=body, guard=guard))
        if role is not None:
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")


def erase(person: UUID) -> None:
    """Inside an act: nothing of the person is left but what the law keeps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_erase_person(%s)", [person])


def forget() -> None:
    """What is older than its time is gone; a document leaves its number, date and hash. Of accounts never more than by the
    database's own clock, which the function asks: where ours is ahead of it, the rest is forgotten all the same."""
    today = now().date()
    fiscal = date(today.year - FISCAL_YEARS, 1, 1)
    personal = today - timedelta(days=settings.PERSONAL_DATA_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_forget_old(least(%s::date, "
            "date_trunc('year', current_date - make_interval(years => %s))::date), %s)",
            [fiscal, FISCAL_YEARS, personal],
        )


def register() -> None:
    outbox.every(timedelta(days=1), "core.forget")(forget)
    forget_person(
        "DELETE FROM core_mail WHERE person_id = who",
        "DELETE FROM core_jobfile USING core_job j WHERE j.id = job_id AND j.person_id = who",
        "DELETE FROM core_job WHERE person_id = who",
        "DELETE FROM core_idempotentanswer WHERE caller = 'person:' || who",
    )
    forget_old(
        "DELETE FROM core_mail WHERE made_at < personal",
        "DELETE FROM core_outboxrow WHERE done_at < personal",
    )
