"""Literal matrices that the renderer tests share."""

from __future__ import annotations

from kubectl_routes.model.matrix import (
    Cell,
    ConfigState,
    ControllerSummary,
    EntryRef,
    Matrix,
    Mode,
    NextAction,
    NodeRow,
    State,
    TableColumn,
    Trigger,
)
from kubectl_routes.model.snapshot import Cluster, Gap

SYSTEM = "vtb-bp1system000000007k1t7"
PROD = "vtb-bp1custom00000000prod1"
STAGE = "vtb-bp1custom0000000stage2"
SPARE = "vtb-bp1custom0000000spare3"

CLUSTER = Cluster(
    context="prod",
    server="https://192.168.0.1:6443",
    server_version="v1.30.1-aliyun.1",
    region="cn-hangzhou",
    vpc_id="vpc-bp1aevy8sofi8mh1qc5cm",
    cluster_cidr="10.240.0.0/14",
)
CONTROLLER = ControllerSummary(
    kind="DaemonSet",
    version="v2.14.0",
    image="registry-vpc.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64:v2.14.0",
    desired=3,
    ready=3,
    cloud_config=ConfigState.OK,
    period_seconds=300,
)

_OK = Cell(State.OK, next_hop="i-bp1a", entry_id="rte-bp1a")
_CELLS = {
    "ok": _OK,
    "flapping": Cell(
        State.OK,
        next_hop="i-bp1a",
        entry_id="rte-bp1a",
        detail="providerID has the prefix alicloud://",
        next=NextAction.REPLACE,
        when=Trigger.PERIODIC,
    ),
    "pending": Cell(State.PENDING, next_hop="i-bp1a", entry_id="rte-bp1p"),
    "coming": Cell(State.MISSING, next=NextAction.CREATE, when=Trigger.EVENT),
    "later": Cell(State.MISSING, next=NextAction.CREATE, when=Trigger.PERIODIC),
    "never": Cell(State.MISSING, next=NextAction.STUCK, because="RT103"),
    "left": Cell(State.MISSING, detail="CCM does not write to this table"),
    "taken": Cell(
        State.CONFLICT,
        next_hop="i-bp1other",
        entry_id="rte-bp1c",
        detail="10.240.6.0/26 goes to i-bp1other",
        next=NextAction.REPLACE,
        when=Trigger.PERIODIC,
    ),
    "shadowed": Cell(
        State.SHADOWED,
        next_hop="i-bp1a",
        entry_id="rte-bp1s",
        detail="10.240.7.0/28 goes to eni-bp1x",
        next=NextAction.STUCK,
        because="RT305",
    ),
    "skipped": Cell(State.SKIPPED),
    "kept": Cell(State.SKIPPED, next_hop="i-bp1a", detail="an entry exists nevertheless"),
    "unknown": Cell(State.UNKNOWN, detail="the entries of the table could not be read"),
}


def cell(name: str) -> Cell:
    return _CELLS[name]


def row(
    number: int, table: str, cells: tuple[str, str, str, str], skipped: str | None = None
) -> NodeRow:
    tables = (SYSTEM, PROD, STAGE, SPARE)
    return NodeRow(
        name=f"cn-hangzhou.192.168.0.{number}",
        instance_id=f"i-bp1node{number:013}",
        pod_cidr=f"10.240.{number}.0/26",
        v_switch=f"vsw-bp1{number % 2}",
        table=table,
        skipped=skipped,
        routes={table: cell(name) for table, name in zip(tables, cells, strict=True)},
        exempt=skipped == "excluded by label",
    )


def counted(**counts: int) -> dict[State, int]:
    """Cells by state; those that are not named are zero."""
    return {state: counts.get(state.value, 0) for state in State}


EVERYTHING = Matrix(
    cluster=CLUSTER,
    controller=CONTROLLER,
    mode=Mode.MULTI_TABLE,
    tables=(
        TableColumn(
            id=SYSTEM,
            type="System",
            associate_type="VSwitch",
            status="Available",
            managed=True,
            auto=True,
            v_switches=("vsw-bp10",),
            nodes_behind=7,
            custom=11,
            quota=200,
            counts=counted(ok=3, pending=1, missing=2, conflict=1),
            orphans=tuple(EntryRef(f"10.241.{n}.0/26", f"i-bp1gone{n}") for n in range(5)),
            will_delete=(EntryRef("10.240.1.16/28", "i-bp1byhand"),),
            foreign=2,
        ),
        TableColumn(
            id=PROD,
            name="prod",
            type="Custom",
            associate_type="VSwitch",
            status="Available",
            managed=True,
            auto=True,
            v_switches=("vsw-bp11", "vsw-bp12"),
            nodes_behind=5,
            custom=9,
            quota=None,
            counts=dict.fromkeys(State, 1),
            foreign=0,
        ),
        TableColumn(
            id=STAGE,
            name="stage",
            type="Custom",
            associate_type="VSwitch",
            status="Pending",
            managed=True,
            v_switches=(),
            nodes_behind=None,
            auto=None,
            custom=None,
            quota=200,
            counts=counted(unknown=12),
        ),
        TableColumn(
            id=SPARE,
            name="spare",
            type="Custom",
            status="Available",
            v_switches=("vsw-bp19",),
            nodes_behind=1,
            custom=0,
            quota=200,
            counts=counted(missing=10, skipped=2),
            foreign=0,
        ),
    ),
    nodes=(
        row(1, SYSTEM, ("ok", "ok", "unknown", "left")),
        row(2, PROD, ("pending", "flapping", "unknown", "left")),
        row(3, SYSTEM, ("coming", "later", "unknown", "left")),
        row(4, PROD, ("never", "never", "unknown", "left")),
        row(5, SPARE, ("ok", "never", "unknown", "left")),
        row(6, SYSTEM, ("taken", "taken", "unknown", "left")),
        row(7, SYSTEM, ("shadowed", "ok", "unknown", "left")),
        row(8, PROD, ("skipped", "kept", "skipped", "skipped"), skipped="excluded by label"),
        row(9, PROD, ("skipped", "skipped", "skipped", "skipped"), skipped="Ready=Unknown"),
        row(10, "", ("never", "never", "unknown", "left")),
        row(11, SYSTEM, ("never", "never", "unknown", "left")),
    ),
    summary={
        State.OK: 5,
        State.PENDING: 1,
        State.MISSING: 9,
        State.CONFLICT: 2,
        State.SHADOWED: 1,
        State.SKIPPED: 6,
        State.UNKNOWN: 9,
    },
    gaps=(
        Gap(f"entries/{STAGE}", "Forbidden.RAM (request 7F0A)", "allow vpc:DescribeRouteEntryList"),
        Gap("events", "forbidden"),
    ),
    notices=("routeTableIDs has a space after the comma: event-driven reconcile serves no table",),
)

# A healthy cluster with one table, named in Chinese.
HEALTHY = Matrix(
    cluster=CLUSTER,
    controller=CONTROLLER,
    mode=Mode.SINGLE_TABLE,
    tables=(
        TableColumn(
            id=SYSTEM,
            name="生产环境",
            type="System",
            status="Available",
            managed=True,
            auto=True,
            v_switches=("vsw-bp10",),
            nodes_behind=2,
            custom=2,
            quota=200,
            counts=counted(ok=2),
            foreign=0,
        ),
    ),
    nodes=tuple(
        NodeRow(name, f"i-bp1{name[-1]}", cidr, "vsw-bp10", SYSTEM, None, {SYSTEM: cell("ok")})
        for name, cidr in (("节点-1", "10.240.1.0/26"), ("worker-2", "10.240.2.0/26"))
    ),
    summary=counted(ok=2),
    gaps=(),
)

# Several tables and no list: CCM manages none; two tables share a name; one listed id is not of
# this VPC, one is a gateway's; a node has neither podCIDR nor providerID.
BLOCKED = Matrix(
    cluster=Cluster(context="prod"),
    controller=ControllerSummary(
        kind="Deployment",
        version="",
        image="ccm:latest",
        desired=2,
        ready=0,
        cloud_config=ConfigState.INVALID,
    ),
    mode=Mode.BLOCKED,
    tables=(
        TableColumn(id=SYSTEM, name="twin", type="System", status="Available", auto=None),
        TableColumn(id=PROD, name="twin", type="Custom", associate_type="Gateway"),
        TableColumn(id=" vtb-nope", exists=False),
    ),
    nodes=(
        NodeRow(
            name="worker\x1b[31m-1",
            instance_id="",
            pod_cidr="",
            v_switch="",
            table="",
            skipped="no podCIDR",
            routes={
                SYSTEM: cell("skipped"),
                PROD: cell("skipped"),
                " vtb-nope": cell("skipped"),
            },
        ),
    ),
    summary=counted(),
    gaps=(),
    notices=("several tables and no list:\nno route is written",),
)

# Nothing could be read.
NOTHING = Matrix(
    cluster=Cluster(),
    controller=ControllerSummary("Unknown", "", "", 0, 0, ConfigState.UNREADABLE),
    mode=Mode.UNKNOWN,
    tables=(),
    nodes=(),
    summary=counted(),
    gaps=(Gap("nodes", "connection refused", "is the cluster up?"),),
)

MATRICES = {
    "everything": EVERYTHING,
    "healthy": HEALTHY,
    "blocked": BLOCKED,
    "nothing": NOTHING,
}
