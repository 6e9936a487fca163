"""Making CCM read its cloud-config from a ConfigMap: flag, volume, mount, read-only parent.

The five edits of Alibaba Cloud's document "Kubernetes clusters support multiple VPC route tables",
as far as they are missing. The document's names are kept, so that its readers find them again.
"""

from __future__ import annotations

from itertools import chain, count
from posixpath import basename, dirname, join, normpath
from typing import Any

from msgspec import Struct

from kubectl_routes.ccm.script import script_place, takes_flag
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Refusal
from kubectl_routes.model.undo import FlagUndo, ItemUndo, MountUndo
from kubectl_routes.plan.pods import (
    Object,
    container_of,
    holds,
    mounts_of,
    parent_mount,
    provides,
    takes_nested,
    template_of,
    volume_of,
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


class ConfigMount(Struct, frozen=True, omit_defaults=True):
    """What was changed in a workload to make CCM read ``source``; None and empty: nothing."""

    source: Source
    flag: FlagUndo | None = None
    volume: str = ""
    item: ItemUndo | None = None
    mount: str = ""
    writable: MountUndo | None = None
    absent: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def plan_mount(
    workload: Object, container_name: str, config: CloudConfig, *, running: bool
) -> ConfigMount | Refusal:
    """Change ``workload`` in place, where something is missing, and say what was changed.

    ``config`` is where CCM's file comes from now. ``running``: a CCM pod is ready, so that what is
    mounted now can be mounted.
    """
    container = container_of(workload, container_name)
    if refusal := _refusal(container, config):
        return refusal
    work = _Work(workload, container, running=running)
    if config.source is ConfigSourceKind.CONFIG_MAP and config.key:
        work.use(_mount_at(container, config.path))
        return work.done(Source(config.name, config.key))
    if config.source is ConfigSourceKind.CONFIG_MAP:
        return _add_item(work, config)
    if config.source is ConfigSourceKind.NOT_MOUNTED:
        return _mount_for_flag(work, config.path)
    return _from_nothing(work)


def _refusal(container: Object, config: CloudConfig) -> Refusal | None:
    """Why this CCM's configuration is not ours to change."""
    if config.source is ConfigSourceKind.HOST_PATH:
        return Refusal(
            "RT110",
            message(
                "CCM reads its cloud-config from the file {config} of the nodes it runs on",
                config=config.name,
            ),
            message(
                "put routeTableIDs into that file on every master and restart CCM; or"
                " take {flag} off its flags, move what the file says into ConfigMap"
                " {config_map} in CCM's namespace, key {key}, and run enable again",
                flag=FLAG,
                config_map=CONFIG_MAP,
                key=KEY,
            ),
        )
    if config.source is ConfigSourceKind.SECRET:
        return Refusal(
            "RT110",
            message(
                "CCM reads its cloud-config from Secret {config}, which is never read",
                config=config.name,
            ),
            message(
                "put routeTableIDs into it by hand, or move it to a ConfigMap, and run enable again"
            ),
        )
    if config.source is ConfigSourceKind.OTHER and "$" in config.name:
        return Refusal(
            "RT110",
            message(
                "whether {config} of CCM's command names a cloud-config is not known:"
                " its value is not in the pod template",
                config=config.name,
            ),
            message(
                "write {flag} itself in the command or the args, and run enable again", flag=FLAG
            ),
        )
    if config.path and not config.path.startswith("/"):
        return Refusal(
            "RT110",
            message("{flag} names {path}, which is no absolute path", flag=FLAG, path=config.path),
            message(
                "let it name the file in full, for example {place}/{key}, and run enable again",
                place=PLACES[0],
                key=KEY,
            ),
        )
    if config.source is ConfigSourceKind.OTHER:
        return Refusal(
            "RT110",
            message(
                "CCM reads its cloud-config from volume {config}, a kind that is not followed",
                config=config.name,
            ),
            message("put routeTableIDs into its source by hand, or mount a ConfigMap instead"),
        )
    words = _words(container)
    place = script_place(words)
    if place is not None and not config.path and not takes_flag(words[place]):
        return Refusal(
            "RT110",
            message("CCM's flags stand inside a shell script that is more than one plain command"),
            message(
                "write them as a list of words, or add {flag}={place}/{key} by hand,"
                " and run enable again",
                flag=FLAG,
                place=PLACES[0],
                key=KEY,
            ),
        )
    return None


def _add_item(work: _Work, config: CloudConfig) -> ConfigMount | Refusal:
    """The ConfigMap is mounted, but puts no file where CCM looks for one."""
    mount = _mount_at(work.container, config.path)
    inside = normpath(config.path)[len(normpath(mount["mountPath"])) :].strip("/")
    inside = join(mount.get("subPath", ""), inside).strip("/")
    volume = volume_of(work.workload, mount["name"])
    items = volume["configMap"].get("items") if volume else None
    if not items or not inside:
        return Refusal(
            "RT110",
            message(
                "ConfigMap {config} is mounted at {mountpath}, which can put no file at {path}",
                config=config.name,
                mountpath=mount["mountPath"],
                path=config.path,
            ),
            message(
                "mount it at {path}, or let {flag} name a file in the mounted folder",
                path=dirname(config.path),
                flag=FLAG,
            ),
        )
    work.use(mount)
    items.append({"key": KEY, "path": inside})
    item = ItemUndo(mount["name"], KEY)
    work.steps.append(
        message("volume {name}: item {key} as {inside}", name=mount["name"], key=KEY, inside=inside)
    )
    return work.done(Source(config.name, KEY), item=item)


def _mount_for_flag(work: _Work, path: str) -> ConfigMount | Refusal:
    """The flag names a file that nothing provides: mount the ConfigMap there."""
    folder, name = dirname(path), basename(path)
    whole = takes_nested(work.workload, work.container, folder)
    place = folder if whole and folder not in ("/", "/etc", "/etc/kubernetes") else path
    if not takes_nested(work.workload, work.container, place):
        return Refusal(
            "RT110",
            message(
                "{flag} names {path}, where nothing can be mounted: other mounts are around it",
                flag=FLAG,
                path=path,
            ),
            message(
                "let {flag} name a file in a folder of its own, for example {place}/{key}",
                flag=FLAG,
                place=PLACES[-1],
                key=KEY,
            ),
        )
    work.add_mount(place, name, sub_path="" if place == folder else name)
    return work.done(Source(CONFIG_MAP, KEY))


def _from_nothing(work: _Work) -> ConfigMount | Refusal:
    """No flag yet. What of volume and mount is there is used."""
    path = _path_provided(work)
    if not path:
        fitting = (one for one in PLACES if takes_nested(work.workload, work.container, one))
        place = next(fitting, "")
        if not place:
            return Refusal(
                "RT110",
                message("something is mounted at each of {places}", places=", ".join(PLACES)),
                message(
                    "mount ConfigMap {config_map} by hand, and let {flag} name its file",
                    config_map=CONFIG_MAP,
                    flag=FLAG,
                ),
            )
        work.add_mount(place, KEY)
        path = join(place, KEY)
    work.add_flag(path)
    return work.done(Source(CONFIG_MAP, KEY))


def _path_provided(work: _Work) -> str:
    """The file at which an existing mount already shows the ConfigMap's key; empty: none does."""
    for mount in mounts_of(work.container):
        volume = volume_of(work.workload, mount["name"])
        if volume is None or not provides(volume, CONFIG_MAP, KEY, KEY):
            continue
        place: str = normpath(mount["mountPath"])
        if mount.get("subPath", "") in ("", KEY):
            work.use(mount)
            return place if mount.get("subPath") else join(place, KEY)
    return ""


def _mount_at(container: Object, path: str) -> Object:
    """The mount that provides a file: the innermost that holds it."""
    around = [one for one in mounts_of(container) if holds(one["mountPath"], path)]
    return max(around, key=lambda one: len(normpath(one["mountPath"])))


def _words(container: Object) -> list[str]:
    return [*(container.get("command") or []), *(container.get("args") or [])]


class _Work:
    """A workload while it is being wired, and the record of what was changed."""

    def __init__(self, workload: Object, container: Object, *, running: bool) -> None:
        self.workload = workload
        self.container = container
        self._running = running
        self.steps: list[str] = []
        self._absent: list[str] = []
        self._flag: FlagUndo | None = None
        self._volume = ""
        self._mount = ""
        self._writable: MountUndo | None = None

    def done(self, source: Source, item: ItemUndo | None = None) -> ConfigMount:
        """The record."""
        return ConfigMount(
            source=source,
            flag=self._flag,
            volume=self._volume,
            item=item,
            mount=self._mount,
            writable=self._writable,
            absent=tuple(self._absent),
            steps=tuple(self.steps),
        )

    def add_mount(self, place: str, name: str, sub_path: str = "") -> None:
        """Mount the ConfigMap's key as ``name`` in the folder ``place``, or as ``place`` itself
        with ``sub_path``.
        """
        mount: Object = {"name": self._volume_for(name), "mountPath": place}
        if sub_path:
            mount["subPath"] = sub_path
        self._append(self.container, "volumeMounts", mount)
        self._mount = place
        self.steps.append(message("mount {name} at {place}", name=mount["name"], place=place))
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
        was = {name: parent.pop(name) for name in _WRITE_PROTECTION if name in parent}
        self._writable = MountUndo(parent["mountPath"], was)
        self.steps.append(
            message("mount at {mountpath}: no longer readOnly", mountpath=parent["mountPath"])
        )

    def add_flag(self, path: str) -> None:
        """Add the flag to the list that carries the others."""
        given = f"{FLAG}={path}"
        if script_place(_words(self.container)) is not None:
            self._add_to_script(given)
            return
        words_name = _flags_in(self.container)
        words = self.container.get(words_name) or []
        valueless = [place for place, one in enumerate(words) if one in (FLAG, f"{FLAG}=")]
        self._flag = FlagUndo(words_name, given, words[valueless[-1]] if valueless else None)
        self.steps.append(f"{words_name}: {given}")
        if valueless:
            words[valueless[-1]] = given
            return
        if not words:
            self._append(self.container, words_name, given)
            return
        place = len(words) - (words[-1].startswith(_LAST))
        words.insert(place, given)

    def _add_to_script(self, given: str) -> None:
        """Words behind the text of a shell are its own: CCM would not get them."""
        command = self.container.get("command") or []
        place = script_place(_words(self.container)) or 0
        inside = place < len(command)
        words_name = "command" if inside else "args"
        words = self.container[words_name]
        index = place if inside else place - len(command)
        text = words[index]
        words[index] = f"{text.rstrip()} {given}"
        self._flag = FlagUndo(words_name, words[index], text)
        self.steps.append(
            message(
                "{words_name}: {given}, in the text of the shell command",
                words_name=words_name,
                given=given,
            )
        )

    def _volume_for(self, name: str) -> str:
        """The volume that shows the ConfigMap's key as ``name``, added where there is none."""
        spec = template_of(self.workload)["spec"]
        volumes = spec.get("volumes") or []
        for volume in volumes:
            if provides(volume, CONFIG_MAP, KEY, name):
                return str(volume["name"])
        taken = {one["name"] for one in volumes}
        names = chain((CONFIG_MAP,), (f"{CONFIG_MAP}-{number}" for number in count(2)))
        self._volume = next(one for one in names if one not in taken)
        item = {"key": KEY, "path": name}
        source = {"name": CONFIG_MAP, "items": [item]}
        self._append(spec, "volumes", {"name": self._volume, "configMap": source})
        self.steps.append(
            message(
                "volume {volume}: ConfigMap {config_map}, key {key}",
                volume=self._volume,
                config_map=CONFIG_MAP,
                key=KEY,
            )
        )
        return self._volume

    def _append(self, owner: Object, name: str, item: Any) -> None:
        if name not in owner:
            self._absent.append(name)
        owner[name] = [*(owner.get(name) or []), item]


def _flags_in(container: Object) -> str:
    """``args`` or ``command``: which of them carries the flags."""
    for name in ("args", "command"):
        if any(word.startswith("--") for word in container.get(name) or []):
            return name
    return "args"
