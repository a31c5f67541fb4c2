"""What holds among partners from a day on, in one act: a version of the agreement and the rules by which lines are
divided; and taking back what no month was told by yet.

Whoever writes or takes back has the consortium and every month from that day on; whoever shares or closes a month has
its row: so a month is told by what it has, or what it has is not yet told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from billing.consortium import split_rules
from billing.consortium.sharing import Rule
from billing.models import Settlement, SplitRule
from core.audit import record
from core.errors import IllegalMove, Invalid, Missing, Pointer, Reason
from core.locks import Order as Locks
from core.locks import act, lock_rows
from core.words import Words
from people.consortium import Terms, agreed, shares_of
from people.models import Agreement, Consortium, Person

S = Settlement.State
SHARED = Words(
    "{month} è condiviso con i partner così: prima va riaperto",
    "{month} is shared with the partners so: reopen it first",
)
CLOSED = Words("{month} è chiuso così", "{month} is closed so")
NOT_LAST = Words(
    "dopo viene la versione {version}: prima va tolta quella",
    "version {version} comes after it: withdraw that first",
)
ONLY = Words(
    "senza, nessun accordo varrebbe: va corretta scrivendone un'altra al suo posto",
    "without it no agreement would hold: put it right by writing another in its place",
)
NOTHING = Words("Scrivi quote o regole.", "Write shares or rules.")


@dataclass(frozen=True, slots=True)
class Draft:
    """From a day on: these rules, and with `terms` a new version of the agreement; in the place of what was written."""

    from_on: date
    rules: Sequence[Rule] = ()
    terms: Terms | None = None
    instead_of: UUID | None = None  # a version, with the rules from its day
    instead_of_rules: Sequence[UUID] = ()


@act
def write(by: Person, consortium_id: UUID, draft: Draft) -> Agreement | SplitRule:
    """All of it holds from its day, or nothing was changed. Raises Invalid, each fault at its field; SharesNotWhole;
    IllegalMove where a month was told by what is to be put right; Missing where that is not there."""
    if draft.terms is None and not draft.rules:
        raise Invalid(pointers=[Pointer("/rules", "required", NOTHING.say())])
    lock_rows(Locks.WHO, Consortium, [consortium_id])
    replaced = _version(draft.instead_of, consortium_id)
    rules = _rules(draft.instead_of_rules, consortium_id)
    days = [draft.from_on, *([replaced.from_on] if replaced else []), *(r.from_on for r in rules)]
    _lock_months(consortium_id, min(days))
    if replaced is not None:
        if draft.terms is None:
            raise Invalid(pointers=[Pointer("/agreement", "required", ONLY.say())])
        _take_back(by, replaced, why_version_stays(replaced, but_replaced=True))
    _take_back_rules(by, rules)
    made = (
        agreed(by, consortium_id, draft.terms, replaced.from_on if replaced else None, "/agreement")
        if draft.terms
        else None
    )
    first = split_rules.written(by, consortium_id, draft.from_on, draft.rules) if draft.rules else None
    found = made or first
    assert found is not None
    return found


@act
def withdraw(by: Person, agreement_id: UUID) -> None:
    """The version, and the rules from its day, were never there; the log has what they said. Raises IllegalMove with why not,
    Missing."""
    consortium = Agreement.objects.filter(pk=agreement_id).values_list("consortium_id", flat=True).first()
    if consortium is None:
        raise Missing
    lock_rows(Locks.WHO, Consortium, [consortium])
    version = _version(agreement_id, consortium)
    assert version is not None
    _lock_months(consortium, version.from_on)
    _take_back(by, version, why_version_stays(version))


@act
def withdraw_rule(by: Person, rule_id: UUID) -> None:
    """The rule was never there; what held before it holds. Raises IllegalMove with why not, Missing."""
    consortium = SplitRule.objects.filter(pk=rule_id).values_list("consortium_id", flat=True).first()
    if consortium is None:
        raise Missing
    lock_rows(Locks.WHO, Consortium, [consortium])
    (rule,) = _rules([rule_id], consortium)
    _lock_months(consortium, rule.from_on)
    _take_back_rules(by, [rule])


# -- why something stays --------------------------------------------------------------------------------------------


def why_versions_stay(versions: Sequence[Agreement]) -> dict[UUID, list[Reason]]:
    """Why each version of one consortium cannot be withdrawn now; empty where it can. One statement."""
    told = _told({v.consortium_id for v in versions})
    last = max((v.version for v in versions), default=0)
    first = min((v.version for v in versions), default=0)
    found = {}
    for v in versions:
        reasons = _why(told, v.from_on)
        if v.version < last:
            reasons.append(Reason(IllegalMove.code, NOT_LAST, {"version": last}, fixable_by="you"))
        elif v.version == first:
            reasons.append(Reason(IllegalMove.code, ONLY, fixable_by="you"))
        found[v.pk] = reasons
    return found


def why_version_stays(version: Agreement, *, but_replaced: bool = False) -> list[Reason]:
    """The same of one; where another takes its place there is always an agreement."""
    every = list(Agreement.objects.filter(consortium=version.consortium_id))
    reasons = why_versions_stay(every)[version.pk]
    return [r for r in reasons if r.words is not ONLY] if but_replaced else reasons


def why_rules_stay(rules: Sequence[SplitRule]) -> dict[UUID, list[Reason]]:
    """Why each rule cannot be withdrawn now; empty where it can. One statement."""
    told = _told({r.consortium_id for r in rules})
    return {r.pk: _why(told, r.from_on) for r in rules}


Told = Sequence[tuple[date, str]]


def _told(consortia: Iterable[UUID]) -> Told:
    """The months that partners were told of, in order."""
    rows = Settlement.objects.filter(consortium__in=consortia, state__in=[S.SHARED, S.CLOSED])
    return list(rows.order_by("first_on").values_list("first_on", "state"))


def _why(told: Told, from_on: date) -> list[Reason]:
    begins = from_on.replace(day=1)
    months = [(month, state) for month, state in told if month >= begins]
    closed = [month for month, state in months if state == S.CLOSED]
    if closed:
        return [Reason(IllegalMove.code, CLOSED, {"month": f"{closed[0]:%Y-%m}"})]
    if months:
        return [Reason(IllegalMove.code, SHARED, {"month": f"{months[0][0]:%Y-%m}"}, fixable_by="you")]
    return []


# -- inside an act -------------------------------------------------------------------------------------------------


def _lock_months(consortium_id: UUID, from_on: date) -> None:
    months = Settlement.objects.filter(consortium=consortium_id, first_on__gte=from_on.replace(day=1))
    lock_rows(Locks.MONTH, Settlement, months.values_list("pk", flat=True))


def _version(pk: UUID | None, consortium_id: UUID) -> Agreement | None:
    if pk is None:
        return None
    found = Agreement.objects.filter(pk=pk, consortium=consortium_id).first()
    if found is None:
        raise Missing
    return found


def _rules(pks: Iterable[UUID], consortium_id: UUID) -> list[SplitRule]:
    wanted = set(pks)
    found = list(SplitRule.objects.filter(pk__in=wanted, consortium=consortium_id).order_by("pk"))
    if len(found) < len(wanted):
        raise Missing
    return found


def _take_back(by: Person, version: Agreement, why: Sequence[Reason]) -> None:
    _refuse(why)
    said: Mapping[str, Any] = {
        "version": version.version,
        "from_on": version.from_on.isoformat(),
        "shares": {str(pk): str(percent) for pk, percent in shares_of(version).items()},
        "mandate_on": version.mandate_on and version.mandate_on.isoformat(),
        "mandate_ref": version.mandate_ref,
        "mandate_fee": str(version.mandate_fee),
    }
    _take_back_rules(
        by, SplitRule.objects.filter(consortium=version.consortium_id, from_on=version.from_on).order_by("pk")
    )
    record(by, "withdraw-agreement", version, **said)
    version.delete()


def _take_back_rules(by: Person, rules: Iterable[SplitRule]) -> None:
    rows = list(rules)
    reasons = why_rules_stay(rows)
    for row in rows:
        _refuse(reasons[row.pk])
        record(
            by, "withdraw-rule", row, of=row.of, kind=row.kind, from_on=row.from_on.isoformat(),
            resource=row.resource_id and str(row.resource_id), category=row.category, amounts=row.amounts,
        )  # fmt: skip
    SplitRule.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _refuse(why: Sequence[Reason]) -> None:
    if why:
        raise IllegalMove(state=why[0].detail, reasons=list(why))
