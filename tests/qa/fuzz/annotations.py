"""What the tool has written into annotations and reads back: the undo records, the history, the
hash of the list. ``disable`` makes a plan of them, which is shown.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.plan import Manifests, Object, Refusal
from kubectl_routes.model.undo import CONFIG_HASH, HISTORY, UNDO
from kubectl_routes.plan.disable_plan import plan_back
from kubectl_routes.plan.managed_plan import Setting, plan_back as plan_back_managed
from kubectl_routes.render.json import encoded
from tests.qa.fuzz import mutate
from tests.qa.fuzz.target import Target

_LIST = "vtb-a,vtb-b"
_TEXT = json.dumps({"Global": {"routeTableIDs": _LIST, "vpcid": "vpc-1"}})
_ARG = "--cloud-config=/etc/kubernetes/config/cloud-config.conf"
# An undo record of each kind with every part, the history, the hash.
_RECORDS: dict[str, Any] = {
    "workload": {
        "container": "ccm",
        "configMap": "cloud-config/cloud-config.conf",
        "tables": {"was": None, "now": _LIST},
        "image": {"was": "r/ccm:v1.9.3.81", "now": "r/ccm:v1.9.3.105"},
        "flag": {"words": "args", "now": _ARG},
        "volume": "cloud-config",
        "item": {"volume": "v", "key": "k"},
        "mount": "/etc/kubernetes/config",
        "writable": {"mountPath": "/etc/kubernetes", "was": {"readOnly": True}},
        "hash": {"was": None, "now": "abc"},
        "absent": ["annotations", "volumes"],
    },
    "config": {
        "key": "cloud-config.conf",
        "keyAdded": True,
        "text": {"change": "replaced", "was": '"vtb-a"', "tables": "vtb-a"},
        "backup": "cloud-config.conf.before-kubectl-routes",
        "absent": ["annotations"],
    },
    "managed": {"was": "vtb-a", "now": _LIST},
    "history": [{"time": "2026-11-24T00:00:00Z", "action": "enabled", "by": "me", "now": _LIST}],
    "hash": "abc",
}
_CONTROLLER = Controller(
    kind=ControllerKind.DAEMON_SET,
    namespace="kube-system",
    name="cloud-controller-manager",
    container="ccm",
    image="r/ccm:v1.9.3.105",
    args=(_ARG,),
    cloud_config=CloudConfig(
        source=ConfigSourceKind.CONFIG_MAP,
        path=_ARG.partition("=")[2],
        namespace="kube-system",
        name="cloud-config",
        key="cloud-config.conf",
        text=_TEXT,
    ),
)
_SETTING = Setting("c1", "ccm", "v2.9.1", "routeTableIDs", _LIST)


class Annotations(Target):
    """JSON: the text of each annotation."""

    name = "annotations read back"
    about = "undo records, history and hash, from which `disable` makes its plan"
    share = 7_000

    def make(self, chance: Random) -> bytes:
        texts = {name: json.dumps(record) for name, record in _RECORDS.items()}
        for name in chance.sample(sorted(_RECORDS), chance.randint(1, 3)):
            body = mutate.hostile(chance, _RECORDS[name])
            texts[name] = body.decode("utf-8", "replace")
        return json.dumps(texts).encode()

    def feed(self, body: bytes) -> bool:
        try:
            texts = json.loads(body)
            config = _object("ConfigMap", texts["config"], texts["history"])
            workload = _workload(texts)
            record = _object("ConfigMap", texts["managed"], texts["history"])
        except (ValueError, KeyError, TypeError):
            return False  # the names of a shortened input
        config["data"] = {"cloud-config.conf": _TEXT}
        plans = (
            plan_back(_CONTROLLER, Manifests(workload, config)),
            plan_back_managed(_SETTING, record, "r/ccm:v2.9.1"),
        )
        for plan in plans:
            encoded(plan)
        return not any(isinstance(plan, Refusal) for plan in plans)


def _object(kind: str, undo: str, history: str) -> Object:
    annotations = {UNDO: undo, HISTORY: history}
    metadata = {"namespace": "kube-system", "name": "cloud-config", "annotations": annotations}
    return {"kind": kind, "metadata": metadata}


def _workload(texts: dict[str, str]) -> Object:
    container = {
        "name": "ccm",
        "image": "r/ccm:v1.9.3.105",
        "args": [_ARG],
        "volumeMounts": [
            {"name": "cloud-config", "mountPath": "/etc/kubernetes/config"},
            {"name": "k8s", "mountPath": "/etc/kubernetes"},
        ],
    }
    volumes = [
        {"name": "cloud-config", "configMap": {"name": "cloud-config"}},
        {"name": "v", "configMap": {"name": "x", "items": [{"key": "k", "path": "k"}]}},
        {"name": "k8s", "hostPath": {"path": "/etc/kubernetes"}},
    ]
    found = _object("DaemonSet", texts["workload"], texts["history"])
    found["spec"] = {
        "template": {
            "metadata": {"annotations": {CONFIG_HASH: texts["hash"]}},
            "spec": {"containers": [container], "volumes": volumes},
        }
    }
    return found
