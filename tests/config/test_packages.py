"""Lock files carry names, versions and hashes, and no addresses; nothing names the machine it was made on."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_python_s_lock_has_a_hash_for_everything_and_no_address():
    text = (ROOT / "requirements-dev.lock").read_text()
    assert "://" not in text
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(entries) > 50
    assert text.count("--hash=sha256:") >= len(entries)
    assert all("==" in line for line in entries)


def test_the_browser_s_lock_has_a_hash_for_everything_and_no_address():
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 50
    assert all("resolved" not in entry for entry in packages.values())
    assert all("integrity" in entry for entry in packages.values())
