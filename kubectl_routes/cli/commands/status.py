"""``status``: the route of every node in every route table: desired and actual."""

from __future__ import annotations

import argparse
from concurrent.futures import Future
from typing import NamedTuple

from msgspec import structs

from kubectl_routes.analyze import order
from kubectl_routes.analyze.matrix import examine
from kubectl_routes.analyze.needs import counted_tables, needed_counts
from kubectl_routes.catalog.pages import about_table
from kubectl_routes.catalog.translation import translated
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli import clusters
from kubectl_routes.cli.absence import nothing_chosen, sentence
from kubectl_routes.cli.formats import DOCUMENTS, is_bare, text_of
from kubectl_routes.cli.reading import (
    collect_options,
    incomplete,
    needed_gaps,
    read,
    tell_incomplete,
    tell_taken,
)
from kubectl_routes.cli.selectors import check_nodes, matching, parse
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import Reading, check_watch, reading, repeat, rest_after
from kubectl_routes.collect import background
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.nodes import selected
from kubectl_routes.model.clusters import ClusterAnswer, RouteStatusList
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix, State
from kubectl_routes.model.message import Language, message
from kubectl_routes.model.snapshot import PART_NODES, Snapshot
from kubectl_routes.render.documents import encoded
from kubectl_routes.render.page import Page
from kubectl_routes.render.table import status_page
from kubectl_routes.render.text import names

NOT_ALL_OK = 1
TIMED_OUT = 4
# How long --wait-until-ok waits, in seconds.
DEFAULT_TIMEOUT = 300.0


class Answer(NamedTuple):
    """The matrix with the rows to show, and what to say when there is none.

    ``source`` is what it is made of and what diagnose finds in it, kept for a report only: of a
    large cluster it takes as much memory as the answer.
    """

    matrix: Matrix
    no_rows: str
    source: tuple[Snapshot, Diagnosis] | None

    @property
    def document(self) -> Matrix:
        """The matrix; where there is no row, its notices say why."""
        why = () if self.matrix.nodes else (self.no_rows,)
        return structs.replace(self.matrix, notices=(*self.matrix.notices, *why))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Show the matrix, once or on every change, and return the exit code."""
    if clusters.several(args):
        return clusters.show(args, terminal, _view(args, terminal.language))
    _validate(args)
    if args.watch:

        def look() -> Reading:
            answer = _answer(args, terminal)
            return reading(answer.matrix, _text(answer, args, terminal), args)

        repeat(look, args, terminal, SystemClock())
    if args.wait_until_ok:
        return _wait(args, terminal)
    answer = _answer(args, terminal)
    terminal.write(_text(answer, args, terminal))
    return _code(answer, args, terminal)


def _wait(args: argparse.Namespace, terminal: Terminal) -> int:
    """Read until all is well or the time is up, show that, and return the exit code."""
    clock = SystemClock()
    until = clock.monotonic() + (DEFAULT_TIMEOUT if args.timeout is None else args.timeout)
    answer: Answer | None = None
    while True:
        began = clock.monotonic()
        try:
            answer = _answer(args, terminal)
            said = _unwell(answer)
        except RoutesError as error:
            if answer is None:
                raise
            said = error.message
        now = clock.monotonic()
        rest = rest_after(now - began)
        if not said or now + rest >= until:
            break
        terminal.show(message("waiting until every route is ok: {reason}", reason=said))
        clock.sleep(rest)
    terminal.write(_text(answer, args, terminal))
    if said:
        terminal.tell(message("error: not every route was ok in time: {reason}", reason=said))
    return TIMED_OUT if said else 0


def _view(args: argparse.Namespace, language: Language) -> clusters.View:
    """What is shown of each of several clusters."""

    def answer(name: str, snapshot: Snapshot) -> ClusterAnswer:
        examined = examine(snapshot)
        found = diagnose_examined(examined, DiagnoseOptions(language=language))
        rows = order.ordered(examined.matrix, order.SortBy.STATE)
        matrix = structs.replace(examined.matrix, verdict=found.verdict, nodes=rows)
        return _of_cluster(name, translated(matrix, language), args)

    headers = (message("NODES"), message("ROUTES"), "CCM")
    return clusters.View("status", answer, headers, RouteStatusList)


def _of_cluster(name: str, matrix: Matrix, args: argparse.Namespace) -> ClusterAnswer:
    counts = needed_counts(matrix.nodes, counted_tables(matrix.tables))
    wanted = sum(counts.values()) - counts[State.SKIPPED]
    gaps, verdict = needed_gaps(matrix.gaps), matrix.verdict
    unread = any(gap.part == PART_NODES for gap in gaps)
    healthy = verdict is not None and verdict.healthy
    nodes, routes = f"{len(matrix.nodes):,}", _routes_text(counts, wanted)
    ccm = matrix.controller.version or matrix.controller.kind
    return clusters.answer_of(
        name,
        gaps,
        healthy=healthy,
        failed=args.check and not healthy,
        weight=(wanted - counts[State.OK],),
        columns=("?", "?", ccm) if unread else (nodes, routes, ccm),
        text=verdict.text if verdict is not None else "",
        document=encoded(matrix) if args.output in DOCUMENTS else None,
    )


def _routes_text(counts: dict[State, int], wanted: int) -> str:
    ok, unknown = counts[State.OK], counts[State.UNKNOWN]
    if unknown:
        return message("{ok} ok, {unknown} unknown", ok=ok, unknown=unknown)
    return message("{count}/{served} ok", count=ok, served=wanted)


def _unwell(answer: Answer) -> str:
    """Why not all is well, or nothing where it is."""
    gaps = needed_gaps(answer.matrix.gaps)
    verdict = answer.matrix.verdict
    if gaps:
        return incomplete(gap.part for gap in gaps)
    return verdict.text if verdict is not None and not verdict.healthy else ""


def _validate(args: argparse.Namespace) -> None:
    if args.selector is not None:
        parse(args.selector)
    if args.watch and (args.check or args.wait_until_ok):
        flag = "--check" if args.check else "--wait-until-ok"
        raise UsageError(
            message("{flag} cannot be combined with --watch, which never ends", flag=flag),
            message("give one of them"),
        )
    if args.wait_until_ok and args.snapshot is not None:
        raise UsageError(message("a snapshot file does not change, there is nothing to wait for"))
    if args.timeout is not None and not args.wait_until_ok:
        raise UsageError(
            message("--timeout is for --wait-until-ok"), message("add it, or leave --timeout out")
        )
    check_watch(args)


def _answer(args: argparse.Namespace, terminal: Terminal) -> Answer:
    """The matrix with the rows that were asked for, in order. Counts stay those of all nodes.

    Raises RoutesError.
    """
    selecting = _selecting(args, terminal)
    # The log is evidence of the verdict, which is the same with --check as without.
    snapshot = read(args, terminal, logs=True)
    examined = examine(snapshot, _tables(args, terminal))
    _refuse_gateways(args, examined.matrix)
    names = _names(args, snapshot, selecting)
    some = args.nodes or args.selector is not None
    options = DiagnoseOptions(
        language=terminal.language, nodes=names or frozenset() if some else frozenset()
    )
    found = diagnose_examined(examined, options)
    matrix = structs.replace(examined.matrix, verdict=found.verdict)
    if (args.check or args.wait_until_ok) and matrix.nodes and names is not None and not names:
        raise UsageError(nothing_chosen(args), message("a --check of no node would always succeed"))
    counted = counted_tables(matrix.tables)
    rows = tuple(
        row
        for row in order.ordered(matrix, order.SortBy(args.sort_by))
        if (names is None or row.name in names)
        and (not args.problems or order.is_problem(row, counted))
    )
    shown = translated(structs.replace(matrix, nodes=rows), terminal.language)
    kept = (snapshot, found) if args.output == "html" else None
    return Answer(shown, terminal.said(sentence(args, matrix, names)), kept)


def _refuse_gateways(args: argparse.Namespace, matrix: Matrix) -> None:
    """No route to a node can be in a gateway route table, so none would be missing there."""
    for table in matrix.tables:
        if table.id in args.tables and table.is_gateway:
            raise UsageError(
                message("--tables: {table} {reason}", table=table.id, reason=about_table("RT106")),
                message("kubectl routes tables shows the type of every table"),
            )


def _tables(args: argparse.Namespace, terminal: Terminal) -> tuple[str, ...]:
    """The ids of all --tables flags, each once."""
    unique = tuple(dict.fromkeys(args.tables))
    if len(unique) < len(args.tables):
        terminal.tell(message("note: --tables names a table twice, it is shown once"))
    return unique


def _selecting(args: argparse.Namespace, terminal: Terminal) -> Future[frozenset[str]] | None:
    """Ask the server, while everything else is being read, which nodes the selector matches."""
    if args.selector is None or args.snapshot is not None:
        return None
    options = collect_options(args)
    return background.start(lambda: selected(options, terminal.env, SystemClock(), args.selector))


def _names(
    args: argparse.Namespace, snapshot: Snapshot, selecting: Future[frozenset[str]] | None
) -> frozenset[str] | None:
    """Names of the nodes to show, None for all. Raises UsageError for one that does not exist."""
    if snapshot.gap(PART_NODES) is not None:
        return None  # there is no row to choose from, and the gap says why
    check_nodes(args.nodes, snapshot)
    names = frozenset(args.nodes or (node.name for node in snapshot.nodes))
    if args.selector is None:
        return names
    return names & (matching(args.selector, snapshot) if selecting is None else selecting.result())


def _text(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> str:
    return text_of(args, terminal, answer, answer.document, answer.matrix.time)


def page(answer: Answer, page: Page) -> str:
    """The tables for people."""
    return status_page(answer.matrix, page, answer.no_rows)


def only_names(answer: Answer, _page: Page) -> str:
    """The nodes alone."""
    return names("node", (row.name for row in answer.matrix.nodes))


def _code(answer: Answer, args: argparse.Namespace, terminal: Terminal) -> int:
    """The exit code, the same for every format; a gap outweighs a route that is not ok, because
    then it is not known what is behind it.
    """
    matrix = answer.matrix
    if is_bare(args):
        tell_taken(args, terminal, matrix.time)
    if is_bare(args) or args.output in DOCUMENTS:
        for notice in matrix.notices:
            terminal.tell(message("note: {text}", text=notice))
        if not matrix.nodes and not any(gap.part == PART_NODES for gap in matrix.gaps):
            terminal.tell(answer.no_rows)
    unknown = any(
        cell.state is State.UNKNOWN for row in matrix.nodes for cell in row.routes.values()
    )
    if code := tell_incomplete(matrix.gaps, not is_bare(args), terminal, unknown=unknown):
        return code
    verdict = matrix.verdict
    return NOT_ALL_OK if args.check and verdict is not None and not verdict.healthy else 0
