"""What a month came to for each partner of a consortium: facts in, a statement out. Pure, and the same every time.

Every line divides a whole among the partners to the cent; every column is a sum of lines; what one partner has to
receive others have to pay. An issuer keeps the VAT it must pay, and divides the net. Law and custom: billing cases
P01-P05; art. 21 c. 2 n DPR 633/72 (who issues), art. 68 c. 8 D.Lgs. 36/2023 (each partner its own part).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.consortium import splitting
from billing.consortium.dividing import Line, divided, rule_for
from billing.consortium.sharing import (
    COLLECTOR,
    COST_FIRST,
    FIXED,
    HOURS,
    LEVELLING,
    OWNER,
    SALE,
    SHARES,
    TAKINGS,
    Cost,
    Facts,
    Rule,
    Stretch,
    TakenBack,
    Taking,
)
from billing.consortium.splitting import NothingToWeigh, Parts
from core.money import ZERO, Money, total

COLUMNS = (
    "takings", "late", "vat_to_pay", "collected", "to_collect", "costs_paid", "costs", "mandate_fee", "fees_paid", "fees",
    "advances", "adjustments", "vat_between",
)  # fmt: skip
DISPUTED = ("disputes_borne", "disputes")  # only in months that have some


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that one partner has to issue to another: net by reason, and its VAT."""

    seller: UUID
    buyer: UUID
    rate: Decimal
    natura: str
    reasons: Mapping[str, Money]
    vat: Money

    @property
    def net(self) -> Money:
        return total(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Statement:
    lines: Sequence[Line]
    columns: Mapping[UUID, Mapping[str, Money]]
    papers: Sequence[Paper]
    transfers: Sequence[tuple[UUID, UUID, Money]]

    def balance(self, partner: UUID) -> Money:
        return total(self.columns[partner].values())


def state(facts: Facts) -> Statement:
    """The month's statement. The parts of each line sum to it, and all balances to nothing."""
    lines = [*_takings(facts), *_costs(facts)]
    earned = _earned(lines)
    lines += [*_fees(facts, earned), *_mandate(facts, earned), *_taken_back(facts)]
    lines += [*_waived(facts), *_allowances(facts)]
    papers = _papers(facts, lines)
    columns = _columns(facts, lines, papers)
    made = Statement(lines, columns, papers, ())
    return replace(made, transfers=_transfers(facts, made))


# -- lines --------------------------------------------------------------------------------------------------------------


def _takings(facts: Facts) -> list[Line]:
    groups: dict[tuple[Any, ...], list[Taking]] = defaultdict(list)
    for t in facts.takings:
        groups[_same(t)].append(t)
    lines: list[Line] = []
    pools: dict[tuple[date, int], list[Line]] = defaultdict(list)
    for key in sorted(groups, key=repr):
        group = groups[key]
        first = group[0]
        rule = rule_for(first)
        net = total(t.net for t in group)
        levelled = rule is not None and rule.kind in LEVELLING
        kind = SHARES if levelled else rule.kind if rule else OWNER
        parts, used = divided(facts, first.sold, kind, net, first.earner)
        lines.append(
            Line(
                "late" if first.late else "credit" if first.credit else "takings", first.sold, net, parts,
                rule=rule.kind if levelled and rule else used, instead_of=kind if used != kind else "",
                issuer=first.issuer, earner=first.earner, resource=first.resource, rate=first.rate, natura=first.natura,
                vat=total(t.vat for t in group), gross=total(t.gross for t in group), late=first.late,
            )
        )  # fmt: skip
        if levelled and rule is not None and not first.late:
            pools[first.sold.from_on, first.sold.rules.index(rule)].append(lines[-1])
    for (_, place), pool in sorted(pools.items()):
        lines.append(_levelling(facts, pool, pool[0].stretch.rules[place]))
    return lines


def _same(t: Taking) -> tuple[Any, ...]:
    return (
        bool(t.late), t.credit, t.apart, t.sold.from_on.isoformat(), str(t.resource), str(t.issuer), str(t.earner), str(t.rate), t.natura,
        t.late or (),
    )  # fmt: skip


def _levelling(facts: Facts, pool: list[Line], rule: Rule) -> Line:
    """What the rule gives besides the shares by which its lines were divided; it sums to nothing."""
    stretch, whole = pool[0].stretch, total(line.net for line in pool)
    weights = dict.fromkeys(facts.partners, Decimal(0)) | dict(stretch.shares)
    meant = _meant(facts, stretch, rule, whole, weights)
    had = {p: total(line.parts[p] for line in pool) for p in facts.partners}
    by_issuer: dict[UUID, int] = defaultdict(int)
    for line in pool:
        if line.issuer is not None:
            by_issuer[line.issuer] += line.net.cents
    issuer = min(by_issuer, key=lambda pk: (-by_issuer[pk], pk))
    parts = {p: meant.get(p, ZERO) - had[p] for p in sorted(facts.partners)}
    return Line("levelling", stretch, ZERO, parts, rule=rule.kind, issuer=issuer, resource=rule.resource)


def _meant(facts: Facts, stretch: Stretch, rule: Rule, whole: Money, weights: dict[UUID, Decimal]) -> Parts:
    if rule.kind == COST_FIRST:
        spent: dict[UUID, Money] = defaultdict(lambda: ZERO)
        for cost in _recouped(facts):
            if cost.resource == rule.resource and stretch.from_on <= cost.on < stretch.until_on:
                spent[cost.paid_by] += cost.net
        return splitting.cost_first(whole, spent, weights)
    amounts = {p: _of_stretch(facts, stretch, amount) for p, amount in rule.amounts.items()}
    if rule.kind == FIXED:
        return splitting.fixed(whole, amounts, weights)
    return splitting.guaranteed(whole, amounts, weights)


def _of_stretch(facts: Facts, stretch: Stretch, amount: Money) -> Money:
    start, end = max(stretch.from_on, facts.first_on), min(stretch.until_on, facts.until_on)
    return splitting.of_days(
        amount, (start - facts.first_on).days, (end - start).days, (facts.until_on - facts.first_on).days
    )


def _recouped(facts: Facts) -> list[Cost]:
    """Direct costs that nobody owes: they are paid back out of their resource's takings."""
    return [c for c in facts.costs if c.kind == "direct" and c.owed_by is None]


def _costs(facts: Facts) -> list[Line]:
    lines = []
    for cost in sorted(facts.costs, key=lambda c: (c.on, c.id)):
        stretch, used, instead = facts.stretch_on(cost.on), "", ""
        if cost.kind == "common":
            rule = stretch.rule("costs", category=cost.category)
            kind = rule.kind if rule and rule.kind in (SHARES, HOURS, TAKINGS) else SHARES
            parts, used = divided(facts, stretch, kind, cost.net, cost.paid_by)
            instead = kind if used != kind else ""
        elif cost.owed_by is None:
            parts = {}
        else:
            parts = splitting.to_owner(cost.net, cost.owed_by, facts.partners)
        lines.append(
            Line(cost.kind, stretch, cost.net, parts, rule=used, instead_of=instead, payer=cost.paid_by, cost=cost,
                 resource=cost.resource)
        )  # fmt: skip
    return lines


def _earned(lines: Sequence[Line]) -> dict[date, dict[UUID, Money]]:
    """Each partner's part of the takings, by the first day of the stretch."""
    found: dict[date, dict[UUID, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line in lines:
        if line.kind in ("takings", "credit", "levelling"):
            for partner, part in line.parts.items():
                found[line.stretch.from_on][partner] += part
    return found


def _fees(facts: Facts, earned: Mapping[date, Mapping[UUID, Money]]) -> list[Line]:
    sums: dict[tuple[date, UUID], Money] = defaultdict(lambda: ZERO)
    for stretch, collector, fee in facts.fees:
        sums[stretch.from_on, collector] += fee
    lines = []
    for (first, collector), fee in sorted(sums.items()):
        stretch = next(s for s in facts.stretches if s.from_on == first)
        lines.append(_fee(facts, stretch, collector, fee, earned[first]))
    for late in facts.late_fees:
        line = _fee(facts, late.stretch, late.collector, late.fee, late.earned)
        lines.append(replace(line, late=("", late.month)))
    return lines


def _fee(facts: Facts, stretch: Stretch, collector: UUID, fee: Money, earned: Mapping[UUID, Money]) -> Line:
    rule = stretch.rule("fees")
    kind = rule.kind if rule and rule.kind in (SHARES, HOURS, TAKINGS) else TAKINGS
    weights = dict.fromkeys(facts.partners, 0)
    by = earned if kind == TAKINGS else {}
    try:
        parts, used = splitting.by_weight(fee, weights | {p: m.cents for p, m in by.items()}), kind
    except NothingToWeigh:
        parts, used = divided(facts, stretch, SHARES if kind == TAKINGS else kind, fee, collector)
    instead = kind if used != kind else ""
    return Line("fees", stretch, fee, parts, rule=used, payer=collector, instead_of=instead)


def _mandate(facts: Facts, earned: Mapping[date, Mapping[UUID, Money]]) -> list[Line]:
    """The lead's fee: a percentage of what each other partner has of the takings; its own line for each stretch."""
    lines = []
    for stretch in facts.stretches:
        owed = {
            p: money.times(stretch.mandate_fee / 100)
            for p, money in sorted(earned[stretch.from_on].items())
            if p != facts.lead and money.cents > 0
        }
        if (fee := total(owed.values())) and stretch.mandate_fee:
            parts = {p: owed.get(p, ZERO) for p in sorted(facts.partners)}
            lines.append(Line("mandate_fee", stretch, fee, parts, payer=facts.lead))
    return lines


def _taken_back(facts: Facts) -> list[Line]:
    """What banks took back, each dispute a line, and what was paid of it again: by rule, else by whose sale it was."""
    lines = []
    for one in sorted(facts.taken_back, key=lambda t: (t.on, t.dispute, t.kind, t.holder)):
        rule = one.terms.rule("disputes")
        kind = rule.kind if rule and rule.kind in (COLLECTOR, SHARES) else SALE
        if kind == COLLECTOR:
            parts = splitting.to_owner(one.amount, one.collector, facts.partners)
        elif kind == SHARES:
            parts, _ = divided(facts, one.terms, SHARES, one.amount, one.collector)
        else:
            parts = _as_sold(facts, one)
        stretch = facts.stretch_on(one.on)
        lines.append(Line(one.kind, stretch, one.amount, parts, rule=kind, payer=one.holder, taken_back=one))
    return lines


def _as_sold(facts: Facts, taken: TakenBack) -> Parts:
    """Each issuer's part as what it had sold was divided; all its own where nothing was left of it."""
    found = dict.fromkeys(sorted(facts.partners), ZERO)
    for issuer, own in sorted(taken.own.items()):
        weights = dict.fromkeys(facts.partners, 0)
        for t in taken.sales:
            if t.issuer == issuer and t.net.cents > 0:
                rule = rule_for(t)
                kind = OWNER if rule is None else SHARES if rule.kind in LEVELLING else rule.kind
                for partner, part in divided(facts, t.sold, kind, t.net, t.earner)[0].items():
                    weights[partner] += part.cents
        try:
            parts = splitting.by_weight(own, weights)
        except NothingToWeigh:
            parts = splitting.to_owner(own, issuer, facts.partners)
        for partner, part in parts.items():
            found[partner] += part
    return found


def _waived(facts: Facts) -> list[Line]:
    return [
        Line("waived", facts.stretches[0], ZERO, {}, earner=w.partner, resource=w.resource, gross=w.gross, bookings=w.bookings)
        for w in sorted(facts.waived, key=lambda w: (str(w.partner), str(w.resource)))
    ]  # fmt: skip


def _allowances(facts: Facts) -> list[Line]:
    return [
        Line(
            "allowance", facts.stretches[0], ZERO, {}, earner=a.owner, payer=a.partner, resource=a.resource, gross=a.gross,
            bookings=a.bookings, minutes=a.minutes,
        )
        for a in sorted(facts.allowances, key=lambda a: (str(a.partner), str(a.resource)))
    ]  # fmt: skip


# -- what follows from the lines ----------------------------------------------------------------------------------------


# Money that moves without being paid for anything: no document is made out for it.
NO_PAPER = ("advance", "dispute", "recovered")


def _papers(facts: Facts, lines: Sequence[Line]) -> list[Paper]:
    """Who has to invoice whom: a partner its part of what another issued, a payer what it paid for others."""
    last = facts.stretches[-1]
    nets: dict[tuple[UUID, UUID], dict[str, Money]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for line in lines:
        for partner, part in line.parts.items():
            if not part:
                continue
            if line.issuer is not None and partner != line.issuer:
                nets[partner, line.issuer]["takings"] += part
            elif line.payer is not None and partner != line.payer and line.kind not in NO_PAPER:
                nets[line.payer, partner][line.kind] += part
    papers = []
    for seller, buyer in sorted(nets):
        reasons = {reason: money for reason, money in sorted(nets[seller, buyer].items()) if money}
        net = total(reasons.values())
        if reasons:
            vat = net.times(last.between_rate / 100)
            papers.append(Paper(seller, buyer, last.between_rate, last.between_natura, reasons, vat))
    return papers


def _columns(facts: Facts, lines: Sequence[Line], papers: Sequence[Paper]) -> dict[UUID, dict[str, Money]]:
    names = (*COLUMNS, *DISPUTED) if facts.taken_back else COLUMNS
    columns = {p: dict.fromkeys(names, ZERO) for p in sorted(facts.partners)}
    for line in lines:
        _post(columns, line)
    for t in facts.takings:
        holder, column = (t.collector, "collected") if t.collector in columns else (t.issuer, "to_collect")
        if holder is not None:
            columns[holder][column] -= t.gross
    for paper in papers:
        columns[paper.seller]["vat_between"] += paper.vat
        columns[paper.buyer]["vat_between"] -= paper.vat
    return columns


PAID_FOR = {"common": ("costs_paid", "costs"), "direct": ("costs_paid", "costs"), "fees": ("fees_paid", "fees"),
            "mandate_fee": ("mandate_fee", "mandate_fee"), "advance": ("advances", "advances"),
            "adjustment": ("adjustments", "adjustments"), "dispute": DISPUTED, "recovered": DISPUTED}  # fmt: skip


def _post(columns: dict[UUID, dict[str, Money]], line: Line) -> None:
    if line.issuer is not None:
        for partner, part in line.parts.items():
            columns[partner]["late" if line.kind == "late" else "takings"] += part
        columns[line.issuer]["vat_to_pay"] += line.vat
    elif line.payer is not None and line.parts:
        paid, owed = PAID_FOR[line.kind]
        columns[line.payer][paid] += line.net
        for partner, part in line.parts.items():
            columns[partner][owed] -= part


def _transfers(facts: Facts, made: Statement) -> list[tuple[UUID, UUID, Money]]:
    """(from, to, how much): through the lead partner, who has the mandate to collect and to pay."""
    found = []
    for partner in sorted(p for p in facts.partners if p != facts.lead):
        balance = made.balance(partner)
        if balance.cents < 0:
            found.append((partner, facts.lead, -balance))
        elif balance.cents > 0:
            found.append((facts.lead, partner, balance))
    return found


def faults(
    facts: Facts, made: Statement, ledger: tuple[Money, Money, Money]
) -> list[tuple[str, Money, Money]]:
    """(what, ours, the ledger's) wherever a sum is not what it must be; empty if all squares."""
    sold = [line for line in made.lines if line.issuer is not None]
    sums = [
        total(line.net for line in sold),
        total(line.vat for line in sold),
        total(line.gross for line in sold),
    ]
    pairs = [*zip(("net", "vat", "gross"), sums, ledger, strict=True)]
    pairs += [(f"line {line.key}", total(line.parts.values()), line.net) for line in made.lines if line.parts]
    pairs.append(("parts", total(_all_parts(sold)), ledger[0]))
    pairs.append(("balances", total(made.balance(p) for p in facts.partners), ZERO))
    return [(what, ours, theirs) for what, ours, theirs in pairs if ours != theirs]


def _all_parts(lines: Sequence[Line]) -> list[Money]:
    return [part for line in lines for part in line.parts.values()]
