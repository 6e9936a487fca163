"""Plans to render: the document's cluster before and after, and one with credentials."""

from __future__ import annotations

from functools import partial

from kubectl_routes.catalog.loader import texts
from kubectl_routes.collect.redact_manifest import hides, masked
from kubectl_routes.model.message import Language
from kubectl_routes.model.plan import Check, Plan, Verdict
from kubectl_routes.model.undo import HistoryEntry
from kubectl_routes.render.plan import Target
from tests.plan.world import (
    KEY,
    NAME,
    carried_out,
    config_map,
    daemon_set,
    plan_of,
    pod_of,
    taken_back,
    wired,
)

TARGET = Target("prod", "https://10.0.0.1:6443", 3)
CANARY = "c4N9rYkEy1d"
MASK = partial(masked, config_key=KEY)
HIDES = partial(hides, config_key=KEY)


def _parent() -> Plan:
    workload = daemon_set(
        image="registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
        ":v1.9.3.59-ge3bc999-aliyun",
        volumeMounts=[{"mountPath": "/etc/kubernetes", "name": "k8s", "readOnly": True}],
        env=[{"name": "ACCESS_KEY_SECRET", "value": CANARY}],
    )
    pod_of(workload)["volumes"] = [{"name": "k8s", "hostPath": {"path": "/etc/kubernetes"}}]
    workload["status"] = {"numberReady": 0}
    workload["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    return plan_of(workload)


def _credentials() -> Plan:
    fields = f'"accessKeyID": "{CANARY}",\n    "routeTableIDs": "vtb-z"'
    text = f'{{\n  "Global": {{\n    {fields}\n  }}\n}}\n'
    last_applied = {"kubectl.kubernetes.io/last-applied-configuration": CANARY}
    held = config_map(text)
    held["metadata"]["annotations"] = last_applied
    return plan_of(wired(), held)


def _back() -> Plan:
    there = carried_out(plan_of(daemon_set()), daemon_set(), None)
    return taken_back(*there)


PLANS = {
    "fresh": _parent(),
    "credentials": _credentials(),
    "back": _back(),
    "nothing": Plan(("vtb-a",), (), (), "vtb-a", "vtb-a", "ccm:v2.11.2"),
}


def _said(code: str, name: str = "") -> str:
    """What preflight says of a code, from the catalog."""
    return texts(Language.ENGLISH).codes[code].preflight[name]


ENTRIES = tuple(f"vtb-b: 172.16.{number}.0/24 to i-\x1b[31m{number}" for number in range(12))
CHECKS = (
    Check("RT112", _said("RT112", "found"), Verdict.PASSED, (f"DaemonSet kube-system/{NAME}",)),
    Check("RT110", _said("RT110", "planned"), Verdict.PASSED),
    *(
        Check(code, _said(code), verdict, evidence, mandatory=False, hint=_said(code, "hint"))
        for code, verdict, evidence in (
            ("RT119", Verdict.WARNED, ("argocd-controller writes fields of CCM's objects",)),
            ("RT107", Verdict.SKIPPED, ("vtb-s",)),
            ("RT307", Verdict.FAILED, ENTRIES),
        )
    ),
    Check("RT902", _said("RT902").format(part="tables"), Verdict.UNKNOWN, ("refused",)),
)
DEEDS = (
    HistoryEntry("2026-11-23T08:00:00.000000Z", "enabled", "alice", None, "vtb-a,vtb-b", "ccm:v2"),
    HistoryEntry("2026-11-23T08:05:00.000000Z", "rolled back", "alice\x1b[2J"),
    HistoryEntry("2026-11-24T08:00:00.000000Z", "enabled", "bob", "", "vtb-a"),
    HistoryEntry("2026-11-24T09:00:00.000000Z", "disabled", "bob", "vtb-a", ""),
)
