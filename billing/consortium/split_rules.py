"""By which rules lines are divided among partners: written as one set from a day on, never for a month that is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from billing.consortium.costs import CLOSED_MONTH, STRANGER
from billing.consortium.sharing import (
    COLLECTOR,
    COST_FIRST,
    FIXED,
    GUARANTEED,
    HOURS,
    OWNER,
    SALE,
    SHARES,
    TAKINGS,
    Rule,
)
from billing.models import Settlement, SplitRule
from core.audit import record
from core.clock import now
from core.errors import Invalid, Pointer
from core.words import Words
from people.models import Partner, Person
from spaces.models import Resource

WEIGHED = (SHARES, HOURS, TAKINGS)
WITH_AMOUNTS = (FIXED, GUARANTEED)
KINDS = {
    "takings": (OWNER, *WEIGHED, FIXED, GUARANTEED),
    "resource": (OWNER, *WEIGHED, COST_FIRST, FIXED, GUARANTEED),
    "costs": WEIGHED,
    "fees": WEIGHED,
    "disputes": (SALE, COLLECTOR, SHARES),
}
AMOUNT = Words("Si dica quanto, partner per partner.", "Say how much, partner by partner.")
NO_AMOUNT = Words("Questa regola non ha importi.", "This rule has no amounts.")
NOT_SO = Words("Queste righe non si dividono così.", "These lines are not divided so.")
OF_WHICH = Words("Si dica di quale risorsa.", "Say of which resource.")
ONLY_TAKINGS = Words("Solo i ricavi sono di una risorsa.", "Only takings are of a resource.")
ONLY_COSTS = Words("Solo i costi hanno una categoria.", "Only costs have a category.")
ELSEWHERE = Words(
    "Non è una risorsa di questo raggruppamento.", "Not one of the resources of this consortium."
)
TWICE = Words("C'è già una regola per lo stesso.", "There is a rule for the same already.")
WRITTEN = Words(
    "Da quel giorno c'è già una regola per lo stesso: scegline un altro.",
    "From that day there is a rule for the same already: choose another.",
)


def faults_of(rule: Rule, partners: set[UUID], resources: set[UUID]) -> list[tuple[str, str, Words]]:
    """(field, code, sentence) of what is wrong with a rule; pure."""
    found = []
    if set(rule.amounts) - partners:
        found.append(("amounts", "unknown", STRANGER))
    if (rule.kind in WITH_AMOUNTS) != bool(rule.amounts):
        found.append(("amounts", "required", NO_AMOUNT if rule.amounts else AMOUNT))
    if rule.kind == COST_FIRST and rule.of == "takings" and rule.resource is None:
        found.append(("resource_id", "required", OF_WHICH))
    elif rule.kind not in KINDS["resource" if rule.of == "takings" and rule.resource else rule.of]:
        found.append(("kind", "not-for-this", NOT_SO))
    if rule.resource and rule.of != "takings":
        found.append(("resource_id", "not-for-this", ONLY_TAKINGS))
    elif rule.resource and rule.resource not in resources:
        found.append(("resource_id", "unknown", ELSEWHERE))
    if rule.category and rule.of != "costs":
        found.append(("category", "not-for-this", ONLY_COSTS))
    return found


def check(consortium_id: UUID, rules: Sequence[Rule]) -> list[Pointer]:
    """What is wrong with a set of rules, each fault at its field (`/rules/0/kind`)."""
    partners = set(Partner.objects.filter(consortium=consortium_id).values_list("pk", flat=True))
    named = Resource.objects.filter(pk__in={r.resource for r in rules if r.resource})
    resources = set(named.filter(venue__partner__consortium=consortium_id).values_list("pk", flat=True))
    wrong = [
        Pointer(f"/rules/{n}/{name}", code, words.say())
        for n, rule in enumerate(rules)
        for name, code, words in faults_of(rule, partners, resources)
    ]
    said = [(r.of, r.resource, r.category) for r in rules]
    wrong += [
        Pointer(f"/rules/{n}/of", "twice", TWICE.say()) for n, key in enumerate(said) if key in said[:n]
    ]
    return wrong


def written(by: Person, consortium_id: UUID, from_on: date, rules: Sequence[Rule]) -> SplitRule:
    """Inside an act that has the consortium and these months: from a day on lines are divided by these rules, all or none,
    and no longer by earlier ones for the same. Returns the first. Raises Invalid, each fault at its field."""
    months = Settlement.objects.filter(consortium=consortium_id, first_on__gte=from_on.replace(day=1))
    wrong = check(consortium_id, rules)
    if months.filter(state=Settlement.State.CLOSED).exists():
        wrong.append(Pointer("/from_on", "closed", CLOSED_MONTH.say()))
    there = SplitRule.objects.filter(consortium=consortium_id, from_on=from_on)
    known = set(there.values_list("of", "resource", "category"))
    wrong += [
        Pointer(f"/rules/{n}/of", "written", WRITTEN.say())
        for n, one in enumerate(rules)
        if (one.of, one.resource, one.category) in known
    ]
    if wrong:
        raise Invalid(pointers=wrong)
    moment = now()
    made = SplitRule.objects.bulk_create(
        SplitRule(
            consortium_id=consortium_id, of=one.of, kind=one.kind, from_on=from_on, resource_id=one.resource,
            category=one.category, amounts={str(pk): money.cents for pk, money in one.amounts.items()}, made_at=moment,
        )
        for one in rules
    )  # fmt: skip
    for new in made:
        record(by, "rule-split", new, of=new.of, kind=new.kind, from_on=from_on.isoformat())
    return made[0]
