"""The change of the ConfigMap that holds cloud-config: the list, its record, nothing else."""

from __future__ import annotations

from copy import deepcopy
from itertools import count

from msgspec import structs

from kubectl_routes.ccm.cloudconfig import read
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_image
from kubectl_routes.model.command import command
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.plan import Object, Refusal
from kubectl_routes.model.undo import BACKUP, UNDO, ConfigMapUndo, ListChange
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.annotations import encoded, record_in, set_annotation
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.wiring import Source


def list_change(
    config_map: Object | None,
    source: Source,
    tables: tuple[str, ...],
    image: str,
    namespace: str,
) -> Edit | Refusal:
    """The edit of the ConfigMap; it changes nothing where a CCM of this image reads these tables
    already.
    """
    wanted, name = ",".join(tables), source.config_map
    if config_map is None:
        return _created(source, wanted, namespace)
    if source.key in (config_map.get("binaryData") or {}):
        return refusal(
            "RT102",
            "key {key} of ConfigMap {name} is binary data",
            "move it to data, as text, and run enable again",
            key=source.key,
            name=name,
        )
    text = (config_map.get("data") or {}).get(source.key)
    if text is not None and not _obstacle(text, tables, image):
        return Edit(config_map, config_map)
    if config_map.get("immutable"):
        return refusal(
            "RT110",
            "ConfigMap {name} is immutable",
            "make another one of the same content, let CCM's volume name it, and run enable again",
            name=name,
        )
    try:
        edit = _edited(config_map, source, text, wanted)
    except cloud_config_edit.NotEditable as error:
        return _unreadable(source, namespace, error.args[0])
    blocker = _obstacle(edit.value["data"][source.key], tables, image)
    return (
        _unreadable(source, namespace, message("with the list {blocker}", blocker=blocker))
        if blocker
        else edit
    )


def read_list(config_map: Object | None, key: str) -> str | None:
    """The list in a ConfigMap; None where there is none. Raises cloud_config_edit.NotEditable."""
    text = ((config_map or {}).get("data") or {}).get(key)
    return None if text is None else cloud_config_edit.list_of(text)


def list_in(config_map: Object | None, key: str) -> str | None:
    """The list in a ConfigMap; None where there is none, or none that can be read."""
    try:
        return read_list(config_map, key)
    except cloud_config_edit.NotEditable:
        return None


def free_key(data: dict[str, str], key: str) -> str:
    """A key for the old text of another one, which is not used yet."""
    names = (f"{key}{BACKUP}{'' if number == 1 else f'-{number}'}" for number in count(1))
    return next(name for name in names if name not in data)


def _unreadable(source: Source, namespace: str, why: str) -> Refusal:
    values = {"namespace": namespace, "name": source.config_map}
    edit = command("kubectl -n {namespace} edit configmap/{name}", values)
    return refusal(
        "RT102",
        "ConfigMap {config_map}, key {key} cannot be edited: {why}",
        "correct it with {edit}, and run enable again",
        config_map=source.config_map,
        key=source.key,
        why=why,
        edit=edit or "kubectl edit",
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


def _created(source: Source, wanted: str, namespace: str) -> Edit:
    undo = ConfigMapUndo(source.key, created=True)
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": source.config_map,
            "namespace": namespace,
            "annotations": {UNDO: encoded(undo)},
        },
        "data": {source.key: cloud_config_edit.fresh(wanted)},
    }
    swap = _swap(source, None, wanted)
    return Edit(None, made, [joined("; ", (message("create it"), swap))], undo=undo)


def _edited(config_map: Object, source: Source, text: str | None, wanted: str) -> Edit:
    """The edit of a ConfigMap that is there. Raises cloud_config_edit.NotEditable."""
    after = deepcopy(config_map)
    absent: tuple[str, ...] = () if "data" in config_map else ("data",)
    absent += () if "annotations" in config_map["metadata"] else ("annotations",)
    record = record_in(config_map, ConfigMapUndo)
    first = record if record is not None and record.key == source.key else None
    data = dict(after.get("data") or {})
    if text is None:
        undo = ConfigMapUndo(source.key, key_added=True, absent=absent)
        data[source.key] = cloud_config_edit.fresh(wanted)
    else:
        edited = cloud_config_edit.edit(text, wanted)
        backup = ""
        if edited.undo.change is ListChange.REWRITTEN:
            backup = (first.backup if first else "") or free_key(data, source.key)
            data[backup] = text
        undo = ConfigMapUndo(source.key, text=edited.undo, backup=backup, absent=absent)
        data[source.key] = edited.text
    after["data"] = data
    # Of two changes in a row the record of the first leads back furthest.
    kept = undo if first is None else structs.replace(first, backup=first.backup or undo.backup)
    set_annotation(after, UNDO, encoded(kept))
    step = _swap(source, list_in(config_map, source.key), wanted)
    return Edit(config_map, after, [step], undo=undo)


def _swap(source: Source, was: str | None, now: str) -> str:
    old = "" if was is None else f"{was!r} -> "
    step = f"routeTableIDs {old}{now!r}"
    return message("{where}: {step}", where=source.key, step=step)
