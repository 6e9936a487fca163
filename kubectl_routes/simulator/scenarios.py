"""The situations that the practice cluster can be in, each told as a short story."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_routes.simulator.troubles import TROUBLES

if TYPE_CHECKING:
    from kubectl_routes.simulator.ground import Ground


class Blueprint(Struct, frozen=True):
    """A scenario: what is there at the beginning, and the ``story`` that happens then.

    ``listed`` becomes routeTableIDs: ``{0}``, ``{1}`` … are table ids, ``{all}`` all of them,
    ``{spaced}`` all of them with a blank after each comma; None leaves the key out.
    ``tag`` is CCM's image tag. A managed cluster has neither CCM workload nor masters.
    """

    name: str
    description: str
    story: Callable[[Ground], None]
    listed: str | None = "{all}"
    nodes: int = 9
    tables: int = 2
    least_tables: int = 2
    most_tables: int = 10
    tag: str = "v2.11.2"
    managed: bool = False
    quota: int = 200


def _just_run(ground: Ground) -> None:
    ground.play()


def _then_a_node_joins(ground: Ground) -> None:
    """CCM has had its periodic pass; what it does about a new node is up to its events."""
    ground.play()
    ground.join()
    ground.ccm.event_pass()


def _second_table(ground: Ground) -> None:
    """All is well with one table; then the VPC gets others, and two nodes join."""
    ground.play()
    for _ in range(ground.tables_later):
        ground.add_table()
    ground.join()
    ground.join()
    ground.ccm.event_pass()
    ground.ccm.periodic_pass()


def _hand_made_entries(ground: Ground) -> None:
    """Someone works on the tables by hand behind CCM's back."""
    ground.play()
    last = ground.table_ids[-1]
    stranger = ground.instance("stranger")
    ground.occupy(last, ground.nodes[-1].pod_cidr, stranger, "Instance")
    ground.occupy(ground.table_ids[0], ground.nodes[-2].pod_cidr, "eni-bp1practice", _ENI)
    half = ground.nodes[-3].pod_cidr.replace("/24", "/25")
    ground.occupy(last, half, "eni-bp1practice", _ENI)


def _nodes_leave_unseen(ground: Ground) -> None:
    """Two nodes are released while CCM is down."""
    ground.play()
    ground.leave()
    ground.leave()
    ground.play()


_ENI = "NetworkInterface"
_ALL = (
    Blueprint(
        "healthy",
        "two route tables, both listed: every route is there",
        _just_run,
    ),
    Blueprint(
        "single-table",
        "one route table and no list: nothing needs to be done",
        _just_run,
        listed=None,
        tables=1,
        least_tables=1,
        most_tables=1,
    ),
    Blueprint(
        "blocked",
        "a second route table and no list: new nodes get no route",
        _second_table,
        listed=None,
    ),
    Blueprint(
        "blank-in-list",
        "a blank in the list of tables: new nodes get no route",
        _then_a_node_joins,
        listed="{spaced}",
    ),
    Blueprint(
        "unknown-table",
        "a listed table does not exist: new nodes wait for minutes",
        _then_a_node_joins,
        listed="{all},vtb-bp1nosuchtable000000",
    ),
    Blueprint(
        "unlisted-vswitch",
        "nodes in a vSwitch whose table is not listed: a black hole",
        _just_run,
        listed="{0}",
    ),
    Blueprint(
        "conflict",
        "entries made by hand are in the way of three nodes",
        _hand_made_entries,
    ),
    Blueprint(
        "orphans",
        "nodes left while CCM was down: their entries stay for ever",
        _nodes_leave_unseen,
    ),
    Blueprint(
        "managed",
        "an ACK managed cluster: CCM can not be seen from inside",
        _just_run,
        managed=True,
    ),
    Blueprint(
        "large",
        "5,000 nodes and 4 route tables; see --nodes and --tables",
        _just_run,
        nodes=5000,
        tables=4,
        least_tables=1,
        quota=20_000,
    ),
    *(Blueprint(one.name, one.description, one.story, **one.changes) for one in TROUBLES),
)

BLUEPRINTS = {one.name: one for one in _ALL}
# What a command line needs to know: names and descriptions.
SCENARIOS = {one.name: one.description for one in _ALL}
