from __future__ import annotations

import time
from typing import Any

import pytest

from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.simulator.rolling import (
    Object,
    annotated,
    change,
    changing,
    entries,
    events,
    hashes,
    images,
    list_all,
    log,
    names,
    pods,
    status,
    with_tag,
)

ALL_READY = {
    "currentNumberScheduled": 3,
    "desiredNumberScheduled": 3,
    "numberAvailable": 3,
    "numberMisscheduled": 0,
    "numberReady": 3,
    "updatedNumberScheduled": 3,
}
BAD = changing(lambda _, one: one.update(image="example.com/nope:1"))


def fewest_and_most(cluster: SimulatedCluster) -> tuple[int, int]:
    """The fewest ready pods, and the most that are not being deleted, while the rollout is stepped
    to its end.
    """
    ready, there = [], []
    for step in range(200):
        cluster.infra.rollout.step(2e9 + step / 4)
        ready.append(status(cluster)["numberReady"])
        there.append(sum("deletionTimestamp" not in pod["metadata"] for pod in pods(cluster)))
    return min(ready), max(there)


@pytest.mark.parametrize(("limit", "ready"), [(1, 2), ("60%", 1)])
def test_pods_are_replaced_as_the_strategy_says(limit: Any, ready: int) -> None:
    def edit(workload: Object) -> None:
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": limit}}
        workload["spec"]["updateStrategy"] = rolling
        with_tag("v2.14.0")(workload)

    with SimulatedCluster("healthy", pace=1.0) as cluster:
        cluster.edit_workload(edit)
        assert fewest_and_most(cluster) == (ready, 3)
        assert images(cluster) == ["v2.14.0"] * 3


def test_rollout_stops_at_the_first_pod_that_does_not_come_up() -> None:
    with SimulatedCluster("healthy") as cluster:
        change(cluster, BAD)
        assert status(cluster) == {
            **ALL_READY,
            "numberAvailable": 2,
            "numberReady": 2,
            "numberUnavailable": 1,
            "observedGeneration": 2,
            "updatedNumberScheduled": 1,
        }


def test_on_delete_leaves_the_old_pods_until_somebody_deletes_them() -> None:
    with SimulatedCluster("on-delete") as cluster:
        list_all(cluster)
        change(cluster, annotated("restart"))
        before = names(cluster)
        assert status(cluster)["updatedNumberScheduled"] == 0
        assert status(cluster)["observedGeneration"] == 2
        cluster.kube.store.delete("Pod", NAMESPACE, min(before))
        cluster.settle()
        assert (len(names(cluster)), len(names(cluster) & before)) == (3, 2)
        assert status(cluster) == {
            **ALL_READY,
            "observedGeneration": 2,
            "updatedNumberScheduled": 1,
        }
        assert len(set(hashes(cluster))) == 2


def killed(cluster: SimulatedCluster) -> str:
    """The pod whose CCM leads ends, and another takes over; returns its name."""
    name = cluster.infra.rollout.leader
    cluster.infra.rollout.pods.stop_pod(NAMESPACE, name)
    cluster.settle()
    return name


def test_next_ready_pod_takes_over_with_the_set_up_that_it_started_with() -> None:
    with SimulatedCluster("on-delete") as cluster:
        list_all(cluster)
        first = killed(cluster)
        second = cluster.infra.rollout.leader
        assert second != first
        assert entries(cluster) == [9, 0]
        gone = {killed(cluster), killed(cluster)}
        assert second in gone
        assert cluster.infra.rollout.leader not in {first, *gone}
        assert entries(cluster) == [9, 9]


def test_only_the_leader_writes_and_its_log_tells() -> None:
    with SimulatedCluster("on-delete") as cluster:
        cluster.kube.logs.forget(NAMESPACE, cluster.infra.rollout.leader)
        cluster.reconcile()
        told = {name: log(cluster, name) for name in names(cluster)}
        assert {name for name, lines in told.items() if len(lines) > 1} <= {
            cluster.infra.rollout.leader
        }
        assert any(
            "sync route tables successfully" in one for lines in told.values() for one in lines
        )


def test_while_no_pod_runs_nothing_is_written() -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.kube.store.delete("DaemonSet", NAMESPACE, NAME)
        cluster.settle()
        cluster.node_joins("late")
        cluster.reconcile()
        assert (pods(cluster), entries(cluster)) == ([], [9, 9])
        assert cluster.infra.rollout.leader == ""
        with pytest.raises(LookupError):
            cluster.edit_workload(annotated("x"))


def test_node_that_goes_takes_its_pod_along() -> None:
    with SimulatedCluster("healthy") as cluster:
        master = cluster.infra.nodes[0].name
        cluster.kube.store.delete("Node", "", master)
        cluster.settle()
        assert {pod["spec"]["nodeName"] for pod in pods(cluster)} == {
            plan.name for plan in cluster.infra.nodes[1:3]
        }
        assert status(cluster)["desiredNumberScheduled"] == 2
        assert entries(cluster) == [9, 9]


def test_node_that_is_no_master_any_more_loses_its_pod_and_a_new_one_gets_one() -> None:
    with SimulatedCluster("healthy") as cluster:
        old, new = cluster.infra.nodes[0].name, cluster.infra.nodes[5].name
        role = "node-role.kubernetes.io/master"
        store = cluster.kube.store
        store.replace("Node", "", old, lambda node: node["metadata"]["labels"].pop(role) and None)
        store.replace("Node", "", new, lambda node: node["metadata"]["labels"].update({role: ""}))
        cluster.settle()
        where = {pod["spec"]["nodeName"] for pod in pods(cluster)}
        assert (old in where, new in where, len(where)) == (False, True, 3)
        assert status(cluster)["numberMisscheduled"] == 0


def test_workload_of_which_only_the_object_is_there_stays_without_pods() -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.kube.store.replace("DaemonSet", NAMESPACE, "kube-flannel-ds", annotated("x"))
        cluster.settle()
        assert len(pods(cluster)) == 3
        assert status(cluster, name="kube-flannel-ds")["numberReady"] == 9


def as_deployment(cluster: SimulatedCluster, **spec: Any) -> None:
    """CCM's workload becomes a Deployment."""
    daemon_set = cluster.kube.store.get("DaemonSet", NAMESPACE, NAME)
    cluster.kube.store.delete("DaemonSet", NAMESPACE, NAME)
    kept = {key: daemon_set["spec"][key] for key in ("selector", "template")}
    meta = {"name": NAME, "namespace": NAMESPACE, "labels": daemon_set["metadata"]["labels"]}
    cluster.kube.store.put(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            "spec": {**kept, "replicas": 2, **spec},
        }
    )


def counts(cluster: SimulatedCluster) -> dict[str, int]:
    told = status(cluster, "Deployment")
    return {name: told[name] for name in told if name.endswith("eplicas")}


def test_deployment_runs_ccm_too() -> None:
    with SimulatedCluster("on-delete") as cluster:
        list_all(cluster)
        as_deployment(cluster)
        cluster.settle()
        assert entries(cluster) == [9, 9]
        assert counts(cluster) == {
            "replicas": 2,
            "updatedReplicas": 2,
            "readyReplicas": 2,
            "availableReplicas": 2,
        }
        owners = {pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods(cluster)}
        (template_hash,) = set(hashes(cluster, "pod-template-hash"))
        assert owners == {"ReplicaSet"}
        assert all(name.startswith(f"{NAME}-{template_hash}-") for name in names(cluster))


def test_deployment_rolls_and_goes_back() -> None:
    with SimulatedCluster("healthy") as cluster:
        as_deployment(cluster)
        cluster.settle()
        before = set(hashes(cluster, "pod-template-hash"))
        change(cluster, with_tag("v2.14.0"))
        assert images(cluster) == ["v2.14.0"] * 2
        change(cluster, with_tag("v2.11.2"))
        assert set(hashes(cluster, "pod-template-hash")) == before
        assert status(cluster, "Deployment")["observedGeneration"] == 3


def test_deployment_keeps_what_works_while_the_new_pod_does_not_come_up() -> None:
    with SimulatedCluster("healthy") as cluster:
        as_deployment(cluster, strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
        cluster.settle()
        change(cluster, BAD)
        assert counts(cluster) == {
            "replicas": 3,
            "updatedReplicas": 1,
            "readyReplicas": 2,
            "availableReplicas": 2,
        }


@pytest.mark.parametrize("wanted", [3, 1, 0])
def test_deployment_is_scaled(wanted: int) -> None:
    with SimulatedCluster("healthy") as cluster:
        as_deployment(cluster)
        cluster.settle()
        change(cluster, lambda workload: workload["spec"].update(replicas=wanted))
        assert len(pods(cluster)) == wanted


def test_pod_for_which_there_is_no_node_stays_pending() -> None:
    with SimulatedCluster("healthy") as cluster:
        as_deployment(cluster, replicas=1)
        change(cluster, changing(lambda spec, _: spec.update(nodeSelector={"no": "where"})))
        stuck = [pod["status"] for pod in pods(cluster) if "nodeName" not in pod["spec"]]
        assert [one["phase"] for one in stuck] == ["Pending"]
        assert [one["conditions"][0]["status"] for one in stuck] == ["False"]
        cluster.kube.store.delete("Deployment", NAMESPACE, NAME)
        cluster.settle()
        assert pods(cluster) == []


def test_events_of_the_controllers() -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.edit_workload(with_tag("v2.14.0"))
        before = names(cluster)
        cluster.settle()
        assert events(cluster, "SuccessfulDelete") == {f"Deleted pod: {name}" for name in before}
        assert events(cluster, "SuccessfulCreate") == {
            f"Created pod: {name}" for name in names(cluster)
        }
        assert events(cluster, "Killing") == {"Stopping container cloud-controller-manager"}
        assert len(events(cluster, "Scheduled")) == 3


def test_ccms_of_two_namespaces_hold_two_locks_and_both_act() -> None:
    with SimulatedCluster("unlisted-vswitch", period=0.5, pace=0.02) as cluster:
        first, second = cluster.infra.table_ids[:2]
        store = cluster.kube.store
        own = store.get("DaemonSet", NAMESPACE, NAME)
        config = store.get("ConfigMap", NAMESPACE, "cloud-config")
        text = config["data"]["cloud-config.conf"].replace(first, second)
        place = {"name": "cloud-config", "namespace": "infra"}
        store.put({**config, "metadata": place, "data": {"cloud-config.conf": text}})
        store.put({**own, "metadata": {"name": "second", "namespace": "infra"}, "status": {}})
        end = time.monotonic() + 20
        while not all(entries(cluster)):
            assert time.monotonic() < end
            time.sleep(0.1)
