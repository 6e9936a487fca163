from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_routes.ccm.route_need import Need, route_need
from kubectl_routes.model.controller import Controller, ControllerKind
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.snapshot import Cluster, Gap, Snapshot

WITH_POD_CIDR = (Node("n1", pod_cidr="172.20.0.0/24"),)
BARE = (Node("n1"),)


def taken(cni: str, mode: str = "", nodes: tuple[Node, ...] = WITH_POD_CIDR) -> Snapshot:
    """A cluster with this plugin; of Flannel the mode is the type of its backend."""
    where = {"flannel_backend" if cni == "flannel" else "cni_mode": mode}
    controller = Controller(kind=ControllerKind.DAEMON_SET)
    return Snapshot(
        "tool", "2026-01-02T03:04:05Z", Cluster(cni=cni, **where), controller, nodes=nodes
    )


@pytest.mark.parametrize(
    ("cni", "mode", "need", "plugin"),
    [
        ("flannel", "alloc", Need.NEEDED, "Flannel"),
        ("flannel", "", Need.NEEDED, "Flannel"),
        ("flannel", "vxlan", Need.NOT_NEEDED, "Flannel (vxlan)"),
        ("flannel", "host-gw", Need.NOT_NEEDED, "Flannel (host-gw)"),
        ("flannel", "wireguard", Need.NOT_NEEDED, "Flannel (wireguard)"),
        ("flannel", "extension", Need.UNKNOWN, "Flannel (extension)"),
        ("flannel", "udp", Need.NOT_NEEDED, "Flannel (udp)"),
        ("flannel", "ali-vpc", Need.NOT_NEEDED, "Flannel (ali-vpc)"),
        ("terway", "", Need.NOT_NEEDED, "Terway"),
        ("terway", "ENIMultiIP", Need.NOT_NEEDED, "Terway (ENIMultiIP)"),
        ("terway", "VPC", Need.NEEDED, "Terway (VPC)"),
        ("calico", "VXLAN", Need.NOT_NEEDED, "Calico (VXLAN)"),
        ("calico", "IPIP", Need.NOT_NEEDED, "Calico (IPIP)"),
        ("calico", "", Need.UNKNOWN, "Calico"),
        ("cilium", "vxlan", Need.NOT_NEEDED, "Cilium (vxlan)"),
        ("cilium", "native", Need.UNKNOWN, "Cilium (native)"),
        ("cilium", "", Need.UNKNOWN, "Cilium"),
        ("", "", Need.UNKNOWN, "the network plugin"),
    ],
)
def test_the_plugin_and_its_mode_decide(cni: str, mode: str, need: Need, plugin: str) -> None:
    found = route_need(taken(cni, mode), routes_off=True)
    assert (found.need, found.plugin) == (need, plugin)


def test_a_backend_that_could_not_be_read_is_not_known() -> None:
    unread = replace(taken("flannel"), gaps=(Gap("network-plugin", "denied"),))
    assert route_need(unread, routes_off=True).need is Need.UNKNOWN


def test_nodes_without_any_pod_cidr_need_no_routes_where_routes_are_off() -> None:
    bare = taken("", nodes=BARE)
    assert route_need(bare, routes_off=True).needless
    assert not route_need(bare, routes_off=False).needless
    assert not route_need(taken("", nodes=()), routes_off=True).needless


def test_nodes_that_could_not_be_read_say_nothing_about_the_plugin() -> None:
    part = replace(taken("", nodes=BARE), gaps=(Gap("nodes", "broken"),))
    assert route_need(part, routes_off=True).need is Need.UNKNOWN
