"""Nodes as CCM sees them: whether it serves a node, and which route it wants for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from msgspec import Struct

from kubectl_routes_simulator.ccm_cloud import Route
from kubectl_routes_simulator.ccm_release import Rules
from kubectl_routes_simulator.kube_store import Object

Network = IPv4Network | IPv6Network

_OLD_LABEL = "service.beta.kubernetes.io/exclude-node"
_LABEL = "service.alibabacloud.com/exclude-node"
_HYBRID = "ack-hybrid://"
_LINGJUN = "alibabacloud.com/lingjun-worker"
_PREFIX = "alicloud://"


class CcmNode(Struct, frozen=True):
    """A node cut down to what the route controller looks at.

    ``unavailable`` is the status of NetworkUnavailable, empty when the condition is not there.
    """

    name: str
    uid: str
    provider_id: str
    pod_cidrs: tuple[str, ...]
    pod_cidr: str
    labels: Mapping[str, str]
    ready: str
    unavailable: str
    deleting: bool

    def served(self, rules: Rules, periodic: bool) -> bool:
        """False when CCM passes over the node without a word about its providerID or podCIDR."""
        return not (
            self.excluded(rules)
            or (rules.skips_unknown and self.ready == "Unknown")
            or (self.deleting and (rules.skips_deleting or (rules.is_v2 and not periodic)))
            or (periodic and self._is_lingjun(rules))
        )

    def excluded(self, rules: Rules) -> bool:
        """True for a node that is meant to have no route: by a label, or as a hybrid node."""
        return (
            (rules.skips_old_label and _OLD_LABEL in self.labels)
            or (rules.skips_label and _LABEL in self.labels)
            or (rules.skips_hybrid and self.provider_id.startswith(_HYBRID))
        )

    def cidr(self, rules: Rules) -> str:
        """The podCIDR CCM routes: in v2 the first IPv4 one, host bits cleared; empty for none."""
        if not rules.is_v2:
            return self.pod_cidr
        listed = (network(cidr) for cidr in (*self.pod_cidrs, self.pod_cidr) if "/" in cidr)
        usable = [str(found) for found in listed if found is not None]
        return next((cidr for cidr in usable if ":" not in cidr), "".join(usable[:1]))

    def route(self, rules: Rules, region: str) -> Route:
        """The route CCM wants for the node. Raises ValueError for a malformed providerID."""
        parts = self.provider_id.removeprefix(_PREFIX).split(".")
        if len(parts) < 2:
            raise ValueError(
                "unable to split instanceid and region from providerID, "
                f"error unexpected providerID={self.provider_id}"
            )
        return Route(self.cidr(rules), f"{region}.{parts[1]}")

    def _is_lingjun(self, rules: Rules) -> bool:
        if not rules.skips_hybrid or self.labels.get(_LINGJUN) != "true":
            return False
        return len(self.provider_id.split(".")) != 2


def read_node(value: Object) -> CcmNode:
    """The node of a stored object."""
    spec = value.get("spec", {})
    meta = value["metadata"]
    conditions = {
        one["type"]: one["status"] for one in value.get("status", {}).get("conditions", ())
    }
    return CcmNode(
        name=meta["name"],
        uid=meta.get("uid", ""),
        provider_id=spec.get("providerID", ""),
        pod_cidrs=tuple(spec.get("podCIDRs", ())),
        pod_cidr=spec.get("podCIDR", ""),
        labels=meta.get("labels") or {},
        ready=conditions.get("Ready", ""),
        unavailable=conditions.get("NetworkUnavailable", ""),
        deleting=bool(meta.get("deletionTimestamp")),
    )


class PodRanges:
    """The podCIDRs of many nodes, searched by what lies in them."""

    def __init__(self, nodes: Iterable[CcmNode], rules: Rules) -> None:
        self._nodes: dict[Network, list[CcmNode]] = {}
        for node in nodes:
            own = network(node.cidr(rules))
            if own is not None:
                self._nodes.setdefault(own, []).append(node)
        self._sizes = {(own.version, own.prefixlen) for own in self._nodes}

    def holders(self, inner: Network) -> Iterator[tuple[CcmNode, bool]]:
        """The nodes whose podCIDR holds ``inner``, and whether it is exactly the podCIDR."""
        for version, length in self._sizes:
            if version == inner.version and length <= inner.prefixlen:
                equal = length == inner.prefixlen
                around = inner if equal else inner.supernet(new_prefix=length)
                yield from ((node, equal) for node in self._nodes.get(around, ()))


def network(cidr: str) -> Network | None:
    """The network of a CIDR text, host bits cleared, or None when it is none."""
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def within(cidr: str, outer: str) -> bool:
    """True when every address of ``cidr`` is one of ``outer``; False when either is malformed."""
    inner, around = network(cidr), network(outer)
    if isinstance(inner, IPv4Network) and isinstance(around, IPv4Network):
        return inner.subnet_of(around)
    if isinstance(inner, IPv6Network) and isinstance(around, IPv6Network):
        return inner.subnet_of(around)
    return False
