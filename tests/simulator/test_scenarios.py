"""What each scenario has come to when its steps are taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec
import pytest

from kubectl_routes.model.errors import UsageError
from kubectl_routes_simulator import scenario_steps
from kubectl_routes_simulator.ack_objects import appendix
from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.infrastructure import CANARY_SECRET, Infrastructure
from kubectl_routes_simulator.kube import KubeSimulator
from kubectl_routes_simulator.kube_admission import defaulted
from kubectl_routes_simulator.scenarios import SCENARIO_SPECS, SCENARIOS, size_of
from tests.simulator.ccm_stage import V0

NOW = 1_700_000_000.0
TAINT = {"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}


@contextmanager
def played(
    name: str, nodes: int | None = None, tables: int | None = None
) -> Iterator[Infrastructure]:
    """The infrastructure after the steps; its server never starts, but its socket is open."""
    spec = SCENARIO_SPECS[name]
    kube = KubeSimulator(clock=lambda: NOW)
    try:
        infra = Infrastructure(spec, size_of(spec, nodes, tables), kube, lambda: NOW)
        scenario_steps.run_scenario(infra)
        yield infra
    finally:
        kube.stop()


def instance_entries(infra: Infrastructure, number: int) -> dict[str, str]:
    """Destination to next hop of the entries to instances in one table."""
    return {
        entry.destination_cidr_block: entry.hop.next_hop_id
        for entry in infra.vpc.table(infra.table_ids[number]).entries()
        if entry.type == "Custom" and entry.hop.next_hop_type == "Instance"
    }


def wanted(infra: Infrastructure, *skipped: int) -> dict[str, str]:
    """A route for every node but those skipped, counted as in ``nodes``."""
    left_out = [infra.nodes[number].name for number in skipped]
    return {plan.pod_cidr: plan.instance for plan in infra.nodes if plan.name not in left_out}


def unavailable(infra: Infrastructure) -> list[str]:
    """The nodes without network, by name."""
    return [
        node["metadata"]["name"]
        for node in infra.kube.store.list("Node")
        for condition in node["status"]["conditions"]
        if (condition["type"], condition["status"]) == ("NetworkUnavailable", "True")
    ]


# Nodes, routes in each table, nodes without network, and what CCM has said in Events.
OUTCOMES: dict[str, tuple[int, list[int], int, set[str]]] = {
    "healthy": (9, [9, 9], 0, set()),
    "single-table": (9, [9], 0, set()),
    "managed": (9, [9, 9], 0, set()),
    "self-built": (9, [9, 9], 0, set()),
    "vxlan": (9, [0], 0, set()),
    "excluded": (9, [8, 8], 1, set()),
    "blocked": (11, [9, 0], 2, {"SyncRouteFailed"}),
    "managed-blocked": (11, [9, 0], 2, {"SyncRouteFailed"}),
    "space-in-list": (10, [9, 0], 1, {"CreatedRoute", "SyncRouteFailed"}),
    "unknown-table": (10, [9, 9], 1, {"CreatedRoute", "SyncRouteFailed"}),
    "foreign-table": (9, [9, 9], 0, {"CreateRouteFailed"}),
    "gateway-table": (9, [9, 9], 0, {"CreatedRoute", "SyncRouteFailed"}),
    "system-unlisted": (9, [0, 9], 0, set()),
    "unlisted-vswitch": (9, [9, 0], 0, set()),
    "on-delete": (9, [9, 0], 0, set()),
    "stale-config": (9, [9, 0], 0, set()),
    "absent": (10, [9, 9], 0, set()),
    "crashloop": (9, [0, 0], 0, set()),
    "flag-missing": (9, [0, 0], 0, set()),
    "unmounted": (9, [0, 0], 0, set()),
    "routes-off": (9, [0, 0], 0, set()),
    "narrow-range": (9, [9, 9], 0, set()),
    "old-ccm": (9, [0, 0], 9, set()),
    "seed-before": (9, [0, 0], 9, set()),
    "ram-denied": (9, [8, 9], 0, {"SyncRouteFailed"}),
    "throttled": (9, [9, 9], 0, set()),
    "gitops": (9, [9, 9], 0, set()),
    "terway": (9, [9, 9], 0, set()),
    "vxlan-routes-on": (9, [9, 9], 0, set()),
    "tainted-routes-off": (9, [0], 9, set()),
    "no-podcidr": (9, [8, 8], 1, set()),
    "no-providerid": (9, [8, 8], 1, set()),
    "prefixed-providerid": (9, [9, 9], 0, {"CreatedRoute"}),
    "other-region": (9, [9, 9], 0, {"CreatedRoute"}),
    "other-provider": (11, [9, 9], 2, set()),
    "registered-again": (9, [10, 10], 0, set()),
    "kubelet-down": (9, [8, 9], 0, set()),
    "stuck-taint": (9, [9, 9], 1, set()),
    "overlap": (9, [8, 8], 1, {"CreateRouteFailed"}),
    "stray-node": (9, [9, 9], 0, set()),
    "quota": (9, [6, 6], 3, {"CreateRouteFailed"}),
    "conflict": (9, [8, 9], 0, set()),
    "orphans": (7, [9, 9], 0, set()),
    "lost-route": (9, [8, 9], 0, set()),
    "slow-vpc": (9, [9, 9], 0, set()),
    "doomed-entry": (9, [8, 10], 0, set()),
    "disabled-hop": (9, [9, 9], 0, set()),
    "old-v2": (9, [9, 9], 0, {"CreatedRoute"}),
    "neglected": (7, [10, 0], 1, {"CreatedRoute"}),
    "ending-table": (9, [9, 9], 0, set()),
    "shared-range": (9, [9, 9], 0, set()),
}


def test_every_scenario_has_an_outcome_and_one_short_line() -> None:
    assert set(OUTCOMES) == set(SCENARIOS) - {"large"}, "give each scenario its line in OUTCOMES"
    assert all(len(text) <= 60 and "\n" not in text for text in SCENARIOS.values())


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(name: str) -> None:
    with played(name) as infra:
        counts = [len(instance_entries(infra, number)) for number in range(len(infra.table_ids))]
        events = infra.kube.store.list("Event")
        said = {event["reason"] for event in events if "Route" in event["reason"]}
        found = (len(infra.nodes), counts, len(unavailable(infra)), said)
        assert found == OUTCOMES[name]


def workload(infra: Infrastructure) -> Any:
    return infra.kube.store.get("DaemonSet", "kube-system", "cloud-controller-manager")


def test_a_crash_loop_is_the_appendix_of_the_how_to_as_it_was_printed() -> None:
    with played("crashloop") as infra:
        config_map = infra.kube.store.get("ConfigMap", "kube-system", "cloud-config")
        (config,) = config_map["data"].values()
        assert config.startswith('{\n    Global: {\n        "routeTableIDs": ')
        assert workload(infra)["spec"] == defaulted(appendix(V0, "172.20.0.0/16"))["spec"]
        assert workload(infra)["status"]["numberReady"] == 0
        assert not infra.ccm.running


def test_before_the_how_to_its_five_edits_are_missing_and_nothing_else() -> None:
    with played("seed-before", tables=3) as infra:
        found = workload(infra)["spec"]["template"]["spec"]
        expected = defaulted(appendix(V0, "172.20.0.0/16"))["spec"]["template"]["spec"]
        container = expected["containers"][0]
        expected["volumes"].pop()
        container["volumeMounts"].pop()
        container["volumeMounts"][0]["readOnly"] = True
        container["command"].remove("--cloud-config=/etc/kubernetes/config/cloud-config.conf")
        container["image"] = container["image"].replace(V0, "v1.9.3.81-gca19cd4-aliyun")
        assert found == expected
        maps = [one["metadata"]["name"] for one in infra.kube.store.list("ConfigMap")]
        assert "cloud-config" not in maps
        assert {switch.table_id for switch in infra.vpc.v_switches.values()} == {*infra.table_ids}
        log = infra.kube.logs.lines("kube-system", infra.rollout.leader, NAME)
        assert any("multiple route table or no route table found in vpc" in line for line in log)


def test_a_managed_cluster_shows_neither_controller_nor_masters() -> None:
    with played("managed") as infra:
        store = infra.kube.store
        names = [found["metadata"]["name"] for found in store.list("DaemonSet")]
        maps = [found["metadata"]["name"] for found in store.list("ConfigMap")]
        assert names == ["kube-flannel-ds"]
        assert not any("cloud-controller" in pod["metadata"]["name"] for pod in store.list("Pod"))
        assert maps == ["ack-cluster-profile", "kube-flannel-cfg", "kube-proxy-worker"]
        assert not any(plan.master for plan in infra.nodes)


def test_a_large_cluster_has_the_size_asked_for_and_nodes_as_large_as_real_ones() -> None:
    with played("large", nodes=300, tables=5) as infra:
        sizes = [len(instance_entries(infra, number)) for number in range(5)]
        assert sizes == [300] * 5
        assert infra.cluster_cidr == "10.0.0.0/15"
        assert len({plan.pod_cidr for plan in infra.nodes}) == 300
        assert len({plan.ip for plan in infra.nodes}) == 300
        assert pods(infra) == {}
        encoded = msgspec.json.encode(infra.kube.store.list("Node")[0])
        assert len(msgspec.json.decode(encoded)["status"]["images"]) == 50
        assert 20_000 < len(encoded) < 30_000


def test_a_cluster_names_its_vpc_its_ranges_and_a_secret_that_must_never_be_seen() -> None:
    with played("healthy") as infra:
        maps = {
            found["metadata"]["name"]: found["data"]
            for found in infra.kube.store.list("ConfigMap", "kube-system")
        }
        assert maps["ack-cluster-profile"]["vpcid"] == infra.vpc_id
        assert "clusterCIDR: 172.20.0.0/16\n" in maps["kube-proxy-worker"]["config.conf"]
        flannel = json.loads(maps["kube-flannel-cfg"]["net-conf.json"])
        assert flannel["Backend"] == {"Type": "alloc"}
        section = json.loads(maps["cloud-config"]["cloud-config.conf"])["Global"]
        assert section["accessKeySecret"] == CANARY_SECRET
        assert section["routeTableIDs"] == ",".join(infra.table_ids)
        assert infra.kube.store.list("Node")[0]["spec"]["providerID"].startswith("cn-hangzhou.i-b")
    with played("self-built") as infra:
        assert infra.vpc_id not in str(infra.kube.store.list("ConfigMap"))


def test_more_tables_than_the_scenario_has_are_added_in_it() -> None:
    with played("blocked", tables=4) as infra:
        assert len(infra.table_ids) == 4
        assert instance_entries(infra, 3) == {}
        assert unavailable(infra) == sorted(plan.name for plan in infra.nodes[-2:])


@pytest.mark.parametrize(
    ("name", "nodes", "tables", "message"),
    [
        ("single-table", None, 2, "scenario single-table: the number of route tables is 1, not 2"),
        ("healthy", None, 11, "scenario healthy: the number of route tables is 2 to 10, not 11"),
        ("large", 16_001, None, "the simulated cluster has room for 1 to 16000 nodes"),
    ],
)
def test_a_size_that_can_not_be(
    name: str, nodes: int | None, tables: int | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        size_of(SCENARIO_SPECS[name], nodes, tables)


def pods(infra: Infrastructure) -> dict[str, str]:
    """Pods that are not CCM's, and their nodes."""
    return {
        pod["metadata"]["name"]: pod["spec"].get("nodeName", "")
        for pod in infra.kube.store.list("Pod")
        if "cloud-controller" not in pod["metadata"]["name"]
    }


def test_every_worker_has_a_pod_with_an_address_of_its_pod_cidr() -> None:
    with played("healthy") as infra:
        workers = [plan.name for plan in infra.nodes if not plan.master]
        placed = pods(infra)
        assert [placed[f"web-5d8f7c6b9d-{number}"] for number in range(6)] == workers
        assert (placed["web-5d8f7c6b9d-waiting"], placed["node-agent-0"]) == ("", workers[0])
        cidrs = {plan.name: IPv4Network(plan.pod_cidr) for plan in infra.nodes}
        for pod in infra.kube.store.list("Pod", "default"):
            node = pod["spec"].get("nodeName")
            assert node is None or IPv4Address(pod["status"]["podIP"]) in cidrs[node]


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("other-provider", "providerID", ""),
        ("tainted-routes-off", "taints", [TAINT]),
    ],
)
def test_what_the_last_node_is_like(name: str, part: str, value: object) -> None:
    with played(name) as infra:
        node = infra.kube.store.get("Node", "", infra.nodes[-1].name)
        assert node["spec"][part] == value
