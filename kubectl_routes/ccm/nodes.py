"""Which nodes CCM serves, and what it takes for their destination and instance."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.model.message import message
from kubectl_routes.model.networks import Network, Networks
from kubectl_routes.model.nodes import ConditionStatus, Node

PREFIX = "alicloud://"
HYBRID = "ack-hybrid://"

VIRTUAL = "virtual-kubelet"

# Why CCM does not serve a node, as ``skipped`` says it.
EXCLUDED = message("excluded by label")
HYBRID_NODE = message("hybrid node")
VIRTUAL_NODE = message("virtual node")
NOT_REPORTING = "Ready=Unknown"
DELETING = "deleting"
NO_PROVIDER_ID = message("no providerID")
NO_POD_CIDR = message("no podCIDR")
NO_IPV4 = message("no usable IPv4 podCIDR")
# Reasons that are no fault: the node was excluded on purpose, needs no route or is on its way out.
_EXEMPT = frozenset({EXCLUDED, HYBRID_NODE, VIRTUAL_NODE, DELETING})


class Served(Struct, frozen=True):
    """A node as CCM sees it.

    ``skip`` is why CCM does not serve it, or empty. ``network`` and ``destination`` are what its
    route would be for: the network, and the very text CCM compares with. ``instance`` is the ECS
    instance id, empty when the providerID names none. ``prefixed``: the providerID carries
    ``alicloud://``. ``listed``: the periodic reconcile sees the node when it looks for conflicts.
    ``needless``: no node of the cluster needs a route.
    """

    node: Node
    skip: str
    network: Network | None
    destination: str
    instance: str
    prefixed: bool
    listed: bool
    needless: bool = False

    @property
    def name(self) -> str:
        """The name of the node."""
        return self.node.name

    @property
    def exempt(self) -> bool:
        """Whether the node is skipped for a reason that is no fault."""
        return self.needless or self.skip in _EXEMPT


def instance_id(provider_id: str) -> str:
    """The instance in ``region.id`` or ``alicloud://region.id``; empty for any other form.

    CCM splits at the dots and takes the second part, whatever follows.
    """
    if provider_id.startswith(HYBRID):
        return ""
    parts = provider_id.split(".")
    return parts[1] if len(parts) > 1 else ""


def region_of(provider_id: str) -> str:
    """The region in a providerID that names an instance; empty otherwise."""
    if not instance_id(provider_id):
        return ""
    return provider_id.removeprefix(PREFIX).split(".")[0]


def is_elsewhere(one: Served, region: str) -> bool:
    """Whether the providerID names an instance in another region, where that is known."""
    named = region_of(one.node.provider_id)
    return bool(named and region) and named != region


def serve(node: Node, behavior: VersionBehavior, networks: Networks) -> Served:
    """How a CCM of that behavior treats the node."""
    texts = [node.pod_cidr] if behavior.compares_text else [*node.pod_cidrs, node.pod_cidr]
    given = [text for text in texts if text]
    found = [(network, text) for text in given if (network := networks.parse(text))]
    network, text = found[0] if found else (None, "")
    # v1 uses the text as it stands; v2 parses it first, which clears host bits.
    destination = text if behavior.compares_text or network is None else str(network)
    excluded = any(label in node.labels for label in behavior.exclude_labels)
    return Served(
        node=node,
        skip=_skip(node, behavior, excluded=excluded, given=given, usable=network is not None),
        network=network,
        destination=destination,
        instance=instance_id(node.provider_id),
        prefixed=node.provider_id.startswith(PREFIX),
        listed=behavior.compares_text
        or not (
            excluded
            or not node.provider_id
            or (behavior.skips_hybrid and node.provider_id.startswith(HYBRID))
        ),
    )


def _skip(
    node: Node, behavior: VersionBehavior, *, excluded: bool, given: list[str], usable: bool
) -> str:
    """The first reason that applies, in the order in which CCM asks."""
    reasons = (
        (EXCLUDED, excluded),
        # Before v2.12 CCM tries such a node, and fails; it has no ECS instance either way.
        (HYBRID_NODE, node.provider_id.startswith(HYBRID)),
        (
            NOT_REPORTING,
            behavior.skips_not_ready_unknown and node.ready is ConditionStatus.UNKNOWN,
        ),
        (DELETING, behavior.skips_deleting and node.deleting),
        (VIRTUAL_NODE, _is_virtual(node) and not (node.provider_id and given)),
        (NO_PROVIDER_ID, not node.provider_id),
        (NO_POD_CIDR, not given),
        (NO_IPV4, not usable),
    )
    return next((reason for reason, applies in reasons if applies), "")


def _is_virtual(node: Node) -> bool:
    """A virtual-kubelet's node has neither podCIDR nor instance, and needs none."""
    return node.labels.get("type") == VIRTUAL
