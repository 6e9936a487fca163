"""The plan of disable: by the records, or without any."""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import CONFIG_HASH, HISTORY, UNDO
from kubectl_routes.plan.disable_plan import plan_back
from tests.plan.world import (
    KEY,
    NAME,
    PATH,
    V1,
    V2,
    Object,
    after_of,
    carried_out,
    config_map,
    container_of,
    daemon_set,
    own,
    plan_of,
    pod_of,
    read,
    taken_back,
    wired,
)

LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'
WORDS = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
WHERE = f"DaemonSet kube-system/{NAME}"


def after_enable(workload: Object, held: Object | None = None) -> tuple[Object, Object]:
    workload, listed = carried_out(plan_of(workload, held), workload, held)
    assert listed is not None
    return workload, listed


def refused_back(workload: Object, held: Object | None) -> Refusal:
    manifests = Manifests(workload, held)
    made = plan_back(read(manifests), manifests)
    assert isinstance(made, Refusal)
    return made


def test_a_config_map_that_was_made_goes_away_after_the_workload() -> None:
    made = taken_back(*after_enable(daemon_set()))
    assert made.steps == (
        f"{WHERE}: command: remove --cloud-config={PATH}",
        f"{WHERE}: remove the mount at /etc/kubernetes/config",
        f"{WHERE}: remove volume cloud-config",
        f"{WHERE}: restart the pods",
        "ConfigMap kube-system/cloud-config: delete it: enable had made it",
    )
    assert [(one.kind, one.after is None) for one in made.changes] == [
        ("DaemonSet", False),
        ("ConfigMap", True),
    ]
    assert (made.tables, made.was, made.now, made.notes) == ((), "vtb-a,vtb-b", None, ())


def test_an_old_list_comes_back_before_the_pods_are_made_anew() -> None:
    held = config_map('{"Global": {"routeTableIDs": "vtb-a,vtb-z"}}')
    made = taken_back(*after_enable(wired(), held))
    assert made.steps == (
        f"ConfigMap kube-system/cloud-config: {KEY}: routeTableIDs back to 'vtb-a,vtb-z'",
        f"{WHERE}: restart the pods",
    )
    assert (made.tables, made.was, made.now) == (("vtb-a", "vtb-z"), "vtb-a,vtb-b", "vtb-a,vtb-z")


def test_what_somebody_has_changed_is_left_and_told() -> None:
    workload, held = after_enable(daemon_set())
    container = container_of(workload)
    container["command"] = WORDS
    container["volumeMounts"] = []
    pod_of(workload)["containers"].append(
        {"name": "sidecar", "volumeMounts": [{"name": "cloud-config", "mountPath": "/x"}]}
    )
    made = taken_back(workload, held)
    assert made.notes == (
        f"left as it is: --cloud-config={PATH} is no longer in command",
        "left as it is: nothing is mounted at /etc/kubernetes/config any more",
        "left as it is: volume cloud-config is in use by sidecar",
        f"left as it is: ConfigMap cloud-config stays, because {NAME} mounts it",
    )
    changed = after_of(made, "ConfigMap")
    assert json.loads(changed["data"][KEY]) == {"Global": {}}
    assert UNDO not in changed["metadata"]["annotations"]


def test_a_config_map_that_has_come_to_hold_more_stays() -> None:
    workload, held = after_enable(daemon_set())
    held["data"]["more"] = "x"
    made = taken_back(workload, held)
    assert after_of(made, "ConfigMap")["data"] == {"more": "x"}
    assert made.steps[-1] == f"ConfigMap kube-system/cloud-config: remove key {KEY}"
    held["data"] = {KEY: '{"Global": {"routeTableIDs": "vtb-a,vtb-b", "uid": "1"}}'}
    made = taken_back(workload, held)
    assert after_of(made, "ConfigMap")["data"] == {KEY: '{"Global": {"uid": "1"}}'}
    assert made.notes == (
        f"left as it is: key {KEY} has come to hold more than the list: only that is removed",
    )


def test_a_key_that_is_gone_is_told() -> None:
    workload, held = after_enable(wired(), config_map("{}"))
    del held["data"][KEY]
    made = taken_back(workload, held)
    assert made.notes == (f"left as it is: key {KEY} is gone",)
    assert (made.was, made.now) == (None, None)


def test_a_config_map_that_is_gone_needs_no_write() -> None:
    workload, _ = after_enable(wired(), config_map("{}"))
    made = taken_back(workload, None)
    assert [one.kind for one in made.changes] == ["DaemonSet"]


def test_an_enable_that_was_killed_before_the_workload_is_taken_back() -> None:
    workload, held = wired(), config_map("{}")
    _, listed = after_enable(workload, held)
    made = taken_back(workload, listed)
    assert [one.kind for one in made.changes] == ["ConfigMap"]
    made = taken_back(workload, listed, restart=True)
    assert [one.kind for one in made.changes] == ["ConfigMap", "DaemonSet"]
    assert made.steps[-1] == f"{WHERE}: restart the pods"
    template = after_of(made, "DaemonSet")["spec"]["template"]
    assert template["metadata"]["annotations"][CONFIG_HASH]


def test_disable_twice_has_nothing_to_do_the_second_time() -> None:
    for workload, held in ((daemon_set(), None), (wired(), config_map('{"x": 1}'))):
        there = after_enable(workload, held)
        back = carried_out(taken_back(*there), *there)
        assert taken_back(*back).changes == ()


@pytest.mark.parametrize("broken", ["{", '{"key": 5}', "\ud800"])
def test_a_damaged_record_is_refused_with_the_way_on(broken: str) -> None:
    hint = (
        "remove it with kubectl -n kube-system annotate {} kubectl-routes/undo-, then run disable"
        " again: it plans without that record"
    )
    workload, held = after_enable(wired(), config_map("{}"))
    workload["metadata"]["annotations"][UNDO] = broken
    assert refused_back(workload, held) == Refusal(
        "RT110",
        f"the undo record of DaemonSet {NAME} cannot be read",
        hint.format(f"daemonset/{NAME}"),
    )
    held["metadata"]["annotations"][UNDO] = broken
    assert refused_back(wired(), held) == Refusal(
        "RT110",
        "the undo record of ConfigMap cloud-config cannot be read",
        hint.format("configmap/cloud-config"),
    )


def test_a_text_that_somebody_has_broken_is_refused() -> None:
    workload, held = after_enable(wired(), config_map("{}"))
    held["data"][KEY] = "{ broken"
    refusal = refused_back(workload, held)
    assert (refusal.code, refusal.hint) == (
        "RT102",
        "correct it with kubectl -n kube-system edit configmap/cloud-config, then run disable"
        " again",
    )
    assert refusal.reason.startswith("the cloud-config cannot be edited: it is neither JSON nor")


def test_without_a_record_list_and_wiring_go_where_ccm_can_do_without() -> None:
    made = taken_back(wired(), config_map(LISTED))
    assert made.steps == (
        f"ConfigMap kube-system/cloud-config: {KEY}: remove routeTableIDs",
        f"{WHERE}: command: remove --cloud-config={PATH}",
        f"{WHERE}: remove the mount at /etc/kubernetes/config",
        f"{WHERE}: remove volume cloud-config",
    )
    assert (made.tables, made.was, made.now, made.notes) == ((), "vtb-a,vtb-b", None, ())
    assert after_of(made, "ConfigMap")["data"] == {KEY: '{"Global": {}}'}
    turned = after_of(made, "DaemonSet")
    assert container_of(turned)["command"] == WORDS
    assert turned["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH]


def test_without_a_record_a_flag_in_args_and_a_mount_of_the_file_alone_go_too() -> None:
    mount = {"name": "cloud-config", "mountPath": PATH, "subPath": KEY}
    words = ["--v=5", f"--cloud-config={PATH}"]
    made = taken_back(wired(command=WORDS, args=words, volumeMounts=[mount]), config_map(LISTED))
    assert made.steps[1:] == (
        f"{WHERE}: args: remove --cloud-config={PATH}",
        f"{WHERE}: remove the mount at {PATH}",
        f"{WHERE}: remove volume cloud-config",
    )
    assert container_of(after_of(made, "DaemonSet"))["args"] == ["--v=5"]


KEPT = {
    "this release exits without the flag": (wired(image=V2), LISTED),
    "more stands in the text": (wired(), LISTED.replace("}}", ', "uid": "1"}}')),
    "the flag is two words": (wired(command=[*WORDS, "--cloud-config", PATH]), LISTED),
    "the flag is there twice": (
        wired(command=[*WORDS, "--cloud-config=/x", f"--cloud-config={PATH}"]),
        LISTED,
    ),
    "the flag stands in a shell command": (
        wired(command=["sh", "-c", f"/ccm --v=5 --cloud-config={PATH}"]),
        LISTED,
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_without_a_record_the_wiring_stays_where(case: str) -> None:
    workload, text = KEPT[case]
    made = taken_back(workload, config_map(text))
    assert "routeTableIDs" not in after_of(made, "ConfigMap")["data"][KEY]
    assert pod_of(after_of(made, "DaemonSet")) == pod_of(workload)
    assert made.steps[-1] == f"{WHERE}: restart the pods"


def test_without_a_record_only_the_mount_that_ccm_reads_goes_away() -> None:
    workload = wired()
    other = {"name": "cloud-config", "mountPath": "/elsewhere"}
    container_of(workload)["volumeMounts"].append(other)
    made = taken_back(workload, config_map(LISTED))
    assert container_of(after_of(made, "DaemonSet"))["volumeMounts"] == [other]
    assert made.notes == (f"left as it is: volume cloud-config is in use by {NAME}",)


def test_without_a_record_the_comments_of_yaml_are_kept_beside() -> None:
    text = "Global: {uid: '1', routeTableIDs: vtb-a} # mine\n"
    made = taken_back(wired(image=V2), config_map(text))
    data = after_of(made, "ConfigMap")["data"]
    assert json.loads(data[KEY]) == {"Global": {"uid": "1"}}
    assert data[f"{KEY}.before-kubectl-routes"] == text
    assert made.steps[1] == (
        f"ConfigMap kube-system/cloud-config: {KEY}: rewritten as JSON, the old text is kept under"
        f" {KEY}.before-kubectl-routes"
    )


@pytest.mark.parametrize(
    ("workload", "held"),
    [
        (daemon_set(), config_map(LISTED)),
        (wired(), None),
        (wired(), config_map(None)),
        (wired(), config_map("{}")),
        (wired(), config_map('{"Global": {"routeTableIDs": ""}}')),
    ],
)
def test_without_a_record_and_a_list_there_is_nothing_to_do(
    workload: Object, held: Object | None
) -> None:
    made = taken_back(workload, held)
    assert (made.changes, made.steps, made.was, made.now) == ((), (), None, None)


def test_what_disable_has_left_is_not_taken_away_too() -> None:
    workload = wired()
    deed = '[{"time": "1", "action": "disabled", "by": "me", "now": "vtb-a,vtb-b"}]'
    workload["metadata"]["annotations"][HISTORY] = deed
    made = taken_back(workload, config_map(LISTED))
    assert (made.changes, made.now) == ((), "vtb-a,vtb-b")
    # Another list than the one that it has left was set since.
    workload["metadata"]["annotations"][HISTORY] = deed.replace("vtb-a,vtb-b", "vtb-a")
    assert taken_back(workload, config_map(LISTED)).changes != ()
    workload["metadata"]["annotations"][HISTORY] = deed.replace("disabled", "enabled")
    assert taken_back(workload, config_map(LISTED)).changes != ()


def test_what_a_rollback_has_left_is_not_removed_too() -> None:
    workload = wired()
    on = '{"time": "1", "action": "enabled", "by": "me", "was": "vtb-a,vtb-b", "now": "vtb-c"}'
    undone = '{"time": "2", "action": "rolled back", "by": "me"}'
    for deeds, changes in (
        (f"[{on}, {undone}]", False),
        (f"[{undone}]", False),
        (f"[{on.replace('vtb-a,', '')}, {undone}]", True),
    ):
        workload["metadata"]["annotations"][HISTORY] = deeds
        assert bool(taken_back(workload, config_map(LISTED)).changes) is changes


def test_without_a_record_a_text_that_cannot_be_read_is_refused() -> None:
    assert refused_back(wired(), config_map("{ broken")).code == "RT102"


def test_objects_are_back_to_the_letter() -> None:
    workload, held = daemon_set(), config_map("Global: {uid: '1'} # mine")
    there = after_enable(workload, held)
    back = carried_out(taken_back(*there), *there)
    assert (own(back[0]), own(back[1])) == (own(workload), own(held))


def lose(value: Object) -> None:
    """What ``kubectl replace`` and GitOps do: the annotations are gone."""
    value["metadata"].pop("annotations")


def test_a_list_whose_record_is_lost_goes_away_by_the_record_of_the_workload() -> None:
    workload, held = after_enable(wired(), config_map('{"Global": {"uid": "1"}}'))
    lose(held)
    made = taken_back(workload, held)
    assert made.steps == (
        f"ConfigMap kube-system/cloud-config: {KEY}: remove routeTableIDs",
        f"{WHERE}: restart the pods",
    )
    assert (made.was, made.now, made.notes) == ("vtb-a,vtb-b", None, ())
    assert after_of(made, "ConfigMap")["data"] == {KEY: '{"Global": {"uid": "1"}}'}


def test_an_old_list_whose_record_is_lost_comes_back() -> None:
    workload, held = after_enable(wired(), config_map('{"Global": {"routeTableIDs": "vtb-z"}}'))
    lose(held)
    made = taken_back(workload, held)
    assert (made.was, made.now) == ("vtb-a,vtb-b", "vtb-z")
    assert made.steps[0].endswith(f"{KEY}: routeTableIDs back to 'vtb-z'")


def test_the_text_that_was_kept_comes_back_without_a_record() -> None:
    text = "Global: {uid: '1'} # mine\n"
    workload, held = after_enable(wired(), config_map(text))
    lose(held)
    made = taken_back(workload, held)
    assert after_of(made, "ConfigMap")["data"] == {KEY: text}
    assert made.steps[0].endswith(
        f"back to the text that is kept under {KEY}.before-kubectl-routes"
    )


def test_a_config_map_whose_record_is_lost_is_not_deleted() -> None:
    workload, held = after_enable(daemon_set())
    lose(held)
    made = taken_back(workload, held)
    assert json.loads(after_of(made, "ConfigMap")["data"][KEY]) == {"Global": {}}
    assert made.notes == (
        "left as it is: ConfigMap cloud-config stays, without a list: its undo record is lost, and"
        " with it whether enable had made it",
    )


@pytest.mark.parametrize("there", ["vtb-c", "vtb-a,vtb-b;touch x"])
def test_another_list_than_the_one_that_was_written_is_left_with_the_way_on(there: str) -> None:
    workload, held = after_enable(wired(), config_map("{}"))
    held["data"][KEY] = json.dumps({"Global": {"routeTableIDs": there}})
    lose(held)
    refusal = refused_back(workload, held)
    assert refusal.code == "RT110"
    assert f"routeTableIDs is '{there}', enable wrote 'vtb-a,vtb-b'" in refusal.reason
    assert refusal.hint == (
        "remove routeTableIDs with kubectl -n kube-system edit configmap/cloud-config, then run"
        " disable again"
    )


@pytest.mark.parametrize("text", [None, "{}", '{"Global": {"routeTableIDs": "vtb-z"}}'])
def test_a_list_that_is_gone_already_needs_no_record(text: str | None) -> None:
    workload, _ = after_enable(wired(), config_map('{"Global": {"routeTableIDs": "vtb-z"}}'))
    made = taken_back(workload, config_map(text))
    assert [one.kind for one in made.changes] == ["DaemonSet"]
    elsewhere = config_map(LISTED)
    elsewhere["metadata"]["name"] = "another"
    assert [one.kind for one in taken_back(workload, elsewhere).changes] == ["DaemonSet"]


def test_a_workload_that_has_lost_its_record_keeps_no_hash() -> None:
    workload, held = after_enable(wired(), config_map("{}"))
    del workload["metadata"]["annotations"][UNDO]
    made = taken_back(workload, held, restart=True)
    assert after_of(made, "ConfigMap")["data"] == {KEY: "{}"}
    turned = after_of(made, "DaemonSet")
    assert CONFIG_HASH not in turned["spec"]["template"]["metadata"]["annotations"]
    assert made.steps[-1] == f"{WHERE}: restart the pods"
    assert made.notes == (
        f"left as it is: the undo record of DaemonSet {NAME} is lost: its image {V1}, and what else"
        " enable may have changed in it",
    )


def test_the_wiring_for_a_config_map_that_was_made_goes_without_a_record_too() -> None:
    workload, held = after_enable(daemon_set())
    del workload["metadata"]["annotations"][UNDO]
    made = taken_back(workload, held)
    assert after_of(made, "DaemonSet")["spec"]["template"]["spec"]["containers"][0][
        "command"
    ] == list(WORDS)
    assert [(one.kind, one.after is None) for one in made.changes] == [
        ("DaemonSet", False),
        ("ConfigMap", True),
    ]


def test_the_wiring_that_this_release_needs_stays_without_a_record() -> None:
    workload, held = after_enable(daemon_set(image=V2))
    del workload["metadata"]["annotations"][UNDO]
    made = taken_back(workload, held)
    assert json.loads(after_of(made, "ConfigMap")["data"][KEY]) == {"Global": {}}
    assert pod_of(after_of(made, "DaemonSet")) == pod_of(workload)


def test_a_list_that_cannot_be_changed_is_left_with_the_way_on() -> None:
    workload, held = after_enable(wired(), config_map("{}"))
    held["immutable"] = True
    refusal = refused_back(workload, held)
    assert refusal.code == "RT110"
    assert refusal.reason == (
        "ConfigMap kube-system/cloud-config is immutable: its list cannot be changed"
    )
    assert "kubectl -n kube-system get configmap/cloud-config -o yaml" in refusal.hint
    # One that enable has made is deleted, which an immutable one allows.
    workload, held = after_enable(daemon_set())
    held["immutable"] = True
    assert after_of_all(taken_back(workload, held))["ConfigMap"] is None
    # Only its annotation goes: the list is what it was.
    workload, held = after_enable(wired(), config_map("{}"))
    held["data"].pop(KEY)
    held["immutable"] = True
    assert taken_back(workload, held).change("ConfigMap") is not None


def after_of_all(made: Plan) -> dict[str, Object | None]:
    return {one.kind: one.after for one in made.changes}


@pytest.mark.parametrize("kind", ["hostPath", "secret", "flexVolume"])
def test_a_list_that_is_never_read_is_unknown_and_not_absent(kind: str) -> None:
    workload = wired()
    pod_of(workload)["volumes"] = [
        {"name": "cloud-config", kind: {"path": "/x", "secretName": "s"}}
    ]
    refusal = refused_back(workload, config_map(LISTED))
    assert refusal.code == "RT110"
    assert refusal.reason.endswith("which is never read: whether it holds a list is not known")
    manifests = Manifests(wired(), config_map(LISTED))
    unread = structs.replace(read(manifests), cloud_config=None)
    made = plan_back(unread, manifests)
    assert isinstance(made, Refusal)
    assert made.code == "RT901"
    made = plan_back(unread, manifests, list_only=True)
    assert isinstance(made, Refusal)


def test_the_list_alone_goes_away_and_everything_else_stays() -> None:
    workload, held = after_enable(daemon_set(image=V2))
    manifests = Manifests(workload, held)
    made = plan_back(read(manifests), manifests, list_only=True)
    assert isinstance(made, Plan)
    assert made.steps == (
        f"ConfigMap kube-system/cloud-config: {KEY}: remove routeTableIDs",
        f"{WHERE}: restart the pods",
    )
    there = carried_out(made, workload, held)
    assert pod_of(there[0]) == pod_of(workload)
    assert UNDO not in there[0]["metadata"]["annotations"]
    manifests = Manifests(*there)
    again = plan_back(read(manifests), manifests, list_only=True)
    assert isinstance(again, Plan)
    assert again.changes == ()
