"""The tax regimes of a seller, by the SdI's codes. Source: technical specifications 1.9.1, 1.2.1.8 RegimeFiscale."""

from __future__ import annotations

from core.words import Words

REGIMES = (
    ("RF01", Words("Ordinario", "Ordinary")),
    ("RF02", Words("Contribuenti minimi", "Minimum taxpayers")),
    ("RF04", Words("Agricoltura e pesca", "Farming and fishing")),
    ("RF05", Words("Sali e tabacchi", "Salt and tobacco")),
    ("RF06", Words("Fiammiferi", "Matches")),
    ("RF07", Words("Editoria", "Publishing")),
    ("RF08", Words("Telefonia pubblica", "Public telephony")),
    ("RF09", Words("Documenti di trasporto e sosta", "Transport and parking tickets")),
    ("RF10", Words("Intrattenimenti e giochi", "Entertainment and games")),
    ("RF11", Words("Agenzie di viaggi", "Travel agencies")),
    ("RF12", Words("Agriturismo", "Farm tourism")),
    ("RF13", Words("Vendite a domicilio", "Door-to-door sales")),
    ("RF14", Words("Beni usati, oggetti d'arte", "Used goods, art")),
    ("RF15", Words("Vendite all'asta di oggetti d'arte", "Auctions of art")),
    ("RF16", Words("IVA per cassa, pubblica amministrazione", "VAT on payment, public bodies")),
    ("RF17", Words("IVA per cassa", "VAT on payment")),
    ("RF18", Words("Altro", "Other")),
    ("RF19", Words("Forfettario", "Flat-rate")),
    ("RF20", Words("Franchigia IVA transfrontaliera", "Cross-border VAT exemption")),
)

# VAT is due when the customer pays, and says so on the document.
# Source: DPR 633/72 art. 6 c. 5 (to public bodies); D.L. 83/2012 art. 32-bis and D.M. 11/10/2012 art. 4 (the wording).
ON_PAYMENT = {
    "RF16": "IVA a esigibilità differita art. 6 c. 5 DPR 633/72",
    "RF17": "Operazione con IVA per cassa art. 32-bis DL 83/2012",
}

# Who charges no VAT at all. Source: D.L. 98/2011 art. 27, L. 190/2014 art. 1 c. 58, Directive (EU) 2020/285.
NO_VAT = {"RF02", "RF19", "RF20"}
