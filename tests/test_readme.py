"""What the README shows is what the tool prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_picture_of_the_output_is_the_output() -> None:
    shown = README.split("$ kubectl routes status\n")[1].split("\n```")[0]
    env = {**os.environ, "COLUMNS": "100", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    command = ["kubectl-routes", "simulate", "--scenario", "blank-in-list", "--"]
    printed = subprocess.run(
        [*command, "kubectl", "routes", "status"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:6443", printed).rstrip() == shown


def test_links_lead_to_files() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    targets = [
        (page.parent / link).resolve()
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(targets) > 5
    assert [str(target) for target in targets if not target.exists()] == []
