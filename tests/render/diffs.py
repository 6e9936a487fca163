"""Literal differences that the renderer tests share."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_routes.model.diff import (
    Change,
    ChangeType,
    DiffPart,
    DiffResult,
    DiffSide,
    NotCompared,
    RouteDiff,
    Side,
)
from kubectl_routes.model.matrix import HealthVerdict
from kubectl_routes.model.snapshot import Cluster

A, R, C = ChangeType.ADDED, ChangeType.REMOVED, ChangeType.CHANGED
OLD = DiffSide(
    "old.json",
    "kubectl-routes 0.1.0",
    "2026-11-23T08:00:00Z",
    Cluster(context="prod", server="https://a", cluster_id="c1", vpc_id="vpc-1"),
    HealthVerdict(True, "all routes are in place"),
)
NEW = DiffSide(
    "",
    "kubectl-routes 0.2.0",
    "2026-11-23T09:00:00Z",
    Cluster(context="prod|x", server="https://b", cluster_id="c2", vpc_id="vpc-2"),
    HealthVerdict(False, "routes are missing"),
)
CHANGES = (
    *(Change(DiffPart.ROUTES, C, "Node", f"n{n}", "vtb-a", "ok", "missing") for n in range(300)),
    Change(DiffPart.ROUTES, A, "Node", "n999", "vtb-a", "", "missing"),
    Change(DiffPart.FINDINGS, A, "Cluster", "", "RT101", "", "error"),
    Change(DiffPart.FINDINGS, R, "Node", "n1\x1b[31m", "RT301", "warning", ""),
    Change(DiffPart.FINDINGS, C, "ConfigMap", "kube-system/x", "RT103", "info", "error"),
    Change(DiffPart.CONTROLLER, C, "Controller", "", "--a", "", "1|2"),
    Change(DiffPart.CONTROLLER, C, "Controller", "", "--b", "1", ""),
    Change(DiffPart.CONTROLLER, A, "Pod", "ccm-2", after="n2"),
    Change(DiffPart.TABLES, C, "RouteTable", "vtb-a", "quota", "200", "400"),
    Change(DiffPart.NODES, R, "Node", "n7", "", "172.16.7.0/24"),
    Change(DiffPart.NODES, C, "Node", "n8", "table", "vtb-a", "vtb-b"),
    Change(DiffPart.NODES, C, "Node", "n9", "table", "vtb-a", "vtb-b"),
    *(
        Change(DiffPart.ENTRIES, C, "RouteEntry", f"10.0.{n}.0/24", "vtb-a", f"i-{n}", f"j-{n}")
        for n in range(6)
    ),
    Change(DiffPart.ENTRIES, R, "RouteEntry", "10.1.0.0/24", "vtb-b", "i-1 (Custom)"),
    Change(DiffPart.CLUSTER, C, "Cluster", "", "region", "cn-a", "cn-b"),
)
LACKING = (
    NotCompared("entries/vtb-c", Side.NEW, "403 Forbidden", True),
    NotCompared("quota", Side.BOTH, "", False),
    NotCompared("controller-flags", Side.OLD, "a", False),
    NotCompared("check/RT112", Side.BOTH, "controller", False),
    NotCompared("check/RT115", Side.BOTH, "controller", False),
)
COUNTS = {part: sum(one.part is part for one in CHANGES) for part in DiffPart}
EVERYTHING = RouteDiff(
    OLD, NEW, DiffResult.DIFFERENT, ("clusterId", "server", "vpcId"), CHANGES, LACKING, COUNTS
)
NOTHING = RouteDiff(
    OLD, replace(OLD, verdict=None), DiffResult.SAME, (), (), (), dict.fromkeys(DiffPart, 0)
)
