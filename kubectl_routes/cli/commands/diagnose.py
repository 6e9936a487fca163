"""``diagnose``: why is a route missing, and which command fixes it?"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import NamedTuple

from msgspec import structs

from kubectl_routes import __version__
from kubectl_routes.analyze import order
from kubectl_routes.analyze.matrix import build
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.pages import pages
from kubectl_routes.catalog.translation import translated
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.cli import clusters
from kubectl_routes.cli.absence import rowless
from kubectl_routes.cli.formats import DOCUMENTS
from kubectl_routes.cli.reading import (
    INCOMPLETE,
    incomplete,
    needed_gaps,
    page_for,
    read,
    tell_incomplete,
)
from kubectl_routes.cli.report import report_text
from kubectl_routes.cli.suppressions import read_suppressions
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import Reading, check_watch, reading, repeat
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.model.clusters import ClusterAnswer, DiagnosisList
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.finding import Diagnosis, Severity
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_NODES, Snapshot
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.documents import encoded
from kubectl_routes.render.explain import check_list, code_list
from kubectl_routes.render.findings import diagnosis_page, expired_text, short_page
from kubectl_routes.render.junit import junit
from kubectl_routes.render.sarif import sarif

FOUND = 1


class Answer(NamedTuple):
    """What was found, and in what."""

    diagnosis: Diagnosis
    snapshot: Snapshot


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Tell what is wrong and return the exit code."""
    if clusters.several(args):
        return clusters.show(args, terminal, _view(args, terminal))
    if args.list_checks:
        terminal.write(_list(args, terminal))
        return 0
    check_watch(args)
    options = _options(args, terminal)

    def ask() -> Answer:
        snapshot = read(args, terminal, logs=True, everywhere=not args.watch)
        _refuse_strangers(args, snapshot)
        return Answer(translated(diagnose(snapshot, options), terminal.language), snapshot)

    if args.watch:
        repeat(lambda: _reading(ask(), args, terminal), args, terminal)
    answer = ask()
    terminal.write(_text(answer, args, terminal))
    return _code(answer.diagnosis, args, terminal)


def _reading(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> Reading:
    """The answer for a watch, which has no exit code to say that it is incomplete.

    Raises RoutesError where the format has no room to say it either.
    """
    gaps = needed_gaps(answer.diagnosis.gaps)
    if gaps and args.output == "short":
        raise RoutesError(
            incomplete(gaps), message("{part}: {reason}", part=gaps[0].part, reason=gaps[0].reason)
        )
    return reading(_text(answer, args, terminal), answer.diagnosis.time)


def _view(args: argparse.Namespace, terminal: Terminal) -> clusters.View:
    """What is shown of each of several clusters."""
    options = _options(args, terminal)

    def answer(name: str, snapshot: Snapshot) -> ClusterAnswer:
        found = translated(diagnose(snapshot, options), terminal.language)
        return _of_cluster(name, found, args)

    headers = (message("ERRORS"), message("WARNINGS"), message("INFO"))
    return clusters.View("diagnose", answer, headers, DiagnosisList)


def _of_cluster(name: str, diagnosis: Diagnosis, args: argparse.Namespace) -> ClusterAnswer:
    counts = Counter(one.severity for one in diagnosis.findings)
    fail_on, gaps = _fail_on(args), needed_gaps(diagnosis.gaps)
    found = any(severity.reaches(fail_on) for severity in counts)
    text = diagnosis.verdict.text if diagnosis.verdict is not None else ""
    if diagnosis.shown:
        text = f"{diagnosis.shown[0].code} {diagnosis.shown[0].title}"
    return ClusterAnswer(
        context=name,
        health=clusters.health_of(gaps, healthy=not (found or counts[Severity.ERROR])),
        weight=tuple(counts[severity] for severity in Severity),
        columns=tuple(f"{counts[severity]:,}" for severity in Severity),
        text=clusters.text_of(gaps, text),
        code=INCOMPLETE if gaps else FOUND if found else 0,
        document=encoded(diagnosis_document(diagnosis)) if args.output in DOCUMENTS else None,
    )


def _known_checks(flag: str, given: list[list[str]]) -> frozenset[str]:
    """The codes of all lists of a flag. Raises UsageError for one that is no check."""
    checks = [code for code, about in all_codes().items() if not about.preflight]
    found = frozenset(code for codes in given for code in codes)
    for code in sorted(found - set(checks)):
        raise UsageError(
            message("{flag}: there is no check {code}", flag=flag, code=repr(code)),
            message("kubectl routes diagnose --list-checks lists all"),
        )
    return found


def _options(args: argparse.Namespace, terminal: Terminal) -> DiagnoseOptions:
    return DiagnoseOptions(
        language=terminal.language,
        only=_known_checks("--check", args.check),
        skip=_known_checks("--skip", args.skip),
        nodes=frozenset(args.nodes),
        suppressions=read_suppressions(args.suppress) if args.suppress is not None else (),
        today=SystemClock().now().date().isoformat(),
        least=Severity(args.min_severity),
    )


def _refuse_strangers(args: argparse.Namespace, snapshot: Snapshot) -> None:
    """A node that does not exist would look like one without any problem."""
    known = {node.name for node in snapshot.nodes}
    for name in args.nodes:
        if name not in known and snapshot.gap(PART_NODES) is None:
            raise UsageError(
                message("node {name} not found", name=name), message("kubectl get nodes lists them")
            )


def _text(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> str:
    """The answer in the format asked for."""
    if args.output in DOCUMENTS:
        return DOCUMENTS[args.output](diagnosis_document(answer.diagnosis))
    return FORMATS[args.output](answer, args, terminal)


def _page(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> str:
    page = page_for(args, terminal, answer.diagnosis.time, wide=args.output == "wide")
    return diagnosis_page(answer.diagnosis, page)


def _short(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> str:
    page = page_for(args, terminal, answer.diagnosis.time, wide=False)
    return short_page(answer.diagnosis, page)


def _junit(answer: Answer, args: argparse.Namespace, _terminal: Terminal) -> str:
    return junit(answer.diagnosis, _fail_on(args))


def _sarif(answer: Answer, _args: argparse.Namespace, _terminal: Terminal) -> str:
    return sarif(answer.diagnosis, all_codes(), __version__)


def _html(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> str:
    """The report, with the rows of the nodes that were named."""
    snapshot = answer.snapshot
    matrix = build(snapshot)
    rows = tuple(
        row
        for row in order.ordered(matrix, order.SortBy.STATE)
        if not args.nodes or row.name in args.nodes
    )
    shown = translated(structs.replace(matrix, nodes=rows), terminal.language)
    return report_text(snapshot, shown, answer.diagnosis, terminal.said(rowless(snapshot)))


# What makes the text of each format beside the documents.
FORMATS = {
    "table": _page,
    "wide": _page,
    "short": _short,
    "junit": _junit,
    "sarif": _sarif,
    "html": _html,
}


def _code(diagnosis: Diagnosis, args: argparse.Namespace, terminal: Terminal) -> int:
    """The exit code, the same for every format; a gap outweighs what was found, because then
    it is not known what is behind it.
    """
    if args.output not in ("table", "wide", "html"):
        for one in diagnosis.expired:
            terminal.tell(message("note: {text}", text=expired_text(one, diagnosis.language)))
    gaps = needed_gaps(diagnosis.gaps)
    if gaps:
        tell_incomplete(gaps, args.output not in ("short", "junit"), terminal)
        return INCOMPLETE
    fail_on = _fail_on(args)
    return FOUND if any(one.severity.reaches(fail_on) for one in diagnosis.findings) else 0


def _fail_on(args: argparse.Namespace) -> Severity | None:
    return None if args.fail_on == "none" else Severity(args.fail_on)


def _list(args: argparse.Namespace, terminal: Terminal) -> str:
    language = terminal.language
    entries = [one for one in pages(language) if not one.code.preflight]
    if args.output in DOCUMENTS:
        return DOCUMENTS[args.output](check_list(entries))
    if args.output in ("junit", "sarif", "html"):
        raise UsageError(
            message("--list-checks does not support -o {output}", output=args.output),
            message("it supports table, json and yaml"),
        )
    return code_list(entries, language)
