"""What ``monitor`` measures, as gauges. No label holds the name of a node.

What is not known has no sample, or the state ``unknown``; never a zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_routes.analyze.needs import counted_tables, counts_of_table
from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.model.finding import Diagnosis, Outcome
from kubectl_routes.model.matrix import Matrix, State
from kubectl_routes.model.snapshot import PART_NODES
from kubectl_routes.model.vpc import EntryQuota

PREFIX = "kubectl_routes_"
_UNKNOWN = "unknown"

# What each gauge means, and the names of its labels.
_MEANINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "routes": ("Routes that nodes need, by state.", ("table", "state")),
    "findings": (
        "Findings of diagnose; 0: the check found nothing, absent: it could not run.",
        ("code", "severity"),
    ),
    "table_entries": ("Custom entries of a route table.", ("table",)),
    "table_quota": (
        "How many custom entries a route table may hold, as the Quota Center says.",
        ("table",),
    ),
    "table_room_nodes": ("For how many more nodes a route table has room.", ("table",)),
    "ccm_info": ("The version of CCM, and how it handles route tables.", ("version", "mode")),
    "gaps": ("Parts that the last reading could not read.", ("part",)),
    "last_success_timestamp_seconds": ("When the last complete reading was taken.", ()),
    "read_duration_seconds": ("How long the last reading took.", ()),
}

# The values of the labels, in their order, and the value of the gauge.
Sample = tuple[tuple[str, ...], float]


class Gauge(Struct, frozen=True):
    """One gauge: its name, what it means, its labels and its samples."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]


class ReadingState(Struct, frozen=True):
    """How the last reading went, whatever came of it. ``missing`` are the parts that could not be
    read, ``succeeded_at`` is when the last complete reading was taken, in seconds since 1970, None
    before there is one; ``seconds`` is how long the last reading took.
    """

    missing: tuple[str, ...]
    succeeded_at: float | None
    seconds: float


def judged(matrix: Matrix, found: Diagnosis) -> tuple[Gauge, ...]:
    """The gauges of one answer of ``status`` and ``diagnose``. A quota that is only assumed is not
    known, nor what it leaves.
    """
    real = [table for table in matrix.tables if table.quota_source == EntryQuota(0).source]
    info = (matrix.controller.version or _UNKNOWN, matrix.mode.value)
    return _gauges(
        {
            "routes": _routes(matrix),
            "findings": _findings(found),
            "table_entries": _known((table.id, table.custom) for table in matrix.tables),
            "table_quota": _known((table.id, table.quota) for table in real),
            "table_room_nodes": _known((table.id, table.room_for_nodes) for table in real),
            "ccm_info": [(info, 1)],
        }
    )


def of_reading(state: ReadingState) -> tuple[Gauge, ...]:
    """The gauges that say how old the others are, and what they lack."""
    gaps = sorted(Counter(state.missing).items())
    return _gauges(
        {
            "gaps": [((part,), number) for part, number in gaps],
            "last_success_timestamp_seconds": (
                [] if state.succeeded_at is None else [((), state.succeeded_at)]
            ),
            "read_duration_seconds": [((), state.seconds)],
        }
    )


def _gauges(samples: Mapping[str, Iterable[Sample]]) -> tuple[Gauge, ...]:
    return tuple(
        Gauge(f"{PREFIX}{name}", *_MEANINGS[name], tuple(some)) for name, some in samples.items()
    )


def _known(values: Iterable[tuple[str, int | None]]) -> list[Sample]:
    return [((table,), value) for table, value in values if value is not None]


def _routes(matrix: Matrix) -> Iterator[Sample]:
    """The routes of each table that nodes need their routes in. Where some of them are not known,
    no other state is known to be absent.
    """
    if any(gap.part == PART_NODES for gap in matrix.gaps):
        return
    counted = counted_tables(matrix.tables)
    for table in matrix.tables:
        counts = counts_of_table(matrix.nodes, table.id, counted)
        if not counts and table.id not in counted:
            continue
        for state in State:
            if counts[state] or not counts[State.UNKNOWN]:
                yield (table.id, state.value), counts[state]


def _findings(found: Diagnosis) -> list[Sample]:
    """The findings by code and severity, and a zero for each check that found nothing."""
    counts = Counter((one.code, one.severity.value) for one in found.findings)
    for result in found.results:
        if result.outcome is Outcome.PASSED:
            counts[result.code, all_codes()[result.code].severity.value] = 0
    return sorted(counts.items())
