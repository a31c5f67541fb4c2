"""A profession's fund beside the stamp duty: reckoned on what is sold, and itself a part of what the stamp looks at."""

from decimal import Decimal

from billing.papers.amounts import Fund, Line, reckon
from billing.papers.vat import RateKey
from core.money import Money

EXEMPT, OUTSIDE = RateKey(Decimal(0), "N4", "a"), RateKey(Decimal(0), "N2.2", "f")


def test_the_fund_is_no_percentage_of_the_stamp():
    line, fund = Line("Corso", Decimal(100), EXEMPT), Fund("TC22", Decimal(4), EXEMPT)
    assert reckon([line], with_vat=False, stamp="recharged", fund=fund).fund == Money(400)


def test_the_fund_counts_towards_the_stamp():
    line, fund = Line("Corso", Decimal(75), OUTSIDE), Fund("TC22", Decimal(4), OUTSIDE)
    found = reckon([line], with_vat=False, stamp="recharged", regime="RF19", fund=fund)
    assert found.stamp == Money(200)  # 78.00 without VAT


def test_the_base_of_the_fund_has_neither_the_stamp_nor_what_was_advanced():
    advanced = Line("Visura camerale", Decimal(100), RateKey(Decimal(0), "N1", "art. 15"))
    fund = Fund("TC22", Decimal(4), EXEMPT)
    found = reckon(
        [Line("Corso", Decimal(500), EXEMPT), advanced], with_vat=False, stamp="recharged", fund=fund
    )
    assert (found.stamp, found.fund_base, found.fund) == (Money(200), Money(50000), Money(2000))
    assert found.gross == Money(500_00 + 20_00 + 100_00 + 2_00)
