"""What a document needs to know of who pays, checked when it is typed and not when it is sent.

Sources: FatturaPA technical specifications 1.9.1; the check digits are python-stdnum's.
"""

from __future__ import annotations

import re
from typing import Any

from stdnum import get_cc_module
from stdnum import iban as iban_number
from stdnum.eu import vat as union_vat
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from core.errors import Invalid, Pointer
from core.words import Words
from people.countries import COUNTRIES, OTHERWISE
from people.models import FiscalIdentity, Organisation

FIELDS = tuple(field.name for field in FiscalIdentity._meta.fields)
RECIPIENT_CODE = re.compile(r"[A-Z0-9]{7}")
OFFICE_CODE = re.compile(r"[A-Z0-9]{6}")
CODE_ABROAD = "XXXXXXX"
BETWEEN = re.compile(r"[\s.:/-]")
# Where the Union's letters before a VAT number are not the country's (Northern Ireland's numbers count as the Union's).
UNION_LETTERS = {"GR": "EL", "GB": "XI"}
ITALIAN_NUMBER = re.compile(r"IT\d{11}")
# What the schema takes as an address (EmailType of 1.2.3): no quotes and no letters beyond ASCII; and no mailbox of the
# SdI itself (control 00330).
ATOMS = r"[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*"
CERTIFIED_EMAIL = re.compile(rf"(?!.*@(?i:pec\.fatturapa\.it)$){ATOMS}@{ATOMS}")
PROVINCE = re.compile(r"[A-Z]{2}")
ITALIAN_POSTCODE = re.compile(r"[0-9]{5}")


def tidy(values: dict[str, Any]) -> None:
    """Fiscal data as a person types them are as documents carry them: capitals, nothing between letters and digits, an
    Italian number without its country, a country by its ISO letters."""
    for name in ("recipient_code", "province", "country"):
        if name in values:
            values[name] = values[name].replace(" ", "").upper()
    for name in ("tax_code", "vat_number"):
        if name in values:
            values[name] = without_country(BETWEEN.sub("", values[name]).upper())
    if "country" in values:
        values["country"] = OTHERWISE.get(values["country"], values["country"])


def without_country(number: str) -> str:
    """An Italian number without the letters that Europe puts before it; any other as it is."""
    return number.removeprefix("IT") if ITALIAN_NUMBER.fullmatch(number) else number


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


def may_be_of(country: str, number: str) -> bool:
    """Whether the check digits of a VAT number of another member state of the Union are right; True where no rule is known."""
    module = get_cc_module(country.lower(), "vat") if country.lower() in MEMBER_STATES else None
    return module is None or _passes(module.validate, number)


def union_number(identity: FiscalIdentity) -> tuple[str, str] | None:
    """The Union's letters and the number of a customer in another member state; None where there is none, or where its
    check digits are wrong. An Italian's need not be in the Union's register, so that it says nothing of them."""
    country, number = identity.country, identity.vat_number
    letters = UNION_LETTERS.get(country, country)
    if country == "IT" or letters.lower() not in {*MEMBER_STATES, "el"} or not number:
        return None
    if letters == "XI" and not number.startswith(letters):
        return None
    try:
        whole = union_vat.validate(letters + number.removeprefix(letters).removeprefix(country))
    except ValidationError:
        return None
    return whole[:2], whole[2:]


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
    "province-wrong": Words(
        "La provincia è la sua sigla di due lettere.", "The province is its two letters."
    ),
    "country-wrong": Words(
        "Il paese è la sua sigla di due lettere, per esempio DE.", "The country is its two letters, like DE."
    ),
    "certified-email-wrong": Words(
        "La PEC non è un indirizzo che lo SdI accetta: solo lettere senza accenti, e non la casella del SdI.",
        "The certified address is none that the SdI takes: plain letters only, and not the SdI's own mailbox.",
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
        if identity.province and not PROVINCE.fullmatch(identity.province.upper()):
            found["province"] = "province-wrong"
    if identity.country and identity.country not in COUNTRIES:
        found["country"] = "country-wrong"
    if identity.recipient_code and not _is_recipient_code(identity):
        found["recipient_code"] = "recipient-code-wrong"
    if identity.certified_email and not CERTIFIED_EMAIL.fullmatch(identity.certified_email):
        found["certified_email"] = "certified-email-wrong"
    return found


def check(identity: FiscalIdentity) -> None:
    """Nothing, if all that is written is right. Raises Invalid, with a pointer and a sentence for each field that is not."""
    if wrong := faults(identity):
        raise Invalid(
            pointers=[Pointer(f"/{name}", code, SENTENCES[code].say()) for name, code in wrong.items()]
        )


def is_office_code(code: str) -> bool:
    """Whether a recipient code is a public office's: of six signs, where all others have seven."""
    return len(code) == 6


def _is_recipient_code(identity: FiscalIdentity) -> bool:
    # A public body abroad has no office in the Italian index.
    office = _is_office(identity) and identity.country == "IT"
    shape = OFFICE_CODE if office else RECIPIENT_CODE
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
