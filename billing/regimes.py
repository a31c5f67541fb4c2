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
