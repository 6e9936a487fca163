"""A workload while it is being wired to read its cloud-config from a ConfigMap.

The edits of Alibaba Cloud's document "Kubernetes clusters support multiple VPC route tables", as
far as they are missing. The document's names are kept, so that its readers find them again.
"""

from __future__ import annotations

from itertools import chain, count
from typing import Any

from msgspec import Struct, structs

from kubectl_routes.ccm.script import script_place
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Object
from kubectl_routes.model.undo import FlagUndo, MountUndo, ValueChange, WorkloadUndo
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.pods import (
    container_of,
    parent_mount,
    provides,
    takes_nested,
    template_of,
)

CONFIG_MAP = "cloud-config"
KEY = "cloud-config.conf"
FLAG = "--cloud-config"
# The document's own place first; the others are for clusters where something is in its way.
PLACES = ("/etc/kubernetes/config", "/etc/kubernetes/cloud-config", "/etc/cloud-config")
# A trailing flag of the document's manifest that new ones are put in front of.
_LAST = "--feature-gates"
_WRITE_PROTECTION = ("readOnly", "recursiveReadOnly")


class Source(Struct, frozen=True):
    """Where CCM will read its cloud-config from: a key of a ConfigMap."""

    config_map: str
    key: str


class Wiring:
    """A workload while it is being wired: its edit, where CCM will read its cloud-config from, and
    the record of what was changed.
    """

    def __init__(self, edit: Edit, container: str, *, running: bool) -> None:
        self.edit = edit
        self.container = container_of(edit.value, container)
        self.source = Source(CONFIG_MAP, KEY)
        self.undo = WorkloadUndo(container, "", ValueChange(None, None))
        self._running = running

    def is_free(self, place: str) -> bool:
        """Whether something can be mounted at a place."""
        return takes_nested(self.edit.value, self.container, place)

    def add_mount(self, place: str, name: str, sub_path: str = "") -> None:
        """Mount the ConfigMap's key as ``name`` in the folder ``place``, or as ``place`` itself
        with ``sub_path``.
        """
        mount: Object = {"name": self._volume_for(name), "mountPath": place}
        if sub_path:
            mount["subPath"] = sub_path
        self._append(self.container, "volumeMounts", mount)
        self.undo = structs.replace(self.undo, mount=place)
        self.edit.steps.append(message("mount {name} at {place}", name=mount["name"], place=place))
        self._open_parent(mount)

    def use(self, mount: Object) -> None:
        """Rely on a mount that is there already: while a pod runs with it, it can be mounted."""
        if not self._running:
            self._open_parent(mount)

    def _open_parent(self, mount: Object) -> None:
        """Take the write protection off the mount around this one: the runtime has to make the
        mount point in it. An empty directory appears on the node, and CCM may write there.
        """
        parent = parent_mount(self.container, mount["mountPath"])
        if parent is None or not parent.get("readOnly"):
            return
        place = parent["mountPath"]
        was = {name: parent.pop(name) for name in _WRITE_PROTECTION if name in parent}
        self.undo = structs.replace(self.undo, writable=MountUndo(place, was))
        self.edit.steps.append(message("mount at {mountpath}: no longer readOnly", mountpath=place))

    def add_flag(self, path: str) -> None:
        """Add the flag to the list that carries the others."""
        given = f"{FLAG}={path}"
        if script_place(words_of(self.container)) is not None:
            self._add_to_script(given)
            return
        words_name = _flags_in(self.container)
        words = self.container.get(words_name) or []
        valueless = [place for place, word in enumerate(words) if word in (FLAG, f"{FLAG}=")]
        was = words[valueless[-1]] if valueless else None
        self.undo = structs.replace(self.undo, flag=FlagUndo(words_name, given, was))
        self.edit.steps.append(f"{words_name}: {given}")
        if valueless:
            words[valueless[-1]] = given
        elif words:
            words.insert(len(words) - words[-1].startswith(_LAST), given)
        else:
            self._append(self.container, words_name, given)

    def _add_to_script(self, given: str) -> None:
        """Words behind the text of a shell are its own: CCM would not get them."""
        command = self.container.get("command") or []
        place = script_place(words_of(self.container)) or 0
        inside = place < len(command)
        words_name = "command" if inside else "args"
        words = self.container[words_name]
        index = place if inside else place - len(command)
        text = words[index]
        words[index] = f"{text.rstrip()} {given}"
        self.undo = structs.replace(self.undo, flag=FlagUndo(words_name, words[index], text))
        self.edit.steps.append(
            message(
                "{words_name}: {given}, in the text of the shell command",
                words_name=words_name,
                given=given,
            )
        )

    def _volume_for(self, name: str) -> str:
        """The volume that shows the ConfigMap's key as ``name``, added where there is none."""
        spec = template_of(self.edit.value)["spec"]
        volumes = spec.get("volumes") or []
        for volume in volumes:
            if provides(volume, CONFIG_MAP, KEY, name):
                return str(volume["name"])
        taken = {volume["name"] for volume in volumes}
        names = chain((CONFIG_MAP,), (f"{CONFIG_MAP}-{number}" for number in count(2)))
        added = next(free for free in names if free not in taken)
        source = {"name": CONFIG_MAP, "items": [{"key": KEY, "path": name}]}
        self._append(spec, "volumes", {"name": added, "configMap": source})
        self.undo = structs.replace(self.undo, volume=added)
        self.edit.steps.append(
            message(
                "volume {volume}: ConfigMap {config_map}, key {key}",
                volume=added,
                config_map=CONFIG_MAP,
                key=KEY,
            )
        )
        return added

    def _append(self, owner: Object, name: str, item: Any) -> None:
        if name not in owner:
            self.undo = structs.replace(self.undo, absent=(*self.undo.absent, name))
        owner[name] = [*(owner.get(name) or []), item]


def _flags_in(container: Object) -> str:
    """``args`` or ``command``: which of them carries the flags."""
    for name in ("args", "command"):
        if any(word.startswith("--") for word in container.get(name) or []):
            return name
    return "args"


def words_of(container: Object) -> list[str]:
    """The command and the args of a container."""
    return [*(container.get("command") or []), *(container.get("args") or [])]
