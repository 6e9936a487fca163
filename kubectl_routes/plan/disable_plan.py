"""What ``disable`` writes: by the undo records or, without any, by what is there."""

from __future__ import annotations

from kubectl_routes.model.command import command, quoted
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Manifests, Object, Plan, Refusal
from kubectl_routes.model.undo import CONFIG_HASH, UNDO, ConfigMapUndo, WorkloadUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.annotations import (
    hash_of,
    record_in,
    record_of,
    restart,
    set_annotation,
)
from kubectl_routes.plan.config_map import edit_command
from kubectl_routes.plan.disable_unrecorded import plan_of, unmounted, without_record
from kubectl_routes.plan.edit import Edit, edit_of
from kubectl_routes.plan.pods import template_of
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.undo import remove_list, revert_config_map, revert_workload
from kubectl_routes.plan.wiring import CONFIG_MAP


def plan_back(
    controller: Controller,
    manifests: Manifests,
    *,
    restart: bool = False,
    list_only: bool = False,
) -> Plan | Refusal:
    """What to write so that nothing of ``enable`` is left; with ``list_only``, so that the list is
    gone and everything else stays.

    ``controller`` and ``manifests`` tell of the same moment. ``restart``: a CCM pod may have read
    the list although the workload carries no record of it.
    """
    record = record_in(manifests.workload, WorkloadUndo)
    listed = record_in(manifests.config_map, ConfigMapUndo)
    for value, read in ((manifests.workload, record), (manifests.config_map, listed)):
        if value is not None and read is None and record_of(value):
            return _damaged(value)
    try:
        if list_only or (record is None and listed is None):
            outcome = without_record(controller, manifests, list_only=list_only)
        elif record is not None:
            outcome = _by_records(controller, manifests, record, listed)
        else:
            assert listed is not None
            outcome = _by_list_record(controller, manifests, listed, may_run=restart)
    except cloud_config_edit.NotEditable as error:
        name = ((manifests.config_map or {}).get("metadata") or {}).get("name", CONFIG_MAP)
        return refusal(
            "RT102",
            "the cloud-config cannot be edited: {error}",
            "correct it with {config_map}, then run disable again",
            error=error.args[0],
            config_map=edit_command(controller.namespace, name),
        )
    return outcome if isinstance(outcome, Refusal) else _immutable(outcome) or outcome


def _by_records(
    controller: Controller,
    manifests: Manifests,
    record: WorkloadUndo,
    listed: ConfigMapUndo | None,
) -> Plan | Refusal:
    """Each object by its own record, the ConfigMap by the workload's where it has lost its own."""
    workload = revert_workload(manifests.workload, record)
    if listed is not None:
        held = _config_map_back(manifests.config_map, listed, workload.value)
    else:
        held = edit_of(manifests.config_map)
        if refusal := _list_back(held, record, controller):
            return refusal
    return plan_of(controller, workload, held, record.config_map.partition("/")[2])


def _list_back(held: Edit, record: WorkloadUndo, controller: Controller) -> Refusal | None:
    """Remove the list by what the workload's record says about it: only where there is one, and it
    is the one that was written.
    """
    name, _, key = record.config_map.partition("/")
    data = (held.after or {}).get("data") or {}
    if key not in data or held.value["metadata"]["name"] != name:
        return None
    text, was = data[key], record.tables.was
    there = cloud_config_edit.list_of(text)
    if there is None or there == was:
        return None
    if there != record.tables.now:
        return _another_list(held.value, there, record, controller)
    kept = next((other for other in data if cloud_config_edit.leads(data, other, key, was)), None)
    if kept is not None:
        data[key] = data.pop(kept)
        back = message("{key}: back to the text that is kept under {kept}", key=key, kept=kept)
        held.steps.append(back)
    elif was is not None:
        data[key] = cloud_config_edit.edit(text, was).text
        held.steps.append(message("{key}: routeTableIDs back to {was}", key=key, was=repr(was)))
    else:
        remove_list(held, key)
        if text == cloud_config_edit.fresh(there):
            held.left.append(
                message(
                    "ConfigMap {name} stays, without a list: its undo record is lost, and"
                    " with it whether enable had made it",
                    name=name,
                )
            )
    return None


def _by_list_record(
    controller: Controller, manifests: Manifests, listed: ConfigMapUndo, *, may_run: bool
) -> Plan:
    """The ConfigMap by its record. The workload has none: enable was killed before it wrote it, or
    the record is lost, which the hash in the pod template shows.
    """
    workload = edit_of(manifests.workload)
    if hash_of(template_of(manifests.workload)) is not None:
        if listed.created:
            workload = unmounted(controller, manifests.workload)
        set_annotation(template_of(workload.value), CONFIG_HASH, None)
        workload.steps.append(message("restart the pods"))
        workload.left.append(
            message(
                "the undo record of {kind} {controller} is lost: its image {image}, and"
                " what else enable may have changed in it",
                kind=controller.kind.value,
                controller=controller.name,
                image=controller.image,
            )
        )
    elif may_run:
        restart(workload.value, "list removed")
        workload.steps.append(message("restart the pods"))
    held = _config_map_back(manifests.config_map, listed, workload.value)
    return plan_of(controller, workload, held, listed.key)


def _config_map_back(config_map: Object | None, undo: ConfigMapUndo, workload: Object) -> Edit:
    """The ConfigMap by its record; it stays where CCM would still mount it."""
    assert config_map is not None
    edit = revert_config_map(config_map, undo)
    name = config_map["metadata"]["name"]
    volumes = template_of(workload)["spec"].get("volumes") or []
    mounted = any((volume.get("configMap") or {}).get("name") == name for volume in volumes)
    if edit.after is not None or not mounted:
        return edit
    stays = message(
        "ConfigMap {name} stays, because {workload} mounts it",
        name=name,
        workload=workload["metadata"]["name"],
    )
    kept = edit_of(config_map)
    kept.left = [*edit.left, stays]
    remove_list(kept, undo.key)
    set_annotation(kept.value, UNDO, None)
    return kept


def _another_list(
    config_map: Object, there: str, record: WorkloadUndo, controller: Controller
) -> Refusal:
    metadata = config_map["metadata"]
    return refusal(
        "RT110",
        "ConfigMap {namespace}/{name} has lost its undo record, and holds a list that "
        "enable has not written: routeTableIDs is {there}, enable wrote {now}",
        "remove routeTableIDs with {config_map}, then run disable again",
        namespace=metadata["namespace"],
        name=metadata["name"],
        there=quoted(there),
        now=quoted(record.tables.now or ""),
        config_map=edit_command(controller.namespace, metadata["name"]),
    )


def _damaged(value: Object) -> Refusal:
    """Its annotation is there, and cannot be applied."""
    kind, metadata = value["kind"], value["metadata"]
    values = {
        "namespace": metadata["namespace"],
        "object": f"{kind.lower()}/{metadata['name']}",
        "record": UNDO,
    }
    remove = command("kubectl -n {namespace} annotate {object} {record}-", values)
    return refusal(
        "RT110",
        "the undo record of {kind} {name} cannot be read",
        "remove it with {remove}, then run disable again: it plans without that record",
        kind=kind,
        name=metadata["name"],
        remove=remove or "",
    )


def _immutable(plan: Plan) -> Refusal | None:
    """Why the list of a ConfigMap that must not change cannot be removed; None where it can."""
    change = plan.change("ConfigMap")
    if change is None or change.before is None or change.after is None:
        return None
    same = change.before.get("data") == change.after.get("data")
    if same or not change.before.get("immutable"):
        return None
    values = {"namespace": change.namespace, "object": f"configmap/{change.name}"}
    get = command("kubectl -n {namespace} get {object} -o yaml", values)
    return refusal(
        "RT110",
        "ConfigMap {namespace}/{change} is immutable: its list cannot be changed",
        "save it with {get} > cloud-config.yaml, remove the line immutable: true, "
        "replace it with kubectl replace --force -f cloud-config.yaml, then run "
        "disable again",
        namespace=change.namespace,
        change=change.name,
        get=get or "",
    )
