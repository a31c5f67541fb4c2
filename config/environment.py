"""What the environment says, typed; a word that cannot be read stops the start with its name."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names (for secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise ImproperlyConfigured(f"{name} is neither yes nor no: {value!r}")
    return default


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not a whole number: {value!r}") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, object]:
    """A `postgresql://user:password@host:port/name?option=value` as Django wants it."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ImproperlyConfigured("a database address looks like postgresql://user:password@host/name")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
    }


def mail_servers(urls: list[str]) -> dict[str, dict[str, object]]:
    """Of each `smtps://mailbox%40host:password@server:465` what a connection needs, by the mailbox it signs in with."""
    found: dict[str, dict[str, object]] = {}
    for url in urls:
        server = mail_server(url)
        if not server["EMAIL_HOST_USER"]:
            raise ImproperlyConfigured("a certified mail server's address has the mailbox as its user")
        named = {"host": "HOST", "port": "PORT", "username": "HOST_USER", "password": "HOST_PASSWORD"}
        more = {"use_ssl": "USE_SSL", "use_tls": "USE_TLS", "timeout": "TIMEOUT"}
        found[str(server["EMAIL_HOST_USER"])] = {
            word: server[f"EMAIL_{name}"] for word, name in (named | more).items()
        }
    return found


def intermediaries(urls: list[str]) -> dict[str, dict[str, str]]:
    """Of each `https://taxcode:token@host/path?query` where an issuer's files are posted and by which token, by the issuer's
    tax code."""
    found: dict[str, dict[str, str]] = {}
    for url in urls:
        parts = urlsplit(url)
        inside = parts.hostname in ("127.0.0.1", "localhost")
        if not (parts.scheme == "https" or (parts.scheme == "http" and inside)) or not parts.hostname:
            raise ImproperlyConfigured("an intermediary's address looks like https://taxcode:token@host/path")
        if not parts.username or not parts.password:
            raise ImproperlyConfigured("an intermediary's address has the issuer's tax code and a token")
        host = parts.netloc.rpartition("@")[2]
        found[unquote(parts.username)] = {
            "url": urlunsplit((parts.scheme, host, parts.path or "/", parts.query, "")),
            "token": unquote(parts.password),
        }
    return found


def outside(name: str, default: str) -> str:
    """The address of a service outside: https, or a stand-in for it on this machine."""
    url = text(name, default)
    parts = urlsplit(url)
    inside = parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and inside)):
        raise ImproperlyConfigured(f"{name} is an https address: {url!r}")
    return url


def mail_server(url: str) -> dict[str, object]:
    """Django's mail settings from `smtp://user:password@host:port` (`smtps://` for TLS from the start)."""
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("a mail server's address looks like smtp://user:password@host:587")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }
