"""What the SdI takes and an accountant would ask about before it is issued: told, never a refusal.

Sources: DPR 633/72 art. 16 (rates), 17-ter (split payment), 21 (the law beside what bears no VAT), 26 c. 3 (a credit
after a year); L. 190/2014 art. 1 c. 58 (no VAT in the flat-rate regime); DPR 642/72 tariff art. 13 (stamp duty);
D.L. 66/2014 art. 25 (CIG and CUP); guide of the tax office on stamp duty (list B).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.models import Document
from billing.papers.amounts import STAMP_ABOVE, STAMPED, Line, Reckoned, owes_stamp
from billing.papers.fatturapa import REA
from billing.papers.latin import WHOLE, latin
from billing.papers.regimes import NO_VAT
from billing.papers.wish import Wish
from core.money import ZERO, total
from core.periods import a_year_after
from core.words import Words
from people.fiscal import may_be_of
from people.models import Organisation

RATES = {Decimal(percent) for percent in (4, 5, 10, 22)}
# What is withheld as tax; the other kinds are contributions (RT03 INPS, RT04 ENASARCO, RT05 ENPAM, RT06 others).
TAX = ("RT01", "RT02")

W: Final[dict[str, Words]] = {
    "vat-in-a-regime-without": Words(
        "Il regime {regime} dell'emittente non addebita IVA: di solito la riga ha natura N2.2.",
        "The issuer's regime {regime} charges no VAT: usually the line has natura N2.2.",
    ),
    "rate-unusual": Words(
        "L'aliquota {rate}% non è tra quelle italiane: 4, 5, 10 o 22.",
        "{rate}% is not among the Italian rates: 4, 5, 10 or 22.",
    ),
    "law-missing": Words(
        "La riga è senza IVA e non dice per quale norma.",
        "The line is without VAT and does not say by which law.",
    ),
    "split-not-public": Words(
        "La scissione dei pagamenti vale per enti pubblici e società quotate: il cliente non risulta un ente pubblico.",
        "Split payment is for public bodies and listed companies: this customer is not known as a public body.",
    ),
    "split-missing": Words(
        "Il cliente è un ente pubblico: di solito l'IVA la versa lui (scissione dei pagamenti).",
        "The customer is a public body: usually it pays the VAT itself (split payment).",
    ),
    "split-and-withholding": Words(
        "Chi subisce la ritenuta d'acconto è fuori dalla scissione dei pagamenti.",
        "Whoever has tax withheld is outside split payment.",
    ),
    "cig-missing": Words(
        "Il cliente è un ente pubblico: senza CIG (o il motivo per cui manca) può non pagare.",
        "The customer is a public body: without a CIG (or why there is none) it may not pay.",
    ),
    "stamp-missing": Words(
        "Senza IVA ci sono più di 77,47 €: di solito serve il bollo di 2,00 €.",
        "More than €77.47 is without VAT: usually stamp duty of €2.00 is due.",
    ),
    "stamp-list-b": Words(
        "Il bollo non è dovuto, ma l'Agenzia può proporlo nell'elenco B: andrà tolto.",
        "Stamp duty is not due, but the tax office may list it in its list B: strike it out.",
    ),
    "province-missing": Words(
        "La sede dell'emittente non ha la provincia.", "The issuer's seat has no province."
    ),
    "rea-unreadable": Words(
        "Il numero REA dell'emittente si scrive sigla e cifre, per esempio TO-1234567: così lo SdI non lo riceve.",
        "The issuer's REA number is written as letters and digits, like TO-1234567: as it is the SdI does not get it.",
    ),
    "code-missing": Words(
        "Senza codice destinatario né PEC la fattura resta nel cassetto fiscale: avvisa il cliente.",
        "Without a recipient code or a PEC the invoice stays in the tax drawer: tell the customer.",
    ),
    "numbers-differ": Words(
        "Partita IVA e codice fiscale del cliente sono 11 cifre diverse: lo SdI rifiuta se non sono dello stesso soggetto.",
        "The customer's VAT number and tax code are different 11 digits: the SdI refuses unless both are of one body.",
    ),
    "number-unlikely": Words(
        "La partita IVA {number} non torna con le cifre di controllo del suo paese.",
        "The VAT number {number} does not fit the check digits of its country.",
    ),
    "withholding-of-nothing": Words(
        "La ritenuta c'è ma nessuna riga vi è soggetta: è zero.",
        "There is a withholding but no line is subject to it: it is zero.",
    ),
    "withholding-by-a-person": Words(
        "Un privato non è sostituto d'imposta: di solito non trattiene la ritenuta.",
        "A private person is no withholding agent: usually nothing is withheld.",
    ),
    "iban-missing": Words(
        "Si paga con bonifico e l'emittente non ha un IBAN.",
        "It is paid by bank transfer and the issuer has no IBAN.",
    ),
    "due-before": Words("La scadenza è già passata.", "The due date is past already."),
    "due-without-method": Words(
        "C'è una scadenza senza modo di pagamento: nel file per lo SdI non si legge.",
        "There is a due date without a way to pay: the file for the SdI does not tell it.",
    ),
    "credit-late": Words(
        "È passato più di un anno dal {day}: per un accordo o un errore l'IVA non si recupera più (art. 26 c. 3).",
        "More than a year has gone since {day}: after an agreement or an error the VAT is lost (art. 26 c. 3).",
    ),
    "issued-late": Words(
        "Andava emesso entro il {day}: il documento è tardivo, porta la data di oggi e vuole un motivo.",
        "It was to be issued by {day}: the document is late, is dated today and needs a reason.",
    ),
    "month-taken": Words(
        "Il mese dell'operazione è chiuso o già ripartito: il documento porta la data di oggi.",
        "The month of the operation is closed or divided already: the document is dated today.",
    ),
    "out-of-order": Words(
        "L'ultimo documento della serie è del {day}: numero e data non seguono lo stesso ordine.",
        "The series' last document is of {day}: number and date do not follow the same order.",
    ),
    "written-otherwise": Words(
        "Lo SdI accetta solo lettere latine: scriverà «{text}».",
        "The SdI takes Latin letters only: it will read “{text}”.",
    ),
}


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to look at: its code, the field (a JSON pointer as `fault_places` writes it), and what was found."""

    code: str
    place: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return W[self.code].say(**self.data)


def cautions(wish: Wish, came: Reckoned, today: date) -> list[Caution]:
    """What is to be looked at in this wish, whose figures are these, on this day in Italy. Pure."""
    found = [*_rates(wish, came), *_stamp(wish, came), *_payment(wish, came, today)]
    if wish.series != Document.Kind.RECEIPT:
        found += [*_sides(wish, came), *_letters(wish)]
    return found


def _asked(wish: Wish, came: Reckoned) -> list[Line]:
    """The lines that somebody wrote, without the stamp duty that is added to them."""
    return list(came.lines[: len(wish.lines)])


def _rates(wish: Wish, came: Reckoned) -> Iterator[Caution]:
    for n, line in enumerate(_asked(wish, came)):
        key = line.rate
        # A credit takes back what was charged, under whatever regime that was.
        if key.rate and wish.issuer.regime in NO_VAT and wish.corrects is None:
            yield Caution("vat-in-a-regime-without", f"/lines/{n}/rate", {"regime": wish.issuer.regime})
        elif key.rate and key.rate not in RATES:
            yield Caution("rate-unusual", f"/lines/{n}/rate", {"rate": f"{key.rate.normalize():f}"})
        if key.natura and not key.legal_text.strip():
            yield Caution("law-missing", f"/lines/{n}/legal_text")


def _stamp(wish: Wish, came: Reckoned) -> Iterator[Caution]:
    if came.stamp or wish.issuer.third_sector or wish.series != wish.kind:
        return
    lines, whole = _asked(wish, came), total(came.nets) + came.fund
    fund = came.fund if wish.fund is not None and wish.fund.rate.natura in STAMPED else ZERO
    if owes_stamp(lines, fund):
        yield Caution("stamp-missing", "/stamp")
    elif (fund or any(line.rate.natura in STAMPED for line in lines)) and whole.cents > STAMP_ABOVE.cents:
        yield Caution("stamp-list-b", "")


def _payment(wish: Wish, came: Reckoned, today: date) -> Iterator[Caution]:
    paper = wish.paper
    if wish.withholding is not None and not came.withheld:
        yield Caution("withholding-of-nothing", "/lines/0/withheld")
    if _taxed(wish) and not isinstance(wish.payer, Organisation):
        yield Caution("withholding-by-a-person", "/withholding/percent")
    if paper.method in ("transfer", "account") and not wish.issuer.iban and wish.corrects is None:
        yield Caution("iban-missing", "/issuer/iban")
    if paper.due_on is not None and paper.due_on < today:
        yield Caution("due-before", "/due_on")
    if paper.due_on is not None and not paper.method:
        yield Caution("due-without-method", "/method")
    old = wish.corrects
    if old is not None and old.vat and a_year_after(old.issued_on) < today:
        yield Caution("credit-late", "/corrects_id", {"day": f"{old.issued_on:%d/%m/%Y}"})


def _taxed(wish: Wish) -> bool:
    return wish.withholding is not None and wish.withholding.kind in TAX


def _sides(wish: Wish, came: Reckoned) -> Iterator[Caution]:
    seat, payer = wish.issuer.partner.organisation, wish.payer
    if seat.country == "IT" and not seat.province:
        yield Caution("province-missing", "/issuer/province")
    if wish.issuer.rea and not REA.fullmatch(wish.issuer.rea.strip()):
        yield Caution("rea-unreadable", "/issuer/rea")
    public = isinstance(payer, Organisation) and payer.kind == Organisation.Kind.PUBLIC
    if came.split and not public:
        yield Caution("split-not-public", "/split")
    if came.split and _taxed(wish):
        yield Caution("split-and-withholding", "/split")
    if public and wish.corrects is None:
        if came.vat and not came.split and not _taxed(wish):
            yield Caution("split-missing", "/split")
        if wish.paper.asked is None or not wish.paper.asked.cig:
            yield Caution("cig-missing", "/asked/cig")
    if payer.country != "IT":
        if payer.vat_number and not may_be_of(payer.country, payer.vat_number):
            yield Caution("number-unlikely", "/customer/vat_number", {"number": payer.vat_number})
        return
    if payer.vat_number and payer.recipient_code.strip("0") == "" and not payer.certified_email:
        yield Caution("code-missing", "/customer/recipient_code")
    both = payer.vat_number, payer.tax_code
    if both[0] != both[1] and all(len(number) == 11 and number.isdigit() for number in both):
        yield Caution("numbers-differ", "/customer/tax_code")


def _letters(wish: Wish) -> Iterator[Caution]:
    """Texts that the file cannot carry as they are written; blanks do not count."""
    texts = [("/customer/name", wish.payer.name, 80), ("/customer/street", wish.payer.street, 60)]
    texts += [(f"/lines/{n}/description", line.description, WHOLE) for n, line in enumerate(wish.lines)]
    for place, text, most in texts:
        written = latin(text, most)
        if written != " ".join(text.split()):
            yield Caution("written-otherwise", place, {"text": written[:80]})
