from __future__ import annotations

import os
import stat
import subprocess
import time
from contextlib import suppress

import pytest

from kubectl_routes.model.errors import UsageError
from kubectl_routes_simulator import cluster as simulated
from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.simulator.rolling import SANE, annotated, follow_how_to, hashes, names, with_tag
from tests.simulator.vpc_client import Sdk


def kubectl(cluster: SimulatedCluster, *words: str) -> list[str]:
    """The lines that the real kubectl prints."""
    done = subprocess.run(
        ["kubectl", *words],
        env=cluster.environment(os.environ),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout.splitlines()


def entries(cluster: SimulatedCluster) -> list[int]:
    """How many entries to instances the real SDK counts in each table of the VPC."""
    sdk = Sdk(cluster.vpc)
    answer = sdk("DescribeRouteTableList", VpcId=cluster.infra.vpc_id)
    return [
        len(
            sdk(
                "DescribeRouteEntryList",
                RouteTableId=table["RouteTableId"],
                NextHopType="Instance",
                MaxResult=100,
            )["RouteEntrys"]["RouteEntry"]
        )
        for table in answer["RouterTableList"]["RouterTableListType"]
    ]


def test_kubectl_and_sdk_see_the_same_cluster() -> None:
    with SimulatedCluster() as cluster:
        nodes = kubectl(cluster, "get", "nodes", "-o", "name")
        assert (len(nodes), entries(cluster)) == (9, [9, 9])


def test_log_of_ccm_is_the_log_of_its_pod() -> None:
    with SimulatedCluster("blocked") as cluster:
        selected = ("-n", "kube-system", "-l", "app=cloud-controller-manager")
        lines = kubectl(cluster, "logs", *selected, "--tail=-1")
        events = kubectl(cluster, "get", "events", "-o", "jsonpath={.items[*].reason}")
    assert any("multiple route tables found by vpc id[vpc-bp1" in line for line in lines)
    assert events == ["SyncRouteFailed"]


def test_node_that_joins_gets_its_routes() -> None:
    with SimulatedCluster() as cluster:
        name = cluster.node_joins("fresh")
        after_joining = entries(cluster)
        gone = cluster.node_leaves()
        assert (name, gone, after_joining, entries(cluster)) == ("fresh", "fresh", [10, 10], [9, 9])


def test_periodic_pass_serves_the_good_table_of_a_bad_list() -> None:
    with SimulatedCluster("space-in-list") as cluster:
        before = entries(cluster)
        cluster.reconcile()
        assert (before, entries(cluster)) == ([9, 0], [10, 0])


def test_config_counts_from_the_next_start_on() -> None:
    with SimulatedCluster("blocked") as cluster:
        ids = ",".join(cluster.infra.table_ids)

        def list_tables(value: dict[str, dict[str, str]]) -> None:
            text = f'{{"Global": {{"routeTableIDs": "{ids}"}}}}'
            value["data"] = {"cloud-config.conf": text}

        cluster.kube.store.replace("ConfigMap", "kube-system", "cloud-config", list_tables)
        cluster.reconcile()
        before = entries(cluster)
        cluster.restart_ccm()
        assert (before, entries(cluster)) == ([9, 0], [11, 11])


def test_ccm_at_work_in_the_background_repairs_what_a_hand_spoiled() -> None:
    with SimulatedCluster("conflict", period=0.05) as cluster:
        wrong = cluster.infra.nodes[-1]
        table = cluster.infra.table_ids[-1]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = cluster.infra.vpc.table(table).at_cidr(wrong.pod_cidr)
            if found is not None and found.hop.next_hop_id == wrong.instance:
                return
            time.sleep(0.02)
    pytest.fail("the entry still leads to the wrong instance")


def test_kubeconfig_is_private_and_gone_in_the_end() -> None:
    with SimulatedCluster("single-table") as cluster:
        path = cluster.kubeconfig
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.parent.exists()


def test_environment_leads_nowhere_else() -> None:
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
        environment = cluster.environment(base)
        assert environment == {
            "HOME": "/home/me",
            "KUBECONFIG": str(cluster.kubeconfig),
            "VPC_ENDPOINT": cluster.vpc.url,
            "ECS_ENDPOINT": cluster.vpc.url,
            "QUOTAS_ENDPOINT": cluster.vpc.url,
            "CS_ENDPOINT": cluster.addon.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tSimulatedClusterKey",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "simulated-secret-of-no-account",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }
        assert cluster.vpc.url.startswith("http://127.0.0.1:")


def test_size_that_can_not_be_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError):
        SimulatedCluster("single-table", tables=3)


def test_small_cluster_starts_fast() -> None:
    started = time.process_time()  # what others on the machine do does not count
    with SimulatedCluster():
        assert time.process_time() - started < 0.5


def test_rollout_of_three_pods_takes_two_to_three_seconds() -> None:
    with SimulatedCluster("healthy", period=300.0) as cluster:
        started = time.monotonic()
        cluster.edit_workload(with_tag("v2.14.0"))
        status = kubectl(cluster, "rollout", "status", "-n", "kube-system", f"ds/{NAME}")
        assert 1.5 < time.monotonic() - started < 6
    assert status[-1] == f'daemon set "{NAME}" successfully rolled out'


def test_settle_waits_for_the_thread() -> None:
    with SimulatedCluster("seed-before", period=300.0, pace=0.02) as cluster:
        before = entries(cluster)
        follow_how_to(cluster, SANE)
        cluster.settle()
        assert (before, entries(cluster)) == ([0, 0], [9, 9])


def test_settle_gives_up_on_a_thread_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "_MOST_SECONDS", 0.2)
    with SimulatedCluster("healthy", period=300.0, pace=60.0) as cluster:
        cluster.edit_workload(with_tag("v2.14.0"))
        with pytest.raises(TimeoutError):
            cluster.settle()


def test_managed_ccm_starts_anew_out_of_sight() -> None:
    with SimulatedCluster("managed") as cluster:
        before = names(cluster)
        cluster.node_joins("late")
        cluster.restart_ccm()
        assert (names(cluster), entries(cluster)) == (before, [10, 10])


def test_pods_of_others_are_left_alone() -> None:
    with SimulatedCluster("healthy") as cluster:
        cluster.edit_workload(annotated("restart"))
        cluster.settle()
        agent = cluster.kube.store.get("Pod", "kube-system", "node-agent-0")
        assert "deletionTimestamp" not in agent["metadata"]


def test_managed_ccm_works_in_the_background() -> None:
    with SimulatedCluster("managed", period=300.0) as cluster:
        cluster.infra.join("late")
        until = time.monotonic() + 5
        while entries(cluster) != [10, 10] and time.monotonic() < until:
            time.sleep(0.02)
        assert entries(cluster) == [10, 10]


def deletion(cluster: SimulatedCluster, *words: str) -> set[str]:
    """The pods there were before and are not there after a client has deleted one or more."""
    before = names(cluster)
    kubectl(cluster, "delete", "pod", "-n", "kube-system", *words)
    cluster.settle()
    assert len(names(cluster)) == len(before)
    return before - names(cluster)


def test_pods_that_a_client_deletes_end_in_their_own_time() -> None:
    with SimulatedCluster("healthy", period=300.0, pace=0.1) as cluster:
        leader, started = cluster.infra.rollout.leader, time.monotonic()
        assert deletion(cluster, leader) == {leader}
        assert time.monotonic() - started > 0.1
        assert len(deletion(cluster, "-l", f"app={NAME}")) == 3
        assert entries(cluster) == [9, 9]


def test_pods_that_a_client_deletes_are_gone_at_once_where_nothing_goes_on_by_itself() -> None:
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
