"""Production refuses to start half dressed; each absence is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DRESSED = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "a-secret-of-its-own-that-is-long-enough-for-anybody",
    "SITE_URL": "https://ballatoio.example",
    "ALLOWED_HOSTS": "ballatoio.example",
    "DATABASE_URL": "postgresql://app:secret@db.example/ballatoio",
    "STRIPE_SECRET_KEY": "sk_live_something",
    "STRIPE_WEBHOOK_SECRETS": "whsec_something",
    "SMTP_URL": "smtp://user:secret@mail.example:587",
}


def start(**changes):
    """What loading the settings prints, and whether it worked."""
    kept = {k: v for k, v in (DRESSED | changes).items() if v is not None}
    environment = {"PATH": os.environ["PATH"], **kept}
    code = "from config import settings; print(settings.SESSION_COOKIE_NAME, settings.DEMO)"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_dressed_it_starts_with_host_cookies():
    done = start()
    assert (done.returncode, done.stdout.strip()) == (0, "__Host-session False"), done.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEMO": "1"}, "DEMO"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"SECURE_COOKIES": "no"}, "SECURE_COOKIES"),
        ({"SITE_URL": "http://ballatoio.example"}, "SITE_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8010"}, "STRIPE_API_BASE"),
        ({"STRIPE_WEBHOOK_SECRETS": None}, "STRIPE_WEBHOOK_SECRETS"),
        ({"SMTP_URL": None}, "SMTP_URL"),
    ],
)
def test_undressed_it_does_not_start(changes, named):
    done = start(**changes)
    assert done.returncode != 0
    assert named in done.stderr


@pytest.mark.parametrize(
    "module",
    [
        ["-m", "config.demo"],
        ["-m", "billing.gateways.sandbox", "--webhook", "x", "--secret", "x", "--state", "x"],
    ],
)
def test_the_demo_and_its_bank_do_not_run_in_production(module):
    environment = {"PATH": os.environ["PATH"], **DRESSED}
    done = subprocess.run(
        [sys.executable, *module],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "production" in done.stderr


def test_a_word_that_cannot_be_read_stops_the_start():
    assert "DEMO is neither yes nor no" in start(DEMO="perhaps").stderr
