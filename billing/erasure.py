"""What billing keeps and for how long, and the money that must be settled before a person is erased.

Documents, ledger and orders stay ten years (art. 2220 c.c.); then a document leaves number, date and hash.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from billing.models import Deposit, Incomplete, Order, Payment, Refund
from core import retention
from core.ids import encode
from core.money import Money
from core.retention import Obstacle
from core.words import Words

OWED = Words("C'è ancora da pagare: {name}.", "There is still something to pay: {name}.")
BACK = Words("Un rimborso è in arrivo: {name}.", "A refund is on its way: {name}.")
KEPT = Words("Una cauzione è riservata: {name}.", "A deposit is reserved: {name}.")
WAITS = Words("Una vendita aspetta il documento: {name}.", "A sale waits for its document: {name}.")


@retention.in_the_way
def open_money(person: UUID) -> list[Obstacle]:
    owed = Order.objects.filter(
        Q(state=Order.State.OWED)
        | Q(payments__state__in=[Payment.State.CREATED, Payment.State.AWAITING], state=Order.State.PROMISED),
        person=person,
    ).distinct()
    back = Refund.objects.filter(payment__order__person=person).exclude(state=Refund.State.DONE)
    kept = Deposit.objects.filter(person=person, state__in=[Deposit.State.HELD, Deposit.State.TAKING])
    waits = Incomplete.objects.filter(order__person=person, done_at=None)
    return [
        *(Obstacle("money-open", _said(order.total), OWED) for order in owed),
        *(Obstacle("money-open", _said(refund.amount), BACK) for refund in back),
        *(Obstacle("money-open", _said(deposit.amount), KEPT) for deposit in kept),
        *(Obstacle("money-open", encode("ord", sale.order_id), WAITS) for sale in waits),
    ]


def _said(amount: Money) -> str:
    return str(amount)


# Old enough, and corrected by nothing that must still be kept.
OLD = """SELECT d.id FROM billing_document d WHERE d.issued_on < fiscal AND NOT EXISTS (
    SELECT FROM billing_document c WHERE c.corrects_id = d.id AND c.issued_on >= fiscal)"""
REVISIONS = f"SELECT id FROM billing_revision WHERE document_id IN ({OLD})"
TRACE = f"""INSERT INTO billing_documenttrace (id, issuer_id, kind, year, ordinal, number, issued_on, sha256)
    SELECT d.id, d.issuer_id, d.kind, d.year, d.ordinal, d.number, d.issued_on, r.sha256
    FROM billing_document d JOIN LATERAL (
        SELECT sha256 FROM billing_revision WHERE document_id = d.id ORDER BY version DESC LIMIT 1
    ) r ON true WHERE d.id IN ({OLD})"""


def register() -> None:
    retention.forget_person(
        "UPDATE billing_beneficiary SET email = id || '@erased.invalid', message = '', reason = '', outcome = '' "
        "WHERE person_id = who",
        "UPDATE billing_subscription SET method_id = NULL WHERE method_id IN "
        "(SELECT id FROM billing_savedmethod WHERE person_id = who AND organisation_id IS NULL)",
        # The gateway is told afterwards (`methods.sweep`), for as long as its name for it is here. A body's stays its own.
        "UPDATE billing_savedmethod SET state = 'removed', brand = '', last4 = '', expires_on = NULL "
        "WHERE person_id = who AND organisation_id IS NULL",
        "UPDATE billing_deposit SET customer_ref = '', method_ref = '' WHERE person_id = who",
        "UPDATE billing_subscription SET state = 'ended' WHERE person_id = who AND organisation_id IS NULL",
    )
    retention.forget_old(
        TRACE,
        f"DELETE FROM billing_entry WHERE document_id IN ({OLD})",
        "DELETE FROM billing_receipt WHERE transmission_id IN "
        f"(SELECT id FROM billing_transmission WHERE revision_id IN ({REVISIONS}))",
        "DELETE FROM billing_dispatch WHERE transmission_id IN "
        f"(SELECT id FROM billing_transmission WHERE revision_id IN ({REVISIONS}))",
        f"DELETE FROM billing_transmission WHERE revision_id IN ({REVISIONS})",
        f"DELETE FROM billing_heldback WHERE revision_id IN ({REVISIONS})",
        f"DELETE FROM billing_file WHERE revision_id IN ({REVISIONS})",
        f"DELETE FROM billing_revision WHERE document_id IN ({OLD})",
        f"DELETE FROM billing_documentline WHERE document_id IN ({OLD})",
        f"DELETE FROM billing_documentrate WHERE document_id IN ({OLD})",
        f"DELETE FROM billing_document WHERE id IN ({OLD})",
        "DELETE FROM billing_gatewayevent WHERE received_at < personal",
    )
