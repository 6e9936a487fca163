"""Whatever a client sends, the simulated cluster answers it and does not break."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.server import Request
from tests.simulator.filling import Object, config_map, fill

WORKLOAD = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: x
  ownerReferences: [{uid: a, name: b}]
  finalizers: [a/b]
  managedFields: [{manager: m, operation: Update, fieldsV1: {"f:metadata": {}}}]
spec:
  selector: {matchLabels: {app: x}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers:
      - name: main
        image: app:v1
        env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]
        ports: [{containerPort: 80}]
        livenessProbe: {httpGet: {port: 80}}
        lifecycle: {preStop: {httpGet: {port: 80}}}
        volumeMounts: [{name: conf, mountPath: /conf}]
      volumes: [{name: conf, configMap: {name: x, items: [{key: a, path: a}]}}]
status: {conditions: [{type: a}]}
"""
JUNK: tuple[Any, ...] = (
    *(None, True, -1, 1.5, "", "x", [], {}, ["x"], [None], [[]], [{}], {"": ""}, {"a": 1}),
    *({"$patch": "delete"}, {"$patch": "replace"}, [{"$patch": "delete"}], {"$retainKeys": 1}),
    *({"$setElementOrder/containers": [1], "containers": []}, {"$setElementOrder/ports": 1}),
    {"$deleteFromPrimitiveList/finalizers": 1},
)
PATHS = ("/metadata/labels", "/spec/template/spec/containers/-", "/data/a/b", "", "x", 1, None)
OPERATIONS = ("add", "remove", "replace", "test", "move", "copy", "x", 1)
PATCHES = ("merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
OBJECTS = {
    "/apis/apps/v1/namespaces/kube-system/daemonsets": yaml.safe_load(WORKLOAD),
    "/api/v1/namespaces/kube-system/configmaps": config_map("x", a="b"),
    "/api/v1/nodes": {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "x", "labels": {"a": "b"}},
        "spec": {"podCIDR": "172.16.5.0/24", "providerID": "cn-hangzhou.i-5"},
        "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.5"}]},
    },
}


def spoiled(value: Object, dice: random.Random) -> Object:
    """A copy with junk in up to three places."""
    value = copy.deepcopy(value)
    for _ in range(dice.randint(1, 3)):
        holder, key = dice.choice(list(places(value)))
        holder[key] = copy.deepcopy(dice.choice(JUNK))
    return value


def places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def spoiled_steps(dice: random.Random) -> list[Object]:
    step = {
        "op": dice.choice(OPERATIONS),
        "path": dice.choice(PATHS),
        "from": dice.choice(PATHS),
        "value": dice.choice(JUNK),
    }
    if dice.random() < 0.2:
        del step[dice.choice(list(step))]
    return [step]


@pytest.mark.parametrize("seed", range(8))
def test_no_body_breaks_the_server(seed: int) -> None:
    dice = random.Random(seed)
    kube = KubeSimulator()
    fill(kube, nodes=1)

    def send(method: str, path: str, body: Any, kind: str = "json") -> int:
        query = {"fieldManager": ["x"], "force": ["true"]} if kind.startswith("apply") else {}
        headers = {"content-type": f"application/{kind}"}
        data = json.dumps(body).encode()
        reply = kube.server.handle(Request(method, path, query, headers, data, ("", 0)))
        assert 200 <= reply.status <= 500
        assert json.loads(reply.body)["kind"]
        return reply.status

    for path, value in OBJECTS.items():
        assert send("POST", path, value) == 201
        for _ in range(10):
            send("POST", path, spoiled(value, dice))
            send("PUT", f"{path}/x", spoiled(value, dice))
            send("PATCH", f"{path}/x", spoiled_steps(dice), "json-patch+json")
            for kind in PATCHES:
                send("PATCH", f"{path}/x", spoiled(value, dice), kind)
        send("DELETE", f"{path}/x", {"preconditions": dice.choice(JUNK)})
    kube.stop()
