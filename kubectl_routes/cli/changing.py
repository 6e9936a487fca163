"""What a command that writes reads first: the way to the cluster, and the draft of a plan."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, NamedTuple

from msgspec import structs

from kubectl_routes.apply.rollout import pods_of
from kubectl_routes.apply.session import Session
from kubectl_routes.ccm.assessment import assess
from kubectl_routes.cli.reading import collect_options
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import manifests
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.redact_manifest import masked
from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.errors import ChangedMeanwhile, UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.networks import Networks
from kubectl_routes.model.plan import Check, Manifests, Permission, Plan
from kubectl_routes.model.repair import NodeChange
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.model.undo import ConfigMapUndo, WorkloadUndo
from kubectl_routes.plan.annotations import record_in
from kubectl_routes.plan.managed_plan import NAMESPACE
from kubectl_routes.plan.rollout_status import is_current
from kubectl_routes.plan.wiring import CONFIG_MAP, KEY
from kubectl_routes.render.changes import Mask
from kubectl_routes.render.plan import Target


class Draft(NamedTuple):
    """A plan with all that it was made from; ``stalled`` is why CCM will not start with it, where
    that is known and meant.
    """

    snapshot: Snapshot
    manifests: Manifests
    plan: Plan
    checks: tuple[Check, ...]
    stalled: str = ""

    @property
    def controller(self) -> Controller:
        """CCM as it was read."""
        return self.snapshot.controller

    @property
    def target(self) -> Target:
        """Where the plan is to be applied."""
        cluster, controller = self.snapshot.cluster, self.controller
        pods = controller.desired if self.plan.workload is not None else 0
        return Target(cluster.context, cluster.server, pods)

    @property
    def subject(self) -> dict[str, Any]:
        """The object that Events are about: CCM's workload, or what keeps the record for it."""
        if self.manifests.workload:
            return self.manifests.workload
        change = self.plan.change("ConfigMap")
        return self.manifests.config_map or (change.after if change else None) or {}

    @property
    def source(self) -> tuple[str, str]:
        """Name and key of the ConfigMap that holds, or will hold, the list."""
        for change in self.plan.changes:
            if isinstance(change.undo, ConfigMapUndo):
                return change.name, change.undo.key
            if isinstance(change.undo, WorkloadUndo):
                name, _, key = change.undo.config_map.partition("/")
                return name, key
        held = self.manifests.config_map
        return (held["metadata"]["name"] if held else CONFIG_MAP), self.config_key

    @property
    def config_key(self) -> str:
        """The key of the ConfigMap that holds, or will hold, cloud-config."""
        config = self.controller.cloud_config
        return config.key if config is not None and config.key else KEY

    @property
    def mask(self) -> Mask:
        """What takes the credentials out of an object that is shown."""
        return partial(masked, config_key=self.config_key)


@contextmanager
def session(
    args: argparse.Namespace,
    terminal: Terminal,
    tables: tuple[str, ...] = (),
    *,
    logs: bool = False,
) -> Iterator[Session]:
    """The way to the cluster for a command that writes. ``tables`` are looked up wherever they
    are; with ``logs`` CCM's last log lines are read as well.
    """
    if args.snapshot is not None:
        raise UsageError(
            message("a snapshot file cannot be written to"), message("leave --snapshot out")
        )
    options = structs.replace(collect_options(args), tables=tables, logs=logs)
    gc.enable()
    with closing(Session(options, terminal.env, SystemClock())) as opened:
        yield opened


def read_manifests(session: Session, snapshot: Snapshot) -> Manifests:
    """The objects to change, of the same moment as the Snapshot.

    Raises ChangedMeanwhile when one of them has changed in between, and ClusterError.
    """
    controller = snapshot.controller
    client = session.client()
    found = manifests.read_manifests(client, controller, CONFIG_MAP)
    if found.workload["metadata"].get("generation", 0) != controller.generation:
        raise ChangedMeanwhile(
            message(
                "{kind} {controller} has just been changed",
                kind=controller.kind.value,
                controller=controller.name,
            )
        )
    _check_config_map(controller, found)
    record = record_in(found.workload, WorkloadUndo)
    name = record.config_map.partition("/")[0] if record else ""
    if name and found.config_map is None and name != CONFIG_MAP:
        return manifests.read_manifests(client, controller, name)
    return found


def _check_config_map(controller: Controller, found: Manifests) -> None:
    """Raise ChangedMeanwhile unless the ConfigMap is the one that CCM's cloud-config was read from.

    A read that finds none where there was one a moment ago is no reason to leave it out of a plan.
    """
    config = controller.cloud_config
    if config is None or config.source is not ConfigSourceKind.CONFIG_MAP:
        return
    metadata = (found.config_map or {}).get("metadata") or {}
    was, now = config.resource_version, metadata.get("resourceVersion", "")
    if was != now and (was or config.missing):
        raise ChangedMeanwhile(
            message("ConfigMap {config} has just been changed", config=config.name)
        )


def replacement(session: Session, snapshot: Snapshot, manifests: Manifests) -> tuple[bool, bool]:
    """Whether CCM's pods have to be replaced because they run with another cloud-config than the
    one that is there, and whether a rollout under way replaces some. Raises ClusterError.
    """
    if not _is_outdated(snapshot):
        return False, False
    # Those of an older template are about to be replaced, or have been since.
    controller, workload = snapshot.controller, manifests.workload
    pods = pods_of(session.client(), workload)
    new = {pod["metadata"]["name"] for pod in pods if is_current(workload, pod)}
    left = tuple(pod for pod in controller.pods if pod.name in new)
    rest = structs.replace(snapshot, controller=structs.replace(controller, pods=left))
    return _is_outdated(rest), left != controller.pods


def _is_outdated(snapshot: Snapshot) -> bool:
    """Whether CCM runs with another cloud-config than the one that is there."""
    blocker = assess(snapshot, Networks()).blocker
    return blocker is not None and blocker.code == "RT109"


def needed(
    controller: Controller, plan: Plan, nodes: tuple[NodeChange, ...] = ()
) -> tuple[Permission, ...]:
    """The permissions that a plan needs, and those of its rollback; and those for nodes."""
    space = controller.namespace or NAMESPACE
    plural = f"{controller.kind.value.lower()}s"
    wanted = []
    if plan.workload is not None:
        wanted += [
            Permission("get", plural, "apps", space, controller.name),
            Permission("patch", plural, "apps", space, controller.name),
            Permission("list", "pods", namespace=space),
        ]
    listed = plan.change("ConfigMap")
    if listed is not None and listed.before is None:
        wanted.append(Permission("create", "configmaps", namespace=space))
        wanted.append(Permission("delete", "configmaps", namespace=space, name=listed.name))
    elif listed is not None:
        verb = "delete" if listed.after is None else "patch"
        wanted.append(Permission(verb, "configmaps", namespace=space, name=listed.name))
    if plan.changes and controller.update_strategy == "OnDelete":
        wanted.append(Permission("delete", "pods", namespace=space))
    if nodes:
        wanted += [Permission("get", "nodes"), Permission("patch", "nodes/status")]
    if any(node.taint for node in nodes):
        wanted.append(Permission("patch", "nodes"))
    return tuple(wanted)
