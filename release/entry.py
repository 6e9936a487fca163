"""What the frozen program runs: the console script of setup.cfg."""

from __future__ import annotations

from kubectl_routes.cli.main import entry

entry()
