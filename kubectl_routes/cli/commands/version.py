"""``version``: what runs here. It asks no server."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

from kubectl_routes import __version__
from kubectl_routes.cli.formats import text_of
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.render.documents import Version
from kubectl_routes.render.page import Page

LIBRARIES = (
    "kubernetes",
    "aliyun-python-sdk-core",
    "aliyun-python-sdk-vpc",
    "alibabacloud-credentials",
    "msgspec",
    "tabulate",
)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the versions."""
    libraries = {name: _installed(name) for name in LIBRARIES}
    found = Version(__version__, platform.python_version(), libraries)
    terminal.write(text_of(args, terminal, found))
    return 0


def text(found: Version, _page: Page) -> str:
    """A line for each program and library."""
    versions = {"kubectl-routes": found.version, "python": found.python, **found.libraries}
    width = max(map(len, versions)) + 2
    return "".join(f"{name:<{width}}{value or 'not found'}\n" for name, value in versions.items())


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
