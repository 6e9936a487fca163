"""CCM's objects as the API gives them, what is read of them, and plans carried out on paper.

What a plan comes to is shown as text, and held in golden/: ``pytest tests/plan --update-golden``
writes it again; read the difference before you commit it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import structs

from kubectl_routes.collect.cloudconfig import locate
from kubectl_routes.collect.controller import Workloads, find_controller
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.redact import redact
from kubectl_routes.model.controller import ConfigSourceKind, Controller
from kubectl_routes.model.plan import Change, Manifests, Plan, Refusal
from kubectl_routes.plan.disable_plan import plan_back
from kubectl_routes.plan.edit import Edit
from kubectl_routes.plan.planner import plan

Object = dict[str, Any]

SEED = Path(__file__).parent / "seed.yaml"
NAME = "cloud-controller-manager"
REGISTRY = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
SEED_TAG = "v1.9.3.86-g4454991-aliyun"
V1 = f"{REGISTRY}:v1.9.3.105-gfd4e547-aliyun"
V2 = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager:v2.11.2"
TABLES = ("vtb-a", "vtb-b")
PATH = "/etc/kubernetes/config/cloud-config.conf"
KEY = "cloud-config.conf"

PARENT = {"mountPath": "/etc/kubernetes/", "name": "k8s", "readOnly": True}
HOST = {"name": "k8s", "hostPath": {"path": "/etc/kubernetes", "type": ""}}
MOUNT = {"name": "cloud-config", "mountPath": "/etc/kubernetes/config"}
VOLUME = {
    "name": "cloud-config",
    "configMap": {"name": "cloud-config", "items": [{"key": KEY, "path": KEY}]},
}


def seed() -> tuple[Object, Object]:
    """The ConfigMap and the DaemonSet of the document's attachment."""
    config_map, daemon_set = yaml.safe_load_all(SEED.read_text())
    return config_map, daemon_set


def daemon_set(volumes: list[Object] | None = None, **changes: Any) -> Object:
    """CCM without any wiring, with these volumes; ``changes`` are fields of its container."""
    container: Object = {
        "name": NAME,
        "image": V1,
        "command": ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"],
    }
    pod: Object = {"containers": [deepcopy({**container, **changes})]}
    if volumes is not None:
        pod["volumes"] = deepcopy(volumes)
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {
            "name": NAME,
            "namespace": "kube-system",
            "uid": "u-1",
            "resourceVersion": "7",
            "annotations": {"deprecated.daemonset.template.generation": "1"},
        },
        "spec": {
            "selector": {"matchLabels": {"app": NAME}},
            "template": {"metadata": {"labels": {"app": NAME}}, "spec": pod},
            "updateStrategy": {"type": "RollingUpdate"},
        },
    }


def wired(**changes: Any) -> Object:
    """CCM with the document's edits, by default without a parent mount."""
    flag = f"--cloud-config={PATH}"
    command = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16", flag]
    fields = {"command": command, "volumeMounts": [MOUNT], "volumes": [VOLUME]}
    return daemon_set(**{**fields, **changes})


def running(workload: Object, pods: int = 3) -> Object:
    """The same, with a status: every pod is of the present template and ready."""
    names = ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable")
    return {**workload, "status": {"observedGeneration": 1, **dict.fromkeys(names, pods)}}


def config_map(text: str | None, **changes: Any) -> Object:
    """ConfigMap cloud-config with this text."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cloud-config", "namespace": "kube-system", "resourceVersion": "3"},
        "data": {} if text is None else {KEY: text},
        **changes,
    }


def pod_of(workload: Object) -> Object:
    """The pod spec of the template."""
    pod: Object = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: Object) -> Object:
    """The first container."""
    container: Object = pod_of(workload)["containers"][0]
    return container


def read(manifests: Manifests) -> Controller:
    """The controller as collect reads it from these objects."""
    document = Document(manifests.workload)
    found, _ = find_controller(
        Workloads(daemon_sets=(document,))
        if manifests.workload["kind"] == "DaemonSet"
        else Workloads(deployments=(document,))
    )
    assert found is not None
    config, _ = locate(found)
    if config.source is ConfigSourceKind.CONFIG_MAP:
        held = manifests.config_map or {}
        same = held and held["metadata"]["name"] == config.name
        text = (held.get("data") or {}).get(config.key) if same else None
        config = structs.replace(
            config, text=None if text is None else redact(text), missing=text is None
        )
    return structs.replace(found, cloud_config=config)


def enabled(
    workload: Object,
    held: Object | None = None,
    tables: tuple[str, ...] = TABLES,
    version: str = "",
) -> Plan | Refusal:
    """The plan for these objects, none of which it may change."""
    manifests = Manifests(workload, held)
    before = deepcopy((workload, held))
    made = plan(read(manifests), manifests, tables, version)
    assert (workload, held) == before
    return made


def plan_of(*args: Any, **kwargs: Any) -> Plan:
    """The plan, which must not be a refusal."""
    made = enabled(*args, **kwargs)
    assert isinstance(made, Plan), made
    return made


def taken_back(workload: Object, held: Object | None, *, restart: bool = False) -> Plan:
    """The plan of disable, which must not be a refusal."""
    manifests = Manifests(workload, held)
    before = deepcopy((workload, held))
    made = plan_back(read(manifests), manifests, restart=restart)
    assert (workload, held) == before
    assert isinstance(made, Plan), made
    return made


def carried_out(made: Plan, workload: Object, held: Object | None) -> tuple[Object, Object | None]:
    """The objects as the plan leaves them."""
    for change in made.changes:
        assert change.before == (held if change.kind == "ConfigMap" else workload)
        if change.kind == "ConfigMap":
            held = change.after
        else:
            assert change.after is not None
            workload = change.after
    return deepcopy(workload), deepcopy(held)


def change_of(made: Plan, kind: str) -> Change:
    """The change of that kind."""
    change = made.change(kind)
    assert change is not None
    return change


def after_of(made: Plan, kind: str) -> Object:
    """What the object of that kind will be."""
    after = change_of(made, kind).after
    assert after is not None
    return after


def own(value: Object | None) -> Object | None:
    """What matters of an object: content and metadata, an empty mapping of annotations as none."""
    if value is None:
        return None
    shown = deepcopy(value)
    if shown["metadata"].get("annotations") == {}:
        del shown["metadata"]["annotations"]
    return shown


def shown(made: Plan | Refusal) -> str:
    """A plan for the reader of a golden file: its steps and notes, the list, and what changes in
    the objects; or why there is none.
    """
    if isinstance(made, Refusal):
        lines = [f"{made.code}: {made.reason}", f"  hint: {made.hint}"]
        lines += [f"also {one.code}: {one.reason}" for one in made.more]
        return "".join(f"{line}\n" for line in lines)
    lines = [f"{number}. {step}" for number, step in enumerate(made.steps, 1)]
    lines += [f"note: {note}" for note in made.notes]
    lines.append(f"list: {made.was!r} -> {made.now!r}")
    for change in made.changes:
        lines += [f"{change}:", *difference(change.before, change.after)]
    return "".join(f"{line}\n" for line in lines)


def shown_edit(edit: Edit) -> str:
    """An edit for the reader of a golden file: its steps, what was left, and what changes."""
    lines = [*edit.steps, *(f"left: {left}" for left in edit.left)]
    lines += ["no write"] if edit.change is None else difference(edit.before, edit.after)
    return "".join(f"{line}\n" for line in lines)


def difference(before: Object | None, after: Object | None) -> list[str]:
    """What changes in an object, as the lines of its YAML that are new and those that are gone."""
    lines = list(unified_diff(_lines(before), _lines(after), n=0))[2:]
    return [line for line in lines if not line.startswith("@@")]


def _lines(value: Object | None) -> list[str]:
    if value is None:
        return []
    plain = json.loads(json.dumps(value))  # without anchors for what is in it twice
    return yaml.safe_dump(plain, default_flow_style=None, width=10_000).splitlines()


def compare(request: pytest.FixtureRequest, name: str, cases: Iterable[tuple[str, str]]) -> None:
    """Compare what the cases show with a golden file, or write it."""
    golden = Path(__file__).parent / "golden" / f"{name}.txt"
    text = "".join(f"== {title}\n{case}" for title, case in cases)
    if request.config.getoption("--update-golden"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
