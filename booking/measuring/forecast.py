"""What the next four weeks will likely be: last year's same days, and how this year has been otherwise.

How this year differs from the last is smoothed with its weekly rhythm by Holt-Winters (statsmodels, the only file that
knows it); where there is no year to look back on, the weekly rhythm alone. The same is asked of past weeks that are
known by now, and how wrong it was is told beside it (docs/adr/0076). Pure: lists of minutes a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

AHEAD = 28
WEEK, YEAR = 7, 364  # a year later is the same weekday
LEAST = 3 * WEEK  # days from which a weekly rhythm can be told
WINDOWS = 6  # times four weeks of the past that are foretold once more
Method = Literal["year", "weeks", "none"]


@dataclass(frozen=True, slots=True)
class Error:
    """How wrong it was in the past: minutes a day on average, and in all out of what was really booked."""

    windows: int
    mean: int
    off: int
    booked: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Minutes expected of each of the next days (none where the past is too short), by which method, how wrong before."""

    method: Method
    expected: list[int]
    error: Error | None


def method_for(days: int) -> Method:
    """How so many days of past can be gone on: by last year, by weeks, or not at all."""
    return "year" if days >= YEAR + LEAST else "weeks" if days >= LEAST else "none"


def foretell(booked: Sequence[int], opened: Sequence[int], opened_ahead: Sequence[int]) -> Forecast:
    """The next days from all those before them, the latest last; never less than nothing, nor more than is open."""
    method = method_for(len(booked))
    if method == "none":
        return Forecast(method, [], None)
    return Forecast(method, _expected(booked, opened_ahead, method), _tried(booked, opened, method))


def _expected(booked: Sequence[int], opened_ahead: Sequence[int], method: Method) -> list[int]:
    many = len(opened_ahead)
    if method == "year":
        last_year = booked[-YEAR:][:many]
        differs = [now - then for now, then in zip(booked[YEAR:], booked, strict=False)]
        found = [then + more for then, more in zip(last_year, _smoothed(differs, many), strict=True)]
    else:
        found = _smoothed(booked, many)
    return [max(0, min(round(minutes), most)) for minutes, most in zip(found, opened_ahead, strict=True)]


def _tried(booked: Sequence[int], opened: Sequence[int], method: Method) -> Error | None:
    """What the same method would have said of the past's last windows; None where it could not have."""
    off = total = windows = 0
    for n in range(1, WINDOWS + 1):
        cut = len(booked) - n * AHEAD
        if cut < 0 or method_for(cut) != method:
            break
        real = booked[cut : cut + AHEAD]
        said = _expected(booked[:cut], opened[cut : cut + AHEAD], method)
        off += sum(abs(a - b) for a, b in zip(said, real, strict=True))
        total += sum(real)
        windows += 1
    return Error(windows, round(off / (windows * AHEAD)), off, total) if windows else None


def _smoothed(series: Sequence[int], many: int) -> list[float]:
    """The series' level and weekly rhythm, carried on."""
    if min(series) == max(series):
        return [float(series[0])] * many
    # The import takes a second and much memory: only who asks for a forecast pays for it.
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    model = ExponentialSmoothing(
        [float(n) for n in series], seasonal="add", seasonal_periods=WEEK, initialization_method="heuristic"
    )
    return [float(n) for n in model.fit().forecast(many)]
