"""Controllers and cloud-config texts of all forms, for property tests."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import strategies as st

from kubectl_routes.model.plan import Manifests
from tests.plan.world import (
    HOST,
    KEY,
    MOUNT,
    PATH,
    REGISTRY,
    V1,
    V2,
    VOLUME,
    config_map,
    daemon_set,
    pod_of,
    running,
)

Object = dict[str, Any]

CANARIES = ("c4N9rYkEy1d==", "s3cR3tC4n4rY+/x", "an0therC4n4rY")
FIELDS: tuple[tuple[str, Any], ...] = (
    ("accessKeyID", CANARIES[0]),
    ("AccessKeySecret", CANARIES[1]),
    ("vpcid", "vpc-1"),
    ("clusterID", "c-1"),
    ("uid", "123"),
    ("special.keysecret", CANARIES[2]),
    ("resourceGroupID", None),
    ("unheard of", {"deep": [1, True, None, CANARIES[2]]}),
    ("disablePublicSLB", True),
)
LISTS = ("vtb-a,vtb-b", "vtb-b,vtb-a", "vtb-z", " vtb-a, vtb-b", "vtb-a,vtb-a", "", None)
TAGS = ("v1.9.3.86-g4454991-aliyun", "v1.9.3-164-g2105d2e-aliyun", "v1.9.3.40-gabcdef0-aliyun")


@st.composite
def sections(draw: st.DrawFn) -> Object:
    """Global, its members in any order, with or without a list."""
    members = draw(st.lists(st.sampled_from(FIELDS), unique_by=lambda one: one[0]))
    name = draw(st.sampled_from(("routeTableIDs", "RouteTableIDS", "")))
    if name:
        place = draw(st.integers(0, len(members)))
        members.insert(place, (name, draw(st.sampled_from(LISTS))))
    return dict(members)


@st.composite
def trees(draw: st.DrawFn) -> Object:
    """A whole cloud-config."""
    tree: Object = {"Other": {"token": CANARIES[1]}} if draw(st.booleans()) else {}
    name = draw(st.sampled_from(("Global", "global", "")))
    if name:
        tree[name] = draw(st.one_of(st.none(), sections()))
    if draw(st.booleans()):
        tree["Last"] = [1, {"a": "b"}]
    return tree


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """JSON in many layouts."""
    tree = draw(trees())
    indent = draw(st.sampled_from((None, 0, 2, 4, "\t")))
    separators = draw(st.sampled_from((None, (",", ":"), (" , ", " : "))))
    text = json.dumps(tree, indent=indent, separators=separators)
    before, after = (draw(st.sampled_from(("", "\n", "  \t\r\n"))) for _ in range(2))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return before + text + after


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """YAML in many layouts, the document's unquoted braces among them."""
    tree = draw(trees())
    flow = draw(st.sampled_from((True, False, None)))
    text = yaml.safe_dump(tree, default_flow_style=flow, sort_keys=draw(st.booleans()))
    comment = f"# the key is {CANARIES[0]}\n" if draw(st.booleans()) else ""
    rest = draw(st.sampled_from(("", "---\nsecond: document\n", f"# {CANARIES[1]}\n")))
    return comment + text + rest


ODD_TEXTS = (
    "{ Global: { accessKeySecret: s3cR3tC4n4rY+/x, routeTableIDs: 'vtb-z' } }",
    'Global: &g {uid: "1"}\nCopy: *g\n',
    f"Global:\n  accessKeyID: *{CANARIES[2]}\n",
    '{"Global": {"routeTableIDs": "vtb-z", "ROUTETABLEIDS": "vtb-y"}}',
    '{"Global": {}, "GLOBAL": {}}',
    f'{{"Global": {{"accessKeyID": "{CANARIES[2]}", }}',
    '{"Global": []}',
    "Global: [1]",
    "[]",
    "Global:\n\tx: 1",
    '{"Global": {"accessKeyID": 5}}',
    "Global: {clusterID: 0123, vpcid: 1e3, uid: yes}",
    '{"Global": {"routeTableIDs": ["vtb-a"]}} trailing',
)
texts = st.one_of(
    json_texts(), yaml_texts(), st.sampled_from(ODD_TEXTS), st.sampled_from(("", "\n", "  "))
)


@st.composite
def config_maps(draw: st.DrawFn) -> Object | None:
    """ConfigMap cloud-config, its absence among them."""
    if draw(st.integers(0, 5)) == 0:
        return None
    held = config_map(draw(st.one_of(st.none(), texts)))
    kind = draw(st.integers(0, 4))
    if kind == 0 and not held["data"]:
        del held["data"]
    if kind == 1:
        held["data"]["unrelated"] = CANARIES[0]
        held["data"][f"{KEY}.before-kubectl-routes"] = CANARIES[1]
    if kind == 2:
        held["metadata"]["annotations"] = {"mine": "kept"}
    if kind == 3:
        held["binaryData"] = {"other": "AAAA"}
    return held


def _flags(draw: st.DrawFn, container: Object) -> None:
    flags = ["--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
    form = draw(st.integers(0, 7))
    path = PATH if draw(st.booleans()) else "/etc/ccm/other.conf"
    given: list[str] = (
        [],
        [],
        [],
        [f"--cloud-config={path}"],
        ["--cloud-config", path],
        ["--cloud-config="],
        ["--cloud-config=", "--v=5"],
        ["--cloud-config=/nowhere.conf", f"--cloud-config={path}"],
    )[form]
    last = ["--feature-gates=ServiceNodeExclusion=true"] if draw(st.booleans()) else []
    words = [*flags, *given, *last]
    place = draw(st.sampled_from(("command", "args", "both", "none")))
    container.pop("command")
    if place == "command":
        container["command"] = ["/ccm", *words]
    elif place == "args":
        container["args"] = words
    elif place == "both":
        container["command"] = ["/ccm", *flags]
        container["args"] = [*given, *last]


def _mounts(draw: st.DrawFn, container: Object, pod: Object) -> None:
    mounts: list[Object] = []
    volumes: list[Object] = []
    parent = draw(st.sampled_from(("", "/etc/kubernetes", "/etc/kubernetes/", "/etc", "/var/x")))
    if parent:
        mount: Object = {"name": "k8s", "mountPath": parent}
        if draw(st.booleans()):
            mount |= {"readOnly": True}
        if draw(st.booleans()):
            mount |= {"recursiveReadOnly": "IfPossible"}
        mounts.append(mount)
        volumes.append(deepcopy(HOST))
    wiring = draw(st.integers(0, 6))
    if wiring in (1, 2, 3):
        volumes.append(deepcopy(VOLUME))
    if wiring in (2, 3):
        mounts.append(deepcopy(MOUNT))
    if wiring == 3:
        mounts[-1]["mountPath"] += "/"
    if wiring == 4:  # the name is taken
        volumes.append({"name": "cloud-config", "emptyDir": {}})
    if wiring == 5:  # everything of the ConfigMap, under another name
        volumes.append({"name": "other", "configMap": {"name": "cloud-config"}})
        mounts.append({"name": "other", "mountPath": "/etc/ccm"})
    if wiring == 6:
        volumes.append(deepcopy(VOLUME))
        mounts.append({"name": "cloud-config", "mountPath": PATH, "subPath": KEY})
    bare = draw(st.booleans())
    if mounts or not bare:
        container["volumeMounts"] = mounts
    if volumes or not bare:
        pod["volumes"] = volumes


@st.composite
def workloads(draw: st.DrawFn) -> Object:
    """A DaemonSet or Deployment of CCM, sidecars and odd mounts and all."""
    image = draw(st.sampled_from((V1, V2, *(f"{REGISTRY}:{tag}" for tag in TAGS))))
    workload = daemon_set(image=image, env=[{"name": "ACCESS_KEY_SECRET", "value": CANARIES[2]}])
    pod = pod_of(workload)
    container = pod["containers"][0]
    _flags(draw, container)
    _mounts(draw, container, pod)
    if draw(st.booleans()):
        sidecar = {"name": "sidecar", "image": "busybox", "volumeMounts": [dict(MOUNT)]}
        pod["containers"].insert(draw(st.integers(0, 1)), sidecar)
        if not any(one["name"] == "cloud-config" for one in pod.get("volumes", [])):
            del sidecar["volumeMounts"]
    if draw(st.booleans()):
        pod["initContainers"] = [{"name": "init", "image": "busybox", "args": ["--x"]}]
    template = workload["spec"]["template"]
    odd = draw(st.integers(0, 3))
    if odd == 0:
        del template["metadata"]
    elif odd == 1:
        template["metadata"]["annotations"] = {"mine": "kept"}
    if draw(st.booleans()):
        workload["kind"] = "Deployment"
    return running(workload) if draw(st.booleans()) else workload


clusters = st.builds(Manifests, workloads(), config_maps())
chosen_tables = st.sampled_from((("vtb-a", "vtb-b"), ("vtb-b",), ("vtb-c", "vtb-a")))
