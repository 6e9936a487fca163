"""repair: what it carries out, what it leaves, and that it stops where something has changed."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.apply.repair_record import RecordFile, read_record
from kubectl_routes.model.repair import EntryChange, RepairRecord
from kubectl_routes.model.vpc import NextHop, RouteEntry
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.server import Exchange, Reply, Request
from tests.cli.asking import Answer, ask, status
from tests.cli.enabling import PACE, PERIOD, both, listed, simulated, writes
from tests.cli.test_permissions import DEPLOY
from tests.schemas import faults


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are written to the working directory."""
    monkeypatch.chdir(tmp_path)


# With a long period CCM does not clear the condition itself before the command does.
PERIODS = {"RT206": 60.0}


def repair(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    return ask(cluster, "repair", "--timeout", "30s", *words, **env)


def codes(cluster: SimulatedCluster) -> list[str]:
    found = ask(cluster, "diagnose", "-o", "json").document["findings"]
    return [one["code"] for one in found if one["severity"] != "info"]


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


def steps(answer: Answer) -> list[tuple[str, str, str]]:
    return [(one["code"], one["object"]["kind"], one["after"]) for one in answer.document["steps"]]


def test_a_neglected_cluster_is_repaired_by_one_command() -> None:
    with SimulatedCluster("neglected", period=PERIODS["RT206"], pace=PACE) as cluster:
        assert set(codes(cluster)) == {"RT108", "RT206", "RT302", "RT306", "RT309"}
        answer = repair(cluster, "--yes", "-o", "json")
        assert answer.code == 0, answer
        assert {code for code, _, _ in steps(answer)} == {
            "RT108", "RT206", "RT302", "RT306", "RT309",
        }  # fmt: skip
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
        table, stranger = cluster.infra.table_ids[0], cluster.infra.instance("vpn")
        asked = {"RouteTableId": table, "DestinationCidrBlock": "172.20.99.0/24"}
        create(cluster, **asked, NextHopId=stranger, RouteEntryName="to-the-office")
        answer = repair(cluster, "--yes")
        assert answer.code == 0
        assert "its name or description shows that CCM did not create it" in answer.stdout
        assert calls(cluster) == []
        assert repair(cluster, "RT306", "--yes", "--record", "r.json").code == 0
        assert not any(cidr == "172.20.99.0/24" for _, cidr, _ in entries(cluster))
        assert repair(cluster, "--undo", "r.json", "--yes").code == 0
        (entry,) = [
            one
            for one in cluster.infra.vpc.table(table).entries()
            if one.destination_cidr_block == "172.20.99.0/24"
        ]
        assert (entry.route_entry_name, entry.hop.next_hop_id) == ("to-the-office", stranger)


def create(cluster: SimulatedCluster, **asked: str) -> None:
    from kubectl_routes_simulator.vpc_store import EntryRequest  # noqa: PLC0415

    cluster.infra.vpc.create(
        EntryRequest(
            asked["RouteTableId"],
            asked["DestinationCidrBlock"],
            asked["NextHopId"],
            "Instance",
            asked["RouteEntryName"],
        )
    )


def test_a_managed_cluster_gets_its_entries_repaired_and_nothing_else() -> None:
    with simulated("managed-blocked") as cluster:
        stranger = cluster.infra.instance("gone")
        cluster.infra.occupy(cluster.infra.table_ids[0], "172.20.99.0/24", stranger, "Instance")
        answer = repair(cluster, "--yes")
        assert answer.code == 1
        assert "not repaired: RT101" in answer.stdout
        assert not any(cidr == "172.20.99.0/24" for _, cidr, _ in entries(cluster))
        assert writes(cluster) == []


def test_the_record_brings_deleted_entries_back() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        assert repair(cluster, "--yes", "--record", "r.json").code == 0
        assert stat.S_IMODE(Path("r.json").stat().st_mode) == 0o600
        record = json.loads(Path("r.json").read_text(encoding="utf-8"))
        assert faults(json.dumps(record)) == []
        assert len(record["entries"]) == len(before - entries(cluster)) == 2
        undone = repair(cluster, "--undo", "r.json", "--yes", "-o", "yaml")
        assert (undone.code, entries(cluster)) == (0, before)
        again = repair(cluster, "--undo", "r.json", "--yes")
        assert again.stdout == "nothing to restore: every entry of the record is there\n"


def test_undo_stops_at_an_entry_that_is_in_the_way_and_tells_what_cannot_come_back() -> None:
    with simulated("orphans") as cluster:
        assert repair(cluster, "--yes", "--record", "r.json").code == 0
        first = json.loads(Path("r.json").read_text(encoding="utf-8"))["entries"][0]
        stranger = cluster.infra.instance("another")
        cluster.infra.occupy(first["tableId"], first["cidr"], stranger, "Instance")
        before = entries(cluster)
        stopped = repair(cluster, "--undo", "r.json", "--yes")
        assert (stopped.code, entries(cluster)) == (3, before)
        assert f"leads to {stranger} now" in stopped.stderr
        table = cluster.infra.vpc.table(first["tableId"])
        entry = table.at_cidr(first["cidr"])
        assert entry is not None
        table.remove(entry)
        undone = repair(cluster, "--undo", "r.json", "--yes")
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


def before_call(cluster: SimulatedCluster, action: str, act: Callable[[], None]) -> None:
    """Do something before the first real call of an action is carried out."""
    handle, done = cluster.vpc.server.handle, threading.Event()

    def handled(request: Request) -> Reply:
        real = "DryRun" not in request.query and action in request.query.get("Action", [])
        if real and not done.is_set():
            done.set()
            act()
        return handle(request)

    cluster.vpc.server.handle = handled


def test_an_entry_that_changed_meanwhile_is_not_deleted() -> None:
    with simulated("registered-again") as cluster:
        table_id = cluster.infra.table_ids[0]
        cidr = "172.20.8.0/24"
        stranger = cluster.infra.instance("stranger")

        def change() -> None:
            cluster.infra.occupy(table_id, cidr, stranger, "Instance")

        before_call(cluster, "DeleteRouteEntry", change)
        answer = repair(cluster, "--yes")
        assert answer.code == 0, answer
        assert (table_id, cidr, stranger) in entries(cluster)
        assert "not repaired: RT306" in answer.stdout


def test_an_entry_that_changed_before_it_is_read_again_is_not_deleted() -> None:
    with simulated("registered-again") as cluster:
        table_id, cidr = cluster.infra.table_ids[1], "172.20.8.0/24"
        stranger = cluster.infra.instance("stranger")

        def change() -> None:
            cluster.infra.occupy(table_id, cidr, stranger, "Instance")

        before_call(cluster, "DeleteRouteEntry", change)  # the one of the other table
        answer = repair(cluster, "--yes")
        assert answer.code == 0, answer
        assert "has just been changed" in answer.stderr
        assert "planning again" in answer.stderr
        assert (table_id, cidr, stranger) in entries(cluster)
        assert len(calls(cluster)) == 1


def test_a_refusal_in_the_middle_brings_back_what_was_deleted() -> None:
    with simulated("registered-again") as cluster:
        before = entries(cluster)
        statements = [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "vpc:DeleteRouteEntry", "Resource": "*"},
        ]
        denied = read_policy(msgspec.json.encode({"Version": "1", "Statement": statements}))
        handle = cluster.vpc.server.handle

        def handled(request: Request) -> Reply:
            reply = handle(request)
            if "DeleteRouteEntry" in request.query.get("Action", []):
                cluster.vpc.policy = denied if "DryRun" not in request.query else None
            return reply

        cluster.vpc.server.handle = handled
        answer = repair(cluster, "--yes", "--record", "r.json")
        assert (answer.code, entries(cluster)) == (5, before)
        assert json.loads(Path("r.json").read_text(encoding="utf-8"))["entries"] == []


@pytest.mark.parametrize("missing", ["vpc:CreateRouteEntry", "vpc:DeleteRouteEntry"])
def test_without_a_right_of_the_policy_nothing_is_deleted(missing: str) -> None:
    policy = msgspec.json.decode((DEPLOY / "ram-policy-read.json").read_bytes())
    own = msgspec.json.decode((DEPLOY / "ram-policy-repair.json").read_bytes())
    policy["Statement"] += own["Statement"]
    with simulated("registered-again") as cluster:
        cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
        before = entries(cluster)
        own["Statement"][0]["Action"].remove(missing)
        cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
        answer = repair(cluster, "--yes")
        assert (answer.code, entries(cluster)) == (3, before)
        hint = "kubectl routes permissions --ram --for repair prints the policy"
        assert answer.told[-1] == f"grant the RAM permission {missing}: {hint}"
        own["Statement"][0]["Action"].append(missing)
        cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
        assert repair(cluster, "--yes").code == 0


def test_routes_that_were_not_read_are_not_counted_as_missing() -> None:
    with simulated("orphans") as cluster:
        cluster.vpc.policy = read_policy(b'{"Version": "1", "Statement": []}')
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
