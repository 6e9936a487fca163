"""Making CCM read its cloud-config from a ConfigMap: which of the edits are missing, and why they
cannot be made.
"""

from __future__ import annotations

from posixpath import basename, dirname, join, normpath

from msgspec import structs

from kubectl_routes.ccm.script import script_place, takes_flag
from kubectl_routes.model.controller import CloudConfig, ConfigSourceKind
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Object, Refusal
from kubectl_routes.model.undo import ItemUndo
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.pods import holds, mounts_of, provides, volume_of
from kubectl_routes.plan.refusal import refusal
from kubectl_routes.plan.wiring import CONFIG_MAP, FLAG, KEY, PLACES, Source, Wiring, words_of


def plan_mount(
    edit: Edit, container: str, config: CloudConfig, *, running: bool
) -> Wiring | Refusal:
    """Wire the workload of ``edit``, where something is missing.

    ``config`` is where CCM's file comes from now. ``running``: a CCM pod is ready, so that what is
    mounted now can be mounted.
    """
    wiring = Wiring(edit, container, running=running)
    refusal = _flags_refusal(wiring.container, config) or _source_refusal(config)
    if refusal:
        return refusal
    if config.source is ConfigSourceKind.CONFIG_MAP and config.key:
        wiring.source = Source(config.name, config.key)
        wiring.use(_mount_at(wiring.container, config.path))
    elif config.source is ConfigSourceKind.CONFIG_MAP:
        refusal = _add_item(wiring, config)
    elif config.source is ConfigSourceKind.NOT_MOUNTED:
        refusal = _mount_for_flag(wiring, config.path)
    else:
        refusal = _from_nothing(wiring)
    return refusal or wiring


def _flags_refusal(container: Object, config: CloudConfig) -> Refusal | None:
    """Why the flags of this CCM are not ours to change."""
    if config.source is ConfigSourceKind.OTHER and "$" in config.name:
        return refusal(
            "RT110",
            "whether {config} of CCM's command names a cloud-config is not known: its "
            "value is not in the pod template",
            "write {flag} itself in the command or the args, and run enable again",
            config=config.name,
            flag=FLAG,
        )
    if config.path and not config.path.startswith("/"):
        return refusal(
            "RT110",
            "{flag} names {path}, which is no absolute path",
            "let it name the file in full, for example {place}/{key}, and run enable again",
            flag=FLAG,
            path=config.path,
            place=PLACES[0],
            key=KEY,
        )
    words = words_of(container)
    place = script_place(words)
    if place is not None and not config.path and not takes_flag(words[place]):
        return refusal(
            "RT110",
            "CCM's flags stand inside a shell script that is more than one plain command",
            "write them as a list of words, or add {flag}={place}/{key} by hand, and run "
            "enable again",
            flag=FLAG,
            place=PLACES[0],
            key=KEY,
        )
    return None


def _source_refusal(config: CloudConfig) -> Refusal | None:
    """Why the file that this CCM reads is not ours to change."""
    if config.source is ConfigSourceKind.HOST_PATH:
        return refusal(
            "RT110",
            "CCM reads its cloud-config from the file {config} of the nodes it runs on",
            "put routeTableIDs into that file on every master and restart CCM; or take "
            "{flag} off its flags, move what the file says into ConfigMap {config_map} in "
            "CCM's namespace, key {key}, and run enable again",
            config=config.name,
            flag=FLAG,
            config_map=CONFIG_MAP,
            key=KEY,
        )
    if config.source is ConfigSourceKind.SECRET:
        return refusal(
            "RT110",
            "CCM reads its cloud-config from Secret {config}, which is never read",
            "put routeTableIDs into it by hand, or move it to a ConfigMap, and run enable again",
            config=config.name,
        )
    if config.source is ConfigSourceKind.OTHER:
        return refusal(
            "RT110",
            "CCM reads its cloud-config from volume {config}, a kind that is not followed",
            "put routeTableIDs into its source by hand, or mount a ConfigMap instead",
            config=config.name,
        )
    return None


def _add_item(wiring: Wiring, config: CloudConfig) -> Refusal | None:
    """The ConfigMap is mounted, but puts no file where CCM looks for one."""
    mount = _mount_at(wiring.container, config.path)
    inside = normpath(config.path)[len(normpath(mount["mountPath"])) :].strip("/")
    inside = join(mount.get("subPath", ""), inside).strip("/")
    volume = volume_of(wiring.edit.value, mount["name"])
    items = volume["configMap"].get("items") if volume else None
    if not items or not inside:
        return refusal(
            "RT110",
            "ConfigMap {config} is mounted at {mountpath}, which can put no file at {path}",
            "mount it at {folder}, or let {flag} name a file in the mounted folder",
            config=config.name,
            mountpath=mount["mountPath"],
            path=config.path,
            folder=dirname(config.path),
            flag=FLAG,
        )
    wiring.source = Source(config.name, KEY)
    wiring.use(mount)
    items.append({"key": KEY, "path": inside})
    wiring.undo = structs.replace(wiring.undo, item=ItemUndo(mount["name"], KEY))
    wiring.edit.steps.append(
        message("volume {name}: item {key} as {inside}", name=mount["name"], key=KEY, inside=inside)
    )
    return None


def _mount_for_flag(wiring: Wiring, path: str) -> Refusal | None:
    """The flag names a file that nothing provides: mount the ConfigMap there."""
    folder, name = dirname(path), basename(path)
    whole = wiring.is_free(folder) and folder not in ("/", "/etc", "/etc/kubernetes")
    if whole:
        wiring.add_mount(folder, name)
    elif wiring.is_free(path):
        wiring.add_mount(path, name, sub_path=name)
    else:
        return refusal(
            "RT110",
            "{flag} names {path}, where nothing can be mounted: other mounts are around it",
            "let {flag} name a file in a folder of its own, for example {place}/{key}",
            flag=FLAG,
            path=path,
            place=PLACES[-1],
            key=KEY,
        )
    return None


def _from_nothing(wiring: Wiring) -> Refusal | None:
    """No flag yet. What of volume and mount is there is used."""
    path = _path_provided(wiring)
    if not path:
        place = next(filter(wiring.is_free, PLACES), "")
        if not place:
            return refusal(
                "RT110",
                "something is mounted at each of {places}",
                "mount ConfigMap {config_map} by hand, and let {flag} name its file",
                places=", ".join(PLACES),
                config_map=CONFIG_MAP,
                flag=FLAG,
            )
        wiring.add_mount(place, KEY)
        path = join(place, KEY)
    wiring.add_flag(path)
    return None


def _path_provided(wiring: Wiring) -> str:
    """The file at which an existing mount already shows the ConfigMap's key; empty: none does."""
    for mount in mounts_of(wiring.container):
        volume = volume_of(wiring.edit.value, mount["name"])
        if volume is None or not provides(volume, CONFIG_MAP, KEY, KEY):
            continue
        place: str = normpath(mount["mountPath"])
        if mount.get("subPath", "") in ("", KEY):
            wiring.use(mount)
            return place if mount.get("subPath") else join(place, KEY)
    return ""


def _mount_at(container: Object, path: str) -> Object:
    """The mount that provides a file: the innermost that holds it."""
    around = [mount for mount in mounts_of(container) if holds(mount["mountPath"], path)]
    return max(around, key=lambda mount: len(normpath(mount["mountPath"])))
