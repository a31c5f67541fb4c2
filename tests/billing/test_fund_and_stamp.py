"""A profession's fund beside the stamp duty: reckoned on what is sold, and itself a part of what the stamp looks at."""

from decimal import Decimal

from billing.amounts import Fund, Line, reckon
from billing.vat import RateKey
from core.money import Money

EXEMPT, OUTSIDE = RateKey(Decimal(0), "N4", "a"), RateKey(Decimal(0), "N2.2", "f")


def test_the_fund_is_no_percentage_of_the_stamp():
    line, fund = Line("Corso", Decimal(100), EXEMPT), Fund("TC22", Decimal(4), EXEMPT)
    assert reckon([line], with_vat=False, stamp="recharged", fund=fund).fund == Money(400)


def test_the_fund_counts_towards_the_stamp():
    line, fund = Line("Corso", Decimal(75), OUTSIDE), Fund("TC22", Decimal(4), OUTSIDE)
    found = reckon([line], with_vat=False, stamp="recharged", regime="RF19", fund=fund)
    assert found.stamp == Money(200)  # 78.00 without VAT
