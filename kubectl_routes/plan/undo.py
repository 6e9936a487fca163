"""Undoing what ``enable`` changed: piece by piece, and only where its own piece is still there.

What another client has changed since then is left as it is, and reported.
"""

from __future__ import annotations

from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Object
from kubectl_routes.model.undo import CONFIG_HASH, UNDO, ConfigMapUndo, WorkloadUndo
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.annotations import set_annotation
from kubectl_routes.plan.edit import Edit, edit_of
from kubectl_routes.plan.pods import container_of, mounts_of, template_of, volume_of


def revert_workload(workload: Object, undo: WorkloadUndo) -> Edit:
    """The workload without what a record names."""
    edit = edit_of(workload)
    set_annotation(edit.value, UNDO, None)
    try:
        container = container_of(edit.value, undo.container)
    except LookupError:
        edit.left.append(message("container {container} is gone", container=undo.container))
        return edit
    for piece in (_image, _probes, _flag, _mount, _write_protection, _item, _volume, _hash):
        piece(edit, container, undo)
    for owner in (template_of(edit.value)["spec"], container):
        _drop_empty(owner, undo.absent)
    return edit


def _image(edit: Edit, container: Object, undo: WorkloadUndo) -> None:
    if undo.image is None:
        return
    if container.get("image") != undo.image.now:
        present = str(container.get("image"))
        edit.left.append(message("the image is now {image}, which is kept", image=present))
        return
    container["image"] = undo.image.was
    edit.steps.append(message("image: back to {was}", was=undo.image.was or "?"))


def _probes(edit: Edit, container: Object, undo: WorkloadUndo) -> None:
    for probe in undo.probes:
        asked = (container.get(probe.kind) or {}).get(probe.action) or {}
        if asked.get("port") != probe.now:
            edit.left.append(
                message(
                    "{kind} no longer uses port {now}, and is kept",
                    kind=probe.kind,
                    now=str(probe.now),
                )
            )
            continue
        asked["port"] = probe.was
        edit.steps.append(
            message("{kind}: port back to {was}", kind=probe.kind, was=str(probe.was))
        )


def _flag(edit: Edit, container: Object, undo: WorkloadUndo) -> None:
    flag = undo.flag
    if flag is None:
        return
    words = container.get(flag.words) or []
    if flag.now not in words:
        edit.left.append(message("{now} is no longer in {words}", now=flag.now, words=flag.words))
        return
    place = words.index(flag.now)
    words[place : place + 1] = [] if flag.was is None else [flag.was]
    back = (
        message("remove {flag}", flag=flag.now)
        if flag.was is None
        else message("back to {was}", was=flag.was)
    )
    edit.steps.append(message("{where}: {step}", where=flag.words, step=back))


def _mount(edit: Edit, container: Object, undo: WorkloadUndo) -> None:
    if not undo.mount:
        return
    mounts = mounts_of(container)
    kept = [mount for mount in mounts if mount["mountPath"] != undo.mount]
    if len(kept) == len(mounts):
        edit.left.append(message("nothing is mounted at {mount} any more", mount=undo.mount))
        return
    container["volumeMounts"] = kept
    edit.steps.append(message("remove the mount at {mount}", mount=undo.mount))


def _write_protection(edit: Edit, container: Object, undo: WorkloadUndo) -> None:
    if undo.writable is None:
        return
    place, was = undo.writable.mount_path, undo.writable.was
    parent = next((mount for mount in mounts_of(container) if mount["mountPath"] == place), None)
    if parent is None or any(name in parent for name in was):
        edit.left.append(
            message("the mount at {mount_path} has been changed since", mount_path=place)
        )
        return
    parent.update(was)
    edit.steps.append(message("mount at {mount_path}: readOnly again", mount_path=place))


def _item(edit: Edit, _: Object, undo: WorkloadUndo) -> None:
    if undo.item is None:
        return
    volume = volume_of(edit.value, undo.item.volume) or {}
    items = (volume.get("configMap") or {}).get("items") or []
    for item in [item for item in items if item.get("key") == undo.item.key][-1:]:
        items.remove(item)
        edit.steps.append(
            message(
                "volume {volume}: remove item {key}", volume=undo.item.volume, key=undo.item.key
            )
        )


def _volume(edit: Edit, _: Object, undo: WorkloadUndo) -> None:
    if not undo.volume:
        return
    spec = template_of(edit.value)["spec"]
    users = [
        container["name"]
        for kind in ("containers", "initContainers")
        for container in spec.get(kind) or []
        if any(mount["name"] == undo.volume for mount in mounts_of(container))
    ]
    if users:
        edit.left.append(
            message(
                "volume {volume} is in use by {others}",
                volume=undo.volume,
                others=", ".join(users),
            )
        )
        return
    spec["volumes"] = [kept for kept in spec.get("volumes") or [] if kept["name"] != undo.volume]
    edit.steps.append(message("remove volume {volume}", volume=undo.volume))


def _hash(edit: Edit, _: Object, undo: WorkloadUndo) -> None:
    if undo.hash is None:
        return
    template = template_of(edit.value)
    set_annotation(template, CONFIG_HASH, undo.hash.was)
    edit.steps.append(message("restart the pods"))
    _drop_empty(template.get("metadata") or {}, undo.absent, "annotations")
    _drop_empty(template, undo.absent, "metadata")


def revert_config_map(config_map: Object, undo: ConfigMapUndo) -> Edit:
    """The ConfigMap without what a record names. Raises cloud_config_edit.NotEditable.

    One that was made for the list goes away, unless it holds something else by now.
    """
    edit = edit_of(config_map)
    after = edit.value
    data = after.get("data") or {}
    backup = data.pop(undo.backup, None)
    set_annotation(after, UNDO, None)
    if undo.key not in data:
        edit.left.append(message("key {key} is gone", key=undo.key))
    elif undo.created or undo.key_added:
        _take_key(edit, undo)
    else:
        _take_list(edit, undo, backup)
    _drop_empty(after, undo.absent, "data")
    _drop_empty(after["metadata"], undo.absent, "annotations")
    return edit


def _take_key(edit: Edit, undo: ConfigMapUndo) -> None:
    """Take out the key that was added, the ConfigMap with it where it was made for it."""
    data, key = edit.value["data"], undo.key
    if data[key] != cloud_config_edit.fresh(cloud_config_edit.list_of(data[key]) or ""):
        remove_list(edit, key)
        edit.left.append(
            message("key {key} has come to hold more than the list: only that is removed", key=key)
        )
        return
    del data[key]
    if undo.created and not data and not edit.value.get("binaryData"):
        edit.after = None
        edit.steps.append(message("delete it: enable had made it"))
    else:
        edit.steps.append(message("remove key {key}", key=key))


def _take_list(edit: Edit, undo: ConfigMapUndo, backup: str | None) -> None:
    """Bring back the text that was edited."""
    data, key = edit.value["data"], undo.key
    if undo.text is None:
        tables = cloud_config_edit.list_of(data[key])
    else:
        tables = undo.text.tables
        data[key] = cloud_config_edit.revert(data[key], undo.text, backup)
    edit.steps.append(
        message("{key}: remove routeTableIDs", key=key)
        if tables is None
        else message("{key}: routeTableIDs back to {was}", key=key, was=repr(tables))
    )


def remove_list(edit: Edit, key: str) -> None:
    """Remove the list from a key of a ConfigMap. Raises cloud_config_edit.NotEditable."""
    data = edit.value["data"]
    data[key] = cloud_config_edit.without_list(data[key])
    edit.steps.append(message("{key}: remove routeTableIDs", key=key))


def _drop_empty(owner: Object, absent: tuple[str, ...], *names: str) -> None:
    """Drop the mappings and lists that were not there before, where they are empty again."""
    for name in names or absent:
        if name in absent and name in owner and not owner[name]:
            del owner[name]
