from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import NOW, Client, Object, fill

PODS = "/api/v1/namespaces/kube-system/pods"
CONFIG = "/api/v1/namespaces/kube-system/configmaps/cloud-config"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/ccm"
MERGE = "application/merge-patch+json"


@pytest.fixture
def kube() -> Iterator[KubeSimulator]:
    with KubeSimulator(clock=lambda: NOW) as running:
        fill(running, nodes=1)
        yield running


def test_a_deleted_object_is_gone(client: Client) -> None:
    assert client.write("DELETE", CCM) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {
            "name": "ccm",
            "group": "apps",
            "kind": "daemonsets",
            "uid": "00000002-0000-4000-8000-000000000000",
        },
    }
    assert client.get(CCM)["code"] == 404


def test_a_deleted_pod_is_answered_with(client: Client) -> None:
    gone = client.write("DELETE", f"{PODS}/ccm-1")
    assert (gone["kind"], gone["metadata"]["deletionTimestamp"]) == ("Pod", "2024-03-01T10:00:00Z")
    assert client.get(f"{PODS}/ccm-1")["code"] == 404


def preconditions(**wanted: str) -> Object:
    return {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": wanted}


def test_a_deletion_may_be_meant_for_one_uid_and_version_only(client: Client) -> None:
    meta = client.get(CCM)["metadata"]
    uid, version = meta["uid"], meta["resourceVersion"]
    answer = client.write("DELETE", CCM, preconditions(uid="other"))
    assert (answer["code"], answer["reason"], answer["message"]) == (
        409,
        "Conflict",
        f'Operation cannot be fulfilled on DaemonSet.apps "ccm": the UID in the precondition '
        f"(other) does not match the UID in record ({uid}). The object might have been deleted "
        "and then recreated",
    )
    answer = client.write("DELETE", CCM, preconditions(resourceVersion="1"))
    assert answer["message"] == (
        'Operation cannot be fulfilled on DaemonSet.apps "ccm": the ResourceVersion in the '
        f"precondition (1) does not match the ResourceVersion in record ({version}). The object "
        "might have been modified"
    )
    both = preconditions(uid=uid, resourceVersion=version)
    assert client.write("DELETE", CCM, both)["status"] == "Success"


def test_options_that_do_not_decode(client: Client) -> None:
    assert client.write("DELETE", CCM, {"gracePeriodSeconds": "x"})["code"] == 400
    assert client.write("DELETE", f"{CCM}?dryRun=x")["code"] == 422
    dry = client.write("DELETE", CCM, {"dryRun": ["All"]})
    assert (dry["status"], client.get(CCM)["kind"]) == ("Success", "DaemonSet")


class Kubelet:
    """Takes a pod's end into its hands, or does not."""

    def __init__(self, takes_over: bool) -> None:
        self.takes_over = takes_over
        self.asked: list[Object] = []

    def __call__(self, value: Object) -> bool:
        self.asked.append(value)
        return self.takes_over


def test_a_pod_may_end_later(kube: KubeSimulator, client: Client) -> None:
    kubelet = kube.on_pod_delete = Kubelet(takes_over=True)
    ending = client.write("DELETE", f"{PODS}/ccm-1", {"gracePeriodSeconds": 5})
    meta = ending["metadata"]
    assert (meta["deletionTimestamp"], meta["deletionGracePeriodSeconds"]) == (
        "2024-03-01T10:00:05Z",
        5,
    )
    assert client.get(f"{PODS}/ccm-1") == ending
    assert client.write("DELETE", f"{PODS}/ccm-1") == ending
    assert [one["metadata"]["name"] for one in kubelet.asked] == ["ccm-1"]
    labels = {"metadata": {"labels": {"a": "b"}}}
    labelled = client.write("PATCH", f"{PODS}/ccm-1", labels, MERGE)
    assert client.get(f"{PODS}/ccm-1") == labelled
    assert labelled["metadata"]["deletionTimestamp"] == meta["deletionTimestamp"]
    client.write("DELETE", f"{PODS}/ccm-1?gracePeriodSeconds=0")
    assert client.get(f"{PODS}/ccm-1")["code"] == 404


def test_a_pod_that_nobody_takes_over_ends_at_once(kube: KubeSimulator, client: Client) -> None:
    kubelet = kube.on_pod_delete = Kubelet(takes_over=False)
    assert kube.on_pod_delete is kubelet
    gone = client.write("DELETE", f"{PODS}/ccm-1")
    assert gone["metadata"]["deletionGracePeriodSeconds"] == 30
    assert client.get(f"{PODS}/ccm-1")["code"] == 404


def test_a_dry_run_asks_no_kubelet(kube: KubeSimulator, client: Client) -> None:
    kubelet = kube.on_pod_delete = Kubelet(takes_over=True)
    ending = client.write("DELETE", f"{PODS}/ccm-1?dryRun=All")
    assert (ending["metadata"]["deletionGracePeriodSeconds"], kubelet.asked) == (30, [])
    assert "deletionTimestamp" not in client.get(f"{PODS}/ccm-1")["metadata"]


def test_a_finalizer_holds_an_object_back(client: Client) -> None:
    held: Any = {"metadata": {"finalizers": ["example.com/keep"]}}
    client.write("PATCH", CONFIG, held, MERGE)
    tried = client.write("DELETE", f"{CONFIG}?dryRun=All")
    waiting = client.write("DELETE", CONFIG)
    for answer in (tried, waiting):
        assert answer["metadata"]["deletionTimestamp"] == "2024-03-01T10:00:00Z"
    assert client.write("DELETE", CONFIG) == waiting
    free = {"metadata": {"finalizers": None}}
    assert client.write("PATCH", f"{CONFIG}?dryRun=All", free, MERGE)["kind"] == "ConfigMap"
    assert client.get(CONFIG) == waiting
    client.write("PATCH", CONFIG, free, MERGE)
    assert client.get(CONFIG)["code"] == 404


def test_a_collection_is_deleted_object_by_object(client: Client) -> None:
    assert client.write("DELETE", "/api/v1/namespaces/kube-system/configmaps")["code"] == 405
