"""``diagnose``: why is a route missing, and which command fixes it?"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import NamedTuple

from kubectl_routes import __version__
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.catalog.pages import pages
from kubectl_routes.catalog.translation import translated
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.cli import clusters
from kubectl_routes.cli.formats import DOCUMENTS, is_bare, text_of
from kubectl_routes.cli.reading import needed_gaps, read, tell_incomplete
from kubectl_routes.cli.selectors import check_nodes
from kubectl_routes.cli.suppressions import read_suppressions
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import check_watch, reading, repeat
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.model.clusters import ClusterAnswer, DiagnosisList
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.finding import Diagnosis, Severity
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.render import junit as junit_xml, sarif as sarif_json
from kubectl_routes.render.diagnosis_document import diagnosis_document
from kubectl_routes.render.documents import encoded
from kubectl_routes.render.explain import check_list, code_list
from kubectl_routes.render.finding_texts import expired_text
from kubectl_routes.render.findings import diagnosis_page, short_page
from kubectl_routes.render.page import Page

FOUND = 1


class Answer(NamedTuple):
    """What was found, and in what; the exit code is 1 from ``fail_on`` on. A report has the rows of
    ``nodes``, or of all.
    """

    diagnosis: Diagnosis
    snapshot: Snapshot
    fail_on: Severity | None
    nodes: tuple[str, ...]


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Tell what is wrong and return the exit code."""
    if clusters.several(args):
        return clusters.show(args, terminal, _view(args, terminal))
    if args.list_checks:
        terminal.write(_list(args, terminal))
        return 0
    check_watch(args)
    options = _options(args, terminal)

    def ask() -> tuple[Diagnosis, str]:
        snapshot = read(args, terminal, logs=True, everywhere=not args.watch)
        check_nodes(args.nodes, snapshot)
        found = translated(diagnose(snapshot, options), terminal.language)
        answer = Answer(found, snapshot, _fail_on(args), tuple(args.nodes))
        return found, text_of(args, terminal, answer, diagnosis_document(found), found.time)

    if args.watch:
        repeat(lambda: reading(*ask(), args), args, terminal, SystemClock())
    found, text = ask()
    terminal.write(text)
    return _code(found, args, terminal)


def _view(args: argparse.Namespace, terminal: Terminal) -> clusters.View:
    """What is shown of each of several clusters."""
    options = _options(args, terminal)

    def answer(name: str, snapshot: Snapshot) -> ClusterAnswer:
        found = translated(diagnose(snapshot, options), terminal.language)
        return _of_cluster(name, found, args)

    headers = (message("ERRORS"), message("WARNINGS"), message("INFO"))
    return clusters.View("diagnose", answer, headers, DiagnosisList)


def _of_cluster(name: str, diagnosis: Diagnosis, args: argparse.Namespace) -> ClusterAnswer:
    counts = Counter(finding.severity for finding in diagnosis.findings)
    fail_on, gaps = _fail_on(args), needed_gaps(diagnosis.gaps)
    found = any(severity.reaches(fail_on) for severity in counts)
    text = diagnosis.verdict.text if diagnosis.verdict is not None else ""
    if diagnosis.shown:
        text = f"{diagnosis.shown[0].code} {diagnosis.shown[0].title}"
    return clusters.answer_of(
        name,
        gaps,
        healthy=not (found or counts[Severity.ERROR]),
        failed=found,
        weight=tuple(counts[severity] for severity in Severity),
        columns=tuple(f"{counts[severity]:,}" for severity in Severity),
        text=text,
        document=encoded(diagnosis_document(diagnosis)) if args.output in DOCUMENTS else None,
    )


def _known_checks(flag: str, given: list[str]) -> frozenset[str]:
    """The codes that a flag names. Raises UsageError for one that is no check."""
    checks = {code for code, about in all_codes().items() if not about.preflight}
    for code in sorted(set(given) - checks):
        raise UsageError(
            message("{flag}: there is no check {code}", flag=flag, code=repr(code)),
            message("kubectl routes diagnose --list-checks lists all"),
        )
    return frozenset(given)


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


def page(answer: Answer, page: Page) -> str:
    """The findings for people."""
    return diagnosis_page(answer.diagnosis, page)


def short(answer: Answer, page: Page) -> str:
    """A line for each finding."""
    return short_page(answer.diagnosis, page)


def junit(answer: Answer, _page: Page) -> str:
    """For a CI system."""
    return junit_xml.junit(answer.diagnosis, answer.fail_on)


def sarif(answer: Answer, _page: Page) -> str:
    """For what collects findings."""
    return sarif_json.sarif(answer.diagnosis, all_codes(), __version__)


def _code(diagnosis: Diagnosis, args: argparse.Namespace, terminal: Terminal) -> int:
    """The exit code, the same for every format; a gap outweighs what was found, because then
    it is not known what is behind it.
    """
    if args.output not in ("table", "wide", "html"):
        for suppression in diagnosis.expired:
            terminal.tell(message("note: {text}", text=expired_text(suppression)))
    if code := tell_incomplete(diagnosis.gaps, not is_bare(args), terminal):
        return code
    fail_on = _fail_on(args)
    return FOUND if any(each.severity.reaches(fail_on) for each in diagnosis.findings) else 0


def _fail_on(args: argparse.Namespace) -> Severity | None:
    return None if args.fail_on == "none" else Severity(args.fail_on)


def _list(args: argparse.Namespace, terminal: Terminal) -> str:
    language = terminal.language
    entries = [page for page in pages(language) if not page.code.preflight]
    if args.output in DOCUMENTS:
        return DOCUMENTS[args.output](check_list(entries))
    if args.output not in ("table", "wide", "short"):
        raise UsageError(
            message("--list-checks does not support -o {output}", output=args.output),
            message("it supports table, json and yaml"),
        )
    return code_list(entries, terminal.page(args.color, wide=False, headers=True))
