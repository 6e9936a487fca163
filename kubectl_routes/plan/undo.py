"""Undoing what ``enable`` changed: piece by piece, and only where its own piece is still there.

What another client has changed since then is left as it is, and reported.
"""

from __future__ import annotations

from copy import deepcopy

import msgspec
from msgspec import Struct

from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.message import message
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ProbeUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan import cloud_config_edit
from kubectl_routes.plan.pods import Object, container_of, mounts_of, template_of, volume_of


class Reverted(Struct, frozen=True):
    """The object as it is to be (None: deleted), the steps that lead there, and what was left."""

    after: Object | None
    steps: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Not the object: it may hold credentials."""
        return f"Reverted({self.steps!r}, {self.left!r})"


def record_of(value: Object | None) -> str:
    """The text of the undo record that an object carries, or empty."""
    annotations = ((value or {}).get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(UNDO, ""))


def workload_record(workload: Object) -> WorkloadUndo | None:
    """The undo record of a workload; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode(record_of(workload), type=WorkloadUndo)
    except UNREADABLE:
        return None


def config_map_record(config_map: Object | None) -> ConfigMapUndo | None:
    """The undo record of a ConfigMap; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode(record_of(config_map), type=ConfigMapUndo)
    except UNREADABLE:
        return None


def encoded(undo: WorkloadUndo | ConfigMapUndo) -> str:
    """A record as the text of an annotation."""
    return msgspec.json.encode(undo).decode()


def set_annotation(value: Object, name: str, text: str | None) -> None:
    """Set an annotation of an object or a pod template, or take it away."""
    metadata = value.setdefault("metadata", {})
    if text is not None:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), name: text}
    elif name in (metadata.get("annotations") or {}):
        del metadata["annotations"][name]


def revert_workload(workload: Object, undo: WorkloadUndo) -> Reverted:
    """The workload without what a record names."""
    after = deepcopy(workload)
    work = _Reversal(after, undo)
    work.run()
    set_annotation(after, UNDO, None)
    return Reverted(after, tuple(work.steps), tuple(work.left))


def revert_config_map(config_map: Object, undo: ConfigMapUndo) -> Reverted:
    """The ConfigMap without what a record names. Raises cloud_config_edit.NotEditable.

    One that was made for the list goes away, unless it holds something else by now.
    """
    after = deepcopy(config_map)
    data = after.get("data") or {}
    text = data.get(undo.key)
    backup = data.pop(undo.backup, None)
    set_annotation(after, UNDO, None)
    if text is None:
        return Reverted(_tidied(after, undo), (), (message("key {key} is gone", key=undo.key),))
    tables = cloud_config_edit.list_of(text)
    ours = undo.created or undo.key_added
    if ours and text == cloud_config_edit.fresh(tables or ""):
        del data[undo.key]
        if undo.created and not data and not after.get("binaryData"):
            return Reverted(None, (message("delete it: enable had made it"),))
        return Reverted(_tidied(after, undo), (message("remove key {key}", key=undo.key),))
    if ours:
        data[undo.key] = cloud_config_edit.without_list(text)
        left = (
            message(
                "key {key} has come to hold more than the list: only that is removed", key=undo.key
            ),
        )
        return Reverted(
            _tidied(after, undo), (message("{key}: remove routeTableIDs", key=undo.key),), left
        )
    if undo.text is not None:
        data[undo.key] = cloud_config_edit.revert(text, undo.text, backup)
    now = undo.text.tables if undo.text else tables
    back = (
        message("remove routeTableIDs")
        if now is None
        else message("routeTableIDs back to {now}", now=repr(now))
    )
    return Reverted(_tidied(after, undo), (message("{where}: {step}", where=undo.key, step=back),))


def _tidied(config_map: Object, undo: ConfigMapUndo) -> Object:
    """Without the mappings that were not there before, where they are empty again."""
    if "data" in undo.absent and not config_map.get("data"):
        config_map.pop("data", None)
    metadata = config_map["metadata"]
    if "annotations" in undo.absent and not metadata.get("annotations"):
        metadata.pop("annotations", None)
    return config_map


class _Reversal:
    """Takes the pieces out of a workload, in place."""

    def __init__(self, workload: Object, undo: WorkloadUndo) -> None:
        self._workload = workload
        self._undo = undo
        self.steps: list[str] = []
        self.left: list[str] = []

    def run(self) -> None:
        """All pieces."""
        undo = self._undo
        try:
            container = container_of(self._workload, undo.container)
        except LookupError:
            self.left.append(message("container {container} is gone", container=undo.container))
            return
        if undo.image is not None:
            self._image(container, undo.image)
        for probe in undo.probes:
            self._probe(container, probe)
        if undo.flag is not None:
            self._flag(container, undo.flag)
        self._mount(container)
        self._volume()
        if undo.hash is not None:
            self._hash(undo.hash)
        spec = template_of(self._workload)["spec"]
        for name in undo.absent:
            for owner in (spec, container):
                if name in owner and not owner[name]:
                    del owner[name]

    def _image(self, container: Object, swap: ValueChange) -> None:
        if container.get("image") != swap.now:
            self.left.append(
                message(
                    "the image is now {image}, which is kept", image=str(container.get("image"))
                )
            )
            return
        container["image"] = swap.was
        self.steps.append(message("image: back to {was}", was=swap.was or "?"))

    def _probe(self, container: Object, probe: ProbeUndo) -> None:
        asked = (container.get(probe.kind) or {}).get(probe.action) or {}
        if asked.get("port") != probe.now:
            self.left.append(
                message(
                    "{kind} no longer uses port {now}, and is kept",
                    kind=probe.kind,
                    now=str(probe.now),
                )
            )
            return
        asked["port"] = probe.was
        self.steps.append(
            message("{kind}: port back to {was}", kind=probe.kind, was=str(probe.was))
        )

    def _flag(self, container: Object, flag: FlagUndo) -> None:
        words = container.get(flag.words) or []
        if flag.now not in words:
            self.left.append(
                message("{now} is no longer in {words}", now=flag.now, words=flag.words)
            )
            return
        place = words.index(flag.now)
        words[place : place + 1] = [] if flag.was is None else [flag.was]
        back = (
            message("remove {flag}", flag=flag.now)
            if flag.was is None
            else message("back to {was}", was=flag.was)
        )
        self.steps.append(message("{where}: {step}", where=flag.words, step=back))

    def _mount(self, container: Object) -> None:
        undo = self._undo
        mounts = mounts_of(container)
        if undo.mount:
            kept = [one for one in mounts if one["mountPath"] != undo.mount]
            if len(kept) < len(mounts):
                container["volumeMounts"] = kept
                self.steps.append(message("remove the mount at {mount}", mount=undo.mount))
            else:
                self.left.append(
                    message("nothing is mounted at {mount} any more", mount=undo.mount)
                )
        if undo.writable is None:
            return
        parent = next((one for one in mounts if one["mountPath"] == undo.writable.mount_path), None)
        if parent is None or any(name in parent for name in undo.writable.was):
            self.left.append(
                message(
                    "the mount at {mount_path} has been changed since",
                    mount_path=undo.writable.mount_path,
                )
            )
            return
        parent.update(undo.writable.was)
        self.steps.append(
            message("mount at {mount_path}: readOnly again", mount_path=undo.writable.mount_path)
        )

    def _volume(self) -> None:
        undo = self._undo
        spec = template_of(self._workload)["spec"]
        if undo.item is not None:
            volume = volume_of(self._workload, undo.item.volume) or {}
            items = (volume.get("configMap") or {}).get("items") or []
            ours = [one for one in items if one.get("key") == undo.item.key]
            for one in ours[-1:]:
                items.remove(one)
                self.steps.append(
                    message(
                        "volume {volume}: remove item {key}",
                        volume=undo.item.volume,
                        key=undo.item.key,
                    )
                )
        if not undo.volume:
            return
        others = [
            one["name"]
            for kind in ("containers", "initContainers")
            for one in spec.get(kind) or []
            if any(mount["name"] == undo.volume for mount in mounts_of(one))
        ]
        if others:
            self.left.append(
                message(
                    "volume {volume} is in use by {others}",
                    volume=undo.volume,
                    others=", ".join(others),
                )
            )
            return
        spec["volumes"] = [one for one in spec.get("volumes") or [] if one["name"] != undo.volume]
        self.steps.append(message("remove volume {volume}", volume=undo.volume))

    def _hash(self, swap: ValueChange) -> None:
        template = template_of(self._workload)
        set_annotation(template, CONFIG_HASH, swap.was)
        self.steps.append(message("restart the pods"))
        metadata = template["metadata"]
        if "annotations" in self._undo.absent and not metadata.get("annotations"):
            metadata.pop("annotations", None)
        if "metadata" in self._undo.absent and not metadata:
            del template["metadata"]
