"""What the sandbox remembers: objects, answers, events, and the mood it is in."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from typing import Any

Thing = dict[str, Any]
USUAL_MOOD = {
    "deliver": True,
    "times": 1,
    "delay": 0.0,
    "reverse": False,
    "sign": True,
    "up": True,
    "mute": "",  # what is posted to an address with this in it is done, and its answer lost
    "decline": False,
    "ahead": 0.0,  # seconds by which the sandbox's clock is before everybody's
}


class Refusal(Exception):
    """An error as Stripe's API words it."""

    def __init__(self, status: int, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, "code": code or None}}


class Ledger:
    """Objects by id, idempotent answers by key, events to deliver; survives a kill."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.lock = threading.RLock()
        self.db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, body TEXT);"
            "CREATE INDEX IF NOT EXISTS by_kind ON object (json_extract(body, '$.object'));"
            "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, asked TEXT, status INT, body TEXT);"
            "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body TEXT, due REAL, tries INT, done INT);"
            "CREATE TABLE IF NOT EXISTS mood (id INT PRIMARY KEY, body TEXT)"
        )

    def put(self, thing: Thing) -> Thing:
        self.db.execute("REPLACE INTO object VALUES (?, ?)", (thing["id"], json.dumps(thing)))
        return thing

    def get(self, ref: str) -> Thing:
        row = self.db.execute("SELECT body FROM object WHERE id = ?", (ref,)).fetchone()
        if row is None:
            raise Refusal(404, "invalid_request_error", f"No such object: '{ref}'", "resource_missing")
        found: Thing = json.loads(row[0])
        return found

    def all(self, kind: str) -> list[Thing]:
        rows = self.db.execute("SELECT body FROM object WHERE json_extract(body, '$.object') = ?", (kind,))
        return [json.loads(body) for (body,) in rows]

    def drop(self, ref: str) -> None:
        self.db.execute("DELETE FROM object WHERE id = ?", (ref,))

    def now(self) -> float:
        """The sandbox's own present."""
        return time.time() + float(self.mood()["ahead"])

    def mood(self) -> Thing:
        row = self.db.execute("SELECT body FROM mood").fetchone()
        return USUAL_MOOD | (json.loads(row[0]) if row else {})

    def feel(self, mood: Thing) -> None:
        self.db.execute("REPLACE INTO mood VALUES (1, ?)", (json.dumps(mood),))

    def announce(self, kind: str, thing: Thing) -> None:
        mood = self.mood()
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "type": kind,
            "livemode": False,
            "created": int(time.time()),
            "api_version": "2026-10-28.endive",
            "data": {"object": thing},
        }
        due = time.time() + float(mood["delay"])
        done = 0 if mood["deliver"] else 1
        self.db.execute(
            "INSERT INTO event VALUES (?, ?, ?, 0, ?)", (event["id"], json.dumps(event), due, done)
        )
