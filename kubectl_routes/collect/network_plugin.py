"""The network plugin of a cluster, as its DaemonSets in kube-system show it, and its mode.

The mode of Calico is what calico/node makes the first IP pool of
(https://docs.tigera.io/calico/latest/reference/configure-calico-node), that of Terway its own flag;
that of Cilium is in its ConfigMap (https://docs.cilium.io/en/latest/network/concepts/routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.collect.document import Document

_FLANNEL_IMAGE = re.compile(r"(?:^|[/-])flannel(?:-(?:amd64|arm64))?(?:[:@]|$)")
_CILIUM_CONFIG = "cilium-config"


class NetworkPlugin(Struct, frozen=True):
    """``name`` is flannel, terway, calico, cilium or empty; ``mode`` is empty where it is not
    known. ``config_maps``, as ``namespace/name``, hold more about it.
    """

    name: str = ""
    mode: str = ""
    config_maps: tuple[str, ...] = ()


def network_plugin(daemon_sets: Iterable[Document]) -> NetworkPlugin:
    """What the DaemonSets show. One that Terway or Flannel work together with, for policies alone,
    comes behind them.
    """
    found = [one for one in map(_shown, daemon_sets) if one.name]
    order = ("terway", "flannel", "cilium", "calico")
    first = min((order.index(one.name) for one in found), default=None)
    if first is None:
        return NetworkPlugin()
    same = [one for one in found if one.name == order[first]]
    config_maps = tuple(name for one in same for name in one.config_maps)
    return NetworkPlugin(same[0].name, same[0].mode, config_maps)


def cilium_mode(data: Mapping[str, str]) -> str:
    """What carries packets, as Cilium's ConfigMap has it; empty for one that could not be read.

    A tunnel is what Cilium makes where nothing is set. ``tunnel`` is how releases before 1.14 say
    it.
    """
    if not data:
        return ""
    if data.get("ipam") == "alibabacloud":
        return "ENI"
    tunnel = data.get("tunnel", "")
    if data.get("routing-mode") == "native" or tunnel == "disabled":
        return "native"
    return data.get("tunnel-protocol") or tunnel or "vxlan"


def _shown(daemon_set: Document) -> NetworkPlugin:
    name = daemon_set.text("metadata", "name")
    containers = daemon_set.items("spec", "template", "spec", "containers")
    namespace = daemon_set.text("metadata", "namespace") or "kube-system"
    if name.startswith("terway"):
        given = (parse(_flag_words(one), behavior_of(None)).values for one in containers)
        modes = (values.get("daemon-mode", "") for values in given)
        return NetworkPlugin("terway", next(filter(None, modes), ""))
    if _runs_flannel(name, containers):
        return NetworkPlugin("flannel", config_maps=_mounted(daemon_set, namespace))
    if name == "cilium":
        return NetworkPlugin("cilium", config_maps=(f"{namespace}/{_CILIUM_CONFIG}",))
    if name == "calico-node":
        return _calico(containers)
    return NetworkPlugin()


def _flag_words(container: Document) -> tuple[str, ...]:
    """Command and args, every flag with two dashes: Terway takes those with one as well."""
    words = container.texts("command") + container.texts("args")
    return tuple(f"-{word}" if re.match(r"-[a-z]", word) else word for word in words)


def _calico(containers: Iterable[Document]) -> NetworkPlugin:
    """Calico, unless it is there for policies alone."""
    values = {
        each.text("name"): each.text("value") for one in containers for each in one.items("env")
    }
    if values.get("CALICO_NETWORKING_BACKEND") == "none":
        return NetworkPlugin()
    modes = [
        mode for mode in ("VXLAN", "IPIP") if values.get(f"CALICO_IPV4POOL_{mode}") == "Always"
    ]
    return NetworkPlugin("calico", modes[0] if modes else "")


def _runs_flannel(name: str, containers: Iterable[Document]) -> bool:
    """By its name, or by the image of a container: with Calico's policies the DaemonSet of Flannel
    has a different name.
    """
    images = (each.text("image") for each in containers)
    return name.startswith("kube-flannel") or any(map(_FLANNEL_IMAGE.search, images))


def _mounted(daemon_set: Document, namespace: str) -> tuple[str, ...]:
    volumes = daemon_set.items("spec", "template", "spec", "volumes")
    names = (volume.text("configMap", "name") for volume in volumes)
    return tuple(f"{namespace}/{name}" for name in names if name)
