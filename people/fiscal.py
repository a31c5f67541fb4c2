"""What a document needs to know of who pays, checked when it is typed and not when it is sent.

Sources: FatturaPA technical specifications 1.9.1; the check digits are python-stdnum's.
"""

from __future__ import annotations

import re

from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from core.words import Words
from people.models import FiscalIdentity, Organisation

RECIPIENT_CODE = re.compile(r"[A-Z0-9]{7}")
OFFICE_CODE = re.compile(r"[A-Z0-9]{6}")
CODE_ABROAD = "XXXXXXX"
ITALIAN_POSTCODE = re.compile(r"[0-9]{5}")


def _passes(check: object, value: str) -> bool:
    try:
        check(value)  # type: ignore[operator]
    except ValidationError:
        return False
    return True


def is_tax_code(value: str) -> bool:
    """A person's 16 signs or a body's 11 digits, with a right check digit."""
    return _passes(codicefiscale.validate, value) or _passes(iva.validate, value)


def is_vat_number(value: str) -> bool:
    return _passes(iva.validate, value)


def is_iban(value: str) -> bool:
    return _passes(iban_number.validate, value)


SENTENCES = {
    "tax-code-wrong": Words(
        "Il codice fiscale non torna: controlla lettere e cifre.",
        "The tax code does not check out: look at its letters and digits.",
    ),
    "vat-number-wrong": Words(
        "La partita IVA non torna: sono 11 cifre.", "The VAT number does not check out: it has 11 digits."
    ),
    "recipient-code-wrong": Words(
        "Il codice destinatario ha 7 segni, 6 per un ufficio pubblico.",
        "The recipient code has 7 signs, 6 for a public office.",
    ),
    "postcode-wrong": Words("Il CAP ha 5 cifre.", "The postcode has 5 digits."),
}


def faults(identity: FiscalIdentity) -> dict[str, str]:
    """Field name → code of `SENTENCES`, for what is written and wrong; empty fields are no fault."""
    found: dict[str, str] = {}
    if identity.country == "IT":
        if identity.tax_code and not is_tax_code(identity.tax_code):
            found["tax_code"] = "tax-code-wrong"
        if identity.vat_number and not is_vat_number(identity.vat_number):
            found["vat_number"] = "vat-number-wrong"
        if identity.postcode and not ITALIAN_POSTCODE.fullmatch(identity.postcode):
            found["postcode"] = "postcode-wrong"
    if identity.recipient_code and not _is_recipient_code(identity):
        found["recipient_code"] = "recipient-code-wrong"
    return found


def _is_recipient_code(identity: FiscalIdentity) -> bool:
    shape = OFFICE_CODE if _is_office(identity) else RECIPIENT_CODE
    # 00313: the code of buyers abroad is refused for an Italian one.
    abroad = identity.recipient_code == CODE_ABROAD and identity.country == "IT"
    return bool(shape.fullmatch(identity.recipient_code)) and not abroad


def _is_office(identity: FiscalIdentity) -> bool:
    return isinstance(identity, Organisation) and identity.kind == Organisation.Kind.PUBLIC


def missing(identity: FiscalIdentity) -> list[str]:
    """The fields without which no invoice to this customer would pass, in the order one fills them; then the wrong.

    An Italian company needs its VAT number, any other Italian its tax code, a public office its code besides;
    a company abroad its identifier, a consumer abroad none.
    """
    wanted = ["street", "city", "country"]
    company = isinstance(identity, Organisation) and identity.kind == Organisation.Kind.COMPANY
    if identity.country == "IT":
        wanted += ["postcode", "province", "vat_number" if company else "tax_code"]
        if _is_office(identity):
            wanted.append("recipient_code")
    elif isinstance(identity, Organisation):
        wanted.append("vat_number")
    return [name for name in wanted if not getattr(identity, name)] + list(faults(identity))
