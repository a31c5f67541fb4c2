"""How much: tariffs, what was promised, what was paid, what document proves it, and whose the takings are."""

from billing.models.document import (
    AccountingMonth,
    Document,
    DocumentLine,
    DocumentRate,
    DocumentTrace,
    File,
    Incomplete,
    NumberCounter,
    NumberSeries,
    Receipt,
    Revision,
    SendingCounter,
    Transmission,
)
from billing.models.given_back import GivenBack
from billing.models.issuer import Issuer
from billing.models.ledger import Entry
from billing.models.order import Checkout, NoShowFee, Order, OrderLine, Quote
from billing.models.payment import Deposit, GatewayEvent, Payment, Refund
from billing.models.settlement import (
    Approval,
    ClosedStatement,
    CostItem,
    Objection,
    Settlement,
    SplitRule,
)
from billing.models.tariff import CancellationTerms, Rate, Tariff, VatRate

__all__ = [
    "AccountingMonth",
    "Approval",
    "CancellationTerms",
    "Checkout",
    "ClosedStatement",
    "CostItem",
    "Deposit",
    "Document",
    "DocumentLine",
    "DocumentRate",
    "DocumentTrace",
    "Entry",
    "File",
    "GatewayEvent",
    "GivenBack",
    "Incomplete",
    "Issuer",
    "NoShowFee",
    "NumberCounter",
    "NumberSeries",
    "Objection",
    "Order",
    "OrderLine",
    "Payment",
    "Quote",
    "Rate",
    "Receipt",
    "Refund",
    "Revision",
    "SendingCounter",
    "Settlement",
    "SplitRule",
    "Tariff",
    "Transmission",
    "VatRate",
]
