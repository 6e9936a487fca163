"""Making CCM read the ConfigMap: what is missing is added, what is there is used.

golden/wiring.txt shows each case: the steps of the workload, and what changes in its pods.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from kubectl_routes.model.plan import Plan, Refusal
from tests.plan.world import (
    HOST,
    KEY,
    MOUNT,
    NAME,
    PARENT,
    PATH,
    VOLUME,
    Object,
    after_of,
    carried_out,
    compare,
    config_map,
    container_of,
    daemon_set,
    difference,
    enabled,
    plan_of,
    pod_of,
    running,
    shown,
    taken_back,
    wired,
)

FLAG = f"--cloud-config={PATH}"
WORDS = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
BESIDE = {"name": "k8s", "mountPath": "/conf/more"}
WHOLE = {"name": "all", "configMap": {"name": "cloud-config"}}


def with_parent(*mounts: Object, volumes: tuple[Object, ...] = (), **changes: Any) -> Object:
    """A DaemonSet with /etc/kubernetes of the node, read-only."""
    return daemon_set(volumeMounts=[PARENT, *mounts], volumes=[HOST, *volumes], **changes)


def mounted(*mounts: Object) -> Object:
    """A DaemonSet with these mounts of one volume of the node."""
    return daemon_set(volumeMounts=[{"name": "k8s", **mount} for mount in mounts], volumes=[HOST])


def flagged(path: str, **changes: Any) -> Object:
    """A DaemonSet with the flag for another file."""
    return daemon_set(command=[*WORDS, f"--cloud-config={path}"], **changes)


def shell(text: str, **changes: Any) -> Object:
    """A DaemonSet whose container runs a shell command."""
    return daemon_set(command=["sh", "-c", text], **changes)


def only_args(*args: str) -> Object:
    workload = daemon_set(args=list(args))
    del container_of(workload)["command"]
    return workload


def stuck(**status: int) -> Object:
    """Wired below a read-only mount, with some of its three pods not of the present template."""
    workload = running(with_parent(MOUNT, volumes=(VOLUME,), command=[*WORDS, FLAG]))
    workload["status"] |= status
    return workload


def with_sidecars() -> Object:
    workload = with_parent()
    sidecar = {"name": "sidecar", "image": "x", "volumeMounts": [PARENT]}
    pod_of(workload)["containers"].insert(0, deepcopy(sidecar))
    pod_of(workload)["initContainers"] = [{"name": "init", "image": "x", "args": ["--v=5"]}]
    return workload


def in_place_of(kind: Object) -> Object:
    """Wired, but with another kind of volume where the ConfigMap would be."""
    return wired(volumes=[{"name": "cloud-config", **kind}])


def item_in(**mount: str) -> Object:
    """A part of a ConfigMap volume is mounted, in which the file of the flag is missing."""
    source = {"name": "mine", "items": [{"key": "x", "path": "x"}]}
    volume = {"name": "v", "configMap": source}
    return flagged("/conf/ccm.conf", volumes=[volume], volumeMounts=[{"name": "v", **mount}])


def part(volume: Object, sub_path: str) -> Object:
    mount = {"name": "all", "mountPath": "/conf/ccm", "subPath": sub_path}
    return daemon_set(volumeMounts=[mount], volumes=[volume])


UNSEEN = stuck()
UNSEEN["metadata"]["generation"] = 2
FLAGS_ENV = [{"name": "FLAGS", "value": "--v=5 --cluster-cidr=172.20.0.0/16"}]

CASES: dict[str, Object] = {
    "nothing is wired": with_parent(),
    "nothing is wired in a Deployment": {**daemon_set(), "kind": "Deployment"},
    "sidecars and init containers stay": with_sidecars(),
    "the flag alone": flagged(PATH),
    "the flag and the volume": flagged(PATH, volumes=[VOLUME]),
    "the flag below a mount of the node": with_parent(command=[*WORDS, FLAG]),
    "the parent of a mount with which pods run": stuck(),
    "the parent of a mount with which only older pods run": stuck(
        updatedNumberScheduled=1, numberReady=2
    ),
    "the parent of a mount with a template that is not seen yet": UNSEEN,
    "a parent that can be written": mounted({"mountPath": "/etc/kubernetes"}),
    "a mount beside": mounted({"mountPath": "/etc/kube", "readOnly": True}),
    "a file beside": mounted({"mountPath": "/etc/kubernetes/ccm.conf", "readOnly": True}),
    "a parent, read-only in two fields": mounted(
        {"mountPath": "/etc", "readOnly": True, "recursiveReadOnly": "Enabled"}
    ),
    "two parents": mounted(
        {"mountPath": "/etc/kubernetes/", "readOnly": True}, {"mountPath": "/etc", "readOnly": True}
    ),
    "flags in args": daemon_set(command=["/ccm"], args=["--v=5"]),
    "flags in command": daemon_set(command=["/ccm", "--v=5"], args=["x"]),
    "flags in both": daemon_set(command=["/ccm", "--v=5"], args=["--x"]),
    "flags in neither": daemon_set(command=["/ccm"]),
    "no command": only_args("--v=5"),
    "feature gates are last": daemon_set(command=["/ccm", "--v=5", "--feature-gates=X=true"]),
    "an empty flag": only_args("--cloud-config=", "--v=5"),
    "two empty flags": only_args("--cloud-config=", "--cloud-config="),
    "a flag without its value": only_args("--v=5", "--cloud-config"),
    "a volume name that is taken": daemon_set(volumes=[{"name": "cloud-config", "emptyDir": {}}]),
    "two volume names that are taken": daemon_set(
        volumes=[{"name": "cloud-config", "emptyDir": {}}, {"name": "cloud-config-2", "secret": {}}]
    ),
    "a place that is taken": mounted({"mountPath": "/etc/kubernetes/config"}),
    "a place in which something is mounted": mounted(
        {"mountPath": "/etc/kubernetes/config/deeper/"}
    ),
    "a parent that takes no nested mount": daemon_set(
        volumeMounts=[{"name": "files", "mountPath": "/etc/kubernetes"}],
        volumes=[{"name": "files", "secret": {"secretName": "x"}}],
    ),
    "no free place": daemon_set(
        volumeMounts=[{"name": "files", "mountPath": "/etc"}],
        volumes=[{"name": "files", "projected": {}}],
    ),
    "the whole ConfigMap is mounted elsewhere": daemon_set(
        volumeMounts=[{"name": "all", "mountPath": "/conf/"}], volumes=[WHOLE]
    ),
    "its key is mounted elsewhere": part(WHOLE, KEY),
    "another key of it is mounted": part(WHOLE, "other"),
    "another ConfigMap is mounted": part({"name": "all", "configMap": {"name": "other"}}, KEY),
    "its key is mounted under another name": part(
        {"name": "all", "configMap": {"name": "cloud-config", "items": [
            {"key": KEY, "path": "renamed"}]}}, KEY),
    "a volume is missing": part({"name": "unlike", "emptyDir": {}}, KEY),
    "a ConfigMap without the file gets an item": wired(
        command=[*WORDS, "--cloud-config=/etc/kubernetes/config/sub/ccm.conf"],
        volumes=[{"name": "cloud-config", "configMap": {"name": "cloud-config", "items": [
            {"key": "x", "path": "x"}]}}]),
    "an item for a mounted folder of the volume": item_in(mountPath="/conf", subPath="sub"),
    "an item for a mounted file of the volume": item_in(
        mountPath="/conf/ccm.conf", subPath="mine.conf"
    ),
    "the flag names the mounted folder": wired(
        command=[*WORDS, "--cloud-config=/etc/kubernetes/config"],
        volumes=[{**WHOLE, "name": "cloud-config"}]),
    "a volume without items puts no file there": wired(
        command=[*WORDS, "--cloud-config=/etc/kubernetes/config/sub/ccm.conf"],
        volumes=[{**WHOLE, "name": "cloud-config"}]),
    "a flag into a free folder": flagged("/conf/ccm.json"),
    "a flag into a folder with another mount": flagged(
        "/conf/ccm.json", volumeMounts=[BESIDE], volumes=[HOST]
    ),
    "a flag into /etc/kubernetes": flagged("/etc/kubernetes/ccm.json"),
    "a flag into /etc": flagged("/etc/ccm.json"),
    "a flag into /": flagged("/ccm.json"),
    "a flag below a mount whose volume is missing": flagged(
        "/etc/kubernetes/ccm.json", volumeMounts=[PARENT], volumes=[]
    ),
    "a flag below which something is mounted": flagged(
        "/conf/x", volumeMounts=[{"name": "gone", "mountPath": "/conf/x/y"}]
    ),
    "a file of the node": in_place_of({"hostPath": {"path": "/srv/ccm"}}),
    "a Secret": in_place_of({"secret": {"secretName": "s"}}),
    "a kind that is not followed": in_place_of({"csi": {"driver": "x"}}),
    "a relative path": flagged("ccm.conf"),
    "a flag for a path": daemon_set(command=[*WORDS, "--cloud-config", "--v=5"]),
    "a shell command": shell("exec /ccm --v=5\n"),
    "a shell command in args": daemon_set(command=["sh", "-c"], args=["/ccm --v=5 2>&1"]),
    "a shell command with a variable": shell("/cloud-controller-manager $FLAGS", env=FLAGS_ENV),
    "a shell command with a variable that is not there": shell("/cloud-controller-manager $FLAGS"),
    "a shell command that has the flag": shell(f"exec /ccm --v=5 {FLAG} | tee log"),
    "a shell command that reads a ConfigMap": wired(
        command=["sh", "-c", f"exec /ccm --v=5 {FLAG}"]
    ),
    "a pipe": shell("/ccm --v=5 | tee /var/log/ccm.log"),
    "two commands": shell("/ccm --v=5 && true"),
    "a variable before the command": shell("KEY=x exec /ccm --v=5"),
    "two lines": shell("sleep 5\n/ccm --v=5"),
    "a script": shell("/start.sh"),
}  # fmt: skip


def change_of_pods(made: Plan | Refusal) -> str:
    """The steps that concern the workload, and what changes in its pod spec."""
    if isinstance(made, Refusal):
        return shown(made)
    steps = [step.partition(f"{NAME}: ")[2] for step in made.steps]
    assert made.workload is not None
    assert made.workload.before is not None
    assert made.workload.after is not None
    changed = difference(pod_of(made.workload.before), pod_of(made.workload.after))
    return "".join(f"{line}\n" for line in (*filter(None, steps), *changed))


def test_what_is_missing_is_added_and_what_is_there_is_used(request: pytest.FixtureRequest) -> None:
    cases = ((name, change_of_pods(enabled(workload))) for name, workload in CASES.items())
    compare(request, "wiring", cases)


@pytest.mark.parametrize("case", CASES)
def test_disable_takes_out_of_the_pods_what_enable_has_put_in(case: str) -> None:
    made = enabled(CASES[case])
    if isinstance(made, Plan):
        there = carried_out(made, CASES[case], None)
        assert pod_of(carried_out(taken_back(*there), *there)[0]) == pod_of(CASES[case])


PARTS = [
    (flag, volume, volume and mount, closed)
    for flag, volume, mount, closed in product((True, False), repeat=4)
    if (volume or not mount) and (not flag or (volume and mount))
]


@pytest.mark.parametrize(("flag", "volume", "mount", "closed"), PARTS)
def test_partly_wired_gets_what_is_missing(
    flag: bool, volume: bool, mount: bool, closed: bool
) -> None:
    """CCM is not running: it could not be mounted so."""
    workload = with_parent(*mount * (MOUNT,), volumes=volume * (VOLUME,))
    container_of(workload)["command"] += flag * [FLAG]
    if not closed:
        del container_of(workload)["volumeMounts"][0]["readOnly"]
    made = plan_of(workload, config_map("{}"))
    pod = pod_of(after_of(made, "DaemonSet"))
    assert pod["containers"][0]["command"] == [*WORDS, FLAG]
    assert pod["containers"][0]["volumeMounts"] == [
        {"mountPath": "/etc/kubernetes/", "name": "k8s"},
        MOUNT,
    ]
    assert pod["volumes"] == [HOST, VOLUME]
    told = " ".join(made.steps)
    assert (f"command: {FLAG}" in told) is not flag
    assert ("volume cloud-config: ConfigMap" in told) is not volume
    assert ("mount cloud-config at" in told) is not mount
    assert ("no longer readOnly" in told) is closed


@pytest.mark.parametrize(
    ("volume", "mount", "flag", "name", "key"),
    [
        ({"configMap": {"name": "mine"}}, {"mountPath": "/conf"}, "/conf/ccm.json", "mine",
         "ccm.json"),
        ({"configMap": {"name": "mine", "items": [{"key": "k", "path": "sub/ccm"}]}},
         {"mountPath": "/conf/"}, "/conf/sub/ccm", "mine", "k"),
        ({"configMap": {"name": "mine"}}, {"mountPath": "/conf/ccm", "subPath": "k"},
         "/conf/ccm", "mine", "k"),
    ],
)  # fmt: skip
def test_another_config_map_key_or_path_is_edited_where_it_is(
    volume: Object, mount: Object, flag: str, name: str, key: str
) -> None:
    for form in ([f"--cloud-config={flag}"], ["--cloud-config", flag]):
        words = [*WORDS, "--cloud-config=/overruled", *form]
        workload = daemon_set(
            command=words, volumeMounts=[{"name": "v", **mount}], volumes=[{"name": "v", **volume}]
        )
        held = config_map(None, data={key: "{}"})
        held["metadata"]["name"] = name
        made = plan_of(workload, held)
        changed = after_of(made, "ConfigMap")
        assert changed["data"] == {key: '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'}
        assert pod_of(after_of(made, "DaemonSet")) == pod_of(workload)
