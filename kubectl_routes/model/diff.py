"""What ``diff`` finds between two Snapshots."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from msgspec import Struct

from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import Cluster


class DiffPart(str, Enum):
    """What a change is about, in the order of the output. ROUTES are the cells of the matrix."""

    # Text as well, for the keys of a document (see model.matrix.State).

    ROUTES = "routes"
    FINDINGS = "findings"
    CONTROLLER = "controller"
    TABLES = "tables"
    NODES = "nodes"
    ENTRIES = "entries"
    CLUSTER = "cluster"


class ChangeType(Enum):
    """How an object, or a value of it, differs."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class DiffResult(Enum):
    """UNKNOWN: no difference was found, but a part was not read on one side or on both."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Side(Enum):
    """Which of the two Snapshots."""

    OLD = "old"
    NEW = "new"
    BOTH = "both"


class Change(Struct, frozen=True, gc=False, rename="camel"):
    """One difference. ``kind`` and ``name`` are of the object, ``field`` is what of it differs:
    the name of a field or flag, the id of the table for a route or an entry, the code for a
    finding; empty for the object as a whole. ``name`` is empty for CCM and for the
    cluster. ``before`` and ``after`` are the values, empty where there is none.
    """

    part: DiffPart
    change: ChangeType
    kind: str
    name: OptionalText
    field: OptionalText = ""
    before: OptionalText = ""
    after: OptionalText = ""


class NotCompared(Struct, frozen=True, rename="camel"):
    """What was not read on one side, or on both, so that it is neither the same nor different.

    ``part`` is a part as in ``gaps``, ``quota``, ``controller-flags`` or ``check/<code>``;
    ``needed``: the result depends on it, and the exit code is 3.
    """

    part: str
    side: Side
    reason: OptionalText
    needed: bool


class DiffSide(Struct, frozen=True, rename="camel"):
    """One of the two Snapshots. ``source`` is its file, or empty for the cluster as it is now."""

    source: OptionalText
    tool: OptionalText
    time: OptionalText
    cluster: Cluster
    verdict: HealthVerdict | None


class RouteDiff(Struct, frozen=True, rename="camel"):
    """The whole answer of ``diff``. ``mismatches`` names what identifies a cluster and is not the
    same: clusterId, server, vpcId. ``summary`` counts the changes of every part, zeros too.
    """

    KIND: ClassVar[str] = "RouteDiff"

    old: DiffSide
    new: DiffSide
    result: DiffResult
    mismatches: tuple[str, ...]
    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...]
    summary: dict[DiffPart, int]
