"""Making CCM read the ConfigMap: what is missing is added, what is there is used."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from posixpath import dirname
from typing import Any

import pytest

from kubectl_routes.model.plan import Plan, Refusal
from kubectl_routes.model.undo import ItemUndo, WorkloadUndo
from kubectl_routes.plan.undo import revert_workload
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
    change_of,
    config_map,
    container_of,
    daemon_set,
    plan_of,
    pod_of,
    refused,
    running,
    taken_back,
    wired,
)

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
    """CCM is not running: it could not be mounted so."""
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
    there = carried_out(plan_of(workload), workload, None)
    assert pod_of(after_of(taken_back(*there), "DaemonSet")) == pod_of(workload)


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
    pod_of(workload)["volumes"] = deepcopy(taken[:1])
    assert after(workload)["volumes"] == [*taken[:1], {**VOLUME, "name": "cloud-config-2"}]


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
    assert refused(workload) == Refusal(
        "RT110",
        "something is mounted at each of /etc/kubernetes/config, /etc/kubernetes/cloud-config,"
        " /etc/cloud-config",
        "mount ConfigMap cloud-config by hand, and let --cloud-config name its file",
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
    assert made.steps[1] == (
        f"DaemonSet kube-system/{NAME}: volume cloud-config: item {KEY} as sub/ccm.conf"
    )
    assert item_of(made) == ItemUndo("cloud-config", KEY)
    there = carried_out(made, workload, config_map(None, data={"x": "1"}))
    assert pod_of(after_of(taken_back(*there), "DaemonSet")) == pod_of(workload)


def item_of(made: Plan) -> ItemUndo | None:
    undo = change_of(made, "DaemonSet").undo
    assert isinstance(undo, WorkloadUndo)
    return undo.item


@pytest.mark.parametrize(
    ("mount", "path"),
    [
        ({"mountPath": "/conf", "subPath": "sub"}, "sub/ccm.conf"),
        ({"mountPath": "/conf/ccm.conf", "subPath": "mine.conf"}, "mine.conf"),
    ],
)
def test_an_item_for_a_mounted_part_of_the_volume_is_put_into_that_part(
    mount: Object, path: str
) -> None:
    source = {"name": "mine", "items": [{"key": "x", "path": "x"}]}
    workload = daemon_set(
        command=[*WORDS, "--cloud-config=/conf/ccm.conf"], volumeMounts=[{"name": "v", **mount}]
    )
    pod_of(workload)["volumes"] = [{"name": "v", "configMap": source}]
    made = plan_of(workload)
    assert pod_of(after_of(made, "DaemonSet"))["volumes"][0]["configMap"] == {
        "name": "mine",
        "items": [{"key": "x", "path": "x"}, {"key": KEY, "path": path}],
    }
    assert change_of(made, "ConfigMap").name == "mine"


@pytest.mark.parametrize("flag", ["/etc/kubernetes/config", "/etc/kubernetes/config/sub/ccm.conf"])
def test_a_mounted_config_map_that_can_put_no_file_there_is_refused(flag: str) -> None:
    workload = wired(command=[*WORDS, f"--cloud-config={flag}"])
    del pod_of(workload)["volumes"][0]["configMap"]["items"]
    assert refused(workload, config_map("{}")) == Refusal(
        "RT110",
        "ConfigMap cloud-config is mounted at /etc/kubernetes/config, which can put no file"
        f" at {flag}",
        f"mount it at {dirname(flag)}, or let --cloud-config name a file in the mounted folder",
    )


def test_a_flag_whose_folder_is_free_gets_the_config_map_mounted_there() -> None:
    made = plan_of(daemon_set(command=[*WORDS, "--cloud-config=/conf/ccm.json"]))
    container = container_of(after_of(made, "DaemonSet"))
    assert container["volumeMounts"] == [{"name": "cloud-config", "mountPath": "/conf"}]
    assert change_of(made, "ConfigMap").name == "cloud-config"


def test_a_flag_into_a_folder_in_which_something_is_mounted_gets_the_one_file_mounted() -> None:
    beside = {"name": "k8s", "mountPath": "/conf/more"}
    workload = daemon_set(
        command=[*WORDS, "--cloud-config=/conf/ccm.json"], volumeMounts=[dict(beside)]
    )
    pod_of(workload)["volumes"] = [deepcopy(HOST)]
    assert after(workload)["containers"][0]["volumeMounts"] == [
        beside,
        {"name": "cloud-config", "mountPath": "/conf/ccm.json", "subPath": "ccm.json"},
    ]


@pytest.mark.parametrize("flag", ["/etc/kubernetes/ccm.json", "/etc/ccm.json", "/ccm.json"])
def test_a_flag_into_a_folder_of_the_system_gets_the_one_file_mounted(flag: str) -> None:
    workload = with_parent(command=[*WORDS, f"--cloud-config={flag}"])
    pod_of(workload)["volumes"] = []  # the mount's volume is missing, so that nothing is there
    pod = after(workload)
    mount = {"name": "cloud-config", "mountPath": flag, "subPath": "ccm.json"}
    assert pod["containers"][0]["volumeMounts"][1] == mount
    assert pod["volumes"][0]["configMap"]["items"] == [{"key": KEY, "path": "ccm.json"}]
    alone = after(daemon_set(command=[*WORDS, f"--cloud-config={flag}"]))
    assert alone["containers"][0]["volumeMounts"] == [mount]


def test_a_flag_below_which_something_is_mounted_is_refused() -> None:
    workload = daemon_set(
        command=[*WORDS, "--cloud-config=/conf/x"],
        volumeMounts=[{"name": "gone", "mountPath": "/conf/x/y"}],
    )
    assert refused(workload) == Refusal(
        "RT110",
        "--cloud-config names /conf/x, where nothing can be mounted: other mounts are around it",
        "let --cloud-config name a file in a folder of its own, for example"
        f" /etc/cloud-config/{KEY}",
    )


@pytest.mark.parametrize(
    ("volume", "reason", "hint"),
    [
        (
            {"hostPath": {"path": "/srv/ccm"}},
            f"CCM reads its cloud-config from the file /srv/ccm/{KEY} of the nodes it runs on",
            "put routeTableIDs into that file on every master and restart CCM; or take"
            " --cloud-config off its flags, move what the file says into ConfigMap"
            f" cloud-config in CCM's namespace, key {KEY}, and run enable again",
        ),
        (
            {"secret": {"secretName": "s"}},
            "CCM reads its cloud-config from Secret s, which is never read",
            "put routeTableIDs into it by hand, or move it to a ConfigMap, and run enable again",
        ),
        (
            {"csi": {"driver": "x"}},
            "CCM reads its cloud-config from volume cloud-config, a kind that is not followed",
            "put routeTableIDs into its source by hand, or mount a ConfigMap instead",
        ),
    ],
)
def test_a_source_that_is_not_ours_to_change_is_refused_with_what_to_do(
    volume: Object, reason: str, hint: str
) -> None:
    workload = wired()
    pod_of(workload)["volumes"] = [{"name": "cloud-config", **volume}]
    assert refused(workload) == Refusal("RT110", reason, hint)


@pytest.mark.parametrize(
    ("words", "path"),
    [(["--cloud-config=ccm.conf"], "ccm.conf"), (["--cloud-config", "--v=5"], "--v=5")],
)
def test_a_relative_path_is_refused(words: list[str], path: str) -> None:
    assert refused(daemon_set(command=[*WORDS, *words])) == Refusal(
        "RT110",
        f"--cloud-config names {path}, which is no absolute path",
        f"let it name the file in full, for example {PATH}, and run enable again",
    )


FLAGS_ENV = [{"name": "FLAGS", "value": "--v=5 --cluster-cidr=172.20.0.0/16"}]


@pytest.mark.parametrize(
    ("fields", "name", "text"),
    [
        ({"command": ["sh", "-c", "exec /ccm --v=5\n"]}, "command", "exec /ccm --v=5"),
        ({"command": ["sh", "-c"], "args": ["/ccm --v=5 2>&1"]}, "args", "/ccm --v=5 2>&1"),
        (
            {"command": ["sh", "-c", "/cloud-controller-manager $FLAGS"], "env": FLAGS_ENV},
            "command",
            "/cloud-controller-manager $FLAGS",
        ),
    ],
)
def test_a_flag_is_added_to_the_text_of_a_shell_and_removed_again(
    fields: Object, name: str, text: str
) -> None:
    before = daemon_set(**fields)
    change = plan_of(before).change("DaemonSet")
    assert change is not None
    assert change.after is not None
    words = pod_of(change.after)["containers"][0][name]
    assert words[-1] == f"{text} {FLAG}"
    assert isinstance(change.undo, WorkloadUndo)
    after = revert_workload(change.after, change.undo).after
    assert after is not None
    assert after["spec"] == before["spec"]


@pytest.mark.parametrize(
    "text",
    [
        "/ccm --v=5 | tee /var/log/ccm.log",
        "/ccm --v=5 && true",
        "KEY=x exec /ccm --v=5",
        "sleep 5\n/ccm --v=5",
        "/start.sh",
    ],
)
def test_no_flag_is_added_to_a_script_of_more_than_one_command(text: str) -> None:
    assert refused(daemon_set(command=["sh", "-c", text])) == Refusal(
        "RT110",
        "CCM's flags stand inside a shell script that is more than one plain command",
        f"write them as a list of words, or add {FLAG} by hand, and run enable again",
    )


def test_a_variable_that_cannot_be_read_may_name_a_cloud_config() -> None:
    assert refused(daemon_set(command=["sh", "-c", "/cloud-controller-manager $FLAGS"])) == Refusal(
        "RT110",
        "whether $FLAGS of CCM's command names a cloud-config is not known: its value is not in"
        " the pod template",
        "write --cloud-config itself in the command or the args, and run enable again",
    )


def test_a_shell_command_that_has_the_flag_already_gets_the_file_that_it_names() -> None:
    shell = daemon_set(command=["sh", "-c", f"exec /ccm --v=5 {FLAG} | tee log"])
    after = pod_of(after_of(plan_of(shell), "DaemonSet"))
    assert after["containers"][0]["command"] == pod_of(shell)["containers"][0]["command"]
    assert after["containers"][0]["volumeMounts"][0]["mountPath"] == PATH.rpartition("/")[0]


def test_a_shell_command_that_reads_a_config_map_already_is_left_as_it_is() -> None:
    shell = wired(command=["sh", "-c", f"exec /ccm --v=5 {FLAG}"])
    assert pod_of(after_of(plan_of(shell, config_map("{}")), "DaemonSet")) == pod_of(shell)


def test_a_deployment_is_wired_alike() -> None:
    workload = {**daemon_set(), "kind": "Deployment"}
    changed = after_of(plan_of(workload), "Deployment")
    assert container_of(changed)["name"] == NAME
    assert container_of(changed)["command"] == [*WORDS, FLAG]
