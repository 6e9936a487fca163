"""Which route entries CCM sees, and which of them it deletes because they stand in a node's way."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_routes.ccm.nodes import Served
from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.networks import Index, Network, Networks
from kubectl_routes.model.vpc import RouteEntry

_DEFAULT_ROUTE = "0.0.0.0/0"


def is_custom(entry: RouteEntry) -> bool:
    """Whether the entry is one of the kind that CCM and people create."""
    return entry.type == "Custom"


def uses_quota(entry: RouteEntry) -> bool:
    """Whether the entry counts toward the table's quota of custom entries; propagated ones have a
    quota of their own.
    """
    return is_custom(entry) and entry.origin != "RoutePropagation"


def instance_of(entry: RouteEntry) -> str:
    """The ECS instance that the entry's only next hop names; empty for any other next hop."""
    if len(entry.next_hops) != 1 or entry.next_hops[0].type.lower() != "instance":
        return ""
    return entry.next_hops[0].id


def next_hop_text(entry: RouteEntry) -> str:
    """The next hop for people: the instance id, or type and id, or how many there are."""
    if not entry.next_hops:
        return message("no next hop")
    if len(entry.next_hops) > 1:
        return message("{count} next hops", count=len(entry.next_hops))
    hop = entry.next_hops[0]
    known = hop.type.lower() == "instance"
    return hop.id if known else joined(" ", (hop.type or message("unknown type"), hop.id)).strip()


def is_visible(entry: RouteEntry) -> bool:
    """Whether CCM reads the entry at all: custom, one next hop, an instance, no default route."""
    return is_custom(entry) and instance_of(entry) != "" and entry.cidr != _DEFAULT_ROUTE


def cluster_network(text: str, networks: Networks) -> Network | None:
    """--cluster-cidr as CCM parses it: one network; None for a list, or anything malformed."""
    return networks.parse(text) if "/" in text else None


class Conflicts:
    """Decides which entries the periodic reconcile deletes.

    An entry is deleted when it lies inside --cluster-cidr and either strictly inside a node's
    podCIDR, or, from v2.4 on and in v1, exactly at a node's podCIDR with another next hop.
    """

    def __init__(
        self,
        served: Iterable[Served],
        behavior: VersionBehavior,
        region: str,
        cluster: Network | None,
        networks: Networks,
    ) -> None:
        self._behavior = behavior
        self._region = region
        self._cluster = cluster
        self._networks = networks
        nodes = [one for one in served if one.listed and one.network is not None]
        self._nodes = Index((one.network, one) for one in nodes if one.network is not None)
        self._instances = {one.instance for one in nodes}

    def deletes(self, entry: RouteEntry) -> bool:
        """Whether CCM removes this entry on its next periodic reconcile."""
        network = self._networks.parse(entry.cidr) if "/" in entry.cidr else None
        if network is None or not is_visible(entry):
            return False
        if self._cluster is None or not self._cluster.holds(network):
            return False
        if not self._conflicts(entry, network):
            return False
        # Whether an instance outside the cluster still exists is not visible from here; the usual
        # case is a released one, and then this CCM can never delete its entry.
        released = instance_of(entry) not in self._instances
        return not (self._behavior.delete_needs_instance and released)

    def _conflicts(self, entry: RouteEntry, network: Network) -> bool:
        for one in self._nodes.containing(network):
            if one.destination != entry.cidr:
                return True
            if self._behavior.deletes_same_cidr and not self.matches(entry, one):
                return True
        return False

    def matches(self, entry: RouteEntry, one: Served) -> bool:
        """Whether CCM takes the entry for this node's own; it compares providerIDs as text."""
        provider_id = f"{self._region}.{instance_of(entry)}"
        if self._behavior.provider_text:
            return provider_id == one.node.provider_id
        return provider_id in one.node.provider_id
