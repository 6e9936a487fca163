"""The pods that were asked for, read from a simulated API server."""

from __future__ import annotations

from typing import Any

from kubectl_routes.model.pods import Pod
from tests.collect.reading import Reader, parts


def put(reader: Reader, name: str, **fields: Any) -> None:
    metadata = {"name": name, "namespace": "shop"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **fields}
    reader.cluster.kube.store.put(pod)


def read(reader: Reader, *pods: str) -> tuple[dict[str, tuple[Pod, ...]], list[str]]:
    """The pods, and the parts that are missing."""
    taken = reader.read(pods=pods)
    return taken.pods, parts(taken)


def test_pods_are_read_by_name_and_by_address(reader: Reader) -> None:
    both = [{"ip": "172.20.3.9"}, {"ip": "fd00::9"}]
    status = {"phase": "Running", "podIP": "172.20.3.9", "podIPs": both}
    put(reader, "web", spec={"nodeName": "n1"}, status=status)
    old = {"phase": "Running", "podIP": "172.20.3.8"}
    put(reader, "old", spec={"nodeName": "n1", "hostNetwork": True}, status=old)
    put(reader, "new", spec={}, status={"phase": "Pending"})
    web = Pod("shop", "web", "n1", ("172.20.3.9", "fd00::9"), "Running")
    assert read(reader, "shop/web", "shop/old", "shop/new", "172.20.3.9") == (
        {
            "shop/web": (web,),
            "shop/old": (Pod("shop", "old", "n1", ("172.20.3.8",), "Running", host_network=True),),
            "shop/new": (Pod("shop", "new", phase="Pending"),),
            "172.20.3.9": (web,),
        },
        [],
    )


def test_a_pod_that_is_not_there_is_known_not_to_be(reader: Reader) -> None:
    names = ("shop/none", "172.20.3.9")
    assert read(reader, *names) == (dict.fromkeys(names, ()), [])


def test_a_pod_that_cannot_be_read_is_a_gap_and_the_rest_is_read(reader: Reader) -> None:
    put(reader, "web", spec={}, status={})
    reader.deny("get", "pods", "web")
    assert read(reader, "shop/web", "shop/none") == ({"shop/none": ()}, ["pods/shop/web"])


def test_without_being_asked_for_no_pod_is_read(reader: Reader) -> None:
    assert read(reader) == ({}, [])
