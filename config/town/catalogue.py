"""What stands in the demo town: its rooms, desks and machines, by venue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One resource to make: how it looks, what it costs an hour (cents), whose it is."""

    slug: str
    kind: str
    name: str
    it: str
    en: str
    cents: int
    capacity: int | None = None
    features: tuple[str, ...] = ()
    pool: int = 0
    owner: str = ""
    rules: dict[str, Any] = field(default_factory=dict)
    skill: str = ""


MACHINE = {"step": 15, "least": 30, "most": 240, "clean_up": 15, "horizon_days": 60}
ROOM = {"step": 30, "least": 30, "most": 600, "horizon_days": 180}

TOOLBOX = [
    Kind(
        "postazioni",
        "desk",
        "Postazioni flessibili",
        "Ventiquattro scrivanie nell'ex fonderia, luce da nord.",
        "Twenty-four desks in the former foundry, northern light.",
        400,
        pool=24,
        rules={"least": 60, "most": 840, "horizon_days": 90},
    ),
    Kind(
        "sala-po",
        "meeting_room",
        "Sala Po",
        "Tavolo per otto, schermo e lavagna.",
        "A table for eight, screen and whiteboard.",
        1830,
        8,
        ("projector", "whiteboard", "step-free"),
        rules=ROOM,
    ),
    Kind(
        "sala-dora",
        "meeting_room",
        "Sala Dora",
        "Dodici posti a ferro di cavallo.",
        "Twelve seats in a horseshoe.",
        2440,
        12,
        ("projector", "whiteboard", "step-free"),
        rules=ROOM,
    ),
    Kind(
        "sala-stura",
        "meeting_room",
        "Sala Stura",
        "Quattro posti, per colloqui.",
        "Four seats, for interviews.",
        1220,
        4,
        ("whiteboard",),
        rules=ROOM,
    ),
    Kind(
        "sala-sangone",
        "meeting_room",
        "Sala Sangone",
        "Trentadue posti a platea, proiettore e audio.",
        "Thirty-two seats in rows, projector and sound.",
        4880,
        32,
        ("projector", "sound", "step-free"),
        rules=ROOM,
    ),
    Kind(
        "cabine",
        "phone_booth",
        "Cabine telefoniche",
        "Tre cabine insonorizzate.",
        "Three sound-proof booths.",
        610,
        1,
        pool=3,
        rules={"step": 15, "least": 15, "most": 120},
    ),
    Kind(
        "laser",
        "laser",
        "Taglio laser CO₂ 100 W",
        "Piano 1000 × 600 mm: legno, acrilico, cartone.",
        "Bed 1000 × 600 mm: wood, acrylic, card.",
        1830,
        rules=MACHINE,
        skill="L1",
    ),
    Kind(
        "stampanti",
        "printer_3d",
        "Stampanti 3D",
        "Tre FDM 250 × 210 × 210 mm.",
        "Three FDM printers, 250 × 210 × 210 mm.",
        488,
        pool=3,
        rules=MACHINE | {"most": 720},
    ),
    Kind(
        "fresa",
        "mill",
        "Fresa CNC",
        "Tre assi, 1200 × 900 mm, legno e alluminio.",
        "Three axes, 1200 × 900 mm, wood and aluminium.",
        2440,
        rules=MACHINE | {"set_up": 15},
        skill="C1",
    ),
    Kind(
        "elettronica",
        "bench",
        "Banco elettronica",
        "Oscilloscopio, stazione saldante, alimentatori.",
        "Oscilloscope, soldering station, supplies.",
        610,
        2,
        rules=MACHINE,
    ),
    Kind(
        "proiettore",
        "equipment",
        "Proiettore portatile",
        "Con cavo HDMI e telo da due metri.",
        "With an HDMI cable and a two-metre screen.",
        610,
        features=("projector",),
        rules=ROOM,
    ),
    Kind(
        "mentore",
        "person",
        "Mentore di fabbricazione",
        "Chi ti affianca: dal disegno al primo taglio.",
        "Somebody at your side: from the drawing to the first cut.",
        2440,
        rules={"step": 30, "least": 30, "most": 240, "horizon_days": 60},
    ),
]
INCET = [
    Kind(
        "salone",
        "hall",
        "Salone",
        "Duecento posti, divisibile in due.",
        "Two hundred seats, divisible in two.",
        9760,
        200,
        ("projector", "sound", "step-free"),
        owner="brodolini",
        rules=ROOM | {"approval": True, "set_up": 60, "clean_up": 60, "least": 120},
    ),
    Kind(
        "salone-a",
        "hall",
        "Salone A",
        "La metà verso via Cigna.",
        "The half towards via Cigna.",
        5490,
        100,
        ("projector", "sound", "step-free"),
        owner="brodolini",
        rules=ROOM | {"approval": True, "set_up": 30, "clean_up": 30, "least": 120},
    ),
    Kind(
        "salone-b",
        "hall",
        "Salone B",
        "La metà verso il cortile.",
        "The half towards the courtyard.",
        5490,
        100,
        ("projector", "step-free"),
        owner="brodolini",
        rules=ROOM | {"approval": True, "set_up": 30, "clean_up": 30, "least": 120},
    ),
    Kind(
        "aula",
        "classroom",
        "Aula Focus",
        "Trentasei posti, banchi mobili.",
        "Thirty-six seats, movable tables.",
        3050,
        36,
        ("projector", "whiteboard", "step-free"),
        owner="focus",
        rules=ROOM,
    ),
    Kind(
        "cucina",
        "kitchen",
        "Cucina laboratorio",
        "Sei fuochi, forno, abbattitore.",
        "Six burners, oven, blast chiller.",
        3660,
        12,
        ("kitchen",),
        owner="make",
        rules=ROOM
        | {
            "clean_up": 30,
            "least": 60,
            "people_needed": True,
            "terms": "uso della cucina 2026",
            "questions": [
                {"code": "what", "it": "Che cosa si cucina?", "en": "What will be cooked?", "required": True}
            ],
        },
    ),
    Kind(
        "sala-nodo",
        "meeting_room",
        "Sala Nodo",
        "Dieci posti attorno a un tavolo.",
        "Ten seats around a table.",
        1464,
        10,
        ("whiteboard", "step-free"),
        owner="nodo",
        rules=ROOM,
    ),
    Kind(
        "sala-italia",
        "meeting_room",
        "Sala ItaliaCamp",
        "Sedici posti, schermo.",
        "Sixteen seats, screen.",
        1952,
        16,
        ("projector", "step-free"),
        owner="italiacamp",
        rules=ROOM,
    ),
    Kind(
        "cortile",
        "courtyard",
        "Cortile",
        "Quattrocento metri all'aperto, con presa elettrica.",
        "Four hundred square metres outdoors, with power.",
        2928,
        150,
        ("step-free",),
        owner="foorcoop",
        rules=ROOM | {"approval": True, "least": 120},
    ),
]
CAMPIDOGLIO = [
    Kind(
        "punto-nizza",
        "outdoor",
        "Punto Nicola Fabrizi",
        "Palo con corrente e rete per prove sensori.",
        "A pole with power and network for sensor trials.",
        0,
        rules={"step": 60, "least": 60, "most": 1440},
    ),
    Kind(
        "punto-svizzera",
        "outdoor",
        "Punto Corso Svizzera",
        "Spazio per prototipi urbani, 20 metri quadri.",
        "Room for urban prototypes, 20 square metres.",
        0,
        rules={"step": 60, "least": 60, "most": 1440},
    ),
]
