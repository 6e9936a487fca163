"""Literal traces that the renderer tests share."""

from __future__ import annotations

from kubectl_routes.model.path import (
    AddressScope,
    CandidateEntry,
    Direction,
    EndKind,
    Endpoint,
    Hop,
    TableRef,
    Trace,
    Verdict,
)
from kubectl_routes.model.snapshot import Cluster, Gap
from tests.render.examples import CLUSTER, PROD, SYSTEM

NOT_CHECKED = (
    "security groups: whether they admit the addresses of pods",
    "the network ACL nacl-bp1example of vSwitch vsw-bp11",
)
_SYSTEM = TableRef(SYSTEM, "", "System")
_PROD = TableRef(PROD, "prod", "Custom")

_WEB = Endpoint(
    kind=EndKind.POD,
    name="shop/web-5d8f7c6b9d-x2x4p",
    scope=AddressScope.POD,
    address="10.240.1.10",
    pod="shop/web-5d8f7c6b9d-x2x4p",
    node="cn-hangzhou.192.168.0.1",
    instance="i-bp1node0000000000001",
    pod_cidr="10.240.1.0/26",
    v_switch="vsw-bp10",
    table=_SYSTEM,
)
_AGENT = Endpoint(
    kind=EndKind.POD,
    name="kube-system/agent-x7",
    scope=AddressScope.NODE,
    address="192.168.1.2",
    pod="kube-system/agent-x7",
    host_network=True,
    node="cn-hangzhou.192.168.1.2",
    v_switch="vsw-bp11",
    table=_PROD,
)
_NODE = Endpoint(
    kind=EndKind.NODE,
    name="cn-hangzhou.192.168.1.2",
    scope=AddressScope.NODE,
    address="192.168.1.2",
    node="cn-hangzhou.192.168.1.2",
    instance="i-bp1node0000000000002",
    v_switch="vsw-bp11",
    table=_PROD,
)

# Two next hops, one of them off, and a route to nowhere on the return path.
BROKEN = Trace(
    cluster=CLUSTER,
    source=_WEB,
    destination=_NODE,
    verdict=Verdict.BLACK_HOLE,
    because=f"on the return path, no Available entry of {PROD} holds 10.240.1.10",
    forward=Direction(
        v_switch="vsw-bp10",
        table=_SYSTEM,
        destination="192.168.1.2",
        entries=(
            CandidateEntry(
                cidr="192.168.1.0/24",
                type="System",
                status="Available",
                id="rte-bp1local",
                next_hops=(Hop("local", ""),),
                wins=True,
            ),
            CandidateEntry(
                cidr="0.0.0.0/0",
                type="Custom",
                status="Available",
                id="rte-bp1default",
                next_hops=(
                    Hop("NatGateway", "ngw-bp1example", "", True),
                    Hop("Instance", "i-bp1firewall", "", False),
                ),
                wins=False,
            ),
        ),
        verdict=Verdict.REACHABLE,
        because="the VPC itself delivers to 192.168.1.2 in vSwitch vsw-bp11",
    ),
    back=Direction(
        v_switch="vsw-bp11",
        table=_PROD,
        destination="10.240.1.10",
        entries=(),
        verdict=Verdict.BLACK_HOLE,
        because=f"no Available entry of {PROD} holds 10.240.1.10",
        notes=("Flannel may put the node's address in the place of the pod's on its packets",),
    ),
    not_checked=NOT_CHECKED,
    gaps=(),
)

SAME_NODE = Trace(
    cluster=CLUSTER,
    source=_AGENT,
    destination=_AGENT,
    verdict=Verdict.REACHABLE,
    because="both are on node cn-hangzhou.192.168.1.2, and no route table is asked",
    forward=None,
    back=None,
    not_checked=NOT_CHECKED[:1],
    gaps=(),
)

# Names that a terminal could obey; one entry to the wrong node, one that shows nothing.
HOSTILE = Trace(
    cluster=Cluster(),
    source=Endpoint(
        kind=EndKind.NODE,
        name="n\x1b[31m1",
        scope=AddressScope.UNKNOWN,
        node="n\x1b[31m1",
        instance="i-\x071",
        lost="node shows no IPv4 InternalIP",
        notes=("it is\nin two places",),
    ),
    destination=Endpoint(
        kind=EndKind.ADDRESS,
        name="10.240.2.7",
        scope=AddressScope.POD,
        address="10.240.2.7",
        pod="shop/\u202edb",
        node="n2",
        instance="i-2",
        pod_cidr="10.240.2.0/26",
        v_switch="vsw-\x7f",
        table=TableRef("vtb-\x9b1", "pr\tod"),
    ),
    verdict=Verdict.WRONG_NODE,
    because="on the forward path, i-3 is node n\x1b3",
    forward=Direction(
        v_switch="vsw-1",
        table=TableRef("vtb-1"),
        destination="10.240.2.7",
        entries=(
            CandidateEntry("10.240.2.0/26", "", "Pen\x1bding", "", (), wins=False),
            CandidateEntry(
                "10.240.0.0/16", "Custom", "Available", "", (Hop("", "", ""),), wins=True
            ),
        ),
        verdict=Verdict.WRONG_NODE,
        because="i-3 is node n\x1b3",
    ),
    back=Direction("", None, "", (), Verdict.UNKNOWN, "node shows no IPv4 InternalIP"),
    not_checked=NOT_CHECKED[:1],
    gaps=(Gap("pods/10.240.2.7", "403 \x1bForbidden", "ask for the ClusterRole"),),
)

OUTSIDE = Trace(
    cluster=CLUSTER,
    source=Endpoint(EndKind.ADDRESS, "8.8.8.8", AddressScope.OUTSIDE, "8.8.8.8", lost="outside"),
    destination=_WEB,
    verdict=Verdict.UNKNOWN,
    because="in both directions, 8.8.8.8 is outside the VPC",
    forward=Direction("", None, "10.240.1.10", (), Verdict.UNKNOWN, "8.8.8.8 is outside the VPC"),
    back=Direction(
        v_switch="vsw-bp10",
        table=_SYSTEM,
        destination="8.8.8.8",
        entries=(
            CandidateEntry(
                cidr="0.0.0.0/0",
                type="Custom",
                status="Available",
                id="rte-bp1default",
                next_hops=(Hop("NetworkInterface", f"eni-bp1{'firewall' * 3}"),),
                wins=True,
            ),
        ),
        verdict=Verdict.UNKNOWN,
        because="a network interface takes it on",
    ),
    not_checked=NOT_CHECKED,
    gaps=(),
)

TRACES = {
    "broken": BROKEN,
    "same-node": SAME_NODE,
    "hostile": HOSTILE,
    "outside": OUTSIDE,
}
