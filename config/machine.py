"""What the machine itself must have, installed by its own packages where we may: a browser, fonts, Pango."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# The engine alone; and what draws windows, tabs and menus besides, though nobody sees them, which takes as long as the
# page itself. The second will do where the first cannot be had.
SHELL, WINDOWED = "chromium-headless-shell", "chromium"
NEEDED: dict[str, Callable[[], bool]] = {
    SHELL: lambda: shutil.which(SHELL) is not None,
    "libpangoft2-1.0-0": lambda: _library("libpangoft2-1.0.so.0"),
    "fonts-dejavu-core": lambda: Path("/usr/share/fonts/truetype/dejavu").exists(),
}


def _library(name: str) -> bool:
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    return name in known


def browser() -> str | None:
    """The path of the browser that journeys are made with, or None where there is none."""
    return shutil.which(SHELL) or shutil.which(WINDOWED)


def missing() -> list[str]:
    """The packages without which the tests cannot be run."""
    return [
        package for package, there in NEEDED.items() if not there() and not (package == SHELL and browser())
    ]


def main() -> int:
    """What is missing is installed where we may; the exit code is 1, with their names, where tests could not be run."""
    root = os.geteuid() == 0
    wanted = [package for package, there in NEEDED.items() if not there()] if root else missing()
    apt, sudo = shutil.which("apt-get"), shutil.which("sudo")
    if wanted and apt and (root or sudo):
        command = [apt] if root else [str(sudo), apt]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        sys.stderr.write(f"installing {' '.join(wanted)}\n")
        for arguments in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "--no-install-recommends", *wanted],
        ):
            subprocess.run([*command, *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
    if still := missing():
        sys.stderr.write(f"please install: {' '.join(still)}\n")
    return bool(missing())


if __name__ == "__main__":
    sys.exit(main())
