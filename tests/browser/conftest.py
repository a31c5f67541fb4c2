"""The whole product as `make demo` starts it, on ports of its own, with a small town; and a real browser before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from config import machine, postgres
from config.demo import PREPARED_BY
from tests import migrated
from tests.billing.union_register import PATH, Register, union_register
from tests.free import port

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 480  # seconds: on a busy machine a town takes its time, and a test that hangs is ended after 900
PICTURES = os.environ.get("PICTURES")
# Nobody may sign in more than ten times a minute: who has entered once stays in, for all the journeys of the town, in the
# language that they had then: another journey of the file may have left them in the other one.
ENTERED: dict[str, Any] = {}


@pytest.fixture(scope="session")
def union() -> Iterator[Register]:
    """The register of VAT numbers that the demo asks."""
    with union_register() as found:
        yield found


@pytest.fixture(scope="session")
def planted(union: Register) -> Iterator[Demo]:
    """A demo as it is before its parts start, with the town as it was planted; its server has stopped."""
    demo = Demo(union)
    try:
        migrated.lay(demo.server)
        demo.server.start()
        for command in PREPARED_BY:
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=demo.environment, check=True
            )
        demo.server.stop()
        yield demo
    finally:
        demo.forget()


@pytest.fixture(scope="session")
def closing() -> Iterator[list[Demo]]:
    """Demos that were asked to stop: nobody waits for that before the last journey is over."""
    asked: list[Demo] = []
    yield asked
    for demo in asked:
        demo.forget()


@pytest.fixture(scope="module")
def town(planted: Demo, union: Register, closing: list[Demo]) -> Iterator[str]:
    """The address of a running demo; it is stopped, with all it started, when the journeys of the file are over.

    Each file has the town as it was planted: what a journey finds does not hang on which files were played before.
    """
    for demo in [demo for demo in closing if demo.has_ended()]:
        closing.remove(demo)
        demo.forget()
    demo = Demo(union)
    demo.begin_as(planted)
    ENTERED.clear()
    try:
        demo.start()
        yield demo.address
    finally:
        demo.stop()
        closing.append(demo)


class Demo:
    """One running product in a folder and on ports of its own."""

    def __init__(self, union: Register) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ballatoio-demo-"))
        self.folder.chmod(0o755)  # the user of the database enters it
        self.server = postgres.Server(self.folder / "postgres", forgetful=True)
        web = port()
        self.address = f"http://127.0.0.1:{web}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = os.environ | {
            "DEMO": "1",
            "POSTGRES_HOME": str(self.server.home),
            "POSTGRES_FORGETFUL": "1",
            "DATA_DIR": str(self.folder / "data"),
            "SITE_URL": self.address,
            "PORT": str(web),
            "SANDBOX_PORT": str(port()),
            "TOWN_DAYS": "45,20",
            "VIES_URL": f"http://127.0.0.1:{union.server_port}{PATH}",
        }

    def begin_as(self, other: Demo) -> None:
        """What the other has been prepared with is here too; nothing of it is done again."""
        migrated.copy(other.server.data, self.server.data)
        (self.folder / "data").mkdir()
        (self.folder / "data" / "static").symlink_to(other.folder / "data" / "static")
        self.environment |= {"TOWN_STANDS": "1"}

    def start(self) -> None:
        """It answers; the test fails with what it printed if it does not."""
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.demo"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while not _answers(self.address):
            if self.has_ended() or time.monotonic() > until:
                pytest.fail(f"the demo did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.2)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """It is asked to end all that it started; nobody waits."""
        if self.process and not self.has_ended():
            self.process.terminate()

    def forget(self) -> None:
        """It has ended, and nothing of it is left."""
        self.stop()
        if self.process:
            self.process.wait(timeout=60)
        self.server.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/api/v1/session", timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.browser(), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, town: str) -> Iterator[Callable[..., Page]]:
    """`visit("Ada", "/me")`: a page as that person; a console error or a refused policy fails the test.

    Where the test is about a refusal (`refused=True`), the browser's own note that the API said no is none.
    """
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def go(who: str | None, path: str = "/", *, refused: bool = False, **options: Any) -> Page:
        context = chromium.new_context(
            **(
                {"viewport": {"width": 1280, "height": 900}, "locale": "it-IT", "timezone_id": "Europe/Rome"}
                | options
            )
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        expected = says_no if refused else lambda said: False
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type == "error" and not expected(m.text) else None,
        )
        page.on("pageerror", lambda e: complaints.append(str(e)))
        if who:
            if who not in ENTERED:
                page.goto(f"{town}/sign-in")
                page.locator(".cast button", has_text=who).click()
                page.locator(".me").wait_for()
                ENTERED[who] = context.cookies()
            context.add_cookies(ENTERED[who])
        page.goto(f"{town}{path}")
        page.locator("h1").wait_for()
        page.wait_for_load_state("networkidle")
        return page

    yield go
    for context in opened:
        context.close()
    assert complaints == []


def language_of(page: Page) -> Locator:
    return page.locator(".tools select").first


def speak(page: Page, language: str) -> None:
    """The page and whoever is signed in speak this language from now on."""
    if language_of(page).input_value() != language:
        with page.expect_response(lambda answer: answer.url.endswith("/people/me")):
            language_of(page).select_option(language)


def says_no(said: str) -> bool:
    """Whether the browser only notes that the API said no, or that the test has cut the network: the page explains both."""
    expected = (
        "status of 403",
        "status of 404",
        "status of 409",
        "status of 422",
        "ERR_INTERNET_DISCONNECTED",
    )
    return said.startswith("Failed to load resource") and any(one in said for one in expected)


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {n['target']} {n.get('failureSummary', '')}"
        for v in found["violations"]
        for n in v["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    """The whole page as it is now, where somebody asked for pictures (PICTURES names a folder)."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def narrow(page: Page, name: str) -> None:
    """The same at 390 pixels, dark: nothing is wider than the page, and nobody is shut out."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert violations(page) == []
    picture(page, f"{name}-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


SAY = """async ([path, body]) => {
  const token = (await (await fetch('/api/v1/session')).json()).csrf_token;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token, 'Idempotency-Key': crypto.randomUUID()};
  const answer = await fetch(`/api/v1${path}`, {method: 'POST', headers, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}"""


def say(page: Page, path: str, body: dict[str, Any]) -> Any:
    """What the API answers to a POST by whoever is signed in on this page; a refusal fails the test."""
    return page.evaluate(SAY, [path, body])


def ask(page: Page, path: str) -> Any:
    """What the API answers to a GET by whoever is signed in on this page."""
    return page.evaluate("async (path) => (await fetch(`/api/v1${path}`)).json()", path)


def a_booking(page: Page, name: str, on: date, minutes: int = 60) -> dict[str, Any]:
    """A free hour of this resource on that day, confirmed on the account of the organisation of whoever is on the page."""
    [resource] = [one["id"] for one in ask(page, "/resources?limit=100")["data"] if one["name"] == name]
    asked = f"resource_id={resource}&on_from={on}&on_to={on + timedelta(days=1)}&minutes={minutes}&per_resource=50"
    slots = ask(page, f"/offers?{asked}")["data"][0]["offers"]
    body = ask(page, "/session")["organisations"][0]["id"]
    slot = slots[len(slots) // 2]["period"]
    held = say(
        page, "/bookings", {"items": [{"resource_id": resource}], "period": slot, "organisation_id": body}
    )
    quote = say(page, "/quotes", {"booking_ids": [held["id"]]})
    say(
        page,
        "/checkouts",
        {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "account"},
    )
    confirmed: dict[str, Any] = ask(page, f"/bookings/{held['id']}")
    return confirmed
