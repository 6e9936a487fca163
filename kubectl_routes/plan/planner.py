"""The plan: from CCM as it is to a CCM that works with the given tables."""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.releases import behavior_of, failing_probes, health_ports
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind, Controller
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Manifests, Object, Plan, Refusal
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    ProbeUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan import images
from kubectl_routes.plan.annotations import (
    annotations_of,
    another_hash,
    encoded,
    hash_of,
    record_in,
    set_annotation,
)
from kubectl_routes.plan.config_map import list_change, list_in
from kubectl_routes.plan.config_mount import plan_mount
from kubectl_routes.plan.edit import edit_of, written
from kubectl_routes.plan.pods import container_of, template_of
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.wiring import Source, Wiring

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
    workload = edit_of(manifests.workload)
    present = container_of(manifests.workload, controller.container).get("image", "")
    image = images.choose(str(present), ccm_version)
    config = controller.cloud_config or CloudConfig(ConfigSourceKind.NO_FLAG)
    wiring = plan_mount(workload, controller.container, config, running=_has_started(controller))
    if isinstance(image, Refusal):
        more = (wiring,) if isinstance(wiring, Refusal) else ()
        return structs.replace(image, more=more)
    if isinstance(wiring, Refusal):
        return wiring
    source = wiring.source
    held = list_change(manifests.config_map, source, tables, image.reference, controller.namespace)
    if isinstance(held, Refusal):
        return held
    listed = ValueChange(list_in(held.before, source.key), list_in(held.after, source.key))
    raised = image.reference != wiring.container.get("image")
    unfinished = _is_unfinished(manifests, source, listed.now)
    if workload.steps or raised or restart or held.change is not None or unfinished:
        _finish(wiring, controller, listed, image.reference)
    changes, steps = written((held, workload))
    return Plan(
        tables=tables,
        changes=changes,
        steps=steps,
        was=listed.was,
        now=listed.now,
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
        return refusal(
            "RT110",
            "no DaemonSet or Deployment manages pod {namespace}/{controller}",
            "make the change where the pod comes from (owner: {owner}): {file}; then "
            "replace the pod",
            namespace=controller.namespace,
            controller=controller.name,
            owner=controller.owner or "?",
            file=file,
        )
    return refusal(
        "RT110",
        "CCM is a static pod: its manifest is a file on each master",
        "on every master: {file}; then move CCM's manifest out of "
        "/etc/kubernetes/manifests and back, so that the kubelet restarts CCM",
        file=file,
    )


def _is_unfinished(manifests: Manifests, source: Source, tables: str | None) -> bool:
    """Whether an enable that was killed has changed the list, and not yet the workload."""
    if record_in(manifests.config_map, ConfigMapUndo) is None:
        return False
    present = hash_of(template_of(manifests.workload)) or ""
    return not present.startswith(another_hash(_stands_for(source, tables), None))


def _stands_for(source: Source, tables: str | None) -> str:
    """What the hash in the pod template is made of: names and ids, and never what else the
    cloud-config says.
    """
    return f"{source.config_map}/{source.key}\n{tables}"


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


def _finish(wiring: Wiring, controller: Controller, listed: ValueChange, image: str) -> None:
    """The rest of the workload's edit: its image, the hash that replaces the pods, the record."""
    edit, container, source = wiring.edit, wiring.container, wiring.source
    undo = structs.replace(
        wiring.undo, config_map=f"{source.config_map}/{source.key}", tables=listed
    )
    was = container.get("image")
    if image != was:
        probes = _moved_probes(container, controller, image)
        container["image"] = image
        undo = structs.replace(undo, image=ValueChange(was, image), probes=probes)
        edit.steps.append(message("image {was} -> {now}", was=str(was), now=image))
        edit.steps += [
            message(
                "{kind}: port {was} -> {now}",
                kind=probe.kind,
                was=str(probe.was),
                now=str(probe.now),
            )
            for probe in probes
        ]
    edit.steps.append(message("rolling restart to load the new list"))
    template = template_of(edit.value)
    absent = undo.absent
    absent += () if "annotations" in (template.get("metadata") or {}) else ("annotations",)
    absent += () if "metadata" in template else ("metadata",)
    present = hash_of(template)
    hashed = another_hash(_stands_for(source, listed.now), present)
    set_annotation(template, CONFIG_HASH, hashed)
    edit.undo = structs.replace(undo, hash=ValueChange(present, hashed), absent=absent)
    first = record_in(edit.before, WorkloadUndo)
    kept = merged(first, edit.undo) if first else edit.undo
    set_annotation(edit.value, UNDO, encoded(kept))


def merged(first: WorkloadUndo, then: WorkloadUndo) -> WorkloadUndo:
    """One record for two changes in a row: it leads back behind the first."""
    return structs.replace(
        then,
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


def _notes(changes: tuple[Change, ...]) -> tuple[str, ...]:
    applied = [
        message(
            "{kind} {change} was made with kubectl apply: applying its old manifest"
            " again would revert this, so put the change into the manifest too",
            kind=change.kind,
            change=change.name,
        )
        for change in changes
        if _LAST_APPLIED in annotations_of(change.before)
    ]
    rewritten = [
        message(
            "ConfigMap {one} is rewritten as JSON, which every CCM reads alike; the"
            " old text, comments and all, is kept beside it under {backup}",
            one=change.name,
            backup=change.undo.backup,
        )
        for change in changes
        if isinstance(change.undo, ConfigMapUndo) and change.undo.backup
    ]
    return (*applied, *rewritten)
