"""A command to its end."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


def run(env: Mapping[str, str], *words: str | Path) -> tuple[int, str, str]:
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr
