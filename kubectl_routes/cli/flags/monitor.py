"""The flags of ``monitor``."""

from __future__ import annotations

import argparse
import re

from kubectl_routes.cli.options import duration, switch, value
from kubectl_routes.cli.parser import Parser

GROUP = "routes"
SUMMARY = "serve the state of routes and tables as metrics for Prometheus"
USAGE = ("[--listen HOST:PORT] [--interval TIME] [flags]", "--once [--textfile FILE]")
EXAMPLES = {
    "{prog} monitor": "serve http://127.0.0.1:9876/metrics, a reading every minute",
    "{prog} monitor --listen :9876 --interval 5m": "on every address, a reading every 5 minutes",
    "{prog} monitor --once": "print the metrics of one reading",
    "{prog} monitor --once --textfile /var/lib/node_exporter/routes.prom": (
        "in a scheduled job: write them for node_exporter"
    ),
}
EPILOG = (
    "It only reads. /metrics holds the values of the last reading that gave any, /healthz answers\n"
    "as long as the process lives, /readyz is 200 while the last complete reading is not older\n"
    "than 3 intervals. SIGTERM ends it with exit code 0, Ctrl-C with 130."
)

DEFAULT_LISTEN = ("127.0.0.1", 9876)
DEFAULT_INTERVAL = 60.0
# In seconds; the APIs have other clients to serve.
SHORTEST_INTERVAL = 1.0
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*):([0-9]{1,5})", re.ASCII)
_HIGHEST_PORT = 65535


def declare(parser: Parser) -> None:
    """Add the flags of ``monitor``."""
    listen = "address to serve on; without HOST: every address (default 127.0.0.1:9876)"
    value(parser, "--listen", "HOST:PORT", listen, address)
    interval = (
        "time from one reading to the next (default 1m); a reading that takes long is followed by a"
        " rest of 4 times its length, at most 5m"
    )
    value(parser, "--interval", "TIME", interval, _interval)
    switch(parser, "--once", "read once, and do not serve")
    textfile = "write the metrics to this file too, readable by all; with --once: only there"
    value(parser, "--textfile", "FILE", textfile)


def address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``[IPv6]:PORT`` or ``:PORT``; port 0 is any that is free."""
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found[2]) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return found[1].strip("[]"), int(found[2])


def _interval(text: str) -> float:
    seconds = duration(text)
    if seconds < SHORTEST_INTERVAL:
        raise argparse.ArgumentTypeError(f"{text!r} is shorter than 1s")
    return seconds
