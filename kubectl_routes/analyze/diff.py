"""What differs between two Snapshots of a cluster. What was not read on one side is neither the
same nor different.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from kubectl_routes.analyze.diff_parts import (
    cluster_changes,
    controller_changes,
    entry_changes,
    finding_changes,
    node_changes,
    route_changes,
    table_changes,
    undecided,
)
from kubectl_routes.analyze.judged import Judged
from kubectl_routes.analyze.order import natural
from kubectl_routes.model.diff import (
    Change,
    DiffPart,
    DiffResult,
    DiffSide,
    NotCompared,
    RouteDiff,
    Side,
)
from kubectl_routes.model.snapshot import PART_EVENTS, PART_LOGS, Cluster

_COMPARED = (
    route_changes,
    finding_changes,
    controller_changes,
    table_changes,
    node_changes,
    entry_changes,
    cluster_changes,
)
# They are evidence of what diagnose finds; a check that needs them says so itself.
_EVIDENCE = (PART_EVENTS, PART_LOGS)
# By part: whether the result depends on it, and why it was not read.
_Unread = dict[str, tuple[bool, str]]


def compare(old: Judged, new: Judged, sources: tuple[str, str]) -> RouteDiff:
    """What differs. ``sources`` are the files of the two, empty for the cluster as it is now."""
    order = list(DiffPart)
    changes = sorted(
        chain.from_iterable(compared(old, new) for compared in _COMPARED),
        key=lambda one: (order.index(one.part), one.kind, one.field, natural(one.name)),
    )
    lacking = tuple(_not_compared(old, new))
    counts = Counter(change.part for change in changes)
    return RouteDiff(
        old=_side(old, sources[0]),
        new=_side(new, sources[1]),
        result=_result(changes, lacking),
        mismatches=_mismatches(*(one.examined.snapshot.cluster for one in (old, new))),
        changes=tuple(changes),
        not_compared=lacking,
        summary={part: counts[part] for part in DiffPart},
    )


def _result(changes: list[Change], lacking: tuple[NotCompared, ...]) -> DiffResult:
    if changes:
        return DiffResult.DIFFERENT
    return DiffResult.UNKNOWN if any(one.needed for one in lacking) else DiffResult.SAME


def _side(one: Judged, source: str) -> DiffSide:
    snapshot = one.examined.snapshot
    verdict = one.diagnosis.verdict
    return DiffSide(source, snapshot.tool, snapshot.time, snapshot.cluster, verdict)


def _mismatches(old: Cluster, new: Cluster) -> tuple[str, ...]:
    """What shows that the Snapshots are of different clusters. One cluster may be asked at several
    addresses, so those count only where the ids are not known.
    """
    known = bool(old.cluster_id and new.cluster_id)
    identities = {
        "clusterId": (old.cluster_id, new.cluster_id),
        "server": ("", "") if known else (old.server, new.server),
        "vpcId": (old.vpc_id, new.vpc_id),
    }
    return tuple(name for name, (a, b) in identities.items() if a and b and a != b)


def _not_compared(old: Judged, new: Judged) -> Iterator[NotCompared]:
    """What was not read on one side or on both, each part once."""
    before, after = _unread(old), _unread(new)
    for part in {**before, **after}:
        side = Side.BOTH if part in before and part in after else None
        side = side or (Side.OLD if part in before else Side.NEW)
        needed, reason = (after if part in after else before)[part]
        yield NotCompared(part, side, reason, needed)


def _unread(one: Judged) -> _Unread:
    snapshot = one.examined.snapshot
    found: _Unread = {
        gap.part: (gap.part not in _EVIDENCE, gap.reason) for gap in reversed(snapshot.gaps)
    }
    settings = one.examined.ccm.settings
    if snapshot.controller.visible and (settings.unknown or not settings.complete):
        found["controller-flags"] = (False, ", ".join(sorted(settings.unknown)))
    quota = one.examined.table_context.quota
    if quota.total is None:
        found["quota"] = (False, quota.reason)
    for code, lacking in undecided(one).items():
        found[f"check/{code}"] = (False, ", ".join(lacking))
    return found
