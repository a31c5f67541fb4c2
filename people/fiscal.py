"""What a document needs to know of who pays, checked when it is typed and not when it is sent.

Sources: FatturaPA technical specifications 1.9.1; the check digits are python-stdnum's.
"""

from __future__ import annotations

import re

from stdnum import iban as iban_number
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from people.models import FiscalIdentity, Organisation

RECIPIENT_CODE = re.compile(r"[A-Z0-9]{7}")
OFFICE_CODE = re.compile(r"[A-Z0-9]{6}")
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


def faults(identity: FiscalIdentity) -> dict[str, str]:
    """Field name → code, for what is written and wrong; empty fields are no fault."""
    found: dict[str, str] = {}
    italian = identity.country == "IT"
    if italian and identity.tax_code and not is_tax_code(identity.tax_code):
        found["tax_code"] = "tax-code-wrong"
    if italian and identity.vat_number and not is_vat_number(identity.vat_number):
        found["vat_number"] = "vat-number-wrong"
    if identity.recipient_code and not (
        RECIPIENT_CODE.fullmatch(identity.recipient_code) or OFFICE_CODE.fullmatch(identity.recipient_code)
    ):
        found["recipient_code"] = "recipient-code-wrong"
    if italian and identity.postcode and not ITALIAN_POSTCODE.fullmatch(identity.postcode):
        found["postcode"] = "postcode-wrong"
    return found


def missing(identity: FiscalIdentity) -> list[str]:
    """The fields without which no invoice to this customer would pass; in the order one fills them."""
    wanted = ["street", "city", "country"]
    if identity.country == "IT":
        wanted += ["postcode", "province"]
        if isinstance(identity, Organisation) and identity.kind == Organisation.Kind.COMPANY:
            wanted.append("vat_number")
        else:
            wanted.append("tax_code")
    elif isinstance(identity, Organisation):
        wanted.append("vat_number")
    return [name for name in wanted if not getattr(identity, name)] + list(faults(identity))
