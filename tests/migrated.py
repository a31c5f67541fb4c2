"""The migrated database that every session of tests begins with, made once for each state of the migrations.

To migrate takes longer than most files of tests; to copy the folder of a server that has stopped takes a second.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from config import postgres

ROOT = Path(__file__).resolve().parent.parent
KEPT_FOR = 24 * 60 * 60  # seconds after the last use
# What the tables, and the rows that are there after a migration, are made of.
MADE_OF = (
    "*/migrations/*.py",
    "*/models.py",
    "*/models/*.py",
    "*/apps.py",
    "*/erasure.py",
    "booking/attending/watch.py",
    "core/*.py",
    "config/*.py",
    "*.lock",
    "*.txt",
)


class NotMigrated(RuntimeError):
    """The migrations failed; the message says what they printed."""


def start(server: postgres.Server) -> None:
    """The server runs, with every migration applied. Raises NotMigrated."""
    kept = _kept()
    if kept.exists():
        lay(server)
        server.start()
        return
    server.start()
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env=os.environ | {"POSTGRES_HOME": str(server.home)},
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise NotMigrated(f"{done.stdout}{done.stderr}")
    server.stop()
    _keep(server.data, kept)
    server.start()


def lay(server: postgres.Server) -> None:
    """The folder of a server that was never started holds what the session's own began with: to migrate it is quick."""
    kept = _kept()
    if kept.exists():
        copy(kept, server.data)
        os.utime(kept)


def _kept() -> Path:
    return postgres.home_of(ROOT).parent / "migrated" / _state()


def _state() -> str:
    state = hashlib.sha256()
    for file in sorted({file for pattern in MADE_OF for file in ROOT.glob(pattern)}):
        state.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return state.hexdigest()[:16]


def _keep(data: Path, kept: Path) -> None:
    """Whole or not at all: another session may look at the same moment, or keep the same."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    for old in _unused(kept.parent):
        shutil.rmtree(old, ignore_errors=True)
    half = kept.with_name(f"{kept.name}-{os.getpid()}")
    copy(data, half)
    try:
        half.rename(kept)
    except OSError:  # another session was first
        shutil.rmtree(half)


def _unused(folder: Path) -> Iterator[Path]:
    return (kept for kept in folder.iterdir() if kept.stat().st_mtime < time.time() - KEPT_FOR)


def copy(source: Path, target: Path) -> None:
    """The folder with its owner, who for root is another."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", source, target], check=True)
