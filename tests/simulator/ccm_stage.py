"""A small stage for CCM: six nodes, three tables, any release, any list of tables."""

from __future__ import annotations

import json
from typing import Any

from kubectl_routes_simulator.ack_objects import NodePlan, ccm_daemon_set, cloud_config, node
from kubectl_routes_simulator.ccm_run import CcmContext
from kubectl_routes_simulator.ccm_setup import Setup, find_workload, setup_of
from kubectl_routes_simulator.controller import CloudControllerManager
from kubectl_routes_simulator.identity import Policy
from kubectl_routes_simulator.kube_store import Object, Store
from kubectl_routes_simulator.route_table import TableRecord, VpcRecord
from kubectl_routes_simulator.vpc_store import VpcStore

V0 = "v1.9.3.86-g4454991-aliyun"
NODES = 6
VPC = "vpc-1"
REGION = "cn-hangzhou"


def setup_in(store: Store, workload: Object) -> Setup:
    """What the workload's pod template and what it mounts amount to."""
    spec = workload["spec"]["template"]["spec"]
    return setup_of(store, {"metadata": workload["metadata"], "spec": spec})


class Stage:
    """``list_text`` None leaves routeTableIDs out; ``text`` replaces the whole cloud-config.

    Tables: ``a`` (System), ``b`` and ``c`` in the VPC, ``far`` in another one.
    """

    def __init__(
        self,
        tag: str = "v2.14.0",
        list_text: str | None = "a,b",
        *,
        text: str | None = None,
        tables: str = "abc",
        nodes: int = NODES,
        policy: Policy | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        self.now = 1_700_000_000.0
        self.store = Store(lambda: self.now)
        self.vpc = VpcStore(lambda: self.now, REGION)
        self.log: list[str] = []
        self.vpc.add_vpc(VpcRecord(VPC, "192.168.0.0/16", "vrt-1"))
        self.vpc.add_vpc(VpcRecord("vpc-2", "192.168.0.0/16", "vrt-2"))
        for table in tables:
            self.vpc.add_table(
                TableRecord(table, VPC, "vrt-1", type="System" if table == "a" else "Custom")
            )
        self.vpc.add_table(TableRecord("far", "vpc-2", "vrt-2", type="System"))
        for number in range(nodes):
            self.join(number)
        given = {} if list_text is None else {"routeTableIDs": list_text}
        self.configure(json.dumps({"Global": given}) if text is None else text)
        workload = ccm_daemon_set(tag, "172.20.0.0/16")
        container = workload["spec"]["template"]["spec"]["containers"][0]
        container["command"] += flags
        self.store.put(workload)
        self.ccm = CloudControllerManager(
            CcmContext(self.store, self.vpc, VPC, self.log.append, lambda: self.now, policy)
        )

    def start(self) -> str:
        """CCM starts with what is set up now; returns its last words when it exits at once."""
        workload = find_workload(self.store)
        assert workload is not None
        return self.ccm.start(setup_in(self.store, workload))

    def run(self, passes: str = "ep") -> Stage:
        """CCM starts, then does its passes: e for one of events, p for a periodic one."""
        assert self.start() == ""
        self.work(passes)
        return self

    def work(self, passes: str = "ep") -> None:
        """A CCM that has started does its passes."""
        for each in passes:
            (self.ccm.event_pass if each == "e" else self.ccm.periodic_pass)()

    def join(self, number: int, **change: Any) -> None:
        """Node ``n<number>`` with podCIDR 172.20.<number>.0/24 on instance i-<number>."""
        plan = NodePlan(
            name=f"n{number}",
            instance=f"i-{number}",
            region=REGION,
            zone="cn-hangzhou-h",
            ip=f"192.168.0.{number + 1}",
            pod_cidr=f"172.20.{number}.0/24",
        )
        value = node(plan)
        value["spec"].update(change.pop("spec", {}))
        value["metadata"].update(change)
        self.vpc.add_instance(plan.instance, VPC)
        self.store.put(value)

    def leave(self, number: int) -> None:
        """The node is gone; its instance is released."""
        self.store.delete("Node", "", f"n{number}")
        self.vpc.remove_instance(f"i-{number}")

    def configure(self, text: str) -> None:
        """Write the cloud-config."""
        self.store.put(cloud_config(text))

    def ready_unknown(self, number: int) -> None:
        """The kubelet of a node is not heard of any more."""

        def edit(value: dict[str, Any]) -> None:
            for condition in value["status"]["conditions"]:
                if condition["type"] == "Ready":
                    condition["status"] = "Unknown"

        self.store.replace("Node", "", f"n{number}", edit)

    def routes(self, table: str) -> dict[str, str]:
        """Destination to next hop of every custom entry."""
        return {
            one.destination_cidr_block: one.hop.next_hop_id
            for one in self.vpc.table(table).entries()
            if one.type == "Custom"
        }

    def counts(self) -> int:
        """Custom entries in all tables of the VPC."""
        return sum(len(self.routes(one.record.id)) for one in self.vpc.tables_of(VPC))

    def unavailable(self) -> dict[str, str]:
        """Status and reason of NetworkUnavailable by node, empty when it is absent."""
        found: dict[str, str] = {}
        for value in self.store.list("Node"):
            name = value["metadata"]["name"]
            found[name] = ""
            for one in value["status"]["conditions"]:
                if one["type"] == "NetworkUnavailable":
                    found[name] = one["status"]
        return found

    def events(self) -> set[tuple[str, str, str]]:
        """Kind and name of what each Event is about, and its reason."""
        return {
            (one["involvedObject"]["kind"], one["involvedObject"]["name"], one["reason"])
            for one in self.store.list("Event")
        }

    def messages(self, reason: str) -> list[str]:
        """The messages of the Events with that reason."""
        return [one["message"] for one in self.store.list("Event") if one["reason"] == reason]

    def logged(self, text: str) -> bool:
        """Whether any log line holds the text."""
        return any(text in line for line in self.log)
