"""`python -m bench.paint`: how soon the page of figures stands there with a year of data, in a real browser.

A demo of its own is planted with more than a year behind it. Its manager opens the page of figures, and the page of an
address that does not exist: the same bundle with nothing in it. They take turns, the fastest of each counts, and what is
told is the ratio. First the browser's own first-contentful-paint; then when the map of the week is drawn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from config import machine, postgres
from core.clock import now
from tests.free import port

ROOT = Path(__file__).resolve().parent.parent
PAST, ROUNDS = 400, 9
WHO = "Dario"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
DRAWN = (
    """() => document.querySelector('section[aria-labelledby="week-title"] svg rect') && performance.now()"""
)


@contextmanager
def town() -> Iterator[str]:
    """The address of a running demo with a year behind it; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ballatoio-paint-") as name:
        folder, web = Path(name), port()
        folder.chmod(0o755)
        ours = {
            "POSTGRES_HOME": str(folder / "postgres"),
            "POSTGRES_FORGETFUL": "1",
            "DATA_DIR": str(folder / "data"),
            "PORT": str(web),
            "SANDBOX_PORT": str(port()),
            "TOWN_DAYS": f"{PAST},20",
        }
        with (folder / "log").open("wb") as log:
            demo = subprocess.Popen(
                [sys.executable, "-m", "config.demo"], cwd=ROOT, env=os.environ | ours, stdout=log, stderr=log
            )
        try:
            yield _ready(demo, f"http://127.0.0.1:{web}", folder / "log")
        finally:
            demo.terminate()
            demo.wait(timeout=30)
            postgres.Server(folder / "postgres").destroy()


def _ready(demo: subprocess.Popen[bytes], address: str, log: Path) -> str:
    while demo.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api/v1/session", timeout=2).close()
            return address
        except OSError:
            time.sleep(0.5)
    raise SystemExit(log.read_text()[-3000:])


def seen(page: Page, address: str, what: str) -> float:
    """Milliseconds from the start of the navigation."""
    page.goto(address)
    return float(page.wait_for_function(what).json_value())


def measure(page: Page, address: str) -> dict[str, float]:
    """The fastest of some rounds of each, in milliseconds."""
    first = now().date().replace(day=1)
    year = f"from={first - timedelta(days=365)}&to={first}"
    asked = {
        "nothing, painted": (f"{address}/there-is-nothing-here", PAINTED),
        "figures of a year, painted": (f"{address}/insight?{year}", PAINTED),
        "figures of a year, the week drawn": (f"{address}/insight?{year}", DRAWN),
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, (where, what) in asked.items():
            taken[name].append(seen(page, where, what))
    return {name: min(times) for name, times in taken.items()}


def main() -> int:
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with town() as address, sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=machine.browser(), args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="it-IT")
        page.goto(f"{address}/sign-in")
        page.locator(".cast button", has_text=WHO).click()
        page.locator(".me").wait_for()
        found = measure(page, address)
        browser.close()
    least = found["nothing, painted"]
    for name, ms in found.items():
        print(f"{name:<40}{ms / least:>8.2f}{ms:>10.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
