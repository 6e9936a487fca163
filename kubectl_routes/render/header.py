"""The first lines of ``status``: which cluster, which network, which CCM, how it works, verdict."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_routes.analyze.needs import counted_tables, needed_counts
from kubectl_routes.analyze.order import SEVERITY
from kubectl_routes.model.matrix import (
    ConfigState,
    ControllerSummary,
    Matrix,
    Mode,
    State,
    TableColumn,
)
from kubectl_routes.model.snapshot import PART_TABLES, Cluster
from kubectl_routes.render.colour import painted
from kubectl_routes.render.page import PAINTS, Page
from kubectl_routes.render.text import count, duration, plain, quoted, wrapped

_CONFIG = {
    ConfigState.OK: "cloud-config ok",
    ConfigState.ABSENT: "no cloud-config",
    ConfigState.UNREADABLE: "cloud-config not readable",
    ConfigState.INVALID: "cloud-config invalid",
}
_MODES = {
    Mode.SINGLE_TABLE: "single-table",
    Mode.MULTI_TABLE: "multi-table",
    Mode.BLOCKED: "blocked: CCM updates no route table",
    Mode.OFF: "off: CCM creates no routes",
    Mode.UNKNOWN: "unknown",
}
_KINDS = {
    "Absent": "none found in any namespace",
    "Managed": "managed by ACK, not visible in the cluster",
    "Unknown": "could not be read",
}
# The header names stand in one column.
_NAME = 12


def header(matrix: Matrix, page: Page) -> list[str]:
    """Lines of the header, each ``Name:  value``."""
    return [
        wrapped(text, page.width, " " * _NAME, f"{name + ':':<{_NAME}}")
        for name, text in facts(matrix, page)
    ]


def facts(matrix: Matrix, page: Page) -> list[tuple[str, str]]:
    """What the header shows: names and values."""
    taken = [("Snapshot", f"taken at {plain(page.taken)}")] if page.taken else []
    return [
        *taken,
        ("Cluster", cluster_text(matrix.cluster)),
        ("Network", network_text(matrix.cluster)),
        ("Controller", controller_text(matrix.controller, page)),
        ("Mode", _mode(matrix)),
        ("Routes", _verdict(matrix, page)),
    ]


def cluster_text(cluster: Cluster) -> str:
    """Context, server and version of a cluster, as far as they are known."""
    name = plain(cluster.context) or "unknown context"
    about = [plain(cluster.server)]
    if cluster.server_version:
        about.append(f"Kubernetes {plain(cluster.server_version)}")
    shown = ", ".join(filter(None, about))
    return f"{name} ({shown})" if shown else name


def network_text(cluster: Cluster) -> str:
    """Region, VPC and range of the pods, as far as they are known."""
    return ", ".join(
        (
            plain(cluster.region) or "region unknown",
            plain(cluster.vpc_id) or "VPC unknown",
            f"pods {plain(cluster.cluster_cidr) or 'unknown'}",
        )
    )


def controller_text(controller: ControllerSummary, page: Page) -> str:
    """CCM in one line; the image is shown in full on a wide page, or when it names no version."""
    if controller.kind in _KINDS:
        parts = [_KINDS[controller.kind]]
    else:
        version = plain(controller.version) or plain(controller.image)
        parts = [
            f"{plain(controller.kind)} {version}".strip(),
            f"{controller.ready} of {controller.desired} ready",
            _CONFIG[controller.cloud_config],
        ]
        if page.wide and controller.version:
            parts.append(plain(controller.image))
    return ", ".join(parts)


def counts_text(counts: Mapping[State, int], page: Page) -> str:
    """``2 missing, 38 ok``: the states that occur, worst first."""
    shown = [
        painted(f"{counts[state]:,} {state.value}", PAINTS[state], page.colour)
        for state in SEVERITY
        if counts.get(state)
    ]
    return ", ".join(shown) or "none"


def _verdict(matrix: Matrix, page: Page) -> str:
    if not any(table.managed for table in matrix.tables):
        return _unmanaged(matrix, page)
    verdict = counts_text(matrix.summary, page)
    outside = [table for table in matrix.tables if _is_black_hole(table)]
    if not outside:
        return verdict
    nodes = sum(table.nodes_behind or 0 for table in outside)
    ids = ", ".join(quoted(table.id) for table in outside)
    return f"{verdict}; not managed, but in use by {count(nodes, 'node')}: {ids}"


def _unmanaged(matrix: Matrix, page: Page) -> str:
    """The routes where CCM manages no table, or where it is not known which: those in the tables
    that nodes need them in.
    """
    if not matrix.tables:
        unread = any(gap.part == PART_TABLES for gap in matrix.gaps)
        return "unknown, no route table could be read" if unread else "none, no route table found"
    counts = needed_counts(matrix.nodes, counted_tables(matrix.tables))
    known = matrix.mode is not Mode.UNKNOWN
    what = "CCM manages no route table" if known else "which tables CCM manages is unknown"
    return f"{counts_text(counts, page)}; {what}"


def _is_black_hole(table: TableColumn) -> bool:
    """Whether nodes send by a table that CCM does not write to and that lacks routes: the counts
    of the managed tables do not include it.
    """
    good = table.counts.get(State.OK, 0) + table.counts.get(State.SKIPPED, 0)
    return bool(not table.managed and table.nodes_behind and good < sum(table.counts.values()))


def _mode(matrix: Matrix) -> str:
    mode = _MODES[matrix.mode]
    period = matrix.controller.period_seconds
    if period is None or matrix.mode in (Mode.BLOCKED, Mode.OFF, Mode.UNKNOWN):
        return mode
    return f"{mode}, route sync every {duration(period)}"
