"""A person asks to be erased: refused with the list while something is open, else done at once and for good."""

from __future__ import annotations

from core import retention
from core.audit import record
from core.errors import ErasureBlocked, Reason
from core.locks import Order, act, lock_rows
from people import fiscal
from people.models import Person

BLANK = tuple(name for name in fiscal.FIELDS if name != "country")


@act
def erase(by: Person, person: Person) -> Person:
    """Nothing of the person is left but what the law keeps. Raises ErasureBlocked with all that is still open."""
    lock_rows(Order.WHO, Person, [person.pk])
    if found := retention.obstacles(person.pk):
        raise ErasureBlocked(
            reasons=[Reason(o.code, o.words, {"name": o.name}, fixable_by="you") for o in found]
        )
    record(by, "erase", person)
    retention.erase(person.pk)
    return person


def register() -> None:
    blank = ", ".join(f"{name} = ''" for name in (*BLANK, "phone"))
    retention.forget_person(
        "DELETE FROM axes_accessattempt a USING people_person p WHERE p.id = who AND a.username = p.email",
        f"UPDATE people_person SET name = '—', email = 'erased-' || id || '@invalid', password = '!', {blank}, "
        "country = 'IT', born_on = NULL, last_login = NULL, "
        "is_active = false, is_staff = false, is_superuser = false WHERE id = who",
        # That an office changed their data stays known; what those were goes.
        "UPDATE core_logentry SET data = data - 'old' WHERE thing_kind = 'per' AND thing_id = who "
        "AND act = 'mend-customer'",
        "DELETE FROM people_role WHERE person_id = who",
        "DELETE FROM people_membership WHERE person_id = who",
        "DELETE FROM people_groupmember WHERE person_id = who",
        "DELETE FROM people_person_groups WHERE person_id = who",
        "DELETE FROM people_person_user_permissions WHERE person_id = who",
    )
