"""A Kubernetes node, cut down to what routing depends on."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class ConditionStatus(Enum):
    """Status of a node condition; ABSENT when the node does not carry the condition at all."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"
    ABSENT = ""


class Taint(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A node taint."""

    key: str
    effect: str = ""
    value: str = ""


class Node(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One node as the API server gave it; nothing is normalised here.

    ``pod_cidr`` and ``pod_cidrs`` are ``spec.podCIDR`` and ``spec.podCIDRs`` as text, so that a
    malformed one can still be shown. ``labels`` holds only the labels that matter to routing.
    ``created`` is an RFC 3339 time, or empty when the server gave none. ``flannel_backend`` is what
    flanneld has noted on the node, empty where nothing is noted.
    """

    name: str
    provider_id: str = ""
    pod_cidr: str = ""
    pod_cidrs: tuple[str, ...] = ()
    internal_ips: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    ready: ConditionStatus = ConditionStatus.ABSENT
    network_unavailable: ConditionStatus = ConditionStatus.ABSENT
    taints: tuple[Taint, ...] = ()
    deleting: bool = False
    created: str = ""
    flannel_backend: str = ""


# Where flanneld notes its backend.
FLANNEL_BACKEND = "flannel.alpha.coreos.com/backend-type"

# The labels that collect keeps; every other label of a node is dropped at decoding.
LABELS_THAT_MATTER = (
    "service.beta.kubernetes.io/exclude-node",
    "service.alibabacloud.com/exclude-node",
    "alibabacloud.com/lingjun-worker",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/control-plane",
    "type",
)
