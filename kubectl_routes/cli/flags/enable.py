"""The flags of ``enable``."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.options import add_change, switch, table_ids, value
from kubectl_routes.cli.parser import Parser

GROUP = "changes"
SUMMARY = "make CCM manage the given route tables, and verify the routes"
USAGE = ("--tables ID,ID|auto [flags]",)
EXAMPLES = {
    "{prog} enable --tables auto --dry-run": "show what would change, and change nothing",
    "{prog} enable --tables auto": "show the plan, ask, apply and verify",
    "{prog} enable --history": "who has enabled and disabled it, and when",
}

AUTO = ["auto"]


def declare(parser: Parser) -> None:
    """Add the flags of ``enable``."""
    ids = (
        "route tables for CCM to manage; auto: the system route table and every table used by nodes"
    )
    value(parser, "--tables", "ID,ID|auto", ids, tables)
    tag = "CCM version to upgrade to (default: upgrade only if the current version is too old)"
    value(parser, "--ccm-version", "TAG", tag, default="")
    switch(parser, "--history", "show the history of enable and disable")
    add_change(parser)


def tables(text: str) -> list[str]:
    """``auto``, or ids without a repeated one."""
    if text.strip() == "auto":
        return AUTO
    ids = table_ids(text)
    for table_id in ids:
        if ids.count(table_id) > 1:
            raise argparse.ArgumentTypeError(f"{table_id} is duplicated in the list {text!r}")
    return ids
