"""What the cluster says about itself: region, VPC, pod range, network plugin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial

import msgspec

from kubectl_routes.ccm.nodes import region_of as region_in
from kubectl_routes.collect import background
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.model.decoding import UNREADABLE
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.message import message
from kubectl_routes.model.nodes import Node

# ConfigMaps that ACK, kubeadm and Flannel write, in the order in which they are believed; they are
# in kube-system unless another namespace stands before the name.
CONFIG_MAPS = (
    "ack-cluster-profile",
    "acs-profile",
    "kube-proxy",
    "kube-proxy-worker",
    "kube-proxy-master",
    "kube-flannel-cfg",
    # Flannel's own manifest puts it into a namespace of its own.
    "kube-flannel/kube-flannel-cfg",
)
# The same with their namespaces: what is read in any case.
USUAL = tuple(name if "/" in name else f"kube-system/{name}" for name in CONFIG_MAPS)
_FLANNEL = CONFIG_MAPS[-2:]
_NET_CONF = "net-conf.json"
# What flanneld takes where Backend names no type.
_DEFAULT_BACKEND = "udp"

_CLUSTER_CIDR = re.compile(r"(?:^|[\s{,\"'])clusterCIDR[\"']?\s*:\s*[\"']?([0-9a-fA-F.:/,]+)")
_BACKEND = re.compile(r"[a-z][a-z-]*")
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z0-9]+)+")


class Profile(msgspec.Struct, frozen=True):
    """The ConfigMaps' data by name; one that does not exist or is refused is not there. Those that
    Flannel mounts come first.

    ``error`` is the first refusal.
    """

    data: dict[str, dict[str, str]]
    error: ClusterError | None = None

    def value(self, key: str) -> str:
        """A value of the ACK profiles, any letter case, or empty."""
        for name in CONFIG_MAPS[:2]:
            folded = {each.lower(): value for each, value in self.data.get(name, {}).items()}
            if folded.get(key.lower()):
                return folded[key.lower()].strip()
        return ""

    def is_of_ack(self) -> bool:
        """Whether ACK has written one of its profiles."""
        return any(self.data.get(name) for name in CONFIG_MAPS[:2])

    def vpc(self) -> tuple[str, str]:
        """The ConfigMap that names the VPC, and the VPC's id; both empty where none does."""
        for name in CONFIG_MAPS[:2]:
            found = Profile({name: self.data.get(name, {})}).value("vpcid")
            if found:
                return f"ConfigMap kube-system/{name}", found
        return "", ""

    def cluster_cidr(self) -> str:
        """The pod range as kube-proxy knows it, else as Flannel does, or empty."""
        for name in CONFIG_MAPS[2:5]:
            for text in self.data.get(name, {}).values():
                found = _CLUSTER_CIDR.search(text)
                if found:
                    return found[1]
        return self._flannel().text("Network")

    def cni(self) -> str:
        """Flannel when its ConfigMap is there, or empty."""
        there = any(name in _FLANNEL or _NET_CONF in data for name, data in self.data.items())
        return "flannel" if there else ""

    def flannel_backend(self) -> str:
        """The type of Flannel's backend in lower case; empty when there is no configuration."""
        network = self._flannel()
        if not isinstance(network.value, dict):
            return ""
        return network.text("Backend", "Type").lower() or _DEFAULT_BACKEND

    def _flannel(self) -> Document:
        """Flannel's configuration; empty when there is none that can be read."""
        for data in self.data.values():
            try:
                return Document(msgspec.json.decode(data.get(_NET_CONF, "")))
            except UNREADABLE:
                continue
        return Document(None)


def read_profile(client: KubeClient, names: Iterable[str] = CONFIG_MAPS) -> Profile:
    """All ConfigMaps at once."""
    reading = {name: background.start(partial(_config_map, client, name)) for name in names}
    data: dict[str, dict[str, str]] = {}
    error = None
    for name, future in reading.items():
        try:
            data[name] = future.result()
        except ClusterError as refused:
            if refused.status != 404:
                error = error or refused
    return Profile(data, error)


def _config_map(client: KubeClient, name: str) -> dict[str, str]:
    namespace, _, own = f"kube-system/{name}".rpartition("/")
    namespace = namespace.rpartition("/")[2]
    path = f"/api/v1/namespaces/{namespace}/configmaps/{own}"
    return client.document(
        message("read ConfigMap {namespace}/{own}", namespace=namespace, own=own), path
    ).mapping("data")


def with_plugin(profile: Profile, mounted: Profile) -> Profile:
    """The profile with what the network plugin reads before all that has Flannel's usual names."""
    return Profile({**mounted.data, **profile.data}, profile.error or mounted.error)


def backend_of(nodes: Iterable[Node]) -> str:
    """The backend that flanneld has noted on all nodes with a podCIDR; empty where they differ.
    ``alloc`` and ``ali-vpc`` note none.
    """
    noted = {node.flannel_backend.lower() for node in nodes if node.pod_cidr}
    backend = noted.pop() if len(noted) == 1 else ""
    return backend if _BACKEND.fullmatch(backend) else ""


def is_region(text: str) -> bool:
    """Whether it has the form of a region's id. Host names are made of regions, and signed calls
    go to them: what the cluster or the command line says must not name another host.
    """
    return _REGION.fullmatch(text) is not None


def region_of(nodes: Iterable[Node]) -> str:
    """The region that most nodes name, in the providerID, else in the labels; of several that as
    many name the one that is named first.
    """
    labels = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
    named: Counter[str] = Counter()
    for node in nodes:
        candidates = (
            region_in(node.provider_id),
            *(node.labels.get(label, "") for label in labels),
        )
        named.update([*filter(is_region, candidates)][:1])
    return named.most_common(1)[0][0] if named else ""
