"""The CCM of one Snapshot, assessed: version, settings, list, and what stands in its way."""

from __future__ import annotations

from msgspec import Struct, structs

from kubectl_routes.ccm import flags, startup
from kubectl_routes.ccm.cloudconfig import Reading
from kubectl_routes.ccm.entries import instance_of
from kubectl_routes.ccm.flags import Settings
from kubectl_routes.ccm.needed_flags import FlagChange, fatal_flags, needed_flags
from kubectl_routes.ccm.nodes import Served, serve
from kubectl_routes.ccm.releases import VersionBehavior, behavior_of
from kubectl_routes.ccm.route_need import Need, RouteNeed, route_need
from kubectl_routes.ccm.startup import Blocker
from kubectl_routes.ccm.version import Version, parse_image
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.message import message
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.snapshot import PART_TABLES, Snapshot
from kubectl_routes.model.vpc import RouteTable


class Assessment(Struct, frozen=True):
    """What is known of the CCM before looking at any single route.

    ``version`` is None when the image tag names no release; ``behavior`` is then the newest.
    ``ids`` are the tables CCM works on, in its order, exactly as it reads them; None when that
    cannot be known, empty when there are none. ``from_list``: they come from routeTableIDs.
    ``blocker`` keeps CCM from writing any route; it is the first of ``blockers``, which are all
    that would. ``mode`` says how it handles tables, ``faults`` are the RT codes of the ``ids`` that
    it cannot work with. ``listed`` is the very text of routeTableIDs,
    ``keyed`` whether cloud-config holds an AccessKey. ``needed_flags`` are all flags that must
    change before CCM starts and writes routes.
    """

    version: Version | None
    behavior: VersionBehavior
    settings: Settings
    config: ConfigState
    served: tuple[Served, ...]
    ids: tuple[str, ...] | None
    from_list: bool
    blockers: tuple[Blocker, ...]
    mode: Mode
    faults: dict[str, str]
    vpc_tables: tuple[RouteTable, ...]
    listed: str = ""
    keyed: bool = False
    needed_flags: tuple[FlagChange, ...] = ()
    need: RouteNeed = RouteNeed(Need.UNKNOWN, "")

    @property
    def blocker(self) -> Blocker | None:
        """The gravest of the blockers."""
        return self.blockers[0] if self.blockers else None


class _Tables(Struct, frozen=True):
    ids: tuple[str, ...] | None
    from_list: bool = False
    blocker: Blocker | None = None


def assess(snapshot: Snapshot, networks: Networks) -> Assessment:
    """Assess the CCM of a Snapshot.

    On a managed cluster CCM and its list are not visible: with several tables in the VPC, those
    that already hold a route of some node count as managed, and what CCM will do is unknown.
    """
    controller, visible = snapshot.controller, snapshot.controller.visible
    version = parse_image(controller.image)
    behavior = behavior_of(version)
    words = controller.command + controller.args
    settings = flags.parse(words, behavior, controller.unexpanded)
    config = startup.find_config(controller.cloud_config, behavior)
    vpc_tables = tables_of_vpc(snapshot)
    served = tuple(serve(node, behavior, networks) for node in snapshot.nodes)
    tables = _tables(snapshot, vpc_tables, config.reading, behavior)
    if controller.kind is ControllerKind.MANAGED and tables.ids is None:
        tables = _Tables(_tables_in_use(snapshot, vpc_tables, served, networks))
    need = route_need(snapshot, routes_off=visible and not settings.routes_on)
    stopped = _stopped(snapshot, settings, need, visible=visible)
    if need.needless:
        idle_reason = need.reason if stopped is not None and stopped.code == "RT118" else ""
        served = tuple(
            structs.replace(one, skip=one.skip or idle_reason, needless=True) for one in served
        )
    needed: tuple[FlagChange, ...] = ()
    refusals: tuple[Blocker, ...] = ()
    if visible:
        needed = needed_flags(settings, behavior, config.reading, snapshot.cluster.cluster_cidr)
        fatal = fatal_flags(needed, routes_on=settings.routes_on)
        refusals = startup.refusals(controller, fatal, config)
    if refusals:
        tables = _Tables(ids=())
    idle = (
        startup.not_running(controller),
        startup.outdated(controller, behavior, config.reading, snapshot.time),
    )
    blockers = tuple(filter(None, (stopped, *refusals, tables.blocker, *idle)))
    unsure = _is_unsure(snapshot, tables) or (visible and not settings.routes_known)
    return Assessment(
        version=version,
        behavior=behavior,
        settings=settings,
        config=ConfigState.ABSENT if controller.kind is ControllerKind.ABSENT else config.state,
        served=served,
        ids=tables.ids,
        from_list=tables.from_list,
        blockers=blockers,
        mode=_mode(stopped, refusals, tables, unsure=unsure),
        faults=_faults(tables.ids or (), snapshot),
        vpc_tables=vpc_tables,
        listed=config.reading.listed if config.reading is not None else "",
        needed_flags=needed,
        need=need,
        keyed=config.reading is not None and config.reading.keyed,
    )


def tables_of_vpc(snapshot: Snapshot) -> tuple[RouteTable, ...]:
    """The route tables of the cluster's own VPC; a Snapshot may hold a listed foreign one too."""
    vpc_id = snapshot.cluster.vpc_id
    return tuple(table for table in snapshot.tables if not vpc_id or table.vpc_id in ("", vpc_id))


def _faults(ids: tuple[str, ...], snapshot: Snapshot) -> dict[str, str]:
    """The RT code of every id of the list that CCM cannot work with; only the form of an id is
    judged where the tables could not be read.
    """
    faults: dict[str, str] = {}
    unread = snapshot.gap(PART_TABLES) is not None
    known = {} if unread else {table.id: table for table in snapshot.tables}
    own = ("", snapshot.cluster.vpc_id) if snapshot.cluster.vpc_id else ()
    for item in ids:
        table = known.get(item)
        if not item or any(letter.isspace() for letter in item):
            faults[item] = "RT103"
        elif table is None and not unread:
            faults[item] = "RT104"
        elif table is not None and own and table.vpc_id not in own:
            faults[item] = "RT105"
        elif table is not None and table.is_gateway:
            faults[item] = "RT106"
    return faults


def _tables(
    snapshot: Snapshot,
    vpc_tables: tuple[RouteTable, ...],
    reading: Reading | None,
    behavior: VersionBehavior,
) -> _Tables:
    """Which tables CCM works on: the list, else the VPC's only table."""
    if reading is not None and reading.ids is not None:
        if any(item.strip() for item in reading.ids):
            return _Tables(reading.ids, from_list=True)
        why = message("routeTableIDs holds no id, only spaces")
        return _Tables((), True, Blocker("RT103", why))
    tables_read = snapshot.gap(PART_TABLES) is None and bool(snapshot.cluster.vpc_id)
    managed = snapshot.controller.kind is ControllerKind.MANAGED
    if not tables_read or (reading is None and not managed):
        return _Tables(None)
    if len(vpc_tables) == 1:
        return _Tables((vpc_tables[0].id,))
    if managed:
        return _Tables(None)
    found = message("the VPC has no route table")
    if vpc_tables:
        found = message("the VPC has {count} route tables", count=len(vpc_tables))
        if not behavior.lists_tables:
            why = message("{found} and this CCM does not know routeTableIDs", found=found)
            return _Tables((), blocker=Blocker("RT113", why))
    why = message("{found} and routeTableIDs is not set", found=found)
    return _Tables((), blocker=Blocker("RT101", why))


def _tables_in_use(
    snapshot: Snapshot,
    tables: tuple[RouteTable, ...],
    served: tuple[Served, ...],
    networks: Networks,
) -> tuple[str, ...] | None:
    """The tables that hold a right entry for some node; None when no table does."""
    wanted = {(one.network, one.instance) for one in served if one.instance}
    used = tuple(
        table.id
        for table in tables
        if any(
            (networks.parse(entry.cidr), instance_of(entry)) in wanted
            for entry in snapshot.entries.get(table.id, ())
        )
    )
    return used or None


def _stopped(
    snapshot: Snapshot, settings: Settings, need: RouteNeed, *, visible: bool
) -> Blocker | None:
    """Why there is nothing that would write routes, by design or by absence."""
    if snapshot.controller.kind is ControllerKind.ABSENT:
        reason = message("no cloud-controller-manager is found in any namespace")
        return Blocker("RT112", reason, "absent")
    if need.needless and not (visible and settings.routes_on):
        return Blocker("RT118", need.reason)
    if visible and not settings.routes_on:
        return Blocker("RT111", message("cloud routes are switched off by CCM's flags"))
    return None


def _is_unsure(snapshot: Snapshot, tables: _Tables) -> bool:
    """Whether one table of several in use of a managed cluster may be a list of one, or no list."""
    managed = snapshot.controller.kind is ControllerKind.MANAGED
    return managed and len(snapshot.tables) > 1 and len(tables.ids or ()) == 1


def _mode(
    stopped: Blocker | None, refusals: tuple[Blocker, ...], tables: _Tables, *, unsure: bool
) -> Mode:
    if stopped is not None:
        return Mode.OFF
    if refusals or tables.blocker is not None:
        return Mode.BLOCKED
    if tables.ids is None or unsure:
        return Mode.UNKNOWN
    return Mode.MULTI_TABLE if len(set(tables.ids)) > 1 else Mode.SINGLE_TABLE
