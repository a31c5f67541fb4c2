"""From what is wrong in a file to where one mends it: a field of the customer, the issuer, or what is issued by hand.

A place is a JSON pointer: `/customer/recipient_code`, `/issuer/iban`, `/lines/0/natura`, `/due_on`; empty: no one field.
The names are those of the bodies that the API takes.
"""

from __future__ import annotations

import re
from typing import Final

STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")

# The field that a code is about, where the file's element does not say it better; `{n}` is the line's place.
OF_CODE: Final[dict[str, str]] = {
    "00001": "/issuer/vat_number",
    "00300": "/issuer/tax_code",
    "00301": "/issuer/vat_number",
    "00302": "/issuer/tax_code",
    "00303": "/issuer/vat_number",
    "00304": "/issuer/tax_code",
    "00305": "/customer/vat_number",
    "00306": "/customer/tax_code",
    "00311": "/customer/recipient_code",
    "00312": "/customer/recipient_code",
    "00313": "/customer/recipient_code",
    "00320": "/issuer/tax_code",
    "00321": "/issuer/tax_code",
    "00322": "/issuer/tax_code",
    "00323": "/issuer/vat_number",
    "00324": "/customer/tax_code",
    "00325": "/customer/tax_code",
    "00326": "/customer/tax_code",
    "00327": "/customer/vat_number",
    "00330": "/customer/certified_email",
    "00398": "/customer/recipient_code",
    "00399": "/customer/recipient_code",
    "00400": "/lines/{n}/natura",
    "00401": "/lines/{n}/natura",
    "00411": "/withholding/percent",
    "00413": "/fund/natura",
    "00414": "/fund/natura",
    "00415": "/withholding/percent",
    "00417": "/customer/tax_code",
    "00418": "/corrects_id",
    "00420": "/split",
    "00423": "/lines/{n}/unit_price",
    "00424": "/lines/{n}/rate",
    "00427": "/customer/recipient_code",
    "00438": "/lines/{n}/unit_price",
    "00445": "/lines/{n}/natura",
    "00471": "/customer/vat_number",
    "00472": "/customer/vat_number",
    "00473": "/issuer/vat_number",
    "00474": "/lines/{n}/rate",
    "00475": "/customer/vat_number",
    "00476": "/customer/country",
}
OF_A_LINE = {
    "Descrizione": "description",
    "Quantita": "quantity",
    "UnitaMisura": "unit",
    "PrezzoUnitario": "unit_price",
    "AliquotaIVA": "rate",
    "Natura": "natura",
    "DataInizioPeriodo": "first_on",
    "DataFinePeriodo": "last_on",
}
OF_A_SIDE = {
    "IdPaese": "country",
    "IdCodice": "vat_number",
    "IdFiscaleIVA": "vat_number",
    "CodiceFiscale": "tax_code",
    "Denominazione": "name",
    "Nome": "name",
    "Cognome": "name",
    "Indirizzo": "street",
    "CAP": "postcode",
    "Comune": "city",
    "Provincia": "province",
    "Nazione": "country",
    "CodiceDestinatario": "recipient_code",
    "PECDestinatario": "certified_email",
    "IscrizioneREA": "rea",
    "Ufficio": "rea",
    "NumeroREA": "rea",
    "CapitaleSociale": "capital",
    "RegimeFiscale": "regime",
    "IBAN": "iban",
}
OF_THE_HEAD = {
    "IdDocumento": "/asked/id",
    "CodiceCIG": "/asked/cig",
    "CodiceCUP": "/asked/cup",
    "TipoDocumento": "/type",
    "Causale": "/reasons/0",
    "ModalitaPagamento": "/method",
    "DataScadenzaPagamento": "/due_on",
    "DatiRitenuta": "/withholding/percent",
    "TipoRitenuta": "/withholding/kind",
    "AliquotaRitenuta": "/withholding/percent",
    "CausalePagamento": "/withholding/reason",
    "DatiCassaPrevidenziale": "/fund/percent",
    "TipoCassa": "/fund/kind",
    "AlCassa": "/fund/percent",
    "RiferimentoNormativo": "/lines/0/legal_text",
}
CUSTOMERS = {"CessionarioCommittente", "CodiceDestinatario", "PECDestinatario"}
ISSUERS = {"CedentePrestatore", "IdTrasmittente", "IBAN"}


def place_of(code: str, where: str = "", described: int = 0) -> str:
    """The field to mend for a control's fault at this XPath; by the code alone where no file is at hand. `described`: how
    many of the file's lines up to there only go on describing the one before."""
    steps = [(name, int(number or 1)) for name, number in STEP.findall(where)]
    last = steps[-1][0] if steps else ""
    line = next((number - 1 - described for name, number in steps if name == "DettaglioLinee"), None)
    if line is not None and last in OF_A_LINE:
        return f"/lines/{line}/{OF_A_LINE[last]}"
    if told := OF_CODE.get(code, ""):
        return told.format(n=line or 0)
    if line is not None:
        return f"/lines/{line}/description"
    names = {name for name, _ in steps}
    for side, elements in (("customer", CUSTOMERS), ("issuer", ISSUERS)):
        if names & elements and last in OF_A_SIDE:
            return f"/{side}/{OF_A_SIDE[last]}"
    return OF_THE_HEAD.get(last, "")


def whose(place: str, otherwise: str) -> str:
    """Whose data the place is among: customer, issuer, lines or document."""
    first = place.split("/")[1] if place else ""
    return first if first in ("customer", "issuer", "lines") else "document" if place else otherwise
