"""Two at once, an editor in between, an interrupt, lost answers, missing rights."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time

import pytest
from msgspec import structs

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Denial
from tests.cli.asking import BASE, Answer, ask, eventually, status
from tests.cli.enabling import (
    KEY,
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
    unchanged,
    writes,
)
from tests.cli.meddling import JSON, WRITES, at_write, once, refusal, restrict
from tests.cli.programs import started


def add_flag(cluster: SimulatedCluster) -> None:
    """What an editor does in between."""
    edit_container(cluster, lambda one: one["command"].append("--v=4"))


def test_editor_between_plan_and_write_is_not_overwritten() -> None:
    with simulated("unlisted-vswitch") as cluster:
        at_write(cluster, "DaemonSet", lambda: add_flag(cluster))
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert "planning again" in answer.stderr
        assert "--v=4" in container_of(cluster)["command"]
        assert listed(cluster) == both(cluster)
        assert disable(cluster, "--yes").code == 0
        assert "--v=4" in container_of(cluster)["command"]


def test_what_one_round_has_written_is_rolled_back_where_the_next_one_stops() -> None:
    with simulated("unlisted-vswitch") as cluster:
        server, denial = cluster.kube.server, Denial("patch", "daemonsets")

        def edit_and_forbid() -> None:
            """The write meets another object, and what is read next cannot be written any more."""
            add_flag(cluster)
            once(
                server,
                lambda one: one.method == "GET",
                lambda: cluster.kube.access.denied.append(denial),
            )

        at_write(cluster, "DaemonSet", edit_and_forbid)
        before = config_map(cluster)
        answer = enable(cluster, "--yes")
        assert answer.code == 3, answer
        assert "planning again" in answer.stderr
        assert "RT904 permissions to write" in answer.stderr
        assert answer.told[-1] == "all changes were rolled back"
        assert config_map(cluster) == before


def test_other_list_written_meanwhile_is_told_and_not_overwritten() -> None:
    with simulated("unlisted-vswitch") as cluster:
        other = cluster.infra.table_ids[1]
        data = {KEY: json.dumps({"Global": {"routeTableIDs": other, "accessKeySecret": "new"}})}
        at_write(
            cluster,
            "ConfigMap",
            lambda: cluster.edit_config_map(lambda value: value.update(data=data)),
        )
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert answer.told[-2:] == [
            "error: another client has changed CCM's objects, and with them the plan that --yes was"
            " given for",
            "read the new plan, and run it again",
        ]
        assert (config_map(cluster) or {})["data"] == data
        assert enable(cluster, "--yes").code == 0
        assert listed(cluster) == both(cluster)
        assert '"accessKeySecret": "new"' in (config_map(cluster) or {})["data"][KEY]


def test_config_map_that_is_not_found_the_second_time_is_looked_for_again() -> None:
    with enabled("unlisted-vswitch") as cluster:
        before = listed(cluster)
        read = re.compile(r"^GET .*/configmaps/cloud-config(\?|$)")
        gone = b'{"kind": "Status", "code": 404, "reason": "NotFound"}'
        cluster.kube.server.faults.add(Fault(FaultKind.REFUSE, read, 1, 1, 404, gone, JSON))
        answer = disable(cluster, "--yes")
        assert cluster.kube.server.faults.triggered == 1
        assert answer.code == 0
        assert "ConfigMap cloud-config has just been changed; planning again" in answer.stderr
        assert listed(cluster) != before


def test_of_two_at_once_with_different_tables_one_wins_and_the_other_tells() -> None:
    with simulated("unlisted-vswitch") as cluster:
        other = cluster.infra.table_ids[1]
        won: list[Answer] = []
        # The other one is through with all its writes before the first of ours.
        at_write(cluster, "ConfigMap", lambda: won.append(enable(cluster, "--yes", "--no-wait")))
        answer = enable(cluster, "--yes", *skip("RT107", "RT108"), tables=other)
        assert [one.code for one in won] == [0]
        assert listed(cluster) == both(cluster)
        assert answer.code == 3
        assert "another client has changed CCM's objects" in answer.stderr


def test_of_two_at_once_with_the_same_tables_both_are_content() -> None:
    with simulated("unlisted-vswitch") as cluster:
        answers: list[Answer] = []
        threads = [
            threading.Thread(target=lambda: answers.append(enable(cluster, "--yes")))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.code for one in answers] == [0, 0], answers
        assert listed(cluster) == both(cluster)
        assert status(cluster, "--check").code == 0


# What enable prints at moments at which signals may come: before the first write, between the
# writes, while the pods are replaced; and milliseconds between the two, None for one alone.
MOMENTS = ("reading", "ConfigMap kube-system/", "CCM pods updated")
GAPS = (0.0, 0.1, 0.5, 1.0, 5.0, 20.0, 100.0, 500.0)
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
SINGLE = [(MOMENTS[2], how, None) for how in (INT, TERM, HUP)]
EVERY = [(moment, TERM, gap) for moment in MOMENTS for gap in GAPS]
SOME = [(MOMENTS[1], TERM, 0.0), (MOMENTS[2], TERM, 0.0), (MOMENTS[2], TERM, 0.5),
        (MOMENTS[2], TERM, 500.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "how", "gap"), [*SINGLE, *(EVERY if os.environ.get("PROVE_ALL") else SOME)]
)
def test_signals_leave_the_cluster_as_it_was(
    moment: str, how: signal.Signals, gap: float | None
) -> None:
    with simulated("unlisted-vswitch") as cluster, unchanged(cluster, written=True):
        # With an image that cannot be pulled.
        words = ("enable", "--tables", "auto", "--yes", "--ccm-version", "v2.99.0")
        with started(cluster.environment(BASE), *words) as (process, _, stderr):
            told = ""
            if moment == "reading":
                while not cluster.kube.server.requests:
                    time.sleep(0.01)
            while moment != "reading" and moment not in told:
                told += stderr.readline()
            process.send_signal(how)
            if gap is not None:
                time.sleep(gap / 1000)
                process.send_signal(INT)
            told += stderr.read()
            process.wait()
        assert process.returncode == (130 if moment == "reading" else 5), told
        assert moment == "reading" or "all changes were rolled back" in told
        assert gap is not None or "and CCM runs as before" in told


KINDS = ("ConfigMap", "DaemonSet")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER_COMMIT, FaultKind.HALF_BODY])
def test_write_whose_answer_is_lost_is_neither_repeated_nor_forgotten(
    kind: str, fault: FaultKind
) -> None:
    with simulated("unlisted-vswitch") as cluster, unchanged(cluster, written=True):
        cluster.kube.server.faults.add(Fault(fault, WRITES[kind]))
        assert enable(cluster, "--yes").code == 0
        assert writes(cluster).count(f"PATCH {kind.lower()}s") == 1
        assert disable(cluster, "--yes").code == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.RESET),
        Fault(FaultKind.REFUSE, status=429, headers={"Retry-After": "0"}),
        Fault(FaultKind.REFUSE, status=500),
        Fault(FaultKind.REFUSE, status=302, headers={"Location": "https://login.example.com"}),
        Fault(FaultKind.GARBAGE, body=b"<html>"),
        Fault(FaultKind.GARBAGE, body=b"{}", headers=JSON),
    ],
)
def test_write_that_was_not_done_is_done_again(kind: str, fault: Fault) -> None:
    with simulated("unlisted-vswitch") as cluster:
        cluster.kube.server.faults.add(structs.replace(fault, match=WRITES[kind]))
        answer = enable(cluster, "--yes")
        assert answer.code == 0, answer
        assert listed(cluster) == both(cluster)


def test_server_that_refuses_the_second_write_for_good_leaves_nothing_of_the_first() -> None:
    with simulated("unlisted-vswitch") as cluster, unchanged(cluster, written=True):
        cluster.kube.server.faults.add(refusal("DaemonSet"))
        answer = enable(cluster, "--yes")
        assert answer.code == 5, answer


def test_write_that_arrives_after_it_was_given_up_finds_another_object() -> None:
    late = Fault(FaultKind.DELAY, WRITES["DaemonSet"], seconds=4.4)
    with simulated("unlisted-vswitch") as cluster, unchanged(cluster, written=True):
        cluster.kube.server.faults.add(late)
        answer = enable(cluster, "--yes", "--request-timeout", "4s")
        assert answer.code == 5, answer
        eventually(lambda: bool(arrived_late(cluster)))
        assert arrived_late(cluster) == [422]


def arrived_late(cluster: SimulatedCluster) -> list[int]:
    """The statuses of the refused writes to the workload."""
    return [
        one.status
        for one in cluster.kube.server.requests
        if one.method == "PATCH" and "/daemonsets/" in one.path and one.status >= 400
    ]


def test_dry_run_that_breaks_off_is_tried_again() -> None:
    with simulated("unlisted-vswitch") as cluster:
        dry = re.compile("^PATCH .*dryRun")
        cluster.kube.server.faults.add(Fault(FaultKind.RESET, dry))
        assert enable(cluster, "--dry-run", "server").code == 1
        assert cluster.kube.server.faults.triggered == 1


ROLES = ("read", "enable")


@pytest.mark.parametrize(
    "scenario", ["unlisted-vswitch", "seed-before", "on-delete", "managed-blocked"]
)
def test_roles_are_enough_to_enable_and_to_disable(scenario: str) -> None:
    with simulated(scenario) as cluster:
        restrict(cluster, *ROLES)
        done = enable(cluster, "--yes")
        assert (done.code, "note: no Event" in done.stderr) == (0, False), done
        assert disable(cluster, "--yes").code == 0


@pytest.mark.parametrize(
    ("scenario", "denial", "told"),
    [
        ("unlisted-vswitch", Denial("patch", "daemonsets"),
         "cannot patch daemonsets.apps cloud-controller-manager in kube-system"),
        ("unlisted-vswitch", Denial("patch", "configmaps"),
         "cannot patch configmaps cloud-config in kube-system"),
        ("seed-before", Denial("create", "configmaps"), "cannot create configmaps in kube-system"),
        ("seed-before", Denial("delete", "configmaps"),
         "cannot delete configmaps cloud-config in kube-system"),
        ("on-delete", Denial("delete", "pods"), "cannot delete pods in kube-system"),
    ],
)  # fmt: skip
def test_right_that_is_missing_is_named_before_anything_is_written(
    scenario: str, denial: Denial, told: str
) -> None:
    with simulated(scenario) as cluster, unchanged(cluster):
        restrict(cluster, *ROLES, denied=(denial,))
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert f'error: preflight check "RT904 permissions to write" failed: {told}' in answer.told


def test_event_that_may_not_be_written_changes_nothing() -> None:
    with simulated("unlisted-vswitch") as cluster:
        restrict(cluster, *ROLES, denied=(Denial("create", "events"),))
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert "note: no Event was written" in answer.stderr


def test_managed_cluster_is_enabled_and_disabled_through_its_add_on() -> None:
    with simulated("managed-blocked") as cluster:
        cluster.addon.store.seconds = 0.1
        before = cluster.addon.store.config
        assert enable(cluster, "--yes").code == 0
        assert status(cluster, "--check").code == 0
        again = enable(cluster)
        assert (again.code, again.stdout) == (0, "already enabled; 22 of 22 routes in place\n")
        assert disable(cluster, "--yes").code == 0
        assert cluster.addon.store.config == before
        history = ask(cluster, "enable", "--history").stdout
        assert [line.split()[1] for line in history.splitlines()[2:]] == ["disabled", "enabled"]


def test_managed_cluster_whose_add_on_fails_says_so_and_leaves_a_way_back() -> None:
    with simulated("managed-blocked") as cluster:
        store = cluster.addon.store
        store.seconds = 0.1
        before = store.config
        store.failure = "no room in the control plane"
        answer = enable(cluster, "--yes")
        # ACK takes no further change while the add-on is unhealthy, not even the one back.
        assert answer.code == 3
        assert "after the change the add-on is unhealthy; and the rollback failed" in answer.stderr
        store.failure, store.state = "", "active"
        assert disable(cluster, "--yes").code == 0
        assert store.config == before


def test_disable_takes_a_list_off_a_managed_cluster_that_another_client_has_set() -> None:
    with simulated("managed") as cluster:
        cluster.addon.store.seconds = 0.0
        answer = disable(cluster, "--yes")
        assert (answer.code, answer.stderr.count("note:")) == (0, 0), answer
        assert answer.stdout.endswith("disabled: the previous CCM configuration is restored\n")
        assert "RouteTableIDs" not in json.loads(cluster.addon.store.config)
