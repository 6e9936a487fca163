"""The plan of enable, from the document's own cluster to the odd ones."""

from __future__ import annotations

import json
import re
from copy import deepcopy

import pytest
from msgspec import structs

from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.plan import Change, Manifests, Plan
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ItemUndo,
    ListChange,
    ListUndo,
    MountUndo,
    ProbeUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan.annotations import encoded, record_in, restart
from kubectl_routes.plan.cloud_config_edit import fresh
from kubectl_routes.plan.planner import merged, plan, unplanned
from tests.plan.world import (
    KEY,
    NAME,
    PATH,
    REGISTRY,
    SEED_TAG,
    TABLES,
    V2,
    Object,
    after_of,
    carried_out,
    change_of,
    config_map,
    container_of,
    daemon_set,
    own,
    plan_of,
    pod_of,
    read,
    refused,
    running,
    seed,
    taken_back,
    wired,
)

LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'
DEAD = "kubectl.kubernetes.io/last-applied-configuration"

WHERE = f"DaemonSet kube-system/{NAME}"


def before_the_document() -> Object:
    """The attachment's DaemonSet without the five edits."""
    workload = seed()[1]
    workload["metadata"] |= {"uid": "u-1", "resourceVersion": "7"}
    container = container_of(workload)
    container["image"] = f"{REGISTRY}:v1.9.3.59-ge3bc999-aliyun"
    container["command"].remove(f"--cloud-config={PATH}")
    container["volumeMounts"] = container["volumeMounts"][:-1]
    container["volumeMounts"][0]["readOnly"] = True
    pod_of(workload)["volumes"] = pod_of(workload)["volumes"][:-1]
    return workload


def without_records(workload: Object) -> Object:
    """The object without the project's own annotations."""
    shown = deepcopy(workload)
    for owner in (shown, shown["spec"]["template"]):
        annotations = owner["metadata"].get("annotations", {})
        for name in [one for one in annotations if one.startswith("kubectl-routes/")]:
            del annotations[name]
    for field in ("uid", "resourceVersion"):
        shown["metadata"].pop(field)
    shown["metadata"].pop("annotations")
    return shown


def test_the_document_is_carried_out_to_the_letter() -> None:
    workload = before_the_document()
    made = plan_of(workload, version=SEED_TAG)
    listed, turned = seed()
    assert without_records(after_of(made, "DaemonSet")) == turned
    changed = after_of(made, "ConfigMap")
    assert (changed["apiVersion"], changed["kind"]) == ("v1", "ConfigMap")
    assert changed["metadata"]["name"] == listed["metadata"]["name"]
    assert changed["data"] == {
        KEY: '{\n    "Global": {\n        "routeTableIDs": "vtb-a,vtb-b"\n    }\n}'
    }
    where = f"DaemonSet kube-system/{NAME}"
    assert made.steps == (
        f"ConfigMap kube-system/cloud-config: create it; {KEY}: routeTableIDs 'vtb-a,vtb-b'",
        f"{where}: volume cloud-config: ConfigMap cloud-config, key {KEY}",
        f"{where}: mount cloud-config at /etc/kubernetes/config",
        f"{where}: mount at /etc/kubernetes/: no longer readOnly",
        f"{where}: command: --cloud-config={PATH}",
        f"{where}: image {REGISTRY}:v1.9.3.59-ge3bc999-aliyun -> {REGISTRY}:{SEED_TAG}",
        f"{where}: rolling restart to load the new list",
    )
    back = carried_out(
        taken_back(*carried_out(made, workload, None)), *carried_out(made, workload, None)
    )
    assert (own(back[0]), back[1]) == (own(workload), None)


def test_the_record_of_the_document_holds_all_that_was_changed() -> None:
    made = plan_of(before_the_document(), version=SEED_TAG)
    change = change_of(made, "DaemonSet")
    hashed = after_of(made, "DaemonSet")["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH]
    assert change.undo == WorkloadUndo(
        container=NAME,
        config_map=f"cloud-config/{KEY}",
        tables=ValueChange(None, "vtb-a,vtb-b"),
        image=ValueChange(f"{REGISTRY}:v1.9.3.59-ge3bc999-aliyun", f"{REGISTRY}:{SEED_TAG}"),
        flag=FlagUndo("command", f"--cloud-config={PATH}"),
        volume="cloud-config",
        mount="/etc/kubernetes/config",
        writable=MountUndo("/etc/kubernetes/", {"readOnly": True}),
        hash=ValueChange(None, hashed),
    )
    assert change_of(made, "ConfigMap").undo == ConfigMapUndo(KEY, created=True)


def test_the_documents_own_mistake_is_rewritten_and_kept_beside() -> None:
    listed, turned = seed()
    made = plan_of(turned, listed)
    data = after_of(made, "ConfigMap")["data"]
    assert json.loads(data[KEY]) == {"Global": {"routeTableIDs": "vtb-a,vtb-b"}}
    assert data[f"{KEY}.before-kubectl-routes"] == listed["data"][KEY]
    assert made.notes[-1] == (
        "ConfigMap cloud-config is rewritten as JSON, which every CCM reads alike; the old text,"
        f" comments and all, is kept beside it under {KEY}.before-kubectl-routes"
    )
    assert (made.was, made.now) == ("${ROUTE_TABLES_IDS}", "vtb-a,vtb-b")


@pytest.mark.parametrize(
    "text",
    [LISTED, '{"global": {"ROUTETABLEIDS": "vtb-b,vtb-a", "uid": "1"}}'],
)
def test_a_list_that_ccm_reads_as_wanted_is_left_alone(text: str) -> None:
    made = plan_of(running(wired()), config_map(text))
    assert (made.changes, made.steps, made.tables) == ((), (), TABLES)


def test_a_list_that_only_ccm_can_tell_is_left_alone_too() -> None:
    text = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}, "global": {"uid": "1"}}'
    made = plan_of(wired(), config_map(text))
    assert (made.changes, made.was, made.now) == ((), None, None)
    assert refused(wired(), config_map(text), ("vtb-c",)).code == "RT102"


def test_wiring_that_is_missing_is_made_although_the_list_is_right() -> None:
    made = plan_of(daemon_set(), config_map(LISTED))
    assert [one.kind for one in made.changes] == ["DaemonSet"]
    assert len(made.steps) > 1
    assert not made.rolling


def test_pods_that_are_being_made_anew_already_are_told() -> None:
    manifests = Manifests(running(wired()), config_map(LISTED))
    made = plan(read(manifests), manifests, TABLES, rolling=True)
    assert isinstance(made, Plan)
    assert made.rolling


def test_yaml_is_good_enough_for_a_ccm_that_reads_it() -> None:
    text = "Global: {routeTableIDs: 'vtb-a,vtb-b'}"
    assert plan_of(wired(image=V2), config_map(text)).changes == ()
    assert plan_of(wired(), config_map(text)).changes != ()


@pytest.mark.parametrize("ids", ["vtb-a, vtb-b", "vtb-a,vtb-b,", "vtb-a,vtb-b,vtb-a", "vtb-a"])
def test_a_list_with_a_fault_is_written_anew(ids: str) -> None:
    made = plan_of(wired(image=V2), config_map(LISTED.replace("vtb-a,vtb-b", ids)))
    assert after_of(made, "ConfigMap")["data"] == {KEY: LISTED}
    assert made.steps[0] == (
        f"ConfigMap kube-system/cloud-config: {KEY}: routeTableIDs {ids!r} -> 'vtb-a,vtb-b'"
    )
    undo = ListUndo(ListChange.REPLACED, json.dumps(ids), ids)
    assert change_of(made, "ConfigMap").undo == ConfigMapUndo(
        KEY, text=undo, absent=("annotations",)
    )


@pytest.mark.parametrize("annotations", [None, {}, {"x": "y"}])
@pytest.mark.parametrize("data", [None, {}, {"x": "y"}])
def test_the_record_of_a_config_map_names_the_mappings_that_it_did_not_have(
    annotations: Object | None, data: Object | None
) -> None:
    held = config_map(None)
    del held["data"]
    absent: tuple[str, ...] = ()
    if data is None:
        absent = ("data",)
    else:
        held["data"] = data
    if annotations is None:
        absent = (*absent, "annotations")
    else:
        held["metadata"]["annotations"] = annotations
    undo = ConfigMapUndo(KEY, key_added=True, absent=absent)
    after = deepcopy(held)
    after["data"] = {**(data or {}), KEY: fresh("vtb-a,vtb-b")}
    after["metadata"]["annotations"] = {**(annotations or {}), UNDO: encoded(undo)}
    assert change_of(plan_of(wired(), held), "ConfigMap") == Change(
        "ConfigMap", "kube-system", "cloud-config", held, after, undo
    )


def test_a_record_of_another_key_is_not_that_of_this_one() -> None:
    held = config_map("{}")
    held["metadata"]["annotations"] = {UNDO: encoded(ConfigMapUndo("other", created=True))}
    after = after_of(plan_of(wired(), held), "ConfigMap")
    record = record_in(after, ConfigMapUndo)
    assert record == ConfigMapUndo(KEY, text=ListUndo(ListChange.SECTION))


def test_other_keys_of_the_config_map_and_of_its_text_stay() -> None:
    text = '{"Global": {"accessKeyID": "x", "vpcid": "v"}, "more": [1]}'
    held = config_map(text)
    held["data"]["other"] = "y"
    data = after_of(plan_of(daemon_set(), held), "ConfigMap")["data"]
    assert data == {
        KEY: '{"Global": {"accessKeyID": "x", "vpcid": "v", "routeTableIDs": "vtb-a,vtb-b"},'
        ' "more": [1]}',
        "other": "y",
    }


def test_a_missing_key_is_added() -> None:
    for held in (config_map(None, data={"x": "y"}), config_map(None)):
        made = plan_of(wired(), held)
        assert change_of(made, "ConfigMap").undo == ConfigMapUndo(
            KEY, key_added=True, absent=("annotations",)
        )
        assert after_of(made, "ConfigMap")["data"].items() >= held["data"].items()


def test_a_text_that_cannot_be_edited_is_refused_with_place_and_way_out() -> None:
    refusal = refused(wired(), config_map('{"Global": {"uid": "1",, }}'))
    assert (refusal.code, refusal.reason, refusal.hint) == (
        "RT102",
        f"ConfigMap cloud-config, key {KEY} cannot be edited: it is neither JSON nor YAML at"
        " line 1, column 24: expected the node content, but found ','",
        "correct it with kubectl -n kube-system edit configmap/cloud-config, and run enable again",
    )


def test_a_text_that_ccm_would_refuse_even_with_the_list_is_refused() -> None:
    refusal = refused(wired(), config_map('{"Global": {"uid": 5}}'))
    assert refusal.reason == (
        f"ConfigMap cloud-config, key {KEY} cannot be edited: with the list CCM would refuse it:"
        " Global.uid must be a string, not a number"
    )


def test_binary_data_and_an_immutable_config_map_are_refused() -> None:
    binary = config_map(None, binaryData={KEY: "AAAA"})
    assert refused(wired(), binary).reason == (
        f"key {KEY} of ConfigMap cloud-config is binary data"
    )
    assert refused(wired(), config_map("{}", immutable=True)).reason == (
        "ConfigMap cloud-config is immutable"
    )
    assert plan_of(wired(), config_map(LISTED, immutable=True)).changes == ()


def test_a_backup_key_that_is_taken_is_left_alone() -> None:
    held = config_map("Global: {uid: '1'}")
    held["data"][f"{KEY}.before-kubectl-routes"] = "mine"
    data = after_of(plan_of(wired(), held), "ConfigMap")["data"]
    assert data[f"{KEY}.before-kubectl-routes"] == "mine"
    assert data[f"{KEY}.before-kubectl-routes-2"] == "Global: {uid: '1'}"


def test_a_second_enable_keeps_the_record_that_leads_back_furthest() -> None:
    workload, held = wired(), config_map('{"Global": {"routeTableIDs": "vtb-z"}}')
    there = carried_out(plan_of(workload, held), workload, held)
    made = plan_of(*there, ("vtb-c",))
    record = after_of(made, "ConfigMap")["metadata"]["annotations"][UNDO]
    assert json.loads(record)["text"] == {"change": "replaced", "was": '"vtb-z"', "tables": "vtb-z"}
    on_workload = json.loads(after_of(made, "DaemonSet")["metadata"]["annotations"][UNDO])
    assert on_workload["tables"] == {"was": "vtb-z", "now": "vtb-c"}
    assert "was" not in on_workload["hash"] or on_workload["hash"]["was"] is None


def test_enable_twice_has_nothing_to_do_the_second_time() -> None:
    there = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
    assert plan_of(*there).changes == ()
    # Another client has restored the old list, and CCM has not seen it yet.
    workload, held = there
    assert held is not None
    held["data"][KEY] = LISTED.replace("vtb-a,vtb-b", "vtb-c")
    assert [one.kind for one in plan_of(workload, held, ("vtb-c",)).changes] == ["DaemonSet"]


FIRST = WorkloadUndo(
    NAME,
    "a/b",
    ValueChange("t-0", "t-1"),
    ValueChange("i-0", "i-1"),
    FlagUndo("args", "--first"),
    "v-1",
    ItemUndo("v-1", "k"),
    "/m-1",
    MountUndo("/p-1", {"readOnly": True}),
    ValueChange("h-0", "h-1"),
    ("args", "volumes"),
)
NEITHER = WorkloadUndo(NAME, "c/d", ValueChange("t-1", "t-2"))


def test_of_two_records_the_first_leads_back_where_the_second_tells_nothing() -> None:
    expected = structs.replace(FIRST, config_map="c/d", tables=ValueChange("t-0", "t-2"))
    assert merged(FIRST, NEITHER) == expected
    assert merged(structs.replace(NEITHER, tables=ValueChange("t-0", "t-1")), FIRST) == FIRST


def test_of_two_records_the_second_decides_where_both_tell() -> None:
    then = WorkloadUndo(
        "other",
        "c/d",
        ValueChange("t-1", "t-2"),
        ValueChange("i-1", "i-2"),
        FlagUndo("command", "--then"),
        "v-2",
        ItemUndo("v-2", "k"),
        "/m-2",
        MountUndo("/p-2", {"readOnly": True}),
        ValueChange("another client's", "h-2"),
        ("volumes", "command"),
    )
    assert merged(FIRST, then) == structs.replace(
        then,
        tables=ValueChange("t-0", "t-2"),
        image=ValueChange("i-0", "i-2"),
        absent=("args", "volumes", "command"),
    )


def test_pods_are_made_anew_each_time() -> None:
    workload = daemon_set()
    del workload["spec"]["template"]["metadata"]
    hashes = []
    for _ in range(3):
        restart(workload, "why")
        hashes.append(workload["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH])
    assert hashes == [hashes[0], f"{hashes[0]}-again", hashes[0]]


def test_yaml_that_others_have_written_in_between_is_kept_beside_too() -> None:
    workload, held = wired(), config_map('{"Global": {}}')
    workload, held2 = carried_out(plan_of(workload, held), workload, held)
    assert held2 is not None
    held2["data"][KEY] = "Global: {uid: '1'} # theirs"
    there = carried_out(plan_of(workload, held2), workload, held2)
    back = carried_out(taken_back(*there), *there)
    assert back[1] is not None
    assert back[1]["data"] == {KEY: "Global: {uid: '1'} # theirs"}


def test_another_list_makes_new_pods_by_another_hash() -> None:
    def hash_of(made: Plan) -> str:
        template = after_of(made, "DaemonSet")["spec"]["template"]
        return str(template["metadata"]["annotations"][CONFIG_HASH])

    first = plan_of(wired(), config_map("{}"))
    other = plan_of(wired(), config_map("{}"), ("vtb-b",))
    assert hash_of(first) != hash_of(other)
    assert hash_of(first) == hash_of(plan_of(wired(), config_map('{"x": "secret"}')))


def test_pods_that_run_with_another_list_are_made_anew_although_the_list_is_right() -> None:
    workload, held = wired(), config_map("{}")
    there = carried_out(plan_of(workload, held), workload, held)
    manifests = Manifests(*there)
    hashes = []
    for _ in range(2):
        made = plan(read(manifests), manifests, TABLES, restart=True)
        assert isinstance(made, Plan)
        assert [change.kind for change in made.changes] == ["DaemonSet"]
        after = after_of(made, "DaemonSet")
        hashes.append(after["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH])
        manifests = structs.replace(manifests, workload=after)
    assert hashes[0] == f"{hashes[1]}-again"


def test_an_enable_that_was_killed_between_its_writes_is_finished() -> None:
    workload, held = wired(), config_map("{}")
    listed = after_of(plan_of(workload, held), "ConfigMap")
    made = plan_of(workload, listed)
    assert [change.kind for change in made.changes] == ["DaemonSet"]
    assert made.steps == (f"DaemonSet kube-system/{NAME}: rolling restart to load the new list",)


FILE = CloudConfig(ConfigSourceKind.HOST_PATH, path="/etc/ccm.conf")


@pytest.mark.parametrize(
    ("owner", "config", "shown"),
    [
        ("Node m1", FILE, ("into /etc/ccm.conf; then move", "/etc/kubernetes/manifests")),
        ("Node m1", None, ("write a cloud-config with", "--cloud-config")),
        ("CloneSet ccm", FILE, ("owner: CloneSet ccm", "then replace the pod")),
        ("", FILE, ("owner: ?",)),
    ],
)
def test_a_ccm_that_no_workload_manages_is_changed_by_hand(
    owner: str, config: CloudConfig | None, shown: tuple[str, ...]
) -> None:
    pods = Controller(
        ControllerKind.BARE_POD, "kube-system", "ccm", owner=owner, cloud_config=config
    )
    refusal = unplanned(pods, ("vtb-a", "vtb-b"))
    assert refusal.code == "RT110"
    assert all(part in refusal.hint for part in ('"routeTableIDs": "vtb-a,vtb-b"', *shown))


def test_objects_of_kubectl_apply_are_pointed_out() -> None:
    workload, held = daemon_set(), config_map("{}")
    for value in (workload, held):
        value["metadata"]["annotations"] = {DEAD: "{}"}
    told = (
        " was made with kubectl apply: applying its old manifest again would revert this, so put"
        " the change into the manifest too"
    )
    assert plan_of(workload, held).notes == (
        f"ConfigMap cloud-config{told}",
        f"DaemonSet {NAME}{told}",
    )
    assert plan_of(workload, None).notes == (f"DaemonSet {NAME}{told}",)


MOVED = "v1.9.3.380-gd6d0962-aliyun"


@pytest.mark.parametrize("action", ["httpGet", "tcpSocket"])
def test_a_probe_of_the_old_port_moves_with_the_image_and_back(action: str) -> None:
    workload = daemon_set(livenessProbe={action: {"port": 10253}})
    made = plan_of(workload, version=MOVED)
    assert f"{WHERE}: livenessProbe: port 10253 -> 10258" in made.steps
    there = carried_out(made, workload, None)
    assert container_of(there[0])["livenessProbe"] == {action: {"port": 10258}}
    back = taken_back(*there)
    assert f"{WHERE}: livenessProbe: port back to 10253" in back.steps
    assert own(carried_out(back, *there)[0]) == own(workload)


def test_a_probe_that_others_have_changed_since_is_left() -> None:
    workload = daemon_set(livenessProbe={"httpGet": {"port": 10253}})
    there = carried_out(plan_of(workload, version=MOVED), workload, None)
    container_of(there[0])["livenessProbe"]["httpGet"]["port"] = 10259
    back = taken_back(*there)
    assert "left as it is: livenessProbe no longer uses port 10258, and is kept" in back.notes


@pytest.mark.parametrize("port", [10258, 8080, "healthz"])
def test_a_probe_of_another_port_stays(port: int | str) -> None:
    made = plan_of(daemon_set(livenessProbe={"httpGet": {"port": port}}), version=MOVED)
    assert made.image == f"{REGISTRY}:{MOVED}"
    assert not any("livenessProbe" in step for step in made.steps)


def test_a_second_move_of_a_probe_leads_back_to_the_first_port() -> None:
    first = WorkloadUndo(
        "c", "a/b", ValueChange(None, "x"), probes=(ProbeUndo("p", "httpGet", 1, 2),)
    )
    then = WorkloadUndo(
        "c", "a/b", ValueChange("x", "y"), probes=(ProbeUndo("p", "httpGet", 2, 3),)
    )
    assert merged(first, then).probes == (ProbeUndo("p", "httpGet", 1, 3),)


def test_all_that_stands_in_the_way_of_a_plan_is_known_at_once() -> None:
    workload = wired(image=f"{REGISTRY}:v2.9.1")
    pod_of(workload)["volumes"] = [{"name": "cloud-config", "secret": {"secretName": "s"}}]
    refusal = refused(workload, version="v1.9.3.380-gd6d0962-aliyun")
    assert [refusal.code, *(one.code for one in refusal.more)] == ["RT113", "RT110"]


def test_a_template_without_metadata_gets_it() -> None:
    workload = daemon_set()
    del workload["spec"]["template"]["metadata"]
    made = plan_of(workload)
    template = after_of(made, "DaemonSet")["spec"]["template"]
    assert list(template["metadata"]["annotations"]) == [CONFIG_HASH]
    undo = change_of(made, "DaemonSet").undo
    assert isinstance(undo, WorkloadUndo)
    assert undo.absent[-2:] == ("annotations", "metadata")
    there = carried_out(made, workload, None)
    assert own(carried_out(taken_back(*there), *there)[0]) == own(workload)


def test_the_record_of_a_second_change_tells_the_hash_before() -> None:
    there = carried_out(plan_of(wired(), config_map("{}")), wired(), config_map("{}"))
    undo = change_of(plan_of(*there, ("vtb-c",)), "DaemonSet").undo
    assert isinstance(undo, WorkloadUndo)
    assert undo.hash is not None
    first = there[0]["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH]
    assert re.fullmatch("[0-9a-f]{16}", first)
    assert undo.hash.was == first


def test_a_controller_whose_configuration_nobody_has_read_is_taken_to_have_none() -> None:
    controller = Controller(
        kind=ControllerKind.DAEMON_SET, namespace="kube-system", name=NAME, container=NAME
    )
    made = plan(controller, Manifests(daemon_set(), None), TABLES)
    assert isinstance(made, Plan)
    assert made.steps[-2].endswith(f"command: --cloud-config={PATH}")
