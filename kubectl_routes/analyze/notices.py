"""What an operator must know that no single cell can say."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_routes.analyze.placement import Placement
from kubectl_routes.catalog.pages import about_table, notice
from kubectl_routes.ccm.assessment import Assessment
from kubectl_routes.ccm.startup import half_rolled_out
from kubectl_routes.model.controller import ControllerKind
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.snapshot import Snapshot


def notices(snapshot: Snapshot, ccm: Assessment, placement: Placement) -> tuple[str, ...]:
    """One line for each remark, the gravest first."""
    lines = []
    if ccm.blocker is not None:
        name = "outdated" if ccm.blocker.code == "RT109" else "blocked"
        lines.append(notice(name, code=ccm.blocker.code, reason=ccm.blocker.reason))
    lines += _list_lines(ccm)
    lines += _version_lines(snapshot, ccm)
    if placement.outside_v_switches:
        first, count = placement.outside_v_switches[0], len(placement.outside_v_switches)
        some = first if count == 1 else f"{first}, …"
        lines.append(notice("outside", count=count, node=some))
    if ccm.need.needless and ccm.mode is not Mode.OFF:
        lines.append(notice("needless", cni=ccm.need.plugin))
    return tuple(lines)


def _list_lines(ccm: Assessment) -> Iterator[str]:
    if not ccm.from_list or not ccm.ids:
        return
    for item, code in ccm.faults.items():
        yield notice("fault", code=code, item=repr(item), reason=about_table(code))
    if ccm.behavior.batches and set(ccm.faults.values()) - {"RT105"}:
        yield notice("delayed", period=duration(ccm.settings.period))
    for item in sorted({item for item in ccm.ids if ccm.ids.count(item) > 1 and item}):
        yield notice("double", item=item)


def _version_lines(snapshot: Snapshot, ccm: Assessment) -> Iterator[str]:
    controller = snapshot.controller
    if controller.kind is ControllerKind.MANAGED:
        yield notice("managed")
    if not controller.visible:
        return
    if half_rolled_out(controller):
        yield notice(
            "old-pods",
            behind=controller.desired - controller.updated,
            desired=controller.desired,
            strategy=controller.update_strategy or "?",
        )
    if ccm.version is None:
        yield notice("release", image=controller.image)
    if ccm.config is ConfigState.UNREADABLE:
        source = controller.cloud_config
        problem = source.problem if source is not None else ""
        name = "unreadable-because" if problem else "unreadable"
        yield notice(name, problem=problem)
