"""The plan of enable, from the document's own cluster to the odd ones.

golden/enable.txt shows each case: steps, notes, and what changes in the objects, records included.
"""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
)
from kubectl_routes.model.plan import Manifests, Plan
from kubectl_routes.model.undo import (
    CONFIG_HASH,
    UNDO,
    ConfigMapUndo,
    FlagUndo,
    ItemUndo,
    MountUndo,
    ProbeUndo,
    ValueChange,
    WorkloadUndo,
)
from kubectl_routes.plan.annotations import encoded, hash_of, restart
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
    compare,
    config_map,
    container_of,
    daemon_set,
    enabled,
    own,
    plan_of,
    pod_of,
    read,
    running,
    seed,
    shown,
    taken_back,
    wired,
)

LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'
MOVED = "v1.9.3.380-gd6d0962-aliyun"
APPLIED = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}


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
    metadata = {"name": workload["metadata"]["name"], "namespace": "kube-system"}
    shown = deepcopy({**workload, "metadata": {**workload["metadata"], **metadata}})
    for owner in (shown, shown["spec"]["template"]):
        annotations = owner["metadata"].get("annotations", {})
        for name in [one for one in annotations if one.startswith("kubectl-routes/")]:
            del annotations[name]
    for field in ("uid", "resourceVersion"):
        shown["metadata"].pop(field)
    shown["metadata"].pop("annotations")
    return shown


def annotated(value: Object, **annotations: str) -> Object:
    value["metadata"]["annotations"] = annotations
    return value


def bare(annotations: Object | None, data: Object | None) -> Object:
    """A ConfigMap without the key of cloud-config, and perhaps without mappings."""
    held = config_map(None)
    del held["data"]
    if data is not None:
        held["data"] = data
    if annotations is not None:
        held["metadata"]["annotations"] = annotations
    return held


def after_enable(text: str, tables: tuple[str, ...] = TABLES) -> tuple[Object, Object | None]:
    return carried_out(plan_of(wired(), config_map(text), tables), wired(), config_map(text))


def half_done() -> tuple[Object, Object | None]:
    """An enable that was killed between its writes."""
    return wired(), after_enable("{}")[1]


def probed(**probe: Any) -> tuple[Any, ...]:
    return wired(livenessProbe=probe), config_map(LISTED), TABLES, MOVED


def without_metadata() -> Object:
    workload = daemon_set()
    del workload["spec"]["template"]["metadata"]
    return workload


BACKED_UP = config_map(None, data={KEY: "Global: {uid: '1'}", f"{KEY}.before-kubectl-routes": "x"})
SECRET = [{"name": "cloud-config", "secret": {"secretName": "s"}}]
# Workload and ConfigMap, and where they are others the tables and the version that were asked for.
CASES: dict[str, tuple[Any, ...]] = {
    "the document": (before_the_document(), None, TABLES, SEED_TAG),
    "the document's own mistake": tuple(reversed(seed())),
    "the list is right": (running(wired()), config_map(LISTED)),
    "the list is right, in another order and other letters": (
        wired(), config_map('{"global": {"ROUTETABLEIDS": "vtb-b,vtb-a", "uid": "1"}}')
    ),
    "a list that only CCM can find is right": (
        wired(), config_map(LISTED.replace("}}", '}, "global": {"uid": "1"}}'))
    ),
    "a list that only CCM can find is another": (
        wired(), config_map(LISTED.replace("}}", '}, "global": {"uid": "1"}}')), ("vtb-c",)
    ),
    "the list is right, the wiring is missing": (daemon_set(), config_map(LISTED)),
    "YAML for a CCM that reads it": (
        wired(image=V2), config_map("Global: {routeTableIDs: 'vtb-a,vtb-b'}")
    ),
    "YAML for a CCM that does not": (
        wired(), config_map("Global: {routeTableIDs: 'vtb-a,vtb-b'} # mine")
    ),
    **{
        f"a list with a fault, {ids!r}": (
            wired(image=V2), config_map(LISTED.replace("vtb-a,vtb-b", ids))
        )
        for ids in ("vtb-a, vtb-b", "vtb-a,vtb-b,", "vtb-a,vtb-b,vtb-a", "vtb-a")
    },
    **{
        f"no key; annotations: {annotations}, data: {data}": (wired(), bare(annotations, data))
        for annotations, data in product((None, {}, {"x": "y"}), repeat=2)
    },
    "the record of another key": (
        wired(),
        annotated(config_map("{}"), **{UNDO: encoded(ConfigMapUndo("other", created=True))}),
    ),
    "other keys": (
        daemon_set(),
        config_map(
            None,
            data={KEY: '{"Global": {"accessKeyID": "x", "vpcid": "v"}, "z": [1]}', "other": "y"},
        ),
    ),
    "neither JSON nor YAML": (wired(), config_map('{"Global": {"uid": "1",, }}')),
    "what CCM would refuse even with the list": (wired(), config_map('{"Global": {"uid": 5}}')),
    "binary data": (wired(), config_map(None, binaryData={KEY: "AAAA"})),
    "an immutable ConfigMap": (wired(), config_map("{}", immutable=True)),
    "an immutable ConfigMap whose list is right": (wired(), config_map(LISTED, immutable=True)),
    "a key for the old text that is taken": (wired(), BACKED_UP),
    "enable twice": after_enable("{}"),
    "another list behind the first": (*after_enable(LISTED.replace("-a", "-z")), ("vtb-c",)),
    "an old list that CCM has not seen yet": (
        after_enable("{}")[0], config_map(LISTED.replace("vtb-a,vtb-b", "vtb-c")), ("vtb-c",)
    ),
    "killed between the writes": half_done(),
    "objects of kubectl apply": (
        annotated(wired(), **APPLIED), annotated(config_map("{}"), **APPLIED)
    ),
    "a workload of kubectl apply": (annotated(wired(), **APPLIED), None),
    "a probe of the old port": probed(httpGet={"port": 10253}),
    "a probe of the old port, tcpSocket": probed(tcpSocket={"port": 10253}),
    "a probe of the new port": probed(httpGet={"port": 10258}),
    "a probe of another port": probed(httpGet={"port": 8080}),
    "a probe of a named port": probed(httpGet={"port": "healthz"}),
    "all that stands in the way": (
        wired(image=f"{REGISTRY}:v2.9.1", volumes=SECRET), None, TABLES, MOVED
    ),
    "a template without metadata": (without_metadata(), None),
}  # fmt: skip


def test_what_enable_writes(request: pytest.FixtureRequest) -> None:
    compare(request, "enable", ((name, shown(enabled(*case))) for name, case in CASES.items()))


def test_the_document_is_carried_out_to_the_letter() -> None:
    made = plan_of(before_the_document(), version=SEED_TAG)
    listed, turned = seed()
    assert without_records(after_of(made, "DaemonSet")) == turned
    assert after_of(made, "ConfigMap")["metadata"]["name"] == listed["metadata"]["name"]


@pytest.mark.parametrize(
    "case",
    ["the document", "a probe of the old port, tcpSocket", "a template without metadata"],
)
def test_disable_leads_back_to_what_was_there(case: str) -> None:
    workload, held, *more = CASES[case]
    there = carried_out(plan_of(workload, held, *more), workload, held)
    back = carried_out(taken_back(*there), *there)
    assert (own(back[0]), back[1]) == (own(workload), held)


def test_pods_that_are_being_replaced_already_are_noted() -> None:
    manifests = Manifests(running(wired()), config_map(LISTED))
    made = plan(read(manifests), manifests, TABLES, rolling=True)
    assert isinstance(made, Plan)
    assert made.rolling
    assert not plan_of(wired(), config_map(LISTED)).rolling


def record(number: int) -> WorkloadUndo:
    """The record of the first or the second change of every piece."""
    before = number - 1
    return WorkloadUndo(
        container=f"c-{number}",
        config_map=f"a/{number}",
        tables=ValueChange(f"t-{before}", f"t-{number}"),
        image=ValueChange(f"i-{before}", f"i-{number}"),
        flag=FlagUndo("args", f"--{number}"),
        volume=f"v-{number}",
        item=ItemUndo(f"v-{number}", "k"),
        mount=f"/m-{number}",
        writable=MountUndo(f"/p-{number}", {"readOnly": True}),
        hash=ValueChange(f"h-{before}", f"h-{number}"),
        absent=("volumes", f"x-{number}"),
        probes=(ProbeUndo("p", "httpGet", before, number),),
    )


FIRST, THEN = record(1), record(2)
NEITHER = WorkloadUndo("c-2", "a/2", THEN.tables)


def test_of_two_records_the_first_leads_back_where_the_second_has_nothing() -> None:
    assert merged(FIRST, NEITHER) == structs.replace(
        FIRST, container="c-2", config_map="a/2", tables=ValueChange("t-0", "t-2")
    )
    nothing = structs.replace(NEITHER, tables=ValueChange("t-0", "t-1"))
    assert merged(nothing, THEN) == structs.replace(THEN, tables=ValueChange("t-0", "t-2"))


def test_of_two_records_the_second_decides_where_both_have_a_piece() -> None:
    assert merged(FIRST, THEN) == structs.replace(
        THEN,
        tables=ValueChange("t-0", "t-2"),
        image=ValueChange("i-0", "i-2"),
        hash=ValueChange("h-0", "h-2"),
        absent=("volumes", "x-1", "x-2"),
        probes=(ProbeUndo("p", "httpGet", 0, 2),),
    )
    theirs = ValueChange("another client's", "h-2")
    assert merged(FIRST, structs.replace(THEN, hash=theirs)).hash == theirs


def test_pods_are_replaced_each_time() -> None:
    workload = without_metadata()
    hashes = []
    for _ in range(3):
        restart(workload, "why")
        hashes.append(hash_of(workload["spec"]["template"]))
    assert hashes == [hashes[0], f"{hashes[0]}-again", hashes[0]]


def hash_in(made: Plan) -> str:
    found = after_of(made, "DaemonSet")["spec"]["template"]["metadata"]["annotations"][CONFIG_HASH]
    assert re.fullmatch("[0-9a-f]{16}(-again)?", found)
    return str(found)


def test_another_list_makes_new_pods_by_another_hash() -> None:
    first = plan_of(wired(), config_map("{}"))
    other = plan_of(wired(), config_map("{}"), ("vtb-b",))
    assert hash_in(first) != hash_in(other)
    assert hash_in(first) == hash_in(plan_of(wired(), config_map('{"x": "secret"}')))


def test_pods_that_run_with_another_list_are_replaced_although_the_list_is_right() -> None:
    manifests = Manifests(*after_enable("{}"))
    hashes = []
    for _ in range(2):
        made = plan(read(manifests), manifests, TABLES, restart=True)
        assert isinstance(made, Plan)
        assert [change.kind for change in made.changes] == ["DaemonSet"]
        hashes.append(hash_in(made))
        manifests = structs.replace(manifests, workload=after_of(made, "DaemonSet"))
    assert hashes[0] == f"{hashes[1]}-again"


def test_yaml_that_others_have_written_in_between_is_kept_beside_too() -> None:
    workload, held = after_enable('{"Global": {}}')
    assert held is not None
    held["data"][KEY] = "Global: {uid: '1'} # theirs"
    there = carried_out(plan_of(workload, held), workload, held)
    back = carried_out(taken_back(*there), *there)
    assert back[1] is not None
    assert back[1]["data"] == {KEY: "Global: {uid: '1'} # theirs"}


def test_a_probe_that_others_have_changed_since_is_left() -> None:
    workload = daemon_set(livenessProbe={"httpGet": {"port": 10253}})
    there = carried_out(plan_of(workload, version=MOVED), workload, None)
    container_of(there[0])["livenessProbe"]["httpGet"]["port"] = 10259
    back = taken_back(*there)
    assert "left as it is: livenessProbe no longer uses port 10258, and is kept" in back.notes


FILE = CloudConfig(ConfigSourceKind.HOST_PATH, path="/etc/ccm.conf")


@pytest.mark.parametrize(
    ("owner", "config", "parts"),
    [
        ("Node m1", FILE, ("into /etc/ccm.conf; then move", "/etc/kubernetes/manifests")),
        ("Node m1", None, ("write a cloud-config with", "--cloud-config")),
        ("CloneSet ccm", FILE, ("owner: CloneSet ccm", "then replace the pod")),
        ("", FILE, ("owner: ?",)),
    ],
)
def test_a_ccm_that_no_workload_manages_is_changed_by_hand(
    owner: str, config: CloudConfig | None, parts: tuple[str, ...]
) -> None:
    pods = Controller(
        ControllerKind.BARE_POD, "kube-system", "ccm", owner=owner, cloud_config=config
    )
    refusal = unplanned(pods, ("vtb-a", "vtb-b"))
    assert refusal.code == "RT110"
    assert all(part in refusal.hint for part in ('"routeTableIDs": "vtb-a,vtb-b"', *parts))


def test_a_controller_whose_configuration_was_not_read_is_taken_to_have_none() -> None:
    controller = Controller(
        kind=ControllerKind.DAEMON_SET, namespace="kube-system", name=NAME, container=NAME
    )
    made = plan(controller, Manifests(daemon_set(), None), TABLES)
    assert isinstance(made, Plan)
    assert made.steps[-2].endswith(f"command: --cloud-config={PATH}")
