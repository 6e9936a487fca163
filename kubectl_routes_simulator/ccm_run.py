"""One running CCM process: what it was started with, what it remembers, what it reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from msgspec import Struct

from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.ccm_cloud import CcmCloud, Route
from kubectl_routes_simulator.ccm_nodes import CcmNode, read_node
from kubectl_routes_simulator.ccm_release import Release, rules_of
from kubectl_routes_simulator.ccm_setup import Setup
from kubectl_routes_simulator.identity import Policy
from kubectl_routes_simulator.kube_logs import Recorder
from kubectl_routes_simulator.kube_store import Object, Store, rfc3339
from kubectl_routes_simulator.vpc_store import VpcStore

_TAINT = "node.kubernetes.io/network-unavailable"
_CONDITIONS = {
    True: ("False", "RouteCreated", "RouteController created a route"),
    False: ("True", "NoRouteCreated", "RouteController failed to create a route"),
    None: ("True", "NoRouteCreated", "Node created without a route"),
}


class CcmContext(Struct, frozen=True):
    """What a CCM process finds around it. ``vpc_id`` is what the metadata service says; ``log``
    takes a line; ``clock`` gives epoch seconds; ``policy`` is what its RAM role may do (None:
    everything).
    """

    store: Store
    vpc: VpcStore
    vpc_id: str
    log: Callable[[str], None]
    clock: Callable[[], float]
    policy: Policy | None = None


class Run:
    """A CCM that has started. ``remembered`` holds the route of each node it has seen one of,
    ``requeued`` the nodes that the event reconcile must look at again.
    """

    def __init__(self, setup: Setup, around: CcmContext) -> None:
        self.setup = setup
        self.rules = rules_of(setup.release)
        self.config = setup.config()
        self.region = around.vpc.region
        self.vpc_id = self.config.vpc_id or around.vpc_id
        self.cloud = CcmCloud(around.vpc, self.vpc_id, self.rules, around.policy)
        self.remembered: dict[str, Route] = {}
        self.requeued: set[str] = set()
        self._around = around
        self._events = Recorder(around.store, around.clock, "route-controller")

    def table_ids(self) -> list[str]:
        """The tables listed, or else the only one of the VPC. Raises ValueError."""
        text = self.config.route_table_ids if self.rules.reads_list else ""
        if self.rules.trims_list:
            text = text.strip()
        if text and self.rules.is_v2:
            return text.split(",")
        if text:
            return [one.strip() for one in text.split(",")]
        try:
            found = self.cloud.table_ids()
        except CloudError as error:
            words = self.cloud.words(error)
            if self.rules.is_v2:
                vpc = self.config.vpc_id
                words = f"can not found route table by id[{vpc}], error: {words}"
            raise ValueError(words) from error
        if len(found) != 1:
            raise ValueError(self._not_one(found))
        return found

    def info(self, message: str) -> None:
        """A log line of level I."""
        self._line("I", message)

    def error(self, message: str) -> None:
        """A log line of level E."""
        self._line("E", message)

    def node_event(self, node: CcmNode, type_: str, reason: str, message: str) -> None:
        """An Event about a node; as upstream does, with the node's name in place of its uid."""
        about = {"kind": "Node", "name": node.name, "uid": node.name}
        self._events.record(about, type_, reason, message)

    def controller_event(self, message: str) -> None:
        """The Warning Event about the route controller itself, under a made-up object."""
        about = {"kind": "Event", "name": "route-controller", "apiVersion": "v1"}
        self._events.record(about, "Warning", "SyncRouteFailed", message)

    def mark(self, node: CcmNode, routed: bool | None) -> None:
        """Set NetworkUnavailable and its taint; ``routed`` None is the mark of a new node."""
        status, reason, message = _CONDITIONS[routed]
        if status == read_node(self._around.store.get("Node", "", node.name)).unavailable:
            return
        now = rfc3339(self._around.clock())
        condition = {
            "type": "NetworkUnavailable",
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        self._around.store.replace("Node", "", node.name, lambda value: _marked(value, condition))

    def _line(self, level: str, message: str) -> None:
        when = datetime.fromtimestamp(self._around.clock(), timezone.utc)
        source = "route_controller.go:100" if self.rules.is_v2 else "route_controller.go:160"
        self._around.log(f"{level}{when:%m%d %H:%M:%S.%f}       1 {source}] {message}")

    def _not_one(self, found: list[str]) -> str:
        if not self.rules.is_v2:
            return (
                "alicloud: multiple route table or no route table found in vpc "
                f"{self.vpc_id}, [[{' '.join(found)}]]"
            )
        prefix = "alicloud: " if self.setup.release < Release(2, 2) else ""
        vpc = self.config.vpc_id
        if not found:
            return f"{prefix}no route tables found by vpc id[{vpc}]"
        return f"{prefix}multiple route tables found by vpc id[{vpc}], length(tables)={len(found)}"


def _marked(node: Object, condition: dict[str, str]) -> Object:
    status = node.get("status", {})
    others = [one for one in status.get("conditions", ()) if one["type"] != condition["type"]]
    spec = node.get("spec", {})
    taints = [one for one in spec.get("taints", ()) if one["key"] != _TAINT]
    if condition["status"] == "True":
        taints.append({"key": _TAINT, "effect": "NoSchedule"})
    spec = {key: value for key, value in spec.items() if key != "taints"}
    if taints:
        spec["taints"] = taints
    return {**node, "spec": spec, "status": {**status, "conditions": [*others, condition]}}
