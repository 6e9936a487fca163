"""Lays out a scenario: VPC, nodes, workloads; and lets CCM loose on them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from ipaddress import IPv4Network
from itertools import islice

from msgspec.structs import replace

from kubectl_routes_simulator import ack_objects as ack
from kubectl_routes_simulator.ack_objects import NodePlan, node, workload_pods
from kubectl_routes_simulator.ccm_release import release_of_image
from kubectl_routes_simulator.ccm_run import CcmContext
from kubectl_routes_simulator.ccm_setup import NAMESPACE, Setup
from kubectl_routes_simulator.controller import CloudControllerManager
from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_admission import defaulted
from kubectl_routes_simulator.rollout import Rollout
from kubectl_routes_simulator.route_table import NextHop, TableRecord, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.scenarios import ScenarioSpec, Size
from kubectl_routes_simulator.templates import filled
from kubectl_routes_simulator.vpc_store import VpcStore

# A secret of no account, as cloud-config carries one: it must never be seen in any output.
CANARY_SECRET = base64.b64encode(b"canary-of-the-simulated-cluster").decode()
_CANARY_KEY_ID = base64.b64encode(b"LTAI5tCanaryOfPractice").decode()

_INSTALLED = {
    "today": ack.ccm_daemon_set,
    "how-to": ack.appendix,
    "before the how-to": ack.before_how_to,
}
_ZONES = ("h", "i", "j")
_MASTERS = 3
_VPC_CIDR = IPv4Network("192.168.0.0/16")
# Addresses of some other network, which hand-made entries lead to.
_ELSEWHERE = IPv4Network("172.28.0.0/14")
# A larger cluster has no pods but CCM's: they take time to make.
_MOST_NODES_WITH_PODS = 100


class Infrastructure:
    """What the steps of a scenario work on: ``nodes`` are the plans of the nodes in the order in
    which they joined, ``table_ids`` the VPC's tables, the system one first.
    """

    def __init__(
        self,
        scenario_spec: ScenarioSpec,
        size: Size,
        kube: KubeSimulator,
        clock: Callable[[], float],
        *,
        pace: float = 1.0,
        period: float | None = None,
    ) -> None:
        self.scenario_spec = scenario_spec
        self.kube = kube
        self.vpc = VpcStore(clock)
        self.region = self.vpc.region
        self.vpc_id = self._id("vpc", "practice")
        self.cluster_cidr = size.cluster_cidr
        self.nodes: list[NodePlan] = []
        self.table_ids: list[str] = []
        # A scenario without a list starts with one table; its steps may add the others.
        self.tables_later = size.tables - 1 if scenario_spec.listed is None else 0
        # What the list is made of; of a managed cluster it can be changed from outside.
        self.listed = scenario_spec.listed
        self._joined = 0
        self._nat = NextHop(self._id("ngw", "practice"), "NatGateway", self.region)
        around = CcmContext(kube.store, self.vpc, self.vpc_id, lambda _: None, clock)
        self.rollout = Rollout(kube, around, pace, period)
        self._create_vpc(size)
        self._create_cluster(size)

    @property
    def ccm(self) -> CloudControllerManager:
        """The CCM that leads; one that does nothing while none runs."""
        return self.rollout.ccm

    def start_ccm(self) -> None:
        """CCM starts, sees every node, and does one periodic reconcile."""
        self.restart()
        self.ccm.periodic_pass()

    def restart(self) -> None:
        """CCM restarts with what is set up now, forgets all it knew, and sees every node."""
        if self.scenario_spec.managed:
            self.rollout.start_outside(self._outside_setup())
        else:
            self.rollout.restart(ack.CREATED)

    def add_table(self) -> str:
        """Another custom table, which one vSwitch uses from now on; returns its id."""
        table_id = self._create_table()
        number = len(self.table_ids) - 1
        switches = list(self.vpc.v_switches)
        for switch in self.vpc.v_switches.values():
            self.vpc.plant_local(table_id, switch.cidr)
        self.vpc.bind(switches[number % len(switches)], table_id)
        return table_id

    def join(self, name: str = "") -> NodePlan:
        """A node joins, with the next free podCIDR and an address in the next vSwitch."""
        number = self._joined
        switches = list(self.vpc.v_switches.values())
        switch = switches[number % len(switches)]
        ip = str(IPv4Network(switch.cidr)[10 + number // len(switches)])
        plan = NodePlan(
            name=name or f"{self.region}.{ip}",
            instance=self.instance(f"node {number}", ip),
            region=self.region,
            zone=switch.zone,
            ip=ip,
            pod_cidr=self.next_pod_cidr(),
            master=number < _MASTERS and not self.scenario_spec.managed,
        )
        self.nodes.append(plan)
        self.kube.store.put(node(plan, self.scenario_spec.backend))
        return plan

    def next_pod_cidr(self) -> str:
        """The next range of 256 addresses that no node has had."""
        number = self._joined
        self._joined += 1
        return f"{IPv4Network(self.cluster_cidr).network_address + 256 * number}/24"

    def register(self, name: str) -> NodePlan:
        """A deleted node registers again: same instance and address, the next free podCIDR."""
        place = next(index for index, plan in enumerate(self.nodes) if plan.name == name)
        plan = replace(self.nodes[place], pod_cidr=self.next_pod_cidr())
        self.nodes[place] = plan
        self.kube.store.put(node(plan, self.scenario_spec.backend))
        return plan

    def leave(self) -> NodePlan:
        """The node that joined last is gone, and its instance released."""
        plan = self.nodes.pop()
        self.kube.store.delete("Node", "", plan.name)
        for pod in self.kube.store.list("Pod"):
            if pod["spec"].get("nodeName") == plan.name:
                self.kube.store.delete("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
        self.vpc.remove_instance(plan.instance)
        return plan

    def instance(self, what_for: str, address: str = "") -> str:
        """The id of an ECS instance in the VPC, with that private address."""
        instance_id = self._id("i", what_for)
        self.vpc.add_instance(instance_id, self.vpc_id, address)
        return instance_id

    def occupy(self, table_id: str, cidr: str, hop: str, hop_type: str) -> None:
        """Put an entry into a table, in place of one that is there."""
        table = self.vpc.table(table_id)
        there = table.at_cidr(cidr)
        if there is not None:
            table.remove(there)
        self.vpc.plant(table_id, cidr, NextHop(hop, hop_type, self.region))

    def fill(self, table_id: str, room: int) -> None:
        """Put in entries to the NAT gateway until there is only so much room left."""
        table = self.vpc.table(table_id)
        wanted = table.record.quota - table.custom - room
        for cidr in islice(_ELSEWHERE.subnets(new_prefix=24), max(0, wanted)):
            self.vpc.plant(table_id, str(cidr), self._nat)

    def _create_vpc(self, size: Size) -> None:
        self.vpc.add_vpc(VpcRecord(self.vpc_id, str(_VPC_CIDR), self._id("vrt", "practice")))
        for _ in range(size.tables - self.tables_later):
            self._create_table()
        count = max(len(_ZONES), size.tables)
        ranges = _VPC_CIDR.subnets(new_prefix=size.switch_prefix(count))
        for number, cidr in zip(range(count), ranges, strict=False):
            self.vpc.add_v_switch(
                VSwitchRecord(
                    id=self._id("vsw", f"vswitch {number}"),
                    vpc_id=self.vpc_id,
                    cidr=str(cidr),
                    zone=f"{self.region}-{_ZONES[number % len(_ZONES)]}",
                    table_id=self.table_ids[number % len(self.table_ids)],
                )
            )
        self.vpc.plant(self.table_ids[0], "0.0.0.0/0", self._nat)

    def _create_table(self) -> str:
        number = len(self.table_ids)
        table_id = self._id("vtb", f"table {number}")
        self.vpc.add_table(
            TableRecord(
                id=table_id,
                vpc_id=self.vpc_id,
                router_id=self._id("vrt", "practice"),
                name=f"workers-{number}" if number else "",
                type="Custom" if number else "System",
                quota=self.scenario_spec.quota,
            )
        )
        self.vpc.plant_local(table_id, "100.64.0.0/10")
        self.table_ids.append(table_id)
        return table_id

    def _create_cluster(self, size: Size) -> None:
        put = self.kube.store.put
        for name in ("default", NAMESPACE):
            put(filled("namespace", name=name))
        zones = [(switch.id, switch.zone) for switch in self.vpc.v_switches.values()]
        managed, backend = self.scenario_spec.managed, self.scenario_spec.backend
        left_out = {
            "kube-proxy-master" if managed else "",
            "" if self.scenario_spec.acks_own else ack.PROFILE,
        }
        for each in ack.cluster_config_maps(self.cluster_cidr, self.vpc_id, zones, backend):
            if each["metadata"]["name"] not in left_out:
                put(each)
        self.rollout.leave_alone(filled("flannel", nodes=size.nodes))
        for _ in range(size.nodes):
            self.join()
        if size.nodes <= _MOST_NODES_WITH_PODS:
            for pod in workload_pods(plan for plan in self.nodes if not plan.master):
                put(pod)
        if managed:
            return
        if self.scenario_spec.layout != "before the how-to":
            put(ack.cloud_config(self._cloud_config()))
        # As a server keeps it, which has filled in what the manifest leaves out.
        workload = _INSTALLED[self.scenario_spec.layout](self.scenario_spec.tag, self.cluster_cidr)
        if self.scenario_spec.on_delete:
            workload["spec"]["updateStrategy"] = {"type": "OnDelete"}
        self.rollout.create_running(defaulted(workload), ack.CREATED)

    def route_table_list(self) -> str | None:
        """The list of tables that CCM is given, None without one."""
        if self.listed is None:
            return None
        joined = {"all": ",".join(self.table_ids), "spaced": ", ".join(self.table_ids)}
        return self.listed.format(*self.table_ids, **joined)

    def _cloud_config(self) -> str:
        listed = self.route_table_list()
        if self.scenario_spec.config:
            return self.scenario_spec.config % (listed or "")
        section = {
            "accessKeyID": _CANARY_KEY_ID,
            "accessKeySecret": CANARY_SECRET,
            "region": self.region,
        }
        if self.scenario_spec.acks_own:
            section["vpcid"] = self.vpc_id
        if listed is not None:
            section["routeTableIDs"] = listed
        return json.dumps({"Global": section}, indent=4)

    def _outside_setup(self) -> Setup:
        """How CCM is set up where it runs outside the cluster."""
        words = ack.ccm_command(self.scenario_spec.tag, self.cluster_cidr)[1:]
        pairs = (word.lstrip("-").partition("=") for word in words)
        return Setup(
            release=release_of_image(ack.ccm_image(self.scenario_spec.tag)),
            flags={name: value for name, _, value in pairs},
            config_text=self._cloud_config(),
        )

    def _id(self, kind: str, what: str) -> str:
        digest = hashlib.sha256(f"{kind} {what}".encode()).hexdigest()
        return f"{kind}-bp1{digest[:17]}"
