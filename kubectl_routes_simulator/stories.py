"""What happens in each scenario, made as it comes about in a real cluster: by an edit of an object,
by an entry made by hand, or, where CCM or the VPC API only says something, by the very words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from msgspec.structs import replace

from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.ground import Ground
from kubectl_routes_simulator.kube_store import Object, rfc3339
from kubectl_routes_simulator.route_table import NextHop, TableRecord, VpcRecord

_CRASHES = 4
_ENI, _ENI_HOP = "NetworkInterface", "eni-bp1practice"
_TAINT = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}


def tell(ground: Ground) -> None:
    """Let the story of the ground's scenario happen."""
    _STORIES[ground.blueprint.story](ground, **ground.blueprint.given)


def _play(ground: Ground) -> None:
    ground.play()


def _a_node_joins(ground: Ground) -> None:
    """CCM has had its periodic pass; what it does about a new node is up to its events."""
    ground.play()
    ground.join()
    ground.ccm.event_pass()


def _second_table(ground: Ground) -> None:
    """All is well with one table; then the VPC gets others, and two nodes join."""
    ground.play()
    for _ in range(ground.tables_later):
        ground.add_table()
    ground.join()
    ground.join()
    ground.ccm.event_pass()
    ground.ccm.periodic_pass()


def _tables_are_there(ground: Ground) -> None:
    """The VPC has several tables before CCM starts."""
    for _ in range(ground.tables_later):
        ground.add_table()
    ground.play()


def _foreign_table(ground: Ground) -> None:
    ground.vpc.add_vpc(VpcRecord("vpc-bp1another", "10.0.0.0/8", "vrt-bp1another"))
    ground.vpc.add_table(TableRecord(_last_listed(ground), "vpc-bp1another", "vrt-bp1another"))
    ground.play()


def _gateway_table(ground: Ground) -> None:
    router = ground.vpc.table(ground.table_ids[0]).record.router_id
    table_id = _last_listed(ground)
    ground.vpc.add_table(
        TableRecord(table_id, ground.vpc_id, router, "ingress", associate_type="Gateway")
    )
    ground.play()


def _last_listed(ground: Ground) -> str:
    return (ground.listed or "").rpartition(",")[2]


def _edited_later(ground: Ground) -> None:
    """All tables are listed, as they should be; but CCM has not been restarted since."""
    ground.play()
    listed = ",".join(ground.table_ids)

    def edit(config_map: Object) -> None:
        text = config_map["data"]["cloud-config.conf"]
        new = text.replace(f'"{ground.table_ids[0]}"', f'"{listed}"')
        config_map["data"]["cloud-config.conf"] = new
        edited = {"manager": "kubectl-edit", "time": rfc3339(ground.vpc.clock())}
        config_map["metadata"]["managedFields"] = [edited]

    ground.kube.store.replace("ConfigMap", NAMESPACE, "cloud-config", edit)


def _absent(ground: Ground) -> None:
    """CCM is removed, and then a node joins."""
    ground.play()
    ground.kube.store.delete("DaemonSet", NAMESPACE, NAME)
    for pod in ground.kube.store.list("Pod", NAMESPACE):
        ground.kube.store.delete("Pod", NAMESPACE, pod["metadata"]["name"])
    ground.join()


def _crash_for_a_while(ground: Ground) -> None:
    """CCM has been started again a few times already."""
    ground.play()
    for _ in range(_CRASHES):
        ground.rollout.settle()


def _installed(ground: Ground, edit: Callable[[Object], None]) -> None:
    """CCM has been installed so from the beginning."""
    ground.kube.store.replace("DaemonSet", NAMESPACE, NAME, edit)
    ground.rollout.replace_pods()
    ground.rollout.settle()
    ground.play()


def _flag(ground: Ground, name: str, value: str | None) -> None:
    """CCM's flag has another value, or is not there."""

    def edit(workload: Object) -> None:
        container = workload["spec"]["template"]["spec"]["containers"][0]
        kept = [word for word in container["command"] if not word.startswith(f"--{name}=")]
        container["command"] = kept if value is None else [*kept, f"--{name}={value}"]

    _installed(ground, edit)


def _unmounted(ground: Ground) -> None:
    def edit(workload: Object) -> None:
        mounts = workload["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        mounts[:] = [one for one in mounts if one["name"] != "cloud-config"]

    _installed(ground, edit)


def _gitops(ground: Ground) -> None:
    entry = {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1"}
    _installed(ground, lambda workload: workload["metadata"].update(managedFields=[entry]))


def _ram_denied(ground: Ground) -> None:
    """The RAM role lacks the batch calls; the words are those of v2.11."""
    ground.play()
    _lose_route(ground)
    message = (
        "Reconciling route error: SDK.ServerError\nErrorCode: Forbidden.RAM\nRecommend: \n"
        "RequestId: 0C0FFEE0-0000-4000-8000-000000000002\n"
        "Message: User not authorized to operate on the specified resource."
    )
    _say_event(ground, message)
    _say_log(ground, f'"batch add routes failed, requeue all routes" err="{message}"')


def _throttled(ground: Ground) -> None:
    ground.play()
    _say_log(
        ground,
        "Backoff creating route: SDK.ServerError ErrorCode: Throttling.User Recommend:"
        " RequestId: 0C0FFEE0-0000-4000-8000-000000000003 Message: Request was denied due to user"
        " flow control.",
    )


def _say_event(ground: Ground, message: str) -> None:
    """An Event of a whole pass, on the object that does not exist."""
    now = rfc3339(ground.vpc.clock())
    ground.kube.store.put(
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


def _say_log(ground: Ground, message: str) -> None:
    """A message in the log of CCM's first pod, an error as klog writes it."""
    now = datetime.fromtimestamp(ground.vpc.clock(), timezone.utc)
    line = f"E{now:%m%d %H:%M:%S.%f}       1 route_controller.go:100] {message}"
    pod = ground.kube.store.list("Pod", NAMESPACE)[0]["metadata"]["name"]
    ground.kube.logs.append(NAMESPACE, pod, NAME, line)


def _terway(ground: Ground) -> None:
    flannel = ground.kube.store.get("DaemonSet", NAMESPACE, "kube-flannel-ds")
    ground.kube.store.delete("DaemonSet", NAMESPACE, "kube-flannel-ds")
    named = {**flannel["metadata"], "name": "terway-eniip"}
    ground.kube.store.put({**flannel, "metadata": named})
    ground.play()


def _tainted_routes_off(ground: Ground) -> None:
    """The nodes joined before cloud routes were switched off, and carry the mark of it still."""
    for plan in ground.nodes:
        ground.kube.store.replace("Node", "", plan.name, _unrouted)
    _flag(ground, "configure-cloud-routes", "false")


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


def _last_node(ground: Ground, **given: Any) -> None:
    """The last node is so, and was so when it joined: other ``spec``, ``labels``, ``addresses``."""
    plan = ground.nodes[-1]
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

    ground.kube.store.replace("Node", "", plan.name, edit)
    ground.play()


def _of_other_providers(ground: Ground) -> None:
    """A machine of another cloud and one of a data center join."""
    ground.play()
    for name, provider in (("hcloud-1", "hcloud://bm-123"), ("idc-1", "")):
        plan = ground.join(name)
        node = ground.kube.store.get("Node", "", plan.name)
        ground.kube.store.put({**node, "spec": {**node["spec"], "providerID": provider}})
        ground.vpc.remove_instance(plan.instance)
    ground.ccm.event_pass()


def _registered_again(ground: Ground) -> None:
    """The last node was deleted, and registered again at once with another podCIDR."""
    ground.play()
    name = ground.nodes[-1].name
    ground.kube.store.delete("Node", "", name)
    ground.register(name)
    ground.ccm.event_pass()
    ground.ccm.periodic_pass()


def _kubelet_down(ground: Ground) -> None:
    """The last node's kubelet dies, and its entry is deleted by hand."""
    ground.play()

    def edit(node: Object) -> None:
        _set_condition(node, "Ready", status="Unknown", reason="NodeStatusUnknown")

    ground.kube.store.replace("Node", "", ground.nodes[-1].name, edit)
    _lose_route(ground)


def _stuck_taint(ground: Ground) -> None:
    """The last node's condition was set by an older CCM, and is not cleared."""
    ground.play()

    def edit(node: Object) -> None:
        _set_condition(node, "NetworkUnavailable", status="True", reason="NoRouteCreated")

    ground.kube.store.replace("Node", "", ground.nodes[-1].name, edit)


def _nearly_full(ground: Ground) -> None:
    """Hand-made entries leave room for two thirds of the nodes in each table."""
    room = 2 * len(ground.nodes) // 3
    for table_id in ground.table_ids:
        ground.fill(table_id, room)
    ground.play()


def _hand_made_entries(ground: Ground) -> None:
    ground.play()
    last = ground.table_ids[-1]
    stranger = ground.instance("stranger")
    ground.occupy(last, ground.nodes[-1].pod_cidr, stranger, "Instance")
    ground.occupy(ground.table_ids[0], ground.nodes[-2].pod_cidr, _ENI_HOP, _ENI)
    ground.occupy(last, ground.nodes[-3].pod_cidr.replace("/24", "/25"), _ENI_HOP, _ENI)


def _nodes_leave_unseen(ground: Ground) -> None:
    """Two nodes are released while CCM is down."""
    ground.play()
    ground.leave()
    ground.leave()
    ground.play()


def _deleted_by_hand(ground: Ground) -> None:
    ground.play()
    _lose_route(ground)


def _lose_route(ground: Ground) -> None:
    """Take the last node's entry out of the System table."""
    table = ground.vpc.table(ground.table_ids[0])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    if entry is not None:
        table.remove(entry)


def _slow_vpc(ground: Ground) -> None:
    """The VPC has been told to delete an entry, and is not done yet."""
    ground.play()
    _show_entry(ground, status="Deleting")


def _disabled_hop(ground: Ground) -> None:
    ground.play()
    _show_entry(
        ground, hop=NextHop(ground.nodes[-1].instance, "Instance", ground.region, enabled=0)
    )


def _show_entry(ground: Ground, status: str = "Available", hop: NextHop | None = None) -> None:
    """Show the last node's entry in the System table otherwise."""
    table = ground.vpc.table(ground.table_ids[0])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    assert entry is not None
    table.remove(entry)
    hops = entry.next_hops if hop is None else replace(entry.next_hops, next_hop=(hop,))
    table.add(replace(entry, status=status, next_hops=hops))


def _wrong_entry(ground: Ground) -> None:
    """The last node's pods are sent to another instance, by hand."""
    ground.play()
    stranger = ground.instance("stranger")
    ground.occupy(ground.table_ids[0], ground.nodes[-1].pod_cidr, stranger, "Instance")


def _doomed_entry(ground: Ground) -> None:
    """A part of the podCIDR of a node that does not report is sent to an appliance, by hand."""
    _kubelet_down(ground)
    half = ground.nodes[-1].pod_cidr.replace("/24", "/25")
    ground.occupy(ground.table_ids[1], half, ground.instance("appliance"), "Instance")


def _ending_table(ground: Ground) -> None:
    ground.play()
    table = ground.vpc.table(ground.table_ids[-1])
    table.record = replace(table.record, status="Deleting")


def _shared_range(ground: Ground) -> None:
    """A peer's pods have a part of the range that no node has yet."""
    ground.play()
    ground.occupy(ground.table_ids[0], "172.20.200.0/24", "pcc-bp1peer", "VpcPeer")


# What scenarios.yaml calls them: the names of the functions above without the underscore.
_STORIES: dict[str, Callable[..., None]] = {
    name.removeprefix("_"): value
    for name, value in globals().items()
    if callable(value) and getattr(value, "__module__", "") == __name__
}
