"""RT102, RT109 to RT113, RT115, RT119, RT120."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_routes.model.controller import ConfigSourceKind, ControllerKind, Event, Probe
from kubectl_routes.model.finding import Outcome, Severity
from kubectl_routes.model.snapshot import Gap
from tests.analyze.cluster import FLAGS, REPOSITORY, V0, config, listing
from tests.checks.asking import (
    A_MINUTE_AGO,
    POD,
    codes,
    event,
    found,
    log,
    managed,
    outcome,
    pod,
    running,
    taken,
    told,
    with_cluster,
    without,
)

UNTAGGED = (*FLAGS, "--allow-untagged-cloud")
UNQUOTED = '{ Global: { "routeTableIDs": "vtb-a,vtb-b" } }'
BOTH = listing("vtb-a,vtb-b")
DAEMON_SET = "DaemonSet kube-system/cloud-controller-manager"
CRASHED = pod(
    ready=False, waiting="CrashLoopBackOff", restarts=7, message="back-off 5m0s restarting"
)
FATAL = (
    "F1123 07:59:59.000000       1 main.go:1] Cloud provider could not be initialized: could not"
    " init cloud provider \"alicloud\": invalid character 'G' looking for beginning of object key"
    " string"
)


def test_a_config_that_v1_refuses_comes_with_the_last_words_of_its_pod() -> None:
    ccm = running(
        V0, UNQUOTED, command=UNTAGGED, pods=(CRASHED,), ready=0, logs=(log(FATAL, previous=True),)
    )
    whole = taken(ccm, entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT102")
    assert finding.cause == (
        "v1.9.3.86 exits at start: not valid JSON at line 1, column 3: unexpected 'G'."
    )
    assert finding.evidence[:2] == (
        f"pod {POD}: CrashLoopBackOff, 7 restarts back-off 5m0s restarting",
        f"log of pod {POD}: {FATAL}",
    )
    assert finding.explains == ("RT301 × 1",)
    # The crash is what comes of it, and no finding of its own.
    assert codes(whole) == {"error": ["RT102"], "warning": ["RT113"], "info": ["RT113"]}


def test_a_config_that_v2_reads_is_no_finding() -> None:
    assert codes(taken(running(text=UNQUOTED))) == {}


def test_a_list_of_strings_is_refused_by_every_release() -> None:
    text = '{"Global": {"clusterID": "c1", "routeTableIDs": ["vtb-a"]}}'
    assert told(taken(running(text=text)), "RT102")[0][1] == (
        "v2.14.0 exits at start: Global.routeTableIDs must be a string, not a list."
    )


def changed(at: str) -> object:
    return config(BOTH, changed=at)


def test_a_config_that_was_changed_later_matters_only_where_a_route_is_missing() -> None:
    ccm = running(cloud_config=changed("2026-11-23T07:30:00Z"))
    assert told(taken(ccm), "RT109") == [
        (
            "warning",
            f"cloud-config was changed at 2026-11-23T07:30:00Z, after pod {POD} had read it. CCM"
            " may still work with an older list.",
            ["ConfigMap kube-system/cloud-config", DAEMON_SET],
        )
    ]
    (finding,) = found(taken(ccm, entries=without(3, "vtb-b")), "RT109")
    assert (finding.severity.value, finding.explains) == ("error", ("RT301 × 1",))
    assert finding.commands == (
        "kubectl -n kube-system rollout restart daemonset/cloud-controller-manager",
    )


def test_with_on_delete_a_restart_means_to_delete_the_pods() -> None:
    ccm = running(cloud_config=changed("2026-11-23T07:30:00Z"), update_strategy="OnDelete")
    assert found(taken(ccm), "RT109")[0].commands == (f"kubectl -n kube-system delete pod {POD}",)
    two = replace(ccm, pods=(pod(), pod(name="ccm-y")))
    assert found(taken(two), "RT109")[0].commands == (
        f"kubectl -n kube-system delete pod {POD}",
        "kubectl -n kube-system delete pod ccm-y",
    )


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("v2.14.0", "I1123 08:00:00 x] sync route tables successfully, tables [vtb-a,vtb-c]"),
        ("v2.14.0", "I1123 08:00:00 x] using user customized route table ids [vtb-a,vtb-c]"),
        (V0, "I1123 08:00:00 x] using user customized route table ids ([vtb-a vtb-c])"),
    ],
)
def test_the_list_that_the_log_tells_is_held_against_the_config(version: str, line: str) -> None:
    ccm = running(version, command=UNTAGGED if version == V0 else FLAGS, logs=(log(line),))
    (finding,) = found(taken(ccm), "RT109")
    assert finding.cause == (
        f'Pod {POD} works with the list "vtb-a,vtb-c", as its log says; the ConfigMap holds'
        " another one."
    )
    assert finding.evidence == (f"log of pod {POD}: {line}",)


@pytest.mark.parametrize(
    "line",
    [
        "I1123 08:00:00 x] sync route tables successfully, tables [vtb-a,vtb-b]",
        "I1123 08:00:00 x] using user customized route table ids [vtb-a,vtb-b]",
    ],
)
def test_a_log_that_tells_the_same_list_outweighs_the_times(line: str) -> None:
    ccm = running(cloud_config=changed("2026-11-23T07:30:00Z"), logs=(log(line),))
    assert found(taken(ccm), "RT109") == []


def test_v1_tells_an_empty_item_by_two_blanks() -> None:
    line = "I1123 08:00:00 x] using user customized route table ids ([vtb-a  vtb-b])"
    ccm = running(V0, listing("vtb-a,,vtb-b"), command=UNTAGGED, logs=(log(line),))
    assert found(taken(ccm), "RT109") == []


@pytest.mark.parametrize(
    "said",
    [
        "sync route tables successfully, tables [vtb-a]",  # it may be the VPC's only one
        "using user customized route table ids []",
    ],
)
def test_a_line_without_a_list_tells_nothing(said: str) -> None:
    line = f"I1123 08:00:00 x] {said}"
    assert found(taken(running(logs=(log(line),))), "RT109") == []


def test_only_pods_that_run_tell_the_list() -> None:
    line = "I1123 08:00:00 x] using user customized route table ids [vtb-a]"
    gone = log(line, previous=True)
    assert found(taken(running(logs=(gone,))), "RT109") == []


def test_with_an_access_key_the_list_is_read_again_within_ten_minutes() -> None:
    keyed = '{"Global": {"accessKeyID": "REDACTED", "routeTableIDs": "vtb-a,vtb-b"}}'
    line = "I1123 07:00:00 x] using user customized route table ids [vtb-a]"
    told_before = log(line, time="2026-11-23T07:00:00Z")
    at = "2026-11-23T07:30:00Z"
    ccm = running(cloud_config=config(keyed, changed=at), logs=(told_before,))
    assert found(taken(ccm), "RT109") == []
    told_as_it_was_read = log(line, time="2026-11-23T07:40:00Z")
    assert found(taken(replace(ccm, logs=(told_as_it_was_read,))), "RT109") == []
    told_after = log(line, time="2026-11-23T07:40:01Z")
    assert found(taken(replace(ccm, logs=(told_after,))), "RT109") != []


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        (
            config(None, source=ConfigSourceKind.NO_FLAG, name=""),
            "--cloud-config is not given, and v2.14.0 exits without it.",
        ),
        (
            config(None, source=ConfigSourceKind.NOT_MOUNTED, name=""),
            "No volume is mounted at /etc/kubernetes/config/cloud-config.conf, the file that"
            " --cloud-config names.",
        ),
        (
            config(None, missing=True, resource_version="1"),
            "ConfigMap kube-system/cloud-config has no key cloud-config.conf.",
        ),
        (config(None, missing=True), "ConfigMap kube-system/cloud-config does not exist."),
        (
            config(None, missing=True, key=""),
            "ConfigMap kube-system/cloud-config puts no file at"
            " /etc/kubernetes/config/cloud-config.conf.",
        ),
    ],
)
def test_a_config_that_is_not_wired(source: object, cause: str) -> None:
    whole = taken(running(cloud_config=source))
    assert told(whole, "RT110") == [("error", cause, [DAEMON_SET])]
    assert found(whole, "RT110")[0].commands == ("kubectl routes enable --tables vtb-a,vtb-b",)


READ_ONLY = pod(
    ready=False,
    waiting="RunContainerError",
    message='mkdir "/etc/kubernetes/config": read-only file system',
)


def test_a_mount_inside_of_a_read_only_one() -> None:
    whole = taken(running(pods=(READ_ONLY,), ready=0), entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT110")
    assert (finding.severity.value, finding.explains) == ("error", ("RT301 × 1",))
    assert finding.cause.startswith("A mount lies inside a read-only one")
    assert codes(whole)["error"] == ["RT110"]


def test_while_another_pod_runs_a_read_only_mount_is_a_warning() -> None:
    other = replace(READ_ONLY, name="y")
    whole = taken(running(pods=(pod(), other), desired=2, ready=1, updated=2))
    assert told(whole, "RT110") == [
        (
            "warning",
            "A mount lies inside a read-only one, and the mount point does not exist"
            " there: the container cannot be created.",
            ["Pod kube-system/y"],
        )
    ]
    assert found(whole, "RT112") == []


OFF = (*FLAGS, "--configure-cloud-routes=false")


def test_an_image_that_cannot_be_pulled_is_not_explained_by_cloud_config() -> None:
    waiting = pod(ready=False, waiting="ImagePullBackOff", started="")
    down = running(ready=0, pods=(waiting,), command=("/ccm", "--cluster-cidr=172.16.0.0/16"))
    whole = taken(replace(down, cloud_config=config(None, source=ConfigSourceKind.NO_FLAG)))
    assert {"RT110", "RT112"} <= set(codes(whole)["error"])
    (finding,) = found(whole, "RT112")
    assert finding.cause.endswith(f"because {down.image} cannot be pulled.")
    assert [one.split()[3] for one in finding.commands] == ["describe"]


def test_another_workload_that_runs_ccm_is_named() -> None:
    other = "Deployment infra/ccm"
    assert told(taken(running(others=(other,))), "RT120") == [
        (
            "warning",
            f"CCM runs in daemonset/cloud-controller-manager and in {other}, both with cloud routes"
            " on.",
            [DAEMON_SET, other],
        )
    ]
    (finding,) = found(taken(running(others=(other,))), "RT120")
    assert finding.commands == ("kubectl -n infra get deployment/ccm -o yaml",)
    (narrow,) = found(taken(running(others=(other,), scope="kube-system")), "RT120")
    assert narrow.evidence[-1] == "only workloads in kube-system were compared"
    assert not found(taken(running()), "RT120")
    blocked = taken(running(others=(other,), text="{}"), entries=without(3, "vtb-a", "vtb-b"))
    assert [one[0] for one in told(blocked, "RT120")] == ["error"]


def test_routes_that_are_off_are_an_error_where_flannel_needs_them() -> None:
    whole = with_cluster(taken(running(command=OFF)), cni="flannel")
    assert told(whole, "RT111") == [
        (
            "error",
            "--configure-cloud-routes is false, or --controllers leaves route out, and Flannel"
            " needs the routes.",
            [DAEMON_SET],
        )
    ]
    assert found(whole, "RT111")[0].evidence == (
        "daemonset/cloud-controller-manager runs with --configure-cloud-routes=false",
    )


def test_routes_that_are_off_are_a_warning_where_the_network_is_not_known() -> None:
    assert [one[0] for one in told(taken(running(command=OFF)), "RT111")] == ["warning"]


def test_ccm_is_absent() -> None:
    none = replace(managed(), kind=ControllerKind.ABSENT)
    whole = taken(none, entries=without(3, "vtb-a"))
    assert told(whole, "RT112") == [
        (
            "error",
            "There are master nodes, but no cloud-controller-manager in any namespace.",
            [DAEMON_SET],
        )
    ]
    assert found(whole, "RT112")[0].explains == ("RT301 × 1",)


@pytest.mark.parametrize(
    ("version", "command", "cause"),
    [
        (
            "v2.14.0",
            (*FLAGS, "--address=127.0.0.1"),
            "v2.14.0 exits on --address, a flag of other versions.",
        ),
        (
            "v2.14.0",
            ("--cloud-config=/etc/kubernetes/config/cloud-config.conf",),
            'v2.14.0 exits because --cluster-cidr is "".',
        ),
        (
            V0,
            ("--cloud-config=/etc/kubernetes/config/cloud-config.conf",),
            "v1.9.3.86 exits because 2 flags are missing or wrong.",
        ),
    ],
)
def test_flags_on_which_ccm_exits(version: str, command: tuple[str, ...], cause: str) -> None:
    whole = taken(running(version, command=command))
    assert [one[1] for one in told(whole, "RT112")] == [cause]
    (line,) = found(whole, "RT112")[0].commands
    assert line.startswith(
        "kubectl -n kube-system patch daemonset/cloud-controller-manager --type=json -p '["
    )


def test_v1_without_any_id_of_the_cluster() -> None:
    whole = taken(running(V0, '{"Global": {"routeTableIDs": "vtb-a"}}'))
    assert told(whole, "RT112")[0][1] == (
        "v1.9.3.86 exits with neither --allow-untagged-cloud nor clusterID."
    )


def test_pods_that_do_not_run() -> None:
    crashing = taken(running(pods=(CRASHED,), ready=0))
    assert told(crashing, "RT112")[0][1] == (
        f"CCM is not running: pod {POD} is in CrashLoopBackOff."
    )
    assert found(crashing, "RT112")[0].commands == (
        f"kubectl -n kube-system describe pod {POD}",
        f"kubectl -n kube-system logs {POD} -c ccm --previous --tail=20",
    )
    unready = taken(running(pods=(pod(ready=False),), ready=0))
    assert told(unready, "RT112")[0][1] == "CCM is not running: none of 1 pods is ready."
    nowhere = taken(running(pods=(), ready=0, desired=0, updated=0))
    assert told(nowhere, "RT112")[0][1] == "CCM is not running: its workload asks for no pod."


def test_one_pod_of_several_is_a_warning_unless_it_has_just_been_made() -> None:
    failing = replace(CRASHED, name="y")
    whole = taken(running(pods=(pod(), failing), desired=2, updated=2))
    assert told(whole, "RT112") == [
        (
            "warning",
            "Only 1 of 2 pods are ready. If the leader is one of them, routes are still created.",
            ["Pod kube-system/y"],
        )
    ]
    fresh = pod(name="y", ready=False, started="2026-11-23T07:59:30Z")
    assert codes(taken(running(pods=(pod(), fresh), desired=2, updated=2))) == {}
    forgotten = pod(name="y", ready=False, started="")
    assert codes(taken(running(pods=(pod(), forgotten), desired=2, updated=2))) == {
        "warning": ["RT112"]
    }


def test_a_rollout_that_a_bad_config_stops_is_told_by_its_cause() -> None:
    failing = replace(CRASHED, name="y")
    text = '{"Global": {"routeTableIDs": 5'
    whole = taken(running(text=text, pods=(pod(), failing), desired=2, updated=1, ready=1))
    assert codes(whole)["error"] == ["RT102"]
    assert found(whole, "RT112") == []


WAITS = "I1123 08:00:00 x] attempting to acquire leader lease kube-system/ccm..."


def test_nobody_leads() -> None:
    whole = taken(running(logs=(log("I1123 07:00:00 x] start", WAITS),)))
    assert told(whole, "RT112") == [
        (
            "error",
            "All running pods are waiting for the leader election lock; there is no leader.",
            [DAEMON_SET],
        )
    ]
    leads = taken(running(logs=(log(WAITS, "I1123 08:00:01 x] successfully acquired lease"),)))
    assert codes(leads) == {}
    silent = taken(running(logs=()))
    assert codes(silent) == {}


def test_whether_ccm_runs_is_unknown_without_its_pods() -> None:
    gaps = (Gap("controller-pods", "forbidden"),)
    assert outcome(taken(running(pods=()), gaps=gaps), "RT112") == (
        Outcome.UNKNOWN,
        ("controller-pods",),
    )


def test_a_release_that_does_not_know_the_list() -> None:
    ccm = running("v1.9.3.81-gca19cd4-aliyun", command=UNTAGGED)
    whole = taken(ccm, entries=without(3, "vtb-a"))
    (finding,) = found(whole, "RT113")
    assert finding.cause == (
        "v1.9.3.81 does not know routeTableIDs, and the VPC has several tables: it writes no route."
    )
    assert finding.explains == ("RT301 × 1",)
    assert finding.commands == ("kubectl routes enable --tables vtb-a,vtb-b",)


def test_the_first_release_with_lists_loses_its_token() -> None:
    expired = "E1123 08:00:00 x] list route tables: InvalidSecurityToken.Expired"
    findings = found(taken(running(V0, command=UNTAGGED, logs=(log(expired),))), "RT113")
    assert [(one.severity.value, one.remedy.partition(":")[0]) for one in findings] == [
        ("warning", "Upgrade to v1.9.3.101 or later"),
        ("info", "Upgrade to v1.9.3.313 or later"),
    ]
    assert findings[0].evidence[1] == f"log of pod {POD}: {expired}"
    assert findings[0].commands == (
        "kubectl -n kube-system set image daemonset/cloud-controller-manager"
        f" ccm={REPOSITORY}:v1.9.3.313-g748f81e-aliyun",
    )


def test_with_an_access_key_there_is_no_token_to_lose() -> None:
    keyed = '{"Global": {"accessKeyID": "UkVEQUNURUQ=", "routeTableIDs": "vtb-a,vtb-b"}}'
    findings = found(taken(running(V0, keyed, command=UNTAGGED)), "RT113")
    assert [one.severity.value for one in findings] == ["info"]


def test_an_image_that_names_no_release_leaves_it_unknown() -> None:
    whole = taken(replace(running(), image=f"{REPOSITORY}@sha256:1"))
    assert outcome(whole, "RT113") == (Outcome.UNKNOWN, ())
    none = replace(managed(), kind=ControllerKind.ABSENT)
    assert outcome(taken(none), "RT113") == (Outcome.PASSED, ())


def test_pods_of_an_older_spec() -> None:
    half: dict[str, Any] = {"desired": 3, "updated": 1, "ready": 3}
    manual = taken(running(update_strategy="OnDelete", **half))
    assert [one[:2] for one in told(manual, "RT115")] == [
        (
            "error",
            "2 pods run an outdated pod template. With OnDelete, only a deleted pod is replaced.",
        )
    ]
    assert found(manual, "RT115")[0].commands == (f"kubectl -n kube-system delete pod {POD}",)
    rolling = taken(running(update_strategy="RollingUpdate", **half))
    assert [one[0] for one in told(rolling, "RT115")] == ["warning"]
    assert found(rolling, "RT115")[0].evidence == (
        "1 of 3 pods are up to date, strategy RollingUpdate",
    )


def test_a_gitops_controller_owns_the_workload() -> None:
    whole = taken(running(managers=("kubectl", "argocd-controller")))
    cause = f"Managed by argocd-controller: {DAEMON_SET}."
    assert told(whole, "RT119") == [("info", cause, [DAEMON_SET])]
    assert codes(taken(running(managers=("kubectl-edit", "helm")))) == {"info": ["RT119"]}
    assert codes(taken(running(managers=("kubectl-edit", "kubectl-routes")))) == {}


def test_a_tool_that_writes_the_config_map_is_found_as_well() -> None:
    ccm = running(managers=("argocd-controller",))
    assert ccm.cloud_config is not None
    config = replace(
        ccm.cloud_config, namespace="kube-system", name="cc", managers=("kubectl", "Helm")
    )
    whole = taken(replace(ccm, cloud_config=config))
    named = "ConfigMap kube-system/cc"
    cause = f"Managed by argocd-controller, Helm: {DAEMON_SET}, {named}."
    assert told(whole, "RT119") == [("info", cause, [DAEMON_SET, named])]
    assert found(whole, "RT119")[0].evidence[1] == f"metadata.managedFields of {named} names Helm"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ("I1123 x] start", "panic: ivalid cluster CIDR", "goroutine 1 [running]:"),
            "panic: ivalid cluster CIDR",
        ),
        (("I1123 x] start", "E1123 x] no metadata", "I1123 x] bye"), "E1123 x] no metadata"),
        (("I1123 x] start", "I1123 x] bye", ""), "I1123 x] bye"),
    ],
)
def test_the_last_words_of_a_pod_are_those_that_say_why(lines: tuple[str, ...], said: str) -> None:
    ccm = running(pods=(CRASHED,), ready=0, logs=(log(*lines, previous=True),))
    assert found(taken(ccm), "RT112")[0].evidence[1] == f"log of pod {POD}: {said}"


@pytest.mark.parametrize("after", [(), ("goroutine 1 [running]:", "main.main()")])
def test_a_line_of_a_log_is_quoted_once(after: tuple[str, ...]) -> None:
    crash = "F1123 x] ivalid cluster CIDR"
    ccm = running(pods=(CRASHED,), ready=0, logs=(log(crash, *after, previous=True),))
    said = found(taken(ccm), "RT112")[0].evidence
    assert [one for one in said if crash in one] == [f"log of pod {POD}: {crash}"]


def test_another_pod_that_wrote_the_same_is_quoted_too() -> None:
    crash = "F1123 x] ivalid cluster CIDR"
    logs = (log(crash, previous=True), replace(log(crash), pod="ccm-other"))
    said = found(taken(running(pods=(CRASHED,), ready=0, logs=logs)), "RT112")[0].evidence
    assert [one for one in said if crash in one] == [
        f"log of pod {POD}: {crash}",
        f"log of pod ccm-other: {crash}",
    ]


def test_what_the_kubelet_says_of_a_pod_is_evidence() -> None:
    said = event("Back-off restarting failed container", kind="Pod", name=POD, reason="BackOff")
    whole = taken(running(pods=(CRASHED,), ready=0, events=(said,)))
    assert any("Back-off restarting" in one for one in found(whole, "RT112")[0].evidence)


def test_commands_name_a_deployment_as_it_is_called() -> None:
    ccm = running(
        kind=ControllerKind.DEPLOYMENT, name="ccm", cloud_config=changed("2026-11-23T07:30:00Z")
    )
    assert found(taken(ccm), "RT109")[0].commands == (
        "kubectl -n kube-system rollout restart deployment/ccm",
    )


def test_a_config_that_enable_cannot_rewrite_is_edited_under_its_name() -> None:
    text = "[Global]\nregion = cn-hangzhou\n"
    ccm = running(cloud_config=replace(config(text), name="other-config"))
    edit = "kubectl -n kube-system edit configmap other-config"
    assert found(taken(ccm), "RT102")[0].commands == (
        edit,
        "kubectl -n kube-system rollout restart daemonset/cloud-controller-manager",
    )
    on_delete = replace(ccm, update_strategy="OnDelete")
    assert found(taken(on_delete), "RT102")[0].commands == (
        edit,
        f"kubectl -n kube-system delete pod {POD}",
    )


def test_a_release_that_is_not_known_is_told_by_its_image() -> None:
    image = f"{REPOSITORY}@sha256:1"
    whole = taken(running(image=image), entries=without(3, "vtb-a"))
    assert found(whole, "RT301")[0].cause.startswith(
        f"1 route is missing that {image} should have created"
    )
    nameless = taken(running(image=""), entries=without(3, "vtb-a"))
    assert found(nameless, "RT301")[0].cause.startswith(
        "1 route is missing that CCM should have created"
    )


@pytest.mark.parametrize(
    ("image", "target"),
    [
        (f"cloud-controller-manager:{V0}", "cloud-controller-manager"),
        (f"harbor:5000/acs/ccm:{V0}@sha256:1", "harbor:5000/acs/ccm"),
    ],
)
def test_an_upgrade_keeps_registry_and_repository(image: str, target: str) -> None:
    findings = found(taken(running(V0, command=UNTAGGED, image=image)), "RT113")
    assert [one.commands[0].rpartition("ccm=")[2] for one in findings] == [
        f"{target}:v1.9.3.313-g748f81e-aliyun",
        f"{target}:v1.9.3.313-g748f81e-aliyun",
    ]


def test_with_on_delete_every_pod_has_to_be_deleted() -> None:
    ccm = running(
        pods=(pod(), pod(name="ccm-y")), update_strategy="OnDelete", desired=2, updated=0, ready=2
    )
    assert found(taken(ccm), "RT115")[0].commands == (
        f"kubectl -n kube-system delete pod {POD}",
        "kubectl -n kube-system delete pod ccm-y",
    )


def test_a_config_that_is_not_mounted_explains_the_pods_that_fail() -> None:
    missing = config(None, missing=True)
    failing = replace(CRASHED, name="y")
    ccm = running(cloud_config=missing, pods=(pod(), failing), desired=2, updated=2)
    assert codes(taken(ccm))["error"] == ["RT110"]
    assert found(taken(ccm), "RT112") == []
    assert found(taken(ccm), "RT110")[0].evidence == (
        "pod y: CrashLoopBackOff, 7 restarts back-off 5m0s restarting",
    )


def test_only_what_a_pod_that_runs_says_last_tells_that_nobody_leads() -> None:
    leads = log("I1123 08:00:01 x] successfully acquired lease")
    ended = log(WAITS, previous=True)
    assert found(taken(running(logs=(leads, ended))), "RT112") == []
    assert found(taken(running(logs=(log(),))), "RT112") == []


BACK_OFF = "Back-off restarting failed container"


@pytest.mark.parametrize(
    ("message", "at"), [(BACK_OFF, "2026-11-23T07:00:00Z"), ("Created container", A_MINUTE_AGO)]
)
def test_an_event_that_is_old_or_of_something_else_is_no_evidence(message: str, at: str) -> None:
    said = event(message, kind="Pod", name=POD, last_seen=at)
    whole = taken(running(pods=(CRASHED,), ready=0, events=(said,)))
    assert found(whole, "RT112")[0].evidence == (
        f"pod {POD}: CrashLoopBackOff, 7 restarts back-off 5m0s restarting",
    )


EXPIRED = "E1123 07:00:00 x] list route tables: InvalidSecurityToken.Expired"


@pytest.mark.parametrize("lines", [(EXPIRED,), (EXPIRED, "RequestId: 1")])
def test_a_message_of_the_log_that_is_old_is_no_evidence(lines: tuple[str, ...]) -> None:
    said = log(*lines, time="2026-11-23T07:00:00Z")
    findings = found(taken(running(V0, command=UNTAGGED, logs=(said,))), "RT113")
    assert findings[0].evidence == (f"CCM is v1.9.3.86, image {REPOSITORY}:{V0}",)


@pytest.mark.parametrize(("length", "end"), [(300, ""), (301, " …")])
def test_a_long_message_is_cut(length: int, end: str) -> None:
    long = replace(CRASHED, message="x" * length)
    (said,) = found(taken(running(pods=(long,), ready=0)), "RT112")[0].evidence
    assert said == f"pod {POD}: CrashLoopBackOff, 7 restarts {'x' * 300}{end}"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("/ccm --cluster-cidr=172.16.0.0/16 | tee log", "kubectl -n kube-system edit daemonset/"),
        ("exec /ccm --cluster-cidr=172.16.0.0/16", "kubectl routes enable "),
    ],
)
def test_a_flag_that_enable_cannot_add_is_added_by_hand(text: str, begins: str) -> None:
    none = replace(config(None), source=ConfigSourceKind.NO_FLAG, path="", name="")
    whole = taken(running(command=("sh", "-c", text), cloud_config=none))
    (command,) = found(whole, "RT110")[0].commands
    assert command.startswith(begins)


def test_flags_inside_a_script_of_several_commands_are_edited_by_hand() -> None:
    script = "exec /ccm --cloud-config=/etc/c --master=$(cat /master)"
    whole = taken(running(command=("sh", "-c", script)))
    assert found(whole, "RT112")[0].commands == (
        "kubectl -n kube-system edit daemonset/cloud-controller-manager",
    )


@pytest.mark.parametrize(
    ("owner", "remedy"),
    [("Node m1", "/etc/kubernetes/manifests"), ("", "owner: ?")],
)
def test_no_command_is_shown_for_what_no_workload_manages(owner: str, remedy: str) -> None:
    whole = taken(running(command=OFF, kind=ControllerKind.BARE_POD, owner=owner))
    (finding,) = found(with_cluster(whole, cni="flannel"), "RT111")
    assert (finding.commands, remedy in finding.remedy) == ((), True)
    assert finding.objects[0].kind == "Pod"


def test_routes_that_are_off_are_switched_on_with_all_that_ccm_then_needs() -> None:
    command = ("/ccm", "--cloud-config=/etc/kubernetes/config/cloud-config.conf", OFF[-1])
    whole = with_cluster(taken(running(text=listing(""), command=command)), cni="flannel")
    (finding,) = found(whole, "RT111")
    assert "--configure-cloud-routes=true, --cluster-cidr=172.16.0.0/16." in finding.remedy
    patch, enable = finding.commands
    assert "--cluster-cidr=172.16.0.0/16" in patch
    assert enable == "kubectl routes enable --tables vtb-a,vtb-b"


UNHEALTHY = 'Liveness probe failed: Get "http://127.0.0.1:10252/healthz": connection refused'


def unhealthy(**changes: object) -> Event:
    values: dict[str, object] = {"kind": "Pod", "name": POD, "reason": "Unhealthy"}
    return event(UNHEALTHY, **{**values, **changes})


def test_a_probe_that_asks_the_port_of_another_release_is_named() -> None:
    probes = (Probe("livenessProbe", "httpGet", 10252), Probe("readinessProbe", "tcpSocket", 10252))
    ccm = running(probes=probes, pods=(pod(restarts=3),), events=(unhealthy(),))
    (finding,) = found(taken(ccm), "RT112")
    assert (finding.severity, finding.cause) == (
        Severity.ERROR,
        "The probe asks port 10252, but v2.14.0 answers its health check at port 10258: the kubelet"
        " restarts CCM again and again.",
    )
    assert finding.evidence == (
        f"pod {POD}: Running, 3 restarts",
        f"Event Unhealthy on Pod {POD}, 1 time, last at 2026-11-23T08:00:00Z: {UNHEALTHY}",
    )
    place = "/spec/template/spec/containers/0/livenessProbe/httpGet/port"
    assert finding.commands == (
        "kubectl -n kube-system patch daemonset/cloud-controller-manager --type=json -p"
        f""" '[{{"op":"replace","path":"{place}","value":10258}}]'""",
    )
    # Before the first restart it is a warning, and where CCM crashes it is the cause.
    early = found(taken(running(probes=probes)), "RT112")
    assert [one.severity for one in early] == [Severity.WARNING]
    down = running(probes=probes, pods=(CRASHED,), ready=0, events=(unhealthy(),))
    assert found(taken(down), "RT112")[0].cause == finding.cause


def test_a_probe_that_fails_for_another_reason_is_named_by_its_events() -> None:
    ccm = running(pods=(pod(restarts=3),), events=(unhealthy(),), update_strategy="OnDelete")
    (finding,) = found(taken(ccm), "RT112")
    assert finding.cause == (
        "The kubelet restarts CCM because its liveness or startup probe fails."
    )
    assert found(taken(running(image="ccm:latest", events=(unhealthy(),))), "RT112") == []


def test_an_upgrade_moves_the_probe_along() -> None:
    asked = Probe("livenessProbe", "httpGet", 10258)
    ccm = running(V0, command=UNTAGGED, probes=(asked,), update_strategy="OnDelete")
    patch, restart = found(taken(ccm), "RT113")[0].commands
    assert '/image","value":"' in patch
    assert patch.endswith("""livenessProbe/httpGet/port","value":10252}]'""")
    assert restart == f"kubectl -n kube-system delete pod {POD}"


@pytest.mark.parametrize("where", ["log", "message"])
def test_a_ccm_that_does_not_find_its_vpc_is_explained(where: str) -> None:
    said = "alicloud: multiple vpc found by id[vpc-9], length(vpcs)=0"
    waiting = pod(ready=False, waiting="CrashLoopBackOff", restarts=4)
    if where == "message":
        waiting = replace(waiting, message=said)
    logs = (log(f"F1123 07:59:00.1 1 main.go:1] {said}", previous=True),)
    ccm = running(V0, pods=(waiting,), ready=0, logs=logs if where == "log" else ())
    (finding,) = found(taken(ccm), "RT112")
    assert finding.cause.startswith("CCM exits because it finds 0 VPCs for the VPC id vpc-9")
    assert "vpc:DescribeVpcs" in finding.remedy
    assert finding.commands == ("aliyun vpc DescribeVpcs --RegionId cn-hangzhou --VpcId vpc-9",)
