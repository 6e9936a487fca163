"""The network plugin and its mode, as the DaemonSets in kube-system show them."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes.collect.document import Document
from kubectl_routes.collect.network_plugin import NetworkPlugin, cilium_mode, network_plugin


def daemon_set(name: str, image: str = "x", namespace: str = "", **container: Any) -> Document:
    volumes = [{"name": "run", "hostPath": {}}, {"name": "cfg", "configMap": {"name": "canal"}}]
    spec = {"containers": [{"image": image, **container}], "volumes": volumes}
    metadata = {"name": name, "namespace": namespace}
    return Document({"metadata": metadata, "spec": {"template": {"spec": spec}}})


def variables(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


FLANNEL = NetworkPlugin("flannel", config_maps=("kube-system/canal",))
POLICIES = variables(CALICO_NETWORKING_BACKEND="none", CALICO_IPV4POOL_VXLAN="Always")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (daemon_set("kube-flannel-ds"), FLANNEL),
        (daemon_set("kube-flannel", namespace="net"), NetworkPlugin("flannel", "", ("net/canal",))),
        (daemon_set("canal", "docker.io/rancher/mirrored-flannel:v0.25.1"), FLANNEL),
        (daemon_set("net", "docker.io/flannel/flannel@sha256:1"), FLANNEL),
        (daemon_set("flannel-exporter", "example.com/flannel-exporter:1"), NetworkPlugin()),
        (daemon_set("terway-eniip"), NetworkPlugin("terway")),
        (
            daemon_set("terway", command=["/usr/bin/terwayd", "-daemon-mode", "VPC"]),
            NetworkPlugin("terway", "VPC"),
        ),
        (daemon_set("cilium"), NetworkPlugin("cilium", "", ("kube-system/cilium-config",))),
        (
            daemon_set("calico-node", env=variables(CALICO_IPV4POOL_IPIP="Always")),
            NetworkPlugin("calico", "IPIP"),
        ),
        (
            daemon_set("calico-node", env=variables(CALICO_IPV4POOL_VXLAN="CrossSubnet")),
            NetworkPlugin("calico"),
        ),
        (daemon_set("calico-node", env=POLICIES), NetworkPlugin()),
    ],
)
def test_what_a_daemon_set_shows(shown: Document, expected: NetworkPlugin) -> None:
    assert network_plugin([shown]) == expected


def test_of_two_plugins_the_one_that_gives_addresses_counts() -> None:
    both = [daemon_set("calico-node"), daemon_set("kube-flannel-ds")]
    assert network_plugin(both) == FLANNEL
    assert network_plugin([daemon_set("cilium"), daemon_set("terway")]).name == "terway"


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        ({}, ""),
        ({"cluster-name": "x"}, "vxlan"),
        ({"routing-mode": "tunnel", "tunnel-protocol": "geneve"}, "geneve"),
        ({"routing-mode": "native"}, "native"),
        ({"tunnel": "disabled"}, "native"),
        ({"tunnel": "geneve"}, "geneve"),
        ({"ipam": "alibabacloud", "routing-mode": "native"}, "ENI"),
    ],
)
def test_the_mode_of_cilium(data: dict[str, str], mode: str) -> None:
    assert cilium_mode(data) == mode
