"""What every check looks at: the Snapshot, judged once, and its cells by their cause."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.analyze.attribution import AffectedRoute, attribute
from kubectl_routes.analyze.matrix import Examination
from kubectl_routes.analyze.needs import counted_tables, wanted_tables
from kubectl_routes.ccm.nodes import Served
from kubectl_routes.ccm.startup import Blocker
from kubectl_routes.model.controller import ControllerKind, ControllerPod
from kubectl_routes.model.duration import duration
from kubectl_routes.model.finding import ObjectRef
from kubectl_routes.model.matrix import NodeRow, TableColumn
from kubectl_routes.model.moments import seconds_between
from kubectl_routes.model.snapshot import (
    PART_CLOUD_CONFIG,
    PART_CONTROLLER,
    PART_ENTRIES,
    PART_LOGS,
    PART_PODS,
    Snapshot,
)

_HIDDEN = (ControllerKind.MANAGED, ControllerKind.UNKNOWN)
_INSIDE = frozenset({PART_CONTROLLER, PART_CLOUD_CONFIG, PART_PODS, PART_LOGS})
# What CCM does within seconds; a node younger than this is on its way (in seconds).
_YOUNG = 120
CONTROLLER_NAME = "cloud-controller-manager"
CONTROLLER_NAMESPACE = "kube-system"


class CheckContext(Struct, frozen=True):
    """One examination, with what several checks ask for worked out once.

    ``affected`` are the cells by the code that explains them; ``rows`` and ``nodes`` are by name.
    ``counted`` are the ids of the tables that every node needs its route in. ``values`` fill
    the sentences and commands of any code: names, ids, versions.
    """

    examined: Examination
    affected: dict[str, tuple[AffectedRoute, ...]]
    rows: dict[str, NodeRow]
    nodes: dict[str, Served]
    counted: frozenset[str]
    values: dict[str, str]

    @property
    def snapshot(self) -> Snapshot:
        """What was read."""
        return self.examined.snapshot

    @property
    def tables(self) -> tuple[TableColumn, ...]:
        """All route tables of the matrix."""
        return self.examined.matrix.tables

    @property
    def served(self) -> tuple[Served, ...]:
        """The nodes as CCM sees them."""
        return self.examined.ccm.served

    @property
    def visible(self) -> bool:
        """Whether CCM's workload is in the cluster."""
        return self.snapshot.controller.visible

    @property
    def needs_routes(self) -> bool:
        """Whether there is anything to say of routes: CCM writes them, or pods need them."""
        return self.blocker("RT118") is None

    @property
    def failing(self) -> tuple[ControllerPod, ...]:
        """The pods of CCM that are not ready."""
        return tuple(pod for pod in self.snapshot.controller.pods if not pod.ready)

    @property
    def on_delete(self) -> bool:
        """Whether CCM's pods are replaced only when they are deleted."""
        return self.snapshot.controller.update_strategy == "OnDelete"

    def blocker(self, code: str) -> Blocker | None:
        """What keeps CCM from writing at all, if it is this."""
        found = (one for one in self.examined.ccm.blockers if one.code == code)
        return next(found, None)

    def cells(self, code: str) -> tuple[AffectedRoute, ...]:
        """The cells that this code explains."""
        return self.affected.get(code, ())

    def lacking(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the parts that could not be read, or that were not requested.

        Of a CCM that is not visible everything is missing; its workload alone is named.
        """
        hidden = self.snapshot.controller.kind in _HIDDEN and not _INSIDE.isdisjoint(needs)
        outside = (part for part in needs if part not in _INSIDE or not hidden)
        found = tuple(part for part in outside if self._lacks(part))
        return (PART_CONTROLLER, *found) if hidden else found

    def _lacks(self, part: str) -> bool:
        snapshot = self.snapshot
        if part == PART_ENTRIES:
            return any(gap.part.startswith(PART_ENTRIES) for gap in snapshot.gaps)
        if part == PART_LOGS and snapshot.controller.logs is None:
            return snapshot.controller.kind is not ControllerKind.ABSENT
        return snapshot.gap(part) is not None

    def is_young(self, created: str) -> bool:
        """Whether a node or pod is so new that others may still be at work on it."""
        age = seconds_between(created, self.snapshot.time)
        return age is not None and age < _YOUNG

    @property
    def workload(self) -> ObjectRef:
        """CCM's workload as an object; where it is not, what it would be."""
        controller = self.snapshot.controller
        kind = controller.kind.value if self.visible else ControllerKind.DAEMON_SET.value
        namespace = controller.namespace or CONTROLLER_NAMESPACE
        return ObjectRef(kind, f"{namespace}/{controller.name or CONTROLLER_NAME}")

    @property
    def config_object(self) -> ObjectRef:
        """What holds cloud-config: the ConfigMap, or the workload that should mount it."""
        config = self.snapshot.controller.cloud_config
        if config is None or not config.name:
            return self.workload
        return ObjectRef(
            config.source.value, "/".join(filter(None, (config.namespace, config.name)))
        )


def build_context(examined: Examination) -> CheckContext:
    """Work out what the checks share."""
    rows = {row.name: row for row in examined.matrix.nodes}
    nodes = {one.node.name: one for one in examined.ccm.served}
    counted = counted_tables(examined.matrix.tables)
    return CheckContext(examined, attribute(examined), rows, nodes, counted, _values(examined))


def _values(examined: Examination) -> dict[str, str]:
    snapshot, ccm = examined.snapshot, examined.ccm
    controller, config = snapshot.controller, snapshot.controller.cloud_config
    kind = controller.kind.value.lower() if controller.visible else "daemonset"
    pods = [pod for pod in controller.pods if not pod.ready] or controller.pods
    return {
        "tables": ",".join(wanted_tables(examined.matrix.tables, ccm.ids or ())) or "auto",
        "region": examined.table_context.region,
        "vpc": snapshot.cluster.vpc_id,
        "namespace": controller.namespace or CONTROLLER_NAMESPACE,
        "workload": f"{kind}/{controller.name or CONTROLLER_NAME}",
        "container": controller.container or CONTROLLER_NAME,
        "pod": pods[0].name if pods else CONTROLLER_NAME,
        "version": str(ccm.version or controller.image or "CCM"),
        "config": config.name if config is not None and config.name else "cloud-config",
        "period": duration(ccm.settings.period),
    }
