"""repair: what it carries out, what it leaves, and that it stops or goes back where something has
changed, is refused, interrupted, or shows only later.
"""

from __future__ import annotations

import json
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.apply.repair_record import RecordFile, read_record
from kubectl_routes.model.repair import EntryChange, RepairRecord
from kubectl_routes.model.vpc import NextHop, RouteEntry
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_access import Denial
from kubectl_routes_simulator.server import Exchange, Request
from kubectl_routes_simulator.vpc_faults import forbidden, refused, task_conflict, throttled
from kubectl_routes_simulator.vpc_store import EntryRequest
from tests.cli.asking import BASE, Answer, ask, status
from tests.cli.enabling import (
    CCM,
    PACE,
    PERIOD,
    SPACE,
    both,
    edit_container,
    listed,
    simulated,
    writes,
)
from tests.cli.fixing import findings
from tests.cli.meddling import DEPLOY, at_write, once, policy, restrict
from tests.cli.programs import started
from tests.schemas import faults


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are written to the working directory."""
    monkeypatch.chdir(tmp_path)


RECORDED = ("--yes", "--record", "r.json")
UNDO = ("--undo", "r.json", "--yes")
# With a long period CCM does not clear the condition itself before the command does.
PERIODS = {"RT206": 60.0}


def codes(cluster: SimulatedCluster) -> list[str]:
    return [one.code for one in findings(cluster)]


def repair(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    return ask(cluster, "repair", "--timeout", "30s", *words, **env)


Entries = set[tuple[str, str, str]]


def entries(cluster: SimulatedCluster) -> Entries:
    """The custom entries of all tables: table, destination, next hop."""
    return {
        (table.record.id, entry.destination_cidr_block, entry.hop.next_hop_id)
        for table in cluster.infra.vpc.tables.values()
        for entry in table.entries()
        if entry.type == "Custom"
    }


def is_write(request: Request | Exchange) -> bool:
    """Whether a request changes a route table: dry runs do not."""
    action = request.query.get("Action", [""])[0]
    writes = action in ("CreateRouteEntry", "DeleteRouteEntry")
    return writes and "DryRun" not in request.query


def calls(cluster: SimulatedCluster) -> list[Exchange]:
    """The calls that changed a route table, or tried to."""
    return [request for request in cluster.vpc.server.requests if is_write(request)]


def record() -> list[dict[str, str]]:
    """What the record holds."""
    found: list[dict[str, str]] = json.loads(Path("r.json").read_text(encoding="utf-8"))["entries"]
    return found


def occupy(cluster: SimulatedCluster, table: str, cidr: str) -> str:
    """Another client's entry, in place of one that is there; its next hop."""
    stranger = cluster.infra.instance("stranger")
    cluster.infra.occupy(table, cidr, stranger, "Instance")
    return stranger


def test_a_neglected_cluster_is_repaired_by_one_command() -> None:
    with SimulatedCluster("neglected", period=PERIODS["RT206"], pace=PACE) as cluster:
        found = {"RT108", "RT206", "RT302", "RT306", "RT309"}
        assert set(codes(cluster)) == found
        answer = repair(cluster, "--yes", "-o", "json")
        assert answer.code == 0, answer
        assert {one["code"] for one in answer.document["steps"]} == found
        assert answer.document["result"]["outcome"] == "repaired"
        assert faults(answer.stdout) == []
        assert status(cluster, "--check").code == 0
        assert codes(cluster) == []
        assert listed(cluster) == both(cluster)
        repaired = entries(cluster)
        cluster.reconcile()
        assert entries(cluster) == repaired
        again = repair(cluster, "--yes")
        assert (again.code, again.stdout) == (0, "nothing to repair; 14 of 14 routes in place\n")


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("blocked", "RT101"),
        ("crashloop", "RT102"),
        ("space-in-list", "RT103"),
        ("system-unlisted", "RT107"),
        ("stale-config", "RT109"),
        ("unmounted", "RT110"),
        ("routes-off", "RT111"),
        ("stuck-taint", "RT206"),
        ("old-v2", "RT302"),
        ("orphans", "RT306"),
        ("registered-again", "RT309"),
    ],
)
def test_the_printed_command_repairs(scenario: str, code: str) -> None:
    with SimulatedCluster(scenario, period=PERIODS.get(code, PERIOD), pace=PACE) as cluster:
        found = ask(cluster, "diagnose", "-o", "json").document["findings"]
        printed = next(one["repair"] for one in found if one["code"] == code)
        assert printed == f"kubectl routes repair {code}"
        answer = repair(cluster, *printed.split()[3:], "--yes")
        assert answer.code == 0, answer
        assert f"{code} " in answer.stdout
        assert code not in codes(cluster)
        assert status(cluster, "--check").code == 0


def test_pods_that_on_delete_leaves_behind_are_deleted_after_consent() -> None:
    with simulated("healthy") as cluster:

        def edit(workload: Any) -> None:
            workload["spec"]["updateStrategy"] = {"type": "OnDelete"}
            workload["spec"]["template"]["metadata"]["annotations"] = {"new": "template"}

        cluster.edit_workload(edit)
        cluster.settle()
        assert codes(cluster) == ["RT115"]
        assert repair(cluster, "--dry-run").code == 1
        assert codes(cluster) == ["RT115"]
        assert repair(cluster, "--yes").code == 0
        assert codes(cluster) == []


def test_what_is_not_verified_in_time_is_said_and_whether_something_was_written() -> None:
    with SimulatedCluster("conflict", period=PERIODS["RT206"], pace=PACE) as cluster:
        waited = repair(cluster, "--yes", "--timeout", "0s")
        assert (waited.code, calls(cluster)) == (4, [])
        assert "error: not verified in time" in waited.stderr
        assert waited.stderr.endswith("nothing was changed\n")
        written = repair(cluster, "RT304", "--yes", "--timeout", "0s")
        assert written.code == 4
        assert "error: repaired, but not verified in time" in written.stderr
        assert "the changes that were written remain" in written.stderr


def test_a_dry_run_changes_nothing_and_says_so() -> None:
    with simulated("neglected") as cluster:
        before = entries(cluster)
        answer = repair(cluster, "--dry-run")
        assert answer.code == 1
        assert "dry run (client): nothing was changed" in answer.stderr
        assert (entries(cluster), writes(cluster), list(Path().iterdir())) == (before, [], [])


def test_without_a_terminal_consent_is_needed() -> None:
    with simulated("registered-again") as cluster:
        answer = repair(cluster)
        assert answer.code == 2
        assert answer.told[-1] == "read the plan, and add --yes, or --dry-run to see it alone"
        assert calls(cluster) == []


def test_what_a_person_may_have_made_is_touched_only_where_its_code_is_named() -> None:
    with simulated("conflict") as cluster:
        cluster.reconcile()  # CCM corrects the one that it sees
        before = entries(cluster)
        answer = repair(cluster, "--yes", "-o", "json")
        assert (answer.code, entries(cluster)) == (1, before)
        told = {one["code"]: one["commands"] for one in answer.document["advice"]}
        assert told == {
            "RT304": ["kubectl routes repair RT304"],
            "RT305": ["kubectl routes repair RT305"],
        }
        assert repair(cluster, "RT304", "RT305", "--yes").code == 0
        assert status(cluster, "--check").code == 0


def test_an_orphan_with_a_name_is_kept_unless_its_code_is_named() -> None:
    with simulated("healthy") as cluster:
        table, cidr = cluster.infra.table_ids[0], "172.20.99.0/24"
        stranger = cluster.infra.instance("vpn")
        cluster.infra.vpc.create(EntryRequest(table, cidr, stranger, "Instance", "to-the-office"))
        answer = repair(cluster, "--yes")
        assert answer.code == 0
        assert "its name or description shows that CCM did not create it" in answer.stdout
        assert calls(cluster) == []
        assert repair(cluster, "RT306", *RECORDED).code == 0
        assert (table, cidr, stranger) not in entries(cluster)
        assert repair(cluster, *UNDO).code == 0
        entry = cluster.infra.vpc.table(table).at_cidr(cidr)
        assert entry is not None
        assert (entry.route_entry_name, entry.hop.next_hop_id) == ("to-the-office", stranger)


def test_a_managed_cluster_gets_its_entries_repaired_and_nothing_else() -> None:
    with simulated("managed-blocked") as cluster:
        before = entries(cluster)
        occupy(cluster, cluster.infra.table_ids[0], "172.20.99.0/24")
        answer = repair(cluster, "--yes")
        assert answer.code == 1
        assert "not repaired: RT101" in answer.stdout
        assert entries(cluster) == before
        assert writes(cluster) == []


def test_the_record_brings_deleted_entries_back() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        assert repair(cluster, *RECORDED).code == 0
        assert stat.S_IMODE(Path("r.json").stat().st_mode) == 0o600
        assert faults(Path("r.json").read_bytes()) == []
        assert len(record()) == len(before - entries(cluster)) == 2
        undone = repair(cluster, *UNDO, "-o", "yaml")
        assert (undone.code, entries(cluster)) == (0, before)
        again = repair(cluster, *UNDO)
        assert again.stdout == "nothing to restore: every entry of the record is there\n"


def test_undo_stops_at_an_entry_that_is_in_the_way_and_tells_what_cannot_come_back() -> None:
    with simulated("orphans") as cluster:
        assert repair(cluster, *RECORDED).code == 0
        first = record()[0]
        stranger = occupy(cluster, first["tableId"], first["cidr"])
        before = entries(cluster)
        stopped = repair(cluster, *UNDO)
        assert (stopped.code, entries(cluster)) == (3, before)
        assert f"leads to {stranger} now" in stopped.stderr
        table = cluster.infra.vpc.table(first["tableId"])
        entry = table.at_cidr(first["cidr"])
        assert entry is not None
        table.remove(entry)
        undone = repair(cluster, *UNDO)
        assert undone.code == 3
        assert "restored: 0 route entries created" in undone.stdout
        assert undone.stderr.count("does not exist any more") == 4


def test_two_runs_at_the_same_time_keep_what_both_deleted_in_one_file() -> None:
    empty = RepairRecord("tool", "time", "server", "region", "vpc-1", ())
    first, second = (RecordFile("record.json", empty) for _ in range(2))
    changes = [
        EntryChange("RT306", table, RouteEntry("", "10.0.0.0/24", next_hops=(NextHop("i-1"),)))
        for table in ("vtb-1", "vtb-2")
    ]
    first.add(changes[0])
    second.add(changes[1])
    kept = read_record("record.json", "vpc-1")
    assert [entry.table_id for entry in kept] == ["vtb-1", "vtb-2"]
    first.drop(changes[0])
    assert [entry.table_id for entry in read_record("record.json", "vpc-1")] == ["vtb-2"]


@pytest.mark.parametrize("table", [0, 1])
def test_an_entry_that_another_client_changes_is_not_deleted(table: int) -> None:
    """The very entry that is being deleted, and one that is read again before its turn."""
    with simulated("registered-again") as cluster:
        table_id, cidr = cluster.infra.table_ids[table], "172.20.8.0/24"
        strangers: list[str] = []
        once(
            cluster.vpc.server,
            lambda one: is_write(one) and one.first("Action") == "DeleteRouteEntry",
            lambda: strangers.append(occupy(cluster, table_id, cidr)),
        )
        answer = repair(cluster, "--yes")
        assert answer.code == 0, answer
        assert (table_id, cidr, strangers[0]) in entries(cluster)
        if table == 0:
            assert "not repaired: RT306" in answer.stdout
        else:
            assert "has just been changed, it leads to" in answer.stderr
            assert "planning again" in answer.stderr
            assert len(calls(cluster)) == 1


def test_a_refusal_in_the_middle_brings_back_what_was_deleted() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        denied = policy(("Allow", "*"), ("Deny", "vpc:DeleteRouteEntry"))
        once(
            cluster.vpc.server, is_write, lambda: setattr(cluster.vpc, "policy", denied), after=True
        )
        answer = repair(cluster, *RECORDED)
        assert (answer.code, entries(cluster), record()) == (5, before, [])


@pytest.mark.parametrize("missing", ["vpc:CreateRouteEntry", "vpc:DeleteRouteEntry"])
def test_without_a_right_of_the_policy_nothing_is_deleted(missing: str) -> None:
    read, own = (
        json.loads((DEPLOY / f"ram-policy-{name}.json").read_text(encoding="utf-8"))
        for name in ("read", "repair")
    )
    with simulated("registered-again") as cluster:

        def allow() -> None:
            both = {**read, "Statement": read["Statement"] + own["Statement"]}
            cluster.vpc.policy = read_policy(json.dumps(both))

        before = entries(cluster)
        own["Statement"][0]["Action"].remove(missing)
        allow()
        answer = repair(cluster, "--yes")
        assert (answer.code, entries(cluster)) == (3, before)
        hint = "kubectl routes permissions --ram --for repair prints the policy"
        assert answer.told[-1] == f"grant the RAM permission {missing}: {hint}"
        own["Statement"][0]["Action"].append(missing)
        allow()
        assert repair(cluster, "--yes").code == 0


def test_routes_that_were_not_read_are_not_counted_as_missing() -> None:
    with simulated("orphans") as cluster:
        cluster.vpc.policy = policy()
        answer = repair(cluster, "--yes", "-o", "json")
        result = answer.document["result"]
        assert (answer.code, result["found"], result["wanted"]) == (3, None, 14)
        assert result["message"].startswith(
            "nothing to repair in what was read; 0 of 14 routes in place, 14 unknown"
        )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["RT401"], "RT401 cannot be repaired by this command"),
        (["RT999"], "RT999 cannot be repaired by this command"),
        (["--undo", "x", "RT306"], "--undo takes neither codes nor --record"),
        (["--undo", "none.json", "--yes"], "record none.json does not exist"),
        (["--undo", "other.json", "--yes"], "other.json is not a record of repair"),
        (["--yes", "--record", "other.json"], "other.json is not a record of repair"),
        (["--yes", "--record", "none/r.json"], "record none/r.json cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], said: str) -> None:
    Path("other.json").write_text('{"kind": "Snapshot"}', encoding="utf-8")
    with simulated("registered-again") as cluster:
        answer = repair(cluster, *words)
        assert (answer.code, calls(cluster)) == (2, [])
        assert said in answer.stderr


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
        assert repair(cluster, *RECORDED).code == 0
        assert len(before - entries(cluster)) == 2
        assert repair(cluster, *UNDO).code == 0
        assert entries(cluster) == before


def test_a_quota_that_is_used_up_stops_undo_and_leaves_nothing_of_it() -> None:
    with simulated("registered-again") as cluster:
        assert repair(cluster, *RECORDED).code == 0
        before = entries(cluster)
        full = refused("QuotaExceeded", "The quota is used up.", "CreateRouteEntry", None, skip=2)
        cluster.vpc.server.faults.add(full)
        answer = repair(cluster, *UNDO)
        assert (answer.code, entries(cluster)) == (5, before), answer
        assert "QuotaExceeded" in answer.stderr


def test_where_the_rollback_fails_the_record_leads_back() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        armed = cluster.vpc.server.faults
        # The first request of either kind is a dry run.
        armed.add(forbidden("DeleteRouteEntry", times=None, skip=2))
        armed.add(forbidden("CreateRouteEntry", times=1, skip=1))
        answer = repair(cluster, *RECORDED)
        assert answer.code == 3, answer
        assert answer.told[-1] == "  kubectl routes repair --undo=r.json"
        assert len(before - entries(cluster)) == 1
        assert repair(cluster, *answer.told[-1].split()[3:], "--yes").code == 0
        assert entries(cluster) == before


ROLES = ("read", "enable", "repair")


def marked(*denied: Denial, taint: bool) -> Answer:
    """Repair a node that is marked, with the three roles but for what is denied."""

    def leave_taint(node: Any) -> None:
        for one in node["status"]["conditions"]:
            if one["type"] == "NetworkUnavailable":
                one["status"] = "False"
        keys = ("other", "node.kubernetes.io/network-unavailable")
        node["spec"]["taints"] = [{"key": key, "effect": "NoSchedule"} for key in keys]

    with SimulatedCluster("stuck-taint", period=60.0, pace=PACE) as cluster:
        if taint:
            cluster.kube.store.replace("Node", "", cluster.infra.nodes[-1].name, leave_taint)
        assert codes(cluster) == ["RT206"]
        everything = cluster.kube.access
        restrict(cluster, *ROLES, denied=denied)
        answer = repair(cluster, "--yes")
        cluster.kube.access = everything
        assert ("RT206" in codes(cluster)) == (answer.code != 0), answer
        return answer


@pytest.mark.parametrize(
    ("taint", "missing"),
    [(False, ("get", "nodes")), (False, ("patch", "nodes/status")), (True, ("patch", "nodes"))],
)
def test_without_a_right_of_the_role_no_node_is_changed(
    taint: bool, missing: tuple[str, str]
) -> None:
    answer = marked(Denial(*missing), taint=taint)
    assert answer.code == 3
    assert "RT904" in answer.stderr
    assert " ".join(missing) in answer.stdout + answer.stderr


@pytest.mark.parametrize("taint", [False, True])
def test_with_the_roles_a_node_is_changed(taint: bool) -> None:
    assert marked(taint=taint).code == 0


def test_entries_need_no_role_but_that_for_reading() -> None:
    with simulated("registered-again") as cluster:
        restrict(cluster, "read")
        assert repair(cluster, "--yes").code == 0
        assert len(calls(cluster)) == 2


def test_an_interrupt_while_waiting_brings_deleted_entries_back() -> None:
    with SimulatedCluster("old-v2", period=60.0, pace=PACE) as cluster:
        before = entries(cluster)
        words = ("repair", *RECORDED)
        with started(cluster.environment(BASE), *words) as (process, _, stderr):
            told = ""
            while "waiting: " not in told:
                told += stderr.readline()
            process.send_signal(signal.SIGINT)
            told += stderr.read()
            process.wait()
        assert (process.returncode, entries(cluster)) == (5, before), told
        assert "interrupted; all changes were rolled back" in told


def test_ccm_that_does_not_start_is_rolled_back_with_the_entries() -> None:
    with SimulatedCluster("neglected", period=60.0, pace=PACE) as cluster:
        before = entries(cluster)

        # The image is changed with the very write of the workload.
        at_write(
            cluster,
            "DaemonSet",
            lambda: edit_container(cluster, lambda one: one.update(image=one["image"] + "-broken")),
            after=True,
        )
        answer = repair(cluster, *RECORDED)
        assert answer.code in (3, 5), answer
        # Entries to instances that still exist can be created again.
        lost = before - entries(cluster)
        assert not any(hop in cluster.infra.vpc.addresses for _, _, hop in lost)
        workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
        assert "kubectl-routes/undo" not in (workload["metadata"].get("annotations") or {})


def test_what_shows_only_after_the_first_round_is_repaired_too() -> None:
    with simulated("neglected") as cluster:
        # As long as CCM does not manage the second table, that is why the route is missing there.
        occupy(cluster, cluster.infra.table_ids[1], cluster.infra.nodes[1].pod_cidr)
        answer = repair(cluster, "--yes", "-o", "json")
        assert answer.code == 0, answer
        assert "something more can be repaired now; planning again" in answer.stderr
        assert answer.document["steps"][-1]["code"] == "RT302"
        assert status(cluster, "--check").code == 0
