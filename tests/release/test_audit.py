from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes_simulator.server import LoopbackServer, Reply, Request

pytestmark = pytest.mark.qa
ROOT = Path(__file__).parents[2]
HEAD = "known vulnerabilities of what is"
UNREACHED = "known vulnerabilities: not checked: the database cannot be reached\n"


def audit(url: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PIP_AUDIT_OSV_URL": url, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, "-m", "release.audit"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def service(answer: Callable[[str], Any]) -> LoopbackServer:
    """OSV, whose answer depends on the package's name alone."""

    def handle(request: Request) -> Reply:
        name = msgspec.json.decode(request.body)["package"]["name"]
        return Reply(200, msgspec.json.encode(answer(name)), {"Content-Type": "application/json"})

    return LoopbackServer(handle)


def known(name: str) -> dict[str, Any]:
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
    }
    return {"vulns": [{"id": "PYSEC-2026-1", "summary": "bad", "affected": [affected]}]}


def test_nothing_known_is_told_with_how_many_were_asked_about(tmp_path: Path) -> None:
    with service(lambda _: {}) as server:
        done = audit(server.url, tmp_path)
        asked = len(server.requests)
    assert done.returncode == 0, done
    frozen, installed = (line for line in done.stdout.splitlines() if line.startswith(HEAD))
    assert frozen.startswith(f"{HEAD} frozen: 0 in ")
    assert installed.startswith(f"{HEAD} installed: 0 in ")
    assert asked == sum(int(line.rpartition(" ")[2]) for line in (frozen, installed))
    assert asked > 100


def test_what_is_known_is_told_and_fails(tmp_path: Path) -> None:
    with service(lambda name: known(name) if name == "urllib3" else {}) as server:
        done = audit(server.url, tmp_path)
    assert done.returncode == 1, done
    assert f"{HEAD} frozen: 1 in " in done.stdout
    assert "  urllib3 2." in done.stdout
    assert ": PYSEC-2026-1, fixed in 99.1\n" in done.stdout


@pytest.mark.parametrize("answer", ["a page", 503])
def test_a_service_that_is_none_is_told_and_does_not_fail(
    tmp_path: Path, answer: str | int
) -> None:
    status = answer if isinstance(answer, int) else 200
    with LoopbackServer(lambda _: Reply(status, b"<html>")) as server:
        done = audit(server.url, tmp_path)
    assert done.returncode == 0, done
    assert done.stdout == UNREACHED


def test_a_service_that_cannot_be_reached_is_told_and_does_not_fail(tmp_path: Path) -> None:
    done = audit("http://127.0.0.1:9", tmp_path)
    assert done.returncode == 0, done
    assert (done.stdout, done.stderr) == (UNREACHED, "")


def test_a_fault_of_the_check_itself_fails(tmp_path: Path) -> None:
    done = audit("no URL at all", tmp_path)
    assert done.returncode == 2, done
    assert "not checked: " in done.stdout
