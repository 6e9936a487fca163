"""The cloud-config file that CCM would open: from its flag, through its mounts, to its text."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from posixpath import normpath

from msgspec.structs import replace

from kubectl_routes.ccm.cloudconfig import refusals
from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.managers import field_managers
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.script import program_words
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.redact import redact
from kubectl_routes.model.controller import (
    LARGEST_CLOUD_CONFIG,
    CloudConfig,
    ConfigSourceKind,
    Controller,
    Volume,
    VolumeMount,
)
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.snapshot import PART_CLOUD_CONFIG, Gap

# A value that a variable hides, as it is written.
_WRITTEN = re.compile(r"--cloud-config[= ](\S+)")


def locate(controller: Controller) -> tuple[CloudConfig, Volume | None]:
    """Where the file comes from, without its text yet, and the volume that would provide it.

    The mount with the longest path that holds the file wins, as in the container. Within a
    ConfigMap volume the key is the one whose ``items`` path is the file's, or without items the
    file's own name.
    """
    words = controller.command + controller.args
    given = parse(words, behavior_of(None), controller.unexpanded)
    path = given.values.get("cloud-config", "")
    if "cloud-config" in given.unknown:
        written = _WRITTEN.findall(" ".join(program_words(words)))[-1]
        return CloudConfig(source=ConfigSourceKind.OTHER, path=written, name=written), None
    if not path and not given.complete:
        open_word = next(word for word in program_words(words)[1:] if "$" in word)
        return CloudConfig(source=ConfigSourceKind.OTHER, name=open_word), None
    if not path:
        return CloudConfig(source=ConfigSourceKind.NO_FLAG), None
    if not path.startswith("/"):  # the working directory is that of the image, or of a shell
        return CloudConfig(source=ConfigSourceKind.OTHER, path=path, name=path), None
    path = normpath(path)
    mount = max(
        (mount for mount in controller.mounts if _holds(mount, path)),
        key=lambda mount: len(normpath(mount.mount_path)),
        default=None,
    )
    volume = next((each for each in controller.volumes if mount and each.name == mount.name), None)
    if mount is None or volume is None:
        return CloudConfig(source=ConfigSourceKind.NOT_MOUNTED, path=path), None
    inside = _inside(mount, path)
    if volume.kind == "hostPath":
        name = normpath(f"{volume.source}/{inside}")
        return CloudConfig(source=ConfigSourceKind.HOST_PATH, path=path, name=name), volume
    kinds = {"configMap": ConfigSourceKind.CONFIG_MAP, "secret": ConfigSourceKind.SECRET}
    if volume.kind not in kinds:
        return CloudConfig(source=ConfigSourceKind.OTHER, path=path, name=volume.name), volume
    config = CloudConfig(
        source=kinds[volume.kind],
        path=path,
        namespace=controller.namespace,
        name=volume.source,
        key=_key(volume, inside),
    )
    return config, volume


def _holds(mount: VolumeMount, path: str) -> bool:
    place = normpath(mount.mount_path)
    return path == place or path.startswith(place.rstrip("/") + "/")


def _inside(mount: VolumeMount, path: str) -> str:
    """The file's path within the volume."""
    rest = path[len(normpath(mount.mount_path)) :].strip("/")
    return "/".join(part for part in (mount.sub_path.strip("/"), rest) if part)


def _key(volume: Volume, inside: str) -> str:
    if not volume.items:
        return "" if "/" in inside else inside
    paths = {normpath(path): key for key, path in volume.items.items()}
    return paths.get(normpath(inside), "") if inside else ""


def read_cloud_config(
    client: KubeClient, controller: Controller
) -> tuple[CloudConfig, tuple[Gap, ...]]:
    """The cloud-config of this CCM with every secret replaced, and a gap when it is unreadable.

    A Secret is never read: that permission would open every credential in the namespace.
    """
    config, volume = locate(controller)
    if config.source is ConfigSourceKind.CONFIG_MAP and volume:
        return _from_config_map(client, config, volume)
    problem, hint = _UNREAD.get(config.source, ("", ""))
    gap = Gap(PART_CLOUD_CONFIG, problem, hint)
    return replace(config, problem=problem), (gap,) if problem else ()


_UNREAD = {
    ConfigSourceKind.SECRET: (
        message("it is in a Secret, which is never read"),
        message("compare routeTableIDs by hand, or move the list to a ConfigMap"),
    ),
    ConfigSourceKind.HOST_PATH: (
        message("it is a file on the nodes that run CCM"),
        message("look at that file on a master node"),
    ),
    ConfigSourceKind.OTHER: (
        message(
            "it comes from a kind of volume that is not followed, from a variable without a"
            " value, or from a relative path"
        ),
        message(
            "only ConfigMap volumes are followed, and variables whose value is in the pod template"
        ),
    ),
}


def _from_config_map(
    client: KubeClient, config: CloudConfig, volume: Volume
) -> tuple[CloudConfig, tuple[Gap, ...]]:
    place = f"ConfigMap {config.namespace}/{config.name}"
    allowed = message(" (the volume is optional)") if volume.optional else ""
    if not config.key:
        return replace(
            config,
            missing=True,
            problem=message("{place} puts no file at {path}", place=place, path=config.path),
        ), ()
    try:
        found = client.document(
            message("read {place}", place=place),
            f"/api/v1/namespaces/{config.namespace}/configmaps/{config.name}",
        )
    except ClusterError as error:
        if error.status == 404:
            return replace(
                config,
                missing=True,
                problem=message("{place} does not exist{allowed}", place=place, allowed=allowed),
            ), ()
        gap = Gap(PART_CLOUD_CONFIG, error.message, error.hint)
        return replace(config, problem=error.message), (gap,)
    config = replace(
        config,
        resource_version=found.text("metadata", "resourceVersion"),
        managers=field_managers(found.under("metadata").value),
    )
    text = _text(found, config.key)
    if text is None:
        problem = message(
            "{place} has no key {key}{allowed}", place=place, key=config.key, allowed=allowed
        )
        return replace(config, missing=True, problem=problem), ()
    if len(text) > LARGEST_CLOUD_CONFIG:
        problem = message(
            "{place}: {key} has more than {count} KiB",
            place=place,
            key=config.key,
            count=LARGEST_CLOUD_CONFIG >> 10,
        )
        hint = message("a cloud-config is much shorter: check what is in it")
        known = replace(config, problem=problem)
        return known, (Gap(PART_CLOUD_CONFIG, problem, hint),)
    changed = max(
        (one.text("time") for one in found.items("metadata", "managedFields")), default=""
    )
    known = replace(
        config,
        changed=changed,
        text=redact(text),
        refusals=refusals(text),
    )
    return known, ()


def _text(config_map: Document, key: str) -> str | None:
    text = config_map.under("data", key).value
    if isinstance(text, str):
        return text
    packed = config_map.under("binaryData", key).value
    if not isinstance(packed, str):
        return None
    try:
        return b64decode(packed).decode("utf-8", "replace")
    except binascii.Error:
        return None
