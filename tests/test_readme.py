"""What the README shows is what the tool prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def printed(scenario: str, *words: str) -> str:
    """What a command prints on a practice cluster, at the width of the documentation."""
    env = {**os.environ, "COLUMNS": "100", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(
        ["kubectl-routes", "simulate", "--scenario", scenario, "--", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.rstrip()


def test_picture_of_the_output_is_the_output() -> None:
    shown = README.split("$ kubectl routes status\n")[1].split("\n```")[0]
    text = printed("blank-in-list", "kubectl", "routes", "status")
    assert re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:6443", text) == shown


def test_picture_of_a_trace_is_the_output() -> None:
    page = (ROOT / "docs" / "trace.md").read_text(encoding="utf-8")
    command, _, shown = page.split("\n$ ")[1].split("\n```")[0].partition("\n")
    assert printed("unlisted-vswitch", *command.split()) == shown


def test_picture_of_a_plan_is_the_output() -> None:
    page = (ROOT / "docs" / "enabling.md").read_text(encoding="utf-8")
    shown = page.split("$ kubectl routes enable --tables auto\n")[1].split("\n```")[0]
    words = ("kubectl", "routes", "enable", "--tables", "auto")
    assert printed("unlisted-vswitch", *words) == shown


def test_links_lead_to_files() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    targets = [
        (page.parent / link).resolve()
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(targets) > 5
    assert [str(target) for target in targets if not target.exists()] == []
