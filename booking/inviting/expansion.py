"""A calendar file of strangers, read in a process of its own: when it is busy, and nothing else of it.

`python -m booking.expansion ZONE FROM TO` reads the file on its input and writes `[[uid, start, end], …]`. It runs
alone because one hostile rule of repetition can cost more time than a worker has (a MINUTELY one since 1970 ran for
over half a minute); the caller stops it after `PATIENCE_SECONDS`.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

PATIENCE_SECONDS = 10
MOST_OF_ONE, MOST_OF_ALL = 732, 5000
LONGEST_NAME = 255
TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
ROOT = Path(__file__).resolve().parent.parent.parent


class Unreadable(Exception):
    """The file is no calendar, or costs more than it may."""


def expand(content: bytes, zone: str, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """(uid, start, end) in UTC of every busy time that touches the window. Raises Unreadable."""
    command = [sys.executable, "-m", "booking.inviting.expansion", zone, start.isoformat(), end.isoformat()]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=PATIENCE_SECONDS, cwd=ROOT, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable from error
    if done.returncode:
        raise Unreadable
    rows = json.loads(done.stdout)
    return [(name, datetime.fromisoformat(a), datetime.fromisoformat(b)) for name, a, b in rows]


def busy(
    content: bytes, zone: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[str, datetime, datetime]]:
    """The same, in this process."""
    calendar = Calendar.from_ical(content)
    if not isinstance(calendar, Calendar):
        raise Unreadable
    calendar.subcomponents = [c for c in calendar.subcomponents if c.name != "VEVENT" or _is_slow(c)]
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    found, many = set(), Counter[str]()
    for event in query.between(start.astimezone(zone), end.astimezone(zone)):
        if str(event.get("TRANSP", "")) == "TRANSPARENT" or str(event.get("STATUS", "")) == "CANCELLED":
            continue
        began, ended = _instant(event.start, zone), _instant(event.end, zone)
        name = _named(str(event.get("UID", "")))
        many[name] += 1
        if began < ended and many[name] <= MOST_OF_ONE:
            found.add((name, began, ended))
    return sorted(found, key=lambda row: row[1])[:MOST_OF_ALL]


def _is_slow(event: Any) -> bool:
    """Repeats daily at most: what repeats more often is no booking of a place, and could cost any amount."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if set(rule.get("FREQ", [])) & TOO_OFTEN or rule.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
            return False
    return isinstance(event, Event)


def _instant(when: date | datetime, zone: ZoneInfo) -> datetime:
    """A whole day begins at the venue's midnight, and a time without a zone is by the venue's clock."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time(0), zone)
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)


def _named(uid: str) -> str:
    if len(uid) <= LONGEST_NAME and "\x00" not in uid:
        return uid
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()


def main() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_SECONDS, PATIENCE_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    zone, start, end = ZoneInfo(sys.argv[1]), *(datetime.fromisoformat(text) for text in sys.argv[2:4])
    rows = busy(sys.stdin.buffer.read(), zone, start, end)
    sys.stdout.write(json.dumps([[name, a.isoformat(), b.isoformat()] for name, a, b in rows]))


if __name__ == "__main__":
    main()
