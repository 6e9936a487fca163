"""The pods that were asked for, read from a simulated API server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.collect import snapshot
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.pods import Pod
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Denial
from tests.collect.timing import FastClock, silent


class Place:
    """A simulated cluster, and reading pods of it."""

    def __init__(self, cluster: SimulatedCluster, folder: Path) -> None:
        self.cluster = cluster
        self._env = cluster.environment({"HOME": str(folder)})

    def put(self, name: str, **parts: Any) -> None:
        metadata = {"name": name, "namespace": "shop"}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **parts}
        self.cluster.kube.store.put(pod)

    def read(self, *pods: str) -> tuple[dict[str, tuple[Pod, ...]], list[str]]:
        """The pods, and the parts that are missing."""
        options = CollectOptions(request_timeout=20.0, pods=pods)
        taken = snapshot.take(options, self._env, FastClock(), silent)
        return taken.pods, [gap.part for gap in taken.gaps]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with SimulatedCluster() as cluster:
        yield Place(cluster, tmp_path)


def test_pods_are_read_by_name_and_by_address(place: Place) -> None:
    both = [{"ip": "172.20.3.9"}, {"ip": "fd00::9"}]
    status = {"phase": "Running", "podIP": "172.20.3.9", "podIPs": both}
    place.put("web", spec={"nodeName": "n1"}, status=status)
    old = {"phase": "Running", "podIP": "172.20.3.8"}
    place.put("old", spec={"nodeName": "n1", "hostNetwork": True}, status=old)
    place.put("new", spec={}, status={"phase": "Pending"})
    web = Pod("shop", "web", "n1", ("172.20.3.9", "fd00::9"), "Running")
    assert place.read("shop/web", "shop/old", "shop/new", "172.20.3.9") == (
        {
            "shop/web": (web,),
            "shop/old": (Pod("shop", "old", "n1", ("172.20.3.8",), "Running", host_network=True),),
            "shop/new": (Pod("shop", "new", phase="Pending"),),
            "172.20.3.9": (web,),
        },
        [],
    )


def test_a_pod_that_is_not_there_is_known_not_to_be(place: Place) -> None:
    names = ("shop/none", "172.20.3.9")
    assert place.read(*names) == (dict.fromkeys(names, ()), [])


def test_a_pod_that_cannot_be_read_is_a_gap_and_the_rest_is_read(place: Place) -> None:
    place.put("web", spec={}, status={})
    place.cluster.kube.access.denied.append(Denial("get", "pods", "web"))
    assert place.read("shop/web", "shop/none") == ({"shop/none": ()}, ["pods/shop/web"])


def test_without_being_asked_for_no_pod_is_read(place: Place) -> None:
    assert place.read() == ({}, [])
