"""What happens in each scenario, made as it comes about in a real cluster: by an edit of an object,
by an entry made by hand, or, where CCM or the VPC API only says something, by the very words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from msgspec.structs import replace

from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.infrastructure import Infrastructure
from kubectl_routes_simulator.kube_store import Object, rfc3339
from kubectl_routes_simulator.route_table import NextHop, TableRecord, VpcRecord

_CRASHES = 4
_ENI, _ENI_HOP = "NetworkInterface", "eni-bp1practice"
_TAINT = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}


def run_scenario(infra: Infrastructure) -> None:
    """Take the steps of the scenario."""
    _STEPS[infra.scenario_spec.steps](infra, **infra.scenario_spec.given)


def _start_ccm(infra: Infrastructure) -> None:
    infra.start_ccm()


def _a_node_joins(infra: Infrastructure) -> None:
    """CCM has had its periodic reconcile; what it does about a new node is up to its events."""
    infra.start_ccm()
    infra.join()
    infra.ccm.event_pass()


def _second_table(infra: Infrastructure) -> None:
    """All is well with one table; then the VPC gets others, and two nodes join."""
    infra.start_ccm()
    for _ in range(infra.tables_later):
        infra.add_table()
    infra.join()
    infra.join()
    infra.ccm.event_pass()
    infra.ccm.periodic_pass()


def _tables_are_there(infra: Infrastructure) -> None:
    """The VPC has several tables before CCM starts."""
    for _ in range(infra.tables_later):
        infra.add_table()
    infra.start_ccm()


def _foreign_table(infra: Infrastructure) -> None:
    infra.vpc.add_vpc(VpcRecord("vpc-bp1another", "10.0.0.0/8", "vrt-bp1another"))
    infra.vpc.add_table(TableRecord(_last_listed(infra), "vpc-bp1another", "vrt-bp1another"))
    infra.start_ccm()


def _gateway_table(infra: Infrastructure) -> None:
    router = infra.vpc.table(infra.table_ids[0]).record.router_id
    table_id = _last_listed(infra)
    infra.vpc.add_table(
        TableRecord(table_id, infra.vpc_id, router, "ingress", associate_type="Gateway")
    )
    infra.start_ccm()


def _last_listed(infra: Infrastructure) -> str:
    return (infra.listed or "").rpartition(",")[2]


def _edited_later(infra: Infrastructure) -> None:
    """All tables are listed, as they should be; but CCM has not been restarted since."""
    infra.start_ccm()
    listed = ",".join(infra.table_ids)

    def edit(config_map: Object) -> None:
        text = config_map["data"]["cloud-config.conf"]
        new = text.replace(f'"{infra.table_ids[0]}"', f'"{listed}"')
        config_map["data"]["cloud-config.conf"] = new
        edited = {"manager": "kubectl-edit", "time": rfc3339(infra.vpc.clock())}
        config_map["metadata"]["managedFields"] = [edited]

    infra.kube.store.replace("ConfigMap", NAMESPACE, "cloud-config", edit)


def _absent(infra: Infrastructure) -> None:
    """CCM is removed, and then a node joins."""
    infra.start_ccm()
    infra.kube.store.delete("DaemonSet", NAMESPACE, NAME)
    for pod in infra.kube.store.list("Pod", NAMESPACE):
        infra.kube.store.delete("Pod", NAMESPACE, pod["metadata"]["name"])
    infra.join()


def _crash_for_a_while(infra: Infrastructure) -> None:
    """CCM has been started again a few times already."""
    infra.start_ccm()
    for _ in range(_CRASHES):
        infra.rollout.settle()


def _installed(infra: Infrastructure, edit: Callable[[Object], None]) -> None:
    """CCM has been installed so from the beginning."""
    infra.kube.store.replace("DaemonSet", NAMESPACE, NAME, edit)
    infra.rollout.replace_pods()
    infra.rollout.settle()
    infra.start_ccm()


def _flag(infra: Infrastructure, name: str, value: str | None) -> None:
    """CCM's flag has another value, or is not there."""

    def edit(workload: Object) -> None:
        container = workload["spec"]["template"]["spec"]["containers"][0]
        kept = [word for word in container["command"] if not word.startswith(f"--{name}=")]
        container["command"] = kept if value is None else [*kept, f"--{name}={value}"]

    _installed(infra, edit)


def _unmounted(infra: Infrastructure) -> None:
    def edit(workload: Object) -> None:
        mounts = workload["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        mounts[:] = [one for one in mounts if one["name"] != "cloud-config"]

    _installed(infra, edit)


def _gitops(infra: Infrastructure) -> None:
    entry = {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1"}
    _installed(infra, lambda workload: workload["metadata"].update(managedFields=[entry]))


def _ram_denied(infra: Infrastructure) -> None:
    """The RAM role lacks the batch calls; the words are those of v2.11."""
    infra.start_ccm()
    _lose_route(infra)
    message = (
        "Reconciling route error: SDK.ServerError\nErrorCode: Forbidden.RAM\nRecommend: \n"
        "RequestId: 0C0FFEE0-0000-4000-8000-000000000002\n"
        "Message: User not authorized to operate on the specified resource."
    )
    _say_event(infra, message)
    _say_log(infra, f'"batch add routes failed, requeue all routes" err="{message}"')


def _throttled(infra: Infrastructure) -> None:
    infra.start_ccm()
    _say_log(
        infra,
        "Backoff creating route: SDK.ServerError ErrorCode: Throttling.User Recommend:"
        " RequestId: 0C0FFEE0-0000-4000-8000-000000000003 Message: Request was denied due to user"
        " flow control.",
    )


def _say_event(infra: Infrastructure, message: str) -> None:
    """An Event of a whole pass, on the object that does not exist."""
    now = rfc3339(infra.vpc.clock())
    infra.kube.store.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "route-controller.0000000000000001", "namespace": "default"},
            "involvedObject": {"kind": "Event", "name": "route-controller", "apiVersion": "v1"},
            "type": "Warning",
            "reason": "SyncRouteFailed",
            "message": message,
            "source": {"component": "route-controller"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 3,
        }
    )


def _say_log(infra: Infrastructure, message: str) -> None:
    """A message in the log of CCM's first pod, an error as klog writes it."""
    now = datetime.fromtimestamp(infra.vpc.clock(), timezone.utc)
    line = f"E{now:%m%d %H:%M:%S.%f}       1 route_controller.go:100] {message}"
    pod = infra.kube.store.list("Pod", NAMESPACE)[0]["metadata"]["name"]
    infra.kube.logs.append(NAMESPACE, pod, NAME, line)


def _terway(infra: Infrastructure) -> None:
    flannel = infra.kube.store.get("DaemonSet", NAMESPACE, "kube-flannel-ds")
    infra.kube.store.delete("DaemonSet", NAMESPACE, "kube-flannel-ds")
    named = {**flannel["metadata"], "name": "terway-eniip"}
    infra.kube.store.put({**flannel, "metadata": named})
    infra.start_ccm()


def _tainted_routes_off(infra: Infrastructure) -> None:
    """The nodes joined before cloud routes were switched off, and carry the mark of it still."""
    for plan in infra.nodes:
        infra.kube.store.replace("Node", "", plan.name, _unrouted)
    _flag(infra, "configure-cloud-routes", "false")


def _unrouted(node: Object) -> None:
    _set_condition(
        node,
        "NetworkUnavailable",
        status="True",
        reason="NoRouteCreated",
        message="Node created without a route",
    )
    node["spec"]["taints"] = [*node["spec"].get("taints", ()), _TAINT]


def _set_condition(node: Object, type_: str, **fields: str) -> None:
    since = node["metadata"]["creationTimestamp"]
    conditions = node["status"]["conditions"]
    new = {"type": type_, "lastHeartbeatTime": since, "lastTransitionTime": since}
    old = next((one for one in conditions if one["type"] == type_), new)
    conditions[:] = [*(one for one in conditions if one is not old), {**old, **fields}]


def _last_node(infra: Infrastructure, **given: Any) -> None:
    """The last node is so, and was so when it joined: other ``spec``, ``labels``, ``addresses``."""
    plan = infra.nodes[-1]
    spec: Object = given.get("spec", {})
    texts = {
        key: text.format(region=plan.region, instance=plan.instance)
        for key, text in spec.items()
        if isinstance(text, str)
    }

    def edit(node: Object) -> None:
        node["spec"].update(spec | texts)
        node["metadata"]["labels"].update(given.get("labels", {}))
        node["status"]["addresses"] = given.get("addresses", node["status"]["addresses"])

    infra.kube.store.replace("Node", "", plan.name, edit)
    infra.start_ccm()


def _of_other_providers(infra: Infrastructure) -> None:
    """A machine of another cloud and one of a data center join."""
    infra.start_ccm()
    for name, provider in (("hcloud-1", "hcloud://bm-123"), ("idc-1", "")):
        plan = infra.join(name)
        node = infra.kube.store.get("Node", "", plan.name)
        infra.kube.store.put({**node, "spec": {**node["spec"], "providerID": provider}})
        infra.vpc.remove_instance(plan.instance)
    infra.ccm.event_pass()


def _registered_again(infra: Infrastructure) -> None:
    """The last node was deleted, and registered again at once with another podCIDR."""
    infra.start_ccm()
    _register_again(infra)


def _register_again(infra: Infrastructure) -> None:
    name = infra.nodes[-1].name
    infra.kube.store.delete("Node", "", name)
    infra.register(name)
    infra.ccm.event_pass()
    infra.ccm.periodic_pass()


def _kubelet_down(infra: Infrastructure) -> None:
    """The last node's kubelet dies, and its entry is deleted by hand."""
    infra.start_ccm()

    def edit(node: Object) -> None:
        _set_condition(node, "Ready", status="Unknown", reason="NodeStatusUnknown")

    infra.kube.store.replace("Node", "", infra.nodes[-1].name, edit)
    _lose_route(infra)


def _stuck_taint(infra: Infrastructure) -> None:
    """The last node's condition was set by an older CCM, and is not cleared."""
    infra.start_ccm()
    _mark_unrouted(infra, infra.nodes[-1].name)


def _mark_unrouted(infra: Infrastructure, name: str) -> None:
    def edit(node: Object) -> None:
        _set_condition(node, "NetworkUnavailable", status="True", reason="NoRouteCreated")

    infra.kube.store.replace("Node", "", name, edit)


def _nearly_full(infra: Infrastructure) -> None:
    """Hand-made entries leave room for two thirds of the nodes in each table."""
    room = 2 * len(infra.nodes) // 3
    for table_id in infra.table_ids:
        infra.fill(table_id, room)
    infra.start_ccm()


def _hand_made_entries(infra: Infrastructure) -> None:
    infra.start_ccm()
    last = infra.table_ids[-1]
    stranger = infra.instance("stranger")
    infra.occupy(last, infra.nodes[-1].pod_cidr, stranger, "Instance")
    infra.occupy(infra.table_ids[0], infra.nodes[-2].pod_cidr, _ENI_HOP, _ENI)
    infra.occupy(last, infra.nodes[-3].pod_cidr.replace("/24", "/25"), _ENI_HOP, _ENI)


def _nodes_leave_unseen(infra: Infrastructure) -> None:
    """Two nodes are released while CCM is down."""
    infra.start_ccm()
    infra.leave()
    infra.leave()
    infra.start_ccm()


def _deleted_by_hand(infra: Infrastructure) -> None:
    infra.start_ccm()
    _lose_route(infra)


def _lose_route(infra: Infrastructure) -> None:
    """Take the last node's entry out of the system route table."""
    table = infra.vpc.table(infra.table_ids[0])
    entry = table.at_cidr(infra.nodes[-1].pod_cidr)
    if entry is not None:
        table.remove(entry)


def _slow_vpc(infra: Infrastructure) -> None:
    """The VPC has been told to delete an entry, and is not done yet."""
    infra.start_ccm()
    _show_entry(infra, status="Deleting")


def _disabled_hop(infra: Infrastructure) -> None:
    infra.start_ccm()
    _show_entry(infra, hop=NextHop(infra.nodes[-1].instance, "Instance", infra.region, enabled=0))


def _show_entry(
    infra: Infrastructure, status: str = "Available", hop: NextHop | None = None
) -> None:
    """Show the last node's entry in the system route table otherwise."""
    table = infra.vpc.table(infra.table_ids[0])
    entry = table.at_cidr(infra.nodes[-1].pod_cidr)
    assert entry is not None
    table.remove(entry)
    hops = entry.next_hops if hop is None else replace(entry.next_hops, next_hop=(hop,))
    table.add(replace(entry, status=status, next_hops=hops))


def _wrong_entry(infra: Infrastructure) -> None:
    """The last node's pods are sent to another instance, by hand."""
    infra.start_ccm()
    _send_elsewhere(infra, infra.nodes[-1].pod_cidr)


def _send_elsewhere(infra: Infrastructure, cidr: str) -> None:
    infra.occupy(infra.table_ids[0], cidr, infra.instance("stranger"), "Instance")


def _neglected(infra: Infrastructure) -> None:
    """Years without a look: nodes left and came back, an entry was changed by hand, a taint stayed,
    and the list does not hold the table that newer nodes use.
    """
    _nodes_leave_unseen(infra)
    _register_again(infra)
    _send_elsewhere(infra, infra.nodes[-2].pod_cidr)
    _mark_unrouted(infra, infra.nodes[0].name)


def _doomed_entry(infra: Infrastructure) -> None:
    """A part of the podCIDR of a node that does not report is sent to an appliance, by hand."""
    _kubelet_down(infra)
    half = infra.nodes[-1].pod_cidr.replace("/24", "/25")
    infra.occupy(infra.table_ids[1], half, infra.instance("appliance"), "Instance")


def _ending_table(infra: Infrastructure) -> None:
    infra.start_ccm()
    table = infra.vpc.table(infra.table_ids[-1])
    table.record = replace(table.record, status="Deleting")


def _shared_range(infra: Infrastructure) -> None:
    """A peer's pods have a part of the range that no node has yet."""
    infra.start_ccm()
    infra.occupy(infra.table_ids[0], "172.20.200.0/24", "pcc-bp1peer", "VpcPeer")


# What scenarios.yaml calls them: the names of the functions above without the underscore.
_STEPS: dict[str, Callable[..., None]] = {
    name.removeprefix("_"): value
    for name, value in globals().items()
    if callable(value) and getattr(value, "__module__", "") == __name__
}
