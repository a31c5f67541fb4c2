"""Who can sign in to the demo. Their password exists there only; production refuses to run a demo."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "ballatoio-demo-2026"


@dataclass(frozen=True, slots=True)
class Member:
    key: str
    name: str
    email: str
    role_it: str
    role_en: str
    language: str = "it"


MEMBERS = [
    Member(
        "ada",
        "Ada Ferraris",
        "ada@demo.example",
        "maker, abilitata al laser",
        "maker, certified for the laser",
    ),
    Member(
        "bruno",
        "Bruno Conti",
        "bruno@demo.example",
        "maker, senza abilitazione",
        "maker, not certified",
        "en",
    ),
    Member(
        "carla",
        "Carla Rosso",
        "carla@demo.example",
        "delegata di un'associazione",
        "an association's delegate",
    ),
    Member(
        "dario", "Dario Gallo", "dario@demo.example", "gestore, partner capofila", "manager, lead partner"
    ),
    Member(
        "elena", "Elena Serra", "elena@demo.example", "gestrice, partner mandante", "manager, member partner"
    ),
    Member("franco", "Franco Villa", "franco@demo.example", "contabile", "accountant"),
    Member("gina", "Gina Moretti", "gina@demo.example", "segreteria", "staff"),
    Member("ivo", "Ivo Amato", "ivo@demo.example", "amministratore", "administrator"),
]


def as_shown() -> list[dict[str, str]]:
    return [
        {"name": m.name, "email": m.email, "password": PASSWORD, "role_it": m.role_it, "role_en": m.role_en}
        for m in MEMBERS
    ]
