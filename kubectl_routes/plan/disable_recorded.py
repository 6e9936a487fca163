"""``disable`` by the undo records: of both objects, or of the one that has kept its own."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.model.command import quoted
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    WorkloadUndo,
)
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.disable_changes import (
    change_of,
    edit_command,
    plan_of,
    read_list,
    unmounted,
)
from kubectl_routes.plan.planner import restarted
from kubectl_routes.plan.pods import (
    Object,
    template_of,
)
from kubectl_routes.plan.undo import (
    Reverted,
    config_map_record,
    revert_config_map,
    revert_workload,
    set_annotation,
)


def by_records(
    controller: Controller, manifests: Manifests, record: WorkloadUndo
) -> Plan | Refusal:
    """Each object by its own record, the ConfigMap by the workload's where it has lost its own."""
    reverted = revert_workload(manifests.workload, record)
    left = list(reverted.left)
    undo = config_map_record(manifests.config_map)
    listed = (
        _config_map_back(manifests.config_map, undo, reverted.after, left)
        if manifests.config_map is not None and undo is not None
        else _list_by(record, controller, manifests.config_map, left)
    )
    if isinstance(listed, Refusal):
        return listed
    key = record.config_map.partition("/")[2]
    reverted = Reverted(reverted.after, reverted.steps, tuple(left))
    return _both(controller, manifests, reverted, listed, key)


def _list_by(
    record: WorkloadUndo, controller: Controller, config_map: Object | None, left: list[str]
) -> Reverted | Refusal | None:
    """The ConfigMap without the list, by what the workload's record says about it: only where the
    list is the one that was written. None: there is no such list.
    """
    name, _, key = record.config_map.partition("/")
    text = ((config_map or {}).get("data") or {}).get(key)
    if config_map is None or config_map["metadata"]["name"] != name or text is None:
        return None
    there, was, now = cloud_config_edit.list_of(text), record.tables.was, record.tables.now
    if there is None or there == was:
        return None
    if there != now:
        return Refusal(
            "RT110",
            message(
                "ConfigMap {namespace}/{name} has lost its undo record, and holds a list"
                " that enable has not written: routeTableIDs is {there}, enable wrote"
                " {now}",
                namespace=config_map["metadata"]["namespace"],
                name=name,
                there=quoted(there),
                now=quoted(now or ""),
            ),
            message(
                "remove routeTableIDs with {config_map}, then run disable again",
                config_map=edit_command(config_map, controller),
            ),
        )
    after = deepcopy(config_map)
    kept = next(
        (one for one in after["data"] if cloud_config_edit.leads(after["data"], one, key, was)),
        None,
    )
    if kept is not None:
        after["data"][key] = after["data"].pop(kept)
        return Reverted(
            after,
            (message("{key}: back to the text that is kept under {kept}", key=key, kept=kept),),
        )
    if was is not None:
        after["data"][key] = cloud_config_edit.edit(text, was).text
        return Reverted(
            after, (message("{key}: routeTableIDs back to {was}", key=key, was=repr(was)),)
        )
    after["data"][key] = cloud_config_edit.without_list(text)
    if text == cloud_config_edit.fresh(there):
        left.append(
            message(
                "ConfigMap {name} stays, without a list: its undo record is lost, and"
                " with it whether enable had made it",
                name=name,
            )
        )
    return Reverted(after, (message("{key}: remove routeTableIDs", key=key),))


def by_list_record(
    controller: Controller, manifests: Manifests, listed: ConfigMapUndo, *, restart: bool
) -> Plan:
    """The ConfigMap by its record. The workload has none: enable was killed before it wrote it, or
    the record is lost, which the hash in the pod template shows.
    """
    workload = manifests.workload
    template = template_of(workload).get("metadata") or {}
    written = CONFIG_HASH in (template.get("annotations") or {})
    turned, left = Reverted(deepcopy(workload)), list[str]()
    if written:
        turned = unmounted(controller, manifests) if listed.created else turned
        left += turned.left
        assert turned.after is not None
        set_annotation(template_of(turned.after), CONFIG_HASH, None)
        turned = Reverted(turned.after, (*turned.steps, message("restart the pods")))
        left.append(
            message(
                "the undo record of {kind} {controller} is lost: its image {image}, and"
                " what else enable may have changed in it",
                kind=controller.kind.value,
                controller=controller.name,
                image=controller.image,
            )
        )
    elif restart:
        assert turned.after is not None
        restarted(turned.after, "list removed")
        turned = Reverted(turned.after, (message("restart the pods"),))
    assert manifests.config_map is not None
    back = _config_map_back(manifests.config_map, listed, turned.after, left)
    turned = Reverted(turned.after, turned.steps, tuple(left))
    return _both(controller, manifests, turned, back, listed.key)


def _both(
    controller: Controller,
    manifests: Manifests,
    reverted: Reverted,
    listed: Reverted | None,
    key: str,
) -> Plan:
    """Both writes; the workload first where the text goes away, so that no pod that starts in
    between misses it. ``reverted`` is the workload, with all that stays.
    """
    workload = change_of(controller.kind.value, manifests.workload, reverted)
    config_map = change_of("ConfigMap", manifests.config_map, listed) if listed else None
    order = (workload, config_map)
    if listed is not None and key in ((listed.after or {}).get("data") or {}):
        order = (config_map, workload)
    was = read_list(manifests.config_map, key)
    now = read_list(listed.after, key) if listed else was
    return plan_of(controller, tuple(one for one in order if one), was, now, reverted.left)


def _config_map_back(
    config_map: Object, undo: ConfigMapUndo, workload: Object | None, left: list[str]
) -> Reverted:
    """The ConfigMap by its record; it stays where CCM would still mount it."""
    reverted = revert_config_map(config_map, undo)
    left += reverted.left
    name = config_map["metadata"]["name"]
    if reverted.after is not None or workload is None or not _mounts(workload, name):
        return reverted
    left.append(
        message(
            "ConfigMap {name} stays, because {workload} mounts it",
            name=name,
            workload=workload["metadata"]["name"],
        )
    )
    kept = deepcopy(config_map)
    kept["data"][undo.key] = cloud_config_edit.without_list(kept["data"][undo.key])
    del kept["metadata"]["annotations"][UNDO]
    return Reverted(kept, (message("{key}: remove routeTableIDs", key=undo.key),))


def _mounts(workload: Object, config_map: str) -> bool:
    volumes = template_of(workload)["spec"].get("volumes") or []
    return any((one.get("configMap") or {}).get("name") == config_map for one in volumes)
