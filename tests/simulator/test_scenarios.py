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


@contextmanager
def told(
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
        one.destination_cidr_block: one.hop.next_hop_id
        for one in infra.vpc.table(infra.table_ids[number]).entries()
        if one.type == "Custom" and one.hop.next_hop_type == "Instance"
    }


def wanted(infra: Infrastructure, *skipped: int) -> dict[str, str]:
    """A route for every node but those skipped, counted as in ``nodes``."""
    left_out = [infra.nodes[number].name for number in skipped]
    return {one.pod_cidr: one.instance for one in infra.nodes if one.name not in left_out}


def unavailable(infra: Infrastructure) -> dict[str, str]:
    return {
        value["metadata"]["name"]: condition["status"]
        for value in infra.kube.store.list("Node")
        for condition in value["status"]["conditions"]
        if condition["type"] == "NetworkUnavailable"
    }


def events(infra: Infrastructure) -> set[str]:
    return {one["reason"] for one in infra.kube.store.list("Event")}


@pytest.mark.parametrize("name", ["healthy", "managed"])
def test_healthy_cluster_has_every_route_in_every_table(name: str) -> None:
    with told(name) as infra:
        assert [instance_entries(infra, number) for number in (0, 1)] == [wanted(infra)] * 2
        assert set(unavailable(infra).values()) == {"False"}
        assert events(infra) == set()


def test_single_table_needs_no_list() -> None:
    with told("single-table") as infra:
        assert len(infra.table_ids) == 1
        assert instance_entries(infra, 0) == wanted(infra)


def test_blocked_cluster_keeps_old_routes_and_gives_new_nodes_none() -> None:
    with told("blocked") as infra:
        assert instance_entries(infra, 0) == wanted(infra, -1, -2)
        assert instance_entries(infra, 1) == {}
        newest = [plan.name for plan in infra.nodes[-2:]]
        assert [unavailable(infra)[name] for name in newest] == ["True", "True"]
        assert events(infra) == {"SyncRouteFailed"}
        bound = {one.table_id for one in infra.vpc.v_switches.values()}
        assert bound == set(infra.table_ids)


def test_space_in_the_list_leaves_the_second_table_empty() -> None:
    with told("space-in-list") as infra:
        assert instance_entries(infra, 0) == wanted(infra, -1)
        assert instance_entries(infra, 1) == {}
        assert "SyncRouteFailed" in events(infra)


def test_unknown_table_stops_the_events_for_all() -> None:
    with told("unknown-table") as infra:
        tables = [instance_entries(infra, number) for number in (0, 1)]
        assert tables == [wanted(infra, -1)] * 2
        assert unavailable(infra)[infra.nodes[-1].name] == "True"


def test_unlisted_v_switch_has_nodes_behind_an_empty_table() -> None:
    with told("unlisted-vswitch") as infra:
        assert instance_entries(infra, 0) == wanted(infra)
        assert instance_entries(infra, 1) == {}
        assert set(unavailable(infra).values()) == {"False"}


def test_conflict_has_a_wrong_instance_an_occupied_range_and_a_narrower_entry() -> None:
    with told("conflict") as infra:
        stranger = infra.instance("stranger")
        wrong, occupied, narrowed = (infra.nodes[number] for number in (-1, -2, -3))
        assert instance_entries(infra, 0) == wanted(infra, -2)
        assert instance_entries(infra, 1) == {**wanted(infra), wrong.pod_cidr: stranger}
        taken = infra.vpc.table(infra.table_ids[0]).at_cidr(occupied.pod_cidr)
        half = narrowed.pod_cidr.replace("/24", "/25")
        inside = infra.vpc.table(infra.table_ids[1]).at_cidr(half)
        assert taken is not None
        assert inside is not None
        assert {one.hop.next_hop_type for one in (taken, inside)} == {"NetworkInterface"}


def test_orphans_lead_to_instances_that_are_no_nodes() -> None:
    with told("orphans") as infra:
        left = wanted(infra)
        for number in (0, 1):
            entries = instance_entries(infra, number)
            orphans = {cidr: hop for cidr, hop in entries.items() if cidr not in left}
            assert len(orphans) == 2
            assert not set(orphans.values()) & {one.instance for one in infra.nodes}


def test_quota_leaves_no_room_for_a_third_of_the_nodes() -> None:
    with told("quota") as infra:
        tables = [infra.vpc.table(table_id) for table_id in infra.table_ids]
        assert [(table.record.quota, table.custom) for table in tables] == [(200, 200)] * 2
        assert [len(instance_entries(infra, number)) for number in (0, 1)] == [6, 6]
        assert events(infra) == {"CreateRouteFailed"}


def workload(infra: Infrastructure) -> Any:
    return infra.kube.store.get("DaemonSet", "kube-system", "cloud-controller-manager")


def test_crash_loop_is_the_appendix_of_the_how_to_as_it_was_printed() -> None:
    with told("crashloop") as infra:
        (config,) = infra.kube.store.get("ConfigMap", "kube-system", "cloud-config")[
            "data"
        ].values()
        assert config.startswith('{\n    Global: {\n        "routeTableIDs": ')
        assert workload(infra)["spec"] == defaulted(appendix(V0, "172.20.0.0/16"))["spec"]
        assert workload(infra)["status"]["numberReady"] == 0
        assert not infra.ccm.running
        assert [instance_entries(infra, number) for number in (0, 1)] == [{}, {}]


def test_old_ccm_is_wired_and_does_not_know_the_list() -> None:
    with told("old-ccm") as infra:
        config = infra.kube.store.get("ConfigMap", "kube-system", "cloud-config")["data"]
        assert ",".join(infra.table_ids) in config["cloud-config.conf"]
        assert CANARY_SECRET in config["cloud-config.conf"]
        assert workload(infra)["status"]["numberReady"] == 3
        assert [instance_entries(infra, number) for number in (0, 1)] == [{}, {}]


def test_before_the_how_to_there_are_several_tables_and_no_config() -> None:
    with told("seed-before", tables=3) as infra:
        maps = [one["metadata"]["name"] for one in infra.kube.store.list("ConfigMap")]
        assert "cloud-config" not in maps
        assert len(infra.table_ids) == 3
        assert [instance_entries(infra, number) for number in (0, 1, 2)] == [{}, {}, {}]
        assert {one.table_id for one in infra.vpc.v_switches.values()} == set(infra.table_ids)
        log = infra.kube.logs.lines("kube-system", infra.rollout.leader, NAME)
        assert any("multiple route table or no route table found in vpc" in line for line in log)


def test_before_the_how_to_its_five_edits_are_missing_and_nothing_else() -> None:
    with told("seed-before") as infra:
        found = workload(infra)["spec"]["template"]["spec"]
        wanted = defaulted(appendix(V0, "172.20.0.0/16"))["spec"]["template"]["spec"]
        container = wanted["containers"][0]
        wanted["volumes"] = wanted["volumes"][:-1]
        container["volumeMounts"] = container["volumeMounts"][:-1]
        container["volumeMounts"][0]["readOnly"] = True
        container["command"].remove("--cloud-config=/etc/kubernetes/config/cloud-config.conf")
        container["image"] = container["image"].replace(V0, "v1.9.3.81-gca19cd4-aliyun")
        assert found == wanted


def test_on_delete_lists_one_of_two_tables() -> None:
    with told("on-delete") as infra:
        assert workload(infra)["spec"]["updateStrategy"] == {"type": "OnDelete"}
        assert [len(instance_entries(infra, number)) for number in (0, 1)] == [9, 0]


def test_managed_cluster_shows_neither_controller_nor_masters() -> None:
    with told("managed") as infra:
        store = infra.kube.store
        names = [one["metadata"]["name"] for one in store.list("DaemonSet")]
        maps = [one["metadata"]["name"] for one in store.list("ConfigMap")]
        ccm = [one for one in store.list("Pod") if "cloud-controller" in one["metadata"]["name"]]
        assert (names, ccm) == (["kube-flannel-ds"], [])
        assert maps == ["ack-cluster-profile", "kube-flannel-cfg", "kube-proxy-worker"]
        assert not any(plan.master for plan in infra.nodes)


def test_large_cluster_has_the_size_asked_for() -> None:
    with told("large", nodes=300, tables=5) as infra:
        sizes = [len(instance_entries(infra, number)) for number in range(5)]
        assert sizes == [300] * 5
        cidrs = {plan.pod_cidr for plan in infra.nodes}
        assert (len(cidrs), infra.cluster_cidr) == (300, "10.0.0.0/15")
        assert len({plan.ip for plan in infra.nodes}) == 300


def test_node_object_is_as_large_as_a_real_one() -> None:
    with told("healthy") as infra:
        value = infra.kube.store.get("Node", "", infra.nodes[0].name)
        size = len(msgspec.json.encode(value))
        assert len(msgspec.json.decode(msgspec.json.encode(value))["status"]["images"]) == 50
        assert 20_000 < size < 30_000


def test_cluster_tells_its_vpc_region_and_ranges() -> None:
    with told("healthy") as infra:
        store = infra.kube.store
        profile = store.get("ConfigMap", "kube-system", "ack-cluster-profile")["data"]
        proxy = store.get("ConfigMap", "kube-system", "kube-proxy-worker")["data"]
        flannel = store.get("ConfigMap", "kube-system", "kube-flannel-cfg")["data"]
        assert profile["vpcid"] == infra.vpc_id
        assert store.list("Node")[0]["spec"]["providerID"].startswith("cn-hangzhou.i-bp1")
        assert "clusterCIDR: 172.20.0.0/16\n" in proxy["config.conf"]
        assert json.loads(flannel["net-conf.json"])["Backend"] == {"Type": "alloc"}


def test_cloud_config_carries_a_secret_that_must_never_be_seen() -> None:
    with told("healthy") as infra:
        text = infra.kube.store.get("ConfigMap", "kube-system", "cloud-config")["data"]
        section = json.loads(text["cloud-config.conf"])["Global"]
        assert section["accessKeySecret"] == CANARY_SECRET
        assert section["routeTableIDs"] == ",".join(infra.table_ids)


def test_more_tables_than_the_story_has_are_added_in_it() -> None:
    with told("blocked", tables=4) as infra:
        assert len(infra.table_ids) == 4
        assert instance_entries(infra, 3) == {}


@pytest.mark.parametrize(
    ("name", "nodes", "tables", "message"),
    [
        ("single-table", None, 2, "scenario single-table: the number of route tables is 1, not 2"),
        ("healthy", None, 11, "scenario healthy: the number of route tables is 2 to 10, not 11"),
        ("large", 16_001, None, "the simulated cluster has room for 1 to 16000 nodes"),
    ],
)
def test_size_that_can_not_be(
    name: str, nodes: int | None, tables: int | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        size_of(SCENARIO_SPECS[name], nodes, tables)


def test_every_scenario_is_described_in_one_short_line() -> None:
    assert all(len(text) <= 60 and "\n" not in text for text in SCENARIOS.values())


def pods(infra: Infrastructure) -> dict[str, str]:
    """Pods that are not CCM's, and their nodes."""
    return {
        one["metadata"]["name"]: one["spec"].get("nodeName", "")
        for one in infra.kube.store.list("Pod")
        if "cloud-controller" not in one["metadata"]["name"]
    }


def test_every_worker_has_a_pod_with_an_address_of_its_pod_cidr() -> None:
    with told("healthy") as infra:
        workers = [plan.name for plan in infra.nodes if not plan.master]
        placed = pods(infra)
        assert [placed[f"web-5d8f7c6b9d-{number}"] for number in range(6)] == workers
        assert (placed["web-5d8f7c6b9d-waiting"], placed["node-agent-0"]) == ("", workers[0])
        cidrs = {plan.name: IPv4Network(plan.pod_cidr) for plan in infra.nodes}
        for one in infra.kube.store.list("Pod", "default"):
            node = one["spec"].get("nodeName")
            assert node is None or IPv4Address(one["status"]["podIP"]) in cidrs[node]


def test_pods_go_with_their_node() -> None:
    with told("orphans") as infra:
        names = {plan.name for plan in infra.nodes}
        assert {node for node in pods(infra).values() if node} <= names


def test_a_large_cluster_has_no_pods_but_ccms() -> None:
    with told("large", nodes=101) as infra:
        assert pods(infra) == {}


def node_of(infra: Infrastructure, number: int) -> Any:
    return infra.kube.store.get("Node", "", infra.nodes[number].name)


def test_a_cluster_of_ones_own_names_its_vpc_nowhere() -> None:
    with told("self-built") as infra:
        assert instance_entries(infra, 0) == wanted(infra)
        assert infra.vpc_id not in str(infra.kube.store.list("ConfigMap"))


@pytest.mark.parametrize("name", ["vxlan", "vxlan-routes-on", "tainted-routes-off"])
def test_flannel_needs_no_routes_with_another_backend(name: str) -> None:
    with told(name) as infra:
        config = infra.kube.store.get("ConfigMap", "kube-system", "kube-flannel-cfg")
        assert json.loads(config["data"]["net-conf.json"])["Backend"] == {"Type": "vxlan"}
        routed = instance_entries(infra, 0)
        assert routed == (wanted(infra) if name == "vxlan-routes-on" else {})
        tainted = name == "tainted-routes-off"
        assert set(unavailable(infra).values()) == {str(tainted)}
        taints = [one["key"] for one in node_of(infra, -1)["spec"].get("taints", ())]
        assert taints == ["node.kubernetes.io/network-unavailable"] * tainted


def test_a_provider_id_of_another_region_makes_the_route_flap() -> None:
    with told("other-region") as infra:
        before = infra.vpc.table(infra.table_ids[0]).at_cidr(infra.nodes[-1].pod_cidr)
        infra.ccm.periodic_pass()
        after = infra.vpc.table(infra.table_ids[0]).at_cidr(infra.nodes[-1].pod_cidr)
        assert before is not None
        assert after is not None
        assert before.route_entry_id != after.route_entry_id


def test_a_node_that_came_back_leaves_the_entry_of_its_former_range() -> None:
    with told("registered-again") as infra:
        left = {"172.20.8.0/24": infra.nodes[-1].instance}
        assert instance_entries(infra, 0) == wanted(infra) | left
        assert node_of(infra, -1)["spec"]["podCIDR"] == "172.20.9.0/24"


def test_nodes_of_other_providers_are_never_served() -> None:
    with told("other-provider") as infra:
        assert instance_entries(infra, 0) == wanted(infra, -1, -2)
        assert node_of(infra, -2)["spec"]["providerID"] == "hcloud://bm-123"
        assert unavailable(infra)[infra.nodes[-2].name] == "True"
