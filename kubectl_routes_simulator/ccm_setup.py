"""How CCM is installed: environment, flags, image and the cloud-config that it would open."""

from __future__ import annotations

import base64
import posixpath
import re
import shlex
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.ccm_config import GlobalSection, read_json, read_yaml
from kubectl_routes_simulator.ccm_release import Release, release_of_image, rules_of
from kubectl_routes_simulator.kube_store import Object, Store

# Of the shell, which splits what it puts in their place.
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_REFERENCE = re.compile(r"\$\$|\$\(([^()\s]+)\)")


def expanded(word: str, known: Mapping[str, str]) -> str:
    """The word with every ``$(NAME)`` that is known replaced; any other stays, and ``$$`` is ``$``.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    return _REFERENCE.sub(lambda found: known.get(found[1], found[0]) if found[1] else "$", word)


def environment_of(store: Store, pod: Object, container: Object) -> dict[str, str]:
    """The variables of a container, as far as they can be found, those of ``envFrom`` first."""
    namespace = pod["metadata"]["namespace"]
    known: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            found = texts_of(store, kind, namespace, source.get(field, {}).get("name", ""))
            known |= {source.get("prefix", "") + key: text for key, text in found.items()}
    for variable in container.get("env", ()):
        value: str | None = expanded(variable.get("value", ""), known)
        if "valueFrom" in variable:
            value = _value_from(store, pod, variable["valueFrom"])
        if value is not None:
            known[variable["name"]] = value
    return known


def texts_of(store: Store, kind: str, namespace: str, name: str) -> dict[str, str]:
    """What a ConfigMap or a Secret holds, decoded; nothing when there is none."""
    try:
        data = store.get(kind, namespace, name).get("data") or {}
    except LookupError:
        return {}
    if kind == "ConfigMap":
        return dict(data)
    return {key: base64.b64decode(text).decode(errors="replace") for key, text in data.items()}


def _value_from(store: Store, pod: Object, source: Object) -> str | None:
    namespace = pod["metadata"]["namespace"]
    for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        named = source.get(field, {})
        texts = texts_of(store, kind, namespace, named.get("name", ""))
        if named.get("key") in texts:
            return texts[named["key"]]
    path = source.get("fieldRef", {}).get("fieldPath", "")
    found: Any = pod
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


NAMESPACE = "kube-system"
NAME = "cloud-controller-manager"


_V1_FLAGS = (
    *("address", "port", "master", "profiling", "min-resync-period"),
    "node-status-update-frequency",
)
_V2_FLAGS = ("controllers", "network", "route-reconcile-batch-size", "metrics-bind-addr")
# Flags that v2 came to know later.
_SINCE = {"allow-untagged-cloud": Release(2, 4), "route-reconcile-batch-size": Release(2, 11)}
_HEALTH_MOVED = Release(1, 9, 3, 316)
_VERIFIES_SINCE = Release(1, 9, 3, 239)


class Setup(Struct, frozen=True):
    """Everything that decides how this CCM starts. ``config_text`` is None when nothing is
    mounted at the path of --cloud-config, or when the flag is not given.
    """

    release: Release
    flags: Mapping[str, str]
    config_text: str | None = None

    @property
    def configures_routes(self) -> bool:
        """False when a flag, or the list of controllers, leaves the route controller out."""
        listed = self.flags.get("controllers", "node,route,service").split(",")
        on = self.flags.get("configure-cloud-routes", "true").lower() not in ("false", "f", "0")
        return on and ("route" in listed or "*" in listed or self.release < Release(2, 0))

    @property
    def cluster_cidr(self) -> str:
        """--cluster-cidr, or empty."""
        return self.flags.get("cluster-cidr", "")

    @property
    def health_ports(self) -> tuple[int, ...]:
        """Where the node answers /healthz: before the port moved, kube-controller-manager, which
        runs on every master, does so at 10252.
        """
        if self.release >= _HEALTH_MOVED:
            return (10258,)
        given = self.flags.get("port", "")
        return (int(given),) if given.isdigit() else (10252, 10253)

    def config(self) -> GlobalSection:
        """What this release makes of its cloud-config. Raises ValueError when it can not."""
        if self.config_text is None:
            return GlobalSection()
        return (read_yaml if rules_of(self.release).is_v2 else read_json)(self.config_text)


def find_workload(store: Store) -> Object | None:
    """The DaemonSet, or else the Deployment, that runs CCM, in kube-system before elsewhere."""
    found = [
        one for kind in ("DaemonSet", "Deployment") for one in store.list(kind) if _is_ccm(one)
    ]
    return min(found, key=lambda one: one["metadata"]["namespace"] != NAMESPACE, default=None)


def _is_ccm(workload: Object) -> bool:
    """By its name, or by the program that a container of it runs."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    runs = [word for one in containers for word in (one["image"], *one.get("command", ())[:1])]
    return workload["metadata"]["name"] == NAME or any(NAME in word for word in runs)


def setup_of(store: Store, pod: Object) -> Setup:
    """What a pod, and the ConfigMaps and Secrets it uses, amount to now."""
    container = ccm_container(pod["spec"])
    known = environment_of(store, pod, container)
    words = [*container.get("command", ()), *container.get("args", ())]
    flags = _flags(_program_words([expanded(word, known) for word in words], known))
    path = flags.get("cloud-config", "")
    return Setup(
        release=release_of_image(container["image"]),
        flags=flags,
        config_text=_mounted_text(store, pod, container, path) if path else None,
    )


def ccm_container(spec: Object) -> Object:
    """The container of a pod that runs CCM: the one of that name, else the first."""
    containers: list[Object] = spec["containers"]
    return next((one for one in containers if one["name"] == NAME), containers[0])


def start_failure(setup: Setup) -> str:
    """The last words of a CCM that can not start with this set-up; empty when it can."""
    is_v2 = rules_of(setup.release).is_v2
    later = (flag for flag, since in _SINCE.items() if setup.release < since)
    for flag in (*_V1_FLAGS, *later) if is_v2 else _V2_FLAGS:
        if flag in setup.flags:
            return f"unknown flag: --{flag}"
    return _v2_failure(setup) if is_v2 else _v1_failure(setup)


def _v1_failure(setup: Setup) -> str:
    path = setup.flags.get("cloud-config", "")
    if path and setup.config_text is None:
        return (
            f"Couldn't open cloud provider configuration {path}: "
            f'&os.PathError{{Op:"open", Path:"{path}", Err:0x2}}'
        )
    provider = setup.flags.get("cloud-provider", "")
    if provider != "alicloud":
        return _v1_words(setup, f'unknown cloud provider "{provider}"')
    try:
        config = setup.config()
    except ValueError as error:
        return _v1_words(setup, f'could not init cloud provider "alicloud": {error}')
    untagged = setup.flags.get("allow-untagged-cloud", "false").lower()
    if not config.cluster_id and untagged not in ("true", "t", "1", ""):
        return (
            "no ClusterID found.  A ClusterID is required for the cloud provider to function "
            "properly.  This check can be bypassed by setting the allow-untagged-cloud option"
        )
    if setup.configures_routes and "/" not in setup.cluster_cidr:
        return f"Unsuccessful parsing of cluster CIDR {setup.cluster_cidr}: ivalid cluster CIDR"
    return ""


def _v1_words(setup: Setup, problem: str) -> str:
    if setup.release >= _VERIFIES_SINCE:
        return (
            f"Run CCM error: verify ccm config: cloud provider could not be initialized: {problem}"
        )
    return f"Cloud provider could not be initialized: {problem}"


def _v2_failure(setup: Setup) -> str:
    path = setup.flags.get("cloud-config", "")
    if not path:
        return "unable to load controller config: cloud config cannot be empty"
    if setup.config_text is None:
        return (
            "load cloud config error: read cloud config error: "
            f"open {path}: no such file or directory"
        )
    try:
        setup.config()
    except ValueError as error:
        return f"load cloud config error: {error}"
    if setup.configures_routes and not setup.cluster_cidr:
        return "--cluster-cidr must be set when --configure-cloud-routes=true"
    return ""


def _program_words(words: list[str], known: Mapping[str, str]) -> list[str]:
    """What CCM is started with, directly or by a shell, which puts its parameters for ``"$@"``."""
    if posixpath.basename(words[0] if words else "") not in ("sh", "ash", "bash"):
        return words
    text = next(place for place, word in enumerate(words) if not word.startswith("-") and place)
    found: list[str] = []
    for word in shlex.split(
        _VARIABLE.sub(lambda one: known.get(one[1] or one[2], ""), words[text])
    ):
        found += words[text + 2 :] if word == "$@" else [word]
    return found


def _flags(words: list[str]) -> dict[str, str]:
    """``--name=value`` and ``--name value``; a flag without a value is empty text."""
    flags: dict[str, str] = {}
    for index, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        following = words[index + 1] if index + 1 < len(words) else "-"
        flags[name] = value if equals or following.startswith("-") else following
    return flags


def _mounted_text(store: Store, pod: Object, container: Object, path: str) -> str | None:
    """The text of a file in a container, as far as a ConfigMap or a Secret provides it."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", ())}
    namespace = pod["metadata"]["namespace"]
    mounts = sorted(container.get("volumeMounts", ()), key=lambda one: -len(one["mountPath"]))
    for mount in mounts:
        base = posixpath.normpath(mount["mountPath"])
        if path != base and not path.startswith(f"{base}/"):
            continue
        inside = posixpath.join(mount.get("subPath", ""), posixpath.relpath(path, base))
        volume = volumes.get(mount["name"], {})
        return _projected(store, namespace, volume, posixpath.normpath(inside))
    return None


def _projected(store: Store, namespace: str, volume: Object, path: str) -> str | None:
    for kind, field, name in (
        ("ConfigMap", "configMap", "name"),
        ("Secret", "secret", "secretName"),
    ):
        source = volume.get(field)
        if source is not None:
            data = texts_of(store, kind, namespace, source[name])
            items = source.get("items")
            keys = {item["path"]: item["key"] for item in items} if items else {path: path}
            return data.get(keys.get(path, ""))
    return None
