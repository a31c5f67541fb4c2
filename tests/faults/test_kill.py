"""Kill -9 of web, worker or database around hold → pay → settle: after a restart and one sweep everything squares."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from config import postgres
from config.demo_cast import MEMBERS, PASSWORD
from tests import migrated
from tests.free import port

pytestmark = [pytest.mark.fault, pytest.mark.slow]
ROOT = Path(__file__).resolve().parent.parent.parent
WEB, BANK = port(), port()
SITE, GATEWAY = f"http://127.0.0.1:{WEB}", f"http://127.0.0.1:{BANK}"
SECRET = "whsec_sandbox_only_for_development"


class House:
    """The parts of the product as processes of their own, each of which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.server = postgres.Server(folder / "postgres")
        self.environment = os.environ | {
            "POSTGRES_HOME": str(self.server.home),
            "DATA_DIR": str(folder),
            "SITE_URL": SITE,
            "STRIPE_API_BASE": GATEWAY,
            "OUTBOX_LEASE_SECONDS": "1",
            "SWEEP_GRACE_SECONDS": "0",
            "DATABASE_WAIT": "2",  # it comes back only when whoever waits for it has given up
            "TOWN_DAYS": "1,1",
        }
        granian = str(Path(sys.executable).parent / "granian")
        bank = [
            "--port",
            str(BANK),
            "--webhook",
            f"{SITE}/webhooks/stripe",
            "--secret",
            SECRET,
            "--state",
            str(folder / "bank"),
        ]
        self.commands = {
            "bank": [sys.executable, "-m", "billing.gateways.sandbox", *bank],
            "worker": [sys.executable, "-m", "config.celery"],
            "web": [granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(WEB), "--blocking-threads", "4", "--log-level", "error", "config.wsgi:application"],
        }  # fmt: skip
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, name: str) -> None:
        if name == "database":
            self.server.start()
            return
        quiet = subprocess.DEVNULL
        self.running[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            stdout=quiet,
            stderr=quiet,
        )

    def kill(self, name: str) -> None:
        if name == "database":
            pid = int((self.server.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            return
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def wait(self) -> None:
        for _ in range(150):
            try:
                if requests.get(f"{SITE}/api/v1/session", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        pytest.fail("the web did not come back")

    def ask(self, sql: str) -> Any:
        with psycopg.connect(self.server.url(postgres.APPLICATION)) as db:
            row = db.execute(sql.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def house():
    folder = Path(tempfile.mkdtemp(prefix="ballatoio-faults-"))
    folder.chmod(0o755)
    house = House(folder)
    try:
        migrated.lay(house.server)
        house.start("database")
        for command in (("migrate", "-v0"), ("plant",)):
            done = house.manage(*command)
            assert done.returncode == 0, done.stderr[-2000:]
        for name in house.commands:
            house.start(name)
        house.wait()
        yield house
    finally:
        for name in list(house.running):
            try:
                house.kill(name)
            except ProcessLookupError:
                continue
        house.server.destroy()


def buy(email: str, offers: list[dict[str, Any]], chance: random.Random) -> None:
    """A journey over HTTP from signing in to paying."""
    with requests.Session() as browser:
        session = browser.get(f"{SITE}/api/v1/session", timeout=10).json()
        headers = {"X-CSRFToken": session["csrf_token"], "Referer": SITE}

        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            key = {"Idempotency-Key": f"k{chance.random()}"}
            answer = browser.post(f"{SITE}/api/v1{path}", json=body, headers=headers | key, timeout=10)
            answer.raise_for_status()
            return answer.json()  # type: ignore[no-any-return]

        entered = post("/session", {"email": email, "password": PASSWORD})
        headers["X-CSRFToken"] = entered["csrf_token"]
        offer = offers.pop()
        held = post(
            "/bookings",
            {"items": [{"resource_id": offer["resource_id"], "quantity": 1}], "period": offer["period"]},
        )
        quote = post("/quotes", {"booking_ids": [held["id"]]})
        made = post("/checkouts", {"quote_id": quote["id"], "booking_ids": [held["id"]], "method": "card"})
        requests.post(
            f"{GATEWAY}/sandbox/pay", json={"session": made["redirect_url"].rsplit("/", 1)[1]}, timeout=10
        ).raise_for_status()


@pytest.mark.parametrize("victim", ["web", "worker", "database"])
def test_after_a_kill_a_restart_and_a_sweep_everything_squares(house, victim):
    chance = random.Random(victim)
    cards = requests.get(
        f"{SITE}/api/v1/offers?kind=meeting_room&kind=bench&per_resource=40", timeout=20
    ).json()["data"]
    offers = [offer for card in cards for offer in card["offers"]]
    chance.shuffle(offers)
    # Each round is somebody else's, for nobody may keep more than three holds.
    for moment, member in zip((0.0, 0.2, 0.4, 0.6, 0.9, 1.3, 1.8), MEMBERS, strict=False):
        timer = threading.Timer(moment, house.kill, [victim])
        timer.start()
        # she gave up where it broke; what matters is what is left behind
        with suppress(requests.RequestException, KeyError):
            buy(member.email, offers, chance)
        timer.join()
        house.start(victim)
        house.wait()
    buy(MEMBERS[-1].email, offers, chance)  # and once undisturbed
    time.sleep(1.2)  # the dead worker's leases run out
    swept = house.manage("sweep")
    assert swept.returncode == 0, swept.stdout + swept.stderr[-2000:]
    paid = house.ask(
        "SELECT count(*) FROM billing_payment WHERE state = 'captured' AND gateway = 'stripe' AND session_ref <> ''"
    )
    doubled = house.ask(
        "SELECT count(*) FROM (SELECT order_id FROM billing_document WHERE kind = 'invoice' GROUP BY order_id, issuer_id HAVING count(*) > 1) d"
    )
    unproved = house.ask(
        "SELECT count(*) FROM billing_payment p WHERE p.state = 'captured' AND p.refunded = 0"
        " AND NOT EXISTS (SELECT FROM billing_document d WHERE d.order_id = p.order_id)"
    )
    assert paid >= 1
    assert (doubled, unproved) == (0, 0)
