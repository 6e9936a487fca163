"""What an operator must be told that no single cell can say."""

from __future__ import annotations

from kubectl_routes.analyze.placement import Placement
from kubectl_routes.ccm.assessment import Assessment, list_faults
from kubectl_routes.ccm.reasons import REASONS
from kubectl_routes.ccm.startup import half_rolled_out
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.snapshot import PART_TABLES, Snapshot


def notices(snapshot: Snapshot, ccm: Assessment, placement: Placement) -> tuple[str, ...]:
    """One line for each remark, the gravest first."""
    lines = []
    if ccm.blocker is not None:
        late = ccm.blocker.code == "RT109"
        what = "CCM may still work with an older list" if late else "no route is written"
        lines.append(f"{ccm.blocker.code}: {what}: {ccm.blocker.reason}.")
    lines += _list_lines(snapshot, ccm)
    lines += _version_lines(snapshot, ccm)
    lines += _placement_lines(placement)
    if ccm.need.needless and ccm.mode is not Mode.OFF:
        lines.append(f"RT118: {ccm.need.reason}, and this CCM writes them all the same.")
    return tuple(lines)


def _placement_lines(placement: Placement) -> list[str]:
    if not placement.astray:
        return []
    first, count = placement.astray[0], len(placement.astray)
    which = f"node {first} has its" if count == 1 else f"{count} nodes ({first}, …) have their"
    return [f"RT209: {which} address in no vSwitch of the VPC: which table decides is not known."]


def _list_lines(snapshot: Snapshot, ccm: Assessment) -> list[str]:
    if not ccm.from_list or not ccm.ids:
        return []
    tables = snapshot.tables if snapshot.gap(PART_TABLES) is None else None
    faults = list_faults(ccm.ids, tables, snapshot.cluster.vpc_id)
    lines = [f"{code}: routeTableIDs: {item!r} {REASONS[code]}." for item, code in faults.items()]
    if faults and ccm.behavior.batches and set(faults.values()) != {"RT105"}:
        lines.append(
            "This CCM lists every table before it writes a new node's routes: one that cannot be"
            f" listed delays all of them to the periodic pass ({ccm.settings.period} s)."
        )
    doubles = sorted({item for item in ccm.ids if ccm.ids.count(item) > 1 and item})
    lines += [f"routeTableIDs names {item} twice, which is harmless." for item in doubles]
    return lines


def _version_lines(snapshot: Snapshot, ccm: Assessment) -> list[str]:
    controller = snapshot.controller
    if controller.kind is ControllerKind.MANAGED:
        return [
            "RT903: CCM runs in the managed control plane, where it cannot be seen. Tables that"
            " hold a route of this cluster count as managed; what CCM will do is not known."
        ]
    if not controller.visible:
        return []
    lines = []
    if half_rolled_out(controller):
        behind = controller.desired - controller.updated
        lines.append(
            f"RT115: {behind} of {controller.desired} CCM pods still run an older spec"
            f" ({controller.update_strategy or 'no update strategy told'}); judged is the new one."
        )
    if ccm.version is None:
        lines.append(
            f"The image {controller.image} names no CCM release; the newest behaviour is assumed."
        )
    if ccm.config is ConfigState.UNREADABLE:
        source = controller.cloud_config
        why = f" ({source.problem})" if source is not None and source.problem else ""
        lines.append(f"cloud-config could not be read{why}: what CCM will do is not known.")
    return lines
