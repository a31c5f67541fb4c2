"""The whole tree of domain errors.

DomainError
├─ Invalid         the words are malformed           invalid · unsatisfiable · window-too-wide · fiscal-data-missing
├─ Refused         the rules say no, all of them     refused
├─ Forbidden       the role may not                  forbidden
├─ Unknown         we do not know you                sign-in-needed · sign-in-failed
├─ Missing         no such thing, or not for you     not-found
├─ Conflict        the world has moved               slot-taken · hold-lapsed · price-changed · illegal-move · …
├─ PaymentRefused  the bank said no                  card-declined
├─ TooMany         slow down                         rate-limited
└─ Busy            try again                         busy · gateway-down

Every class that has a code is in `CATALOGUE`, has a sentence in both languages and a page in docs/problems/.
The numbers of HTTP are known to `core/problems.py` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from core.words import Words

CATALOGUE: dict[str, type[DomainError]] = {}


@dataclass(frozen=True, slots=True)
class WayOut:
    """What would mend a refusal: an act's name, and where in the app it is done."""

    act: str
    href: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule says no: who can change that, and from when it would say yes (None: unknown or never)."""

    code: str
    words: Words
    data: dict[str, Any] = field(default_factory=dict)
    fixable_by: str = "nobody"  # you · organisation · staff · time · nobody
    holds_from: datetime | None = None
    way_out: WayOut | None = None

    @property
    def detail(self) -> str:
        return self.words.say(**self.data)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where in the request the fault is: a JSON Pointer, or `?name` for a parameter."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """What the house refuses to do, and why."""

    code: ClassVar[str] = ""
    title: ClassVar[Words]
    sentence: ClassVar[Words]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            CATALOGUE[cls.code] = cls

    def __init__(
        self,
        *,
        data: dict[str, Any] | None = None,
        reasons: Sequence[Reason] = (),
        pointers: Sequence[Pointer] = (),
        retry_after: int | None = None,
        **words: Any,
    ) -> None:
        super().__init__(self.code)
        self.data = data or {}
        self.reasons = list(reasons)
        self.pointers = list(pointers)
        self.alternatives: list[Any] = []
        self.retry_after = retry_after
        self.words = words

    @property
    def detail(self) -> str:
        return self.sentence.say(**self.words)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Invalid(DomainError):
    code = "invalid"
    title = Words("Dati non validi", "Invalid data")
    sentence = Words(
        "Alcuni dati non sono validi: sono indicati uno per uno.",
        "Some of the data is not valid; each fault is listed.",
    )


class Unsatisfiable(Invalid):
    code = "unsatisfiable"
    title = Words("Non può mai valere", "It can never hold")
    sentence = Words("Così non potrebbe mai valere: {why}", "This could never hold: {why}")


class WindowTooWide(Invalid):
    code = "window-too-wide"
    title = Words("Intervallo troppo ampio", "Window too wide")
    sentence = Words(
        "Si possono chiedere al massimo {days} giorni alla volta.",
        "At most {days} days can be asked for at once.",
    )


class TooManyDates(Invalid):
    code = "too-many-dates"
    title = Words("Troppe date", "Too many dates")
    sentence = Words("Una serie ha al massimo {most} date.", "A series has at most {most} dates.")


class FiscalDataMissing(Invalid):
    code = "fiscal-data-missing"
    title = Words("Dati fiscali mancanti", "Fiscal data missing")
    sentence = Words(
        "Per emettere il documento mancano alcuni dati di chi paga.",
        "Some data of the payer is missing for the document.",
    )


class SdiControl(Invalid):
    code = "sdi-control"
    title = Words("Il SdI la rifiuterebbe", "The SdI would refuse it")
    sentence = Words(
        "Il documento non passerebbe i controlli del Sistema di Interscambio: ecco che cosa correggere.",
        "The document would not pass the controls of the Sistema di Interscambio: this is what to mend.",
    )


class Refused(DomainError):
    code = "refused"
    title = Words("Non prenotabile", "Cannot be booked")
    sentence = Words("Le regole non lo permettono: {why}", "The rules do not allow it: {why}")

    def __init__(self, reasons: Sequence[Reason], *, bookable_from: datetime | None = None) -> None:
        super().__init__(
            reasons=reasons, data={"bookable_from": bookable_from}, why=reasons[0].detail if reasons else ""
        )


class Forbidden(DomainError):
    code = "forbidden"
    title = Words("Non consentito", "Not allowed")
    sentence = Words("Il tuo ruolo non lo permette.", "Your role does not allow this.")


class Unknown(DomainError):
    code = "sign-in-needed"
    title = Words("Accesso richiesto", "Sign-in needed")
    sentence = Words("Accedi per continuare.", "Sign in to go on.")


class SignInFailed(Unknown):
    code = "sign-in-failed"
    title = Words("Accesso non riuscito", "Sign-in failed")
    sentence = Words("E-mail o password non corrispondono.", "E-mail and password do not match.")


class Missing(DomainError):
    code = "not-found"
    title = Words("Non trovato", "Not found")
    sentence = Words("Qui non c'è nulla, o non è per te.", "There is nothing here, or it is not for you.")


class Conflict(DomainError):
    """The world has moved since the caller looked."""


class SlotTaken(Conflict):
    code = "slot-taken"
    title = Words("Orario già preso", "Slot taken")
    sentence = Words("Questo orario è già preso.", "This slot is taken.")


class NameTaken(Conflict):
    code = "name-taken"
    title = Words("Nome già usato", "Name taken")
    sentence = Words(
        "C'è già qualcosa con questo nome: sostituiscilo sapendolo, o scegli un altro nome.",
        "There is something of this name already: replace it knowingly, or choose another name.",
    )


class HoldLapsed(Conflict):
    code = "hold-lapsed"
    title = Words("Opzione decaduta", "Hold lapsed")
    sentence = Words(
        "Il tempo per concludere è scaduto e l'orario è tornato libero.",
        "The time to finish has run out and the slot is free again.",
    )


class OfferLapsed(Conflict):
    code = "offer-lapsed"
    title = Words("Offerta scaduta", "Offer lapsed")
    sentence = Words(
        "Il tempo per rispondere è scaduto e l'orario è passato a chi aspettava dopo.",
        "The time to answer has run out and the slot has gone to the next who waited.",
    )


class TooLate(Conflict):
    code = "too-late"
    title = Words("Troppo tardi", "Too late")
    sentence = Words(
        "I dieci secondi per tornare indietro sono passati.",
        "The ten seconds to take it back have passed.",
    )


class FreeNow(Conflict):
    code = "free-now"
    title = Words("È libero adesso", "Free now")
    sentence = Words(
        "Non serve aspettare: quello che cerchi è libero.",
        "There is no need to wait: what you look for is free.",
    )


class PlanStale(Conflict):
    code = "plan-stale"
    title = Words("Il piano non vale più", "The plan no longer holds")
    sentence = Words(
        "Alcune date scelte non sono più libere: ecco il piano com'è adesso.",
        "Some of the chosen dates are no longer free: this is the plan as it is now.",
    )


class DatesNotDecidable(Conflict):
    code = "dates-not-decidable"
    title = Words("Non tutte le date si possono decidere", "Not all dates can be decided on")
    sentence = Words(
        "Alcune date non si possono più decidere: ecco quali e perché. Nulla è cambiato.",
        "Some of the dates cannot be decided on any more: these, and why. Nothing has changed.",
    )


class PriceChanged(Conflict):
    code = "price-changed"
    title = Words("Prezzo cambiato", "Price changed")
    sentence = Words(
        "Il prezzo è cambiato dopo il preventivo: ecco quello nuovo.",
        "The price has changed since the quote; here is the new one.",
    )


class BillChanged(Conflict):
    code = "bill-changed"
    title = Words("Conto cambiato", "Bill changed")
    sentence = Words(
        "Il conto del mese non è più quello che hai visto: guardalo di nuovo.",
        "The month's bill is no longer the one you saw: look at it again.",
    )


class CreditSpent(Conflict):
    code = "credit-spent"
    title = Words("Limite di credito", "Credit limit")
    sentence = Words(
        "In conto si può spendere ancora {left}, su un limite di {limit}: si può pagare subito con carta, o saldare le fatture aperte.",
        "On account {left} may still be spent, of a limit of {limit}: pay now by card, or settle the open invoices.",
    )


class CreditOfOthersSpent(CreditSpent):
    """The same, read by staff who act for the organisation: they neither pay nor owe."""

    sentence = Words(
        "{body} può spendere in conto ancora {left}, su un limite di {limit}: salda prima le fatture aperte, o si alza il limite nella sua scheda.",
        "{body} may still spend {left} on account, of a limit of {limit}: it settles its open invoices first, or the limit is raised on its page.",
    )


class OutOfStock(Conflict):
    code = "out-of-stock"
    title = Words("Esaurito", "Out of stock")
    sentence = Words("Di {what} ne restano {left}.", "Of {what} there are {left} left.")


class CouponNotUsable(Conflict):
    code = "coupon-not-usable"
    title = Words("Codice non utilizzabile", "Coupon not usable")
    sentence = Words("Questo codice non si può usare: {why}.", "This code cannot be used: {why}.")


class BudgetSpent(PriceChanged):
    """What was to pay for it (a pass, a plan, a programme) has been used meanwhile."""

    code = "budget-spent"
    title = Words("Ore o fondi esauriti", "Nothing left to draw on")
    sentence = Words(
        "Il carnet, il piano o il programma che doveva pagare non basta più: ecco il prezzo di adesso.",
        "The pass, plan or programme that was to pay has not enough left; here is the price now.",
    )


class AllowanceSpent(Conflict):
    """The partner's hours of the month are not enough, and its agreement has nothing beyond them."""

    code = "allowance-spent"
    title = Words("Monte ore esaurito", "Allowance spent")
    sentence = Words(
        "Le ore di {partner} per {month} non bastano (ne restano {left}), e l'accordo non ne prevede altre.",
        "The hours of {partner} for {month} are not enough ({left} left), and the agreement allows no more.",
    )


class QuoteExpired(Conflict):
    code = "quote-expired"
    title = Words("Preventivo scaduto", "Quote expired")
    sentence = Words(
        "Il preventivo è scaduto: chiedine uno nuovo.", "The quote has expired; ask for a new one."
    )


class IllegalMove(Conflict):
    code = "illegal-move"
    title = Words("Non più possibile", "No longer possible")
    sentence = Words(
        "Lo stato attuale ({state}) non lo permette.", "Its present state ({state}) does not allow this."
    )


class ChangedMeanwhile(Conflict):
    code = "changed-meanwhile"
    title = Words("Modificato nel frattempo", "Changed meanwhile")
    sentence = Words("Qualcuno l'ha modificato nel frattempo.", "Somebody has changed it meanwhile.")


class IdempotencyKeyInUse(Conflict):
    code = "idempotency-key-in-use"
    title = Words("Richiesta ancora in corso", "Request still running")
    sentence = Words(
        "Una richiesta con la stessa chiave è ancora in corso.",
        "A request with the same key is still running.",
    )


class RefundTooLarge(Conflict):
    code = "refund-too-large"
    title = Words("Rimborso troppo alto", "Refund too large")
    sentence = Words(
        "Si può rimborsare al massimo quanto resta: {left}.",
        "At most what is left can be given back: {left}.",
    )


class MatchTooLarge(Conflict):
    code = "match-too-large"
    title = Words("Abbinamento troppo alto", "Match too large")
    sentence = Words(
        "Si può abbinare al massimo quanto resta: {left}.",
        "At most what is left can be matched: {left}.",
    )


class CreditTooSmall(Conflict):
    """What was to be paid with a customer's credit is more than is left of it."""

    code = "credit-too-small"
    title = Words("Il credito non basta", "The credit is not enough")
    sentence = Words(
        "Del tuo credito restano {left}: non bastano per pagare tutto. Scegli un altro modo.",
        "Of your credit {left} is left, not enough to pay all of it. Choose another way.",
    )


class AlreadyIssued(Conflict):
    code = "already-issued"
    title = Words("Documento già emesso", "Document already issued")
    sentence = Words(
        "Il documento è già stato emesso e non cambia.", "The document has been issued and does not change."
    )


class ErasureBlocked(Conflict):
    code = "erasure-blocked"
    title = Words("Non si può ancora cancellare", "Not to be erased yet")
    sentence = Words(
        "Prima di cancellare l'account va concluso quel che è aperto.",
        "What is still open has to end before the account can be erased.",
    )


class DoesNotSquare(Conflict):
    code = "does-not-square"
    title = Words("Il mese non quadra", "The month does not square")
    sentence = Words(
        "Il mese non si può ancora chiudere: {what}.",
        "The month cannot be closed yet: {what}.",
    )


class OrphansClaims(Conflict):
    code = "orphans-claims"
    title = Words("Ci sono prenotazioni future", "There are future bookings")
    sentence = Words(
        "La modifica toglierebbe il posto a prenotazioni future.",
        "The change would take the place of future bookings.",
    )


class IdempotencyKeyMissing(DomainError):
    code = "idempotency-key-missing"
    title = Words("Chiave di idempotenza mancante", "Idempotency key missing")
    sentence = Words(
        "Ogni creazione porta l'intestazione Idempotency-Key.",
        "Every creation carries the header Idempotency-Key.",
    )


class IdempotencyKeyReused(Invalid):
    code = "idempotency-key-reused"
    title = Words("Chiave di idempotenza riusata", "Idempotency key reused")
    sentence = Words(
        "La stessa chiave è già stata usata con un altro contenuto.",
        "The same key was used before with another body.",
    )


class PaymentRefused(DomainError):
    code = "card-declined"
    title = Words("Pagamento rifiutato", "Payment refused")
    sentence = Words("La banca ha rifiutato il pagamento.", "The bank has refused the payment.")


class TooMany(DomainError):
    code = "rate-limited"
    title = Words("Troppe richieste", "Too many requests")
    sentence = Words("Troppe richieste: riprova tra poco.", "Too many requests: try again shortly.")


class Busy(DomainError):
    code = "busy"
    title = Words("Momentaneamente occupato", "Busy")
    sentence = Words(
        "Molti stanno chiedendo la stessa cosa: riprova tra un momento.",
        "Many ask for the same thing; try again in a moment.",
    )


class GatewayDown(Busy):
    code = "gateway-down"
    title = Words("Pagamenti non raggiungibili", "Payments unreachable")
    sentence = Words(
        "Il servizio di pagamento non risponde: la tua opzione resta valida, riprova.",
        "The payment service does not answer; your hold stays, try again.",
    )


class MethodNotAllowed(DomainError):
    code = "method-not-allowed"
    title = Words("Metodo non previsto", "Method not allowed")
    sentence = Words(
        "Questo indirizzo non risponde a questo metodo.", "This address does not answer this method."
    )


class UnsupportedMediaType(DomainError):
    code = "unsupported-media-type"
    title = Words("Formato non previsto", "Unsupported media type")
    sentence = Words("Il contenuto va inviato come application/json.", "Send the body as application/json.")


class NotAcceptable(DomainError):
    code = "not-acceptable"
    title = Words("Formato non disponibile", "Not acceptable")
    sentence = Words(
        "Non esiste una risposta nel formato chiesto.", "There is no answer in the format asked for."
    )


class TooLarge(DomainError):
    code = "too-large"
    title = Words("Richiesta troppo grande", "Request too large")
    sentence = Words("Il contenuto supera la dimensione massima.", "The body is larger than allowed.")


class InternalError(DomainError):
    code = "internal-error"
    title = Words("Errore nostro", "Our fault")
    sentence = Words(
        "Abbiamo sbagliato qualcosa: è già annotato con questo codice.",
        "We got something wrong; it is noted under this code.",
    )
