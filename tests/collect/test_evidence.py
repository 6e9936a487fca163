"""The last lines of CCM's log: limits, times, runs before, and what must never be seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from kubectl_routes.model.controller import LogLine
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes.render.json import json
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.kube_access import Denial
from tests.collect.reading import Reader

NAMESPACE, CCM = "kube-system", "cloud-controller-manager"


def read(cluster: SimulatedCluster, *, logs: bool = True) -> Snapshot:
    return Reader(cluster).read(logs=logs)


def first_pod(cluster: SimulatedCluster) -> str:
    return str(cluster.kube.store.list("Pod", NAMESPACE)[0]["metadata"]["name"])


def lines(taken: Snapshot, pod: str, previous: bool = False) -> tuple[LogLine, ...]:
    logs = taken.controller.logs or ()
    return next(one.lines for one in logs if (one.pod, one.previous) == (pod, previous))


def test_lines_come_with_their_times_and_only_the_last_of_them(cluster: SimulatedCluster) -> None:
    pod = first_pod(cluster)
    cluster.kube.logs.append(NAMESPACE, pod, CCM, *(f"I line {number}" for number in range(500)))
    found = lines(read(cluster), pod)
    assert len(found) == 200
    assert found[-1].text == "I line 499"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found[-1].time)


def test_without_the_wish_nobody_reads_a_log(cluster: SimulatedCluster) -> None:
    assert read(cluster, logs=False).controller.logs is None


def test_a_secret_in_a_log_is_replaced_at_once(cluster: SimulatedCluster) -> None:
    pod = first_pod(cluster)
    cluster.kube.logs.append(NAMESPACE, pod, CCM, "E AccessKeySecret=C4naryC4nary&x=1")
    taken = read(cluster)
    assert lines(taken, pod)[-1].text == "E AccessKeySecret=REDACTED&x=1"
    assert "C4nary" not in json(taken)


def test_of_a_pod_that_has_ended_the_run_before_is_read_too(cluster: SimulatedCluster) -> None:
    pod = first_pod(cluster)

    def crashed(value: dict[str, Any]) -> None:
        status = value["status"]["containerStatuses"][0]
        status.update(
            ready=False, restartCount=3, state={"waiting": {"reason": "CrashLoopBackOff"}}
        )

    cluster.kube.store.replace("Pod", NAMESPACE, pod, crashed)
    cluster.kube.logs.append(NAMESPACE, pod, CCM, "F the last words", previous=True)
    found = lines(read(cluster), pod, previous=True)
    assert [one.text for one in found] == ["F the last words"]


def test_a_container_that_never_wrote_has_no_log(cluster: SimulatedCluster) -> None:
    pod = first_pod(cluster)

    def waiting(value: dict[str, Any]) -> None:
        status = value["status"]["containerStatuses"][0]
        status.update(ready=False, state={"waiting": {"reason": "ImagePullBackOff"}})

    cluster.kube.store.replace("Pod", NAMESPACE, pod, waiting)
    cluster.kube.logs.forget(NAMESPACE, pod)
    taken = read(cluster)
    assert taken.gaps == ()
    assert pod not in [one.pod for one in taken.controller.logs or ()]


def deny(cluster: SimulatedCluster) -> None:
    cluster.kube.access.denied.append(Denial(verb="get", resource="pods/log"))


def fail(cluster: SimulatedCluster) -> None:
    cluster.kube.server.faults.add(Fault(FaultKind.REFUSE, "/log?", times=None, status=503))


@pytest.mark.parametrize("trouble", [deny, fail])
def test_a_log_that_cannot_be_read_is_one_gap_and_nobody_waits_for_it(
    cluster: SimulatedCluster, trouble: Callable[[SimulatedCluster], None]
) -> None:
    trouble(cluster)
    taken = read(cluster)
    assert [gap.part for gap in taken.gaps] == ["controller-logs"]
    assert taken.gaps[0].reason.startswith("cannot read the log of cloud-controller-manager-")
    assert taken.controller.logs == ()


def test_who_has_written_to_the_workload_is_noted(cluster: SimulatedCluster) -> None:
    def owned(value: dict[str, Any]) -> None:
        managers = ("kubectl", "argocd-controller", "kubectl")
        value["metadata"]["managedFields"] = [{"manager": one} for one in managers]

    cluster.kube.store.replace("DaemonSet", NAMESPACE, CCM, owned)
    assert read(cluster).controller.managers == ("kubectl", "argocd-controller")
