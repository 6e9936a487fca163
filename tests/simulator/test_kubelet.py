"""What becomes of CCM's pods on their nodes, step by step."""

from __future__ import annotations

from typing import Any

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.simulator.rolling import (
    Object,
    change,
    changing,
    container,
    entries,
    events,
    follow_how_to,
    list_all,
    log,
    pods,
    status,
    troubled,
    with_tag,
)

NOT_PUBLISHED = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager:v2.99.0"
FATAL = 'Cloud provider could not be initialized: could not init cloud provider "alicloud": '
NOT_FOUND = (
    f'rpc error: code = NotFound desc = failed to pull and unpack image "{NOT_PUBLISHED}": '
    f'failed to resolve reference "{NOT_PUBLISHED}": {NOT_PUBLISHED}: not found'
)
UNPUBLISHED = changing(lambda _, found: found.update(image=NOT_PUBLISHED))


def waits(cluster: SimulatedCluster) -> Any:
    return troubled(cluster)["state"]["waiting"]


def stands(pod: Object) -> tuple[str, str]:
    """Phase, and the reason for which the container waits, or what else its state is."""
    state = container(pod).get("state", {"": {}})
    ((kind, details),) = state.items()
    return pod["status"]["phase"], details.get("reason", kind)


def lived(edit: Any) -> list[tuple[str, str]]:
    """How the first new pod stands after each step of its life."""
    with SimulatedCluster("healthy", pace=1.0) as cluster:
        old = {pod["metadata"]["uid"] for pod in pods(cluster)}
        cluster.edit_workload(edit)
        seen: list[tuple[str, str]] = []
        for half in range(16):
            cluster.infra.rollout.step(2e9 + half // 2)
            new = [pod for pod in pods(cluster) if pod["metadata"]["uid"] not in old]
            seen += [stood for stood in map(stands, new[:1]) if stood not in seen]
        return seen


def test_a_new_pod_is_pending_then_made_then_running() -> None:
    pending = [("Pending", ""), ("Pending", "ContainerCreating")]
    assert lived(with_tag("v2.14.0")) == [*pending, ("Running", "running")]
    failing = [("Pending", "ErrImagePull"), ("Pending", "ImagePullBackOff")]
    assert lived(UNPUBLISHED) == [*pending, *failing]


def test_an_image_that_nobody_published_until_another_is_asked_for() -> None:
    with SimulatedCluster("healthy") as cluster:
        change(cluster, UNPUBLISHED)
        back_off = f'Back-off pulling image "{NOT_PUBLISHED}"'
        assert waits(cluster) == {"reason": "ImagePullBackOff", "message": back_off}
        assert events(cluster, "Failed") == {
            f'Failed to pull image "{NOT_PUBLISHED}": {NOT_FOUND}',
            "Error: ErrImagePull",
            "Error: ImagePullBackOff",
        }
        assert events(cluster, "BackOff") == {back_off}
        assert (status(cluster)["numberReady"], entries(cluster)) == (2, [9, 9])
        change(cluster, with_tag("v2.14.0"))
        counts = status(cluster)
        assert (counts["updatedNumberScheduled"], counts["numberReady"]) == (3, 3)


def test_a_pod_starts_when_the_key_that_it_mounts_is_there_at_last() -> None:
    with SimulatedCluster("healthy") as cluster:
        edit = changing(lambda spec, _: spec["volumes"][1]["configMap"]["items"][0].update(key="k"))
        change(cluster, edit)
        assert waits(cluster) == {"reason": "ContainerCreating"}
        assert events(cluster, "FailedMount") == {
            'MountVolume.SetUp failed for volume "cloud-config" : '
            "configmap references non-existent config key: k"
        }
        assert status(cluster)["numberReady"] == 2
        cluster.edit_config_map(
            lambda value: value["data"].update(k=value["data"]["cloud-config.conf"])
        )
        cluster.settle()
        assert (status(cluster)["numberReady"], entries(cluster)) == (3, [9, 9])


def read_only(workload: Object) -> None:
    """The how-to's edits but the last: /etc/kubernetes/ stays read-only."""
    container = workload["spec"]["template"]["spec"]["containers"][0]
    mount = next(mount for mount in container["volumeMounts"] if mount["name"] == "k8s")
    mount["readOnly"] = True


def test_a_mount_inside_a_read_only_folder_of_the_host() -> None:
    with SimulatedCluster("seed-before") as cluster:
        follow_how_to(cluster)
        cluster.edit_workload(read_only)
        for _ in range(3):
            cluster.settle()
        found = troubled(cluster)
        end = found["lastState"]["terminated"]
        assert found["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        assert (end["reason"], end["exitCode"], found["restartCount"]) == ("StartError", 128, 3)
        assert end["message"].endswith("/etc/kubernetes/config: read-only file system: unknown")
        assert events(cluster, "Failed") == {f"Error: {end['message']}"}


def test_a_folder_that_an_earlier_container_made_is_there_for_a_read_only_mount() -> None:
    with SimulatedCluster("seed-before") as cluster:
        follow_how_to(cluster)
        cluster.settle()
        change(cluster, read_only)
        assert (status(cluster)["numberReady"], entries(cluster)) == (3, [9, 9])


def test_v1_crashes_on_the_appendix_of_the_how_to_until_the_config_is_edited() -> None:
    with SimulatedCluster("crashloop") as cluster:
        (first, *_) = pods(cluster)
        meta, found = first["metadata"], container(first)
        where = f"{meta['name']}_kube-system({meta['uid']})"
        assert found["state"]["waiting"] == {
            "reason": "CrashLoopBackOff",
            "message": "back-off 1m20s restarting failed container=cloud-controller-manager "
            f"pod={where}",
        }
        assert (found["ready"], found["restartCount"]) == (False, 4)
        assert found["lastState"]["terminated"]["exitCode"] == 255
        words = [f"{FATAL}invalid character 'G' looking for beginning of object key string"]
        assert log(cluster, meta["name"]) == words == log(cluster, meta["name"], previous=True)
        message = f"Back-off restarting failed container cloud-controller-manager in pod {where}"
        assert message in events(cluster, "BackOff")
        assert (status(cluster)["numberReady"], entries(cluster)) == (0, [0, 0])
        list_all(cluster)
        cluster.settle()
        assert (status(cluster)["numberReady"], entries(cluster)) == (3, [9, 9])
        assert container(pods(cluster)[0])["restartCount"] == 5
        assert log(cluster, meta["name"], previous=True) == words


def test_a_probe_at_the_port_of_older_releases_kills_a_newer_one() -> None:
    with SimulatedCluster("seed-before") as cluster:
        change(cluster, with_tag("v1.9.3.380-gd6d0962-aliyun"))
        assert status(cluster)["numberReady"] == 3
        cluster.settle()
        assert {container(pod)["restartCount"] for pod in pods(cluster)} == {1}
        assert events(cluster, "Unhealthy") == {
            'Liveness probe failed: Get "http://127.0.0.1:10253/healthz": '
            "dial tcp 127.0.0.1:10253: connect: connection refused"
        }
        cluster.settle()
        assert {stands(pod)[1] for pod in pods(cluster)} == {"CrashLoopBackOff"}


def test_a_back_off_doubles_up_to_five_minutes() -> None:
    with SimulatedCluster("crashloop") as cluster:
        said = []
        for _ in range(3):
            cluster.settle()
            said.append(container(pods(cluster)[0])["state"]["waiting"]["message"].split()[1])
    assert said == ["2m40s", "5m0s", "5m0s"]
