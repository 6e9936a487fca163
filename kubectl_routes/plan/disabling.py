"""What ``disable`` writes, from the undo records or, without any, from what is there."""

from __future__ import annotations

from copy import deepcopy

from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.command import command, quoted
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind, Controller
from kubectl_routes.model.plan import Change, Manifests, Plan, Refusal
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan import listing
from kubectl_routes.plan.config_map import free_key
from kubectl_routes.plan.history import history_of
from kubectl_routes.plan.planner import restarted
from kubectl_routes.plan.pods import (
    Object,
    container_of,
    holds,
    mounts_of,
    provides,
    template_of,
    volume_of,
)
from kubectl_routes.plan.undo import (
    Reverted,
    config_map_record,
    record_of,
    revert_config_map,
    revert_workload,
    set_annotation,
    workload_record,
)
from kubectl_routes.plan.wiring import CONFIG_MAP, FLAG

# Where a cloud-config may hold a list that is not read here.
_UNREAD = (ConfigSourceKind.HOST_PATH, ConfigSourceKind.SECRET, ConfigSourceKind.OTHER)


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
    record = workload_record(manifests.workload)
    listed = config_map_record(manifests.config_map)
    if record is None and record_of(manifests.workload):
        return _damaged(manifests.workload)
    if manifests.config_map is not None and listed is None and record_of(manifests.config_map):
        return _damaged(manifests.config_map)
    try:
        if list_only:
            outcome = _list_alone(controller, manifests)
        elif record is not None:
            outcome = _with_record(controller, manifests, record)
        elif listed is not None:
            outcome = _with_list_record(controller, manifests, listed, restart=restart)
        else:
            outcome = _without_record(controller, manifests)
    except listing.Unreadable as error:
        return Refusal(
            "RT102",
            f"the cloud-config cannot be edited: {error}",
            f"correct it with {_edit(manifests.config_map, controller)}, then run disable again",
        )
    return outcome if isinstance(outcome, Refusal) else _immutable(outcome) or outcome


def _damaged(value: Object) -> Refusal:
    """Its annotation is there, and cannot be applied."""
    metadata = value["metadata"]
    values = {
        "namespace": metadata["namespace"],
        "object": f"{value['kind'].lower()}/{metadata['name']}",
    }
    remove = command(
        "kubectl -n {namespace} annotate {object} {record}-", {**values, "record": UNDO}
    )
    return Refusal(
        "RT110",
        f"the undo record of {value['kind']} {metadata['name']} cannot be read",
        f"remove it with {remove}, then run disable again: it plans without that record",
    )


def _edit(config_map: Object | None, controller: Controller) -> str:
    """The command that edits the ConfigMap with cloud-config."""
    metadata = (config_map or {}).get("metadata") or {}
    values = {
        "namespace": controller.namespace,
        "object": f"configmap/{metadata.get('name', CONFIG_MAP)}",
    }
    return command("kubectl -n {namespace} edit {object}", values) or "kubectl edit"


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
    return Refusal(
        "RT110",
        f"ConfigMap {change.namespace}/{change.name} is immutable: its list cannot be changed",
        f"save it with {get} > cloud-config.yaml, remove the line immutable: true, replace it with"
        " kubectl replace --force -f cloud-config.yaml, then run disable again",
    )


def _with_record(
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
    """The ConfigMap without the list, by what the workload's record tells of it: only where the
    list is the one that was written. None: there is no such list.
    """
    name, _, key = record.config_map.partition("/")
    text = ((config_map or {}).get("data") or {}).get(key)
    if config_map is None or config_map["metadata"]["name"] != name or text is None:
        return None
    there, was, now = listing.list_of(text), record.tables.was, record.tables.now
    if there is None or there == was:
        return None
    if there != now:
        return Refusal(
            "RT110",
            f"ConfigMap {config_map['metadata']['namespace']}/{name} has lost its undo record, and"
            f" holds a list that enable has not written: routeTableIDs is {quoted(there)}, enable"
            f" wrote {quoted(now or '')}",
            f"remove routeTableIDs with {_edit(config_map, controller)}, then run disable again",
        )
    after = deepcopy(config_map)
    kept = next((one for one in after["data"] if listing.leads(after["data"], one, key, was)), None)
    if kept is not None:
        after["data"][key] = after["data"].pop(kept)
        return Reverted(after, (f"{key}: back to the text that is kept under {kept}",))
    if was is not None:
        after["data"][key] = listing.edit(text, was).text
        return Reverted(after, (f"{key}: routeTableIDs back to {was!r}",))
    after["data"][key] = listing.without_list(text)
    if text == listing.fresh(there):
        left.append(
            f"ConfigMap {name} stays, without a list: its undo record is lost, and with it whether"
            " enable had made it"
        )
    return Reverted(after, (f"{key}: remove routeTableIDs",))


def _with_list_record(
    controller: Controller, manifests: Manifests, listed: ConfigMapUndo, *, restart: bool
) -> Plan:
    """The ConfigMap by its record. The workload has none: enable was killed before it wrote it, or
    the record is lost, which the hash in the pod template tells.
    """
    workload = manifests.workload
    template = template_of(workload).get("metadata") or {}
    written = CONFIG_HASH in (template.get("annotations") or {})
    turned, left = Reverted(deepcopy(workload)), list[str]()
    if written:
        turned = _unwired(controller, manifests) if listed.created else turned
        left += turned.left
        assert turned.after is not None
        set_annotation(template_of(turned.after), CONFIG_HASH, None)
        turned = Reverted(turned.after, (*turned.steps, "restart the pods"))
        left.append(
            f"the undo record of {controller.kind.value} {controller.name} is lost: its image"
            f" {controller.image}, and what else enable may have changed in it"
        )
    elif restart:
        assert turned.after is not None
        restarted(turned.after, "list removed")
        turned = Reverted(turned.after, ("restart the pods",))
    assert manifests.config_map is not None
    back = _config_map_back(manifests.config_map, listed, turned.after, left)
    turned = Reverted(turned.after, turned.steps, tuple(left))
    return _both(controller, manifests, turned, back, listed.key)


def _unwired(controller: Controller, manifests: Manifests) -> Reverted:
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
    workload = _change(controller.kind.value, manifests.workload, reverted)
    config_map = _change("ConfigMap", manifests.config_map, listed) if listed else None
    order = (workload, config_map)
    if listed is not None and key in ((listed.after or {}).get("data") or {}):
        order = (config_map, workload)
    was = _list_in(manifests.config_map, key)
    now = _list_in(listed.after, key) if listed else was
    return _plan(controller, tuple(one for one in order if one), was, now, reverted.left)


def _config_map_back(
    config_map: Object, undo: ConfigMapUndo, workload: Object | None, left: list[str]
) -> Reverted:
    """The ConfigMap by its record; it stays where CCM would still mount it."""
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


def _without_record(controller: Controller, manifests: Manifests) -> Plan | Refusal:
    """Another client has set the list, or both records are lost: the list goes away, and where CCM
    can do without, its wiring. A ConfigMap is never deleted here.
    """
    config = controller.cloud_config
    if config is None or config.source in _UNREAD:
        return _unknown(controller)
    if config.source is not ConfigSourceKind.CONFIG_MAP:
        return _plan(controller, (), None, None, ())
    was = _list_in(manifests.config_map, config.key)
    if not was or _is_settled(manifests.workload, was):
        return _plan(controller, (), was or None, was or None, ())
    listed = _list_removed(manifests, config.key)
    turned = Reverted(deepcopy(manifests.workload))
    assert listed.after is not None
    if listing.is_bare(listed.after["data"][config.key]):
        turned = _unwired(controller, manifests)
    return _restarted(controller, manifests, listed, turned, was)


def _list_alone(controller: Controller, manifests: Manifests) -> Plan | Refusal:
    """The list goes away; flags, mounts and image stay, and the records are deleted with it."""
    config = controller.cloud_config
    if config is None or config.source in _UNREAD:
        return _unknown(controller)
    was = _list_in(manifests.config_map, config.key)
    if not was:
        return _plan(controller, (), None, None, ())
    listed = _list_removed(manifests, config.key)
    turned = Reverted(deepcopy(manifests.workload))
    for value in (listed.after, turned.after):
        assert value is not None
        set_annotation(value, UNDO, None)
    return _restarted(controller, manifests, listed, turned, was)


def _list_removed(manifests: Manifests, key: str) -> Reverted:
    """The ConfigMap without its list; a text that is no JSON is kept beside it."""
    bare = deepcopy(manifests.config_map)
    assert bare is not None
    text = bare["data"][key]
    bare["data"][key] = listing.without_list(text)
    steps = [f"{key}: remove routeTableIDs"]
    if not listing.is_json(text):
        backup = free_key(bare["data"], key)
        bare["data"][backup] = text
        steps.append(f"{key}: rewritten as JSON, the old text is kept under {backup}")
    return Reverted(bare, tuple(steps))


def _restarted(
    controller: Controller, manifests: Manifests, listed: Reverted, turned: Reverted, was: str
) -> Plan:
    """Both writes, the workload's with another hash, so that its pods read the new text."""
    assert turned.after is not None
    restarted(turned.after, "list removed")
    turned = Reverted(turned.after, turned.steps or ("restart the pods",), turned.left)
    changes = (
        _change("ConfigMap", manifests.config_map, listed),
        _change(controller.kind.value, manifests.workload, turned),
    )
    return _plan(controller, tuple(one for one in changes if one), was, None, turned.left)


def _unknown(controller: Controller) -> Refusal:
    """Nothing records an enable, and whether a list is set cannot be seen."""
    config = controller.cloud_config
    if config is None:
        return Refusal(
            "RT901",
            "cloud-config could not be read: whether it holds a list is not known",
            "kubectl routes diagnose shows why",
        )
    return Refusal(
        "RT110",
        f"CCM reads its cloud-config from {config.source.value} {config.name}, which is never read:"
        " whether it holds a list is not known",
        "remove routeTableIDs there, where it is set, and restart CCM",
    )


def _is_settled(workload: Object, tables: str) -> bool:
    """Whether this is the list that the last disable or rollback has left, which was there before
    enable and is not to be removed.
    """
    deeds = history_of(workload)
    if not deeds or deeds[-1].action == "enabled":
        return False
    if deeds[-1].action == "disabled":
        return deeds[-1].now == tables
    undone = next((one for one in reversed(deeds) if one.action == "enabled"), None)
    return undone is None or undone.was == tables


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
