"""Troubles of CCM: how it is installed, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timezone
from typing import TYPE_CHECKING

from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.ccm_setup import NAMESPACE
from kubectl_routes_simulator.kube_store import rfc3339
from kubectl_routes_simulator.trouble import Object
from kubectl_routes_simulator.trouble import Story
from kubectl_routes_simulator.trouble import Trouble
from kubectl_routes_simulator.trouble import lose_route

if TYPE_CHECKING:
    from kubectl_routes_simulator.ground import Ground


def _flag(name: str, value: str | None) -> Callable[[Object], None]:
    """Give CCM's flag another value, or take it away."""

    def edit(workload: Object) -> None:
        container = workload["spec"]["template"]["spec"]["containers"][0]
        kept = [word for word in container["command"] if not word.startswith(f"--{name}=")]
        container["command"] = kept if value is None else [*kept, f"--{name}={value}"]

    return edit


def _as_installed(ground: Ground) -> None:
    ground.play()


def _on_workload(edit: Callable[[Object], None]) -> Story:
    """CCM has been installed so from the beginning."""

    def story(ground: Ground) -> None:
        ground.kube.store.replace("DaemonSet", NAMESPACE, NAME, edit)
        ground.rollout.replace_pods()
        ground.rollout.settle()
        ground.play()

    return story


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


def _tainted(ground: Ground) -> None:
    """The nodes joined before cloud routes were switched off, and carry the mark of it still."""
    for plan in ground.nodes:
        ground.kube.store.replace("Node", "", plan.name, _marked)
    _on_workload(_flag("configure-cloud-routes", "false"))(ground)


def _marked(node: Object) -> None:
    others = [one for one in node["status"]["conditions"] if one["type"] != "NetworkUnavailable"]
    mark = {
        "type": "NetworkUnavailable",
        "status": "True",
        "reason": "NoRouteCreated",
        "message": "Node created without a route",
        "lastHeartbeatTime": node["metadata"]["creationTimestamp"],
        "lastTransitionTime": node["metadata"]["creationTimestamp"],
    }
    node["status"]["conditions"] = [*others, mark]
    taint = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}
    node["spec"]["taints"] = [*node["spec"].get("taints", ()), taint]


def _gitops(workload: Object) -> None:
    workload["metadata"]["managedFields"] = [
        {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1"}
    ]


def _denied(ground: Ground) -> None:
    """The RAM role lacks the batch calls; the words are those of v2.11."""
    ground.play()
    lose_route(ground, 0)
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


CCM_TROUBLES = (
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
        "narrow-range",
        "--cluster-cidr does not hold every podCIDR",
        _on_workload(_flag("cluster-cidr", "172.20.0.0/21")),
    ),
    Trouble("ram-denied", "CCM lacks a RAM permission for new nodes", _denied),
    Trouble("throttled", "the VPC API throttles CCM", _throttled),
    Trouble("terway", "Terway, and cloud routes all the same", _terway),
    Trouble(
        "vxlan",
        "Flannel with vxlan, cloud routes off: it needs none",
        _on_workload(_flag("configure-cloud-routes", "false")),
        {"backend": "vxlan", "listed": None},
    ),
    Trouble(
        "vxlan-routes-on",
        "Flannel with vxlan, and cloud routes all the same",
        _as_installed,
        {"backend": "vxlan"},
    ),
    Trouble(
        "tainted-routes-off",
        "cloud routes off, vxlan, and every node stays tainted",
        _tainted,
        {"backend": "vxlan", "listed": None},
    ),
    Trouble("gitops", "Argo CD owns CCM's workload", _on_workload(_gitops)),
)
