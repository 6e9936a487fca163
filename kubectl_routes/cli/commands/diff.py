"""``diff``: what differs between two snapshots, or between a snapshot and the cluster now."""

from __future__ import annotations

import argparse

from kubectl_routes.analyze.diff import compare
from kubectl_routes.analyze.judged import Judged
from kubectl_routes.analyze.matrix import examine
from kubectl_routes.catalog.translation import translated
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli.formats import text_of
from kubectl_routes.cli.reading import INCOMPLETE, incomplete, read
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import snapshot as files
from kubectl_routes.model.diff import DiffResult
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import Language, message
from kubectl_routes.model.snapshot import Snapshot

DIFFERENT = 1


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show what differs and return the exit code: what was not read outweighs a difference."""
    if args.new is not None and args.snapshot is not None:
        raise UsageError(message("NEW and --snapshot are both given"), message("give one of them"))
    language = terminal.language
    # The old one first: a file that cannot be read is found before the cluster is asked.
    old = _judged(files.read(args.old), language)
    new = _judged(_new(args, terminal), language)
    found = translated(compare(old, new, (args.old, args.new or args.snapshot or "")), language)
    terminal.write(text_of(args, terminal, found))
    lacking = [part.part for part in found.not_compared if part.needed]
    if lacking:
        terminal.tell(message("error: {reason}", reason=incomplete(lacking)))
        return INCOMPLETE
    return DIFFERENT if found.result is DiffResult.DIFFERENT else 0


def _new(args: argparse.Namespace, terminal: Terminal) -> Snapshot:
    return read(args, terminal, logs=True) if args.new is None else files.read(args.new)


def _judged(snapshot: Snapshot, language: Language) -> Judged:
    examined = examine(snapshot)
    return Judged(examined, diagnose_examined(examined, DiagnoseOptions(language=language)))
