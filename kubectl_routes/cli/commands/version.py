"""``version``: what runs here. It asks no server."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

from kubectl_routes import __version__
from kubectl_routes.cli.formats import DOCUMENTS
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.render import documents

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
    python = platform.python_version()
    if args.output == "text":
        found = {"kubectl-routes": __version__, "python": python, **libraries}
        width = max(map(len, found)) + 2
        terminal.write(
            "".join(f"{name:<{width}}{value or 'not found'}\n" for name, value in found.items())
        )
        return 0
    terminal.write(DOCUMENTS[args.output](documents.Version(__version__, python, libraries)))
    return 0


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
