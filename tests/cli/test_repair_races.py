"""repair with missing rights, lost answers, conflicts, an interrupt, and what shows only later."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Access, User
from kubectl_routes_simulator.vpc_faults import forbidden, refused, task_conflict, throttled
from tests.cli.asking import BASE, Answer, ask, status
from tests.cli.enabling import CCM, PACE, SPACE, simulated
from tests.cli.programs import ROUTES
from tests.cli.test_permissions import DEPLOY
from tests.cli.test_repair import calls, codes, entries, repair

TOKEN = "token-of-an-operator"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are written to the working directory."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "fault",
    [
        task_conflict("DeleteRouteEntry", skip=1),
        throttled("DeleteRouteEntry", skip=1),
        Fault(FaultKind.DROP_AFTER_COMMIT, "Action=DeleteRouteEntry", skip=1),
        Fault(FaultKind.RESET, "Action=DeleteRouteEntry", skip=1),
    ],
    ids=["conflict", "throttled", "answer-lost", "reset"],
)
def test_a_deletion_that_is_not_answered_well_is_done_once(fault: Fault) -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        cluster.vpc.server.faults.add(fault)
        assert repair(cluster, "--yes", "--record", "r.json").code == 0
        assert len(before - entries(cluster)) == 2
        assert repair(cluster, "--undo", "r.json", "--yes").code == 0
        assert entries(cluster) == before


def test_a_quota_that_is_used_up_stops_undo_and_leaves_nothing_of_it() -> None:
    with simulated("registered-again") as cluster:
        assert repair(cluster, "--yes", "--record", "r.json").code == 0
        before = entries(cluster)
        full = refused("QuotaExceeded", "The quota is used up.", "CreateRouteEntry", None, skip=2)
        cluster.vpc.server.faults.add(full)
        answer = repair(cluster, "--undo", "r.json", "--yes")
        assert (answer.code, entries(cluster)) == (5, before), answer
        assert "QuotaExceeded" in answer.stderr


def test_where_the_rollback_fails_the_record_leads_back() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        faults = cluster.vpc.server.faults
        # The first request of either kind is a dry run.
        faults.add(forbidden("DeleteRouteEntry", times=None, skip=2))
        faults.add(forbidden("CreateRouteEntry", times=1, skip=1))
        answer = repair(cluster, "--yes", "--record", "r.json")
        assert answer.code == 3, answer
        assert answer.told[-1] == "  kubectl routes repair --undo=r.json"
        assert len(before - entries(cluster)) == 1
        assert repair(cluster, *answer.told[-1].split()[3:], "--yes").code == 0
        assert entries(cluster) == before


def operator(cluster: SimulatedCluster, folder: Path, *left_out: tuple[str, str]) -> dict[str, str]:
    """Let a user have the three roles, without some verbs on resources; the user's variables."""
    documents: list[Any] = []
    for name in ("read", "enable", "repair"):
        text = (DEPLOY / f"clusterrole-{name}.yaml").read_text(encoding="utf-8")
        documents += [one for one in yaml.safe_load_all(text) if one["kind"] == "ClusterRole"]
    for verb, resource in left_out:
        for rule in documents[-1]["rules"]:
            if resource in rule["resources"]:
                rule["verbs"].remove(verb)
    rules = [rule for one in documents for rule in one["rules"]]
    path = folder / "roles.yaml"
    role = {"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": rules}
    path.write_text(yaml.safe_dump(role), encoding="utf-8")
    cluster.kube.access = Access({TOKEN: User("operator")}, path)
    return {"KUBECONFIG": str(cluster.kube.kubeconfig(folder / "operator", TOKEN))}


def marked(folder: Path, taint: bool, *left_out: tuple[str, str]) -> Answer:
    """Repair a node that is marked, with some rights left out."""
    with SimulatedCluster("stuck-taint", period=60.0, pace=PACE) as cluster:
        if taint:

            def leave_taint(node: Any) -> None:
                for one in node["status"]["conditions"]:
                    if one["type"] == "NetworkUnavailable":
                        one["status"] = "False"
                key = "node.kubernetes.io/network-unavailable"
                node["spec"]["taints"] = [{"key": "other", "effect": "NoSchedule"}]
                node["spec"]["taints"].append({"key": key, "effect": "NoSchedule"})

            cluster.kube.store.replace("Node", "", cluster.infra.nodes[-1].name, leave_taint)
        assert codes(cluster) == ["RT206"]
        everything = cluster.kube.access
        env = operator(cluster, folder, *left_out)
        answer = ask(cluster, "repair", "--yes", "--timeout", "20s", **env)
        cluster.kube.access = everything
        assert ("RT206" in codes(cluster)) == (answer.code != 0), answer
        return answer


@pytest.mark.parametrize(
    ("taint", "missing"),
    [(False, ("get", "nodes")), (False, ("patch", "nodes/status")), (True, ("patch", "nodes"))],
)
def test_without_a_right_of_the_role_no_node_is_changed(
    taint: bool, missing: tuple[str, str], tmp_path: Path
) -> None:
    answer = marked(tmp_path, taint, missing)
    assert answer.code == 3
    assert "RT904" in answer.stderr
    assert " ".join(missing) in answer.stdout + answer.stderr


@pytest.mark.parametrize("taint", [False, True])
def test_with_the_roles_a_node_is_changed(taint: bool, tmp_path: Path) -> None:
    assert marked(tmp_path, taint).code == 0


def test_entries_need_no_role_but_that_for_reading(tmp_path: Path) -> None:
    with simulated("registered-again") as cluster:
        cluster.kube.access = Access({TOKEN: User("reader")}, DEPLOY / "clusterrole-read.yaml")
        env = {"KUBECONFIG": str(cluster.kube.kubeconfig(tmp_path / "reader", TOKEN))}
        assert ask(cluster, "repair", "--yes", **env).code == 0
        assert len(calls(cluster)) == 2


def test_an_interrupt_while_waiting_brings_deleted_entries_back() -> None:
    with SimulatedCluster("old-v2", period=60.0, pace=PACE) as cluster:
        before = entries(cluster)
        process = subprocess.Popen(
            [ROUTES, "repair", "--yes", "--record", "r.json"],
            env=cluster.environment(BASE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        told = ""
        with process:
            while "waiting: " not in told:
                told += process.stderr.readline()
            os.kill(process.pid, signal.SIGINT)
            told += process.stderr.read()
        assert (process.returncode, entries(cluster)) == (5, before), told
        assert "interrupted; all changes were rolled back" in told


def test_ccm_that_does_not_start_is_rolled_back_with_the_entries() -> None:
    with SimulatedCluster("neglected", period=60.0, pace=PACE) as cluster:
        before = entries(cluster)

        def unpullable(workload: Any) -> None:
            workload["spec"]["template"]["spec"]["containers"][0]["image"] += "-broken"

        handle = cluster.kube.server.handle

        def handled(request: Any) -> Any:
            # The image is changed with the very write of the workload.
            if request.method == "PATCH" and "/daemonsets/" in request.path:
                reply = handle(request)
                if "dryRun" not in request.query and not cluster.infra.rollout.quiet:
                    cluster.kube.server.handle = handle
                    cluster.edit_workload(unpullable)
                return reply
            return handle(request)

        cluster.kube.server.handle = handled
        answer = repair(cluster, "--yes", "--record", "r.json")
        assert answer.code in (3, 5), answer
        restored = entries(cluster)
        assert before - restored <= {one for one in before if one[2] not in alive(cluster)}
        workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
        assert "kubectl-routes/undo" not in (workload["metadata"].get("annotations") or {})


def alive(cluster: SimulatedCluster) -> set[str]:
    """The instances that still exist, to which entries can be created again."""
    return set(cluster.infra.vpc.addresses)


def test_what_shows_only_after_the_first_round_is_repaired_too() -> None:
    with simulated("neglected") as cluster:
        # As long as CCM does not manage the second table, that is why the route is missing there.
        stranger, cidr = cluster.infra.instance("stranger"), cluster.infra.nodes[1].pod_cidr
        cluster.infra.occupy(cluster.infra.table_ids[1], cidr, stranger, "Instance")
        answer = repair(cluster, "--yes", "-o", "json")
        assert answer.code == 0, answer
        assert "something more can be repaired now; planning again" in answer.stderr
        assert answer.document["steps"][-1]["code"] == "RT302"
        assert status(cluster, "--check").code == 0
