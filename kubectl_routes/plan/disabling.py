"""The way back: what ``disable`` writes, from the undo records or, without any, by itself."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.ccm.version import family_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.controller import CloudConfig
from kubectl_routes.model.controller import ConfigSourceKind
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.plan import Change
from kubectl_routes.model.plan import Manifests
from kubectl_routes.model.plan import Plan
from kubectl_routes.model.plan import Refusal
from kubectl_routes.model.undo import UNDO
from kubectl_routes.model.undo import FlagUndo
from kubectl_routes.model.undo import Swap
from kubectl_routes.model.undo import WorkloadUndo
from kubectl_routes.plan import listing
from kubectl_routes.plan.config_map import free_key
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.planner import restarted
from kubectl_routes.plan.pods import Object
from kubectl_routes.plan.pods import container_of
from kubectl_routes.plan.pods import holds
from kubectl_routes.plan.pods import mounts_of
from kubectl_routes.plan.pods import provides
from kubectl_routes.plan.pods import template_of
from kubectl_routes.plan.pods import volume_of
from kubectl_routes.plan.undo import Reverted
from kubectl_routes.plan.undo import config_map_record
from kubectl_routes.plan.undo import record_of
from kubectl_routes.plan.undo import revert_config_map
from kubectl_routes.plan.undo import revert_workload
from kubectl_routes.plan.undo import workload_record
from kubectl_routes.plan.wiring import FLAG


def plan_back(
    controller: Controller, manifests: Manifests, *, restart: bool = False
) -> Plan | Refusal:
    """What to write so that nothing of ``enable`` is left.

    ``controller`` and ``manifests`` tell of the same moment. ``restart``: a CCM pod may have read
    the list although the workload carries no record of it.
    """
    record = workload_record(manifests.workload)
    listed = config_map_record(manifests.config_map)
    if record is None and record_of(manifests.workload):
        return _damaged(f"{controller.kind.value} {controller.name}")
    if listed is None and record_of(manifests.config_map):
        return _damaged("the ConfigMap")
    try:
        if record is None and listed is None:
            # What disable has left is what was there before enable: not to be taken away too.
            deeds = history_of(manifests.workload)
            if deeds and deeds[-1].action != "enabled":
                return _plan(controller, (), None, None, ())
            return _without_record(controller, manifests)
        return _with_record(controller, manifests, restart=restart)
    except listing.Unreadable as error:
        return Refusal(
            "RT102",
            f"the cloud-config cannot be edited: {error}",
            f"mend it with kubectl -n {controller.namespace} edit configmap, and try again",
        )


def _damaged(what: str) -> Refusal:
    return Refusal(
        "RT110",
        f"the undo record of {what} cannot be read",
        "take the annotation kubectl-routes/undo away, and disable makes a plan of its own",
    )


def _with_record(controller: Controller, manifests: Manifests, *, restart: bool) -> Plan:
    """Each object back by its own record; the workload first where the text goes away, so
    that no pod that starts in between misses it.
    """
    record = workload_record(manifests.workload)
    reverted = (
        revert_workload(manifests.workload, record)
        if record
        else Reverted(deepcopy(manifests.workload))
    )
    left = list(reverted.left)
    if restart and record is None and reverted.after is not None:
        restarted(reverted.after, "list taken back")
        reverted = Reverted(reverted.after, ("restart the pods",))
    listed = _config_map_back(manifests.config_map, reverted.after, left)
    workload = _change(controller.kind.value, manifests.workload, reverted)
    config_map = _change("ConfigMap", manifests.config_map, listed) if listed else None
    undo = config_map_record(manifests.config_map)
    key = undo.key if undo else record.config_map.partition("/")[2] if record else ""
    order = (workload, config_map)
    if listed is not None and key in ((listed.after or {}).get("data") or {}):
        order = (config_map, workload)
    was = _list_in(manifests.config_map, key)
    now = _list_in(listed.after, key) if listed else was
    return _plan(controller, tuple(one for one in order if one), was, now, tuple(left))


def _config_map_back(
    config_map: Object | None, workload: Object | None, left: list[str]
) -> Reverted | None:
    """The ConfigMap by its record; it stays where CCM would still mount it."""
    undo = config_map_record(config_map)
    if config_map is None or undo is None:
        return None
    reverted = revert_config_map(config_map, undo)
    left += reverted.left
    name = config_map["metadata"]["name"]
    if reverted.after is not None or workload is None or not _mounts(workload, name):
        return reverted
    left.append(f"ConfigMap {name} stays, because {workload['metadata']['name']} mounts it")
    kept = deepcopy(config_map)
    kept["data"][undo.key] = listing.without_list(kept["data"][undo.key])
    del kept["metadata"]["annotations"][UNDO]
    return Reverted(kept, (f"{undo.key}: remove routeTableIDs",))


def _mounts(workload: Object, config_map: str) -> bool:
    volumes = template_of(workload)["spec"].get("volumes") or []
    return any((one.get("configMap") or {}).get("name") == config_map for one in volumes)


def _without_record(controller: Controller, manifests: Manifests) -> Plan:
    """Somebody else has switched it on: the list goes away, and where CCM can do without, its
    wiring. A ConfigMap is never deleted here.
    """
    config = controller.cloud_config
    config_map = manifests.config_map
    readable = config is not None and config.source is ConfigSourceKind.CONFIG_MAP
    if config is None or not readable or config_map is None:
        return _plan(controller, (), None, None, ())
    text = (config_map.get("data") or {}).get(config.key)
    was = None if text is None else listing.list_of(text)
    if text is None or not was:
        return _plan(controller, (), None, None, ())
    bare = deepcopy(config_map)
    bare["data"][config.key] = listing.without_list(text)
    steps = [f"{config.key}: remove routeTableIDs"]
    if not listing.is_json(text):
        backup = free_key(config_map["data"], config.key)
        bare["data"][backup] = text
        steps.append(f"{config.key}: rewritten as JSON, the old text is kept under {backup}")
    listed = _change("ConfigMap", config_map, Reverted(bare, tuple(steps)))
    flag = _only_flag(container_of(manifests.workload, controller.container))
    needed = family_of(parse_image(controller.image)).config_required
    if flag is None or needed or not listing.is_bare(bare["data"][config.key]):
        turned = Reverted(deepcopy(manifests.workload), ("restart the pods",))
    else:
        record = _wiring(controller.container, config, manifests.workload, flag)
        turned = revert_workload(manifests.workload, record)
    assert turned.after is not None
    restarted(turned.after, "list removed")
    changed = _change(controller.kind.value, manifests.workload, turned)
    return _plan(controller, tuple(one for one in (listed, changed) if one), was, None, turned.left)


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
    return WorkloadUndo(container, name, Swap(None, None), flag=flag, volume=volume, mount=mount)


def _change(kind: str, before: Object | None, reverted: Reverted) -> tuple[Change, Reverted] | None:
    """The write, unless it would change nothing."""
    if before is None or before == reverted.after:
        return None
    metadata = before["metadata"]
    change = Change(kind, metadata["namespace"], metadata["name"], before, reverted.after)
    return change, reverted


def _plan(
    controller: Controller,
    changes: tuple[tuple[Change, Reverted], ...],
    was: str | None,
    now: str | None,
    left: tuple[str, ...],
) -> Plan:
    steps = tuple(
        f"{change.kind} {change.namespace}/{change.name}: {step}"
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
        notes=tuple(f"left as it is: {one}" for one in left),
    )


def _list_in(config_map: Object | None, key: str) -> str | None:
    text = ((config_map or {}).get("data") or {}).get(key)
    return None if text is None else listing.list_of(text)
