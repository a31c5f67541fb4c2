"""The only source of the present, so that tests can hold it still."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ITALY = ZoneInfo("Europe/Rome")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day that it is in Italy: by it holds what is of no venue, as an agreement, a delegation, a certificate."""
    return now().astimezone(ITALY).date()
