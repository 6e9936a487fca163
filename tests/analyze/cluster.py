"""A small cluster to ask questions about: six nodes, a system route table and a custom one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from kubectl_routes.analyze.matrix import build
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.matrix import Matrix, NextAction
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.snapshot import Cluster, Snapshot
from kubectl_routes.model.vpc import NextHop, RouteEntry, RouteTable, VSwitch

NOW = "2026-11-23T08:00:00Z"
REPOSITORY = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager"
V0 = "v1.9.3.86-g4454991-aliyun"
# Flags that every release understands.
FLAGS = (
    "/cloud-controller-manager",
    "--cloud-provider=alicloud",
    "--cluster-cidr=172.16.0.0/16",
    "--cloud-config=/etc/kubernetes/config/cloud-config.conf",
)

SYSTEM = RouteTable(
    id="vtb-a", name="system", type="System", status="Available", vpc_id="vpc-1",
    v_switch_ids=("vsw-1",),
)  # fmt: skip
CUSTOM = RouteTable(
    id="vtb-b", name="custom", type="Custom", status="Available", vpc_id="vpc-1",
    v_switch_ids=("vsw-2",),
)  # fmt: skip
SPARE = RouteTable(id="vtb-c", type="Custom", status="Available", vpc_id="vpc-1")
MANAGED = Controller(kind=ControllerKind.MANAGED)
VSWITCHES = (
    VSwitch(id="vsw-1", cidr="10.0.1.0/24", table_id="vtb-a"),
    VSwitch(id="vsw-2", cidr="10.0.2.0/24", table_id="vtb-b"),
)


def node(number: int, **changes: object) -> Node:
    """Node n: podCIDR 172.16.n.0/24, instance i-n, odd ones in vsw-1, even ones in vsw-2."""
    usual = Node(
        name=f"n{number}",
        provider_id=f"cn-hangzhou.i-{number}",
        pod_cidr=f"172.16.{number}.0/24",
        pod_cidrs=(f"172.16.{number}.0/24",),
        internal_ips=(f"10.0.{2 - number % 2}.{number}",),
    )
    return replace(usual, **changes)


def with_cidr(number: int, cidr: str, **changes: object) -> Node:
    """Node n with another podCIDR."""
    return node(number, pod_cidr=cidr, pod_cidrs=(cidr,), **changes)


def entry(cidr: str, *hops: str, **changes: object) -> RouteEntry:
    """An Available custom entry; a hop is an instance, or ``NatGateway ngw-1``."""
    parts = [hop.rpartition(" ") for hop in hops]
    next_hops = tuple(NextHop(name, kind or "Instance", True) for kind, _, name in parts)
    made = RouteEntry(f"rte-{cidr}", cidr, "Custom", "Available", next_hops)
    return replace(made, **changes)


def routes(*nodes: Node) -> tuple[RouteEntry, ...]:
    """The right entry of every node."""
    return tuple(entry(one.pod_cidr, one.provider_id.rpartition(".")[2]) for one in nodes)


SIX = tuple(node(number) for number in range(1, 7))


def config(text: str | None, **changes: object) -> CloudConfig:
    """cloud-config in a mounted ConfigMap."""
    mounted = CloudConfig(
        source=ConfigSourceKind.CONFIG_MAP,
        path="/etc/kubernetes/config/cloud-config.conf",
        namespace="kube-system",
        name="cloud-config",
        key="cloud-config.conf",
        text=text,
    )
    return replace(mounted, **changes)


def listing(ids: str) -> str:
    """cloud-config text with this list, and the cluster id that v1 wants."""
    return '{"Global": {"clusterID": "c1", "routeTableIDs": "' + ids + '"}}'


def controller(version: str, text: str | None, **changes: object) -> Controller:
    """A CCM DaemonSet whose status is not filled in yet: it is about to start."""
    installed = Controller(
        kind=ControllerKind.DAEMON_SET,
        namespace="kube-system",
        name="cloud-controller-manager",
        image=f"{REPOSITORY}:{version}",
        command=FLAGS,
        cloud_config=config(text),
    )
    return replace(installed, **changes)


def snapshot(ccm: Controller, **changes: object) -> Snapshot:
    """Six nodes, two tables, no entries."""
    taken = Snapshot(
        tool="0.1.0",
        time=NOW,
        cluster=Cluster(region="cn-hangzhou", vpc_id="vpc-1"),
        controller=ccm,
        nodes=SIX,
        tables=(SYSTEM, CUSTOM),
        v_switches=VSWITCHES,
        entries={"vtb-a": (), "vtb-b": ()},
    )
    return replace(taken, **changes)


def held(
    *planted: RouteEntry,
    version: str = "v2.11.2",
    ids: str = "vtb-a,vtb-b",
    ccm: Mapping[str, object] | None = None,
    **changes: object,
) -> Matrix:
    """The matrix of a cluster whose CCM lists ``ids``; vtb-a holds what is planted, vtb-b nothing.
    ``ccm`` are changes of the controller, which ``controller`` replaces as a whole.
    """
    installed = controller(version, listing(ids), **(ccm or {}))
    taken = snapshot(installed, entries={"vtb-a": planted, "vtb-b": ()})
    return build(replace(taken, **changes))


def outlook(matrix: Matrix, name: str, table_id: str) -> str:
    """State, what CCM will do, by which pass, and why not: ``missing create event``."""
    cell = next(row for row in matrix.nodes if row.name == name).routes[table_id]
    words = (cell.state.value, cell.next.value, cell.when and cell.when.value, cell.because)
    return " ".join(filter(None, words))


def written(matrix: Matrix) -> tuple[int, int]:
    """How many entries an event reconcile writes, and how many there are after a periodic one."""
    cells = [cell for row in matrix.nodes for cell in row.routes.values()]
    by_event = [
        c for c in cells if c.next is NextAction.CREATE and c.when and c.when.value == "event"
    ]
    by_any = [c for c in cells if c.next in (NextAction.CREATE, NextAction.REPLACE)]
    return len(by_event), len(by_any)
