"""A trouble that the simulated cluster can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any

from msgspec import Struct

if TYPE_CHECKING:
    from kubectl_routes_simulator.ground import Ground

Object = dict[str, Any]
Story = Callable[["Ground"], None]


class Trouble(Struct, frozen=True):
    """A scenario; ``changes`` are the fields of its blueprint that differ from the usual ones."""

    name: str
    description: str
    story: Story
    changes: dict[str, Any] = {}


def lose_route(ground: Ground, number: int) -> None:
    """Take the last node's entry out of a table, counted from the System table."""
    table = ground.vpc.table(ground.table_ids[number])
    entry = table.at_cidr(ground.nodes[-1].pod_cidr)
    if entry is not None:
        table.remove(entry)
