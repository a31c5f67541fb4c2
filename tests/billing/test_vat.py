"""VAT taken from prices that include it: whatever the prices, everything adds up to the cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.papers.vat import RateKey, credited, net_of, spread, summaries
from core.money import ZERO, Money, total

RATES = [
    RateKey(Decimal(22)),
    RateKey(Decimal(10)),
    RateKey(Decimal(4)),
    RateKey(Decimal(0), "N4", "art. 10"),
    RateKey(Decimal(0), "N2.2", "art. 4"),
]
prices = st.integers(1, 10**7).map(Money)
lines = st.lists(st.tuples(st.sampled_from(RATES), prices), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("rate", "gross", "net"),
    [(22, 1500, 1230), (22, 2997, 2457), (22, 2100, 1721), (22, 6100, 5000), (22, 3333, 2732), (0, 120, 120)],
)
def test_the_worked_documents_come_out_as_written(rate, gross, net):
    assert net_of(Money(gross), Decimal(rate)) == Money(net)


def test_three_equal_lines_share_the_odd_cent_to_the_earlier():
    [summary] = summaries([(RATES[0], Money(700))] * 3)
    assert [net.cents for net, _ in spread(summary, [Money(700)] * 3)] == [574, 574, 573]


@given(lines)
def test_summaries_add_up_to_the_prices(sold):
    found = summaries(sold)
    assert total(s.gross for s in found) == total(gross for _, gross in sold)
    assert all(s.net + s.vat == s.gross for s in found)
    assert len({s.key for s in found}) == len(found)


@given(lines)
def test_tax_is_within_the_tolerance_of_the_exchange(sold):
    for s in summaries(sold):
        exact = Fraction(s.net.cents) * Fraction(s.key.rate) / 100
        assert abs(s.vat.cents - exact) <= 1


@given(lines)
def test_the_order_of_lines_does_not_change_the_document(sold):
    assert summaries(sold) == summaries(reversed(sold))


@given(st.lists(prices, min_size=1, max_size=20), st.sampled_from(RATES))
def test_lines_add_up_to_their_summary_and_are_a_cent_off_at_most(grosses, key):
    [summary] = summaries((key, gross) for gross in grosses)
    parts = spread(summary, grosses)
    assert total(net for net, _ in parts) == summary.net
    assert total(vat for _, vat in parts) == summary.vat
    for (net, vat), gross in zip(parts, grosses, strict=True):
        assert net + vat == gross
        assert abs(net.cents - net_of(gross, key.rate).cents) <= 1


def test_a_discount_has_a_negative_net_and_tax():
    grosses = [Money(12200), Money(-2200)]
    [summary] = summaries((RATES[0], gross) for gross in grosses)
    (_, _), (net, vat) = spread(summary, grosses)
    assert (net, vat) == (Money(-1803), Money(-397))


@given(st.lists(prices, min_size=1, max_size=12), st.sampled_from(RATES))
def test_credits_in_any_parts_never_exceed_the_document_and_end_at_it(parts, key):
    [sold] = summaries([(key, total(parts))])
    before, net, vat = ZERO, ZERO, ZERO
    for part in parts:
        note = credited(key, before, part)
        assert note.net + note.vat == part
        assert min(note.net, note.vat) >= ZERO
        before, net, vat = before + part, net + note.net, vat + note.vat
        assert net <= sold.net
        assert vat <= sold.vat
    assert (net, vat) == (sold.net, sold.vat)
