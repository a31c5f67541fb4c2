"""The partners' shares on a day make the whole."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.consortium import SharesNotWhole, check_whole, shares_on
from people.models import Agreement, Share

pytestmark = pytest.mark.django_db


def test_shares_are_those_of_the_agreement_in_force(cast):
    _ = cast.lead
    newer = Agreement.objects.create(consortium=cast.consortium, version=2, from_on=date(2026, 12, 1))
    for partner, percent in ((cast.lead, "33.3333"), (cast.member, "66.6667")):
        Share.objects.create(agreement=newer, partner=partner, percent=Decimal(percent))
    assert shares_on(cast.consortium.pk, date(2026, 11, 30))[cast.lead.pk] == 60
    assert shares_on(cast.consortium.pk, date(2026, 12, 1))[cast.lead.pk] == Decimal("33.3333")


def test_before_the_first_agreement_nobody_shares(cast):
    _ = cast.lead
    assert shares_on(cast.consortium.pk, date(2024, 12, 31)) == {}


def test_shares_that_do_not_make_the_whole_are_refused(cast):
    _ = cast.lead
    Share.objects.filter(partner=cast.member).update(percent=39)
    with pytest.raises(SharesNotWhole):
        shares_on(cast.consortium.pk, date(2026, 12, 1))


@given(st.lists(st.integers(1, 999_999), min_size=1, max_size=5))
def test_only_the_whole_is_whole(parts):
    percents = [Decimal(part) / 10_000 for part in parts]
    rest = Decimal(100) - sum(percents)
    if rest == 0:
        check_whole(percents)
        return
    check_whole([*percents, rest])
    with pytest.raises(SharesNotWhole):
        check_whole(percents)
