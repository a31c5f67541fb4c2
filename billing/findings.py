"""One thing that does not square: how it is called, said, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.money import Money
from core.words import Words

EXPLAIN, GIVE_BACK, SEND_AGAIN, TAKE_FEE = "explain", "give-back", "send-again", "take-fee"
MENDS = (EXPLAIN, GIVE_BACK, SEND_AGAIN, TAKE_FEE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not square: a code, a sentence, what it is about, how much it is off; whether it stops the
    month from closing, and how it may be mended from here."""

    code: str
    sentence: Words
    label: str
    thing: str | None = None
    off: Money | None = None
    stops: bool = True
    mends: tuple[str, ...] = ()


W = {
    "document-not-entered": Words(
        "Il documento e le sue scritture non coincidono", "The document and its ledger entries differ"
    ),
    "sale-without-document": Words("Una vendita aspetta il documento", "A sale waits for its document"),
    "payment-without-document": Words(
        "Un incasso non ha documento né rimborso", "A payment has neither document nor refund"
    ),
    "refund-stuck": Words("Un rimborso non è ancora partito", "A refund has not left yet"),
    "refund-to-give": Words("Un rimborso è da restituire", "A refund is to be given back"),
    "refund-refused": Words(
        "Il gestore non fa un rimborso: va restituito in un altro modo",
        "The payment provider refuses a refund: it has to go back in another way",
    ),
    "refund-without-note": Words(
        "Restituito senza nota di credito: l'IVA resta, la somma è un costo",
        "Given back without a credit note: the VAT stays, the sum is a cost",
    ),
    "number-missing": Words("Manca un numero nel sezionale", "A number of the series is missing"),
    "sdi-rejected": Words(
        "Scartata dallo SdI: va corretta e rinviata", "Rejected by the SdI: correct and resend"
    ),
    "sdi-to-write": Words(
        "Il file per lo SdI si scrive quando lo si scarica",
        "The file for the SdI is written when it is downloaded",
    ),
    "sdi-to-mend": Words(
        "Da correggere prima di inviarla allo SdI", "To be corrected before it goes to the SdI"
    ),
    "sdi-pending": Words("Inviata o da inviare, senza ricevuta", "Sent or to be sent, without a receipt"),
    "order-paid-in-vain": Words(
        "Un ordine non più dovuto era pagato in parte", "An order that is not owed any more was paid in part"
    ),
    "movement-open": Words("Un movimento della banca non è abbinato", "A bank movement is not matched"),
    "charge-unknown": Words(
        "Il gestore ha un incasso che non conosciamo", "The payment provider has a payment unknown to us"
    ),
    "charged-twice": Words("Pagato due volte al gestore", "Charged twice at the payment provider"),
    "refund-unknown": Words(
        "Il gestore ha restituito soldi e noi no", "The payment provider gave money back and we did not"
    ),
    "payment-not-at-gateway": Words(
        "Un incasso che il gestore non ha", "A payment that the payment provider does not have"
    ),
    "refund-not-at-gateway": Words(
        "Un rimborso che il gestore non ha", "A refund that the payment provider does not have"
    ),
    "amount-differs": Words("L'importo al gestore è un altro", "The amount at the payment provider differs"),
    "fee-differs": Words("La commissione al gestore è un'altra", "The fee at the payment provider differs"),
    "adjustment-unknown": Words(
        "Il gestore ha rettificato il saldo", "The payment provider adjusted the balance"
    ),
    "payout-apart": Words(
        "Un accredito non è la somma delle sue parti", "A payout is not the sum of its parts"
    ),
    "payout-not-arrived": Words(
        "Un accredito non si trova nei movimenti della banca", "A payout is not among the bank's movements"
    ),
    "given-back-twice": Words(
        "Rimborsato, e ripreso dalla banca: restituito due volte",
        "Refunded, and taken back by the bank: given back twice",
    ),
    "dispute-to-answer": Words("Una contestazione aspetta risposta", "A dispute waits for an answer"),
}


PLACES = {code: n for n, code in enumerate(W)}


def place(one: Finding) -> tuple[int, int, str, int, str]:
    """Where it stands in a list: what stops the month first, then what is alike together, the oldest first."""
    return (not one.stops, PLACES[one.code], one.thing or "", len(one.label), one.label)


def found(
    code: str,
    label: str,
    thing: str | None = None,
    off: Any = None,
    *,
    stops: bool = True,
    mends: tuple[str, ...] = (),
) -> Finding:
    """A finding, with the sentence of its code."""
    return Finding(code, W[code], label, thing, off, stops, mends)
