"""The situations that the simulated cluster can be in, each told as a short story."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_routes_simulator.troubles import TROUBLES

if TYPE_CHECKING:
    from kubectl_routes_simulator.ground import Ground


class Layout(Enum):
    """How CCM is installed: as ACK does it today; as the how-to on several tables leaves it; or as
    that how-to finds it, without cloud-config.
    """

    TODAY = "today"
    HOW_TO = "how-to"
    BEFORE_HOW_TO = "before the how-to"


class Blueprint(Struct, frozen=True):
    """A scenario: what is there at the beginning, and the ``story`` that happens then.

    ``listed`` becomes routeTableIDs: ``{0}``, ``{1}`` … are table ids, ``{all}`` all of them,
    ``{spaced}`` all of them with a space after each comma; None leaves the key out. ``config`` is
    the whole cloud-config instead, with the list in place of ``%s``. ``tag`` is CCM's image tag;
    ``by_hand`` says that its pods are replaced only when somebody deletes them. A managed cluster
    has neither CCM workload nor masters. ``quota`` is how many custom entries a table may hold.
    ``backend`` is Flannel's. A cluster that is not ``acks_own`` has no ConfigMap of ACK, and its
    cloud-config names no VPC.
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
    layout: Layout = Layout.TODAY
    config: str = ""
    by_hand: bool = False
    managed: bool = False
    quota: int = 200
    backend: str = "alloc"
    acks_own: bool = True


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


def _tables_are_there(ground: Ground) -> None:
    """The VPC has several tables before CCM starts."""
    for _ in range(ground.tables_later):
        ground.add_table()
    ground.play()


def _nearly_full(ground: Ground) -> None:
    """Hand-made entries leave room for two thirds of the nodes in each table."""
    room = 2 * len(ground.nodes) // 3
    for table_id in ground.table_ids:
        ground.fill(table_id, room)
    ground.play()


def _crash_for_a_while(ground: Ground) -> None:
    """CCM has been started again a few times already."""
    ground.play()
    for _ in range(_CRASHES):
        ground.rollout.settle()


_ENI = "NetworkInterface"
_CRASHES = 4
# As the how-to's appendix writes it, Global without quotes.
_UNQUOTED = """{
    Global: {
        "routeTableIDs": "%s"
    }
}
"""
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
        "space-in-list",
        "a space in the list of tables: new nodes get no route",
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
        "quota",
        "the tables are nearly full: not every node gets its route",
        _nearly_full,
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
        "crashloop",
        "cloud-config is not the JSON that this CCM wants: it crashes",
        _crash_for_a_while,
        tag="v1.9.3.86-g4454991-aliyun",
        layout=Layout.HOW_TO,
        config=_UNQUOTED,
    ),
    Blueprint(
        "old-ccm",
        "a CCM that is too old to know a list of route tables",
        _just_run,
        tag="v1.9.3.81-gca19cd4-aliyun",
        layout=Layout.HOW_TO,
    ),
    Blueprint(
        "seed-before",
        "several tables and a CCM of 2019: before the official how-to",
        _tables_are_there,
        listed=None,
        tag="v1.9.3.81-gca19cd4-aliyun",
        layout=Layout.BEFORE_HOW_TO,
    ),
    Blueprint(
        "on-delete",
        "one of two tables is listed, and pods restart only by hand",
        _just_run,
        listed="{0}",
        by_hand=True,
    ),
    Blueprint(
        "managed",
        "an ACK managed cluster: CCM can not be seen from inside",
        _just_run,
        managed=True,
    ),
    Blueprint(
        "managed-blocked",
        "a managed cluster, a second route table and no list",
        _second_table,
        listed=None,
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
    Blueprint(
        "self-built",
        "a cluster without ACK: no object in it names the VPC",
        _just_run,
        acks_own=False,
    ),
    *(Blueprint(one.name, one.description, one.story, **one.changes) for one in TROUBLES),
)

BLUEPRINTS = {one.name: one for one in _ALL}
# Names of former releases, which are still taken.
FORMER_NAMES = {"blank-in-list": "space-in-list"}
# What a command line needs to know: names and descriptions.
SCENARIOS = {one.name: one.description for one in _ALL}
# The same names, in the order in which a list shows them.
THEMES = {
    "healthy": "healthy single-table managed self-built vxlan excluded large",
    "the list of route tables": "blocked managed-blocked space-in-list unknown-table foreign-table "
    "gateway-table system-unlisted unlisted-vswitch on-delete stale-config",
    "CCM": "absent crashloop flag-missing unmounted routes-off narrow-range old-ccm seed-before "
    "ram-denied throttled gitops",
    "the network plugin": "terway vxlan-routes-on tainted-routes-off",
    "nodes": "no-podcidr no-providerid prefixed-providerid other-region other-provider "
    "registered-again kubelet-down stuck-taint overlap stray-node",
    "route entries and tables": "quota conflict orphans lost-route slow-vpc doomed-entry "
    "disabled-hop old-v2 ending-table shared-range",
}
