"""What a command prints: its answer in the format that ``-o`` names.

The table of formats of a command is ``OUTPUTS`` of its flags: it names the function that makes the
text, which gets the answer and the page that text is laid out on, and is imported only then.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

from msgspec import structs

from kubectl_routes.cli import flags, options
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.render import documents
from kubectl_routes.render.page import Page

# The answer as it is, for programs.
DOCUMENTS: Mapping[str, Callable[[documents.Document], str]] = {
    name: resolve_name(f"kubectl_routes.{maker}") for name, maker in options.DOCUMENTS.items()
}
# Formats with room for notes and for what could not be read; those of any other stand on stderr.
_WITH_NOTES = ("table", "wide", "html", "sarif", *DOCUMENTS)


def text_of(
    args: argparse.Namespace,
    terminal: Terminal,
    answer: Any,
    document: documents.Document | None = None,
    time: str = "",
) -> str:
    """The answer in the format asked for, and as ``document`` for programs, if that is another
    struct; ``time`` is when its Snapshot was taken.
    """
    if args.output in DOCUMENTS:
        return DOCUMENTS[args.output](answer if document is None else document)
    renderer = flags.load(args.command).outputs[args.output]
    text: str = resolve_name(f"kubectl_routes.{renderer}")(answer, page_for(args, terminal, time))
    return text


def page_for(args: argparse.Namespace, terminal: Terminal, time: str = "") -> Page:
    """The page for an answer of that time, which it says where a snapshot file is replayed. A
    terminal shows few of the rows that are alike.
    """
    short = args.output == "table" and not getattr(args, "all", True) and terminal.stdout.isatty()
    headers = not getattr(args, "no_headers", False)
    page = terminal.page(args.color, args.output == "wide", headers)
    return structs.replace(page, collapse=short, taken=time if args.snapshot is not None else "")


def is_bare(args: argparse.Namespace) -> bool:
    """Whether the format has no room for notes and for what could not be read."""
    rows = args.output in ("table", "wide") and getattr(args, "no_headers", False)
    return args.output not in _WITH_NOTES or rows
