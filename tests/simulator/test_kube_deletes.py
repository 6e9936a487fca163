"""How pods end, which is up to their kubelets; what ends otherwise is in tests/contract."""

from __future__ import annotations

from kubectl_routes_simulator.kube import KubeSimulator
from tests.simulator.filling import Client, Object

POD = "/api/v1/namespaces/kube-system/pods/ccm-1"
CCM = "/apis/apps/v1/namespaces/kube-system/daemonsets/ccm"
MERGE = "application/merge-patch+json"


class Kubelet:
    """Takes a pod's end into its hands, or does not."""

    def __init__(self, takes_over: bool) -> None:
        self.takes_over = takes_over
        self.asked: list[Object] = []

    def __call__(self, value: Object) -> bool:
        self.asked.append(value)
        return self.takes_over


def test_options_that_do_not_decode(client: Client) -> None:
    assert client.write("DELETE", CCM, {"gracePeriodSeconds": "x"})["code"] == 400
    assert client.write("DELETE", f"{CCM}?dryRun=x")["code"] == 422
    dry = client.write("DELETE", CCM, {"dryRun": ["All"]})
    assert (dry["status"], client.get(CCM)["kind"]) == ("Success", "DaemonSet")


def test_a_pod_may_end_later(kube: KubeSimulator, client: Client) -> None:
    kubelet = kube.deletes.on_pod_delete = Kubelet(takes_over=True)
    tried = client.write("DELETE", f"{POD}?dryRun=All")
    assert (tried["metadata"]["deletionGracePeriodSeconds"], kubelet.asked) == (30, [])
    assert "deletionTimestamp" not in client.get(POD)["metadata"]
    ending = client.write("DELETE", POD, {"gracePeriodSeconds": 5})
    meta = ending["metadata"]
    assert (meta["deletionTimestamp"], meta["deletionGracePeriodSeconds"]) == (
        "2024-03-01T10:00:05Z",
        5,
    )
    assert client.get(POD) == ending == client.write("DELETE", POD)
    assert [asked["metadata"]["name"] for asked in kubelet.asked] == ["ccm-1"]
    labelled = client.write("PATCH", POD, {"metadata": {"labels": {"a": "b"}}}, MERGE)
    assert client.get(POD) == labelled
    assert labelled["metadata"]["deletionTimestamp"] == meta["deletionTimestamp"]
    client.write("DELETE", f"{POD}?gracePeriodSeconds=0")
    assert client.get(POD)["code"] == 404


def test_a_pod_that_no_kubelet_takes_over_ends_at_once(kube: KubeSimulator, client: Client) -> None:
    kube.deletes.on_pod_delete = Kubelet(takes_over=False)
    gone = client.write("DELETE", POD)
    assert gone["metadata"]["deletionGracePeriodSeconds"] == 30
    assert client.get(POD)["code"] == 404


def test_a_finalizer_holds_back_what_a_dry_run_sets_free(client: Client) -> None:
    client.write("PATCH", CCM, {"metadata": {"finalizers": ["example.com/keep"]}}, MERGE)
    waiting = client.write("DELETE", CCM)
    assert client.write("DELETE", CCM) == waiting
    free = {"metadata": {"finalizers": None}}
    assert client.write("PATCH", f"{CCM}?dryRun=All", free, MERGE)["kind"] == "DaemonSet"
    assert client.get(CCM) == waiting
