"""What is left when multi-table mode is off again."""

from __future__ import annotations

from kubectl_routes.analyze.matrix import build
from kubectl_routes.ccm.assessment import assess
from kubectl_routes.model.command import command
from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.plan import Object, Plan
from kubectl_routes.model.snapshot import PART_TABLES, Snapshot
from kubectl_routes.plan.projection import project

ENTRIES_SHOWN = 3


def has_read(controller: Controller) -> bool:
    """Whether a pod of CCM has started since its cloud-config was written last, so that it works
    with what is in it. Unknown times count as a yes: a restart too many does little harm.
    """
    config = controller.cloud_config
    if config is None or config.source is not ConfigSourceKind.CONFIG_MAP:
        return False  # it reads none, whatever lies in a ConfigMap
    ages = [seconds_between(config.changed, pod.started) for pod in controller.pods]
    return any(age is None or age >= 0 for age in ages)


# What CCM exits on: a cloud-config that it refuses or does not find, and its flags.
_EXITS = ("RT102", "RT110", "RT112")


def impact(
    snapshot: Snapshot, plan: Plan, config_map: Object | None
) -> tuple[str, tuple[str, ...]]:
    """Why CCM will not start once the plan is carried out, empty where it will, or does not now
    for the same reason; and what else to know: what CCM will do then, and which entries stay.
    """
    now, then = (assess(at, Networks()) for at in (snapshot, project(snapshot, plan, config_map)))
    before = [blocker.reason for blocker in now.blockers]
    stalled = (
        blocker.reason
        for blocker in then.blockers
        if blocker.code in _EXITS and blocker.reason not in before
    )
    lines = []
    if then.blocker is not None:
        lines.append(
            message(
                "{code}: after this CCM writes no route at all: {reason}",
                code=then.blocker.code,
                reason=then.blocker.reason,
            )
        )
    left = remaining_entries(snapshot, plan, frozenset(then.ids or ()))
    return next(stalled, ""), (*lines, *left)


def remaining_entries(snapshot: Snapshot, plan: Plan, served: frozenset[str]) -> tuple[str, ...]:
    """The entries that stay in tables that CCM no longer serves, one line a table. Without a list
    it serves the only table of a VPC; ``served`` are the ids where that is known. Where the tables
    were not read, nothing can be said.
    """
    if snapshot.gap(PART_TABLES) is not None:
        return (
            message(
                "the route tables could not be read: which routes CCM will no longer manage is"
                " not known"
            ),
        )
    lines = []
    only = {table.id for table in snapshot.tables} if len(snapshot.tables) == 1 else set()
    still = {item.strip() for item in (plan.now or "").split(",")} | only | served
    gone = [item.strip() for item in (plan.was or "").split(",") if item.strip() not in still]
    matrix = build(snapshot)
    for table in gone:
        entries = [
            message("{cidr} to {hop}", cidr=row.pod_cidr, hop=cell.next_hop)
            for row in matrix.nodes
            if (cell := row.routes.get(table)) is not None and cell.next_hop
        ]
        if entries:
            lists = command("kubectl routes status --tables={table}", {"table": table})
            more = len(entries) - ENTRIES_SHOWN
            shown = joined(", ", entries[:ENTRIES_SHOWN])
            if more > 0:
                shown = message("{names} and {count} more", names=shown, count=more)
            stays = message(
                "{table} keeps its {count} entries of this cluster, which CCM no longer manages:"
                " {shown}",
                table=table,
                count=len(entries),
                shown=shown,
            )
            all_of_them = message("{command} lists them all", command=lists) if lists else ""
            lines.append(joined("; ", (stays, all_of_them)))
    return tuple(lines)
