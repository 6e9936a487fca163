"""Whether the pods of this cluster are reached through route entries: the one owner of that rule.

Flannel's backend decides. With ``alloc`` pods have addresses that only CCM's entries lead to; with
``ali-vpc`` Flannel writes the entries itself; the other backends that come with it carry packets
between the nodes (https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md).
Terway gives pods addresses of the VPC, but for its former mode VPC. Calico and Cilium need none
with a tunnel; without, it is not known whether routes of the VPC or others lead to their pods.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_NETWORK_PLUGIN, PART_NODES, Snapshot

_BY_FLANNEL = "alloc"
# A backend that is none of these, such as extension, runs what its configuration says.
_BY_ITSELF = (
    *("vxlan", "host-gw", "wireguard", "udp", "ipip", "ipsec"),
    *("ali-vpc", "tencent-vpc", "aws-vpc", "gce"),
)
_NAMES = {"terway": "Terway", "calico": "Calico", "cilium": "Cilium"}
_TUNNELS = ("VXLAN", "IPIP", "vxlan", "geneve", "ENI")


class Need(Enum):
    """Whether pods need the entries that CCM writes."""

    NEEDED = "needed"
    NOT_NEEDED = "not needed"
    UNKNOWN = "unknown"


class RouteNeed(Struct, frozen=True):
    """The answer, and the network plugin as a person calls it: ``Terway``, ``Flannel (vxlan)``."""

    need: Need
    plugin: str

    @property
    def needless(self) -> bool:
        """Whether it is certain that no pod needs an entry."""
        return self.need is Need.NOT_NEEDED

    @property
    def reason(self) -> str:
        """Why no route is needed, as one clause."""
        return message("{plugin} needs no cloud routes", plugin=self.plugin)


def route_need(snapshot: Snapshot, *, routes_off: bool) -> RouteNeed:
    """Whether the pods need entries. ``routes_off``: CCM's flags switch its route controller off.

    A plugin that is not known may be an overlay. It is one where routes are off and no node has a
    podCIDR: there is nothing that an entry could lead to.
    """
    cluster = snapshot.cluster
    name, mode = _NAMES.get(cluster.cni, ""), cluster.cni_mode
    plugin = f"{name} ({mode})" if name and mode else name or message("the network plugin")
    if cluster.cni == "terway":
        return RouteNeed(Need.NEEDED if mode == "VPC" else Need.NOT_NEEDED, plugin)
    if cluster.cni == "flannel":
        backend = cluster.flannel_backend
        if not backend and snapshot.gap(PART_NETWORK_PLUGIN) is not None:
            return RouteNeed(Need.UNKNOWN, "Flannel")
        if backend in ("", _BY_FLANNEL):
            return RouteNeed(Need.NEEDED, "Flannel")
        own = Need.NOT_NEEDED if backend in _BY_ITSELF else Need.UNKNOWN
        return RouteNeed(own, f"Flannel ({backend})")
    if name and mode in _TUNNELS:
        return RouteNeed(Need.NOT_NEEDED, plugin)
    bare = not any(node.pod_cidr or node.pod_cidrs for node in snapshot.nodes)
    if routes_off and bare and snapshot.nodes and snapshot.gap(PART_NODES) is None:
        return RouteNeed(
            Need.NOT_NEEDED, message("{plugin}, which uses no podCIDR,", plugin=plugin)
        )
    return RouteNeed(Need.UNKNOWN, plugin)
