"""What an operator must know that no single cell can say."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_routes.analyze.placement import Placement
from kubectl_routes.catalog.pages import about_table, notice
from kubectl_routes.ccm.assessment import Assessment
from kubectl_routes.ccm.startup import half_rolled_out
from kubectl_routes.model.controller import Controller, ControllerKind
from kubectl_routes.model.duration import duration
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.snapshot import Snapshot


def notices(snapshot: Snapshot, ccm: Assessment, placement: Placement) -> tuple[str, ...]:
    """One line for each remark, the gravest first."""
    return tuple(_lines(snapshot, ccm, placement))


def _lines(snapshot: Snapshot, ccm: Assessment, placement: Placement) -> Iterator[str]:
    if ccm.blocker is not None:
        name = "outdated" if ccm.blocker.code == "RT109" else "blocked"
        yield notice(name, code=ccm.blocker.code, reason=ccm.blocker.reason)
    if ccm.from_list and ccm.ids:
        yield from _list_lines(ccm, ccm.ids)
    if snapshot.controller.kind is ControllerKind.MANAGED:
        yield notice("managed")
    if snapshot.controller.visible:
        yield from _version_lines(snapshot.controller, ccm)
    if placement.outside_v_switches:
        first, count = placement.outside_v_switches[0], len(placement.outside_v_switches)
        yield notice("outside", count=count, node=first if count == 1 else f"{first}, …")
    if ccm.need.needless and ccm.mode is not Mode.OFF:
        yield notice("needless", cni=ccm.need.plugin)


def _list_lines(ccm: Assessment, ids: tuple[str, ...]) -> Iterator[str]:
    for item, code in ccm.faults.items():
        yield notice("fault", code=code, item=repr(item), reason=about_table(code))
    if ccm.behavior.batches and set(ccm.faults.values()) - {"RT105"}:
        yield notice("delayed", period=duration(ccm.settings.period))
    for item in sorted({item for item in ids if ids.count(item) > 1 and item}):
        yield notice("double", item=item)


def _version_lines(controller: Controller, ccm: Assessment) -> Iterator[str]:
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
