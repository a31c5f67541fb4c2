"""What the machine itself must have, installed by its own packages where we may: a browser, fonts, Pango."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NEEDED: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "libpangoft2-1.0-0": lambda: _library("libpangoft2-1.0.so.0"),
    "fonts-dejavu-core": lambda: Path("/usr/share/fonts/truetype/dejavu").exists(),
}


def _library(name: str) -> bool:
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    return name in known


def missing() -> list[str]:
    return [package for package, there in NEEDED.items() if not there()]


def main() -> int:
    """The missing packages are installed, or their names are said and the exit code is 1."""
    wanted = missing()
    if not wanted:
        return 0
    apt, sudo = shutil.which("apt-get"), shutil.which("sudo")
    if apt is None or (os.geteuid() != 0 and sudo is None):
        sys.stderr.write(f"please install: {' '.join(wanted)}\n")
        return 1
    command = [apt] if os.geteuid() == 0 else [str(sudo), apt]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    sys.stderr.write(f"installing {' '.join(wanted)}\n")
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
        done = subprocess.run([*command, *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
