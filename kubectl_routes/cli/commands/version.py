"""``version``: what runs here. It asks no server."""

from __future__ import annotations

import argparse

from kubectl_routes import __version__
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.terminal import Terminal

LIBRARIES = (
    "kubernetes",
    "aliyun-python-sdk-core",
    "aliyun-python-sdk-vpc",
    "alibabacloud-credentials",
    "msgspec",
    "tabulate",
)


def declare(parser: Parser) -> None:
    """Add the flags of ``version``."""
    parser.usage = "%(prog)s [flags]"
    parser.add_argument("-o", "--output", choices=["text", "json", "yaml"], default="text")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the versions."""
    import platform  # noqa: PLC0415

    libraries = {name: _installed(name) for name in LIBRARIES}
    python = platform.python_version()
    if args.output == "text":
        found = {"kubectl-routes": __version__, "python": python, **libraries}
        width = max(map(len, found)) + 2
        terminal.write(
            "".join(f"{name:<{width}}{value or 'not found'}\n" for name, value in found.items())
        )
        return 0
    from kubectl_routes.render import documents  # noqa: PLC0415

    write = documents.json if args.output == "json" else documents.yaml
    terminal.write(write(documents.Version(__version__, python, libraries)))
    return 0


def _installed(name: str) -> str | None:
    from importlib import metadata  # noqa: PLC0415

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
