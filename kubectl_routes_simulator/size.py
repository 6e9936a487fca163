"""How large a simulated cluster is, and which address ranges that takes."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.errors import UsageError
from kubectl_routes_simulator.scenarios import Blueprint

_MOST_NODES = 16_000
# Nodes that may join later.
_ROOM = 64


class Size(Struct, frozen=True):
    """How many nodes and route tables a scenario has."""

    nodes: int
    tables: int

    @property
    def cluster_cidr(self) -> str:
        """A range with a /24 for every node, and for some that join later."""
        if self.nodes + _ROOM <= 256:
            return "172.20.0.0/16"
        return f"10.0.0.0/{24 - (self.nodes + _ROOM - 1).bit_length()}"

    def switch_prefix(self, switches: int) -> int:
        """The prefix length of so many vSwitches that have room for all nodes."""
        each = self.nodes // switches + _ROOM
        return min(24, 32 - each.bit_length())


def size_of(blueprint: Blueprint, nodes: int | None = None, tables: int | None = None) -> Size:
    """The size asked for, or the scenario's own. Raises UsageError for one it can not have."""
    size = Size(nodes or blueprint.nodes, tables or blueprint.tables)
    low, high = blueprint.least_tables, blueprint.most_tables
    if not low <= size.tables <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        raise UsageError(
            f"scenario {blueprint.name}: the number of route tables is {wanted}, not {size.tables}",
            "leave --tables out, or choose --scenario large",
        )
    if not 1 <= size.nodes <= _MOST_NODES:
        raise UsageError(f"the simulated cluster has room for 1 to {_MOST_NODES} nodes")
    return size
