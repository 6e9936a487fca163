"""The way of a packet from one address to another and back, as the route tables tell it."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from msgspec import Struct, field
from msgspec.structs import force_setattr

from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.snapshot import Cluster, Gap


class EndKind(Enum):
    """What the command line names as one end of a trace."""

    POD = "pod"
    NODE = "node"
    ADDRESS = "address"


class EndpointArg(Struct, frozen=True):
    """One end as it was asked for. ``name`` is ``namespace/name`` of a pod, a node's name, or an
    IPv4 address; a pod or an address stands by it in ``Snapshot.pods``.
    """

    kind: EndKind
    name: str


class AddressScope(Enum):
    """What kind of address an end has, which decides who can deliver to it.

    POD: only the node it is on. UNASSIGNED: in the range of the pods, but in no node's podCIDR.
    NODE and V_SWITCH: the VPC itself, in the vSwitch. VPC: in its range, but in no vSwitch.
    """

    POD = "pod"
    UNASSIGNED = "unassigned"
    NODE = "node"
    V_SWITCH = "vSwitch"
    VPC = "VPC"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class Verdict(Enum):
    """Where routes alone lead a packet."""

    REACHABLE = "reachable"
    BLACK_HOLE = "black-hole"
    WRONG_NODE = "wrong-node"
    UNKNOWN = "unknown"


class TableRef(Struct, frozen=True, rename="camel"):
    """A route table named by what an operator knows it by."""

    id: str
    name: OptionalText = ""
    type: OptionalText = ""


class Endpoint(Struct, frozen=True, rename="camel"):
    """One end of a trace, found.

    ``v_switch`` and ``table`` decide for what it sends; where ``table`` is None, ``lost`` says why.
    """

    kind: EndKind
    name: str
    scope: AddressScope = field(name="realm")
    address: OptionalText = ""
    pod: OptionalText = ""
    host_network: bool = False
    node: OptionalText = ""
    instance: OptionalText = field(name="instanceId", default="")
    pod_cidr: OptionalText = field(name="podCIDR", default="")
    v_switch: OptionalText = ""
    table: TableRef | None = None
    lost: OptionalText = ""
    notes: tuple[str, ...] = ()


class Hop(Struct, frozen=True, rename="camel"):
    """A next hop. ``node`` is the node whose instance it is, or empty; ``enabled`` is None when the
    API did not say.
    """

    type: OptionalText
    id: OptionalText
    node: OptionalText = ""
    enabled: bool | None = None


class CandidateEntry(Struct, frozen=True, rename="camel"):
    """A route entry that holds the destination. ``wins``: it is the one, or one of those, that a
    packet follows.
    """

    cidr: str
    type: OptionalText
    status: OptionalText
    id: OptionalText
    next_hops: tuple[Hop, ...]
    wins: bool


class Direction(Struct, frozen=True, rename="camel"):
    """One direction. ``entries`` are all that hold the destination, the most specific first;
    ``because`` is the reason of the verdict, a clause that can follow a colon.
    """

    v_switch: OptionalText
    table: TableRef | None
    destination: OptionalText
    entries: tuple[CandidateEntry, ...]
    verdict: Verdict
    because: str
    notes: tuple[str, ...] = ()


class Trace(Struct, frozen=True, rename="camel"):
    """The whole answer. Without legs both ends are on one node, and no route table is asked.

    ``gaps`` are those that a trace can depend on. ``not_checked`` is what can stop packets though
    every route is right. ``time`` is when it was read, by which version is ``tool``.
    """

    KIND: ClassVar[str] = "Trace"

    cluster: Cluster
    source: Endpoint = field(name="from")
    destination: Endpoint = field(name="to")
    verdict: Verdict
    because: str
    forward: Direction | None
    back: Direction | None
    not_checked: tuple[str, ...]
    gaps: tuple[Gap, ...]
    tool: OptionalText = ""
    time: OptionalText = ""
    same_node: bool = False

    def __post_init__(self) -> None:
        """Both ends are on one node where there is no leg."""
        force_setattr(self, "same_node", self.forward is None)
