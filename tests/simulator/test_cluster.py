"""The whole simulated cluster, seen through the real kubectl and the real SDK."""

from __future__ import annotations

import stat
import time
from contextlib import suppress

import pytest

from kubectl_routes.model.errors import UsageError
from kubectl_routes_simulator import cluster as simulated
from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.simulator.rolling import (
    annotated,
    entries,
    follow_how_to,
    hashes,
    kubectl,
    names,
    with_tag,
)
from tests.simulator.vpc_client import Sdk


def test_kubectl_and_sdk_see_the_same_cluster() -> None:
    with SimulatedCluster("blocked") as cluster:
        nodes = kubectl(cluster, "get", "nodes", "-o", "name").stdout.split()
        logs = kubectl(cluster, "logs", "-l", f"app={NAME}", "--tail=-1").stdout
        events = kubectl(cluster, "get", "events", "-A", "-o", "jsonpath={.items[*].reason}").stdout
        listed = Sdk(cluster.vpc)(
            "DescribeRouteEntryList",
            RouteTableId=cluster.infra.table_ids[0],
            NextHopType="Instance",
            MaxResult=100,
        )
    assert (len(nodes), len(listed["RouteEntrys"]["RouteEntry"])) == (11, 9)
    assert "multiple route tables found by vpc id[vpc-bp1" in logs
    assert events == "SyncRouteFailed"


def test_a_node_that_joins_gets_its_routes() -> None:
    with SimulatedCluster() as cluster:
        name = cluster.node_joins("fresh")
        after_joining = entries(cluster)
        gone = cluster.node_leaves()
        assert (name, gone, after_joining, entries(cluster)) == ("fresh", "fresh", [10, 10], [9, 9])


def test_ccm_at_work_in_the_background_repairs_what_a_hand_spoiled() -> None:
    with SimulatedCluster("conflict", period=0.05) as cluster:
        wrong = cluster.infra.nodes[-1]
        table = cluster.infra.vpc.table(cluster.infra.table_ids[-1])
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = table.at_cidr(wrong.pod_cidr)
            if found is not None and found.hop.next_hop_id == wrong.instance:
                return
            time.sleep(0.02)
    pytest.fail("the entry still leads to the wrong instance")


def test_the_environment_leads_nowhere_else() -> None:
    base = {
        "HOME": "/home/me",
        "KUBECONFIG": "/home/me/.kube/config",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "real",
        "ALIYUN_ACCESS_KEY_ID": "real",
        "ACCESS_KEY_SECRET": "real",
        "https_proxy": "http://proxy:3128",
        "CS_ENDPOINT": "cs.cn-hangzhou.aliyuncs.com",
    }
    with SimulatedCluster("single-table") as cluster:
        path = cluster.kubeconfig
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert cluster.environment(base) == {
            "HOME": "/home/me",
            "KUBECONFIG": str(path),
            "VPC_ENDPOINT": cluster.vpc.url,
            "ECS_ENDPOINT": cluster.vpc.url,
            "QUOTAS_ENDPOINT": cluster.vpc.url,
            "CS_ENDPOINT": cluster.addon.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tSimulatedClusterKey",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "simulated-secret-of-no-account",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }
        assert cluster.vpc.url.startswith("http://127.0.0.1:")
    assert not path.parent.exists()


def test_a_cluster_starts_fast_or_not_at_all() -> None:
    started = time.process_time()  # what others on the machine do does not count
    with SimulatedCluster():
        assert time.process_time() - started < 0.5
    with pytest.raises(UsageError):
        SimulatedCluster("single-table", tables=3)


def test_a_rollout_of_three_pods_takes_two_to_three_seconds() -> None:
    with SimulatedCluster("healthy", period=300.0) as cluster:
        started = time.monotonic()
        cluster.edit_workload(with_tag("v2.14.0"))
        said = kubectl(cluster, "rollout", "status", f"ds/{NAME}").stdout
        assert 1.5 < time.monotonic() - started < 6
    assert said.endswith(f'daemon set "{NAME}" successfully rolled out\n')


def test_settle_waits_for_the_thread() -> None:
    with SimulatedCluster("seed-before", period=300.0, pace=0.02) as cluster:
        before = entries(cluster)
        follow_how_to(cluster)
        cluster.settle()
        assert (before, entries(cluster)) == ([0, 0], [9, 9])


def test_settle_gives_up_on_a_thread_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "_MOST_SECONDS", 0.2)
    with SimulatedCluster("healthy", period=300.0, pace=60.0) as cluster:
        cluster.edit_workload(with_tag("v2.14.0"))
        with pytest.raises(TimeoutError):
            cluster.settle()


def test_the_ccm_of_a_managed_cluster_works_out_of_reach() -> None:
    with SimulatedCluster("managed") as cluster:
        before = names(cluster)
        cluster.node_joins("late")
        cluster.restart_ccm()
        assert (names(cluster), entries(cluster)) == (before, [10, 10])
    with SimulatedCluster("managed", period=300.0) as cluster:
        cluster.infra.join("late")
        until = time.monotonic() + 5
        while entries(cluster) != [10, 10] and time.monotonic() < until:
            time.sleep(0.02)
        assert entries(cluster) == [10, 10]


def deletion(cluster: SimulatedCluster, *words: str) -> set[str]:
    """The pods there were before and are not there after a client has deleted one or more."""
    before = names(cluster)
    assert kubectl(cluster, "delete", "pod", *words).returncode == 0
    cluster.settle()
    assert len(names(cluster)) == len(before)
    return before - names(cluster)


def test_pods_that_a_client_deletes_end_in_their_own_time_where_a_thread_runs() -> None:
    with SimulatedCluster("healthy", period=300.0, pace=0.1) as cluster:
        leader, started = cluster.infra.rollout.leader, time.monotonic()
        assert deletion(cluster, leader) == {leader}
        assert time.monotonic() - started > 0.1
        assert len(deletion(cluster, "-l", f"app={NAME}")) == 3
        assert entries(cluster) == [9, 9]
    with SimulatedCluster("healthy") as cluster:
        leader = cluster.infra.rollout.leader
        assert deletion(cluster, leader) == {leader}


def test_clients_may_write_while_pods_come_and_go() -> None:
    with SimulatedCluster("healthy", period=300.0, pace=0.005) as cluster:
        for number in range(60):
            cluster.edit_workload(annotated(str(number)))
            if number % 7 == 0:
                pods = cluster.kube.store.list("Pod", "kube-system")
                with suppress(LookupError):
                    cluster.kube.store.delete("Pod", "kube-system", pods[0]["metadata"]["name"])
            if number % 11 == 0:
                cluster.node_joins()
            time.sleep(0.005)
        cluster.settle()
        assert len(names(cluster)) == 3
        assert len({*hashes(cluster)}) == 1
        assert entries(cluster) == [15, 15]
