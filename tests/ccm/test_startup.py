"""Whether CCM starts at all: the outlook of a node whose route is missing shows it."""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.analyze.matrix import build
from kubectl_routes.ccm.assessment import assess
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.startup import (
    Blocker,
    find_config,
    half_rolled_out,
    last_start,
    not_running,
    read_only_parent,
)
from kubectl_routes.ccm.version import parse_tag
from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    ControllerPod,
    LogLine,
    PodLog,
)
from kubectl_routes.model.matrix import ConfigState, Mode
from kubectl_routes.model.networks import Networks
from tests.analyze.cluster import (
    FLAGS,
    REPOSITORY,
    SYSTEM,
    V0,
    config,
    controller,
    listing,
    snapshot,
)

V1_LEAST = ("--cloud-provider=alicloud", "--allow-untagged-cloud")
NEW = "v2.11.2"
BOTH = listing("vtb-a,vtb-b")
NAMELESS = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'
UNQUOTED = '{ Global: { "routeTableIDs": "vtb-a,vtb-b" } }'
NO_FLAG = config(None, source=ConfigSourceKind.NO_FLAG)
UNMOUNTED = config(None, source=ConfigSourceKind.NOT_MOUNTED)
PLACE = "ConfigMap kube-system/cloud-config"
PATH = "/etc/kubernetes/config/cloud-config.conf"


def because(ccm: Controller) -> tuple[Mode, str]:
    """Mode, and the code behind a stuck cell, or what CCM does."""
    matrix = build(snapshot(ccm))
    cell = matrix.nodes[0].routes["vtb-a"]
    return matrix.mode, cell.because or cell.next.value


def blockers(ccm: Controller) -> tuple[Blocker, ...]:
    return assess(snapshot(ccm), Networks()).blockers


def state(ccm: Controller) -> ConfigState:
    return build(snapshot(ccm)).controller.cloud_config


@pytest.mark.parametrize("version", [V0, NEW])
@pytest.mark.parametrize(
    ("source", "variant", "reason", "values"),
    [
        (
            UNMOUNTED,
            "not-mounted",
            f"no volume is mounted at {PATH}, the file that --cloud-config names",
            {"path": PATH},
        ),
        (
            config(None, missing=True, resource_version="1"),
            "no-key",
            f"{PLACE} has no key cloud-config.conf",
            {"place": PLACE, "key": "cloud-config.conf"},
        ),
        (config(None, missing=True), "no-object", f"{PLACE} does not exist", {"place": PLACE}),
        (
            config(None, missing=True, key=""),
            "no-file",
            f"{PLACE} puts no file at {PATH}",
            {"place": PLACE, "path": PATH},
        ),
    ],
)
def test_file_that_is_not_there_keeps_ccm_from_starting(
    version: str, source: CloudConfig, variant: str, reason: str, values: dict[str, str]
) -> None:
    ccm = controller(version, None, cloud_config=source)
    assert (because(ccm), state(ccm)) == ((Mode.BLOCKED, "RT110"), ConfigState.ABSENT)
    assert blockers(ccm)[0] == Blocker("RT110", reason, variant, values)
    assert build(snapshot(ccm)).notices[0] == f"RT110: no route is written: {reason}."


def test_v2_exits_without_the_flag_and_v1_does_not() -> None:
    v2 = controller("v2.4.0", None, cloud_config=NO_FLAG)
    reason = "--cloud-config is not given, and this CCM exits without it"
    assert blockers(v2)[0] == Blocker("RT110", reason, "no-flag")
    v1 = controller(V0, None, cloud_config=NO_FLAG, command=(*FLAGS, "--allow-untagged-cloud"))
    assert (because(v1), state(v1)) == ((Mode.BLOCKED, "RT101"), ConfigState.ABSENT)


def test_text_that_v1_refuses_blocks_everything() -> None:
    ccm = controller(V0, UNQUOTED)
    assert (because(ccm), state(ccm)) == ((Mode.BLOCKED, "RT102"), ConfigState.INVALID)
    assert build(snapshot(ccm)).notices == (
        "RT102: no route is written: CCM rejects cloud-config: not valid JSON at line 1,"
        " column 3: unexpected 'G'.",
    )
    # It has no cluster id, and CCM manages not even the only table.
    assert [one.code for one in blockers(ccm)] == ["RT102"]
    only = build(snapshot(ccm, tables=(SYSTEM,)))
    assert [table.managed for table in only.tables] == [False]
    # The crash loop only follows from it.
    crashing = (pod("ccm", waiting="CrashLoopBackOff"),)
    assert because(controller(V0, UNQUOTED, desired=1, pods=crashing))[1] == "RT102"
    assert because(controller("v2.14.0", UNQUOTED)) == (Mode.MULTI_TABLE, "create")


def test_the_reason_of_a_refusal_is_that_of_the_real_text() -> None:
    real = "not valid JSON at line 3, column 5: unexpected 'G'"
    source = CloudConfig(
        ConfigSourceKind.CONFIG_MAP, text="@REDACTED", refusals={"json": real, "yaml": "other"}
    )
    found = find_config(source, behavior_of(parse_tag(V0)))
    assert found.blocker is not None
    assert found.blocker.values == {"error": real}


def test_what_nobody_could_read_leaves_the_future_open() -> None:
    secret = config(None, source=ConfigSourceKind.SECRET, problem="Secrets are never read")
    for source in (secret, None):
        ccm = controller(NEW, None, cloud_config=source)
        assert (because(ccm), state(ccm)) == ((Mode.UNKNOWN, "RT901"), ConfigState.UNREADABLE)
    unread = Controller(kind=ControllerKind.UNKNOWN)
    assert because(unread) == (Mode.UNKNOWN, "RT901")
    assert build(snapshot(unread)).notices == ()


def test_no_ccm_at_all() -> None:
    absent = Controller(kind=ControllerKind.ABSENT)
    assert (because(absent), state(absent)) == ((Mode.OFF, "RT112"), ConfigState.ABSENT)
    assert build(snapshot(absent)).notices == (
        "RT112: no route is written: no cloud-controller-manager is found in any namespace.",
    )


# -- flags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "flags", "mode", "code"),
    [
        (NEW, (*FLAGS, "--configure-cloud-routes=false"), Mode.OFF, "RT111"),
        (NEW, (*FLAGS, "--controllers=node,service"), Mode.OFF, "RT111"),
        (NEW, (*FLAGS, "--address=127.0.0.1"), Mode.BLOCKED, "RT112"),
        (NEW, ("--cloud-config=/c",), Mode.BLOCKED, "RT112"),
        (V0, (*FLAGS, "--address=127.0.0.1"), Mode.MULTI_TABLE, "create"),
        (V0, (*FLAGS, "--cloud-provider=alibabacloud"), Mode.BLOCKED, "RT112"),
        (V0, ("--cluster-cidr=172.16.0.0/16",), Mode.BLOCKED, "RT112"),
        (V0, (*V1_LEAST,), Mode.BLOCKED, "RT112"),
        (V0, (*V1_LEAST, "--configure-cloud-routes=false"), Mode.OFF, "RT111"),
        (V0, (*FLAGS, "--network=vpc"), Mode.BLOCKED, "RT112"),
        ("v2.1.0", (*FLAGS, "--allow-untagged-cloud"), Mode.BLOCKED, "RT112"),
        ("v2.4.0", (*FLAGS, "--allow-untagged-cloud"), Mode.MULTI_TABLE, "create"),
        ("v2.4.0", (*FLAGS, "--route-reconcile-batch-size=50"), Mode.BLOCKED, "RT112"),
        (NEW, (*FLAGS, "--route-reconcile-batch-size=50"), Mode.MULTI_TABLE, "create"),
    ],
)
def test_flags_that_stop_ccm(version: str, flags: tuple[str, ...], mode: Mode, code: str) -> None:
    assert because(controller(version, BOTH, command=flags)) == (mode, code)


def bad_flag(flag: str, value: str, problem: str) -> Blocker:
    reason = f"CCM exits because {flag} is {problem}"
    return Blocker("RT112", reason, "bad-flag", {"flag": flag, "value": value})


UNTAGGED = Blocker(
    "RT112", "CCM v1 exits with neither --allow-untagged-cloud nor clusterID", "untagged"
)


@pytest.mark.parametrize(
    ("version", "text", "flags", "expected"),
    [
        (
            NEW,
            BOTH,
            (*FLAGS, "--master=x"),
            Blocker(
                "RT112",
                "this CCM exits on --master, a flag of other versions",
                "unknown-flag",
                {"flag": "--master"},
            ),
        ),
        (NEW, BOTH, ("--cloud-config=/c",), bad_flag("--cluster-cidr", "", "not given")),
        (V0, BOTH, V1_LEAST[1:], bad_flag("--cloud-provider", "", "not given")),
        (
            V0,
            BOTH,
            (V1_LEAST[0], "--cluster-cidr=172.16"),
            bad_flag("--cluster-cidr", "172.16", "'172.16'"),
        ),
        (V0, NAMELESS, FLAGS, UNTAGGED),
        (V0, NAMELESS, (*FLAGS, "--allow-untagged-cloud=true"), None),
    ],
)
def test_flag_that_stops_ccm_is_named(
    version: str, text: str, flags: tuple[str, ...], expected: Blocker | None
) -> None:
    found = blockers(controller(version, text, command=flags))
    assert found[:1] == ((expected,) if expected else ())


# -- pods -----------------------------------------------------------------------------------------


def pod(name: str, **changes: object) -> ControllerPod:
    return ControllerPod(name=name, **changes)  # type: ignore[arg-type]


CRASHING = (pod("a"), pod("b", waiting="CrashLoopBackOff"))
DEPLOYMENT = {"desired": 2, "kind": ControllerKind.DEPLOYMENT}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"observed_generation": 1}, Blocker("RT112", "its workload asks for no pod", "no-pod")),
        ({"desired": 2}, Blocker("RT112", "0 of 2 pods are ready", "not-ready", {"desired": "2"})),
        # A Deployment's number is a wish until its controller has seen it.
        (DEPLOYMENT, None),
        (
            {**DEPLOYMENT, "observed_generation": 1},
            Blocker("RT112", "0 of 2 pods are ready", "not-ready", {"desired": "2"}),
        ),
        (
            {**DEPLOYMENT, "pods": (pod("a"),)},
            Blocker("RT112", "0 of 2 pods are ready", "not-ready", {"desired": "2"}),
        ),
        ({"desired": 2, "updated": 2, "ready": 1}, None),
        (
            {"desired": 2, "pods": CRASHING},
            Blocker(
                "RT112",
                "pod b is in CrashLoopBackOff",
                "failing",
                {"pod": "b", "state": "CrashLoopBackOff", "image": f"{REPOSITORY}:v2.11.2"},
            ),
        ),
        ({"desired": 2, "pods": (*CRASHING, pod("c", ready=True))}, None),
    ],
)
def test_ccm_that_does_not_run_writes_nothing(
    changes: dict[str, object], expected: Blocker | None
) -> None:
    ccm = controller(NEW, BOTH, **changes)
    assert because(ccm) == (Mode.MULTI_TABLE, expected.code if expected else "create")
    assert not_running(ccm) == (
        structs.replace(expected, reason=f"CCM is not running: {expected.reason}")
        if expected
        else None
    )


def test_mount_inside_of_a_read_only_one_is_told_of_the_first_pod_unless_one_runs() -> None:
    message = "mkdir /etc/kubernetes/config: Read-only file system"
    kept = (pod("a"), pod("b", message=message), pod("c", message=message))
    expected = Blocker("RT110", "pod b: a mount lies inside a read-only one", "read-only")
    assert read_only_parent(controller(NEW, BOTH, pods=kept)) == expected
    for running in (pod("d", ready=True), pod("e", ready=True, message=message)):
        assert read_only_parent(controller(NEW, BOTH, pods=(*kept, running))) is None
    assert read_only_parent(controller(NEW, BOTH, pods=(running,))) is None


@pytest.mark.parametrize(
    ("version", "keyed", "ready", "changed", "outdated"),
    [
        (NEW, False, True, "2026-11-23T07:30:00Z", True),
        (NEW, False, True, "2026-11-23T06:30:00Z", False),
        (NEW, False, True, "2026-11-23T07:00:00Z", False),
        (NEW, False, True, "2026-11-23T07:00:01Z", True),
        (NEW, False, False, "2026-11-23T07:30:00Z", False),
        (NEW, False, True, "", False),
        # With an AccessKey in it, v2 reads it again.
        (NEW, True, True, "2026-11-23T07:30:00Z", False),
        (NEW, True, True, "2026-11-23T07:55:00Z", True),
        (NEW, True, True, "2026-11-23T07:50:00Z", True),
        (NEW, True, True, "2026-11-23T07:49:59Z", False),
        (V0, True, True, "2026-11-23T07:30:00Z", True),
    ],
)
def test_config_changed_after_the_start_is_not_what_ccm_runs_with(
    version: str, keyed: bool, ready: bool, changed: str, outdated: bool
) -> None:
    key = '"accessKeyID": "REDACTED", ' if keyed else ""
    text = BOTH.replace('"clusterID"', f'{key}"clusterID"')
    pods = (pod("a", ready=ready, started="2026-11-23T07:00:00Z"),)
    ccm = controller(version, text, cloud_config=config(text, changed=changed), pods=pods)
    assert because(ccm) == (Mode.MULTI_TABLE, "RT109" if outdated else "create")
    if outdated:
        assert blockers(ccm)[0].values == {"changed": changed, "pod": "a"}
        assert build(snapshot(ccm)).notices[0] == (
            "RT109: CCM may still work with an older list: cloud-config was changed at"
            f" {changed}, after pod a had read it; CCM reads it at start."
        )


def test_list_that_the_log_tells_is_named() -> None:
    line = "using user customized route table ids [vtb-a,vtb-c]"
    logs = (PodLog("a", (LogLine(line, "2026-11-23T07:00:00Z"),)),)
    reason = "pod a works with the list 'vtb-a,vtb-c', as its log says"
    assert blockers(controller(NEW, BOTH, pods=(pod("a", ready=True),), logs=logs)) == (
        Blocker("RT109", reason, "log", {"pod": "a", "shown": "vtb-a,vtb-c"}),
    )


@pytest.mark.parametrize("strategy", ["OnDelete", ""])
def test_half_done_rollout_is_told(strategy: str) -> None:
    ccm = controller(NEW, BOTH, desired=3, ready=3, updated=1, update_strategy=strategy)
    assert build(snapshot(ccm)).notices == (
        "RT115: 2 of 3 CCM pods run an outdated pod template (update strategy:"
        f" {strategy or '?'}); the checks use the new one.",
    )
    # The number of a Deployment is a wish until its controller has seen it.
    wish = structs.replace(ccm, kind=ControllerKind.DEPLOYMENT)
    assert not half_rolled_out(wish)
    assert half_rolled_out(structs.replace(wish, observed_generation=1))
    assert not half_rolled_out(structs.replace(wish, observed_generation=1, updated=3))


def test_start_of_the_youngest_pod_is_known_only_when_all_are() -> None:
    old = pod("a", started="2026-11-23T07:00:00Z")
    young = pod("b", started="2026-11-23T07:59:00Z")
    assert last_start((old, young)) == "2026-11-23T07:59:00Z"
    assert last_start((old, pod("c"))) == ""
    assert last_start(()) == ""
