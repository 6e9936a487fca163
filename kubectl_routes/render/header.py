"""The first lines of ``status``: which cluster, which network, which CCM, how it works, verdict."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.analyze.needs import counted_tables, needed_counts
from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import (
    ConfigState,
    ControllerSummary,
    Matrix,
    Mode,
    State,
    TableColumn,
)
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_NODES, PART_TABLES, Cluster
from kubectl_routes.render.looks import MARKS
from kubectl_routes.render.page import Page
from kubectl_routes.render.text import plain, quoted

_CONFIG = {
    ConfigState.OK: message("cloud-config ok"),
    ConfigState.ABSENT: message("no cloud-config"),
    ConfigState.UNREADABLE: message("cloud-config not readable"),
    ConfigState.INVALID: message("cloud-config invalid"),
}
_MODES = {
    Mode.SINGLE_TABLE: message("single-table"),
    Mode.MULTI_TABLE: message("multi-table"),
    Mode.BLOCKED: message("blocked: CCM updates no route table"),
    Mode.OFF: message("off: CCM creates no routes"),
    Mode.UNKNOWN: message("unknown"),
}
_KINDS = {
    "Absent": message("none found in any namespace"),
    "Managed": message("managed by ACK, not visible in the cluster"),
    "Unknown": message("could not be read"),
}
# The header names stand in one column.
_NAME = 12


def header(matrix: Matrix, page: Page) -> list[str]:
    """Lines of the header, each ``Name:  value``."""
    return [page.fact(name, text, _NAME) for name, text in facts(matrix, page)]


def facts(matrix: Matrix, page: Page) -> list[tuple[str, str]]:
    """What the header shows: names with a colon behind, and values."""
    return [
        *where(matrix.cluster, page),
        (page.say("Controller:"), controller_text(matrix.controller, page)),
        (page.say("Mode:"), _mode(matrix, page)),
        (page.say("Routes:"), _verdict(matrix, page)),
    ]


def where(cluster: Cluster, page: Page) -> list[tuple[str, str]]:
    """Which cluster and network an answer is about, and when it was so."""
    return [
        *taken(page),
        (page.say("Cluster:"), cluster_text(cluster, page)),
        (page.say("Network:"), network_text(cluster, page)),
    ]


def taken(page: Page) -> list[tuple[str, str]]:
    """When the snapshot that is replayed was taken; nothing for what was read just now."""
    text = page.say("taken at {time}", time=plain(page.taken))
    return [(page.say("Snapshot:"), text)] if page.taken else []


def cluster_text(cluster: Cluster, page: Page) -> str:
    """Context, server and version of a cluster, as far as they are known."""
    name = plain(cluster.context) or page.say("unknown context")
    about = [plain(cluster.server)]
    if cluster.server_version:
        about.append(f"Kubernetes {plain(cluster.server_version)}")
    shown = ", ".join(filter(None, about))
    return f"{name} ({shown})" if shown else name


def network_text(cluster: Cluster, page: Page) -> str:
    """Region, VPC and range of the pods, as far as they are known."""
    pods = plain(cluster.cluster_cidr) or page.say("unknown")
    return page.join(
        ", ",
        (
            plain(cluster.region) or page.say("region unknown"),
            plain(cluster.vpc_id) or page.say("VPC unknown"),
            page.say("pods {cidr}", cidr=pods),
        ),
    )


def controller_text(controller: ControllerSummary, page: Page) -> str:
    """CCM in one line; the image is shown in full on a wide page, or when it names no version."""
    if controller.kind in _KINDS:
        parts = [page.said(_KINDS[controller.kind])]
    else:
        version = plain(controller.version) or plain(controller.image)
        parts = [
            f"{plain(controller.kind)} {version}".strip(),
            page.say(
                "{ready} of {desired} ready",
                ready=controller.ready or 0,
                desired=controller.desired or 0,
            ),
            page.said(_CONFIG[controller.cloud_config]),
        ]
        if page.wide and controller.version:
            parts.append(plain(controller.image))
    return page.join(", ", parts)


def counts_text(counts: Mapping[State, int] | None, page: Page) -> str:
    """``2 missing, 38 ok``: the states that occur, worst first."""
    if counts is None:
        return page.say("unknown")
    shown = [
        page.paint(page.tally(counts[state], state), MARKS[state].paint)
        for state in SEVERITY
        if counts.get(state)
    ]
    return page.join(", ", shown) or page.say("none")


def _verdict(matrix: Matrix, page: Page) -> str:
    if not any(table.managed for table in matrix.tables):
        return _unmanaged(matrix, page)
    verdict = counts_text(matrix.summary, page)
    outside = [table for table in matrix.tables if _is_black_hole(table)]
    if not outside:
        return verdict
    nodes = sum(table.nodes_behind or 0 for table in outside)
    return page.say(
        "{counts}; not managed, but in use by {nodes:node|nodes}: {tables}",
        counts=verdict,
        nodes=nodes,
        tables=page.names(quoted(table.id) for table in outside),
    )


def _unmanaged(matrix: Matrix, page: Page) -> str:
    """The routes where CCM manages no table, or where it is not known which: those in the tables
    that nodes need them in.
    """
    lacking = {gap.part for gap in matrix.gaps}
    if not matrix.tables:
        if PART_TABLES in lacking:
            return page.say("unknown, no route table could be read")
        return page.say("none, no route table found")
    counted = needed_counts(matrix.nodes, counted_tables(matrix.tables))
    what = message("CCM manages no route table")
    if matrix.mode is Mode.UNKNOWN:
        what = message("which tables CCM manages is unknown")
    return page.join("; ", (counts_text(None if PART_NODES in lacking else counted, page), what))


def _is_black_hole(table: TableColumn) -> bool:
    """Whether nodes send by a table that CCM does not write to and that lacks routes: the counts
    of the managed tables do not include it.
    """
    counts = table.counts or {}
    good = counts.get(State.OK, 0) + counts.get(State.SKIPPED, 0)
    return bool(not table.managed and table.nodes_behind and good < sum(counts.values()))


def _mode(matrix: Matrix, page: Page) -> str:
    mode = page.said(_MODES[matrix.mode])
    period = matrix.controller.period_seconds
    if period is None or matrix.mode in (Mode.BLOCKED, Mode.OFF, Mode.UNKNOWN):
        return mode
    return page.say("{mode}, route sync every {period}", mode=mode, period=duration(period))
