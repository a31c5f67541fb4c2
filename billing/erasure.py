"""What billing keeps and for how long, and the money that must be settled before a person is erased.

Documents, ledger and orders stay ten years (art. 2220 c.c.); then a document leaves number, date and hash.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, Sum

from billing import states
from billing.models import CustomerCredit, Deposit, Dispute, Incomplete, Instalment, Order, Payment, Refund
from core import retention
from core.ids import encode
from core.money import Money
from core.retention import Obstacle
from core.words import Words

OWED = Words("C'è ancora da pagare: {name}.", "There is still something to pay: {name}.")
BACK = Words("Un rimborso è in arrivo: {name}.", "A refund is on its way: {name}.")
KEPT = Words("Una cauzione è riservata: {name}.", "A deposit is reserved: {name}.")
DISPUTED = Words("Un pagamento è contestato: {name}.", "A payment is disputed: {name}.")
CREDIT = Words(
    "C'è un credito da usare o da restituire: {name}.", "There is a credit to be used or given back: {name}."
)
WAITS = Words("Una vendita aspetta il documento: {name}.", "A sale waits for its document: {name}.")


@retention.in_the_way
def open_money(person: UUID) -> list[Obstacle]:
    """Money of a person that is still open: owed, to be given back, reserved, disputed, their credit, or without its
    document."""
    owed = Order.objects.filter(
        Q(state=Order.State.OWED)
        | Q(payments__state__in=[Payment.State.CREATED, Payment.State.AWAITING], state=Order.State.PROMISED),
        person=person,
    ).distinct()
    to_come = Instalment.objects.to_come().filter(
        period__subscription__person=person, period__subscription__organisation=None
    )
    back = Refund.objects.filter(payment__order__person=person).exclude(state=Refund.State.DONE)
    kept = Deposit.objects.filter(person=person, state__in=[Deposit.State.HELD, Deposit.State.TAKING])
    disputed = Dispute.objects.filter(payment__order__person=person, state__in=states.LIVE)
    credits = CustomerCredit.objects.filter(person=person).annotate(used=Sum("matches__amount"))
    waits = Incomplete.objects.filter(order__person=person, done_at=None)
    return [
        *(Obstacle("money-open", _said(order.total), OWED) for order in owed),
        *(Obstacle("money-open", _said(part.amount), OWED) for part in to_come),
        *(Obstacle("money-open", _said(refund.amount), BACK) for refund in back),
        *(Obstacle("money-open", _said(deposit.amount), KEPT) for deposit in kept),
        *(Obstacle("money-open", _said(dispute.amount), DISPUTED) for dispute in disputed),
        *(
            Obstacle("money-open", _said(left), CREDIT)
            for c in credits
            if (left := c.amount - (c.used or Money(0)))
        ),
        *(Obstacle("money-open", encode("ord", sale.order_id), WAITS) for sale in waits),
    ]


def _said(amount: Money) -> str:
    return str(amount)


# Old enough, and corrected by nothing that must still be kept; nothing of it is a customer's credit, nor did one pay it
# that pays something younger too: what is left of a credit is told by all that it paid.
OLD = """SELECT d.id FROM billing_document d WHERE d.issued_on < fiscal AND NOT EXISTS (
    SELECT FROM billing_document c WHERE c.corrects_id = d.id AND c.issued_on >= fiscal) AND NOT EXISTS (
    SELECT FROM billing_customercredit k WHERE k.document_id = d.id) AND NOT EXISTS (
    SELECT FROM billing_match m JOIN billing_match o ON o.credit_id = m.credit_id
    WHERE m.document_id = d.id AND o.posted_on >= fiscal)"""
# Credits that pay nothing that is kept; their documents go the next time.
OLD_CREDITS = """SELECT k.id FROM billing_customercredit k WHERE k.posted_on < fiscal AND NOT EXISTS (
    SELECT FROM billing_match m WHERE m.credit_id = k.id AND (m.posted_on >= fiscal OR m.document_id IS NOT NULL))"""
REVISIONS = f"SELECT id FROM billing_revision WHERE document_id IN ({OLD})"
TRACE = f"""INSERT INTO billing_documenttrace (id, issuer_id, kind, year, ordinal, number, issued_on, sha256)
    SELECT d.id, d.issuer_id, d.kind, d.year, d.ordinal, d.number, d.issued_on, r.sha256
    FROM billing_document d JOIN LATERAL (
        SELECT sha256 FROM billing_revision WHERE document_id = d.id ORDER BY version DESC LIMIT 1
    ) r ON true WHERE d.id IN ({OLD})"""

# A document of the person themselves, by the issuer of a VAT check, that bears the number it is about.
BORNE = """SELECT FROM billing_document d JOIN billing_revision r ON r.document_id = d.id
    WHERE d.person_id = who AND d.organisation_id IS NULL AND d.issuer_id = v.issuer_id
    AND regexp_replace(upper(r.snapshot->'buyer'->>'vat_number'), '[^A-Z0-9]', '', 'g') LIKE '%' || v.number"""


def register() -> None:
    """What of money is forgotten with a person, and with time."""
    retention.forget_person(
        "UPDATE billing_beneficiary SET email = id || '@erased.invalid', message = '', reason = '', outcome = '' "
        "WHERE person_id = who",
        "UPDATE billing_subscription SET method_id = NULL WHERE method_id IN "
        "(SELECT id FROM billing_savedmethod WHERE person_id = who AND organisation_id IS NULL)",
        # The gateway is told afterwards (`methods.sweep`), for as long as its name for it is here. A body's stays its own.
        "UPDATE billing_savedmethod SET state = 'removed', brand = '', last4 = '', expires_on = NULL "
        "WHERE person_id = who AND organisation_id IS NULL",
        # The office may have written why.
        "UPDATE billing_instalment SET waived_why = '–' WHERE waived_at IS NOT NULL AND period_id IN (SELECT p.id "
        "FROM billing_planperiod p JOIN billing_subscription s ON s.id = p.subscription_id "
        "WHERE s.person_id = who AND s.organisation_id IS NULL)",
        "UPDATE billing_deposit SET customer_ref = '', method_ref = '' WHERE person_id = who",
        "UPDATE billing_refund SET iban = '' WHERE payment_id IN (SELECT p.id FROM billing_payment p "
        "JOIN billing_order o ON o.id = p.order_id WHERE o.person_id = who AND o.organisation_id IS NULL)",
        # Who decided what, and when, stays; what was told of its customer does not.
        "UPDATE billing_disputeanswer SET evidence = '{}' WHERE dispute_id IN (SELECT d.id FROM billing_dispute d "
        "JOIN billing_payment p ON p.id = d.payment_id JOIN billing_order o ON o.id = p.order_id WHERE o.person_id = who)",
        # With an invoice that bears the number stays when its issuer looked it up; without one nothing does. What is not
        # asked yet goes first, so that an answer under way finds nothing to write on.
        f"DELETE FROM billing_vatcheck v WHERE person_id = who AND (state = 'waiting' OR NOT EXISTS ({BORNE}))",
        "UPDATE billing_vatcheck SET told_name = '', told_address = '', again_at = NULL WHERE person_id = who",
        "UPDATE billing_subscription SET state = 'ended' WHERE person_id = who AND organisation_id IS NULL",
    )
    retention.forget_old(
        TRACE,
        "UPDATE billing_preliminary SET in_place_of_id = NULL WHERE in_place_of_id IN "
        "(SELECT id FROM billing_preliminary WHERE written_on < fiscal)",
        # Never younger than the invoice that came of it.
        "DELETE FROM billing_preliminary WHERE written_on < fiscal",
        "DELETE FROM billing_vatcheck WHERE wanted_at < fiscal",
        f"UPDATE billing_order SET state = 'paid', bill_id = NULL WHERE bill_id IN ({OLD})",
        f"UPDATE billing_deskpayment SET document_id = NULL WHERE document_id IN ({OLD})",
        f"UPDATE billing_disputeanswer SET document_id = NULL, evidence = '{{}}' WHERE document_id IN ({OLD})",
        f"DELETE FROM billing_match WHERE document_id IN ({OLD})",
        f"DELETE FROM billing_reminder WHERE document_id IN ({OLD})",
        # The bank's account stays what it was; who paid or was paid does not, and nothing of it is asked for any more.
        "UPDATE billing_movement SET name = '', iban = '', reason = '', set_aside = '–' WHERE posted_on < fiscal",
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
        # After the documents: what is old only once they are gone has left its trace first.
        f"DELETE FROM billing_match WHERE credit_id IN ({OLD_CREDITS})",
        f"DELETE FROM billing_customercredit WHERE id IN ({OLD_CREDITS})",
        "DELETE FROM billing_gatewayevent WHERE received_at < personal",
    )
