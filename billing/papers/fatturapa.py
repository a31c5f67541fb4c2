"""A frozen document as FatturaPA 1.2.3: pure, from the snapshot alone, the same bytes every time.

Source: technical specifications 1.9.1 (Allegato A), schema `Schema_VFPR12_v1.2.3.xsd`; the numbers beside the
functions are the specification's own.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from lxml import etree

from billing.papers.latin import basic, latin, pieces
from billing.papers.names import in_two, spelled
from billing.papers.regimes import ON_PAYMENT
from people.fiscal import is_office_code, without_country

# The letters of a VAT number where the Union gives a country others than its own.
OF_THE_UNION = {"GR": "EL"}
NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
ABROAD, NO_CODE, NO_POSTCODE, UNKNOWN = "XXXXXXX", "0000000", "00000", "0000000"
ORDINARY, PUBLIC = "FPR12", "FPA12"
MOST_DESCRIBED = 1000  # signs of one line's description
SPLIT_TEXT = "Scissione dei pagamenti art. 17-ter DPR 633/72"
REA = re.compile(r"([A-Z]{2})\W*(\d{1,20})")


def xml(snapshot: dict[str, Any], progress: str) -> bytes:
    """The file's bytes. `progress` is the sender's progressive of this sending (at most 10 signs)."""
    form = format_of(snapshot["buyer"])
    root = etree.Element(f"{{{NAMESPACE}}}FatturaElettronica", nsmap={"p": NAMESPACE}, versione=form)
    header = _add(root, "FatturaElettronicaHeader")
    _sending(header, snapshot, form, progress)
    _seller(header, snapshot["seller"])
    _buyer(header, snapshot["buyer"])
    if other := snapshot["electronic"].get("on_behalf"):
        _on_behalf(header, other)
    body = _add(root, "FatturaElettronicaBody")
    _general(body, snapshot)
    _goods(body, snapshot)
    _payment(body, snapshot)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def format_of(buyer: dict[str, Any]) -> str:
    """Public offices have a code of six signs and a format of their own."""
    return PUBLIC if is_office_code(buyer["recipient_code"]) else ORDINARY


def sender_of(seller: dict[str, Any]) -> str:
    """The code by which an issuer sends and its files are named: its tax code, which for a body is mostly its number."""
    return without_country(seller["tax_code"] or seller["vat_number"])


def amount(value: int | Decimal | str, most: int = 2) -> str:
    """Cents, or a decimal, with 2 to `most` decimals."""
    exact = Decimal(value) / 100 if isinstance(value, int) else Decimal(value)
    whole, _, decimals = f"{exact:.{most}f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    child = etree.SubElement(parent, name)
    if text is not None:
        child.text = text
    return child


def _if(parent: Any, name: str, text: str | None) -> None:
    if text:
        _add(parent, name, text)


# -- who (1.1 to 1.6) ------------------------------------------------------------------------------------


def _sending(header: Any, snapshot: dict[str, Any], form: str, progress: str) -> None:
    seller, buyer = snapshot["seller"], snapshot["buyer"]
    sent = _add(header, "DatiTrasmissione")
    sender = _add(sent, "IdTrasmittente")
    _add(sender, "IdPaese", "IT")
    _add(sender, "IdCodice", sender_of(seller))
    _add(sent, "ProgressivoInvio", progress)
    _add(sent, "FormatoTrasmissione", form)
    code = buyer["recipient_code"] or (NO_CODE if buyer["country"] == "IT" else ABROAD)
    _add(sent, "CodiceDestinatario", code)
    if code == NO_CODE:
        _if(sent, "PECDestinatario", buyer["certified_email"])


def _vat_id(parent: Any, country: str, number: str) -> None:
    found = _add(parent, "IdFiscaleIVA")
    _add(found, "IdPaese", country)
    # A Swiss number begins with CHE, which is its own and no country's code before it.
    own = number if number.startswith("CHE") else number.removeprefix(OF_THE_UNION.get(country, country))
    _add(found, "IdCodice", basic(own, 28))


def _named(parent: Any, who: dict[str, Any]) -> None:
    register = _add(parent, "Anagrafica")
    # A firm of one may have a name of its own beside its owner's tax code: then that is what it is called.
    two = (
        in_two(who["name"], who["tax_code"])
        if who.get("is_person")
        else spelled(who["name"], who["tax_code"])
    )
    if two is not None:
        _add(register, "Nome", latin(two.given, 60))
        _add(register, "Cognome", latin(two.family, 60))
    else:
        _add(register, "Denominazione", latin(who["name"], 80))


def _seat(parent: Any, who: dict[str, Any]) -> None:
    seat = _add(parent, "Sede")
    italian = who["country"] == "IT"
    _add(seat, "Indirizzo", latin(who["street"], 60))
    _add(seat, "CAP", who["postcode"] if italian else NO_POSTCODE)
    _add(seat, "Comune", latin(who["city"], 60))
    if italian:
        _if(seat, "Provincia", who["province"].upper())
    _add(seat, "Nazione", who["country"])


def _seller(header: Any, seller: dict[str, Any]) -> None:
    side = _add(header, "CedentePrestatore")
    known = _add(side, "DatiAnagrafici")
    _vat_id(known, "IT", seller["vat_number"] or seller["tax_code"])
    _if(known, "CodiceFiscale", without_country(seller["tax_code"]))
    _named(known, seller)
    _add(known, "RegimeFiscale", seller["regime"])
    _seat(side, seller)
    if found := REA.fullmatch(seller["rea"].strip()):
        register = _add(side, "IscrizioneREA")
        _add(register, "Ufficio", found[1])
        _add(register, "NumeroREA", found[2])
        if seller["capital"]:
            _add(register, "CapitaleSociale", amount(seller["capital"]))
        _add(register, "StatoLiquidazione", "LS" if seller["in_liquidation"] else "LN")


def _buyer(header: Any, buyer: dict[str, Any]) -> None:
    side = _add(header, "CessionarioCommittente")
    known = _add(side, "DatiAnagrafici")
    if buyer["country"] != "IT":
        # Abroad there is always an identifier and never an Italian tax code (specification 1.4.1).
        _vat_id(known, buyer["country"], buyer["vat_number"] or buyer["tax_code"] or UNKNOWN)
    else:
        if buyer["vat_number"]:
            _vat_id(known, "IT", buyer["vat_number"])
        _if(known, "CodiceFiscale", without_country(buyer["tax_code"]))
    _named(known, buyer)
    _seat(side, buyer)


def _on_behalf(header: Any, other: dict[str, Any]) -> None:
    """1.5 and 1.6: another issues the document in the seller's name (DPR 633/72 art. 21 c. 2 n)."""
    side = _add(header, "TerzoIntermediarioOSoggettoEmittente")
    known = _add(side, "DatiAnagrafici")
    if other["vat_number"]:
        _vat_id(known, "IT", other["vat_number"])
    _if(known, "CodiceFiscale", without_country(other["tax_code"]))
    _named(known, other)
    _add(header, "SoggettoEmittente", "TZ")


# -- what (2.1) ------------------------------------------------------------------------------------------


def _general(body: Any, snapshot: dict[str, Any]) -> None:
    told = snapshot["electronic"]
    general = _add(body, "DatiGenerali")
    head = _add(general, "DatiGeneraliDocumento")
    _add(head, "TipoDocumento", told["type"])
    _add(head, "Divisa", snapshot["currency"])
    _add(head, "Data", snapshot["issued_on"])
    _add(head, "Numero", basic(snapshot["number"], 20))
    if held := told.get("withholding"):
        kept = _add(head, "DatiRitenuta")
        _add(kept, "TipoRitenuta", held["kind"])
        _add(kept, "ImportoRitenuta", amount(held["amount"]))
        _add(kept, "AliquotaRitenuta", amount(held["percent"]))
        _add(kept, "CausalePagamento", held["reason"])
    if told["stamp"]:
        stamp = _add(head, "DatiBollo")
        _add(stamp, "BolloVirtuale", "SI")
        _add(stamp, "ImportoBollo", amount(told["stamp"]))
    if fund := told.get("fund"):
        _fund(head, fund)
    _add(head, "ImportoTotaleDocumento", amount(snapshot["gross"]))
    for reason in _reasons(snapshot):
        for piece in pieces(reason, 200):
            _add(head, "Causale", piece)
    if order := told.get("order"):
        asked = _add(general, "DatiOrdineAcquisto")
        _add(asked, "IdDocumento", basic(order["id"], 20))
        _if(asked, "CodiceCUP", order.get("cup"))
        _if(asked, "CodiceCIG", order.get("cig"))
    for other in (*told["corrects"], *told.get("related", ())):
        linked = _add(general, "DatiFattureCollegate")
        _add(linked, "IdDocumento", basic(other["number"], 20))
        _add(linked, "Data", other["issued_on"])


def _on_payment(snapshot: dict[str, Any]) -> str:
    """The wording of VAT that is due once it is paid; nothing where it is due at once, or kept by the payer."""
    if snapshot["electronic"]["split"] or not snapshot["vat"]:
        return ""
    return ON_PAYMENT.get(snapshot["seller"]["regime"], "")


def _reasons(snapshot: dict[str, Any]) -> list[str]:
    told = snapshot["electronic"]
    found = list(told["reasons"])
    if told["split"]:
        found.append(SPLIT_TEXT)
    elif text := _on_payment(snapshot):
        found.append(text)
    if other := told.get("on_behalf"):
        found.append(f"Emessa in nome e per conto da {other['name']}")
    return found


def _fund(head: Any, fund: dict[str, Any]) -> None:
    found = _add(head, "DatiCassaPrevidenziale")
    _add(found, "TipoCassa", fund["kind"])
    _add(found, "AlCassa", amount(fund["percent"]))
    _add(found, "ImportoContributoCassa", amount(fund["amount"]))
    _add(found, "ImponibileCassa", amount(fund["base"]))
    _add(found, "AliquotaIVA", amount(fund["rate"]))
    if fund["withheld"]:
        _add(found, "Ritenuta", "SI")
    _if(found, "Natura", fund["natura"])


# -- how much (2.2, 2.4) ---------------------------------------------------------------------------------


def _goods(body: Any, snapshot: dict[str, Any]) -> None:
    goods = _add(body, "DatiBeniServizi")
    told = snapshot["electronic"]
    for line in told["lines"]:
        _line(goods, line, told)
    for rate in snapshot["rates"]:
        summary = _add(goods, "DatiRiepilogo")
        _add(summary, "AliquotaIVA", amount(rate["rate"]))
        _if(summary, "Natura", rate["natura"])
        _add(summary, "ImponibileImporto", amount(rate["net"]))
        _add(summary, "Imposta", amount(rate["vat"]))
        text = rate["legal_text"]
        if not rate["natura"]:
            later = _on_payment(snapshot)
            _add(summary, "EsigibilitaIVA", "S" if told["split"] else "D" if later else "I")
            text = text or (SPLIT_TEXT if told["split"] else later)
        _if(summary, "RiferimentoNormativo", latin(text, 100))


def _line(goods: Any, line: dict[str, Any], told: dict[str, Any]) -> None:
    """2.2.1. A description takes 1000 signs (2.2.1.4); what is longer goes on in lines that only describe, after its own:
    without quantity, at a price of nothing, at the rate and natura of what they describe, so that no summary is added.

    Source: how others write it, for the specifications name no such line (OCA/l10n-italy, issue 2634: accepted by the
    SdI; tax office of San Marino, FAQ 45: lines that only describe, of price and total 0.00, at the real line's rate).
    """
    first, *more = pieces(line["description"], MOST_DESCRIBED) or ["-"]
    number = len(goods) + 1
    found = _add(goods, "DettaglioLinee")
    _add(found, "NumeroLinea", str(number))
    _add(found, "Descrizione", first)
    _add(found, "Quantita", amount(Decimal(line["quantity"]), 8))
    _if(found, "UnitaMisura", basic(line["unit"], 10))
    _if(found, "DataInizioPeriodo", line["first_on"])
    _if(found, "DataFinePeriodo", line["last_on"])
    _add(found, "PrezzoUnitario", amount(Decimal(line["unit_price"]), 8))
    for discount in line["discounts"]:
        _discount(found, discount)
    _add(found, "PrezzoTotale", amount(line["total"]))
    _add(found, "AliquotaIVA", amount(line["rate"]))
    if line["withheld"]:
        _add(found, "Ritenuta", "SI")
    _if(found, "Natura", line["natura"])
    if told.get("exempt_from_stamp") and number == 1:
        # Bodies of the third sector owe no stamp duty (D.Lgs. 117/2017 art. 82 c. 5): said on a line, so that the
        # tax office's list does not count the document.
        other = _add(found, "AltriDatiGestionali")
        _add(other, "TipoDato", "NB2")
    for piece in more:
        _described(goods, piece, line)


def _described(goods: Any, text: str, line: dict[str, Any]) -> None:
    found = _add(goods, "DettaglioLinee")
    _add(found, "NumeroLinea", str(len(goods)))
    _add(found, "Descrizione", text)
    _add(found, "PrezzoUnitario", amount(0))
    _add(found, "PrezzoTotale", amount(0))
    _add(found, "AliquotaIVA", amount(line["rate"]))
    _if(found, "Natura", line["natura"])


def _discount(line: Any, discount: dict[str, str]) -> None:
    found = _add(line, "ScontoMaggiorazione")
    by_amount = "amount" in discount
    value = Decimal(discount["amount"] if by_amount else discount["percent"])
    _add(found, "Tipo", "SC" if value >= 0 else "MG")
    _add(found, "Importo" if by_amount else "Percentuale", amount(abs(value), 8 if by_amount else 2))


def _payment(body: Any, snapshot: dict[str, Any]) -> None:
    told = snapshot["electronic"]
    paid = told.get("payment")
    if not paid:
        return
    block = _add(body, "DatiPagamento")
    _add(block, "CondizioniPagamento", "TP02")
    one = _add(block, "DettaglioPagamento")
    _add(one, "ModalitaPagamento", paid["method"])
    _if(one, "DataScadenzaPagamento", paid.get("due_on"))
    _add(one, "ImportoPagamento", amount(told["due"]))
    if paid["method"] == "MP05":
        _if(one, "IBAN", paid.get("iban"))
