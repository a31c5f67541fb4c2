"""`make demo`: everything on this machine, started together and stopped together.

Starts the embedded PostgreSQL (unless DATABASE_URL names another), migrates, plants the town if there is none, then
runs the sandbox gateway, the worker and the web on loopback; Ctrl-C, or any of them ending, stops all it started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
WEB, BANK = int(os.environ.get("PORT", "8000")), int(os.environ.get("SANDBOX_PORT", "8010"))
SECRET = "whsec_sandbox_only_for_development"
# What the demo does before it starts its parts; with TOWN_STANDS it has been done, here or where all was copied from.
PREPARED_BY = (("migrate", "-v0"), ("plant",), ("collectstatic", "--noinput", "-v0"))


def environment() -> dict[str, str]:
    address = f"http://127.0.0.1:{WEB}"
    ours = {
        "DEMO": "1",
        "SITE_URL": address,
        "STRIPE_API_BASE": f"http://127.0.0.1:{BANK}",
        "STRIPE_WEBHOOK_SECRETS": SECRET,
        "PYTHONUNBUFFERED": "1",
    }
    return ours | os.environ | {"DEMO": "1"}


class Stop(Exception):
    """Somebody asked us to stop."""


def _asked(number: int, frame: FrameType | None) -> None:
    raise Stop


def run() -> int:
    """Returns 0 when asked to stop, 1 when a part ended by itself."""
    if os.environ.get("ENVIRONMENT") == "production":
        sys.stderr.write("the demo does not run in production\n")
        return 1
    signal.signal(signal.SIGTERM, _asked)
    signal.signal(signal.SIGINT, _asked)
    os.environ.update(environment())
    from config import settings

    server = None if settings.DATABASE_URL else settings.EMBEDDED
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        if server:
            server.start()
        if not os.environ.get("TOWN_STANDS"):
            for command in PREPARED_BY:
                _do(*command)
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        children = _start(settings.DATA_DIR)
        _wait_for(f"http://127.0.0.1:{WEB}/api/v1/session")
        _greet()
        while all(child.poll() is None for child in children.values()):
            time.sleep(0.3)
        ended = [name for name, child in children.items() if child.poll() is not None]
        print(f"{', '.join(ended)} ended: stopping everything", flush=True)
        return 1
    except Stop:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end(list(children.values()))
        if server:
            server.stop()


def _do(*command: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ, check=False)
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(command)} failed")


def _start(data: Path) -> dict[str, subprocess.Popen[bytes]]:
    bank = [
        "-m",
        "billing.gateways.sandbox",
        "--port",
        str(BANK),
        "--secret",
        SECRET,
        "--state",
        str(data / "sandbox.sqlite"),
    ]
    commands = {
        "sandbox gateway": [sys.executable, *bank, "--webhook", f"http://127.0.0.1:{WEB}/webhooks/stripe"],
        "worker": [sys.executable, "-m", "config.celery"],
        "web": [
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(WEB),
            "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "config.wsgi:application",
        ],
    }  # fmt: skip
    # Each is the head of a group of its own, so that whatever it starts ends with it.
    return {
        name: subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        for name, command in commands.items()
    }


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    """All are asked at once; who is still there after five seconds, and whatever they left behind, is ended."""
    until = time.monotonic() + 5
    for number in (signal.SIGTERM, signal.SIGKILL):
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0.1, until - time.monotonic()))


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the web did not answer")


def _greet() -> None:
    from config.demo_cast import MEMBERS, PASSWORD

    print(f"\nBallatoio is open: http://127.0.0.1:{WEB}\n\nWho can sign in (password: {PASSWORD}):")
    for member in MEMBERS:
        print(f"  {member.email:<22} {member.role_en}")
    print("\nCtrl-C closes it; the data stays.\n", flush=True)


if __name__ == "__main__":
    sys.exit(run())
