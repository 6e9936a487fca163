"""Making CCM read the ConfigMap: what is missing is added, what is there is used."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from tests.analyze.plan.world import HOST
from tests.analyze.plan.world import KEY
from tests.analyze.plan.world import MOUNT
from tests.analyze.plan.world import NAME
from tests.analyze.plan.world import PARENT
from tests.analyze.plan.world import PATH
from tests.analyze.plan.world import VOLUME
from tests.analyze.plan.world import Object
from tests.analyze.plan.world import after_of
from tests.analyze.plan.world import config_map
from tests.analyze.plan.world import container_of
from tests.analyze.plan.world import daemon_set
from tests.analyze.plan.world import plan_of
from tests.analyze.plan.world import pod_of
from tests.analyze.plan.world import refused
from tests.analyze.plan.world import running
from tests.analyze.plan.world import wired

FLAG = f"--cloud-config={PATH}"
WORDS = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]


def after(workload: Object, held: Object | None = None) -> Object:
    """The pod spec that the plan makes of it."""
    return pod_of(after_of(plan_of(workload, held), "DaemonSet"))


def with_parent(**changes: Any) -> Object:
    """A DaemonSet with /etc/kubernetes of the node, read-only."""
    mounts = [deepcopy(PARENT), *changes.pop("volumeMounts", [])]
    workload = daemon_set(volumeMounts=mounts, **changes)
    pod_of(workload)["volumes"] = [deepcopy(HOST)]
    return workload


def test_nothing_wired_gets_all_edits_of_the_document() -> None:
    pod = after(with_parent())
    container = pod["containers"][0]
    assert container["command"] == [*WORDS, FLAG]
    assert container["volumeMounts"] == [{"mountPath": "/etc/kubernetes/", "name": "k8s"}, MOUNT]
    assert pod["volumes"] == [HOST, VOLUME]


PARTS = [
    (flag, volume, volume and mount, closed)
    for flag, volume, mount, closed in product((True, False), repeat=4)
    if (volume or not mount) and (not flag or (volume and mount))
]


@pytest.mark.parametrize(("flag", "volume", "mount", "closed"), PARTS)
def test_partly_wired_gets_what_is_missing(
    flag: bool, volume: bool, mount: bool, closed: bool
) -> None:
    """CCM does not run: it could not be mounted so."""
    command = [*WORDS, FLAG] if flag else WORDS
    workload = with_parent(command=list(command))
    if not closed:
        del container_of(workload)["volumeMounts"][0]["readOnly"]
    if volume:
        pod_of(workload)["volumes"].append(deepcopy(VOLUME))
    if mount:
        container_of(workload)["volumeMounts"].append(deepcopy(MOUNT))
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


@pytest.mark.parametrize("volume", [True, False])
def test_a_flag_without_its_mount_gets_it_where_no_mount_of_the_node_is_around(
    volume: bool,
) -> None:
    workload = daemon_set(command=[*WORDS, FLAG])
    if volume:
        pod_of(workload)["volumes"] = [deepcopy(VOLUME)]
    assert after(workload) == pod_of(wired())
    below = with_parent(command=[*WORDS, FLAG])
    assert refused(below).reason == (
        f"CCM reads its cloud-config from the file {PATH} of the nodes it runs on"
    )


def test_a_parent_stays_read_only_while_ccm_runs_below_it() -> None:
    workload = with_parent(command=[*WORDS, FLAG], volumeMounts=[deepcopy(MOUNT)])
    pod_of(workload)["volumes"].append(deepcopy(VOLUME))
    assert container_of({"spec": {"template": {"spec": after(running(workload))}}})[
        "volumeMounts"
    ] == [PARENT, MOUNT]


def test_ready_pods_of_an_older_template_prove_nothing_about_the_mounts() -> None:
    workload = with_parent(command=[*WORDS, FLAG], volumeMounts=[deepcopy(MOUNT)])
    pod_of(workload)["volumes"].append(deepcopy(VOLUME))
    stuck = running(workload)
    stuck["status"] |= {"updatedNumberScheduled": 1, "numberReady": 2}
    assert "readOnly" not in after(stuck)["containers"][0]["volumeMounts"][0]
    unseen = running(workload)
    unseen["metadata"] = {**unseen["metadata"], "generation": 2}
    assert "readOnly" not in after(unseen)["containers"][0]["volumeMounts"][0]


@pytest.mark.parametrize(
    ("mount", "becomes"),
    [
        ({"mountPath": "/etc/kubernetes", "name": "k8s"}, None),
        ({"mountPath": "/etc/kube", "name": "k8s", "readOnly": True}, None),
        ({"mountPath": "/etc/kubernetes/ccm.conf", "name": "k8s", "readOnly": True}, None),
        (
            {"mountPath": "/etc", "name": "k8s", "readOnly": True, "recursiveReadOnly": "Enabled"},
            {"mountPath": "/etc", "name": "k8s"},
        ),
    ],
)
def test_only_a_read_only_parent_is_opened(mount: Object, becomes: Object | None) -> None:
    workload = daemon_set(volumeMounts=[deepcopy(mount)])
    pod_of(workload)["volumes"] = [deepcopy(HOST)]
    assert after(workload)["containers"][0]["volumeMounts"] == [becomes or mount, MOUNT]


def test_the_innermost_of_two_parents_is_opened() -> None:
    outer = {"mountPath": "/etc", "name": "k8s", "readOnly": True}
    workload = daemon_set(volumeMounts=[deepcopy(PARENT), deepcopy(outer)])
    pod_of(workload)["volumes"] = [deepcopy(HOST)]
    assert after(workload)["containers"][0]["volumeMounts"] == [
        {"mountPath": "/etc/kubernetes/", "name": "k8s"},
        outer,
        MOUNT,
    ]


@pytest.mark.parametrize(
    ("fields", "words", "becomes"),
    [
        ({"command": ["/ccm"], "args": ["--v=5"]}, "args", ["--v=5", FLAG]),
        ({"command": ["/ccm", "--v=5"], "args": ["x"]}, "command", ["/ccm", "--v=5", FLAG]),
        ({"command": ["/ccm", "--v=5"], "args": ["--x"]}, "args", ["--x", FLAG]),
        ({"command": ["/ccm"]}, "args", [FLAG]),
        ({"args": ["--v=5"]}, "args", ["--v=5", FLAG]),
        (
            {"command": ["/ccm", "--v=5", "--feature-gates=X=true"]},
            "command",
            ["/ccm", "--v=5", FLAG, "--feature-gates=X=true"],
        ),
        ({"args": ["--cloud-config=", "--v=5"]}, "args", [FLAG, "--v=5"]),
        ({"args": ["--cloud-config=", "--cloud-config="]}, "args", ["--cloud-config=", FLAG]),
        ({"args": ["--v=5", "--cloud-config"]}, "args", ["--v=5", FLAG]),
    ],
)
def test_the_flag_joins_the_list_that_carries_the_others(
    fields: Object, words: str, becomes: list[str]
) -> None:
    workload = daemon_set(**fields)
    if "command" not in fields:
        del container_of(workload)["command"]
    assert after(workload)["containers"][0][words] == becomes


def test_only_ccm_is_touched_among_sidecars_and_init_containers() -> None:
    workload = with_parent()
    sidecar = {"name": "sidecar", "image": "x", "volumeMounts": [deepcopy(PARENT)]}
    init = {"name": "init", "image": "x", "args": ["--v=5"]}
    pod_of(workload)["containers"].insert(0, deepcopy(sidecar))
    pod_of(workload)["initContainers"] = [deepcopy(init)]
    pod = after(workload)
    assert (pod["containers"][0], pod["initContainers"]) == (sidecar, [init])
    assert pod["containers"][1]["command"] == [*WORDS, FLAG]


def test_a_volume_name_that_is_taken_is_left_alone() -> None:
    workload = daemon_set()
    taken = [{"name": "cloud-config", "emptyDir": {}}, {"name": "cloud-config-2", "secret": {}}]
    pod_of(workload)["volumes"] = deepcopy(taken)
    pod = after(workload)
    assert pod["volumes"] == [*taken, {**VOLUME, "name": "cloud-config-3"}]
    assert pod["containers"][0]["volumeMounts"] == [{**MOUNT, "name": "cloud-config-3"}]


def test_a_place_that_is_taken_is_left_alone() -> None:
    for place in ("/etc/kubernetes/config", "/etc/kubernetes/config/deeper/"):
        taken = {"name": "k8s", "mountPath": place}
        workload = daemon_set(volumeMounts=[dict(taken)])
        pod_of(workload)["volumes"] = [deepcopy(HOST)]
        container = after(workload)["containers"][0]
        free = "/etc/kubernetes/cloud-config"
        assert container["volumeMounts"] == [taken, {**MOUNT, "mountPath": free}]
        assert container["command"][-1] == f"--cloud-config={free}/{KEY}"


def test_a_parent_that_takes_no_nested_mount_is_avoided() -> None:
    workload = daemon_set(volumeMounts=[{"name": "files", "mountPath": "/etc/kubernetes"}])
    pod_of(workload)["volumes"] = [{"name": "files", "secret": {"secretName": "x"}}]
    mounts = after(workload)["containers"][0]["volumeMounts"]
    assert mounts[1] == {**MOUNT, "mountPath": "/etc/cloud-config"}


def test_without_any_free_place_it_is_refused() -> None:
    workload = daemon_set(volumeMounts=[{"name": "files", "mountPath": "/etc"}])
    pod_of(workload)["volumes"] = [{"name": "files", "projected": {}}]
    assert refused(workload).reason == (
        "something is mounted at each of /etc/kubernetes/config, /etc/kubernetes/cloud-config,"
        " /etc/cloud-config"
    )


def test_a_key_that_is_mounted_elsewhere_already_is_used_there() -> None:
    whole = {"name": "all", "configMap": {"name": "cloud-config"}}
    for mount, path in (
        ({"name": "all", "mountPath": "/conf/"}, f"/conf/{KEY}"),
        ({"name": "all", "mountPath": "/conf/ccm", "subPath": KEY}, "/conf/ccm"),
    ):
        workload = daemon_set(volumeMounts=[deepcopy(mount)])
        pod_of(workload)["volumes"] = [deepcopy(whole)]
        pod = after(workload)
        assert pod["volumes"] == [whole]
        assert pod["containers"][0]["volumeMounts"] == [mount]
        assert pod["containers"][0]["command"][-1] == f"--cloud-config={path}"


def test_a_mount_of_another_part_of_the_config_map_is_not_taken_for_it() -> None:
    for volume, sub_path in (
        ({"name": "all", "configMap": {"name": "cloud-config"}}, "other"),
        ({"name": "all", "configMap": {"name": "other"}}, KEY),
        ({"name": "all", "configMap": {"name": "cloud-config", "items": [
            {"key": KEY, "path": "renamed"}]}}, KEY),
        ({"name": "unlike", "emptyDir": {}}, KEY),
    ):  # fmt: skip
        mount = {"name": "all", "mountPath": "/conf/ccm", "subPath": sub_path}
        workload = daemon_set(volumeMounts=[mount])
        pod_of(workload)["volumes"] = [volume]
        assert (
            after(workload)["containers"][0]["volumeMounts"][1]["mountPath"] == MOUNT["mountPath"]
        )


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
        workload = daemon_set(command=words, volumeMounts=[{"name": "v", **mount}])
        pod_of(workload)["volumes"] = [{"name": "v", **volume}]
        held = config_map(None, data={key: "{}"})
        held["metadata"]["name"] = name
        made = plan_of(workload, held)
        changed = after_of(made, "ConfigMap")
        assert changed["data"] == {key: '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'}
        assert pod_of(after_of(made, "DaemonSet")) == pod_of(workload)


def test_a_mounted_config_map_without_the_file_gets_an_item_for_it() -> None:
    workload = wired(command=[*WORDS, "--cloud-config=/etc/kubernetes/config/sub/ccm.conf"])
    pod_of(workload)["volumes"][0]["configMap"]["items"] = [{"key": "x", "path": "x"}]
    made = plan_of(workload, config_map(None, data={"x": "1"}))
    items = pod_of(after_of(made, "DaemonSet"))["volumes"][0]["configMap"]["items"]
    assert items == [{"key": "x", "path": "x"}, {"key": KEY, "path": "sub/ccm.conf"}]
    assert set(after_of(made, "ConfigMap")["data"]) == {"x", KEY}


@pytest.mark.parametrize("flag", ["/etc/kubernetes/config", "/etc/kubernetes/config/sub/ccm.conf"])
def test_a_mounted_config_map_that_can_put_no_file_there_is_refused(flag: str) -> None:
    workload = wired(command=[*WORDS, f"--cloud-config={flag}"])
    del pod_of(workload)["volumes"][0]["configMap"]["items"]
    assert refused(workload, config_map("{}")).reason == (
        "ConfigMap cloud-config is mounted at /etc/kubernetes/config, which can put no file"
        f" at {flag}"
    )


def test_a_flag_whose_folder_is_free_gets_the_config_map_mounted_there() -> None:
    container = after(daemon_set(command=[*WORDS, "--cloud-config=/conf/ccm.json"]))["containers"][
        0
    ]
    assert container["volumeMounts"] == [{"name": "cloud-config", "mountPath": "/conf"}]


@pytest.mark.parametrize("flag", ["/etc/kubernetes/ccm.json", "/etc/ccm.json", "/ccm.json"])
def test_a_flag_into_a_folder_of_the_system_gets_the_one_file_mounted(flag: str) -> None:
    workload = with_parent(command=[*WORDS, f"--cloud-config={flag}"])
    pod_of(workload)["volumes"] = []  # the mount's volume is missing, so that nothing is there
    pod = after(workload)
    mount = {"name": "cloud-config", "mountPath": flag, "subPath": "ccm.json"}
    assert pod["containers"][0]["volumeMounts"][1] == mount
    assert pod["volumes"][0]["configMap"]["items"] == [{"key": KEY, "path": "ccm.json"}]


def test_a_flag_below_which_something_is_mounted_is_refused() -> None:
    workload = daemon_set(
        command=[*WORDS, "--cloud-config=/conf/x"],
        volumeMounts=[{"name": "gone", "mountPath": "/conf/x/y"}],
    )
    assert refused(workload).reason == (
        "--cloud-config names /conf/x, where nothing can be mounted: other mounts are around it"
    )


@pytest.mark.parametrize(
    ("volume", "reason", "advice"),
    [
        (
            {"hostPath": {"path": "/srv/ccm"}},
            f"CCM reads its cloud-config from the file /srv/ccm/{KEY} of the nodes it runs on",
            "put routeTableIDs into that file on every master and restart CCM",
        ),
        (
            {"secret": {"secretName": "s"}},
            "CCM reads its cloud-config from Secret s, which is never read",
            "put routeTableIDs into it by hand",
        ),
        (
            {"csi": {"driver": "x"}},
            "CCM reads its cloud-config from volume cloud-config, a kind that is not followed",
            "mount a ConfigMap instead",
        ),
    ],
)
def test_a_source_that_is_not_ours_to_change_is_refused_with_what_to_do(
    volume: Object, reason: str, advice: str
) -> None:
    workload = wired()
    pod_of(workload)["volumes"] = [{"name": "cloud-config", **volume}]
    refusal = refused(workload)
    assert (refusal.code, refusal.reason) == ("RT110", reason)
    assert advice in refusal.hint


@pytest.mark.parametrize("words", [["--cloud-config=ccm.conf"], ["--cloud-config", "--v=5"]])
def test_a_relative_path_is_refused(words: list[str]) -> None:
    assert "which is no absolute path" in refused(daemon_set(command=[*WORDS, *words])).reason


def test_flags_inside_a_shell_command_are_not_edited() -> None:
    workload = daemon_set(command=["sh", "-c", "exec /ccm --v=5"])
    assert (
        refused(workload).reason == "CCM's flags stand inside a shell command, which is not edited"
    )
    shell = wired(command=["sh", "-c", f"exec /ccm --v=5 {FLAG}"])
    assert pod_of(after_of(plan_of(shell, config_map("{}")), "DaemonSet")) == pod_of(shell)


def test_a_deployment_is_wired_alike() -> None:
    workload = {**daemon_set(), "kind": "Deployment"}
    changed = after_of(plan_of(workload), "Deployment")
    assert container_of(changed)["name"] == NAME
    assert container_of(changed)["command"] == [*WORDS, FLAG]
