"""The plan: from CCM as it is to a CCM that works with the given tables."""

from __future__ import annotations

import hashlib
from copy import deepcopy

from msgspec import structs

from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.releases import behavior_of, failing_probes, health_ports
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind, Controller
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Change, Manifests, Plan, Refusal
from kubectl_routes.model.undo import CONFIG_HASH, UNDO, ProbeUndo, ValueChange, WorkloadUndo
from kubectl_routes.plan import images
from kubectl_routes.plan.config_map import backup_of, list_change, list_in
from kubectl_routes.plan.config_mount import ConfigMount, Source, plan_mount
from kubectl_routes.plan.images import Image
from kubectl_routes.plan.pods import Object, container_of, template_of
from kubectl_routes.plan.undo import config_map_record, encoded, set_annotation, workload_record

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def plan(
    controller: Controller,
    manifests: Manifests,
    tables: tuple[str, ...],
    ccm_version: str = "",
    *,
    restart: bool = False,
    rolling: bool = False,
) -> Plan | Refusal:
    """What to write so that CCM works with ``tables``.

    ``controller`` and ``manifests`` tell of the same moment. ``restart``: CCM runs with another
    configuration than the one that is there, so that its pods have to be replaced in any case.
    ``rolling``: some of them are being replaced already.
    """
    workload = deepcopy(manifests.workload)
    container = container_of(workload, controller.container)
    image = images.choose(str(container.get("image", "")), ccm_version)
    config = controller.cloud_config or CloudConfig(ConfigSourceKind.NO_FLAG)
    wiring = plan_mount(workload, controller.container, config, running=_has_started(controller))
    if isinstance(image, Refusal):
        more = (wiring,) if isinstance(wiring, Refusal) else ()
        return structs.replace(image, more=more)
    if isinstance(wiring, Refusal):
        return wiring
    listed = list_change(
        manifests.config_map, wiring.source, tables, image.reference, controller.namespace
    )
    if isinstance(listed, Refusal):
        return listed
    was = list_in(manifests.config_map, wiring.source.key)
    now = was if listed is None else list_in(listed.after, wiring.source.key)
    change = _workload_change(
        manifests.workload,
        workload,
        controller,
        wiring,
        image=image,
        tables=ValueChange(was, now),
        restart=restart or listed is not None or _is_unfinished(manifests, wiring.source, now),
    )
    changes = tuple(one for one in (listed, change) if one is not None)
    return Plan(
        tables=tables,
        changes=changes,
        steps=_steps(listed, change, wiring, ValueChange(was, now)),
        was=was,
        now=now,
        image=image.reference,
        notes=(*image.notes, *_notes(changes)),
        rolling=rolling,
    )


def unplanned(controller: Controller, tables: tuple[str, ...]) -> Refusal:
    """Why there is no plan for a CCM that no workload manages, and the steps by hand."""
    config = controller.cloud_config
    listed = f'"routeTableIDs": "{",".join(tables)}"'
    file = (
        message("write {listed} into {path}", listed=listed, path=config.path)
        if config is not None and config.path
        else (
            message(
                "write a cloud-config with {listed}, and let the manifest mount it and"
                " name it with --cloud-config",
                listed=listed,
            )
        )
    )
    if not controller.static:
        return Refusal(
            "RT110",
            message(
                "no DaemonSet or Deployment manages pod {namespace}/{controller}",
                namespace=controller.namespace,
                controller=controller.name,
            ),
            message(
                "make the change where the pod comes from (owner: {owner}): {file}; then"
                " replace the pod",
                owner=controller.owner or "?",
                file=file,
            ),
        )
    return Refusal(
        "RT110",
        message("CCM is a static pod: its manifest is a file on each master"),
        message(
            "on every master: {file}; then move CCM's manifest out of"
            " /etc/kubernetes/manifests and back, so that the kubelet restarts CCM",
            file=file,
        ),
    )


def _is_unfinished(manifests: Manifests, source: Source, tables: str | None) -> bool:
    """Whether an enable that was killed has changed the list, and not yet the workload."""
    if config_map_record(manifests.config_map) is None:
        return False
    metadata = template_of(manifests.workload).get("metadata") or {}
    present = (metadata.get("annotations") or {}).get(CONFIG_HASH, "")
    return not present.startswith(_hash(source, tables, None))


def _has_started(controller: Controller) -> bool:
    """Whether a pod of the present template is ready: more are than there can be old ones."""
    seen = controller.observed_generation >= controller.generation
    return seen and controller.ready > controller.desired - controller.updated


def _moved_probes(container: Object, controller: Controller, image: str) -> tuple[ProbeUndo, ...]:
    """Let the probes of a container ask the port where a CCM of this image answers; where one asks
    another, the kubelet would end CCM again and again.
    """
    release = parse_image(image)
    assert release is not None  # images.choose raises to nothing else
    words = controller.command + controller.args
    given = parse(words, behavior_of(release), controller.unexpanded).values
    moved = []
    for probe in failing_probes(release, given, controller.probes):
        asked = container[probe.kind][probe.action]
        port = health_ports(release, given)[0]
        moved.append(ProbeUndo(probe.kind, probe.action, asked["port"], port))
        asked["port"] = port
    return tuple(moved)


def _workload_change(
    before: Object,
    wired: Object,
    controller: Controller,
    wiring: ConfigMount,
    *,
    image: Image,
    tables: ValueChange,
    restart: bool,
) -> Change | None:
    """The change of the workload, ``wired`` being the copy of it that the wiring has changed."""
    container = container_of(wired, controller.container)
    template = template_of(wired)
    raised = image.reference != container.get("image")
    probes = _moved_probes(container, controller, image.reference) if raised else ()
    if not (wiring.steps or raised or restart):
        return None
    swap = ValueChange(container.get("image"), image.reference) if raised else None
    if raised:
        container["image"] = image.reference
    metadata = template.get("metadata") or {}
    absent = wiring.absent
    absent += () if "annotations" in metadata else ("annotations",)
    absent += () if "metadata" in template else ("metadata",)
    present = (metadata.get("annotations") or {}).get(CONFIG_HASH)
    hashed = _hash(wiring.source, tables.now, present)
    set_annotation(template, CONFIG_HASH, hashed)
    undo = WorkloadUndo(
        container=controller.container,
        config_map=f"{wiring.source.config_map}/{wiring.source.key}",
        tables=tables,
        image=swap,
        flag=wiring.flag,
        volume=wiring.volume,
        item=wiring.item,
        mount=wiring.mount,
        writable=wiring.writable,
        hash=ValueChange(present, hashed),
        probes=probes,
        absent=absent,
    )
    first = workload_record(before)
    set_annotation(wired, UNDO, encoded(merged(first, undo) if first else undo))
    kind = controller.kind.value
    return Change(kind, controller.namespace, controller.name, before, wired, undo)


def _hash(source: Source, tables: str | None, present: str | None) -> str:
    """What stands for the list in the pod template. It is made of names and ids, never of what
    else the cloud-config says, and differs from ``present``, so that the pods are replaced.
    """
    told = f"{source.config_map}/{source.key}\n{tables}"
    return _other_than(present, told)


def _other_than(present: str | None, told: str) -> str:
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return f"{digest}-again" if present == digest else digest


def restarted(workload: Object, why: str) -> None:
    """Let the pods of a workload be replaced, by a pod template that differs."""
    template = template_of(workload)
    present = ((template.get("metadata") or {}).get("annotations") or {}).get(CONFIG_HASH)
    set_annotation(template, CONFIG_HASH, _other_than(present, why))


def merged(first: WorkloadUndo, then: WorkloadUndo) -> WorkloadUndo:
    """One record for two changes in a row: it leads back behind the first."""
    return WorkloadUndo(
        container=then.container,
        config_map=then.config_map,
        tables=ValueChange(first.tables.was, then.tables.now),
        image=_swap(first.image, then.image),
        flag=then.flag or first.flag,
        volume=then.volume or first.volume,
        item=then.item or first.item,
        mount=then.mount or first.mount,
        writable=then.writable or first.writable,
        hash=_swap(first.hash, then.hash),
        probes=_both_probes(first.probes, then.probes),
        absent=tuple(dict.fromkeys((*first.absent, *then.absent))),
    )


def _both_probes(
    first: tuple[ProbeUndo, ...], then: tuple[ProbeUndo, ...]
) -> tuple[ProbeUndo, ...]:
    """Both moves of each probe in one."""
    was = {probe.kind: probe.was for probe in (*then, *first)}
    now = {probe.kind: probe for probe in (*first, *then)}
    return tuple(structs.replace(probe, was=was[kind]) for kind, probe in now.items())


def _swap(first: ValueChange | None, then: ValueChange | None) -> ValueChange | None:
    """Both swaps in one, if the second took over from where the first had led."""
    if first is None or then is None:
        return then or first
    return ValueChange(first.was, then.now) if first.now == then.was else then


def _steps(
    listed: Change | None,
    change: Change | None,
    wiring: ConfigMount,
    tables: ValueChange,
) -> tuple[str, ...]:
    """One line a step, in the order of the writes. What a step takes the place of is part of it:
    who agrees to the step agrees to that.
    """
    lines: list[str] = []
    if listed is not None:
        made = "" if listed.before is not None else message("create it")
        where = f"ConfigMap {listed.namespace}/{listed.name}"
        keyed = message("{where}: {step}", where=wiring.source.key, step=_swapped(tables))
        lines.append(message("{where}: {step}", where=where, step=joined("; ", (made, keyed))))
    if change is None:
        return tuple(lines)
    where = f"{change.kind} {change.namespace}/{change.name}"
    lines += [message("{where}: {step}", where=where, step=step) for step in wiring.steps]
    undo = change.undo
    if isinstance(undo, WorkloadUndo) and undo.image is not None:
        steps = [message("image {was} -> {now}", was=str(undo.image.was), now=str(undo.image.now))]
        steps += [
            message(
                "{kind}: port {was} -> {now}", kind=one.kind, was=str(one.was), now=str(one.now)
            )
            for one in undo.probes
        ]
        lines += [message("{where}: {step}", where=where, step=step) for step in steps]
    return (
        *lines,
        message(
            "{where}: {step}", where=where, step=message("rolling restart to load the new list")
        ),
    )


def _swapped(tables: ValueChange) -> str:
    was = "" if tables.was is None else f"{tables.was!r} -> "
    return f"routeTableIDs {was}{tables.now!r}"


def _notes(changes: tuple[Change, ...]) -> tuple[str, ...]:
    notes = []
    for change in changes:
        if change.before is None:
            continue
        if _LAST_APPLIED in (change.before["metadata"].get("annotations") or {}):
            notes.append(
                message(
                    "{kind} {change} was made with kubectl apply: applying its old manifest"
                    " again would revert this, so put the change into the manifest too",
                    kind=change.kind,
                    change=change.name,
                )
            )
    notes += [
        message(
            "ConfigMap {one} is rewritten as JSON, which every CCM reads alike; the"
            " old text, comments and all, is kept beside it under {backup}",
            one=one.name,
            backup=backup,
        )
        for one in changes
        if (backup := backup_of(one))
    ]
    return tuple(notes)
