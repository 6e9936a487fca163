"""``disable`` without an undo record: the list goes, and what enable would have mounted for it."""

from __future__ import annotations

from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests, Object, Plan, Refusal
from kubectl_routes.model.undo import UNDO, FlagUndo, ValueChange, WorkloadUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.annotations import restart, set_annotation
from kubectl_routes.plan.config_map import free_key, read_list
from kubectl_routes.plan.edit import Edit, edit_of, written
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.pods import container_of, holds, mounts_of, provides, volume_of
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.undo import remove_list, revert_workload
from kubectl_routes.plan.wiring import FLAG

# Where a cloud-config may hold a list that is not read here.
_UNREAD = (ConfigSourceKind.HOST_PATH, ConfigSourceKind.SECRET, ConfigSourceKind.OTHER)


def without_record(
    controller: Controller, manifests: Manifests, *, list_only: bool
) -> Plan | Refusal:
    """Another client has set the list, or both records are lost: the list goes away, and where CCM
    can do without, its wiring. A ConfigMap is never deleted here. With ``list_only`` the wiring
    stays whatever the records say, and they are deleted. Raises cloud_config_edit.NotEditable.
    """
    config = controller.cloud_config
    if config is None or config.source in _UNREAD:
        return _unknown(controller)
    workload, held = edit_of(manifests.workload), edit_of(manifests.config_map)
    read = config.source is ConfigSourceKind.CONFIG_MAP
    was = read_list(held.before, config.key) if read else None
    if not was or (not list_only and _is_settled(manifests.workload, was)):
        return plan_of(controller, workload, held if was else Edit(None, None), config.key)
    text = held.value["data"][config.key]
    remove_list(held, config.key)
    if not cloud_config_edit.is_json(text):
        backup = free_key(held.value["data"], config.key)
        held.value["data"][backup] = text
        held.steps.append(
            message(
                "{key}: rewritten as JSON, the old text is kept under {backup}",
                key=config.key,
                backup=backup,
            )
        )
    if list_only:
        for edit in (held, workload):
            set_annotation(edit.value, UNDO, None)
    elif cloud_config_edit.is_bare(held.value["data"][config.key]):
        workload = unmounted(controller, manifests.workload)
    restart(workload.value, "list removed")
    workload.steps = workload.steps or [message("restart the pods")]
    return plan_of(controller, workload, held, config.key)


def plan_of(controller: Controller, workload: Edit, held: Edit, key: str) -> Plan:
    """Both writes; the workload first where the text under ``key`` goes away, so that no pod that
    starts in between misses it. Raises cloud_config_edit.NotEditable.
    """
    stays = key in ((held.after or {}).get("data") or {})
    changes, steps = written((held, workload) if stays else (workload, held))
    now = read_list(held.after, key)
    return Plan(
        tables=tuple(now.split(",")) if now else (),
        changes=changes,
        steps=steps,
        was=read_list(held.before, key),
        now=now,
        image=controller.image,
        notes=tuple(
            message("left as it is: {what}", what=what) for what in (*workload.left, *held.left)
        ),
    )


def unmounted(controller: Controller, workload: Object) -> Edit:
    """The workload without the wiring, where CCM can do without a cloud-config: by the record that
    enable would have written, had it done this wiring.
    """
    config = controller.cloud_config
    container = container_of(workload, controller.container)
    flag = _only_flag(container)
    readable = config is not None and config.source is ConfigSourceKind.CONFIG_MAP
    needed = behavior_of(parse_image(controller.image)).config_required
    if config is None or flag is None or needed or not readable:
        return edit_of(workload)
    mount = volume = ""
    for mounted in mounts_of(container):
        shown = volume_of(workload, mounted["name"]) or {}
        provided = provides(shown, config.name, config.key, mounted.get("subPath") or config.key)
        if provided and holds(mounted["mountPath"], config.path):
            mount, volume = mounted["mountPath"], mounted["name"]
    name, tables = f"{config.name}/{config.key}", ValueChange(None, None)
    undo = WorkloadUndo(controller.container, name, tables, flag=flag, volume=volume, mount=mount)
    return revert_workload(workload, undo)


def _only_flag(container: Object) -> FlagUndo | None:
    """The flag, where it is one word and stands once, so that it can be taken out as it is."""
    found = [
        FlagUndo(name, word)
        for name in ("command", "args")
        for word in container.get(name) or []
        if word == FLAG or word.startswith(f"{FLAG}=")
    ]
    return found[0] if len(found) == 1 and found[0].now != FLAG else None


def _unknown(controller: Controller) -> Refusal:
    """Nothing records an enable, and whether a list is set cannot be seen."""
    config = controller.cloud_config
    if config is None:
        return refusal(
            "RT901",
            "cloud-config could not be read: whether it holds a list is not known",
            "kubectl routes diagnose shows why",
        )
    return refusal(
        "RT110",
        "CCM reads its cloud-config from {source} {config}, which is never read: "
        "whether it holds a list is not known",
        "remove routeTableIDs there, where it is set, and restart CCM",
        source=config.source.value,
        config=config.name,
    )


def _is_settled(workload: Object, tables: str) -> bool:
    """Whether this is the list that the last disable or rollback has left, which was there before
    enable and is not to be removed.
    """
    entries = history_of(workload)
    if not entries or entries[-1].action == "enabled":
        return False
    if entries[-1].action == "disabled":
        return entries[-1].now == tables
    undone = next((entry for entry in reversed(entries) if entry.action == "enabled"), None)
    return undone is None or undone.was == tables
