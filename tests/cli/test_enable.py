"""``enable`` and ``disable`` against simulated clusters, over real sockets."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.cli.asking import BASE, ask, status
from tests.cli.enabling import (
    CCM,
    SPACE,
    both,
    config_map,
    disable,
    enable,
    listed,
    simulated,
    state,
    writes,
)
from tests.cli.streams import Screen

SCRIPTS = Path(sys.executable).parent


def test_modern_ccm_gets_its_list_and_every_route_and_nothing_else_changes() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert "enabled: all routes verified, 18 in 2 tables\n" in answer.stdout
        assert status(cluster, "--check").code == 0
        after = state(cluster)
        assert before.config_map is not None
        assert after.config_map is not None
        old, new = (json.loads(one["data"]["cloud-config.conf"])["Global"] for one in
                    (before.config_map, after.config_map))  # fmt: skip
        assert {**old, "routeTableIDs": both(cluster)} == new
        assert list(old) == list(new)
        del after.spec["template"]["metadata"]["annotations"]
        assert after.spec == before.spec


def test_second_run_writes_nothing() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        cluster.kube.server.forget()
        again = enable(cluster)
        assert (again.code, again.stdout) == (0, "already enabled; 18 of 18 routes in place\n")
        assert writes(cluster) == []


@pytest.mark.parametrize(
    "scenario", ["unlisted-vswitch", "blocked", "space-in-list", "seed-before"]
)
def test_disable_brings_back_what_was_there_to_the_byte(scenario: str) -> None:
    with simulated(scenario) as cluster:
        before = state(cluster)
        assert enable(cluster, "--yes").code == 0
        assert state(cluster) != before
        answer = disable(cluster, "--yes")
        assert answer.code == 0
        last = answer.stdout.splitlines()[-1]
        assert last.startswith("disabled: the previous CCM configuration is restored")
        assert ("as before enable" in last) is (scenario in ("unlisted-vswitch", "space-in-list"))
        assert state(cluster) == before
        again = disable(cluster, "--yes")
        assert again.code == 0
        assert state(cluster) == before


def test_cluster_of_the_document_comes_to_work_as_the_document_says() -> None:
    with simulated("seed-before") as cluster:
        assert status(cluster, "--check").code == 1
        tag = "v1.9.3.86-g4454991-aliyun"
        assert enable(cluster, "--yes", "--ccm-version", tag, tables=both(cluster)).code == 0
        workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
        container = workload["spec"]["template"]["spec"]["containers"][0]
        assert container["image"].endswith(f"/acs/cloud-controller-manager-amd64:{tag}")
        assert container["command"][-2:] == [
            "--cloud-config=/etc/kubernetes/config/cloud-config.conf",
            "--feature-gates=ServiceNodeExclusion=true",
        ]
        assert listed(cluster) == both(cluster)
        assert status(cluster, "--check").code == 0


def test_release_that_is_too_old_is_raised_to_one_that_keeps_its_credentials() -> None:
    with simulated("old-ccm") as cluster:
        assert enable(cluster, "--yes").code == 0
        workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
        image = workload["spec"]["template"]["spec"]["containers"][0]["image"]
        assert image.endswith(":v1.9.3.105-gfd4e547-aliyun")


def test_pods_that_wait_to_be_deleted_are_deleted_one_at_a_time() -> None:
    with simulated("on-delete") as cluster:
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        deleted = [line for line in answer.stderr.splitlines() if line.startswith("deleting pod")]
        assert len(deleted) == 3
        assert status(cluster, "--check").code == 0


def test_without_a_terminal_and_without_yes_nothing_is_changed() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster)
        assert answer.code == 2
        assert answer.told[-2:] == [
            "error: cannot ask for confirmation: stdin is not a terminal; nothing was changed",
            "read the plan, and add --yes; or --dry-run=server to try it without changing anything",
        ]
        assert (state(cluster), writes(cluster)) == (before, [])


@pytest.mark.parametrize("how", ["client", "server"])
@pytest.mark.parametrize("output", ["text", "diff", "json", "yaml"])
def test_dry_run_shows_the_plan_in_every_form_and_changes_nothing(how: str, output: str) -> None:
    with SimulatedCluster("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, f"--dry-run={how}", "-o", output)
        assert answer.code == 1
        assert both(cluster) in answer.stdout
        assert CANARY_SECRET not in answer.stdout + answer.stderr
        assert (state(cluster), writes(cluster)) == (before, [])


def test_dry_run_of_a_cluster_that_needs_nothing_is_0() -> None:
    with SimulatedCluster("healthy") as cluster:
        assert enable(cluster, "--dry-run=server").code == 0


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_answer_at_the_terminal_decides(typed: str, code: int) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        words = ["kubectl-routes", "enable", "--tables", "auto"]
        screen, result = Screen(), io.StringIO()
        found = main(words, cluster.environment(BASE), result, screen, Keyboard(typed))
        assert found == code
        assert "[y/N]" in screen.getvalue()
        assert (state(cluster) == before) is (code == 1)


@pytest.mark.parametrize(
    ("tables", "code", "line"),
    [
        (
            "vtb-bp1nosuch",
            2,
            'error: preflight check "RT104 all tables exist" failed: vtb-bp1nosuch',
        ),
        ("vtb-a,,vtb-b", 2, "error: --tables: empty item in the list 'vtb-a,,vtb-b'"),
        ("vtb-a,vtb-a", 2, "error: --tables: vtb-a is duplicated in the list"
                           " 'vtb-a,vtb-a'"),
        ("rubbish", 2, "error: --tables: 'rubbish' is not the id of a route table"
                       " (vtb- and letters, digits, hyphens)"),
    ],
)  # fmt: skip
def test_bad_table_is_told_and_nothing_is_changed(tables: str, code: int, line: str) -> None:
    with SimulatedCluster("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes", tables=tables)
        assert (answer.code, answer.told[0]) == (code, line)
        assert (state(cluster), writes(cluster)) == (before, [])


def test_no_tables_at_all_is_a_question() -> None:
    with SimulatedCluster("healthy") as cluster:
        answer = ask(cluster, "enable", "--yes")
        assert (answer.code, answer.told[0]) == (
            2,
            "error: --tables is required: --tables ID,ID or --tables auto",
        )


def test_table_left_out_stops_unless_it_is_meant() -> None:
    with simulated("unlisted-vswitch") as cluster:
        only = cluster.infra.table_ids[1]
        answer = enable(cluster, "--yes", tables=only)
        assert answer.code == 3
        failed = 'error: preflight check "'
        codes = [
            line.removeprefix(failed).split()[0] for line in answer.told if line.startswith(failed)
        ]
        assert codes == ["RT107", "RT108"]
        skipped = ["--skip-preflight", "RT107", "--skip-preflight", "RT108"]
        assert enable(cluster, "--yes", *skipped, tables=only).code == 0
        assert listed(cluster) == only


def test_mandatory_check_cannot_be_skipped() -> None:
    with SimulatedCluster("healthy") as cluster:
        answer = enable(cluster, "--skip-preflight", "RT104")
        assert (answer.code, answer.told[0]) == (
            2,
            "error: --skip-preflight RT104: that check cannot be skipped",
        )


def test_full_tables_stop_it() -> None:
    with SimulatedCluster("quota") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert any(line.startswith('error: preflight check "RT401') for line in answer.told)
        assert state(cluster) == before


def test_crash_loop_for_what_the_plan_mends_is_no_reason_to_stop() -> None:
    with simulated("crashloop") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 0, answer.stderr
        assert "RT102: CCM rejects cloud-config" in " ".join(answer.stdout.split())
        found = config_map(cluster)
        assert found is not None
        assert (
            found["data"]["cloud-config.conf.before-kubectl-routes"]
            == ((before.config_map or {})["data"]["cloud-config.conf"])
        )


def test_ccm_that_is_down_for_another_reason_stops_it_unless_it_is_skipped() -> None:
    with simulated("unlisted-vswitch") as cluster:
        cluster.edit_workload(add_flag)
        deadline = time.monotonic() + 20
        while "CrashLoopBackOff" not in ask(cluster, "diagnose").stdout:
            assert time.monotonic() < deadline
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert any(
            line.startswith('error: preflight check "RT112 CCM will start') for line in answer.told
        )
        assert state(cluster) == before


def add_flag(workload: dict[str, Any]) -> None:
    """A flag of v1, on which v2 exits."""
    container = workload["spec"]["template"]["spec"]["containers"][0]
    container["command"].append("--address=127.0.0.1")


def test_image_that_cannot_be_pulled_is_taken_back_and_verified() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes", "--ccm-version", "v2.99.0")
        assert answer.code == 5
        error = next(line for line in answer.told[::-1] if line.startswith("error:"))
        assert "ImagePullBackOff" in error
        assert error.endswith("all changes were rolled back, and CCM runs as before")
        assert "kubectl" not in answer.stderr
        assert state(cluster) == before
        assert cluster.kube.store.get("DaemonSet", SPACE, CCM)["status"]["numberReady"] == 3
        reasons = [one["reason"] for one in cluster.kube.store.list("Event")]
        assert "RoutesRolledBack" in reasons


def test_failure_that_is_not_to_be_taken_back_stands_and_says_how_to_go_on() -> None:
    with simulated("unlisted-vswitch") as cluster:
        answer = enable(cluster, "--yes", "--ccm-version", "v2.99.0", "--no-rollback-on-failure")
        assert answer.code == 3
        assert "kubectl routes disable to undo" in answer.stderr
        assert listed(cluster) == both(cluster)
        assert disable(cluster, "--yes").code == 0


def test_routes_that_do_not_come_are_told_by_table_node_and_cause() -> None:
    with simulated("quota") as cluster:
        first = cluster.infra.table_ids[0]
        skipped = [word for code in ("RT108", "RT401") for word in ("--skip-preflight", code)]
        answer = enable(cluster, "--yes", "--timeout", "6s", *skipped, tables=first)
        assert answer.code == 4, answer
        error = next(line for line in answer.told if line.startswith("error:"))
        assert re.fullmatch(
            r"error: enabled, but only \d+ of \d+ routes are in place, and the time is up", error
        )
        told = "\n".join(answer.told)
        assert "missing, stuck, CCM will not fix it (RT401)" in told
        assert any(node.name in told for node in cluster.infra.nodes)
        assert answer.told[-1].endswith("or kubectl routes disable to undo")
        assert listed(cluster) == first


def test_crash_loop_is_taken_back_and_told_in_the_words_of_its_log() -> None:
    with simulated("seed-before") as cluster:
        # Lies there unused; once CCM is made to read it, it cannot.
        cluster.kube.store.put(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "cloud-config", "namespace": SPACE},
                "data": {"cloud-config.conf": '{"Global": {"accessKeyID": "no base64!"}}'},
            }
        )
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 5, answer
        error = next(line for line in answer.told[::-1] if line.startswith("error:"))
        assert "CrashLoopBackOff" in error
        assert "illegal base64 data" in error
        assert error.endswith("all changes were rolled back, and CCM runs as before")
        assert state(cluster) == before


def test_pods_that_do_not_come_in_time_are_taken_back() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes", "--timeout", "0s")
        assert answer.code == 5, answer
        assert "CCM's new pods were not ready in time" in answer.stderr
        assert state(cluster) == before


def test_history_tells_who_did_what() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        assert disable(cluster, "--yes").code == 0
        answer = ask(cluster, "enable", "--history", "-o", "json")
        deeds = json.loads(answer.stdout)["deeds"]
        old = cluster.infra.table_ids[0]
        assert [(one["action"], one["by"], one["was"], one["now"]) for one in deeds] == [
            ("enabled", "kubernetes-admin", old, both(cluster)),
            ("disabled", "kubernetes-admin", both(cluster), old),
        ]
        reasons = {one["reason"] for one in cluster.kube.store.list("Event")}
        assert {"RoutesEnabled", "RoutesDisabled"} <= reasons
        page = ask(cluster, "enable", "--history").stdout.splitlines()
        assert page[0].startswith('History of context "')
        assert [line.split()[:2] for line in page[2:]] == [
            [deeds[1]["time"][:19] + "Z", "disabled"],
            [deeds[0]["time"][:19] + "Z", "enabled"],
        ]


@pytest.mark.parametrize("output", ["text", "diff", "json", "yaml"])
def test_credential_is_seen_nowhere_but_in_its_config_map(output: str) -> None:
    with simulated("unlisted-vswitch") as cluster:
        told = ""
        for command in (["enable", "--tables", "auto"], ["disable"]):
            answer = ask(cluster, *command, "--yes", "-o", output, "-v", "8")
            assert answer.code == 0
            told += answer.stdout + answer.stderr
        failed = enable(cluster, "--yes", "-v", "8", "--ccm-version", "v2.99.0", "-o", output)
        assert failed.code == 5
        told += failed.stdout + failed.stderr
        store = cluster.kube.store
        for kind in ("DaemonSet", "Event", "Pod"):
            told += json.dumps(store.list(kind), default=str)
        annotations = store.get("ConfigMap", SPACE, "cloud-config")["metadata"]
        told += json.dumps(annotations)
        assert CANARY_SECRET not in told


def test_objects_that_are_applied_by_hand_do_what_enable_does(tmp_path: Path) -> None:
    with simulated("seed-before") as cluster:
        objects = tmp_path / "objects.yaml"
        objects.write_text(enable(cluster, "--dry-run=client", "-o", "yaml").stdout)
        env = {
            **cluster.environment(BASE),
            "PATH": f"{SCRIPTS}:/usr/bin:/bin",
            "HOME": str(tmp_path),
        }
        kubectl = ["kubectl", "apply", "-f", str(objects)]
        subprocess.run(kubectl, env=env, check=True, capture_output=True)
        pod = cluster.kube.store.get("DaemonSet", SPACE, CCM)["spec"]["template"]["spec"]
        mounts = {one["mountPath"]: one for one in pod["containers"][0]["volumeMounts"]}
        assert not mounts["/etc/kubernetes/"].get("readOnly")
        deadline = time.monotonic() + 20
        while status(cluster, "--check").code and time.monotonic() < deadline:
            time.sleep(0.2)
        assert status(cluster, "--check").code == 0
        assert enable(cluster).stdout == "already enabled; 18 of 18 routes in place\n"


def test_again_while_its_pods_are_being_made_anew_waits_and_writes_nothing() -> None:
    # A rollout of some seconds, so that it is not over before it is looked at.
    with SimulatedCluster("unlisted-vswitch", period=1.0, pace=0.2) as cluster:
        assert enable(cluster, "--yes", "--no-wait").code == 0
        cluster.kube.server.forget()
        shown = enable(cluster, "--dry-run=client")
        assert shown.code == 0
        assert "CCM pods are still being replaced" in shown.stdout
        again = enable(cluster, "--yes")
        assert again.code == 0, again
        assert "still being replaced: waiting" in again.stderr
        assert "all routes verified" in again.stdout
        assert writes(cluster) == []
        assert status(cluster, "--check").code == 0


def test_disable_takes_a_list_off_a_managed_cluster_that_somebody_else_has_set() -> None:
    with simulated("managed") as cluster:
        cluster.addon.store.seconds = 0.0
        answer = disable(cluster, "--yes")
        assert (answer.code, answer.stderr.count("note:")) == (0, 0), answer
        assert answer.stdout.endswith("disabled: the previous CCM configuration is restored\n")
        assert "RouteTableIDs" not in json.loads(cluster.addon.store.config)
