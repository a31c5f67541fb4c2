"""What was promised before is told anew by the migration that tells it, and nothing of it is lost."""

import importlib

import pytest
from django.db import connection

from billing.models import Order
from billing.paying.checkout import checkout
from billing.quoting.quotes import quote
from core.ids import uuid7
from tests.billing.sales import book
from tests.cast import rome

pytestmark = pytest.mark.django_db(transaction=True)
retold = importlib.import_module("billing.migrations.0028_time_of_draws")


def test_a_promise_whose_budget_is_gone_keeps_what_it_said(cast):
    held = book(cast.ada, cast.laser, rome("2026-12-10 10:00"))
    order = checkout(cast.ada, quote(cast.ada, [held], None).pk, "cash").order
    said = {"budget": str(uuid7()), "item": str(uuid7()), "units": 60, "worth": 900}
    Order.objects.filter(pk=order.pk).update(draws=[said])
    with connection.cursor() as cursor:
        cursor.execute(retold.PROMISED)
    assert Order.objects.get(pk=order.pk).draws == [said | {"listed": 900, "minutes": 0}]
