"""``disable`` where the undo records are lost, broken or of no use, over real sockets."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.model.undo import CONFIG_HASH, UNDO
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Reply, Request
from tests.cli.asking import Answer, status
from tests.cli.enabling import (
    CCM,
    KEY,
    PACE,
    SPACE,
    both,
    config_map,
    disable,
    enable,
    enabled,
    listed,
    simulated,
    skip,
    unchanged,
    writes,
)
from tests.cli.fixing import editor, run_line
from tests.cli.meddling import at_write, lose, refusal, stripping
from tests.sampling import sampled

Object = dict[str, Any]
SCENARIOS = ("unlisted-vswitch", "blocked", "seed-before")
LOST = ("ConfigMap", "DaemonSet", "both")


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
        one["kind"]
        for one in found
        if UNDO in ((one.get("metadata") or {}).get("annotations") or {})
    ]


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
    with enabled("unlisted-vswitch") as cluster:
        cluster.edit_config_map(lose)
        cluster.edit_config_map(set_list(value))
        with unchanged(cluster):
            answer = disable(cluster, "--yes")
        assert answer.code == 3
        assert f"routeTableIDs is '{value}', enable wrote '{both(cluster)}'" in answer.told[0]
        edit = answer.told[-1].removeprefix("remove routeTableIDs with ").partition(",")[0]
        run_line(
            cluster,
            edit,
            tmp_path,
            KUBE_EDITOR=editor(tmp_path, 's/, "routeTableIDs": "[^"]*"//'),
        )
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
        run_line(cluster, command, tmp_path)
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) == before


def test_a_list_that_comes_back_while_disable_waits_is_no_success() -> None:
    with enabled("unlisted-vswitch") as cluster:
        at_write(
            cluster, "DaemonSet", lambda: cluster.edit_config_map(set_list("vtb-other")), after=True
        )
        answer = disable(cluster, "--yes")
        assert answer.code == 3, answer
        assert answer.told[-2:] == [
            "error: not disabled: routeTableIDs is 'vtb-other' again: another client has set it",
            "find out which, then run kubectl routes disable again",
        ]
        assert list_of(cluster) == "vtb-other"
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) is None


def forbid_reading(cluster: SimulatedCluster, seconds: float = math.inf) -> None:
    """From now on the ConfigMap cannot be read, for so long."""
    handle, end = cluster.kube.server.handle, time.monotonic() + seconds

    def handled(request: Request) -> Reply:
        reads = request.method == "GET" and "/configmaps/cloud-config" in request.path
        if reads and time.monotonic() < end:
            return Reply(403, b"{}")
        return handle(request)

    cluster.kube.server.handle = handled


@pytest.mark.parametrize("wait", [["--timeout", "3s"], ["--no-wait"]])
def test_an_end_that_cannot_be_read_is_not_called_disabled(wait: list[str]) -> None:
    with enabled("unlisted-vswitch") as cluster:
        at_write(cluster, "DaemonSet", lambda: forbid_reading(cluster), after=True)
        answer = disable(cluster, "--yes", *wait)
        assert answer.code == 3, answer
        assert "error: not known to be disabled: " in answer.stderr
        assert answer.told[-1] == "run kubectl routes disable again: it reads what is there"


def test_a_list_that_cannot_be_read_for_a_while_is_no_reason_to_undo_enable() -> None:
    with simulated("unlisted-vswitch") as cluster:
        at_write(cluster, "DaemonSet", lambda: forbid_reading(cluster, 4.0), after=True)
        answer = enable(cluster, "--yes", "--timeout", "60s")
        assert answer.code == 0, answer
        assert listed(cluster) == both(cluster)


def test_an_immutable_config_map_is_told_and_replaced_by_the_commands_that_are_printed(
    tmp_path: Path,
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = list_of(cluster)
        assert enable(cluster, "--yes").code == 0
        cluster.edit_config_map(lambda value: value.update(immutable=True))
        with unchanged(cluster):
            answer = disable(cluster, "--yes")
        assert answer.code == 3
        assert answer.told == [
            "error: RT110: ConfigMap kube-system/cloud-config is immutable: its list cannot be"
            " changed",
            "save it with kubectl -n kube-system get configmap/cloud-config -o yaml >"
            " cloud-config.yaml, remove the line immutable: true, replace it with kubectl replace"
            " --force -f cloud-config.yaml, then run disable again",
        ]
        save, _, replace, _ = (part.strip() for part in answer.told[1].split(","))
        run_line(cluster, save.removeprefix("save it with "), tmp_path)
        run_line(cluster, "sed -i '/^immutable: true$/d' cloud-config.yaml", tmp_path)
        run_line(cluster, replace.removeprefix("replace it with "), tmp_path)
        assert disable(cluster, "--yes").code == 0
        assert list_of(cluster) == before


@pytest.mark.parametrize(("dry_runs", "code"), [(True, 3), (False, 5)])
def test_without_a_way_back_nothing_is_enabled(dry_runs: bool, code: int) -> None:
    with simulated("unlisted-vswitch") as cluster:
        server = cluster.kube.server
        server.handle = stripping(server.handle, dry_runs=dry_runs)
        with unchanged(cluster, written=code == 5):
            answer = enable(cluster, "--yes")
        assert answer.code == code, answer
        assert "the API server does not keep the annotation kubectl-routes/undo" in answer.stderr


V2 = Path(__file__).parent / "v2_without_cloud_config.yaml"


def crashing(cluster: SimulatedCluster, folder: Path) -> None:
    """CCM v2 that exits, because it has no --cloud-config."""
    run_line(cluster, "kubectl -n kube-system delete daemonset/cloud-controller-manager", folder)
    run_line(cluster, "kubectl -n kube-system delete configmap/cloud-config", folder)
    run_line(cluster, f"kubectl apply -f {V2}", folder)


def test_what_ran_never_before_enable_is_told_before_it_is_undone(tmp_path: Path) -> None:
    with simulated("blocked") as cluster:
        crashing(cluster, tmp_path)
        assert enable(cluster, "--yes", *skip("RT112")).code == 0
        with unchanged(cluster):
            answer = disable(cluster, "--yes")
        assert answer.code == 3
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
        with unchanged(cluster, written=True):
            assert enable(cluster, "--yes", *skip("RT112")).code == 0
            answer = disable(cluster, "--yes", *skip("RT112"))
        assert answer.code == 0, answer
        assert "disabled: CCM does not start, as before enable" in answer.stdout


def test_an_enable_that_is_beaten_by_a_disable_does_not_say_that_its_list_is_there() -> None:
    with simulated("quota") as cluster:
        others: list[Answer] = []
        at_write(
            cluster,
            "DaemonSet",
            lambda: others.append(disable(cluster, "--yes", "--no-wait")),
            after=True,
        )
        first = cluster.infra.table_ids[0]
        words = ["--yes", "--timeout", "8s", *skip("RT108", "RT401")]
        answer = enable(cluster, *words, tables=first)
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
        assert (sum(found.values()) == found["ok"]) is (code == 0), found
        assert writes(cluster) == []


def test_json_holds_the_plan_and_how_it_ended() -> None:
    with simulated("unlisted-vswitch") as cluster:
        on = ("--yes", "-o", "json")
        ends = [
            enable(cluster, *on, tables="vtb-nosuch").document,
            enable(cluster, "--dry-run", "-o", "json").document,
            enable(cluster, *on).document,
            enable(cluster, *on).document,
            enable(cluster, *on, "--ccm-version", "v2.99.0").document,
            disable(cluster, *on).document,
        ]
        assert [
            (one["result"]["outcome"], one["result"]["exitCode"], one["result"]["found"])
            for one in ends
        ] == [
            ("stopped", 2, None),
            ("dry-run", 1, None),
            ("enabled", 0, 18),
            ("unchanged", 0, 18),
            ("rolled-back", 5, None),
            ("disabled", 0, None),
        ]
        done = ends[2]
        assert done["result"]["message"] == "enabled: all routes verified, 18 in 2 tables"
        assert (done["kind"], done["restarts"], bool(done["server"])) == ("Plan", 3, True)


@pytest.mark.parametrize("flag", ["--rollback-on-failure", "--no-rollback-on-failure"])
def test_a_write_that_was_refused_is_none_that_remains(flag: str) -> None:
    with simulated("unlisted-vswitch") as cluster:
        cluster.kube.server.faults.add(refusal("any"))
        answer = enable(cluster, "--yes", flag)
        assert answer.code == 3, answer
        assert "rolled back" not in answer.stderr
        assert "remain" not in answer.stderr
