"""What an order promises besides bookings is there, once the order is paid or owed on account."""

from billing.budgets import passes, plans
from billing.models import Order


def deliver(order: Order) -> None:
    """Inside an act: the order's passes can be used and its plan has begun. Once."""
    passes.deliver(order)
    plans.deliver(order)
