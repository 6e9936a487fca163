"""``disable`` where the undo records are lost, broken or of no use, over real sockets."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from kubectl_routes.model.undo import CONFIG_HASH, HISTORY, UNDO
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Reply
from tests.cli.asking import BASE, Answer, status
from tests.cli.enabling import (
    CCM,
    PACE,
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
from tests.sampling import sampled

Object = dict[str, Any]
KEY = "cloud-config.conf"
SCENARIOS = ("unlisted-vswitch", "blocked", "seed-before")
LOST = ("ConfigMap", "DaemonSet", "both")


def lose(value: Object) -> None:
    """What ``kubectl replace``, GitOps and some admission policies do."""
    annotations = value["metadata"].get("annotations") or {}
    for name in (UNDO, HISTORY):
        annotations.pop(name, None)
    if not annotations:
        value["metadata"].pop("annotations", None)  # as a server leaves it


def break_record(value: Object) -> None:
    value["metadata"]["annotations"][UNDO] = '{"container"'


def set_list(tables: str) -> Callable[[Object], None]:
    def edit(value: Object) -> None:
        tree = json.loads(value["data"][KEY])
        tree["Global"]["routeTableIDs"] = tables
        value["data"][KEY] = json.dumps(tree)

    return edit


def list_of(cluster: SimulatedCluster) -> str | None:
    """The list that is left; None where there is none, or no ConfigMap any more."""
    found = config_map(cluster)
    text = (found or {"data": {}})["data"].get(KEY)
    return None if text is None else json.loads(text).get("Global", {}).get("routeTableIDs")


def template_hash(cluster: SimulatedCluster) -> str | None:
    template = cluster.kube.store.get("DaemonSet", SPACE, CCM)["spec"]["template"]
    found: str | None = (template["metadata"].get("annotations") or {}).get(CONFIG_HASH)
    return found


def records(cluster: SimulatedCluster) -> list[str]:
    """The kinds of the objects that carry an undo record."""
    found = [cluster.kube.store.get("DaemonSet", SPACE, CCM), config_map(cluster) or {}]
    return [
        one["kind"] for one in found
        if UNDO in ((one.get("metadata") or {}).get("annotations") or {})
    ]  # fmt: skip


def run(cluster: SimulatedCluster, line: str, folder: Path, **env: str) -> None:
    """A printed command, as it is copied into a shell."""
    subprocess.run(
        ["/bin/bash", "-c", line],
        env={**cluster.environment(BASE), "PATH": "/usr/local/bin:/usr/bin:/bin", **env,
             "HOME": str(folder)},
        cwd=folder,
        check=True,
        capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scenario", "lost"),
    sampled(product(SCENARIOS, LOST), [*zip(SCENARIOS, LOST, strict=True)]),
)
def test_disable_removes_the_list_whichever_record_is_lost(scenario: str, lost: str) -> None:
    with simulated(scenario) as cluster:
        before = list_of(cluster)
        assert enable(cluster, "--yes").code == 0
        if lost in ("ConfigMap", "both"):
            cluster.edit_config_map(lose)
        if lost in ("DaemonSet", "both"):
            cluster.edit_workload(lose)
        answer = disable(cluster, "--yes")
        assert answer.code == 0, answer
        # Without a record nothing says which list there was before.
        assert list_of(cluster) == (None if lost == "both" else before)
        assert records(cluster) == []
        if lost == "DaemonSet":
            assert template_hash(cluster) is None
            assert "the undo record of DaemonSet cloud-controller-manager is lost" in " ".join(
                answer.stdout.split()
            )
        again = disable(cluster, "--yes")
        assert again.code == 0
        assert "nothing to undo" in again.stdout
        assert enable(cluster, "--yes").code == 0
        assert listed(cluster) == both(cluster)


@pytest.mark.parametrize(
    "value", sampled(["vtb-other", "vtb-a;touch x", "$(touch x)", "-o"], ["$(touch x)"])
)
def test_a_list_of_another_client_is_left_told_and_can_be_removed(
    value: str, tmp_path: Path
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        cluster.edit_config_map(lose)
        cluster.edit_config_map(set_list(value))
        before = state(cluster)
        cluster.kube.server.forget()
        answer = disable(cluster, "--yes")
        assert answer.code == 3
        assert f"routeTableIDs is '{value}', enable wrote '{both(cluster)}'" in answer.told[0]
        assert (state(cluster), writes(cluster)) == (before, [])
        edit = answer.told[-1].removeprefix("remove routeTableIDs with ").partition(",")[0]
        editor = tmp_path / "editor"
        editor.write_text('#!/bin/sh\nexec sed -i \'s/, "routeTableIDs": "[^"]*"//\' "$1"\n')
        editor.chmod(0o755)
        run(cluster, edit, tmp_path, KUBE_EDITOR=str(editor))
        assert list_of(cluster) is None
        assert disable(cluster, "--yes").code == 0
        assert (records(cluster), list(tmp_path.glob("x"))) == ([], [])


@pytest.mark.parametrize("kind", ["ConfigMap", "DaemonSet"])
def test_a_record_that_cannot_be_read_is_removed_by_the_command_that_is_printed(
    kind: str, tmp_path: Path
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = list_of(cluster)
        assert enable(cluster, "--yes").code == 0
        edit = cluster.edit_config_map if kind == "ConfigMap" else cluster.edit_workload
        edit(break_record)
        answer = disable(cluster, "--yes")
        assert answer.code == 3
        assert f"the undo record of {kind}" in answer.told[0]
        command = answer.told[-1].removeprefix("remove it with ").partition(",")[0]
        run(cluster, command, tmp_path)
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) == before


def test_a_list_that_comes_back_while_disable_waits_is_no_success() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        put_back_after_workload(cluster, "vtb-other")
        answer = disable(cluster, "--yes")
        assert answer.code == 3, answer
        assert answer.told[-2:] == [
            "error: not disabled: routeTableIDs is 'vtb-other' again: another client has set it",
            "find out which, then run kubectl routes disable again",
        ]
        assert list_of(cluster) == "vtb-other"
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) is None


def put_back_after_workload(cluster: SimulatedCluster, tables: str) -> None:
    """Let another client set a list as soon as the workload was written."""
    handle, done = cluster.kube.server.handle, list[int]()

    def handled(request: Any) -> Any:
        reply = handle(request)
        is_write = request.method == "PATCH" and "dryRun" not in request.query
        if is_write and "/daemonsets/" in request.path and not done:
            done.append(1)
            cluster.edit_config_map(set_list(tables))
        return reply

    cluster.kube.server.handle = handled


def test_an_end_that_cannot_be_read_is_not_called_disabled() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        handle, written = cluster.kube.server.handle, list[str]()

        def handled(request: Any) -> Any:
            if written and request.method == "GET" and "/configmaps/cloud-config" in request.path:
                return Reply(403, b"{}")
            reply = handle(request)
            if request.method == "PATCH" and "dryRun" not in request.query:
                written.append(request.path)
            return reply

        cluster.kube.server.handle = handled
        answer = disable(cluster, "--yes", "--timeout", "3s")
        assert answer.code == 3, answer
        assert "error: not known to be disabled: " in answer.stderr
        assert answer.told[-1] == "run kubectl routes disable again: it reads what is there"


def test_an_immutable_config_map_is_told_and_replaced_by_the_commands_that_are_printed(
    tmp_path: Path,
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = list_of(cluster)
        assert enable(cluster, "--yes").code == 0
        cluster.edit_config_map(lambda value: value.update(immutable=True))
        there = state(cluster)
        answer = disable(cluster, "--yes")
        assert (answer.code, state(cluster)) == (3, there)
        assert answer.told == [
            "error: RT110: ConfigMap kube-system/cloud-config is immutable: its list cannot be"
            " changed",
            "save it with kubectl -n kube-system get configmap/cloud-config -o yaml >"
            " cloud-config.yaml, remove the line immutable: true, replace it with kubectl replace"
            " --force -f cloud-config.yaml, then run disable again",
        ]
        save, _, replace, _ = (part.strip() for part in answer.told[1].split(","))
        run(cluster, save.removeprefix("save it with "), tmp_path)
        run(cluster, "sed -i '/^immutable: true$/d' cloud-config.yaml", tmp_path)
        run(cluster, replace.removeprefix("replace it with "), tmp_path)
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) == before


def strip(cluster: SimulatedCluster, *, dry_runs: bool) -> None:
    """An admission policy that lets no annotation of ours through."""
    handle = cluster.kube.server.handle

    def handled(request: Any) -> Any:
        if request.method == "PATCH" and (dry_runs or "dryRun" not in request.query):
            steps = json.loads(request.body)
            kept = [
                one
                for one in steps
                if one["op"] == "remove" or "kubectl-routes~1" not in one["path"]
            ]
            for one in kept:
                if one["path"].endswith("/annotations") and one["op"] == "add":
                    one["value"] = {}
            request = structs.replace(request, body=json.dumps(kept).encode())
        return handle(request)

    cluster.kube.server.handle = handled


@pytest.mark.parametrize(("dry_runs", "code"), [(True, 3), (False, 5)])
def test_without_a_way_back_nothing_is_enabled(dry_runs: bool, code: int) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        strip(cluster, dry_runs=dry_runs)
        answer = enable(cluster, "--yes")
        assert answer.code == code, answer
        assert "the API server does not keep the annotation kubectl-routes/undo" in answer.stderr
        assert state(cluster) == before


def test_a_policy_that_came_after_enable_does_not_keep_disable_from_its_end() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = list_of(cluster)
        assert enable(cluster, "--yes").code == 0
        cluster.edit_config_map(lose)
        cluster.edit_workload(lose)
        answer = disable(cluster, "--yes")
        assert answer.code == 0, answer
        assert list_of(cluster) != both(cluster) != before


V2 = Path(__file__).parent / "v2_without_cloud_config.yaml"


def crashing(cluster: SimulatedCluster, folder: Path) -> None:
    """CCM v2 that exits, because it has no --cloud-config."""
    run(cluster, "kubectl -n kube-system delete daemonset/cloud-controller-manager", folder)
    run(cluster, "kubectl -n kube-system delete configmap/cloud-config", folder)
    run(cluster, f"kubectl apply -f {V2}", folder)


def test_what_ran_never_before_enable_is_told_before_it_is_undone(tmp_path: Path) -> None:
    with simulated("blocked") as cluster:
        crashing(cluster, tmp_path)
        assert enable(cluster, "--yes", "--skip-preflight", "RT112").code == 0
        there = state(cluster)
        answer = disable(cluster, "--yes")
        assert (answer.code, state(cluster)) == (3, there)
        assert answer.told[0] == (
            'error: preflight check "RT112 CCM will start with what it had before enable" failed:'
            " --cloud-config is not given, and this CCM exits without it"
        )
        assert "kubectl routes disable --list-only" in answer.told[1]
        alone = disable(cluster, "--yes", "--list-only")
        assert alone.code == 0, alone
        assert (list_of(cluster), records(cluster)) == (None, [])
        assert cluster.kube.store.get("DaemonSet", SPACE, CCM)["status"]["numberReady"] == 3
        again = disable(cluster, "--yes")
        assert "nothing to undo" in again.stdout


def test_all_the_way_back_to_a_ccm_that_does_not_start_where_it_is_meant(tmp_path: Path) -> None:
    with simulated("blocked") as cluster:
        crashing(cluster, tmp_path)
        before = state(cluster)
        assert enable(cluster, "--yes", "--skip-preflight", "RT112").code == 0
        answer = disable(cluster, "--yes", "--skip-preflight", "RT112")
        assert answer.code == 0, answer
        assert "disabled: CCM does not start, as before enable" in answer.stdout
        assert state(cluster) == before


def test_an_enable_that_is_beaten_by_a_disable_does_not_say_that_its_list_is_there() -> None:
    with simulated("quota") as cluster:
        first = cluster.infra.table_ids[0]
        others: list[Answer] = []
        handle = cluster.kube.server.handle

        def handled(request: Any) -> Any:
            reply = handle(request)
            is_write = request.method == "PATCH" and "dryRun" not in request.query
            if is_write and "/daemonsets/" in request.path and not others:
                others.append(Answer(-1, "", ""))
                others[0] = disable(cluster, "--yes", "--no-wait")
            return reply

        cluster.kube.server.handle = handled
        skipped = [word for code in ("RT108", "RT401") for word in ("--skip-preflight", code)]
        answer = enable(cluster, "--yes", "--timeout", "8s", *skipped, tables=first)
        assert others[0].code == 0, others
        assert answer.code == 3, answer
        assert answer.told[-2].startswith("error: not enabled: another client has changed the list")
        assert "remain" not in answer.stderr


@pytest.mark.parametrize("scenario", ["lost-route", "ram-denied", "conflict"])
def test_a_list_that_is_there_is_no_proof_of_the_routes(scenario: str) -> None:
    """The next reconcile, which writes what is missing, comes long after the timeout."""
    with SimulatedCluster(scenario, period=600, pace=PACE) as cluster:
        answer = enable(cluster, "--yes", "--timeout", "1s")
        assert answer.code == 4, answer
        assert any("routes in place: waiting" in line for line in answer.told)
        assert any(line.startswith("error: enabled, but only") for line in answer.told)
        assert writes(cluster) == []


@pytest.mark.parametrize(
    ("scenario", "code"), [("lost-route", 0), ("ram-denied", 0), ("conflict", 4)]
)
def test_routes_that_come_in_time_are_proven_and_others_are_not(scenario: str, code: int) -> None:
    """What CCM cannot see in its way keeps a route of the conflict away for good."""
    with simulated(scenario) as cluster:
        answer = enable(cluster, "--yes", "--timeout", "5s" if code else "60s")
        assert answer.code == code, answer
        found = status(cluster, "-o", "json").document["summary"]
        there = sum(found.values()) == found["ok"]
        assert there is (code == 0), found
        assert writes(cluster) == []


def test_json_holds_the_plan_and_how_it_ended() -> None:
    with simulated("unlisted-vswitch") as cluster:
        stopped = enable(cluster, "--yes", "-o", "json", tables="vtb-nosuch").document
        assert stopped["result"]["outcome"] == "stopped"
        dry = enable(cluster, "--dry-run", "-o", "json").document
        assert (dry["result"]["outcome"], dry["result"]["exitCode"]) == ("dry-run", 1)
        on = enable(cluster, "--yes", "-o", "json").document
        assert on["result"] == {
            "outcome": "enabled",
            "exitCode": 0,
            "message": "enabled: all routes verified, 18 in 2 tables",
            "found": 18,
            "wanted": 18,
        }
        assert (on["kind"], on["restarts"], bool(on["server"])) == ("Plan", 3, True)
        again = enable(cluster, "--yes", "-o", "json").document
        assert (again["result"]["outcome"], again["result"]["found"]) == ("unchanged", 18)
        back = enable(cluster, "--yes", "--ccm-version", "v2.99.0", "-o", "json").document
        assert (back["result"]["outcome"], back["result"]["exitCode"]) == ("rolled-back", 5)
        off = disable(cluster, "--yes", "-o", "json").document
        assert (off["result"]["outcome"], off["result"]["exitCode"]) == ("disabled", 0)


def test_a_write_that_was_refused_is_none_that_remains() -> None:
    with simulated("unlisted-vswitch") as cluster:
        handle = cluster.kube.server.handle

        def handled(request: Any) -> Any:
            if request.method == "PATCH" and "dryRun" not in request.query:
                return Reply(403, b"{}")
            return handle(request)

        cluster.kube.server.handle = handled
        for flag in ("--rollback-on-failure", "--no-rollback-on-failure"):
            answer = enable(cluster, "--yes", flag)
            assert answer.code == 3, answer
            assert "rolled back" not in answer.stderr
            assert "remain" not in answer.stderr
