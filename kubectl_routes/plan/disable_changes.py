"""The writes of ``disable``, however they were found, and the plan that holds them."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.command import command
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind, Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Manifests, Plan
from kubectl_routes.model.undo import (
    FlagUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.config_mount import CONFIG_MAP, FLAG
from kubectl_routes.plan.pods import (
    Object,
    container_of,
    holds,
    mounts_of,
    provides,
    volume_of,
)
from kubectl_routes.plan.undo import (
    Reverted,
    revert_workload,
)


def edit_command(config_map: Object | None, controller: Controller) -> str:
    """The command that edits the ConfigMap with cloud-config."""
    metadata = (config_map or {}).get("metadata") or {}
    values = {
        "namespace": controller.namespace,
        "object": f"configmap/{metadata.get('name', CONFIG_MAP)}",
    }
    return command("kubectl -n {namespace} edit {object}", values) or "kubectl edit"


def unmounted(controller: Controller, manifests: Manifests) -> Reverted:
    """The workload without the wiring, where CCM can do without a cloud-config."""
    config = controller.cloud_config
    flag = _only_flag(container_of(manifests.workload, controller.container))
    readable = config is not None and config.source is ConfigSourceKind.CONFIG_MAP
    needed = behavior_of(parse_image(controller.image)).config_required
    if config is None or flag is None or needed or not readable:
        return Reverted(deepcopy(manifests.workload))
    return revert_workload(
        manifests.workload, _wiring(controller.container, config, manifests.workload, flag)
    )


def _only_flag(container: Object) -> FlagUndo | None:
    """The flag, where it is one word and stands once, so that it can be taken out as it is."""
    found = [
        FlagUndo(name, word)
        for name in ("command", "args")
        for word in container.get(name) or []
        if word == FLAG or word.startswith(f"{FLAG}=")
    ]
    return found[0] if len(found) == 1 and found[0].now != FLAG else None


def _wiring(container: str, config: CloudConfig, workload: Object, flag: FlagUndo) -> WorkloadUndo:
    """The record that enable would have written, had it done this wiring."""
    mount = volume = ""
    for one in mounts_of(container_of(workload, container)):
        held = volume_of(workload, one["name"]) or {}
        shown = provides(held, config.name, config.key, one.get("subPath") or config.key)
        if shown and holds(one["mountPath"], config.path):
            mount, volume = one["mountPath"], one["name"]
    name = f"{config.name}/{config.key}"
    return WorkloadUndo(
        container, name, ValueChange(None, None), flag=flag, volume=volume, mount=mount
    )


def change_of(
    kind: str, before: Object | None, reverted: Reverted
) -> tuple[Change, Reverted] | None:
    """The write, unless it would change nothing."""
    if before is None or before == reverted.after:
        return None
    metadata = before["metadata"]
    change = Change(kind, metadata["namespace"], metadata["name"], before, reverted.after)
    return change, reverted


def plan_of(
    controller: Controller,
    changes: tuple[tuple[Change, Reverted], ...],
    was: str | None,
    now: str | None,
    left: tuple[str, ...],
) -> Plan:
    """The plan of these writes; ``left`` is what stays."""
    steps = tuple(
        message(
            "{where}: {step}",
            where=f"{change.kind} {change.namespace}/{change.name}",
            step=step,
        )
        for change, reverted in changes
        for step in reverted.steps
    )
    return Plan(
        tables=tuple(now.split(",")) if now else (),
        changes=tuple(change for change, _ in changes),
        steps=steps,
        was=was,
        now=now,
        image=controller.image,
        notes=tuple(message("left as it is: {what}", what=one) for one in left),
    )


def read_list(config_map: Object | None, key: str) -> str | None:
    """The list in a ConfigMap; None where there is none. Raises NotEditable."""
    text = ((config_map or {}).get("data") or {}).get(key)
    return None if text is None else cloud_config_edit.list_of(text)
