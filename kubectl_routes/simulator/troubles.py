"""Troubles that the practice cluster can have: one for each finding that no other scenario shows.

Each is made as it comes about in a real cluster: by an edit of an object, by an entry made by hand,
or, where CCM or the VPC API only says something, by the very words that they say it in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes.simulator.ccm_setup import NAME
from kubectl_routes.simulator.ccm_setup import NAMESPACE
from kubectl_routes.simulator.kube_store import rfc3339
from kubectl_routes.simulator.vpc_records import NextHop
from kubectl_routes.simulator.vpc_records import TableRecord
from kubectl_routes.simulator.vpc_records import VpcRecord

if TYPE_CHECKING:
    from kubectl_routes.simulator.ground import Ground

Object = dict[str, Any]
Story = Callable[["Ground"], None]

FOREIGN_TABLE = "vtb-bp1ofanothervpc00000"
GATEWAY_TABLE = "vtb-bp1ofagateway0000000"


class Trouble(Struct, frozen=True):
    """A scenario; ``changes`` are the fields of its blueprint that differ from the usual ones."""

    name: str
    description: str
    story: Story
    changes: dict[str, Any] = {}


def _flag(name: str, value: str | None) -> Callable[[Object], None]:
    """Give CCM's flag another value, or take it away."""

    def edit(workload: Object) -> None:
        container = workload["spec"]["template"]["spec"]["containers"][0]
        kept = [word for word in container["command"] if not word.startswith(f"--{name}=")]
        container["command"] = kept if value is None else [*kept, f"--{name}={value}"]

    return edit


def _on_workload(edit: Callable[[Object], None]) -> Story:
    """CCM has been installed so from the beginning."""

    def story(ground: Ground) -> None:
        ground.kube.store.replace("DaemonSet", NAMESPACE, NAME, edit)
        ground.play()

    return story


def _on_last_node(edit: Callable[[Object], None]) -> Story:
    """The last node is so, and was so when it joined."""

    def story(ground: Ground) -> None:
        ground.kube.store.replace("Node", "", ground.nodes[-1].name, edit)
        ground.play()

    return story


def _spec(**fields: Any) -> Callable[[Object], None]:
    return lambda node: node["spec"].update(fields)


def _provider(text: str) -> Callable[[Object], None]:
    """Another providerID; ``{}`` stands for the one there was."""

    def edit(node: Object) -> None:
        node["spec"]["providerID"] = text.format(node["spec"]["providerID"])

    return edit


def _excluded(node: Object) -> None:
    node["metadata"]["labels"]["service.beta.kubernetes.io/exclude-node"] = "false"


def _gone_quiet(ground: Ground) -> None:
    """The last node's kubelet dies, and its entries are lost to somebody's hand."""
    ground.play()
    plan = ground.nodes[-1]

    def edit(node: Object) -> None:
        ready = next(one for one in node["status"]["conditions"] if one["type"] == "Ready")
        ready.update(status="Unknown", reason="NodeStatusUnknown")

    ground.kube.store.replace("Node", "", plan.name, edit)
    _forget(ground, 0)


def _tainted(ground: Ground) -> None:
    """The last node's condition was set by an older CCM, and nobody clears it."""
    ground.play()

    def edit(node: Object) -> None:
        conditions = node["status"]["conditions"]
        one = next(one for one in conditions if one["type"] == "NetworkUnavailable")
        one.update(status="True", reason="NoRouteCreated")

    ground.kube.store.replace("Node", "", ground.nodes[-1].name, edit)


def _astray(ground: Ground) -> None:
    """The last node has an address of another VPC."""
    address = {"type": "InternalIP", "address": "10.99.0.9"}
    name = ground.nodes[-1].name

    def edit(node: Object) -> None:
        node["status"]["addresses"] = [address]

    ground.kube.store.replace("Node", "", name, edit)
    ground.play()


def _foreign_table(ground: Ground) -> None:
    ground.vpc.add_vpc(VpcRecord("vpc-bp1another", "10.0.0.0/8", "vrt-bp1another"))
    ground.vpc.add_table(TableRecord(FOREIGN_TABLE, "vpc-bp1another", "vrt-bp1another"))
    ground.play()


def _gateway_table(ground: Ground) -> None:
    router = ground.vpc.table(ground.table_ids[0]).record.router_id
    ground.vpc.add_table(
        TableRecord(GATEWAY_TABLE, ground.vpc_id, router, "ingress", associate_type="Gateway")
    )
    ground.play()


def _edited_later(ground: Ground) -> None:
    """All tables are listed, as they should be; but CCM has not been started anew since."""
    ground.play()
    listed = ",".join(ground.table_ids)

    def edit(config_map: Object) -> None:
        text = config_map["data"]["cloud-config.conf"]
        new = text.replace(f'"{ground.table_ids[0]}"', f'"{listed}"')
        config_map["data"]["cloud-config.conf"] = new
        edited = {"manager": "kubectl-edit", "time": rfc3339(ground.vpc.clock())}
        config_map["metadata"]["managedFields"] = [edited]

    ground.kube.store.replace("ConfigMap", NAMESPACE, "cloud-config", edit)


def _unmounted(workload: Object) -> None:
    mounts = workload["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    mounts[:] = [one for one in mounts if one["name"] != "cloud-config"]


def _as_it_is(ground: Ground) -> None:
    ground.play()


def _wrong_entry(ground: Ground) -> None:
    """Somebody has sent the last node's pods to another instance."""
    ground.play()
    stranger = ground.instance("stranger")
    ground.occupy(ground.table_ids[0], ground.nodes[-1].pod_cidr, stranger, "Instance")


def _absent(ground: Ground) -> None:
    """CCM is removed, and then a node joins."""
    ground.play()
    ground.kube.store.delete("DaemonSet", NAMESPACE, NAME)
    for pod in ground.kube.store.list("Pod", NAMESPACE):
        ground.kube.store.delete("Pod", NAMESPACE, pod["metadata"]["name"])
    ground.join()


def _terway(ground: Ground) -> None:
    flannel = ground.kube.store.get("DaemonSet", NAMESPACE, "kube-flannel-ds")
    ground.kube.store.delete("DaemonSet", NAMESPACE, "kube-flannel-ds")
    named = {**flannel["metadata"], "name": "terway-eniip"}
    ground.kube.store.put({**flannel, "metadata": named})
    ground.play()


def _gitops(workload: Object) -> None:
    workload["metadata"]["managedFields"] = [
        {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1"}
    ]


def _denied(ground: Ground) -> None:
    """The RAM role lacks the batch calls; the words are those of v2.11."""
    ground.play()
    _forget(ground, 0)
    message = (
        "Reconciling route error: SDK.ServerError\nErrorCode: Forbidden.RAM\nRecommend: \n"
        "RequestId: 0C0FFEE0-0000-4000-8000-000000000002\n"
        "Message: User not authorized to operate on the specified resource."
    )
    _say_event(ground, message)
    _say_log(ground, f'E "batch add routes failed, requeue all routes" err="{message}"')


def _throttled(ground: Ground) -> None:
    ground.play()
    _say_log(
        ground,
        "E Backoff creating route: SDK.ServerError ErrorCode: Throttling.User Recommend:"
        " RequestId: 0C0FFEE0-0000-4000-8000-000000000003 Message: Request was denied due to user"
        " flow control.",
    )


def _deleted_by_hand(ground: Ground) -> None:
    ground.play()
    _forget(ground, 0)


def _slow_vpc(ground: Ground) -> None:
    """The VPC has been told to delete an entry, and is not done yet."""
    ground.play()
    _change(ground, status="Deleting")


def _unusable_hop(ground: Ground) -> None:
    ground.play()
    hop = NextHop(ground.nodes[-1].instance, "Instance", ground.region, enabled=0)
    _change(ground, next_hops=hop)


def _doomed(ground: Ground) -> None:
    """Somebody sends a part of the podCIDR of a node that does not report to an appliance."""
    _gone_quiet(ground)
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


def _forget(ground: Ground, number: int) -> None:
    """Take the last node's entry out of a table."""
    table = ground.vpc.table(ground.table_ids[number])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    if entry is not None:
        table.remove(entry)


def _change(ground: Ground, status: str = "Available", next_hops: NextHop | None = None) -> None:
    """Show the last node's entry in the System table otherwise."""
    table = ground.vpc.table(ground.table_ids[0])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    assert entry is not None
    table.remove(entry)
    hops = entry.next_hops if next_hops is None else replace(entry.next_hops, next_hop=(next_hops,))
    table.add(replace(entry, status=status, next_hops=hops))


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


def _say_log(ground: Ground, line: str) -> None:
    """A line in the log of CCM's first pod."""
    pod = ground.kube.store.list("Pod", NAMESPACE)[0]["metadata"]["name"]
    ground.kube.logs.append(NAMESPACE, pod, NAME, line)


TROUBLES = (
    Trouble(
        "foreign-table",
        "a listed table is of another VPC",
        _foreign_table,
        {"listed": "{all}," + FOREIGN_TABLE},
    ),
    Trouble(
        "gateway-table",
        "a gateway's route table is listed",
        _gateway_table,
        {"listed": "{all}," + GATEWAY_TABLE},
    ),
    Trouble("system-unlisted", "the System table is not listed", _as_it_is, {"listed": "{1}"}),
    Trouble(
        "stale-config",
        "the list was edited, and CCM not restarted",
        _edited_later,
        {"listed": "{0}"},
    ),
    Trouble("unmounted", "cloud-config is mounted nowhere: CCM exits", _on_workload(_unmounted)),
    Trouble(
        "routes-off",
        "cloud routes are switched off, and Flannel needs them",
        _on_workload(_flag("configure-cloud-routes", "false")),
    ),
    Trouble(
        "flag-missing",
        "--cluster-cidr is missing: CCM exits",
        _on_workload(_flag("cluster-cidr", None)),
    ),
    Trouble("absent", "CCM was removed, and then a node joined", _absent),
    Trouble(
        "old-v2",
        "a release that leaves wrong entries alone",
        _wrong_entry,
        {"tag": "v2.2.0"},
    ),
    Trouble(
        "narrow-range",
        "--cluster-cidr does not hold every podCIDR",
        _on_workload(_flag("cluster-cidr", "172.20.0.0/21")),
    ),
    Trouble("ram-denied", "CCM lacks a RAM permission for new nodes", _denied),
    Trouble("throttled", "the VPC API throttles CCM", _throttled),
    Trouble("terway", "Terway, and cloud routes all the same", _terway),
    Trouble("gitops", "Argo CD owns CCM's workload", _on_workload(_gitops)),
    Trouble("no-podcidr", "a node without podCIDR", _on_last_node(_spec(podCIDR="", podCIDRs=[]))),
    Trouble("no-providerid", "a node without providerID", _on_last_node(_provider(""))),
    Trouble(
        "prefixed-providerid",
        "a providerID with alicloud://: its route flaps",
        _on_last_node(_provider("alicloud://{}")),
    ),
    Trouble("excluded", "a node that a label exempts from routes", _on_last_node(_excluded)),
    Trouble("kubelet-down", "a node that does not report lost its route", _gone_quiet),
    Trouble("stuck-taint", "every route is there, and a node stays tainted", _tainted),
    Trouble(
        "overlap",
        "a podCIDR inside of a vSwitch",
        _on_last_node(_spec(podCIDR="192.168.0.64/26", podCIDRs=["192.168.0.64/26"])),
    ),
    Trouble("stray-node", "a node with an address of another VPC", _astray),
    Trouble("lost-route", "somebody has just deleted a route", _deleted_by_hand),
    Trouble("slow-vpc", "an entry that the VPC has not finished with", _slow_vpc),
    Trouble("disabled-hop", "an entry whose next hop is disabled", _unusable_hop),
    Trouble("doomed-entry", "an entry made by hand that CCM will delete", _doomed),
    Trouble("ending-table", "a listed table is being deleted", _ending_table),
    Trouble("shared-range", "a peer has a part of the pod range", _shared_range),
)
