"""A small simulated cluster, and the objects in it, for the tests of the Kubernetes half."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import urllib3

from kubectl_routes_simulator.ack_objects import NodePlan, node
from kubectl_routes_simulator.kube import KubeSimulator

Object = dict[str, Any]

# 2024-03-01T10:00:00Z: two hours after the objects were made.
NOW = 1_709_287_200.0
CREATED = "2024-03-01T08:00:00Z"


def plain_node(at: int, **labels: str) -> Object:
    zone, ip, cidr = "cn-hangzhou-h", f"10.0.0.{at}", f"172.16.{at}.0/24"
    value = node(NodePlan(f"node-{at}", f"i-{at}", "cn-hangzhou", zone, ip, cidr))
    value["metadata"]["creationTimestamp"] = CREATED
    value["metadata"]["labels"] |= labels
    return value


def config_map(name: str, namespace: str = "kube-system", **data: str) -> Object:
    meta = {"name": name, "namespace": namespace, "creationTimestamp": CREATED}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta, "data": data}


def pod(name: str, **status: Any) -> Object:
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "labels": {"app": "ccm"},
            "creationTimestamp": CREATED,
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "ccm", "image": "registry/ccm:v1"}]},
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "containerStatuses": [
                {
                    "name": "ccm",
                    "ready": True,
                    "restartCount": 0,
                    "image": "registry/ccm:v1",
                    "imageID": "",
                    "lastState": {},
                    "state": {"running": {"startedAt": CREATED}},
                }
            ],
            **status,
        },
    }


def daemon_set() -> Object:
    labels = {"app": "ccm"}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "ccm", "namespace": "kube-system", "creationTimestamp": CREATED},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": [{"name": "ccm", "image": "registry/ccm:v1"}],
                    "nodeSelector": {"node-role.kubernetes.io/master": ""},
                },
            },
            "updateStrategy": {"type": "RollingUpdate"},
        },
        "status": {
            "desiredNumberScheduled": 3,
            "currentNumberScheduled": 3,
            "numberReady": 2,
            "updatedNumberScheduled": 3,
            "numberAvailable": 2,
            "numberMisscheduled": 0,
        },
    }


def event(name: str) -> Object:
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "creationTimestamp": CREATED},
        "involvedObject": {"kind": "Node", "name": "node-1", "uid": "node-1"},
        "type": "Warning",
        "reason": "SyncRouteFailed",
        "message": "Reconciling route error",
        "count": 3,
        "firstTimestamp": CREATED,
        "lastTimestamp": "2024-03-01T09:55:00Z",
        "source": {"component": "route-controller"},
    }


def fill(kube: KubeSimulator, nodes: int = 7) -> None:
    """Nodes node-1 … node-N, a CCM DaemonSet with one pod and its log, a ConfigMap, an Event."""
    for at in range(1, nodes + 1):
        kube.store.put(plain_node(at, zone="a" if at % 2 else "b"))
    kube.store.put(daemon_set())
    kube.store.put(pod("ccm-1"))
    kube.store.put(config_map("cloud-config", **{"cloud-config.conf": "{}"}))
    kube.store.put(event("sync-failed"))
    kube.logs.append("kube-system", "ccm-1", "ccm", "one", "two", "three")


class Client:
    """Plain HTTP to a simulated cluster."""

    def __init__(self, kube: KubeSimulator) -> None:
        self._url = kube.url
        self._pool = urllib3.PoolManager(retries=False, timeout=10)

    def send(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of one request; ``target`` is path and query."""
        reply = self._pool.request(method, self._url + target, headers=headers, body=body)
        return reply.status, reply.data

    def get(self, target: str, **headers: str) -> Any:
        """The JSON of a GET, whatever its status."""
        return json.loads(self.send(target, headers=headers)[1])

    def write(
        self,
        method: str,
        target: str,
        value: Any = None,
        kind: str = "application/json",
        **headers: str,
    ) -> Any:
        """The JSON that a write is answered with; ``kind`` is the Content-Type."""
        body = None if value is None else json.dumps(value).encode()
        named = {"Content-Type": kind, "User-Agent": "tester/1.0 (linux)", **headers}
        return json.loads(self.send(target, method=method, headers=named, body=body)[1])

    def lines(self, target: str) -> tuple[Any, ...]:
        """The frames of a watch, to its end."""
        return tuple(json.loads(line) for line in self.send(target)[1].splitlines())

    def close(self) -> None:
        self._pool.clear()


def names(listed: Any) -> list[str]:
    """The names of the items of a list."""
    return [item["metadata"]["name"] for item in listed["items"]]


def refusal(code: int, reason: str, message: str, details: Any = None) -> dict[str, Any]:
    """The Status of an API server that refuses a request."""
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return status if details is None else status | {"details": details}
