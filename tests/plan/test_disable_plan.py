"""The plan of disable: by the records, or without any.

golden/disable.txt shows each case: steps, notes, and what changes in the objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.model.plan import Manifests, Plan, Refusal
from kubectl_routes.model.undo import HISTORY, UNDO
from kubectl_routes.plan.disable_plan import plan_back
from tests.plan.world import (
    KEY,
    MOUNT,
    PATH,
    V2,
    Object,
    carried_out,
    compare,
    config_map,
    container_of,
    daemon_set,
    own,
    plan_of,
    pod_of,
    read,
    shown,
    taken_back,
    wired,
)


def listing(ids: str) -> str:
    return json.dumps({"Global": {"routeTableIDs": ids}})


LISTED = listing("vtb-a,vtb-b")
WORDS = ["/ccm", "--cloud-provider=alicloud", "--cluster-cidr=172.16.0.0/16"]
YAML = "Global: {uid: '1', routeTableIDs: vtb-z} # mine\n"

Case = tuple[Object, Object | None]


def on(text: str | None = "{}", workload: Object | None = None) -> Case:
    """The objects after enable, of a workload that was wired already; without a text of one that
    was not, for which the ConfigMap was made.
    """
    before = workload or (daemon_set() if text is None else wired())
    held = None if text is None else config_map(text)
    return carried_out(plan_of(before, held), before, held)


def since(case: Case, change: Callable[[Object, Object], None]) -> Case:
    """What another client has made of the objects since."""
    workload, held = case
    assert held is not None
    change(workload, held)
    return workload, held


def set_text(text: str) -> Callable[[Object, Object], None]:
    return lambda _, held: held["data"].update({KEY: text})


def unwired(workload: Object, _: Object) -> None:
    container_of(workload).update(command=WORDS, volumeMounts=[])
    sidecar = {"name": "sidecar", "volumeMounts": [{**MOUNT, "mountPath": "/x"}]}
    pod_of(workload)["containers"].append(sidecar)


def lost(case: Case, *, workload: bool = False, config_map: bool = False) -> Case:
    """The annotations are gone: ``kubectl replace`` and GitOps do so."""
    for value, gone in zip(case, (workload, config_map), strict=True):
        if gone and value is not None:
            del value["metadata"]["annotations"][UNDO]
    return case


def with_text(case: Case, text: str | None, name: str = "cloud-config") -> Case:
    """With another ConfigMap, which has no record."""
    held = config_map(text)
    held["metadata"]["name"] = name
    return case[0], held


def damaged(place: int, record: str) -> Case:
    case = on()
    value = case[place]
    assert value is not None
    value["metadata"]["annotations"][UNDO] = record
    return case if place == 0 else (wired(), value)


def remembered(*entries: str) -> Case:
    """A list without a record, and a history."""
    workload = wired()
    workload["metadata"]["annotations"][HISTORY] = f"[{','.join(entries)}]"
    return workload, config_map(LISTED)


def entry(action: str, was: str | None = None, now: str | None = None) -> str:
    return json.dumps({"time": "1", "action": action, "by": "me", "was": was, "now": now})


def immutable(case: Case) -> Case:
    return since(case, lambda _, held: held.update(immutable=True))


def in_volume(**kind: Any) -> Case:
    return wired(volumes=[{"name": "cloud-config", **kind}]), config_map(LISTED)


OTHER_MOUNT = wired(volumeMounts=[MOUNT, {**MOUNT, "mountPath": "/elsewhere"}])

CASES: dict[str, Case] = {
    "a ConfigMap that was made": on(None),
    "an old list": on(listing("vtb-a,vtb-z")),
    "a text without a list": on('{"x": 1}'),
    "an old text": on(YAML),
    "others have taken the wiring out, and use the volume": since(on(None), unwired),
    "others have put another key into a ConfigMap that was made": since(
        on(None), lambda _, held: held["data"].update(more="x")
    ),
    "others have put more into the text that was made": since(
        on(None), set_text('{"Global": {"routeTableIDs": "vtb-a,vtb-b", "uid": "1"}}')
    ),
    "the key is gone": since(on(), lambda _, held: held["data"].pop(KEY)),
    "the ConfigMap is gone": (on()[0], None),
    "others have broken the text": since(on(), set_text("{ broken")),
    "killed before the workload": (wired(), on()[1]),
    "a list that cannot be changed": immutable(on()),
    "a ConfigMap that was made and cannot be changed": immutable(on(None)),
    "the key of a ConfigMap that cannot be changed is gone": immutable(
        since(on(), lambda _, held: held["data"].pop(KEY))
    ),
    **{
        f"a damaged record, {record!a}": damaged(0, record)
        for record in ("{", '{"key": 5}', "\ud800")
    },
    "a damaged record of the ConfigMap": damaged(1, '{"key": 5}'),
    # The ConfigMap has lost its record.
    "the list by the record of the workload": lost(on('{"Global": {"uid": "1"}}'), config_map=True),
    "an old list by the record of the workload": lost(on(listing("vtb-z")), config_map=True),
    "an old text by the record of the workload": lost(on(YAML), config_map=True),
    "a ConfigMap that was made, by the record of the workload": lost(on(None), config_map=True),
    "another list than the one that was written": with_text(on(), listing("vtb-c")),
    "another list, with a quote": with_text(on(), listing("vtb-a,vtb-b;touch x")),
    "a list that is gone": with_text(on(), "{}"),
    "a key that is gone": with_text(on(), None),
    "the old list is back": with_text(on(listing("vtb-z")), listing("vtb-z")),
    "another ConfigMap": with_text(on(), LISTED, "another"),
    # The workload has lost its record.
    "the hash": lost(on(), workload=True),
    "the wiring for a ConfigMap that was made": lost(on(None), workload=True),
    "the wiring that this release needs": lost(on(None, daemon_set(image=V2)), workload=True),
    # Neither has a record.
    "list and wiring": (wired(), config_map(LISTED)),
    "a flag in args and a mount of the file alone": (
        wired(
            command=WORDS,
            args=["--v=5", f"--cloud-config={PATH}"],
            volumeMounts=[{"name": "cloud-config", "mountPath": PATH, "subPath": KEY}],
        ),
        config_map(LISTED),
    ),
    "only the mount that CCM reads": (OTHER_MOUNT, config_map(LISTED)),
    "this release exits without the flag": (wired(image=V2), config_map(LISTED)),
    "more stands in the text": (wired(), config_map(LISTED.replace("}}", ', "uid": "1"}}'))),
    "the flag is two words": (
        wired(command=[*WORDS, "--cloud-config", PATH]), config_map(LISTED)
    ),
    "the flag is there twice": (
        wired(command=[*WORDS, "--cloud-config=/x", f"--cloud-config={PATH}"]), config_map(LISTED)
    ),
    "the flag stands in a shell command": (
        wired(command=["sh", "-c", f"/ccm --v=5 --cloud-config={PATH}"]), config_map(LISTED)
    ),
    "the comments of YAML": (wired(image=V2), config_map(YAML)),
    "nothing is wired": (daemon_set(), config_map(LISTED)),
    "no ConfigMap": (wired(), None),
    "no key": (wired(), config_map(None)),
    "no list": (wired(), config_map("{}")),
    "an empty list": (wired(), config_map(listing(""))),
    "what disable has left": remembered(entry("disabled", now="vtb-a,vtb-b")),
    "another list than disable has left": remembered(entry("disabled", now="vtb-a")),
    "what enable has written": remembered(entry("enabled", now="vtb-a,vtb-b")),
    "what a rollback has left": remembered(
        entry("enabled", "vtb-a,vtb-b", "vtb-c"), entry("rolled back")
    ),
    "a rollback, and no enable": remembered(entry("rolled back")),
    "another list than a rollback has left": remembered(
        entry("enabled", "vtb-b", "vtb-c"), entry("rolled back")
    ),
    "a text that cannot be read": (wired(), config_map("{ broken")),
    "a file of the node": in_volume(hostPath={"path": "/x"}),
    "a Secret": in_volume(secret={"secretName": "s"}),
    "a kind that is not followed": in_volume(flexVolume={}),
}  # fmt: skip


def planned(workload: Object, held: Object | None, **options: bool) -> Plan | Refusal:
    manifests = Manifests(workload, held)
    return plan_back(read(manifests), manifests, **options)


def test_what_disable_writes(request: pytest.FixtureRequest) -> None:
    made = {name: planned(*case) for name, case in CASES.items()}
    for name in ("killed before the workload", "the hash"):
        made[f"{name}; pods may have read the list"] = planned(*CASES[name], restart=True)
    made["the list alone"] = planned(*STAYS, list_only=True)
    compare(request, "disable", ((name, shown(outcome)) for name, outcome in made.items()))


STAYS = on(None, daemon_set(image=V2))


def test_the_list_alone_goes_away_once_and_the_pods_stay_what_they_are() -> None:
    made = planned(*STAYS, list_only=True)
    assert isinstance(made, Plan)
    there = carried_out(made, *STAYS)
    assert pod_of(there[0]) == pod_of(STAYS[0])
    again = planned(*there, list_only=True)
    assert isinstance(again, Plan)
    assert again.changes == ()


@pytest.mark.parametrize("list_only", [True, False])
def test_a_cloud_config_that_was_not_read_may_hold_a_list(list_only: bool) -> None:
    manifests = Manifests(wired(), config_map(LISTED))
    unread = structs.replace(read(manifests), cloud_config=None)
    made = plan_back(unread, manifests, list_only=list_only)
    assert isinstance(made, Refusal)
    assert made.code == "RT901"


@pytest.mark.parametrize("case", ["a ConfigMap that was made", "a text without a list"])
def test_disable_twice_has_nothing_to_do_the_second_time(case: str) -> None:
    back = carried_out(taken_back(*CASES[case]), *CASES[case])
    assert taken_back(*back).changes == ()


def test_objects_are_back_to_the_letter() -> None:
    before = daemon_set(), config_map("Global: {uid: '1'} # mine")
    there = carried_out(plan_of(*before), *before)
    back = carried_out(taken_back(*there), *there)
    assert (own(back[0]), own(back[1])) == (own(before[0]), own(before[1]))
