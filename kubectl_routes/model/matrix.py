"""Intended against actual: every node by every route table."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from msgspec import Struct, field

from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import Cluster, Gap
from kubectl_routes.model.vpc import is_gateway


class State(str, Enum):
    """State of one cell (node by table)."""

    # Text as well, since msgspec 0.19 takes no other Enum for the keys of a document.

    OK = "ok"
    PENDING = "pending"
    MISSING = "missing"
    CONFLICT = "conflict"
    SHADOWED = "shadowed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class NextAction(Enum):
    """What CCM will do with a cell."""

    NONE = "none"
    CREATE = "create"
    REPLACE = "replace"
    STUCK = "stuck"


class Trigger(Enum):
    """By which pass: node events (within seconds) or the periodic reconcile."""

    EVENT = "event"
    PERIODIC = "periodic"


class Mode(Enum):
    """How CCM handles route tables. BLOCKED: several tables and no usable list. OFF: it writes
    no routes by configuration, or there is no CCM.
    """

    SINGLE_TABLE = "single-table"
    MULTI_TABLE = "multi-table"
    BLOCKED = "blocked"
    OFF = "off"
    UNKNOWN = "unknown"


class ConfigState(Enum):
    """How this CCM version finds its cloud-config."""

    OK = "ok"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    INVALID = "invalid"


class Cell(Struct, frozen=True, gc=False, rename="camel"):
    """One node in one table. ``next_hop`` and ``entry_id`` are of the entry found, or empty;
    ``because`` is the RT code that explains ``next == stuck``, or why what CCM will do is unknown;
    ``when`` is None unless CCM acts.
    """

    state: State
    next_hop: OptionalText = ""
    entry_id: OptionalText = ""
    detail: OptionalText = ""
    next: NextAction = NextAction.NONE
    when: Trigger | None = None
    because: OptionalText = ""


class EntryRef(Struct, frozen=True, gc=False, rename="camel"):
    """A route entry named by what identifies it to an operator."""

    cidr: str
    next_hop: OptionalText


class TableColumn(Struct, frozen=True, rename="camel"):
    """One route table of the VPC, or a listed one that the VPC does not have (``exists`` False).

    What depends on something that was not read is None: whether the table exists, whether CCM
    manages it, its vSwitches, counts, and entries that are orphaned or will be deleted. ``custom``
    is None when the entries could not be read; ``quota`` when it is not known.
    ``quota_source`` is quota-center, assumed, or empty; ``room_for_nodes`` is how many more entries
    fit, None when that is not known.
    ``nodes_behind`` counts nodes whose vSwitch uses this table, None when that is not known.
    ``usable``: CCM can keep routes to nodes in it; ``auto``: ``--tables auto`` takes it.
    """

    id: str
    name: OptionalText = ""
    type: OptionalText = ""
    managed: bool | None = False
    v_switches: tuple[str, ...] | None = ()
    nodes_behind: int | None = None
    custom: int | None = None
    quota: int | None = None
    counts: dict[State, int] | None = field(default_factory=lambda: dict.fromkeys(State, 0))
    orphans: tuple[EntryRef, ...] | None = ()
    will_delete: tuple[EntryRef, ...] | None = ()
    foreign: int | None = None
    quota_source: OptionalText = ""
    room_for_nodes: int | None = None
    associate_type: OptionalText = ""
    status: OptionalText = ""
    exists: bool | None = True
    usable: bool | None = False
    auto: bool | None = False

    @property
    def is_gateway(self) -> bool:
        """Whether the table belongs to a gateway; such a one holds no routes to nodes."""
        return is_gateway(self.associate_type)


class NodeRow(Struct, frozen=True, rename="camel"):
    """One node and its cells by table id. ``skipped`` is the reason, or None when CCM serves it;
    ``exempt``: it is skipped because it needs no route, or was excluded on purpose.
    """

    name: str
    instance_id: OptionalText
    pod_cidr: OptionalText = field(name="podCIDR")
    v_switch: OptionalText
    table: OptionalText
    skipped: str | None
    routes: dict[str, Cell]
    exempt: bool = False


class ControllerSummary(Struct, frozen=True, rename="camel"):
    """CCM in one line. ``version`` is empty for a tag that does not name a release, the numbers of
    pods are None for a CCM that was not read, or is not visible.
    """

    kind: str
    version: OptionalText
    image: OptionalText
    desired: int | None
    ready: int | None
    cloud_config: ConfigState
    period_seconds: int | None = None


class HealthVerdict(Struct, frozen=True, rename="camel"):
    """The answer in one line: what is wrong, ``impact``: for whom, ``fix``: the command to run.
    ``code`` is that of the finding which ``text`` names.
    """

    healthy: bool
    text: str
    impact: OptionalText = ""
    fix: OptionalText = ""
    code: OptionalText = ""


class Matrix(Struct, frozen=True, rename="camel"):
    """The whole answer of ``status``: header, tables, rows. ``notices`` are one-line remarks for
    the operator that no single cell can carry (why the cluster is blocked, a bad list …).
    ``summary`` counts over the managed tables, None when the nodes were not read, or it is not
    known which those are; a count has every state, zeros too. ``time`` is when
    it was read (RFC 3339), by which version is ``tool``. ``verdict`` is None until the checks were
    run.
    """

    KIND: ClassVar[str] = "RouteStatus"

    cluster: Cluster
    controller: ControllerSummary
    mode: Mode
    tables: tuple[TableColumn, ...]
    nodes: tuple[NodeRow, ...]
    summary: dict[State, int] | None
    gaps: tuple[Gap, ...]
    tool: OptionalText = ""
    time: OptionalText = ""
    verdict: HealthVerdict | None = None
    notices: tuple[str, ...] = ()
