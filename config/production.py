"""What must be true before anything starts in production; each absence is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 40


def faults(settings: Mapping[str, Any]) -> list[str]:
    """What forbids these settings to serve in production, one sentence each."""
    checks = [
        (
            settings["SECRET_KEY"] == settings["DEVELOPMENT_SECRET"]
            or len(settings["SECRET_KEY"]) < SHORTEST_SECRET,
            f"SECRET_KEY must be a secret of its own, of at least {SHORTEST_SECRET} signs",
        ),
        (settings["DEMO"], "DEMO (its mailbox, its people and their passwords) cannot run in production"),
        (not settings["DATABASE_URL"], "DATABASE_URL must name an external database"),
        (
            not (settings["SESSION_COOKIE_SECURE"] and settings["CSRF_COOKIE_SECURE"]),
            "SECURE_COOKIES must stay on: cookies travel over TLS only",
        ),
        (not settings["SITE_URL"].startswith("https://"), "SITE_URL must begin with https://"),
        (
            not settings["ALLOWED_HOSTS"] or "*" in settings["ALLOWED_HOSTS"],
            "ALLOWED_HOSTS must name the hosts that are served",
        ),
        (bool(settings["STRIPE_API_BASE"]), "STRIPE_API_BASE must be empty: the sandbox gateway is no bank"),
        (not settings["STRIPE_SECRET_KEY"], "STRIPE_SECRET_KEY must be given"),
        (not settings["STRIPE_WEBHOOK_SECRETS"], "STRIPE_WEBHOOK_SECRETS must be given"),
        (not settings["SMTP_URL"], "SMTP_URL must name a mail server"),
    ]
    return [sentence for wrong, sentence in checks if wrong]


def refuse_what_is_missing(settings: Mapping[str, Any]) -> None:
    """Raises ImproperlyConfigured with every fault at once."""
    if found := faults(settings):
        raise ImproperlyConfigured("production cannot start:\n- " + "\n- ".join(found))
