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
    there = config_map or {}
    if source.key in (there.get("binaryData") or {}):
        return refusal(
            "RT102",
            "key {key} of ConfigMap {name} is binary data",
            "move it to data, as text, and run enable again",
            key=source.key,
            name=name,
        )
    text = (there.get("data") or {}).get(source.key)
    if text is not None and not _obstacle(text, tables, image):
        return Edit(config_map, config_map)
    if there.get("immutable"):
        return refusal(
            "RT110",
            "ConfigMap {name} is immutable",
            "make another one of the same content, let CCM's volume name it, and run enable again",
            name=name,
        )
    try:
        edit = _edited(config_map, source, wanted, namespace)
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


def is_exactly(items: tuple[str, ...], tables: tuple[str, ...]) -> bool:
    """Whether the items of a list are these tables, in whatever order, without a fault."""
    well_formed = all(item and item == item.strip() for item in items)
    return well_formed and len(set(items)) == len(items) and set(items) == set(tables)


def edit_command(namespace: str, name: str) -> str:
    """The command that edits the ConfigMap with cloud-config."""
    values = {"namespace": namespace, "object": f"configmap/{name}"}
    return command("kubectl -n {namespace} edit {object}", values) or "kubectl edit"


def _unreadable(source: Source, namespace: str, why: str) -> Refusal:
    return refusal(
        "RT102",
        "ConfigMap {config_map}, key {key} cannot be edited: {why}",
        "correct it with {edit}, and run enable again",
        config_map=source.config_map,
        key=source.key,
        why=why,
        edit=edit_command(namespace, source.config_map),
    )


def _obstacle(text: str, tables: tuple[str, ...], image: str) -> str:
    """Why a CCM of this image does not read these tables from the text, in whatever order; empty
    when it does.
    """
    reading = read(text, behavior_of(parse_image(image)))
    if reading.error:
        return message("CCM would refuse it: {error}", error=reading.error)
    exact = is_exactly(reading.ids or (), tables)
    return "" if exact else message("CCM would read another list")


def _edited(config_map: Object | None, source: Source, wanted: str, namespace: str) -> Edit:
    """The edit of the ConfigMap, which is made where there is none. Raises NotEditable."""
    fresh: Object = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": source.config_map, "namespace": namespace},
    }
    after = fresh if config_map is None else deepcopy(config_map)
    absent: tuple[str, ...] = () if "data" in after else ("data",)
    absent += () if "annotations" in after["metadata"] else ("annotations",)
    record = record_in(config_map, ConfigMapUndo)
    first = record if record is not None and record.key == source.key else None
    data = dict(after.get("data") or {})
    text = data.get(source.key)
    if config_map is None:
        undo = ConfigMapUndo(source.key, created=True)
        data[source.key] = cloud_config_edit.fresh(wanted)
    elif text is None:
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
    made = message("create it") if config_map is None else ""
    was = list_in(config_map, source.key)
    swap = f"routeTableIDs {'' if was is None else f'{was!r} -> '}{wanted!r}"
    step = joined("; ", (made, message("{where}: {step}", where=source.key, step=swap)))
    return Edit(config_map, after, [step], undo=undo)
