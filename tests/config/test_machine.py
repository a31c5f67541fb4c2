"""What the machine must have is installed where that may be done, and told where it may not."""

import os
import shutil
import subprocess

import pytest

from config import machine


@pytest.fixture
def bench(monkeypatch):
    """A machine on which nothing is, whose packages are put there by name where `allowed`."""

    class Bench:
        here: set[str] = set()
        allowed = True
        asked: list[list[str]] = []

    found = Bench()
    found.here, found.asked = set(), []

    def run(command, **_):
        found.asked.append(command)
        if found.allowed and "install" in command:
            found.here |= set(command[command.index("--no-install-recommends") + 1 :])

    monkeypatch.setattr(
        shutil, "which", lambda name: name if name == "apt-get" or name in found.here else None
    )
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        machine,
        "NEEDED",
        {machine.SHELL: lambda: machine.SHELL in found.here, "fonts": lambda: "fonts" in found.here},
    )
    return found


def test_what_is_missing_is_installed(bench):
    assert machine.main() == 0
    assert bench.here == {machine.SHELL, "fonts"}
    assert machine.browser() == machine.SHELL


def test_where_all_is_there_nothing_is_installed(bench):
    bench.here |= {machine.SHELL, "fonts"}
    assert machine.main() == 0
    assert bench.asked == []


def test_a_browser_with_windows_does_where_none_without_can_be_had(bench):
    bench.here |= {machine.WINDOWED, "fonts"}
    bench.allowed = False
    assert machine.main() == 0
    assert machine.browser() == machine.WINDOWED


def test_what_cannot_be_installed_is_told(bench, capsys):
    bench.allowed = False
    assert machine.main() == 1
    assert f"please install: {machine.SHELL} fonts" in capsys.readouterr().err


def test_who_may_not_install_is_not_asked_for_a_password_for_what_can_do_without(bench, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    bench.here |= {machine.WINDOWED, "fonts", "sudo"}
    assert machine.main() == 0
    assert bench.asked == []
