"""The ends of a trace: whose address it is, and which route table decides for what it sends."""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.analyze.placement import place
from kubectl_routes.ccm.assessment import Assessment
from kubectl_routes.ccm.nodes import Served
from kubectl_routes.model.command import command
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.networks import Index, Networks, address, first_ipv4, host
from kubectl_routes.model.path import AddressScope, EndKind, Endpoint, EndpointArg, TableRef
from kubectl_routes.model.pods import Pod
from kubectl_routes.model.snapshot import PART_ASKED_PODS, PART_NODES, Snapshot

_FINISHED = ("Succeeded", "Failed")
_NO_IPV6 = message("routes for IPv6 are not covered: CCM writes IPv4 routes only")


class Locator:
    """Finds ends in one Snapshot. Everything is looked up by longest prefix, as a router would."""

    def __init__(self, snapshot: Snapshot, ccm: Assessment, networks: Networks) -> None:
        self._snapshot = snapshot
        self._networks = networks
        self._served = {one.node.name: one for one in ccm.served}
        self._by_address = {
            ip: one
            for one in reversed(ccm.served)
            for text in one.node.internal_ips
            if (ip := address(text)) is not None
        }
        self._pod_cidrs = Index((one.network, one) for one in ccm.served if one.network)
        self._tables = {
            table.id: TableRef(table.id, table.name, table.type) for table in ccm.vpc_tables
        }
        self._placement = place(ccm.served, snapshot.v_switches, ccm.vpc_tables, networks)

    def locate(self, asked: EndpointArg) -> Endpoint:
        """The end that was asked for.

        What could not be read leaves its realm UNKNOWN, or its table None. Raises UsageError for
        what does not exist, has no address, or is not routed by tables.
        """
        if asked.kind is EndKind.POD:
            return self._pod(asked)
        return self._node(asked) if asked.kind is EndKind.NODE else self._address(asked)

    def _pod(self, asked: EndpointArg) -> Endpoint:
        namespace, _, short = asked.name.partition("/")
        gap = self._snapshot.gap(f"{PART_ASKED_PODS}{asked.name}")
        if gap is not None:
            return _unread(asked, message("the pod could not be read: {reason}", reason=gap.reason))
        if asked.name not in self._snapshot.pods:
            raise UsageError(
                message(
                    "the snapshot file does not hold pod {name}: it is written without pods",
                    name=asked.name,
                ),
                message("name the pod's node, or the address that kubectl get pods -o wide shows"),
            )
        found = self._snapshot.pods[asked.name]
        values = {"namespace": namespace, "name": short}
        if not found:
            lists = command("kubectl get pods -n {namespace}", values)
            raise UsageError(message("pod {name} not found", name=asked.name), lists or "")
        why = message(
            "{command} shows why",
            command=command("kubectl describe pod/{name} -n {namespace}", values)
            or "kubectl describe",
        )
        pod, name = found[0], asked.name
        finished = message("pod {name} has finished ({phase})", name=name, phase=pod.phase)
        waits = message("pod {name} is not scheduled to a node yet", name=name)
        starts = message("pod {name} has no address yet ({phase})", name=name, phase=pod.phase)
        refused = (
            (pod.phase in _FINISHED, finished, message("it sends nothing")),
            (not pod.node, waits, why),
            (not pod.ips, starts, why),
        )
        for applies, reason, hint in refused:
            if applies:
                raise UsageError(reason, hint)
        return self._pod_end(asked, pod)

    def _pod_end(self, asked: EndpointArg, pod: Pod) -> Endpoint:
        """A pod that is on a node and has addresses."""
        ip, name = first_ipv4(pod.ips), f"{pod.namespace}/{pod.name}"
        if not ip:
            raise UsageError(
                message("pod {name} has the address {ips} only", name=name, ips=pod.ips[0]),
                _NO_IPV6,
            )
        end = Endpoint(
            asked.kind, asked.name, AddressScope.POD, ip, name, pod.host_network, pod.node
        )
        one = self._served.get(pod.node)
        if one is None:
            gap = self._nodes_gap()
            lost = gap or message("node {node} is not in the cluster any more", node=pod.node)
            node = pod.node if gap else ""
            return structs.replace(end, scope=AddressScope.UNKNOWN, node=node, lost=lost)
        if pod.host_network:
            return self._on_node(structs.replace(end, scope=AddressScope.NODE), one)
        # Of Flannel a pod's address is in the podCIDR, of Terway in a vSwitch.
        v_switch = self._v_switch(ip)
        covered = one.network is not None and one.network.holds(host(ip))
        if v_switch and (not covered or self._snapshot.cluster.cni == "terway"):
            note = message(
                "its address is one of vSwitch {v_switch}, not of a podCIDR, as Terway gives them",
                v_switch=v_switch,
            )
            end = structs.replace(end, scope=AddressScope.V_SWITCH, notes=(note,))
            return self._on_node(end, one, v_switch)
        if not covered:
            where = message("any podCIDR")
            if one.network:
                where = message("the podCIDR {network} of its node", network=str(one.network))
            note = message(
                "its address is outside {where}: the route that CCM creates does not cover it",
                where=where,
            )
            end = structs.replace(end, notes=(note,))
        return self._on_node(end, one)

    def _node(self, asked: EndpointArg) -> Endpoint:
        unread = self._nodes_gap()
        if unread:
            return _unread(asked, unread)
        one = self._served.get(asked.name)
        if one is None:
            raise UsageError(
                message("node {name} not found", name=asked.name),
                message("kubectl get nodes lists them; a pod is written NAMESPACE/NAME"),
            )
        ip = first_ipv4(one.node.internal_ips)
        lost = message("node {name} shows no IPv4 InternalIP", name=asked.name)
        end = Endpoint(asked.kind, asked.name, AddressScope.NODE, ip)
        return self._on_node(end if ip else _unread(asked, lost), one)

    def _address(self, asked: EndpointArg) -> Endpoint:
        unread = self._nodes_gap()
        if unread:
            return structs.replace(_unread(asked, unread), address=asked.name)
        end = Endpoint(asked.kind, asked.name, AddressScope.OUTSIDE, asked.name)
        node = self._by_address.get(host(asked.name).first)
        if node is not None:
            return self._on_node(structs.replace(end, scope=AddressScope.NODE), node)
        pods = self._snapshot.pods.get(asked.name)
        own = [one for one in pods or () if not one.host_network and one.phase not in _FINISHED]
        if own:
            return self._pod_end(asked, own[0])
        ranges = self._pod_cidrs.containing(host(asked.name))
        v_switch = self._v_switch(asked.name)
        if not ranges or (v_switch and self._snapshot.cluster.cni == "terway"):
            return self._elsewhere(end, v_switch)
        notes = [message("no pod has this address now")] if pods is not None else []
        notes += [
            message(
                "it is in the podCIDR {network} of node {node} too (RT208)",
                network=str(one.network),
                node=one.node.name,
            )
            for one in ranges[1:]
        ]
        end = structs.replace(end, scope=AddressScope.POD, notes=tuple(notes))
        return self._on_node(end, ranges[0])

    def _elsewhere(self, end: Endpoint, v_switch: str) -> Endpoint:
        """An address that neither a node nor a podCIDR has."""
        cluster, vpc, ip = self._snapshot.cluster, self._snapshot.vpc, end.address
        if v_switch:
            return self._in_v_switch(structs.replace(end, scope=AddressScope.V_SWITCH), v_switch)
        if self._holds(cluster.service_cidr, ip):
            raise UsageError(
                message(
                    "{address} is the address of a Service ({service_cidr}): each node sends"
                    " its packets on to a pod, no route table knows it",
                    address=ip,
                    service_cidr=cluster.service_cidr,
                ),
                message("name a pod behind the Service: kubectl get endpointslices shows them"),
            )
        if self._holds(cluster.cluster_cidr, ip):
            scope = AddressScope.UNASSIGNED
            lost = message("no node has {address} in its podCIDR", address=ip)
        elif vpc is None or not self._placement.known:
            scope = AddressScope.UNKNOWN
            lost = message("whether {address} is in the VPC could not be read", address=ip)
        elif any(self._holds(cidr, ip) for cidr in (vpc.cidr, *vpc.secondary_cidrs)):
            scope = AddressScope.VPC
            lost = message("{address} is in the VPC, but in none of its vSwitches", address=ip)
        else:
            scope = AddressScope.OUTSIDE
            lost = message("{address} is outside the VPC", address=ip)
        return structs.replace(end, scope=scope, lost=lost)

    def _on_node(self, end: Endpoint, one: Served, v_switch: str = "") -> Endpoint:
        """The end with its node, whose vSwitch and table decide for what is sent; ``v_switch``: the
        end has one of its own.
        """
        end = structs.replace(
            end,
            node=one.node.name,
            instance=one.instance,
            pod_cidr=str(one.network) if one.network else "",
        )
        v_switch = v_switch or self._placement.v_switch.get(one.node.name, "")
        if v_switch:
            return self._in_v_switch(end, v_switch)
        lost = message("the vSwitches could not be read")
        if self._placement.known:
            lost = message(
                "the address of node {node} is in no vSwitch of the VPC (RT209)", node=end.node
            )
        return structs.replace(end, lost=end.lost or lost)

    def _in_v_switch(self, end: Endpoint, v_switch: str) -> Endpoint:
        table_id = self._placement.table_of[v_switch]
        table = self._tables.get(table_id)
        lost = message("which route table vSwitch {v_switch} uses is not known", v_switch=v_switch)
        if table_id:
            lost = message(
                "the route table {table_id} of vSwitch {v_switch} could not be read",
                table_id=table_id,
                v_switch=v_switch,
            )
        return structs.replace(end, v_switch=v_switch, table=table, lost="" if table else lost)

    def _v_switch(self, ip: str) -> str:
        return next(iter(self._placement.v_switches.containing(host(ip))), "")

    def _holds(self, cidrs: str, ip: str) -> bool:
        network = self._networks.of_list(cidrs)
        return network is not None and network.holds(host(ip))

    def _nodes_gap(self) -> str:
        gap = self._snapshot.gap(PART_NODES)
        return message("the nodes could not be read: {reason}", reason=gap.reason) if gap else ""


def _unread(asked: EndpointArg, lost: str) -> Endpoint:
    return Endpoint(asked.kind, asked.name, AddressScope.UNKNOWN, lost=lost)
