"""Troubles of single nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any

from msgspec.structs import replace

from kubectl_routes_simulator.ack_nodes import node as fresh_node
from kubectl_routes_simulator.trouble import Object
from kubectl_routes_simulator.trouble import Story
from kubectl_routes_simulator.trouble import Trouble
from kubectl_routes_simulator.trouble import lose_route

if TYPE_CHECKING:
    from kubectl_routes_simulator.ground import Ground


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


def gone_quiet(ground: Ground) -> None:
    """The last node's kubelet dies, and its entries are lost to somebody's hand."""
    ground.play()
    plan = ground.nodes[-1]

    def edit(node: Object) -> None:
        ready = next(one for one in node["status"]["conditions"] if one["type"] == "Ready")
        ready.update(status="Unknown", reason="NodeStatusUnknown")

    ground.kube.store.replace("Node", "", plan.name, edit)
    lose_route(ground, 0)


def _tainted(ground: Ground) -> None:
    """The last node's condition was set by an older CCM, and nobody clears it."""
    ground.play()

    def edit(node: Object) -> None:
        conditions = node["status"]["conditions"]
        one = next(one for one in conditions if one["type"] == "NetworkUnavailable")
        one.update(status="True", reason="NoRouteCreated")

    ground.kube.store.replace("Node", "", ground.nodes[-1].name, edit)


def _registered_again(ground: Ground) -> None:
    """The last node was deleted, and registered again at once with another podCIDR."""
    ground.play()
    old = ground.nodes.pop()
    plan = replace(old, pod_cidr=ground.next_pod_cidr())
    ground.nodes.append(plan)
    ground.kube.store.delete("Node", "", old.name)
    ground.kube.store.put(fresh_node(plan))
    ground.ccm.event_pass()
    ground.ccm.periodic_pass()


def _of_other_providers(ground: Ground) -> None:
    """A machine of another cloud and one of a data center join."""
    ground.play()
    for name, provider in (("hcloud-1", "hcloud://bm-123"), ("idc-1", "")):
        plan = ground.join(name)
        spec = _spec(providerID=provider)
        ground.kube.store.replace("Node", "", plan.name, spec)
        ground.vpc.remove_instance(plan.instance)
    ground.ccm.event_pass()


def _elsewhere(node: Object) -> None:
    node["spec"]["providerID"] = f"cn-beijing.{node['spec']['providerID'].partition('.')[2]}"


def _astray(ground: Ground) -> None:
    """The last node has an address of another VPC."""
    address = {"type": "InternalIP", "address": "10.99.0.9"}
    name = ground.nodes[-1].name

    def edit(node: Object) -> None:
        node["status"]["addresses"] = [address]

    ground.kube.store.replace("Node", "", name, edit)
    ground.play()


NODE_TROUBLES = (
    Trouble("no-podcidr", "a node without podCIDR", _on_last_node(_spec(podCIDR="", podCIDRs=[]))),
    Trouble("no-providerid", "a node without providerID", _on_last_node(_provider(""))),
    Trouble(
        "prefixed-providerid",
        "a providerID with alicloud://: its route flaps",
        _on_last_node(_provider("alicloud://{}")),
    ),
    Trouble(
        "other-region",
        "a providerID that names another region: its route flaps",
        _on_last_node(_elsewhere),
    ),
    Trouble(
        "registered-again",
        "a node came back with another podCIDR: an entry is left",
        _registered_again,
    ),
    Trouble("other-provider", "nodes that are no ECS instances", _of_other_providers),
    Trouble("excluded", "a node that a label exempts from routes", _on_last_node(_excluded)),
    Trouble("kubelet-down", "a node that does not report lost its route", gone_quiet),
    Trouble("stuck-taint", "every route is there, and a node stays tainted", _tainted),
    Trouble(
        "overlap",
        "a podCIDR inside of a vSwitch",
        _on_last_node(_spec(podCIDR="192.168.0.64/26", podCIDRs=["192.168.0.64/26"])),
    ),
    Trouble("stray-node", "a node with an address of another VPC", _astray),
)
