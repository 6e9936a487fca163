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
    outlook,
    snapshot,
)

V1_LEAST = ("--cloud-provider=alicloud", "--allow-untagged-cloud")
BOTH = listing("vtb-a,vtb-b")
CREATED = ("missing", "create", "event", "")


def because(ccm: Controller) -> tuple[Mode, str, str]:
    """Mode, the code behind a stuck cell (or what CCM does), and the notice that explains it."""
    matrix = build(snapshot(ccm))
    _, what, _, code = outlook(matrix, "n1", "vtb-a")
    return matrix.mode, code or what, matrix.notices[0] if matrix.notices else ""


def blockers(ccm: Controller) -> tuple[Blocker, ...]:
    return assess(snapshot(ccm), Networks()).blockers


def test_v2_exits_without_the_flag_and_v1_does_not() -> None:
    none = config(None, source=ConfigSourceKind.NO_FLAG)
    assert because(controller("v2.4.0", None, cloud_config=none)) == (
        Mode.BLOCKED,
        "RT110",
        "RT110: no route is written: --cloud-config is not given, and this CCM exits without it.",
    )
    untagged = (*FLAGS, "--allow-untagged-cloud")
    v1 = controller(V0, None, cloud_config=none, command=untagged)
    assert because(v1)[:2] == (Mode.BLOCKED, "RT101")
    assert build(snapshot(v1)).controller.cloud_config is ConfigState.ABSENT


@pytest.mark.parametrize("version", [V0, "v2.11.2"])
def test_file_that_is_not_there_keeps_ccm_from_starting(version: str) -> None:
    unmounted = config(None, source=ConfigSourceKind.NOT_MOUNTED)
    no_key = config(None, missing=True, resource_version="1")
    no_map = config(None, missing=True)
    reasons = [
        because(controller(version, None, cloud_config=one)) for one in (unmounted, no_key, no_map)
    ]
    path = "/etc/kubernetes/config/cloud-config.conf"
    start = "RT110: no route is written: "
    assert reasons == [
        (
            Mode.BLOCKED,
            "RT110",
            f"{start}no volume is mounted at {path}, the file that --cloud-config names.",
        ),
        (
            Mode.BLOCKED,
            "RT110",
            f"{start}ConfigMap kube-system/cloud-config has no key cloud-config.conf.",
        ),
        (Mode.BLOCKED, "RT110", f"{start}ConfigMap kube-system/cloud-config does not exist."),
    ]
    absent = controller(version, None, cloud_config=unmounted)
    assert build(snapshot(absent)).controller.cloud_config is ConfigState.ABSENT
    assert [
        blockers(controller(version, None, cloud_config=one))[0].values
        for one in (unmounted, no_key, no_map)
    ] == [
        {"path": path},
        {"place": "ConfigMap kube-system/cloud-config", "key": "cloud-config.conf"},
        {"place": "ConfigMap kube-system/cloud-config"},
    ]


def test_text_that_v1_refuses_blocks_everything() -> None:
    text = '{ Global: { "routeTableIDs": "vtb-a,vtb-b" } }'
    matrix = build(snapshot(controller(V0, text)))
    assert (matrix.mode, matrix.controller.cloud_config) == (Mode.BLOCKED, ConfigState.INVALID)
    assert outlook(matrix, "n1", "vtb-a") == ("missing", "stuck", None, "RT102")
    assert matrix.notices == (
        "RT102: no route is written: CCM rejects cloud-config: not valid JSON at line 1,"
        " column 3: unexpected 'G'.",
    )
    assert outlook(build(snapshot(controller("v2.14.0", text))), "n1", "vtb-a") == CREATED


def test_ccm_that_does_not_start_manages_not_even_the_only_table() -> None:
    matrix = build(snapshot(controller(V0, "{ Global: {} }"), tables=(SYSTEM,)))
    assert [table.managed for table in matrix.tables] == [False]


def test_text_that_v1_refuses_says_nothing_of_a_cluster_id() -> None:
    assert [one.code for one in blockers(controller(V0, "{ Global: {} }"))] == ["RT102"]


def test_config_that_nobody_could_read_leaves_the_future_open() -> None:
    secret = config(None, source=ConfigSourceKind.SECRET, problem="Secrets are never read")
    for source in (secret, None):
        matrix = build(snapshot(controller("v2.11.2", None, cloud_config=source)))
        assert matrix.mode is Mode.UNKNOWN
        assert matrix.controller.cloud_config is ConfigState.UNREADABLE
        assert outlook(matrix, "n1", "vtb-a") == ("missing", "none", None, "RT901")
    why = build(snapshot(controller("v2.11.2", None, cloud_config=secret))).notices
    assert why == (
        "cloud-config could not be read (Secrets are never read): what CCM will do is not known.",
    )


@pytest.mark.parametrize(
    ("version", "flags", "mode", "code"),
    [
        ("v2.11.2", (*FLAGS, "--configure-cloud-routes=false"), Mode.OFF, "RT111"),
        ("v2.11.2", (*FLAGS, "--controllers=node,service"), Mode.OFF, "RT111"),
        ("v2.11.2", (*FLAGS, "--address=127.0.0.1"), Mode.BLOCKED, "RT112"),
        ("v2.11.2", ("--cloud-config=/c",), Mode.BLOCKED, "RT112"),
        (V0, (*FLAGS, "--address=127.0.0.1"), Mode.MULTI_TABLE, "create"),
        (V0, (*FLAGS, "--cloud-provider=alibabacloud"), Mode.BLOCKED, "RT112"),
        (V0, ("--cluster-cidr=172.16.0.0/16",), Mode.BLOCKED, "RT112"),
        (V0, (*V1_LEAST,), Mode.BLOCKED, "RT112"),
        (V0, (*V1_LEAST, "--configure-cloud-routes=false"), Mode.OFF, "RT111"),
        (V0, (*FLAGS, "--network=vpc"), Mode.BLOCKED, "RT112"),
        ("v2.1.0", (*FLAGS, "--allow-untagged-cloud"), Mode.BLOCKED, "RT112"),
        ("v2.4.0", (*FLAGS, "--allow-untagged-cloud"), Mode.MULTI_TABLE, "create"),
        ("v2.4.0", (*FLAGS, "--route-reconcile-batch-size=50"), Mode.BLOCKED, "RT112"),
        ("v2.11.2", (*FLAGS, "--route-reconcile-batch-size=50"), Mode.MULTI_TABLE, "create"),
    ],
)
def test_flags_that_stop_ccm(version: str, flags: tuple[str, ...], mode: Mode, code: str) -> None:
    assert because(controller(version, BOTH, command=flags))[:2] == (mode, code)


def first_obstacle(version: str, text: str, *flags: str) -> Blocker:
    return blockers(controller(version, text, command=flags))[0]


def bad_flag(flag: str, value: str, reason: str) -> Blocker:
    return Blocker("RT112", reason, "bad-flag", {"flag": flag, "value": value})


def test_flag_that_stops_ccm_is_named() -> None:
    assert first_obstacle("v2.11.2", BOTH, *FLAGS, "--master=x") == Blocker(
        "RT112",
        "this CCM exits on --master, a flag of other versions",
        "unknown-flag",
        {"flag": "--master"},
    )
    assert first_obstacle("v2.11.2", BOTH, "--cloud-config=/c") == bad_flag(
        "--cluster-cidr", "", "CCM exits because --cluster-cidr is not given"
    )
    provider, untagged = V1_LEAST
    assert first_obstacle(V0, BOTH, untagged) == bad_flag(
        "--cloud-provider", "", "CCM exits because --cloud-provider is not given"
    )
    assert first_obstacle(V0, BOTH, provider, "--cluster-cidr=172.16") == bad_flag(
        "--cluster-cidr", "172.16", "CCM exits because --cluster-cidr is '172.16'"
    )
    assert first_obstacle(V0, '{"Global": {}}', *FLAGS) == Blocker(
        "RT112", "CCM v1 exits with neither --allow-untagged-cloud nor clusterID", "untagged"
    )


def test_v1_wants_a_cluster_id_or_the_untagged_flag() -> None:
    nameless = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'
    assert because(controller(V0, nameless))[1] == "RT112"
    untagged = controller(V0, nameless, command=(*FLAGS, "--allow-untagged-cloud=true"))
    assert because(untagged)[1] == "create"


def test_no_ccm_at_all() -> None:
    absent = Controller(kind=ControllerKind.ABSENT)
    assert build(snapshot(absent)).controller.cloud_config is ConfigState.ABSENT
    assert because(absent) == (
        Mode.OFF,
        "RT112",
        "RT112: no route is written: no cloud-controller-manager is found in any namespace.",
    )


def test_workloads_that_could_not_be_read_leave_the_future_open() -> None:
    assert because(Controller(kind=ControllerKind.UNKNOWN)) == (Mode.UNKNOWN, "RT901", "")


def pod(name: str, **changes: object) -> ControllerPod:
    return ControllerPod(name=name, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "create"),
        ({"observed_generation": 1}, "RT112"),
        ({"desired": 2}, "RT112"),
        ({"desired": 2, "kind": ControllerKind.DEPLOYMENT}, "create"),
        ({"desired": 2, "kind": ControllerKind.DEPLOYMENT, "observed_generation": 1}, "RT112"),
        ({"desired": 2, "kind": ControllerKind.DEPLOYMENT, "pods": (pod("a"),)}, "RT112"),
        ({"desired": 2, "updated": 2, "ready": 1}, "create"),
        ({"desired": 2, "pods": (pod("a", waiting="CrashLoopBackOff"), pod("b"))}, "RT112"),
        (
            {"desired": 2, "pods": (pod("a", waiting="CrashLoopBackOff"), pod("b", ready=True))},
            "create",
        ),
    ],
)
def test_ccm_that_does_not_run_writes_nothing(changes: dict[str, object], code: str) -> None:
    mode, found, _ = because(controller("v2.11.2", BOTH, **changes))
    assert (mode, found) == (Mode.MULTI_TABLE, code)


def test_what_does_not_run_is_named() -> None:
    reason = "CCM is not running"
    assert not_running(controller("v2.11.2", BOTH, observed_generation=1)) == Blocker(
        "RT112", f"{reason}: its workload asks for no pod", "no-pod"
    )
    assert not_running(controller("v2.11.2", BOTH, desired=2)) == Blocker(
        "RT112", f"{reason}: 0 of 2 pods are ready", "not-ready", {"desired": "2"}
    )
    crashing = (pod("a"), pod("b", waiting="CrashLoopBackOff"))
    assert not_running(controller("v2.11.2", BOTH, desired=2, pods=crashing)) == Blocker(
        "RT112",
        f"{reason}: pod b is in CrashLoopBackOff",
        "failing",
        {"pod": "b", "state": "CrashLoopBackOff", "image": f"{REPOSITORY}:v2.11.2"},
    )


def test_mount_inside_of_a_read_only_one_is_told_of_the_first_pod_unless_one_runs() -> None:
    message = "mkdir /etc/kubernetes/config: Read-only file system"
    stuck = (pod("a"), pod("b", message=message), pod("c", message=message))
    assert read_only_parent(controller("v2.11.2", BOTH, pods=stuck)) == Blocker(
        "RT110", "pod b: a mount lies inside a read-only one", "read-only"
    )
    for running in (pod("d", ready=True), pod("e", ready=True, message=message)):
        assert read_only_parent(controller("v2.11.2", BOTH, pods=(*stuck, running))) is None
    assert read_only_parent(controller("v2.11.2", BOTH, pods=(running,))) is None


def test_refused_text_is_told_before_the_crash_loop_that_it_causes() -> None:
    crashing = (pod("ccm", waiting="CrashLoopBackOff"),)
    assert because(controller(V0, "{ Global: {} }", desired=1, pods=crashing))[1] == "RT102"


def test_crash_looping_pod_is_named() -> None:
    crashing = (pod("ccm-x7k", waiting="CrashLoopBackOff"),)
    assert because(controller("v2.11.2", BOTH, desired=1, pods=crashing))[2] == (
        "RT112: no route is written: CCM is not running: pod ccm-x7k is in CrashLoopBackOff."
    )


@pytest.mark.parametrize(
    ("changed", "ready", "code"),
    [
        ("2026-11-23T07:30:00Z", True, "RT109"),
        ("2026-11-23T06:30:00Z", True, "create"),
        ("2026-11-23T07:00:00Z", True, "create"),
        ("2026-11-23T07:00:01Z", True, "RT109"),
        ("2026-11-23T07:30:00Z", False, "create"),
        ("", True, "create"),
    ],
)
def test_config_changed_after_the_start_is_not_what_ccm_runs_with(
    changed: str, ready: bool, code: str
) -> None:
    pods = (pod("a", ready=ready, started="2026-11-23T07:00:00Z"),)
    ccm = controller("v2.11.2", BOTH, cloud_config=config(BOTH, changed=changed), pods=pods)
    mode, found, notice = because(ccm)
    assert (mode, found) == (Mode.MULTI_TABLE, code)
    if code == "RT109":
        assert blockers(ccm)[0].values == {"changed": changed, "pod": "a"}
        assert notice == (
            "RT109: CCM may still work with an older list: cloud-config was changed at"
            f" {changed}, after pod a had read it; CCM reads it at start."
        )


@pytest.mark.parametrize(
    ("version", "changed", "code"),
    [
        ("v2.11.2", "2026-11-23T07:30:00Z", "create"),
        ("v2.11.2", "2026-11-23T07:55:00Z", "RT109"),
        ("v2.11.2", "2026-11-23T07:50:00Z", "RT109"),
        ("v2.11.2", "2026-11-23T07:49:59Z", "create"),
        (V0, "2026-11-23T07:30:00Z", "RT109"),
    ],
)
def test_config_with_an_access_key_is_read_again_by_v2(
    version: str, changed: str, code: str
) -> None:
    text = BOTH.replace('"clusterID"', '"accessKeyID": "REDACTED", "clusterID"')
    pods = (pod("a", ready=True, started="2026-11-23T07:00:00Z"),)
    source = config(text, changed=changed)
    assert because(controller(version, text, cloud_config=source, pods=pods))[1] == code


def test_list_that_the_log_tells_is_named() -> None:
    line = "using user customized route table ids [vtb-a,vtb-c]"
    ccm = controller(
        "v2.11.2",
        BOTH,
        pods=(pod("a", ready=True),),
        logs=(PodLog("a", (LogLine(line, "2026-11-23T07:00:00Z"),)),),
    )
    assert blockers(ccm) == (
        Blocker(
            "RT109",
            "pod a works with the list 'vtb-a,vtb-c', as its log says",
            "log",
            {"pod": "a", "shown": "vtb-a,vtb-c"},
        ),
    )


def test_half_done_rollout_is_told() -> None:
    ccm = controller("v2.11.2", BOTH, desired=3, ready=3, updated=1, update_strategy="OnDelete")
    matrix = build(snapshot(ccm))
    assert matrix.notices == (
        "RT115: 2 of 3 CCM pods run an outdated pod template (update strategy: OnDelete); the"
        " checks use the new one.",
    )
    (notice,) = build(snapshot(structs.replace(ccm, update_strategy=""))).notices
    assert "(update strategy: ?)" in notice


def test_wish_of_a_deployment_is_no_rollout_until_its_controller_has_seen_it() -> None:
    wish = controller(
        "v2.11.2", BOTH, kind=ControllerKind.DEPLOYMENT, desired=3, ready=3, updated=1
    )
    assert not half_rolled_out(wish)
    assert half_rolled_out(structs.replace(wish, observed_generation=1))
    assert not half_rolled_out(structs.replace(wish, observed_generation=1, updated=3))


def test_start_of_the_youngest_pod_is_known_only_when_all_are() -> None:
    old = pod("a", started="2026-11-23T07:00:00Z")
    young = pod("b", started="2026-11-23T07:59:00Z")
    assert last_start((old, young)) == "2026-11-23T07:59:00Z"
    assert last_start((old, pod("c"))) == ""
    assert last_start(()) == ""


def test_the_reason_of_a_refusal_is_that_of_the_real_text() -> None:
    real = "not valid JSON at line 3, column 5: unexpected 'G'"
    source = CloudConfig(
        ConfigSourceKind.CONFIG_MAP, text="@REDACTED", refusals={"json": real, "yaml": "other"}
    )
    found = find_config(source, behavior_of(parse_tag("v1.9.3.86-g4454991-aliyun")))
    assert found.blocker is not None
    assert found.blocker.values == {"error": real}
