"""A month of payments through the gateway, and whoever looks at it."""

import pytest

from billing import gateways
from billing.models import Payment
from tests.api import client
from tests.reconciling.nights import give_back
from tests.stories.test_no_cent_is_lost import check_out, held


@pytest.fixture(autouse=True)
def _start(at, cast):
    at("2026-11-03 09:00")
    _ = cast.franco, cast.dario, cast.room


@pytest.fixture
def buy(bank, cast):
    """A booking of Ada's that is paid now; its payment."""

    def do(day):
        api = client(cast.ada)
        made = check_out(api, [held(api, cast.room, day, f"h{day}")], "card", f"c{day}")
        bank.pay(made["redirect_url"])
        bank.tell_everything()
        return Payment.objects.order_by("-captured_at", "-pk").first()

    return do


class Office:
    """Franco, who signs in anew each time: days pass between what he asks."""

    def __init__(self, person):
        self.person = person

    def __getattr__(self, name):
        return getattr(client(self.person), name)


@pytest.fixture
def office(cast):
    return Office(cast.franco)


@pytest.fixture
def month(buy, at):
    """A month of four payments and a refund, and the night after."""
    paid = []
    for n, day in enumerate(("02", "03", "04", "07")):
        at(f"2026-11-{3 + n:02} 09:00")
        paid.append(buy(day))
    back = give_back(paid[0], 500)
    at("2026-11-07 09:00")
    return paid, back


@pytest.fixture
def gateway_of_ours(bank):
    return gateways.current()
