"""What each control of the SdI means in plain words, and where one goes to mend it."""

from __future__ import annotations

from typing import Final, NamedTuple

from core.words import Words


class Told(NamedTuple):
    """The sentence, and whose data are to be mended: the customer's, the issuer's, the document's lines or head."""

    words: Words
    mend: str


CUSTOMER, ISSUER, LINES, HEAD = "customer", "issuer", "lines", "document"

CONTROLS: Final[dict[str, Told]] = {
    "00001": Told(
        Words(
            "Il nome del file non segue la regola: codice del trasmittente, trattino basso, progressivo.",
            "The file's name breaks the rule: the sender's code, an underscore, a progressive.",
        ),
        ISSUER,
    ),
    "00200": Told(
        Words(
            "Il file non rispetta lo schema ufficiale: manca un dato o ha una forma non ammessa.",
            "The file does not follow the official schema: something is missing or has a shape that is not allowed.",
        ),
        HEAD,
    ),
    "00313": Told(
        Words(
            "Il codice XXXXXXX è solo per clienti esteri.", "The code XXXXXXX is for customers abroad only."
        ),
        CUSTOMER,
    ),
    "00330": Told(
        Words(
            "La PEC del cliente è una casella del SdI: serve la sua.",
            "The customer's certified address is the SdI's own: theirs is needed.",
        ),
        CUSTOMER,
    ),
    "00400": Told(
        Words(
            "Una riga senza IVA deve dire perché (natura).", "A line without VAT has to say why (its natura)."
        ),
        LINES,
    ),
    "00401": Told(
        Words("Una riga con IVA non può avere una natura.", "A line with VAT cannot have a natura."), LINES
    ),
    "00403": Told(
        Words("La data del documento è nel futuro.", "The document's date lies in the future."), HEAD
    ),
    "00411": Told(
        Words(
            "Una riga è soggetta a ritenuta ma la ritenuta manca.",
            "A line is subject to withholding, but the withholding is missing.",
        ),
        LINES,
    ),
    "00413": Told(
        Words("La cassa senza IVA deve dire perché (natura).", "A fund without VAT has to say why (natura)."),
        LINES,
    ),
    "00414": Told(
        Words("La cassa con IVA non può avere una natura.", "A fund with VAT cannot have a natura."), LINES
    ),
    "00415": Told(
        Words(
            "La cassa è soggetta a ritenuta ma la ritenuta manca.",
            "The fund is subject to withholding, but the withholding is missing.",
        ),
        LINES,
    ),
    "00417": Told(
        Words(
            "Del cliente serve la partita IVA o il codice fiscale.",
            "The customer's VAT number or tax code is needed.",
        ),
        CUSTOMER,
    ),
    "00418": Told(
        Words(
            "La nota di credito ha una data precedente alla fattura che corregge.",
            "The credit note is dated before the invoice it corrects.",
        ),
        HEAD,
    ),
    "00419": Told(Words("Manca il riepilogo di un'aliquota.", "The summary of a rate is missing."), LINES),
    "00420": Told(
        Words(
            "La scissione dei pagamenti non va con l'inversione contabile (N6).",
            "Split payment does not go with reverse charge (N6).",
        ),
        LINES,
    ),
    "00421": Told(
        Words("L'imposta non è l'aliquota per l'imponibile.", "The tax is not the rate times the base."),
        LINES,
    ),
    "00422": Told(
        Words("L'imponibile non è la somma delle righe.", "The taxable base is not the sum of the lines."),
        LINES,
    ),
    "00423": Told(
        Words(
            "Il totale di una riga non è prezzo per quantità, tolti gli sconti.",
            "A line's total is not price times quantity, less the discounts.",
        ),
        LINES,
    ),
    "00424": Told(
        Words("L'aliquota si scrive 22.00, non 0.22.", "The rate is written 22.00, not 0.22."), LINES
    ),
    "00425": Told(
        Words("Il numero del documento non ha cifre.", "The document's number has no digit."), HEAD
    ),
    "00427": Told(
        Words(
            "Il codice destinatario ha 6 caratteri per un ufficio pubblico, 7 per gli altri.",
            "The recipient code has 6 signs for a public office, 7 for all others.",
        ),
        CUSTOMER,
    ),
    "00428": Told(
        Words("Versione e formato del file non coincidono.", "The file's version and format differ."), HEAD
    ),
    "00429": Told(
        Words(
            "Un riepilogo senza IVA deve dire perché (natura).",
            "A summary without VAT has to say why (natura).",
        ),
        LINES,
    ),
    "00430": Told(
        Words("Un riepilogo con IVA non può avere una natura.", "A summary with VAT cannot have a natura."),
        LINES,
    ),
    "00437": Told(
        Words(
            "Lo sconto del documento non ha né percentuale né importo.",
            "The document's discount has neither a percentage nor an amount.",
        ),
        HEAD,
    ),
    "00438": Told(
        Words(
            "Lo sconto di una riga non ha né percentuale né importo.",
            "A line's discount has neither a percentage nor an amount.",
        ),
        LINES,
    ),
    "00443": Told(
        Words("Un'aliquota delle righe manca nel riepilogo.", "A rate of the lines is not in the summaries."),
        LINES,
    ),
    "00444": Told(
        Words(
            "Una natura delle righe manca nel riepilogo.", "A natura of the lines is not in the summaries."
        ),
        LINES,
    ),
    "00445": Told(
        Words(
            "N2, N3 e N6 vogliono il sottocodice (per esempio N2.2).",
            "N2, N3 and N6 need their sub-code (for example N2.2).",
        ),
        LINES,
    ),
    "00460": Told(
        Words(
            "Una fattura semplificata non supera 400 euro.", "A simplified invoice is of 400 euro at most."
        ),
        HEAD,
    ),
    "00471": Told(
        Words(
            "Con questo tipo di documento cliente ed emittente non possono coincidere.",
            "With this type of document the customer cannot be the issuer.",
        ),
        CUSTOMER,
    ),
    "00472": Told(
        Words(
            "Con questo tipo di documento cliente ed emittente devono coincidere.",
            "With this type of document the customer has to be the issuer.",
        ),
        CUSTOMER,
    ),
    "00473": Told(
        Words(
            "Con questo tipo di documento l'emittente non può essere italiano.",
            "With this type of document the issuer cannot be Italian.",
        ),
        ISSUER,
    ),
    "00474": Told(
        Words(
            "Con questo tipo di documento serve l'IVA su ogni riga.",
            "This type of document needs VAT on each line.",
        ),
        LINES,
    ),
    "00475": Told(
        Words(
            "Con questo tipo di documento serve la partita IVA del cliente.",
            "This type of document needs the customer's VAT number.",
        ),
        CUSTOMER,
    ),
    "00476": Told(
        Words(
            "Emittente e cliente non possono essere entrambi esteri.",
            "Issuer and customer cannot both be foreign.",
        ),
        CUSTOMER,
    ),
}


def explained(code: str) -> str:
    """What the code means, in the reader's language; empty for one that only the SdI can know."""
    return CONTROLS[code].words.say() if code in CONTROLS else ""
