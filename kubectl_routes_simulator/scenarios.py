"""The situations that the simulated cluster can be in, and how large they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from kubectl_routes.model.errors import UsageError

_MOST_NODES = 16_000
# Nodes that may join later.
_ROOM = 64


class ScenarioSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario: what is there at the beginning, and the ``steps`` taken then, each a name, or a
    name with arguments.

    ``listed`` becomes routeTableIDs: ``{0}``, ``{1}`` … are table ids, ``{all}`` all of them,
    ``{spaced}`` all of them with a space after each comma; None leaves the key out. ``config`` is
    the whole cloud-config instead, with the list in place of ``%s``. ``tag`` is CCM's image tag;
    ``layout`` is how it is installed: as ACK does it today, as the how-to on several tables leaves
    it, or as that how-to finds it, without cloud-config. ``on_delete`` says that its pods are
    replaced only when they are deleted. A managed cluster has neither CCM workload nor masters.
    ``quota`` is how many custom entries a table may hold. ``backend`` is Flannel's. A cluster that
    is not ``acks_own`` has no ConfigMap of ACK, and its cloud-config names no VPC. ``finds``
    are the codes of the errors and warnings that diagnose finds in it, ``notes`` others that belong
    to it.
    """

    name: str
    description: str
    finds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[str | dict[str, dict[str, Any]], ...] = ("start",)
    listed: str | None = "{all}"
    nodes: int = 9
    tables: int = 2
    least_tables: int = 2
    most_tables: int = 10
    tag: str = "v2.11.2"
    layout: Literal["today", "how-to", "before the how-to"] = "today"
    config: str = ""
    on_delete: bool = False
    managed: bool = False
    quota: int = 200
    backend: str = "alloc"
    acks_own: bool = True


_THEMES: dict[str, dict[str, dict[str, Any]]] = msgspec.yaml.decode(
    Path(__file__).with_name("data").joinpath("scenarios.yaml").read_bytes()
)
SCENARIO_SPECS = {
    name: msgspec.convert({"name": name, **fields}, ScenarioSpec)
    for scenarios in _THEMES.values()
    for name, fields in scenarios.items()
}
# Names of former releases, which are still taken.
FORMER_NAMES = {"blank-in-list": "space-in-list"}
# What a command line needs to know: names and descriptions, and the names of each theme.
SCENARIOS = {name: one.description for name, one in SCENARIO_SPECS.items()}
THEMES = {theme: tuple(scenarios) for theme, scenarios in _THEMES.items()}


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


def size_of(spec: ScenarioSpec, nodes: int | None = None, tables: int | None = None) -> Size:
    """The size asked for, or the scenario's own. Raises UsageError for one it can not have."""
    size = Size(nodes or spec.nodes, tables or spec.tables)
    low, high = spec.least_tables, spec.most_tables
    if not low <= size.tables <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        raise UsageError(
            f"scenario {spec.name}: the number of route tables is {wanted}, not {size.tables}",
            "leave --tables out, or choose --scenario large",
        )
    if not 1 <= size.nodes <= _MOST_NODES:
        raise UsageError(f"the simulated cluster has room for 1 to {_MOST_NODES} nodes")
    return size
