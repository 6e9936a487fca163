"""The change of the ConfigMap that holds cloud-config: the list, its record, nothing else."""

from __future__ import annotations

from copy import deepcopy
from itertools import count

from msgspec import structs

from kubectl_routes.ccm.cloudconfig import read
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.command import command
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Change, Refusal
from kubectl_routes.model.undo import BACKUP, UNDO, ConfigMapUndo, ListChange
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.config_mount import Source
from kubectl_routes.plan.pods import Object
from kubectl_routes.plan.undo import config_map_record, encoded, set_annotation


def list_change(
    config_map: Object | None,
    source: Source,
    tables: tuple[str, ...],
    image: str,
    namespace: str,
) -> Change | Refusal | None:
    """The change of the ConfigMap; None when a CCM of this image reads these tables already."""
    joined = ",".join(tables)
    if config_map is None:
        return _created(source, joined, namespace)
    name = source.config_map
    if source.key in (config_map.get("binaryData") or {}):
        return Refusal(
            "RT102",
            message("key {key} of ConfigMap {name} is binary data", key=source.key, name=name),
            message("move it to data, as text, and run enable again"),
        )
    text = (config_map.get("data") or {}).get(source.key)
    if text is not None and not _obstacle(text, tables, image):
        return None
    if config_map.get("immutable"):
        return Refusal(
            "RT110",
            message("ConfigMap {name} is immutable", name=name),
            message(
                "make another one of the same content, let CCM's volume name it, and run"
                " enable again"
            ),
        )
    try:
        change = _edited(config_map, source, text, joined, namespace)
    except cloud_config_edit.NotEditable as error:
        return _unreadable(source, namespace, error.args[0])
    blocker = _obstacle((change.after or {})["data"][source.key], tables, image)
    return (
        _unreadable(source, namespace, message("with the list {blocker}", blocker=blocker))
        if blocker
        else change
    )


def list_in(config_map: Object | None, key: str) -> str | None:
    """The list in a ConfigMap; None where there is none, or none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(key)
    try:
        return None if text is None else cloud_config_edit.list_of(text)
    except cloud_config_edit.NotEditable:
        return None


def backup_of(change: Change) -> str:
    """The key under which a change keeps the text that it rewrites; empty where it keeps none."""
    return change.undo.backup if isinstance(change.undo, ConfigMapUndo) else ""


def free_key(data: dict[str, str], key: str) -> str:
    """A key for the old text of another one, which is not used yet."""
    names = (f"{key}{BACKUP}{'' if number == 1 else f'-{number}'}" for number in count(1))
    return next(name for name in names if name not in data)


def _unreadable(source: Source, namespace: str, why: str) -> Refusal:
    values = {"namespace": namespace, "name": source.config_map}
    edit = command("kubectl -n {namespace} edit configmap/{name}", values)
    return Refusal(
        "RT102",
        message(
            "ConfigMap {config_map}, key {key} cannot be edited: {why}",
            config_map=source.config_map,
            key=source.key,
            why=why,
        ),
        message("correct it with {edit}, and run enable again", edit=edit or "kubectl edit"),
    )


def _obstacle(text: str, tables: tuple[str, ...], image: str) -> str:
    """Why a CCM of this image does not read these tables from the text, in whatever order; empty
    when it does.
    """
    reading = read(text, behavior_of(parse_image(image)))
    if reading.error:
        return message("CCM would refuse it: {error}", error=reading.error)
    ids = reading.ids or ()
    well_formed = all(item and item == item.strip() for item in ids) and len(set(ids)) == len(ids)
    return "" if well_formed and set(ids) == set(tables) else message("CCM would read another list")


def _created(source: Source, joined: str, namespace: str) -> Change:
    undo = ConfigMapUndo(source.key, created=True)
    metadata = {
        "name": source.config_map,
        "namespace": namespace,
        "annotations": {UNDO: encoded(undo)},
    }
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {source.key: cloud_config_edit.fresh(joined)},
    }
    return Change("ConfigMap", namespace, source.config_map, None, made, undo)


def _edited(
    config_map: Object, source: Source, text: str | None, joined: str, namespace: str
) -> Change:
    """The change of a ConfigMap that is there. Raises cloud_config_edit.NotEditable."""
    after = deepcopy(config_map)
    absent: tuple[str, ...] = () if "data" in config_map else ("data",)
    absent += () if "annotations" in config_map["metadata"] else ("annotations",)
    record = config_map_record(config_map)
    first = record if record is not None and record.key == source.key else None
    data = dict(after.get("data") or {})
    if text is None:
        undo = ConfigMapUndo(source.key, key_added=True, absent=absent)
        data[source.key] = cloud_config_edit.fresh(joined)
    else:
        edited = cloud_config_edit.edit(text, joined)
        backup = ""
        if edited.undo.change is ListChange.REWRITTEN:
            backup = (first.backup if first else "") or free_key(data, source.key)
            data[backup] = text
        undo = ConfigMapUndo(source.key, text=edited.undo, backup=backup, absent=absent)
        data[source.key] = edited.text
    after["data"] = data
    set_annotation(after, UNDO, encoded(_merged(first, undo)))
    return Change("ConfigMap", namespace, source.config_map, config_map, after, undo)


def _merged(first: ConfigMapUndo | None, then: ConfigMapUndo) -> ConfigMapUndo:
    """One record for two changes in a row: that of the first still leads back furthest."""
    if first is None:
        return then
    return structs.replace(first, backup=first.backup or then.backup)
