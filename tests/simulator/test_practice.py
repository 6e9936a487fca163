from __future__ import annotations

import os
import stat
import subprocess
import time

import pytest

from kubectl_routes.model.errors import UsageError
from kubectl_routes.simulator.practice import PracticeCluster
from tests.simulator.vpc_client import Sdk


def kubectl(cluster: PracticeCluster, *words: str) -> list[str]:
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


def entries(cluster: PracticeCluster) -> list[int]:
    """How many entries to instances the real SDK counts in each table of the VPC."""
    sdk = Sdk(cluster.vpc)
    answer = sdk("DescribeRouteTableList", VpcId=cluster.ground.vpc_id)
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
    with PracticeCluster() as cluster:
        nodes = kubectl(cluster, "get", "nodes", "-o", "name")
        assert (len(nodes), entries(cluster)) == (9, [9, 9])


def test_log_of_ccm_is_the_log_of_its_pod() -> None:
    with PracticeCluster("blocked") as cluster:
        selected = ("-n", "kube-system", "-l", "app=cloud-controller-manager")
        lines = kubectl(cluster, "logs", *selected, "--tail=-1")
        events = kubectl(cluster, "get", "events", "-o", "jsonpath={.items[*].reason}")
    assert any("multiple route tables found by vpc id[vpc-bp1" in line for line in lines)
    assert events == ["SyncRouteFailed"]


def test_node_that_joins_gets_its_routes() -> None:
    with PracticeCluster() as cluster:
        name = cluster.node_joins("fresh")
        after_joining = entries(cluster)
        gone = cluster.node_leaves()
        assert (name, gone, after_joining, entries(cluster)) == ("fresh", "fresh", [10, 10], [9, 9])


def test_periodic_pass_serves_the_good_table_of_a_bad_list() -> None:
    with PracticeCluster("blank-in-list") as cluster:
        before = entries(cluster)
        cluster.reconcile()
        assert (before, entries(cluster)) == ([9, 0], [10, 0])


def test_config_counts_from_the_next_start_on() -> None:
    with PracticeCluster("blocked") as cluster:
        ids = ",".join(cluster.ground.table_ids)

        def list_tables(value: dict[str, dict[str, str]]) -> None:
            text = f'{{"Global": {{"routeTableIDs": "{ids}"}}}}'
            value["data"] = {"cloud-config.conf": text}

        cluster.kube.store.replace("ConfigMap", "kube-system", "cloud-config", list_tables)
        cluster.reconcile()
        before = entries(cluster)
        cluster.restart_ccm()
        cluster.reconcile()
        assert (before, entries(cluster)) == ([9, 0], [11, 11])


def test_ccm_at_work_in_the_background_repairs_what_a_hand_spoiled() -> None:
    with PracticeCluster("conflict", period=0.05) as cluster:
        wrong = cluster.ground.nodes[-1]
        table = cluster.ground.table_ids[-1]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = cluster.ground.vpc.table(table).at_cidr(wrong.pod_cidr)
            if found is not None and found.hop.next_hop_id == wrong.instance:
                return
            time.sleep(0.02)
    pytest.fail("the entry still leads to the wrong instance")


def test_kubeconfig_is_private_and_gone_in_the_end() -> None:
    with PracticeCluster("single-table") as cluster:
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
    with PracticeCluster("single-table") as cluster:
        environment = cluster.environment(base)
        assert environment == {
            "HOME": "/home/me",
            "KUBECONFIG": str(cluster.kubeconfig),
            "VPC_ENDPOINT": cluster.vpc.url,
            "CS_ENDPOINT": cluster.addon.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tPracticeClusterKey",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "practice-secret-of-no-account",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        }
        assert cluster.vpc.url.startswith("http://127.0.0.1:")


def test_size_that_can_not_be_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError):
        PracticeCluster("single-table", tables=3)


def test_small_cluster_starts_fast() -> None:
    started = time.monotonic()
    with PracticeCluster():
        assert time.monotonic() - started < 0.5
