"""The nodes as the controllers of workloads see them: names, addresses and labels."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_store import Object, Store

NODES = resource_of_kind("v1", "Node")


class Host(Struct, frozen=True):
    """A node that pods can run on; ``ip`` is its InternalIP."""

    name: str
    ip: str
    labels: Mapping[str, str]


class Hosts:
    """The nodes as they were at the last look, in the order of their names."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._known: dict[str, Host] = {}

    @property
    def up_to_date(self) -> bool:
        """Whether no node has changed since the last look."""
        return self._store.last_change(NODES) <= self._version

    def refresh(self) -> bool:
        """Look again; whether a node came, went or changed its address or labels."""
        if self.up_to_date:
            return False
        self._version = self._store.version
        before = self._known
        self._known = {host.name: host for host in map(_host, self._store.list("Node"))}
        return self._known != before

    def selected(self, selector: Mapping[str, str]) -> list[Host]:
        """The nodes that have every label of the selector."""
        return [host for host in self._known.values() if selector.items() <= host.labels.items()]

    def get(self, name: str) -> Host | None:
        """The node of that name, or None when it is gone."""
        return self._known.get(name)


def _host(node: Object) -> Host:
    addresses = node.get("status", {}).get("addresses", ())
    ips = [each["address"] for each in addresses if each["type"] == "InternalIP"]
    return Host(node["metadata"]["name"], "".join(ips[:1]), node["metadata"].get("labels") or {})
