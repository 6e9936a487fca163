"""What the tests of rollouts look at, and how they change CCM's workload."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from typing import Any

from kubectl_routes_simulator.ack_objects import appendix, ccm_image, cloud_config
from kubectl_routes_simulator.ccm_setup import NAME, NAMESPACE
from kubectl_routes_simulator.cluster import SimulatedCluster

Object = dict[str, Any]

SANE = "v1.9.3.105-gfd4e547-aliyun"


def pods(cluster: SimulatedCluster) -> list[Object]:
    """CCM's pods."""
    listed = cluster.kube.store.list("Pod", NAMESPACE)
    return [pod for pod in listed if pod["metadata"]["labels"].get("app") == NAME]


def names(cluster: SimulatedCluster) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods(cluster)}


def container(pod: Object) -> Object:
    statuses = pod["status"].get("containerStatuses", [{}])
    return dict(statuses[0])


def troubled(cluster: SimulatedCluster) -> Object:
    """The status of the container of the only pod that is not ready."""
    (found,) = (container(pod) for pod in pods(cluster) if not container(pod).get("ready"))
    return found


def hashes(cluster: SimulatedCluster, label: str = "controller-revision-hash") -> list[str]:
    return [pod["metadata"]["labels"][label] for pod in pods(cluster)]


def images(cluster: SimulatedCluster) -> list[str]:
    """The tags that the pods run, in the order of their names."""
    return [pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods(cluster)]


def status(cluster: SimulatedCluster, kind: str = "DaemonSet", name: str = NAME) -> Object:
    return dict(cluster.kube.store.get(kind, NAMESPACE, name)["status"])


def events(cluster: SimulatedCluster, reason: str) -> set[str]:
    """The messages of the Events of kube-system with that reason."""
    listed = cluster.kube.store.list("Event", NAMESPACE)
    return {one["message"] for one in listed if one["reason"] == reason}


def log(cluster: SimulatedCluster, pod: str, previous: bool = False) -> list[str]:
    """What the CCM of a pod has written."""
    return cluster.kube.logs.lines(NAMESPACE, pod, NAME, previous)


def entries(cluster: SimulatedCluster) -> list[int]:
    """How many entries to instances each table has."""
    infra = cluster.infra
    return [
        sum(one.hop.next_hop_type == "Instance" for one in infra.vpc.table(table).entries())
        for table in infra.table_ids
    ]


def changing(edit: Callable[[Object, Object], Any]) -> Callable[[Object], None]:
    """An edit of a workload by one of its pod spec and its first container."""

    def edit_workload(workload: Object) -> None:
        spec = workload["spec"]["template"]["spec"]
        edit(spec, spec["containers"][0])

    return edit_workload


def with_tag(tag: str) -> Callable[[Object], None]:
    return changing(lambda _, container: container.update(image=ccm_image(tag)))


def annotated(text: str) -> Callable[[Object], None]:
    """A change of the template that changes nothing else."""

    def edit(workload: Object) -> None:
        workload["spec"]["template"]["metadata"]["annotations"] = {"why": text}

    return edit


def change(cluster: SimulatedCluster, edit: Callable[[Object], Object | None]) -> None:
    """CCM's workload is edited, and everything settles."""
    cluster.edit_workload(edit)
    cluster.settle()


def listing(cluster: SimulatedCluster) -> str:
    """The text of a cloud-config that lists every table."""
    ids = ",".join(cluster.infra.table_ids)
    return f'{{"Global": {{"routeTableIDs": "{ids}"}}}}'


def follow_how_to(cluster: SimulatedCluster) -> None:
    """The five edits of the how-to, and the ConfigMap, with every table listed."""
    cluster.kube.store.put(cloud_config(listing(cluster)))
    spec = appendix(SANE, cluster.infra.cluster_cidr)["spec"]
    cluster.edit_workload(lambda workload: {**workload, "spec": spec})


def list_all(cluster: SimulatedCluster) -> None:
    """Every table listed, in the ConfigMap that is there."""
    text = listing(cluster)
    cluster.edit_config_map(lambda value: value["data"].update({"cloud-config.conf": text}))


def kubectl(cluster: SimulatedCluster, *words: str) -> subprocess.CompletedProcess[str]:
    """What the real kubectl does in kube-system, in the environment that a practice shell has."""
    return subprocess.run(
        ["kubectl", "-n", "kube-system", *words],
        env=cluster.environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
