"""Two at once, an editor in between, an interrupt, lost answers, missing rights."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Access, Denial, User
from kubectl_routes_simulator.server import Reply, Request
from tests.cli.asking import BASE, Answer, ask, status
from tests.cli.enabling import CCM, SPACE, both, disable, enable, listed, simulated, state, writes
from tests.cli.programs import ROUTES

CONFIG_MAP = re.compile(
    r"^PATCH /api/v1/namespaces/kube-system/configmaps/cloud-config\?(?!.*dryRun)"
)
WORKLOAD = re.compile(r"^PATCH /apis/apps/v1/namespaces/kube-system/daemonsets/.*\?(?!.*dryRun)")
WRITES = {"ConfigMap": CONFIG_MAP, "DaemonSet": WORKLOAD}


def before_write(cluster: SimulatedCluster, path: str, act: Callable[[], None]) -> None:
    """Do something when the first write to a path has arrived, before it is carried out."""
    handle, done = cluster.kube.server.handle, threading.Event()

    def handled(request: Request) -> Reply:
        is_write = request.method == "PATCH" and "dryRun" not in request.query
        if is_write and path in request.path and not done.is_set():
            done.set()
            act()
        return handle(request)

    cluster.kube.server.handle = handled


def add_flag(cluster: SimulatedCluster) -> None:
    """What an editor does in between."""

    def edit(workload: dict[str, object]) -> None:
        pod = workload["spec"]["template"]["spec"]  # type: ignore[index]
        pod["containers"][0]["command"].append("--v=4")

    cluster.edit_workload(edit)


def command(cluster: SimulatedCluster) -> list[str]:
    workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
    words: list[str] = workload["spec"]["template"]["spec"]["containers"][0]["command"]
    return words


def test_editor_between_plan_and_write_is_not_overwritten() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before_write(cluster, "/daemonsets/", lambda: add_flag(cluster))
        answer = enable(cluster, "--yes")
        assert answer.code == 0
        assert "planning again" in answer.stderr
        assert "--v=4" in command(cluster)
        assert listed(cluster) == both(cluster)
        assert disable(cluster, "--yes").code == 0
        assert "--v=4" in command(cluster)


def test_other_list_written_meanwhile_is_told_and_not_overwritten() -> None:
    with simulated("unlisted-vswitch") as cluster:
        other = cluster.infra.table_ids[1]
        text = json.dumps({"Global": {"routeTableIDs": other, "accessKeySecret": "new"}})

        def edit(config_map: dict[str, object]) -> None:
            config_map["data"]["cloud-config.conf"] = text  # type: ignore[index]

        before_write(cluster, "/configmaps/", lambda: cluster.edit_config_map(edit))
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert answer.told[-2:] == [
            "error: another client has changed CCM's objects, and with them the plan that --yes was"
            " given for",
            "read the new plan, and run it again",
        ]
        assert cluster.kube.store.get("ConfigMap", SPACE, "cloud-config")["data"] == {
            "cloud-config.conf": text
        }
        assert enable(cluster, "--yes").code == 0
        found = cluster.kube.store.get("ConfigMap", SPACE, "cloud-config")["data"]
        assert json.loads(found["cloud-config.conf"])["Global"]["accessKeySecret"] == "new"


def test_config_map_that_is_not_found_the_second_time_is_looked_for_again() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        before = listed(cluster)
        body = json.dumps({"kind": "Status", "code": 404, "reason": "NotFound"}).encode()
        cluster.kube.server.faults.add(
            Fault(
                FaultKind.REFUSE,
                re.compile(r"^GET .*/configmaps/cloud-config(\?|$)"),
                skip=1,
                status=404,
                body=body,
                headers={"Content-Type": "application/json"},
            )
        )
        answer = disable(cluster, "--yes")
        assert cluster.kube.server.faults.triggered == 1
        assert answer.code == 0
        assert "ConfigMap cloud-config has just been changed; planning again" in answer.stderr
        assert listed(cluster) != before


def test_of_two_at_once_with_different_tables_one_wins_and_the_other_tells() -> None:
    with simulated("unlisted-vswitch") as cluster:
        other = cluster.infra.table_ids[1]
        skip = ["--skip-preflight", "RT107", "--skip-preflight", "RT108"]
        won: list[Answer] = []
        # The other one is through with all its writes before the first of ours.
        before_write(
            cluster,
            "/configmaps/",
            lambda: won.append(enable(cluster, "--yes", "--no-wait")),
        )
        answer = enable(cluster, "--yes", *skip, tables=other)
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


def enabling_what_cannot_start(cluster: SimulatedCluster) -> subprocess.Popen[str]:
    """enable as a process, with an image that cannot be pulled."""
    words = ["enable", "--tables", "auto", "--yes", "--ccm-version", "v2.99.0"]
    return subprocess.Popen(
        [ROUTES, *words],
        env=cluster.environment(BASE),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_while_the_pods_are_made_anew_takes_everything_back(how: signal.Signals) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        with enabling_what_cannot_start(cluster) as process:
            assert process.stderr is not None
            told = ""
            while "CCM pods updated" not in told:
                told += process.stderr.readline()
            os.kill(process.pid, how)
            told += process.stderr.read()
        assert process.returncode == 5, told
        assert "all changes were rolled back, and CCM runs as before" in told
        assert state(cluster) == before


# What enable prints at moments at which two signals may come: before the first write, between the
# writes, while the pods are replaced; and milliseconds between the two.
MOMENTS = ("reading", "ConfigMap kube-system/", "CCM pods updated")
GAPS = (0.0, 0.1, 0.5, 1.0, 5.0, 20.0, 100.0, 500.0)
EVERY = [(moment, gap) for moment in MOMENTS for gap in GAPS]
SOME = [(MOMENTS[1], 0.0), (MOMENTS[2], 0.0), (MOMENTS[2], 0.5), (MOMENTS[2], 500.0)]


@pytest.mark.parametrize(("moment", "gap"), EVERY if os.environ.get("PROVE_ALL") else SOME)
def test_two_signals_leave_the_cluster_as_it_was(moment: str, gap: float) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        with enabling_what_cannot_start(cluster) as process:
            assert process.stderr is not None
            told = ""
            if moment == "reading":
                while not cluster.kube.server.requests:
                    time.sleep(0.01)
            while moment != "reading" and moment not in told:
                told += process.stderr.readline()
            os.kill(process.pid, signal.SIGTERM)
            time.sleep(gap / 1000)
            os.kill(process.pid, signal.SIGINT)
            told += process.stderr.read()
        assert state(cluster) == before, told
        assert process.returncode == (130 if moment == "reading" else 5), told
        assert moment == "reading" or "all changes were rolled back" in told


@pytest.mark.parametrize("kind", list(WRITES))
@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER_COMMIT, FaultKind.HALF_BODY])
def test_write_whose_answer_is_lost_is_neither_repeated_nor_forgotten(
    kind: str, fault: FaultKind
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        cluster.kube.server.faults.add(Fault(fault, WRITES[kind]))
        assert enable(cluster, "--yes").code == 0
        assert writes(cluster).count(f"PATCH {kind.lower()}s") == 1
        assert disable(cluster, "--yes").code == 0
        assert state(cluster) == before


@pytest.mark.parametrize("kind", list(WRITES))
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.RESET),
        Fault(FaultKind.REFUSE, status=429, headers={"Retry-After": "0"}),
        Fault(FaultKind.REFUSE, status=500),
        Fault(FaultKind.GARBAGE, body=b"<html>"),
    ],
)
def test_write_that_was_not_done_is_done_again(kind: str, fault: Fault) -> None:
    armed = Fault(
        fault.kind, WRITES[kind], status=fault.status, body=fault.body, headers=fault.headers
    )
    with simulated("unlisted-vswitch") as cluster:
        cluster.kube.server.faults.add(armed)
        answer = enable(cluster, "--yes")
        assert answer.code == 0, answer
        assert listed(cluster) == both(cluster)


def test_server_that_refuses_the_second_write_for_good_leaves_nothing_of_the_first() -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        refusal = Fault(FaultKind.REFUSE, WORKLOAD, times=None, status=403, body=b"{}",
                        headers={"Content-Type": "application/json"})  # fmt: skip
        cluster.kube.server.faults.add(refusal)
        answer = enable(cluster, "--yes")
        assert answer.code == 5, answer
        assert state(cluster) == before


def test_write_that_arrives_after_it_was_given_up_finds_another_object() -> None:
    late = Fault(FaultKind.DELAY, WORKLOAD, seconds=4.4)
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        cluster.kube.server.faults.add(late)
        answer = enable(cluster, "--yes", "--request-timeout", "4s")
        assert answer.code == 5, answer
        end = time.monotonic() + 10
        while not arrived_late(cluster) and time.monotonic() < end:
            time.sleep(0.05)
        assert arrived_late(cluster) == [422]
        assert state(cluster) == before


def arrived_late(cluster: SimulatedCluster) -> list[int]:
    """The statuses of the refused writes to the workload."""
    return [
        one.status
        for one in cluster.kube.server.requests
        if one.method == "PATCH" and "/daemonsets/" in one.path and one.status >= 400
    ]


def test_answer_that_is_no_object_is_none_and_the_write_is_done_again() -> None:
    with simulated("unlisted-vswitch") as cluster:
        empty = Fault(FaultKind.GARBAGE, CONFIG_MAP, body=b"{}",
                      headers={"Content-Type": "application/json"})  # fmt: skip
        cluster.kube.server.faults.add(empty)
        assert enable(cluster, "--yes").code == 0
        assert listed(cluster) == both(cluster)


def test_dry_run_that_breaks_off_is_tried_again() -> None:
    with simulated("unlisted-vswitch") as cluster:
        dry = re.compile("^PATCH .*dryRun")
        cluster.kube.server.faults.add(Fault(FaultKind.RESET, dry))
        assert enable(cluster, "--dry-run", "server").code == 1
        assert cluster.kube.server.faults.triggered == 1


ROLES = Path(__file__).parents[2] / "deploy"
OPERATOR = User("operator", ("kubectl-routes-operators",))


class Operators(Access):
    """Everybody is an operator: kubectl and the client send no token over plain HTTP."""

    def user_of(self, request: Request) -> User:
        return OPERATOR


def restrict(cluster: SimulatedCluster, *denied: Denial) -> None:
    """From now on clients may do what the two roles say, and nothing else."""
    both_roles = "\n---\n".join(
        (ROLES / f"clusterrole-{name}.yaml").read_text() for name in ("read", "enable")
    )
    path = Path(str(cluster.kubeconfig)).parent / "roles.yaml"
    path.write_text(both_roles)
    cluster.kube.access = Operators(roles=path, denied=denied)


@pytest.mark.parametrize(
    "scenario", ["unlisted-vswitch", "seed-before", "on-delete", "managed-blocked"]
)
def test_roles_are_enough_to_enable_and_to_disable(scenario: str) -> None:
    with simulated(scenario) as cluster:
        restrict(cluster)
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
    with simulated(scenario) as cluster:
        before = state(cluster)
        restrict(cluster, denial)
        answer = enable(cluster, "--yes")
        assert answer.code == 3
        assert f'error: preflight check "RT904 permissions to write" failed: {told}' in answer.told
        assert (state(cluster), writes(cluster)) == (before, [])


def test_event_that_may_not_be_written_changes_nothing() -> None:
    with simulated("unlisted-vswitch") as cluster:
        restrict(cluster, Denial("create", "events"))
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


def test_bare_terminal_output_has_no_bar_in_a_pipe() -> None:
    with simulated("unlisted-vswitch") as cluster:
        answer = enable(cluster, "--yes")
        assert "\r" not in answer.stderr
        assert "18 of 18 routes ready" in answer.stderr


def test_bar_is_drawn_on_a_terminal_and_taken_away() -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    from kubectl_routes.cli.main import main  # noqa: PLC0415

    with simulated("unlisted-vswitch") as cluster:
        words = ["kubectl-routes", "enable", "--tables", "auto", "--yes"]
        screen = Screen()
        assert main(words, cluster.environment(BASE), io.StringIO(), screen) == 0
        assert re.search(r"\[#+\.*\] 18 of 18 routes ready", screen.getvalue())
        assert screen.getvalue().endswith("\r\x1b[K")
