from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import NOW, Client, config_map, plain_node, pod


@pytest.fixture
def kube() -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=lambda: NOW) as running:
        for at in (1, 2):
            running.store.put(plain_node(at))
        yield running


class Following:
    """A watch that is read while it runs."""

    def __init__(self, kube: KubeSimulator, target: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", kube.server.port, timeout=10)
        self._connection.request("GET", target)
        self.reply: HTTPResponse = self._connection.getresponse()

    def next(self) -> Any:
        return json.loads(self.reply.readline())

    def __enter__(self) -> Following:
        return self

    def __exit__(self, *_: object) -> None:
        self.reply.close()
        self._connection.close()


def seen(frame: Any) -> tuple[str, str, str]:
    meta = frame["object"]["metadata"]
    return frame["type"], meta["name"], meta["resourceVersion"]


def test_changes_arrive_as_they_happen(kube: KubeSimulator) -> None:
    with Following(kube, "/api/v1/nodes?watch=true&resourceVersion=2") as watch:
        assert watch.reply.headers["Transfer-Encoding"] == "chunked"
        kube.store.put(plain_node(3))
        assert seen(watch.next()) == ("ADDED", "node-3", "3")
        kube.store.put(config_map("other"))
        kube.store.delete("Node", "", "node-2")
        assert seen(watch.next()) == ("DELETED", "node-2", "5")


def test_a_watch_of_one_namespace_and_name(kube: KubeSimulator) -> None:
    target = "/api/v1/namespaces/kube-system/pods?watch=true&fieldSelector=metadata.name%3Dccm-2"
    with Following(kube, target) as watch:
        elsewhere = pod("ccm-2")
        elsewhere["metadata"]["namespace"] = "default"
        for value in (pod("ccm-1"), elsewhere, pod("ccm-2")):
            kube.store.put(value)
        assert seen(watch.next()) == ("ADDED", "ccm-2", "5")


def test_a_timeout_ends_the_stream_cleanly_with_a_bookmark(client: Client) -> None:
    target = "/api/v1/nodes?watch=true&resourceVersion=1&timeoutSeconds=1&allowWatchBookmarks=true"
    start = time.monotonic()
    frames = client.lines(target)
    assert 0.9 < time.monotonic() - start < 3
    assert [frame["type"] for frame in frames] == ["ADDED", "BOOKMARK"]
    assert frames[1]["object"] == {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "2", "creationTimestamp": None},
    }


def test_a_streamed_list_ends_with_a_marked_bookmark(kube: KubeSimulator) -> None:
    target = (
        "/api/v1/nodes?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
        "&resourceVersionMatch=NotOlderThan"
    )
    with Following(kube, target) as watch:
        frames = [watch.next() for _ in range(3)]
    assert [frame["type"] for frame in frames] == ["ADDED", "ADDED", "BOOKMARK"]
    assert frames[2]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_forgotten_version_is_an_error_event(kube: KubeSimulator, client: Client) -> None:
    kube.store.compact()
    (frame,) = client.lines("/api/v1/nodes?watch=true&resourceVersion=1")
    assert frame["type"] == "ERROR"
    status = frame["object"]
    assert (status["kind"], status["code"], status["reason"], status["message"]) == (
        "Status",
        410,
        "Expired",
        "too old resource version: 1 (3)",
    )


def test_stop_ends_a_watch_at_once(kube: KubeSimulator) -> None:
    with Following(kube, "/api/v1/nodes?watch=true") as watch:
        watch.next()
        start = time.monotonic()
        kube.stop()
        assert time.monotonic() - start < 1
