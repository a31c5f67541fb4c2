"""Figures by what paid ahead for a booking: the plan of whoever booked, the programmes that it was drawn from."""

from __future__ import annotations

from uuid import UUID

from billing.models import Plan, Programme
from booking.measuring.figures import Key
from core.ids import encode
from core.words import Words

# The plan on the day of the booking: the body's, where somebody books for one, else the person's own. Of several one, so
# that what is cut adds up to the whole: the plan whose hours the booking was drawn from, else the one that began last.
ON_A_PLAN = """
LEFT JOIN LATERAL (
    SELECT p.plan_id::text AS key FROM billing_planperiod p JOIN billing_subscription u ON u.id = p.subscription_id
    WHERE p.from_on <= s.local::date AND p.until_on > s.local::date
      AND ((s.organisation_id IS NULL AND u.organisation_id IS NULL AND u.person_id = s.person) OR u.organisation_id = s.organisation_id)
    ORDER BY EXISTS (SELECT 1 FROM billing_draw d JOIN billing_budget b ON b.id = d.budget_id
                     WHERE d.booking_id = s.booking AND b.subscription_id = u.id AND d.units > 0) DESC, p.from_on DESC, p.id DESC
    LIMIT 1
) k ON true
"""
# What a programme has paid of and not had back; of a cancelled booking, what it had paid of.
IN_A_PROGRAMME = """
LEFT JOIN LATERAL (
    SELECT b.programme_id::text AS key FROM billing_draw d JOIN billing_budget b ON b.id = d.budget_id
    WHERE d.booking_id = s.booking AND b.programme_id IS NOT NULL
    GROUP BY b.programme_id HAVING sum(d.units) > 0 OR s.state = 'cancelled'
) k ON true
"""
CUTS = {
    "plan": Key("coalesce(k.key, '')", ON_A_PLAN),
    "programme": Key("coalesce(k.key, '')", IN_A_PROGRAMME),
}
NONE = {
    "plan": Words("Senza piano", "Without a plan"),
    "programme": Words("Senza programma", "Without a programme"),
}


def names_of(cut: str, keys: set[str]) -> dict[str, tuple[str, str]]:
    """Of each key its public id and name, by name; what is of none comes last. One statement."""
    ids = [UUID(key) for key in keys if key]
    rows = Plan.objects.filter(pk__in=ids) if cut == "plan" else Programme.objects.filter(pk__in=ids)
    prefix = Plan.prefix if cut == "plan" else Programme.prefix
    found = {
        str(pk): (encode(prefix, pk), name)
        for pk, name in rows.order_by("name", "pk").values_list("pk", "name")
    }
    return found | ({"": ("", str(NONE[cut]))} if "" in keys else {})
