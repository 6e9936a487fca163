"""The flags of ``simulate``."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.options import switch, value
from kubectl_routes.cli.parser import Parser

GROUP = "tickets and trials"
SUMMARY = "start a simulated cluster locally, or run a command against it"
USAGE = ("[flags] [-- COMMAND [ARGUMENT ...]]",)
EXAMPLES = {
    "{prog} simulate -- {prog} status": "a healthy cluster",
    "{prog} simulate --scenario blocked -- {prog} diagnose": "one with a fault; --list names them",
    "{prog} simulate --scenario blocked": "a shell to try things in, until exit",
}
# It takes a command line after --.
PASSES_ON = True


def declare(parser: Parser) -> None:
    """Add the flags of ``simulate``."""
    scenario = "what the cluster is like (default healthy); --list shows all"
    value(parser, "--scenario", "NAME", scenario, default="healthy")
    value(parser, "--nodes", "N", "number of nodes", count)
    value(parser, "--tables", "M", "number of route tables", count)
    switch(parser, "--list", "list the scenarios and exit")


def count(text: str) -> int:
    """A number from 1."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
