"""Which nodes a label selector names: the server knows, it has all the labels."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.message import message


class _Metadata(Struct):
    name: str


class _Node(Struct):
    metadata: _Metadata


class _Page(Struct):
    items: list[_Node] | None = None


def select(
    options: CollectOptions, env: Mapping[str, str], clock: Clock, selector: str
) -> frozenset[str]:
    """Names of the nodes that ``selector`` matches.

    Raises UsageError when no kubeconfig can be used, ClusterError when the list fails.
    """
    client = KubeClient(connect(options, env), Deadline(clock, options.request_timeout))
    query = {"labelSelector": selector}
    try:
        what, path = message("list nodes by label"), "/api/v1/nodes"
        return frozenset(client.read_list(what, path, _names, query, large=True))
    finally:
        client.close()


def _names(body: bytes) -> list[str]:
    page = msgspec.json.decode(body, type=_Page)
    return [node.metadata.name for node in page.items or ()]
