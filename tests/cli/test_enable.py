"""``enable`` and ``disable`` against simulated clusters, over real sockets."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.cli.asking import BASE, ask, eventually, status
from tests.cli.enabling import (
    CCM,
    KEY,
    SPACE,
    both,
    config_map,
    container_of,
    disable,
    edit_container,
    enable,
    enabled,
    listed,
    simulated,
    skip,
    state,
    unchanged,
    writes,
)
from tests.cli.fixing import editor, run_line
from tests.cli.meddling import put_config_map, refusal
from tests.cli.streams import Screen


def test_modern_ccm_gets_its_list_and_every_route_and_nothing_else_changes() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert "enabled: all routes verified, 18 in 2 tables\n" in answer.stdout
        # No bar is drawn into a pipe.
        assert "18 of 18 routes ready" in answer.stderr
        assert "\r" not in answer.stderr
        assert status(cluster, "--check").code == 0
        after = state(cluster)
        assert before.config_map is not None
        assert after.config_map is not None
        old, new = (
            json.loads(one["data"][KEY])["Global"] for one in (before.config_map, after.config_map)
        )
        assert {**old, "routeTableIDs": both(cluster)} == new
        assert list(old) == list(new)
        del after.spec["template"]["metadata"]["annotations"]
        assert after.spec == before.spec
        with unchanged(cluster):
            again = enable(cluster)
        assert (again.code, again.stdout) == (0, "already enabled; 18 of 18 routes in place\n")


@pytest.mark.parametrize(
    "scenario", ["unlisted-vswitch", "blocked", "space-in-list", "seed-before"]
)
def test_disable_brings_back_what_was_there_to_the_byte(scenario: str) -> None:
    with simulated(scenario) as cluster:
        with unchanged(cluster, written=True):
            assert enable(cluster, "--yes").code == 0
            answer = disable(cluster, "--yes")
            assert answer.code == 0
            last = answer.stdout.splitlines()[-1]
            assert last.startswith("disabled: the previous CCM configuration is restored")
            had_list = scenario in ("unlisted-vswitch", "space-in-list")
            assert ("as before enable" in last) is had_list
        with unchanged(cluster):
            assert disable(cluster, "--yes").code == 0


def test_release_that_is_too_old_is_raised_to_one_that_keeps_its_credentials() -> None:
    with enabled("old-ccm") as cluster:
        assert container_of(cluster)["image"].endswith(":v1.9.3.105-gfd4e547-aliyun")


def test_the_probe_moves_with_the_image_and_ccm_lives() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 10252}, "periodSeconds": 1}
    with simulated("old-ccm") as cluster:
        edit_container(
            cluster, lambda one: one.update(livenessProbe={**probe, "failureThreshold": 2})
        )
        tag = "v1.9.3.380-gd6d0962-aliyun"
        answer = enable(cluster, "--yes", *skip("RT112"), "--ccm-version", tag)
        assert answer.code == 0, answer
        assert container_of(cluster)["livenessProbe"]["httpGet"]["port"] == 10258
        assert disable(cluster, "--yes").code == 0
        assert container_of(cluster)["livenessProbe"]["httpGet"]["port"] == 10252


def test_pods_that_wait_to_be_deleted_are_deleted_one_at_a_time() -> None:
    with simulated("on-delete") as cluster:
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert sum(line.startswith("deleting pod") for line in answer.told) == 3
        assert status(cluster, "--check").code == 0


@pytest.mark.parametrize("how", ["", "=client", "=server"])
@pytest.mark.parametrize("output", ["text", "diff", "json", "yaml"])
def test_dry_run_shows_the_plan_in_every_form_and_changes_nothing(how: str, output: str) -> None:
    with SimulatedCluster("unlisted-vswitch") as cluster, unchanged(cluster):
        answer = enable(cluster, f"--dry-run{how}", "-o", output)
        assert answer.code == 1
        assert answer.told[-1] == f"dry run ({how[1:] or 'client'}): nothing was changed"
        assert both(cluster) in answer.stdout
        assert CANARY_SECRET not in answer.stdout + answer.stderr
        asked = any("dryRun" in one.query for one in cluster.kube.server.requests)
        assert asked is (how == "=server")


def test_dry_run_of_a_cluster_that_needs_nothing_is_0() -> None:
    with SimulatedCluster("healthy") as cluster:
        assert enable(cluster, "--dry-run=server").code == 0


class Keyboard(Screen):
    """A person at a terminal."""


class Interrupted(Keyboard):
    """Who types Ctrl-C instead of an answer."""

    def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("keyboard", "code", "ends"),
    [
        # The operator's own return key ends the line of an answer.
        (Keyboard("n\n"), 1, "[y/N] nothing was changed\n"),
        (Keyboard(""), 1, "[y/N] \nnothing was changed\n"),
        (Interrupted(), 130, "[y/N] \nnothing was changed\n"),
        (Keyboard("y\n"), 0, "\r\x1b[K"),
    ],
)
def test_answer_at_the_terminal_decides(keyboard: Keyboard, code: int, ends: str) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before, screen = state(cluster), Screen()
        words = ["kubectl-routes", "enable", "--tables", "auto"]
        assert main(words, cluster.environment(BASE), io.StringIO(), screen, keyboard) == code
        told = screen.getvalue()
        assert re.search(
            r'Apply to context "[^"]+" \(http://127\.0\.0\.1:\d+\)\? Restarts 3 CCM pods\. ', told
        )
        assert told.endswith(ends)
        assert told.count("nothing was changed") == (code != 0)
        assert (state(cluster) == before, writes(cluster) == []) == (code != 0, code != 0)
        # The bar is taken away in the end.
        assert bool(re.search(r"\[#+\.*\] 18 of 18 routes ready", told)) is (code == 0)


def test_without_a_terminal_consent_is_needed() -> None:
    with SimulatedCluster("unlisted-vswitch") as cluster, unchanged(cluster):
        answer = enable(cluster)
        assert answer.code == 2
        assert answer.told == [
            "error: cannot ask for confirmation: stdin is not a terminal; nothing was changed",
            "read the plan, and add --yes; or --dry-run=server to try it without changing anything",
        ]


def test_tables_that_do_not_exist_are_named_before_anything_is_changed() -> None:
    with SimulatedCluster("unlisted-vswitch") as cluster, unchanged(cluster):
        answer = enable(cluster, "--yes", tables="vtb-bp1nosuch")
        assert answer.code == 2
        assert answer.told[0] == (
            'error: preflight check "RT104 all tables exist" failed: vtb-bp1nosuch'
        )


def failed_checks(told: list[str]) -> list[str]:
    failed = 'error: preflight check "'
    return [line.removeprefix(failed).split()[0] for line in told if line.startswith(failed)]


def test_table_left_out_stops_unless_it_is_meant() -> None:
    with simulated("unlisted-vswitch") as cluster:
        only = cluster.infra.table_ids[1]
        answer = enable(cluster, "--yes", tables=only)
        assert (answer.code, failed_checks(answer.told)) == (3, ["RT107", "RT108"])
        assert enable(cluster, "--yes", *skip("RT107", "RT108"), tables=only).code == 0
        assert listed(cluster) == only


def strip_flags(container: dict[str, Any]) -> None:
    """A v1 without the flags that it exits without."""
    for name in ("command", "args"):
        container[name] = [
            word
            for word in container.get(name) or []
            if not word.startswith(("--allow-untagged-cloud", "--cluster-cidr"))
        ]


def test_all_that_stops_it_is_listed_before_any_rollout() -> None:
    with simulated("quota") as cluster, unchanged(cluster):
        answer = enable(cluster, "--yes")
        assert (answer.code, failed_checks(answer.told)[0]) == (3, "RT401")
    with simulated("seed-before") as cluster:
        edit_container(cluster, strip_flags)
        with unchanged(cluster):
            answer = enable(cluster, "--yes", tables="vtb-nosuch")
        assert answer.code == 3
        told = " ".join(answer.told)
        assert all(one in told for one in ("RT104", "--allow-untagged-cloud", "--cluster-cidr"))


def test_entries_that_stay_in_a_table_that_leaves_the_list_are_listed() -> None:
    with enabled("unlisted-vswitch") as cluster:
        first, second = both(cluster).split(",")
        answer = enable(cluster, "--yes", *skip("RT107", "RT108"), tables=first)
        assert answer.code == 0, answer
        shown = " ".join(answer.stdout.split())
        assert f"{second} keeps its 9 entries of this cluster, which CCM no longer manages" in shown
        assert listed(cluster) == first
        assert disable(cluster, "--yes").code == 0


def test_crash_loop_for_what_the_plan_mends_is_no_reason_to_stop() -> None:
    with simulated("crashloop") as cluster:
        before = config_map(cluster) or {}
        answer = enable(cluster, "--yes")
        assert answer.code == 0, answer.stderr
        assert "RT102: CCM rejects cloud-config" in " ".join(answer.stdout.split())
        found = config_map(cluster) or {}
        assert found["data"][f"{KEY}.before-kubectl-routes"] == before["data"][KEY]


def test_ccm_that_is_down_for_another_reason_stops_it_unless_it_is_skipped() -> None:
    with simulated("unlisted-vswitch") as cluster:
        # A flag of v1, on which v2 exits.
        edit_container(cluster, lambda one: one["command"].append("--address=127.0.0.1"))
        eventually(lambda: "CrashLoopBackOff" in ask(cluster, "diagnose").stdout)
        with unchanged(cluster):
            answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert any("RT112 CCM will start" in line for line in answer.told)


@pytest.mark.parametrize(
    ("scenario", "words", "said"),
    [
        ("unlisted-vswitch", ["--ccm-version", "v2.99.0"], ["ImagePullBackOff"]),
        ("unlisted-vswitch", ["--timeout", "0s"], ["CCM's new pods were not ready in time"]),
        ("seed-before", [], ["CrashLoopBackOff", "illegal base64 data"]),
    ],
)
def test_pods_that_do_not_become_ready_are_rolled_back_and_told_why(
    scenario: str, words: list[str], said: list[str]
) -> None:
    with simulated(scenario) as cluster:
        if scenario == "seed-before":
            # Once CCM is made to read it, it cannot.
            put_config_map(
                cluster, "cloud-config", {KEY: '{"Global": {"accessKeyID": "no base64!"}}'}
            )
        with unchanged(cluster, written=True):
            answer = enable(cluster, "--yes", *words)
        assert answer.code == 5, answer
        error = next(line for line in answer.told[::-1] if line.startswith("error:"))
        assert all(one in error for one in said)
        assert error.endswith("all changes were rolled back, and CCM runs as before")
        assert "kubectl" not in answer.stderr
        assert cluster.kube.store.get("DaemonSet", SPACE, CCM)["status"]["numberReady"] == 3
        reasons = [one["reason"] for one in cluster.kube.store.list("Event")]
        assert "RoutesRolledBack" in reasons


def test_failure_that_is_not_to_be_rolled_back_stands_and_says_how_to_go_on() -> None:
    with simulated("unlisted-vswitch") as cluster:
        answer = enable(cluster, "--yes", "--ccm-version", "v2.99.0", "--no-rollback-on-failure")
        assert answer.code == 3
        assert "kubectl routes disable to undo" in answer.stderr
        assert listed(cluster) == both(cluster)
        assert disable(cluster, "--yes").code == 0


@pytest.mark.parametrize(
    ("scenario", "tag"),
    [("unlisted-vswitch", "v2.99.0"), ("seed-before", "v1.9.3.999-g0000000-aliyun")],
)
def test_the_lines_after_a_failed_rollback_lead_back(
    scenario: str, tag: str, tmp_path: Path
) -> None:
    with simulated(scenario) as cluster:
        before = state(cluster)
        cluster.kube.server.faults.add(refusal("any", skip=2))
        answer = enable(cluster, "--yes", "--ccm-version", tag)
        assert answer.code == 3, answer
        assert "and the rollback failed: " in answer.stderr
        cluster.kube.server.faults.clear()
        lines = [one.strip() for one in answer.told if one.startswith("  kubectl ")]
        assert len(lines) == len(set(lines)) == 2
        was = f'"routeTableIDs": "{cluster.infra.table_ids[0]}"'
        edits = (f's/"routeTableIDs": "[^"]*"/{was}/', "/kubectl-routes.undo/d")
        for line in lines:
            run_line(cluster, line, tmp_path, KUBE_EDITOR=editor(tmp_path, *edits))
        after = state(cluster)
        assert after.spec == before.spec
        assert (after.config_map or {}).get("data") == (before.config_map or {}).get("data")


def test_routes_that_do_not_come_are_told_by_table_node_and_cause() -> None:
    with simulated("quota") as cluster:
        first = cluster.infra.table_ids[0]
        skipped = skip("RT108", "RT401")
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


def test_history_tells_who_did_what() -> None:
    with enabled("unlisted-vswitch") as cluster:
        assert disable(cluster, "--yes").code == 0
        deeds = ask(cluster, "enable", "--history", "-o", "json").document["deeds"]
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
    verbose = ("--yes", "-v", "8", "-o", output)
    with simulated("unlisted-vswitch") as cluster:
        answers = [
            enable(cluster, *verbose),
            disable(cluster, *verbose),
            enable(cluster, *verbose, "--ccm-version", "v2.99.0"),
        ]
        assert [one.code for one in answers] == [0, 0, 5]
        store = cluster.kube.store
        kept = [store.list(kind) for kind in ("DaemonSet", "Event", "Pod")]
        kept.append(store.get("ConfigMap", SPACE, "cloud-config")["metadata"])
        assert CANARY_SECRET not in json.dumps([answers, kept], default=str)


def test_objects_that_are_applied_by_hand_do_what_enable_does(tmp_path: Path) -> None:
    with simulated("seed-before") as cluster:
        objects = tmp_path / "objects.yaml"
        objects.write_text(enable(cluster, "--dry-run=client", "-o", "yaml").stdout)
        run_line(cluster, f"kubectl apply -f {objects}", tmp_path)
        mounts = {one["mountPath"]: one for one in container_of(cluster)["volumeMounts"]}
        assert not mounts["/etc/kubernetes/"].get("readOnly")
        eventually(lambda: status(cluster, "--check").code == 0)
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
