"""Nodes, cut down to what routing depends on while their list is being read; and their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct, field

from kubectl_routes.collect.answers import MIB, Kept
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.nodes import (
    FLANNEL_BACKEND,
    LABELS_THAT_MATTER,
    ConditionStatus,
    Node,
    Taint,
)


class _Annotations(Struct, gc=False):
    backend: str = field(default="", name=FLANNEL_BACKEND)


class _Metadata(Struct, gc=False):
    name: str
    annotations: _Annotations | None = None
    labels: dict[str, str] | None = None
    deletionTimestamp: str | None = None  # noqa: N815  the API's spelling
    creationTimestamp: str | None = None  # noqa: N815


class _Spec(Struct, gc=False):
    podCIDR: str | None = None  # noqa: N815
    podCIDRs: list[str] | None = None  # noqa: N815
    providerID: str | None = None  # noqa: N815
    taints: list[Taint] | None = None


class _Condition(Struct, gc=False):
    type: str
    status: str


class _Address(Struct, gc=False):
    type: str
    address: str


class _Status(Struct, gc=False):
    conditions: list[_Condition] | None = None
    addresses: list[_Address] | None = None


class _Node(Struct, gc=False):
    metadata: _Metadata
    spec: _Spec
    status: _Status


class _Page(Struct, gc=False):
    items: list[_Node]


class _RawPage(Struct, gc=False):
    items: list[msgspec.Raw] | None = None


# etcd holds no object of more than 1.5 MiB.
LARGEST_NODE = 2 * MIB

_STATUSES = {member.value: member for member in ConditionStatus}

_PAGE = msgspec.json.Decoder(_Page)


def read_nodes(
    client: KubeClient, page_read: Callable[[list[Node]], None], selector: str = ""
) -> tuple[Node, ...]:
    """All nodes, or those of a label selector, sorted by name; ``page_read`` gets every page as it
    comes, in order.

    Raises ClusterError.
    """
    kept = Kept()

    def decode(body: bytes) -> list[Node]:
        nodes = decode_page(body)
        if not kept.add(nodes):
            raise ClusterError(
                message("cannot list nodes: there is more of them than fits into memory")
            )
        page_read(nodes)
        return nodes

    what, query = message("list nodes"), {}
    if selector:
        what, query = message("list nodes by label"), {"labelSelector": selector}
    nodes = client.read_list(what, "/api/v1/nodes", decode, query)
    return tuple(sorted(nodes, key=lambda node: node.name))


def decode_page(body: bytes) -> list[Node]:
    """The nodes of a NodeList. A node with a malformed part is kept with the rest of it.

    Raises msgspec.ValidationError for a malformed one that is larger than any node.
    """
    try:
        return [_node(node) for node in _PAGE.decode(body).items]
    except msgspec.ValidationError:
        raw = msgspec.json.decode(body, type=_RawPage).items or []
        if any(len(item) > LARGEST_NODE for item in map(bytes, raw)):
            raise
        return [_node(Document(msgspec.json.decode(item)).as_struct(_Node)) for item in raw]


def _node(node: _Node) -> Node:
    metadata, spec, status = node.metadata, node.spec, node.status
    conditions = {item.type: item.status for item in status.conditions or ()}
    return Node(
        name=metadata.name,
        provider_id=spec.providerID or "",
        pod_cidr=spec.podCIDR or "",
        pod_cidrs=tuple(spec.podCIDRs or ()),
        internal_ips=tuple(
            item.address for item in status.addresses or () if item.type == "InternalIP"
        ),
        labels=_kept(metadata.labels or {}),
        ready=_condition(conditions, "Ready"),
        network_unavailable=_condition(conditions, "NetworkUnavailable"),
        taints=tuple(spec.taints or ()),
        deleting=metadata.deletionTimestamp is not None,
        created=metadata.creationTimestamp or "",
        flannel_backend=metadata.annotations.backend if metadata.annotations else "",
    )


def _kept(labels: dict[str, str]) -> dict[str, str]:
    return {name: labels[name] for name in LABELS_THAT_MATTER if name in labels}


def _condition(conditions: dict[str, str], kind: str) -> ConditionStatus:
    """A status that the API does not define counts as Unknown, as kubectl shows it."""
    return _STATUSES.get(conditions.get(kind, ""), ConditionStatus.UNKNOWN)


def selected(
    options: CollectOptions, env: Mapping[str, str], clock: Clock, selector: str
) -> frozenset[str]:
    """Names of the nodes that a label selector matches: the server knows, it has all the labels.

    Raises UsageError when no kubeconfig can be used, ClusterError when the list fails.
    """
    client = KubeClient(connect(options, env), Deadline(clock, options.request_timeout))
    try:
        return frozenset(node.name for node in read_nodes(client, lambda _: None, selector))
    finally:
        client.close()
