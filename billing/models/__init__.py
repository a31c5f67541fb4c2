"""How much: tariffs, what was promised, what was paid, what document proves it, and whose the takings are."""

from billing.models.allowance import Allowance
from billing.models.bank import BankStatement, CustomerCredit, Match, Movement
from billing.models.books import Account
from billing.models.budget import Budget, Draw, Measure, PassKind
from billing.models.day_close import DayClose
from billing.models.deposit import Authorisation, Deposit
from billing.models.desk import DeskPayment
from billing.models.document import (
    AccountingMonth,
    Dispatch,
    Document,
    DocumentLine,
    DocumentRate,
    DocumentTrace,
    File,
    HeldBack,
    Incomplete,
    NumberCounter,
    NumberSeries,
    Receipt,
    Revision,
    SendingCounter,
    Transmission,
)
from billing.models.dunning import DunningPause, DunningStep, Reminder
from billing.models.gateway import (
    Dispute,
    DisputeAnswer,
    Explained,
    GatewayReading,
    GatewayTransaction,
    Payout,
)
from billing.models.given_back import GivenBack
from billing.models.instalment import Instalment
from billing.models.issuer import Issuer
from billing.models.ledger import Entry
from billing.models.on_account import OnAccount
from billing.models.order import Checkout, NoShowFee, Order, OrderLine, Quote
from billing.models.payment import GatewayEvent, Payment, Refund
from billing.models.plan import Included, Plan, PlanPeriod, Subscription
from billing.models.preliminary import Preliminary
from billing.models.programme import Beneficiary, Programme
from billing.models.saved import SavedMethod
from billing.models.settlement import (
    Approval,
    ClosedStatement,
    CostItem,
    Objection,
    Settlement,
    SplitRule,
)
from billing.models.tariff import CancellationTerms, Rate, Tariff, VatRate
from billing.models.used import TimeUsed
from billing.models.vat_check import VatCheck
from billing.models.wares import ChosenExtra, Coupon, CouponPart, CouponUse, Extra

__all__ = [
    "Account",
    "AccountingMonth",
    "Allowance",
    "Approval",
    "Authorisation",
    "BankStatement",
    "Beneficiary",
    "Budget",
    "CancellationTerms",
    "Checkout",
    "ChosenExtra",
    "ClosedStatement",
    "CostItem",
    "Coupon",
    "CouponPart",
    "CouponUse",
    "CustomerCredit",
    "DayClose",
    "Deposit",
    "DeskPayment",
    "Dispatch",
    "Dispute",
    "DisputeAnswer",
    "Document",
    "DocumentLine",
    "DocumentRate",
    "DocumentTrace",
    "Draw",
    "DunningPause",
    "DunningStep",
    "Entry",
    "Explained",
    "Extra",
    "File",
    "GatewayEvent",
    "GatewayReading",
    "GatewayTransaction",
    "GivenBack",
    "HeldBack",
    "Included",
    "Incomplete",
    "Instalment",
    "Issuer",
    "Match",
    "Measure",
    "Movement",
    "NoShowFee",
    "NumberCounter",
    "NumberSeries",
    "Objection",
    "OnAccount",
    "Order",
    "OrderLine",
    "PassKind",
    "Payment",
    "Payout",
    "Plan",
    "PlanPeriod",
    "Preliminary",
    "Programme",
    "Quote",
    "Rate",
    "Receipt",
    "Refund",
    "Reminder",
    "Revision",
    "SavedMethod",
    "SendingCounter",
    "Settlement",
    "SplitRule",
    "Subscription",
    "Tariff",
    "TimeUsed",
    "Transmission",
    "VatCheck",
    "VatRate",
]
