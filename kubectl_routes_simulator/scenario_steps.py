"""What happens in each scenario, made as it comes about in a real cluster: by an edit of an object,
by an entry made by hand, or, where CCM or the VPC API only says something, by the very words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from inspect import isfunction
from typing import Any

from msgspec.structs import replace

from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.infrastructure import Infrastructure
from kubectl_routes_simulator.kube_store import Object, rfc3339
from kubectl_routes_simulator.route_table import Entry, RouteTable, TableRecord, VpcRecord
from kubectl_routes_simulator.templates import filled

_TAINT = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}


def run_scenario(infra: Infrastructure) -> None:
    """Take the steps of the scenario."""
    for step in infra.scenario_spec.steps:
        for name, given in {step: {}}.items() if isinstance(step, str) else step.items():
            _STEPS[name](infra, **given)


def _more_tables(infra: Infrastructure) -> None:
    for _ in range(infra.tables_later):
        infra.add_table()


def _last_listed(infra: Infrastructure) -> str:
    return (infra.listed or "").rpartition(",")[2]


def _foreign_table(infra: Infrastructure) -> None:
    infra.vpc.add_vpc(VpcRecord("vpc-bp1another", "10.0.0.0/8", "vrt-bp1another"))
    infra.vpc.add_table(TableRecord(_last_listed(infra), "vpc-bp1another", "vrt-bp1another"))


def _gateway_table(infra: Infrastructure) -> None:
    router, table_id = infra.vpc.vpcs[infra.vpc_id].router_id, _last_listed(infra)
    record = TableRecord(table_id, infra.vpc_id, router, "ingress", associate_type="Gateway")
    infra.vpc.add_table(record)


def _edit_list(infra: Infrastructure) -> None:
    """All tables are listed, as they should be; but CCM has not been restarted since."""
    listed = ",".join(infra.table_ids)

    def edit(config_map: Object) -> None:
        text = config_map["data"]["cloud-config.conf"]
        new = text.replace(f'"{infra.table_ids[0]}"', f'"{listed}"')
        config_map["data"]["cloud-config.conf"] = new
        edited = {"manager": "kubectl-edit", "time": rfc3339(infra.vpc.clock())}
        config_map["metadata"]["managedFields"] = [edited]

    infra.kube.store.replace("ConfigMap", NAMESPACE, "cloud-config", edit)


def _remove_ccm(infra: Infrastructure) -> None:
    infra.kube.store.delete("DaemonSet", NAMESPACE, NAME)
    for pod in infra.kube.store.list("Pod", NAMESPACE):
        infra.kube.store.delete("Pod", NAMESPACE, pod["metadata"]["name"])


def _settle(infra: Infrastructure, times: int) -> None:
    """What fails is tried again so many times."""
    for _ in range(times):
        infra.rollout.settle()


def _install(infra: Infrastructure, edit: Callable[[Object], None]) -> None:
    """CCM has been installed so from the beginning."""
    infra.kube.store.replace("DaemonSet", NAMESPACE, NAME, edit)
    infra.rollout.replace_pods()
    infra.rollout.settle()


def _flag(infra: Infrastructure, name: str, value: str | None) -> None:
    """CCM's flag has another value, or is not there."""

    def edit(workload: Object) -> None:
        container = workload["spec"]["template"]["spec"]["containers"][0]
        kept = [word for word in container["command"] if not word.startswith(f"--{name}=")]
        container["command"] = kept if value is None else [*kept, f"--{name}={value}"]

    _install(infra, edit)


def _unmount(infra: Infrastructure) -> None:
    def edit(workload: Object) -> None:
        mounts = workload["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        mounts[:] = [mount for mount in mounts if mount["name"] != "cloud-config"]

    _install(infra, edit)


def _own_by_argo(infra: Infrastructure) -> None:
    entry = {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1"}
    _install(infra, lambda workload: workload["metadata"].update(managedFields=[entry]))


def _terway(infra: Infrastructure) -> None:
    flannel = infra.kube.store.get("DaemonSet", NAMESPACE, "kube-flannel-ds")
    infra.kube.store.delete("DaemonSet", NAMESPACE, "kube-flannel-ds")
    named = {**flannel["metadata"], "name": "terway-eniip"}
    infra.kube.store.put({**flannel, "metadata": named})


def _say_event(infra: Infrastructure, message: str) -> None:
    now = rfc3339(infra.vpc.clock())
    infra.kube.store.put(filled("pass event", message=message, now=now))


def _say_log(infra: Infrastructure, text: str, err: str = "") -> None:
    """A message in the log of CCM's first pod, an error as klog writes it."""
    now = datetime.fromtimestamp(infra.vpc.clock(), timezone.utc)
    line = f"E{now:%m%d %H:%M:%S.%f}       1 route_controller.go:100] {text}"
    pod = infra.kube.store.list("Pod", NAMESPACE)[0]["metadata"]["name"]
    infra.kube.logs.append(NAMESPACE, pod, NAME, f'{line} err="{err}"' if err else line)


def _condition(infra: Infrastructure, nodes: list[int], type: str, fields: Object) -> None:  # noqa: A002 the API's word
    """A condition of some nodes has other fields."""
    for number in nodes:
        infra.kube.store.replace(
            "Node", "", infra.nodes[number].name, lambda node: _set_condition(node, type, fields)
        )


def _set_condition(node: Object, type_: str, fields: Object) -> None:
    since = node["metadata"]["creationTimestamp"]
    conditions = node["status"]["conditions"]
    new = {"type": type_, "lastHeartbeatTime": since, "lastTransitionTime": since}
    old = next((known for known in conditions if known["type"] == type_), new)
    conditions[:] = [*(known for known in conditions if known is not old), {**old, **fields}]


def _taint_all(infra: Infrastructure) -> None:
    """The nodes joined while cloud routes were on, and carry the mark of it still."""
    message = "Node created without a route"
    fields = {"status": "True", "reason": "NoRouteCreated", "message": message}

    def edit(node: Object) -> None:
        _set_condition(node, "NetworkUnavailable", fields)
        node["spec"]["taints"] = [*node["spec"].get("taints", ()), _TAINT]

    for plan in infra.nodes:
        infra.kube.store.replace("Node", "", plan.name, edit)


def _last_node(
    infra: Infrastructure,
    spec: Object | None = None,
    labels: Object | None = None,
    addresses: list[Object] | None = None,
) -> None:
    """The last node is so, and was so when it joined."""
    plan = infra.nodes[-1]
    given = {
        key: value.format(region=plan.region, instance=plan.instance)
        if isinstance(value, str)
        else value
        for key, value in (spec or {}).items()
    }

    def edit(node: Object) -> None:
        node["spec"].update(given)
        node["metadata"]["labels"].update(labels or {})
        node["status"]["addresses"] = addresses or node["status"]["addresses"]

    infra.kube.store.replace("Node", "", plan.name, edit)


def _foreign_machine(infra: Infrastructure, name: str, provider: str) -> None:
    """A machine of another cloud, or of a data center, joins."""
    plan = infra.join(name)
    node = infra.kube.store.get("Node", "", plan.name)
    infra.kube.store.put({**node, "spec": {**node["spec"], "providerID": provider}})
    infra.vpc.remove_instance(plan.instance)


def _register_again(infra: Infrastructure) -> None:
    """The last node is deleted, and registered again at once with another podCIDR."""
    name = infra.nodes[-1].name
    infra.kube.store.delete("Node", "", name)
    infra.register(name)
    infra.ccm.event_pass()
    infra.ccm.periodic_pass()


def _fill_tables(infra: Infrastructure) -> None:
    """Hand-made entries leave room for two thirds of the nodes in each table."""
    for table_id in infra.table_ids:
        infra.fill(table_id, 2 * len(infra.nodes) // 3)


def _send(
    infra: Infrastructure, table: int, node: int, to: str = "stranger", half: bool = False
) -> None:
    """The pods of a node, or half, are sent to another instance, or to a network interface."""
    cidr = infra.nodes[node].pod_cidr.replace("/24", "/25" if half else "/24")
    interface = to.startswith("eni-")
    hop = to if interface else infra.instance(to)
    kind = "NetworkInterface" if interface else "Instance"
    infra.occupy(infra.table_ids[table], cidr, hop, kind)


def _peer_entry(infra: Infrastructure) -> None:
    """A peer's pods have a part of the range that no node has yet."""
    infra.occupy(infra.table_ids[0], "172.20.200.0/24", "pcc-bp1peer", "VpcPeer")


def _last_entry(infra: Infrastructure) -> tuple[RouteTable, Entry]:
    """The last node's entry in the system route table."""
    table = infra.vpc.table(infra.table_ids[0])
    entry = table.at_cidr(infra.nodes[-1].pod_cidr)
    assert entry is not None
    return table, entry


def _lose_route(infra: Infrastructure) -> None:
    table, entry = _last_entry(infra)
    table.remove(entry)


def _show_entry(infra: Infrastructure, status: str = "Available", enabled: int = 1) -> None:
    """The VPC shows the last node's entry otherwise: not done with it, or disabled."""
    table, entry = _last_entry(infra)
    table.remove(entry)
    hops = replace(entry.next_hops, next_hop=(replace(entry.hop, enabled=enabled),))
    table.add(replace(entry, status=status, next_hops=hops))


def _end_table(infra: Infrastructure) -> None:
    table = infra.vpc.table(infra.table_ids[-1])
    table.record = replace(table.record, status="Deleting")


# What scenarios.yaml calls them: the functions above without the underscore, and a few more.
_STEPS: dict[str, Callable[..., Any]] = {
    **{name[1:]: step for name, step in globals().items() if name[0] == "_" and isfunction(step)},
    "events": lambda infra: infra.ccm.event_pass(),
    "join": Infrastructure.join,
    "leave": Infrastructure.leave,
    "reconcile": lambda infra: infra.ccm.periodic_pass(),
    "start": Infrastructure.start_ccm,
}
