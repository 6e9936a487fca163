"""``diagnose``: why is a route missing, and what exactly mends it?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_routes import __version__
from kubectl_routes.cli.language import add_language, language_of
from kubectl_routes.cli.options import node_name
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.reading import INCOMPLETE, needed_gaps, read, tell_incomplete
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError

if TYPE_CHECKING:
    from kubectl_routes.checks.diagnosis import DiagnoseOptions
    from kubectl_routes.model.finding import Diagnosis, Severity
    from kubectl_routes.model.snapshot import Snapshot

OUTPUTS = ("table", "wide", "short", "json", "yaml", "junit", "sarif", "html")
SEVERITIES = ("error", "warning", "info")

FOUND = 1


def declare(parser: Parser) -> None:
    """Add the flags of ``diagnose``."""
    parser.usage = "%(prog)s [NODE ...] [flags]"
    parser.add_argument(
        "nodes",
        metavar="NODE",
        type=node_name,
        nargs="*",
        help="show findings for these nodes only",
    )
    parser.add_argument("-o", "--output", choices=OUTPUTS, default="table", help="output format")
    parser.add_argument(
        "--check",
        metavar="CODE,CODE",
        type=codes,
        action="append",
        default=[],
        help="make these checks only",
    )
    parser.add_argument(
        "--skip",
        metavar="CODE,CODE",
        type=codes,
        action="append",
        default=[],
        help="leave these checks out",
    )
    parser.add_argument(
        "--min-severity",
        choices=SEVERITIES,
        default="info",
        help="tell findings of this severity and above; the exit code counts all",
    )
    parser.add_argument(
        "--fail-on",
        choices=[*SEVERITIES, "none"],
        default="error",
        help="exit 1 for findings of this severity and above",
    )
    parser.add_argument(
        "--suppress", metavar="FILE", help="leave out the findings that this file names"
    )
    parser.add_argument("--list-checks", action="store_true", help="list all checks and exit")
    add_language(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Tell what is wrong and return the exit code."""
    if args.list_checks:
        terminal.write(_list(args, terminal))
        return 0
    from kubectl_routes.checks.diagnosis import diagnose  # noqa: PLC0415

    options = _options(args, terminal)
    snapshot = read(args, terminal, logs=True)
    _refuse_strangers(args, snapshot)
    diagnosis = diagnose(snapshot, options)
    terminal.write(_text(diagnosis, snapshot, args, terminal))
    return _code(diagnosis, args, terminal)


def codes(text: str) -> list[str]:
    """The codes of a ``--check`` or ``--skip`` list."""
    from kubectl_routes.catalog.loader import all_codes  # noqa: PLC0415

    found = [item.strip().upper() for item in text.split(",")]
    for code in found:
        if code not in all_codes() or all_codes()[code].preflight:
            raise argparse.ArgumentTypeError(f"there is no check {code!r}; --list-checks lists all")
    return found


def _options(args: argparse.Namespace, terminal: Terminal) -> DiagnoseOptions:
    from kubectl_routes.checks.diagnosis import DiagnoseOptions  # noqa: PLC0415
    from kubectl_routes.cli.suppressions import read_suppressions  # noqa: PLC0415
    from kubectl_routes.collect.clock import SystemClock  # noqa: PLC0415
    from kubectl_routes.model.finding import Severity  # noqa: PLC0415

    return DiagnoseOptions(
        language=language_of(args.lang, terminal.env),
        only=frozenset(code for some in args.check for code in some),
        skip=frozenset(code for some in args.skip for code in some),
        nodes=frozenset(args.nodes),
        suppressions=read_suppressions(args.suppress) if args.suppress is not None else (),
        today=SystemClock().now().date().isoformat(),
        least=Severity(args.min_severity),
    )


def _refuse_strangers(args: argparse.Namespace, snapshot: Snapshot) -> None:
    """A node that does not exist would look like one without any problem."""
    from kubectl_routes.model.snapshot import PART_NODES  # noqa: PLC0415

    known = {node.name for node in snapshot.nodes}
    for name in args.nodes:
        if name not in known and snapshot.gap(PART_NODES) is None:
            raise UsageError(f"node {name} not found", "kubectl get nodes lists them")


def _text(
    diagnosis: Diagnosis, snapshot: Snapshot, args: argparse.Namespace, terminal: Terminal
) -> str:
    """The answer in the format asked for."""
    if args.output in ("json", "yaml"):
        from kubectl_routes.render import documents  # noqa: PLC0415
        from kubectl_routes.render.diagnosis_document import diagnosis_document  # noqa: PLC0415

        write = documents.json if args.output == "json" else documents.yaml
        return write(diagnosis_document(diagnosis))
    if args.output == "junit":
        from kubectl_routes.render.junit import junit  # noqa: PLC0415

        return junit(diagnosis, _fail_on(args))
    if args.output == "sarif":
        from kubectl_routes.catalog.loader import all_codes  # noqa: PLC0415
        from kubectl_routes.render.sarif import sarif  # noqa: PLC0415

        return sarif(diagnosis, all_codes(), __version__)
    if args.output == "html":
        return _report(diagnosis, snapshot, args)
    from kubectl_routes.render.findings import diagnosis_page, short_page  # noqa: PLC0415

    page = terminal.page(args.color, args.output == "wide", True)
    return (short_page if args.output == "short" else diagnosis_page)(diagnosis, page)


def _report(told: Diagnosis, snapshot: Snapshot, args: argparse.Namespace) -> str:
    """The page, with the rows of the nodes that were named."""
    from msgspec import structs  # noqa: PLC0415

    from kubectl_routes.analyze import order  # noqa: PLC0415
    from kubectl_routes.analyze.matrix import build  # noqa: PLC0415
    from kubectl_routes.cli.absence import rowless  # noqa: PLC0415
    from kubectl_routes.cli.report import report_text  # noqa: PLC0415

    matrix = build(snapshot)
    rows = tuple(
        row
        for row in order.ordered(matrix, order.SortBy.STATE)
        if not args.nodes or row.name in args.nodes
    )
    return report_text(snapshot, structs.replace(matrix, nodes=rows), told, rowless(snapshot))


def _code(diagnosis: Diagnosis, args: argparse.Namespace, terminal: Terminal) -> int:
    """The exit code, the same for every format; a gap outweighs what was found, because then
    nobody knows what is behind it.
    """
    from kubectl_routes.render.findings import expired_text  # noqa: PLC0415

    if args.output not in ("table", "wide", "html"):
        for one in diagnosis.expired:
            terminal.tell(f"note: {expired_text(one, diagnosis.language)}")
    gaps = needed_gaps(diagnosis.gaps)
    if gaps:
        tell_incomplete(gaps, args.output not in ("short", "junit"), terminal)
        return INCOMPLETE
    fail_on = _fail_on(args)
    return FOUND if any(one.severity.reaches(fail_on) for one in diagnosis.findings) else 0


def _fail_on(args: argparse.Namespace) -> Severity | None:
    from kubectl_routes.model.finding import Severity  # noqa: PLC0415

    return None if args.fail_on == "none" else Severity(args.fail_on)


def _list(args: argparse.Namespace, terminal: Terminal) -> str:
    from kubectl_routes.catalog.pages import pages  # noqa: PLC0415
    from kubectl_routes.render import documents  # noqa: PLC0415
    from kubectl_routes.render.explain import check_list, code_list  # noqa: PLC0415

    language = language_of(args.lang, terminal.env)
    entries = [one for one in pages(language) if not one.code.preflight]
    if args.output in ("json", "yaml"):
        write = documents.json if args.output == "json" else documents.yaml
        return write(check_list(entries))
    if args.output in ("junit", "sarif", "html"):
        raise UsageError(
            f"--list-checks has no form for -o {args.output}", "it has one for table, json and yaml"
        )
    return code_list(entries, language)
