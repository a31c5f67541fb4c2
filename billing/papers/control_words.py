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
    "00003": Told(
        Words(
            "Il file supera i 5 MB che il canale ammette.",
            "The file is larger than the 5 MB that are let through.",
        ),
        HEAD,
    ),
    "00106": Told(
        Words(
            "Il file è vuoto.",
            "The file is empty.",
        ),
        HEAD,
    ),
    "00200": Told(
        Words(
            "Il file non rispetta lo schema ufficiale: manca un dato o ha una forma non ammessa.",
            "The file does not follow the official schema: something is missing or has a shape that is not allowed.",
        ),
        HEAD,
    ),
    "00201": Told(
        Words(
            "Il file ha più di 50 errori di formato: oltre lo SdI non legge.",
            "The file has more than 50 faults of shape: the SdI reads no further.",
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
    "00409": Told(
        Words(
            "La stessa fattura è due volte nello stesso invio.",
            "The same invoice is twice in one sending.",
        ),
        HEAD,
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
            "Con questo tipo di documento il paese dell'emittente non è ammesso.",
            "With this type of document the issuer's country is not allowed.",
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


# What only the SdI can know, by its registers; told by its receipts alone.
REGISTERS: Final[dict[str, Words]] = {
    "00002": Words("Un file con questo nome è già stato inviato.", "A file of this name was sent before."),
    "00100": Words(
        "Il certificato con cui il file è firmato è scaduto.",
        "The certificate that signed the file has expired.",
    ),
    "00101": Words(
        "Il certificato con cui il file è firmato è revocato.",
        "The certificate that signed the file was revoked.",
    ),
    "00102": Words(
        "La firma del file non è valida: il file è cambiato dopo la firma, o la firma è guasta.",
        "The file's signature is not valid: the file changed after it, or it is broken.",
    ),
    "00103": Words(
        "Alla firma del file manca data e ora.",
        "The file's signature has no date and time.",
    ),
    "00104": Words(
        "Chi ha rilasciato il certificato di firma non è tra i certificatori riconosciuti.",
        "Whoever issued the signing certificate is not among the trusted authorities.",
    ),
    "00105": Words(
        "La firma del file porta una data futura.",
        "The file's signature is dated in the future.",
    ),
    "00107": Words(
        "Il certificato con cui il file è firmato non è valido.",
        "The certificate that signed the file is not valid.",
    ),
    "00300": Words(
        "Il codice fiscale di chi trasmette non è nell'anagrafe tributaria.",
        "The sender's tax code is not in the tax register.",
    ),
    "00301": Words(
        "La partita IVA dell'emittente non è nell'anagrafe tributaria.",
        "The issuer's VAT number is not in the tax register.",
    ),
    "00302": Words(
        "Il codice fiscale dell'emittente non è nell'anagrafe tributaria.",
        "The issuer's tax code is not in the tax register.",
    ),
    "00303": Words(
        "La partita IVA di chi rappresenta l'emittente, o emette per suo conto, non è nell'anagrafe tributaria.",
        "The VAT number of whoever represents the issuer, or issues for it, is not in the tax register.",
    ),
    "00304": Words(
        "Il codice fiscale di chi rappresenta l'emittente non è nell'anagrafe tributaria.",
        "The tax code of whoever represents the issuer is not in the tax register.",
    ),
    "00305": Words(
        "La partita IVA del cliente non è nell'anagrafe tributaria.",
        "The customer's VAT number is not in the tax register.",
    ),
    "00306": Words(
        "Il codice fiscale del cliente non è nell'anagrafe tributaria.",
        "The customer's tax code is not in the tax register.",
    ),
    "00311": Words(
        "Il codice destinatario del cliente non esiste.", "The customer's recipient code does not exist."
    ),
    "00312": Words(
        "Il codice destinatario del cliente non è attivo.", "The customer's recipient code is not active."
    ),
    "00320": Words(
        "Partita IVA e codice fiscale dell'emittente non sono dello stesso soggetto.",
        "The issuer's VAT number and tax code are not of the same body.",
    ),
    "00321": Words(
        "L'emittente ha la partita IVA di un gruppo IVA: il suo codice fiscale non è di un partecipante.",
        "The issuer has a VAT group's number: its tax code is not of a member.",
    ),
    "00322": Words(
        "L'emittente ha la partita IVA di un gruppo IVA: serve anche il suo codice fiscale.",
        "The issuer has a VAT group's number: its tax code is needed, too.",
    ),
    "00323": Words(
        "La partita IVA dell'emittente è cessata da più di cinque anni.",
        "The issuer's VAT number was closed more than five years ago.",
    ),
    "00324": Words(
        "Partita IVA e codice fiscale del cliente non sono dello stesso soggetto.",
        "The customer's VAT number and tax code are not of the same body.",
    ),
    "00325": Words(
        "Il cliente ha la partita IVA di un gruppo IVA: il suo codice fiscale non è di un partecipante.",
        "The customer has a VAT group's number: its tax code is not of a member.",
    ),
    "00326": Words(
        "Il cliente ha la partita IVA di un gruppo IVA: serve anche il suo codice fiscale.",
        "The customer has a VAT group's number: its tax code is needed, too.",
    ),
    "00327": Words(
        "Il codice fiscale del cliente è di chi partecipa a un gruppo IVA: serve la partita IVA del gruppo.",
        "The customer's tax code is of a member of a VAT group: the group's VAT number is needed.",
    ),
    "00398": Words(
        "Il codice è dell'ufficio centrale: l'ente ha un ufficio suo.",
        "The code is the central office's: the body has an office of its own.",
    ),
    "00399": Words(
        "Il cliente è un ente pubblico: serve il codice del suo ufficio, di 6 caratteri.",
        "The customer is a public body: its office's code of 6 signs is needed.",
    ),
    "00404": Words(
        "Una fattura con questo numero e questo anno è già stata accettata.",
        "An invoice of this number and year was accepted before.",
    ),
    "00477": Words(
        "La dichiarazione d'intento è stata annullata.", "The declaration of intent was cancelled."
    ),
}


def explained(code: str) -> str:
    """What the code means, in the reader's language; empty for one that nobody has told us of."""
    words = CONTROLS[code].words if code in CONTROLS else REGISTERS.get(code)
    return words.say() if words else ""
