from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes.collect.controller import Workloads, find_controller, settle_kind
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.profile import Profile
from kubectl_routes.model.controller import Controller, ControllerKind, Probe, Volume, VolumeMount
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.snapshot import Gap

IMAGE = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64:v2.5.1"

OF_ACK = Profile({"ack-cluster-profile": {"clusterid": "c1"}})


def workload(name: str, image: str = "x", labels: dict[str, str] = {}, **more: Any) -> Document:  # noqa: B006
    """A DaemonSet or Deployment; ``more`` are fields of its container, and its ``status``."""
    status = more.pop("status", {})
    container = {"name": "ccm", "image": image, **more}
    return Document(
        {
            "metadata": {"name": name, "namespace": "kube-system", "labels": labels},
            "spec": {"template": {"spec": {"containers": [container]}}},
            "status": status,
        }
    )


def running(name: str, *args: str, image: str = IMAGE) -> Document:
    return workload(name, image, args=list(args), status={"desiredNumberScheduled": 3})


@pytest.mark.parametrize(
    ("workloads", "expected"),
    [
        (Workloads((workload("cloud-controller-manager"),)), "cloud-controller-manager"),
        (
            Workloads(
                (workload("x", IMAGE), workload("y", labels={"app": "cloud-controller-manager"}))
            ),
            "y",
        ),
        (Workloads((workload("kube-proxy"),), (workload("my-ccm", IMAGE),)), "my-ccm"),
        (Workloads((workload("y", "acs/cloud-controller-manager@sha256:1"),)), "y"),
        (Workloads((workload("y", command=["/usr/bin/cloud-controller-manager"]),)), "y"),
        (Workloads((workload("y", command=["sh", "-c", "exec /cloud-controller-manager"]),)), "y"),
        (
            Workloads(
                (
                    workload(
                        "y",
                        args=["--cloud-provider=$(PROVIDER)"],
                        env=[{"name": "PROVIDER", "value": "alibabacloud"}],
                    ),
                )
            ),
            "y",
        ),
    ],
)
def test_ccm_is_found_by_name_label_image_or_what_it_runs(
    workloads: Workloads, expected: str
) -> None:
    controller, _ = find_controller(workloads)
    assert controller is not None
    assert controller.name == expected


@pytest.mark.parametrize("image", ["a/my-cloud-controller-manager:1", "a/cloud-controller:1"])
def test_what_only_resembles_ccm_is_not_it(image: str) -> None:
    assert find_controller(Workloads((workload("x", image),)))[0] is None


def test_the_ccm_of_another_cloud_is_not_it() -> None:
    command = ["/bin/cloud-controller-manager", "--cloud-provider=openstack"]
    other = workload("openstack-cloud-controller-manager", "openstack-ccm:v1", command=command)
    assert find_controller(Workloads((other,)))[0] is None


def test_all_that_matters_of_a_daemon_set() -> None:
    found = Document(
        {
            "metadata": {
                "name": "cloud-controller-manager",
                "namespace": "kube-system",
                "resourceVersion": "7",
                "generation": 3,
            },
            "spec": {
                "updateStrategy": {"type": "OnDelete"},
                "template": {
                    "spec": {
                        "containers": [
                            {"name": "log", "image": "busybox"},
                            {
                                "name": "ccm",
                                "image": IMAGE,
                                "command": ["/ccm", "--access-key-secret=C4nary7"],
                                "args": ["--cloud-config=/etc/c"],
                                "env": [{"name": "ACCESS_KEY_ID", "value": "C4nary8"}],
                                "ports": [{"name": "health", "containerPort": 10252}],
                                "livenessProbe": {"httpGet": {"port": "health"}},
                                "readinessProbe": {"tcpSocket": {"port": 10258}},
                                "startupProbe": {"exec": {"command": ["true"]}},
                                "volumeMounts": [
                                    {"name": "c", "mountPath": "/etc", "readOnly": True}
                                ],
                            },
                        ],
                        "volumes": [
                            {
                                "name": "c",
                                "configMap": {
                                    "name": "cloud-config",
                                    "items": [{"key": "k", "path": "c"}],
                                    "optional": True,
                                },
                            },
                            {"name": "h", "hostPath": {"path": "/etc/kubernetes"}},
                            {"name": "s", "secret": {"secretName": "ccm"}},
                        ],
                    }
                },
            },
            "status": {
                "observedGeneration": 2,
                "desiredNumberScheduled": 3,
                "updatedNumberScheduled": 1,
                "numberReady": 2,
                "numberAvailable": 2,
            },
        }
    )
    assert find_controller(Workloads((found,)))[0] == Controller(
        kind=ControllerKind.DAEMON_SET,
        namespace="kube-system",
        name="cloud-controller-manager",
        container="ccm",
        image=IMAGE,
        command=("/ccm", "--access-key-secret=REDACTED"),
        args=("--cloud-config=/etc/c",),
        volumes=(
            Volume("c", "configMap", "cloud-config", {"k": "c"}, True),
            Volume("h", "hostPath", "/etc/kubernetes"),
            Volume("s", "secret", "ccm"),
        ),
        mounts=(VolumeMount("c", "/etc", read_only=True),),
        container_index=1,
        env=("ACCESS_KEY_ID",),
        probes=(
            Probe("livenessProbe", "httpGet", 10252),
            Probe("readinessProbe", "tcpSocket", 10258),
        ),
        update_strategy="OnDelete",
        resource_version="7",
        generation=3,
        observed_generation=2,
        desired=3,
        updated=1,
        ready=2,
        available=2,
        unexpanded=(),
    )


ABSENT, MANAGED, UNKNOWN = ControllerKind.ABSENT, ControllerKind.MANAGED, ControllerKind.UNKNOWN
REFUSED = ClusterError("refused", "ask", 403)
NO_NODES = "no CCM in any namespace; without nodes, it may be managed or absent"
NO_MASTER = "no CCM and no master node is visible: the control plane is perhaps managed"


@pytest.mark.parametrize(
    ("error", "masters", "profile", "kind", "gaps"),
    [
        (None, True, OF_ACK, ABSENT, ()),
        (None, False, OF_ACK, MANAGED, ()),
        (None, None, OF_ACK, UNKNOWN, (Gap("controller", NO_NODES),)),
        (REFUSED, True, OF_ACK, UNKNOWN, (Gap("controller", "refused", "ask"),)),
        (None, False, Profile({}), UNKNOWN, (Gap("controller", NO_MASTER),)),
        (
            None,
            False,
            Profile({}, REFUSED),
            UNKNOWN,
            (Gap("controller", f"{NO_MASTER} (refused)", "ask"),),
        ),
    ],
)
def test_what_it_means_that_there_is_no_workload(
    error: ClusterError | None,
    masters: bool | None,
    profile: Profile,
    kind: ControllerKind,
    gaps: tuple[Gap, ...],
) -> None:
    found = settle_kind(None, Workloads(error=error), has_masters=masters, profile=profile)
    assert found == (Controller(kind=kind), gaps)


@pytest.mark.parametrize(("spec", "desired"), [({}, 1), ({"replicas": 0}, 0), ({"replicas": 2}, 2)])
def test_a_deployment_that_does_not_say_wants_one_pod(
    spec: dict[str, object], desired: int
) -> None:
    deployment = Document({"metadata": {"name": "cloud-controller-manager"}, "spec": spec})
    found, _ = find_controller(Workloads(deployments=(deployment,)))
    assert found is not None
    assert (found.kind, found.desired) == (ControllerKind.DEPLOYMENT, desired)


def test_words_that_were_expanded_are_kept_as_they_are_written_too() -> None:
    found = workload(
        "cloud-controller-manager",
        command=["/ccm", "--access-key-secret=C4nary7"],
        args=["--configure-cloud-routes=$(ROUTES)"],
        env=[{"name": "ROUTES", "value": "false"}],
    )
    controller, _ = find_controller(Workloads((found,)))
    assert controller is not None
    assert controller.args == ("--configure-cloud-routes=false",)
    assert controller.written == (
        "/ccm", "--access-key-secret=REDACTED", "--configure-cloud-routes=$(ROUTES)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("daemon_sets", "name", "others"),
    [
        ((running("cloud-controller-manager"),), "cloud-controller-manager", ()),
        (
            (running("my-ccm"), running("cloud-controller-manager")),
            "cloud-controller-manager",
            ("DaemonSet kube-system/my-ccm",),
        ),
        (
            (running("cloud-controller-manager", "--controllers=service"), running("routes")),
            "routes",
            (),
        ),
        (
            (running("x"), running("cloud-controller-manager-log", image="busybox")),
            "x",
            (),
        ),
    ],
)
def test_of_several_ccms_the_one_with_routes_is_taken_and_the_others_are_named(
    daemon_sets: tuple[Document, ...], name: str, others: tuple[str, ...]
) -> None:
    controller, _ = find_controller(Workloads(daemon_sets))
    assert controller is not None
    assert (controller.name, controller.others) == (name, others)
