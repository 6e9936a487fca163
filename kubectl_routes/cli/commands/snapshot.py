"""``snapshot``: everything that was read, secrets removed, as one file for a ticket."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.reading import read, tell_incomplete
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import snapshot as files
from kubectl_routes.model.command import command
from kubectl_routes.model.message import joined, message
from kubectl_routes.render.json import json


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Read, write the file, and return the exit code; gaps are in the file and told as well."""
    taken = read(args, terminal, logs=True, everywhere=True)
    text = json(taken)
    refused = files.unreadable(taken, text)
    if args.output == "-":
        terminal.write(text)
    else:
        files.write(text, args.output)
    if refused:
        terminal.tell(
            message(
                "kubectl routes cannot read this snapshot with --snapshot: {reason}", reason=refused
            )
        )
    elif args.output != "-":
        reads = command("kubectl routes status --snapshot={file}", {"file": args.output})
        how = message("{command} reads it", command=reads) if reads else ""
        terminal.tell(joined("; ", (message("wrote {path}", path=args.output), how)))
    return tell_incomplete(taken.gaps, False, terminal)
