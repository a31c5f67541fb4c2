"""A month's statement, in figures done by hand, and over a thousand random bookings."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from billing.consortium.sharing import Cost, Facts, Rule, Stretch, TakenBack, Taking, Waived
from billing.consortium.statements import faults, state
from billing.papers.vat import net_of
from core.money import Money, total

LEAD, A, B = (UUID(int=n) for n in (1, 2, 3))
HALL, LASER = UUID(int=11), UUID(int=12)
FIRST, MIDDLE, AFTER = date(2026, 11, 1), date(2026, 11, 16), date(2026, 12, 1)
SHARED = Rule("takings", "shares")


def stretch(start=FIRST, end=AFTER, shares=(50, 30, 20), **more):
    percents = dict(zip((LEAD, A, B), map(Decimal, shares), strict=True))
    return Stretch(start, end, 1, percents, **more)


def sold(cents, in_, *, issuer=LEAD, collector=LEAD, sign=1, **more):
    gross = Money(cents)
    net = net_of(gross, Decimal(22))
    return Taking(
        in_,
        issuer,
        more.pop("earner", issuer),
        net=Money(sign * net.cents),
        vat=Money(sign * (gross - net).cents),
        gross=Money(sign * gross.cents),
        resource=HALL,
        collector=collector,
        **more,
    )


def facts(*stretches, **more):
    return Facts((LEAD, A, B), LEAD, FIRST, AFTER, stretches, **more)


def cents(made, column):
    return [made.columns[p][column].cents for p in (LEAD, A, B)]


def ledger(given):
    return tuple(total(getattr(t, name) for t in given.takings) for name in ("net", "vat", "gross"))


def balances(made):
    return [made.balance(p).cents for p in (LEAD, A, B)]


def test_a_booking_of_the_lead_is_shared_and_the_partners_invoice_it():
    """H01: 300.00 and VAT, 50/30/20, issued and collected by the lead."""
    one = stretch(rules=(SHARED,))
    made = state(facts(one, takings=[sold(36_600, one)]))
    assert [line.parts[p].cents for line in made.lines for p in (LEAD, A, B)] == [15_000, 9_000, 6_000]
    assert [(p.seller, p.buyer, p.net.cents, p.vat.cents) for p in made.papers] == [
        (A, LEAD, 9_000, 1_980),
        (B, LEAD, 6_000, 1_320),
    ]
    assert balances(made) == [-18_300, 10_980, 7_320]
    assert made.transfers == [(LEAD, A, Money(10_980)), (LEAD, B, Money(7_320))]


def test_documents_in_each_one_s_name_are_each_one_s_and_only_the_money_moves():
    """By share, in the name and on behalf: the lead collected for all, nobody invoices anybody."""
    one = stretch(rules=(SHARED,))
    parts = [(LEAD, 18_300), (A, 10_980), (B, 7_320)]
    made = state(facts(one, takings=[sold(gross, one, issuer=p, apart=True) for p, gross in parts]))
    assert made.papers == []
    assert balances(made) == [-18_300, 10_980, 7_320]
    assert {line.rule for line in made.lines} == {"owner"}


def test_by_share_and_single_issuer_come_to_the_same_for_everybody_but_for_vat():
    one = stretch(rules=(SHARED,))
    single = state(facts(one, takings=[sold(36_600, one)]))
    shared = state(
        facts(
            one,
            takings=[
                sold(g, one, issuer=p, apart=True) for p, g in ((LEAD, 18_300), (A, 10_980), (B, 7_320))
            ],
        )
    )
    assert cents(single, "takings") == cents(shared, "takings") == [15_000, 9_000, 6_000]


def test_a_month_is_parted_where_the_shares_change():
    before, after = (
        stretch(FIRST, MIDDLE, rules=(SHARED,)),
        stretch(MIDDLE, AFTER, (20, 40, 40), rules=(SHARED,)),
    )
    made = state(facts(before, after, takings=[sold(12_200, before), sold(12_200, after)]))
    assert [line.parts[LEAD].cents for line in made.lines] == [5_000, 2_000]


def test_a_credit_note_goes_back_by_the_shares_of_its_sale():
    before, after = (
        stretch(FIRST, MIDDLE, rules=(SHARED,)),
        stretch(MIDDLE, AFTER, (20, 40, 40), rules=(SHARED,)),
    )
    given = [sold(12_200, before), sold(12_200, before, sign=-1, credit=True)]
    made = state(facts(before, after, takings=given))
    assert cents(made, "takings") == [0, 0, 0]
    assert [line.kind for line in made.lines] == ["takings", "credit"]


def test_a_refund_of_a_closed_month_is_a_line_of_its_own_that_names_booking_and_month():
    october = stretch(date(2026, 10, 1), FIRST, (100, 0, 0), rules=(SHARED,))
    now = stretch(rules=(SHARED,))
    back = sold(6_100, october, sign=-1, credit=True, late=("K7M2QX", "2026-10"))
    made = state(facts(now, takings=[sold(12_200, now), back]))
    line = next(line for line in made.lines if line.kind == "late")
    assert (line.late, line.parts[LEAD].cents) == (("K7M2QX", "2026-10"), -5_000)
    assert cents(made, "takings") == [5_000, 3_000, 2_000]
    assert (
        faults(
            facts(now, takings=[sold(12_200, now), back]),
            made,
            ledger(facts(now, takings=[sold(12_200, now), back])),
        )
        == []
    )


def test_costs_fees_and_the_mandate_meet_in_the_balance():
    one = stretch(rules=(SHARED,), mandate_fee=Decimal(10))
    costs = [
        Cost(UUID(int=21), "common", FIRST, Money(1_000), A, supplier="Luce Spa"),
        Cost(UUID(int=22), "direct", FIRST, Money(500), LEAD, B),
        Cost(UUID(int=23), "advance", FIRST, Money(700), LEAD, A),
        Cost(UUID(int=24), "adjustment", FIRST, Money(90), B, LEAD),
    ]
    given = facts(one, takings=[sold(36_600, one)], costs=costs, fees=[(one, LEAD, Money(300))])
    made = state(given)
    assert cents(made, "costs_paid") == [500, 1_000, 0]
    assert cents(made, "costs") == [-500, -300, -700]
    assert cents(made, "mandate_fee") == [1_500, -900, -600]
    assert cents(made, "fees") == [-150, -90, -60]
    assert cents(made, "advances") == [700, -700, 0]
    assert cents(made, "adjustments") == [-90, 0, 90]
    assert sum(balances(made)) == 0
    assert faults(given, made, ledger(given)) == []


def test_what_is_not_collected_yet_its_issuer_still_has_to_get():
    one = stretch(rules=(SHARED,))
    made = state(facts(one, takings=[sold(12_200, one, collector=None)]))
    assert (cents(made, "collected"), cents(made, "to_collect")) == ([0, 0, 0], [-12_200, 0, 0])


def test_what_was_waived_is_told_and_moves_nothing():
    one = stretch()
    made = state(facts(one, waived=[Waived(A, HALL, 2, Money(6_000))]))
    assert (made.lines[0].kind, made.lines[0].bookings, balances(made)) == ("waived", 2, [0, 0, 0])


def test_costs_first_pays_back_who_spent_and_charges_it_to_nobody_else():
    rule = Rule("takings", "cost_first", resource=HALL)
    one = stretch(rules=(rule,))
    cost = Cost(UUID(int=21), "direct", FIRST, Money(4_000), B, resource=HALL)
    made = state(facts(one, takings=[sold(12_200, one)], costs=[cost]))
    assert cents(made, "takings") == [3_000, 1_800, 5_200]
    assert (cents(made, "costs_paid"), cents(made, "costs")) == ([0, 0, 0], [0, 0, 0])


def test_a_guaranteed_minimum_is_of_the_month_and_parted_by_its_days():
    rule = Rule("takings", "guaranteed", amounts={B: Money(6_000)})
    before, after = stretch(FIRST, MIDDLE, rules=(rule,)), stretch(MIDDLE, AFTER, rules=(rule,))
    made = state(facts(before, after, takings=[sold(12_200, before), sold(36_600, after)]))
    levelled = [line for line in made.lines if line.kind == "levelling"]
    assert [line.parts[B].cents for line in levelled] == [1_000, 0]
    assert cents(made, "takings")[2] == 3_000 + 6_000


def test_a_rule_by_hours_without_hours_falls_back_to_the_shares_and_says_so():
    one = stretch(rules=(Rule("costs", "hours"),))
    cost = Cost(UUID(int=21), "common", FIRST, Money(1_000), A)
    assert [(line.rule, line.instead_of) for line in state(facts(one, costs=[cost])).lines] == [
        ("shares", "hours")
    ]
    used = state(facts(one, costs=[cost], hours={FIRST: {A: 90, B: 30}}))
    assert [line.parts[p].cents for line in used.lines for p in (LEAD, A, B)] == [0, 750, 250]


@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_bookings_under_changing_shares_sum_to_their_documents_to_the_cent(seed):
    chance = random.Random(seed)
    kinds = ["shares", "owner", "hours", "takings", "cost_first", "fixed", "guaranteed"]
    rules = tuple(
        Rule(
            "takings",
            chance.choice(kinds),
            resource=r,
            amounts={chance.choice((LEAD, A, B)): Money(chance.randint(1, 90_000))},
        )
        for r in (HALL, LASER, None)
    )
    cut = chance.randint(2, 29)
    parted = [
        stretch(FIRST, date(2026, 11, cut), (41.37, 33.63, 25), rules=rules, mandate_fee=Decimal("3.33")),
        stretch(date(2026, 11, cut), AFTER, (33.3333, 33.3333, 33.3334), rules=rules, mandate_fee=Decimal(5)),
    ]
    parted = [replace(s, shares={p: round(d, 4) for p, d in s.shares.items()}) for s in parted]
    takings = []
    for _ in range(1_000):
        in_, issuer = chance.choice(parted), chance.choice((LEAD, A, B))
        one = sold(
            chance.randint(1, 50_000),
            in_,
            issuer=issuer,
            earner=chance.choice((LEAD, A, B)),
            collector=chance.choice((LEAD, A, None)),
        )
        takings.append(replace(one, resource=chance.choice((HALL, LASER, None)), apart=chance.random() < 0.3))
        if chance.random() < 0.2:
            takings.append(replace(takings[-1], net=-one.net, vat=-one.vat, gross=-one.gross, credit=True))
    costs = [
        Cost(UUID(int=100 + n), chance.choice(("common", "direct", "advance")), date(2026, 11, chance.randint(1, 30)),
             Money(chance.randint(1, 99_999)), chance.choice((LEAD, A)), B, resource=HALL)
        for n in range(20)
    ]  # fmt: skip
    given = facts(
        *parted,
        takings=takings,
        costs=costs,
        fees=[(parted[0], LEAD, Money(777))],
        hours={FIRST: {A: 7, B: 3}},
    )
    made = state(given)
    assert faults(given, made, ledger(given)) == []
    shared = total(part for line in made.lines if line.issuer for part in line.parts.values())
    assert shared == total(t.net for t in takings)
    assert sum(balances(made)) == 0
    assert state(replace(given, takings=list(reversed(takings)))) == made


def taken(n, chance, in_, sales, sign=1):
    """A dispute (or what was paid again) of some sales, each issuer's part as the database would say it."""
    amount = Money(sign * chance.randint(1, 99_999))
    issuers = sorted({t.issuer for t in sales})
    own = dict(zip(issuers, amount.split([chance.randint(1, 9) for _ in issuers]), strict=True))
    kind = "dispute" if sign > 0 else "recovered"
    day = date(2026, 11, chance.randint(1, 30))
    return TakenBack(kind, UUID(int=500 + n), day, in_, chance.choice(issuers), LEAD, amount, own, sales)


@pytest.mark.parametrize("seed", range(20))
def test_what_banks_took_back_is_parted_to_the_cent_and_stays_out_of_the_ledger(seed):
    chance = random.Random(seed)
    agreed = chance.choice([(), (Rule("disputes", "collector"),), (Rule("disputes", "shares"),)])
    kinds = [Rule("takings", chance.choice(["shares", "owner", "hours", "takings", "guaranteed"]), HALL)]
    before = stretch(FIRST, MIDDLE, (34, 33, 33), rules=(*agreed, *kinds))
    after = stretch(MIDDLE, AFTER, (20, 41, 39), rules=(*agreed, *kinds))
    takings = [
        sold(chance.randint(1, 99_999), chance.choice((before, after)), issuer=chance.choice((LEAD, A, B)))
        for _ in range(40)
    ]
    found = []
    for n in range(25):
        sales = chance.sample(takings, chance.randint(1, 4))
        found.append(taken(n, chance, chance.choice((before, after)), sales, chance.choice((1, 1, -1))))
    given = facts(before, after, takings=takings, taken_back=found, hours={FIRST: {A: 7, B: 3}})
    made = state(given)
    assert faults(given, made, ledger(given)) == []
    told = [line for line in made.lines if line.taken_back]
    assert sorted(line.net.cents for line in told) == sorted(t.amount.cents for t in found)
    assert len({line.key for line in made.lines}) == len(made.lines)
    assert sum(cents(made, "disputes_borne")) == -sum(cents(made, "disputes"))
    # Whatever banks took, what was sold and what partners invoice each other is the same.
    plain = state(replace(given, taken_back=()))
    assert [cents(made, name) for name in ("takings", "vat_between")] == [
        cents(plain, name) for name in ("takings", "vat_between")
    ]
    assert [line for line in made.lines if not line.taken_back] == plain.lines
    assert made.papers == plain.papers
    assert state(replace(given, taken_back=list(reversed(found)))) == made


def test_a_dispute_paid_again_in_full_leaves_nobody_a_cent_apart():
    one = stretch(shares=(34, 33, 33), rules=(SHARED,))
    sale = sold(10_001, one)

    def of(kind, amount, on):
        return TakenBack(kind, UUID(int=9), on, one, LEAD, LEAD, amount, {LEAD: amount}, [sale])

    both = [of("dispute", Money(10_001), FIRST), of("recovered", Money(-10_001), MIDDLE)]
    made, plain = (state(facts(one, takings=[sale], taken_back=t)) for t in (both, ()))
    assert balances(made) == balances(plain)


def test_a_cent_that_is_lost_is_found():
    one = stretch(rules=(SHARED,))
    given = facts(one, takings=[sold(36_600, one)])
    net, vat, gross = ledger(given)
    assert [what for what, _, _ in faults(given, state(given), (net + Money(1), vat, gross))] == [
        "net",
        "parts",
    ]
    assert faults(given, state(given), (net, vat, gross)) == []
    assert [what for what, _, _ in faults(given, state(given), (net, vat + Money(1), gross))] == ["vat"]
