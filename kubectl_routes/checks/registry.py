"""All checks, in the order of their codes: which function, and what it must have read."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kubectl_routes.checks import controller, entries, nodes, operation, tables, tool, vpc
from kubectl_routes.checks.context import CheckContext
from kubectl_routes.checks.raw_finding import Found
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG as CONFIG,
    PART_CLUSTER_CIDR as CIDR,
    PART_CONTROLLER as CONTROLLER,
    PART_ENTRIES as ENTRIES,
    PART_EVENTS as EVENTS,
    PART_LOGS as LOGS,
    PART_NODES as NODES,
    PART_PODS as PODS,
    PART_TABLES as TABLES,
    PART_VSWITCHES as VSWITCHES,
)


class Check(Struct, frozen=True):
    """One check. Where one of ``needs`` (parts of the Snapshot) could not be read and nothing was
    found nevertheless, its answer is unknown. So it is for a gap in one of ``unless``, which a CCM
    of a managed control plane is not. ``always``: it is made even in a cluster that needs
    no routes, such as one with Terway.
    """

    code: str
    run: Callable[[CheckContext], Found]
    needs: tuple[str, ...] = ()
    always: bool = False
    unless: tuple[str, ...] = ()


_ROUTES = (NODES, TABLES, ENTRIES)

CHECKS = (
    Check("RT101", tables.no_list, (CONTROLLER, CONFIG, TABLES)),
    Check("RT102", controller.refused_config, (CONTROLLER, CONFIG), always=True),
    Check("RT103", tables.malformed_list, (CONTROLLER, CONFIG)),
    Check("RT104", tables.absent_table, (CONTROLLER, CONFIG, TABLES)),
    Check("RT105", tables.foreign_table, (CONTROLLER, CONFIG, TABLES)),
    Check("RT106", tables.gateway_table, (CONTROLLER, CONFIG, TABLES)),
    Check("RT107", tables.unlisted_system_table, (CONTROLLER, CONFIG, TABLES)),
    Check("RT108", tables.unlisted_table_in_use, (CONTROLLER, CONFIG, NODES, TABLES, VSWITCHES)),
    Check("RT109", controller.outdated_config, (CONTROLLER, CONFIG, PODS)),
    Check("RT110", controller.unwired_config, (CONTROLLER, CONFIG, PODS), always=True),
    Check("RT111", controller.routes_off, (CONTROLLER,)),
    Check("RT112", controller.not_running, (CONTROLLER, PODS), always=True),
    Check("RT113", controller.release, (CONTROLLER,), always=True),
    Check("RT114", operation.cluster_range, (NODES, CIDR), unless=(CONTROLLER,)),
    Check("RT115", controller.old_pods, (CONTROLLER,), always=True),
    Check("RT116", operation.ram_permission, (EVENTS,), unless=(CONTROLLER,)),
    Check("RT117", operation.throttling, (EVENTS, LOGS)),
    Check("RT118", operation.needless_routes, (NODES,), always=True, unless=(CONTROLLER,)),
    Check("RT119", controller.other_manager, (CONTROLLER,), always=True),
    Check("RT120", controller.several, (CONTROLLER,), always=True),
    Check("RT201", nodes.no_pod_cidr, (NODES,)),
    Check("RT202", nodes.no_instance, (NODES,), unless=(CONTROLLER, CONFIG, TABLES)),
    Check("RT203", nodes.prefixed_provider, (NODES,)),
    Check("RT204", nodes.exempt, (NODES,)),
    Check("RT205", nodes.not_reporting, (NODES,)),
    Check("RT206", nodes.wrongly_unavailable, _ROUTES),
    Check("RT207", nodes.wrongly_available, (*_ROUTES, VSWITCHES)),
    Check("RT208", nodes.overlapping, (NODES, VSWITCHES)),
    Check("RT209", nodes.outside_v_switches, (NODES, VSWITCHES)),
    Check("RT301", entries.missing, _ROUTES),
    Check("RT302", entries.wrong_instance, _ROUTES),
    Check("RT303", entries.not_available, _ROUTES),
    Check("RT304", entries.shadowed, _ROUTES),
    Check("RT305", entries.taken, _ROUTES),
    Check("RT306", entries.orphans, (*_ROUTES, CIDR)),
    Check("RT307", entries.to_delete, (*_ROUTES, CONTROLLER, CONFIG)),
    Check("RT308", entries.disabled, _ROUTES),
    Check("RT309", entries.former, (*_ROUTES, CIDR)),
    Check("RT401", vpc.quota, _ROUTES, unless=(CONTROLLER, CONFIG)),
    Check("RT402", vpc.table_state, (TABLES,)),
    Check("RT403", vpc.other_cluster, (*_ROUTES, CIDR), unless=(CONTROLLER,)),
    Check("RT901", tool.cluster_unreadable, always=True),
    Check("RT902", tool.vpc_unreadable, always=True),
    Check("RT903", tool.out_of_sight, always=True, unless=(CONTROLLER,)),
)

CHECKS_BY_CODE = {check.code: check for check in CHECKS}
