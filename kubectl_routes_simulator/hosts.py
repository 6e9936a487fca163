"""The nodes as the controllers of workloads see them: names, addresses and labels."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_store import Object, Store, TooOld

NODES = resource_of_kind("v1", "Node")


class Host(Struct, frozen=True):
    """A node that pods can run on; ``ip`` is its InternalIP."""

    name: str
    ip: str
    labels: Mapping[str, str]


class Hosts:
    """Follows the nodes by what has changed since the last look, so that thousands cost nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._known: dict[str, Host] = {}
        self._selected: dict[tuple[tuple[str, str], ...], tuple[Host, ...]] = {}

    @property
    def up_to_date(self) -> bool:
        """Whether no node has changed since the last look."""
        return self._store.last_change(NODES) <= self._version

    def refresh(self) -> bool:
        """Take over what has changed; whether a node came, went or changed its labels."""
        version = self._store.version
        changed = self._read_all() if self._version < 0 else self._follow()
        self._version = version
        if changed:
            self._selected.clear()
        return changed

    def selected(self, selector: Mapping[str, str]) -> tuple[Host, ...]:
        """The nodes that have every label of the selector, in the order of their names."""
        key = tuple(sorted(selector.items()))
        if key not in self._selected:
            self._selected[key] = tuple(
                self._known[name]
                for name in sorted(self._known)
                if all(self._known[name].labels.get(label) == value for label, value in key)
            )
        return self._selected[key]

    def get(self, name: str) -> Host | None:
        """The node of that name, or None when it is gone."""
        return self._known.get(name)

    def _read_all(self) -> bool:
        self._known = {one.name: one for one in map(_host, self._store.list("Node"))}
        return True

    def _follow(self) -> bool:
        try:
            changes = self._store.changes(NODES, self._version)
        except TooOld:
            return self._read_all()
        changed = False
        for change in changes:
            if change.new is None:
                if change.old is not None:
                    self._known.pop(change.old.key, None)
                changed = True
                continue
            host = _host(change.new.value)
            changed |= self._known.get(host.name) != host
            self._known[host.name] = host
        return changed


def _host(node: Object) -> Host:
    addresses = node.get("status", {}).get("addresses", ())
    ips = [one["address"] for one in addresses if one["type"] == "InternalIP"]
    meta = node["metadata"]
    return Host(meta["name"], next(iter(ips), ""), meta.get("labels") or {})
