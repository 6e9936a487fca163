from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from kubectl_routes.model.errors import UsageError
from kubectl_routes.simulator.ground import CANARY_SECRET
from kubectl_routes.simulator.ground import Ground
from kubectl_routes.simulator.ground import size_of
from kubectl_routes.simulator.kube import KubeSimulator
from kubectl_routes.simulator.scenarios import BLUEPRINTS
from kubectl_routes.simulator.scenarios import SCENARIOS
from kubectl_routes.simulator.troubles import TROUBLES

NOW = 1_700_000_000.0


@contextmanager
def told(name: str, nodes: int | None = None, tables: int | None = None) -> Iterator[Ground]:
    """The ground after the story; its server never starts, but its socket is open."""
    blueprint = BLUEPRINTS[name]
    kube = KubeSimulator(clock=lambda: NOW)
    try:
        ground = Ground(blueprint, size_of(blueprint, nodes, tables), kube, lambda: NOW)
        blueprint.story(ground)
        yield ground
    finally:
        kube.stop()


def instance_entries(ground: Ground, number: int) -> dict[str, str]:
    """Destination to next hop of the entries to instances in one table."""
    return {
        one.destination_cidr_block: one.hop.next_hop_id
        for one in ground.vpc.table(ground.table_ids[number]).entries()
        if one.type == "Custom" and one.hop.next_hop_type == "Instance"
    }


def wanted(ground: Ground, *skipped: int) -> dict[str, str]:
    """A route for every node but those skipped, counted as in ``nodes``."""
    left_out = [ground.nodes[number].name for number in skipped]
    return {one.pod_cidr: one.instance for one in ground.nodes if one.name not in left_out}


def unavailable(ground: Ground) -> dict[str, str]:
    return {
        value["metadata"]["name"]: condition["status"]
        for value in ground.kube.store.list("Node")
        for condition in value["status"]["conditions"]
        if condition["type"] == "NetworkUnavailable"
    }


def events(ground: Ground) -> set[str]:
    return {one["reason"] for one in ground.kube.store.list("Event")}


@pytest.mark.parametrize("name", ["healthy", "managed"])
def test_healthy_cluster_has_every_route_in_every_table(name: str) -> None:
    with told(name) as ground:
        assert [instance_entries(ground, number) for number in (0, 1)] == [wanted(ground)] * 2
        assert set(unavailable(ground).values()) == {"False"}
        assert events(ground) == set()


def test_single_table_needs_no_list() -> None:
    with told("single-table") as ground:
        assert len(ground.table_ids) == 1
        assert instance_entries(ground, 0) == wanted(ground)


def test_blocked_cluster_keeps_old_routes_and_gives_new_nodes_none() -> None:
    with told("blocked") as ground:
        assert instance_entries(ground, 0) == wanted(ground, -1, -2)
        assert instance_entries(ground, 1) == {}
        newest = [plan.name for plan in ground.nodes[-2:]]
        assert [unavailable(ground)[name] for name in newest] == ["True", "True"]
        assert events(ground) == {"SyncRouteFailed"}
        bound = {one.table_id for one in ground.vpc.v_switches.values()}
        assert bound == set(ground.table_ids)


def test_blank_in_the_list_leaves_the_second_table_empty() -> None:
    with told("blank-in-list") as ground:
        assert instance_entries(ground, 0) == wanted(ground, -1)
        assert instance_entries(ground, 1) == {}
        assert "SyncRouteFailed" in events(ground)


def test_unknown_table_stops_the_events_for_all() -> None:
    with told("unknown-table") as ground:
        tables = [instance_entries(ground, number) for number in (0, 1)]
        assert tables == [wanted(ground, -1)] * 2
        assert unavailable(ground)[ground.nodes[-1].name] == "True"


def test_unlisted_v_switch_has_nodes_behind_an_empty_table() -> None:
    with told("unlisted-vswitch") as ground:
        assert instance_entries(ground, 0) == wanted(ground)
        assert instance_entries(ground, 1) == {}
        assert set(unavailable(ground).values()) == {"False"}


def test_conflict_has_a_wrong_instance_an_occupied_range_and_a_narrower_entry() -> None:
    with told("conflict") as ground:
        stranger = ground.instance("stranger")
        wrong, occupied, narrowed = (ground.nodes[number] for number in (-1, -2, -3))
        assert instance_entries(ground, 0) == wanted(ground, -2)
        assert instance_entries(ground, 1) == {**wanted(ground), wrong.pod_cidr: stranger}
        taken = ground.vpc.table(ground.table_ids[0]).at_cidr(occupied.pod_cidr)
        half = narrowed.pod_cidr.replace("/24", "/25")
        inside = ground.vpc.table(ground.table_ids[1]).at_cidr(half)
        assert taken is not None
        assert inside is not None
        assert {one.hop.next_hop_type for one in (taken, inside)} == {"NetworkInterface"}


def test_orphans_lead_to_instances_that_are_no_nodes() -> None:
    with told("orphans") as ground:
        left = wanted(ground)
        for number in (0, 1):
            entries = instance_entries(ground, number)
            orphans = {cidr: hop for cidr, hop in entries.items() if cidr not in left}
            assert len(orphans) == 2
            assert not set(orphans.values()) & {one.instance for one in ground.nodes}


def test_managed_cluster_shows_neither_controller_nor_masters() -> None:
    with told("managed") as ground:
        store = ground.kube.store
        names = [one["metadata"]["name"] for one in store.list("DaemonSet")]
        maps = [one["metadata"]["name"] for one in store.list("ConfigMap")]
        assert (names, list(store.list("Pod"))) == (["kube-flannel-ds"], [])
        assert maps == ["ack-cluster-profile", "kube-flannel-cfg", "kube-proxy-worker"]
        assert not any(plan.master for plan in ground.nodes)


def test_large_cluster_has_the_size_asked_for() -> None:
    with told("large", nodes=300, tables=5) as ground:
        sizes = [len(instance_entries(ground, number)) for number in range(5)]
        assert sizes == [300] * 5
        cidrs = {plan.pod_cidr for plan in ground.nodes}
        assert (len(cidrs), ground.cluster_cidr) == (300, "10.0.0.0/15")
        assert len({plan.ip for plan in ground.nodes}) == 300


def test_node_object_is_as_large_as_a_real_one() -> None:
    with told("healthy") as ground:
        value = ground.kube.store.get("Node", "", ground.nodes[0].name)
        size = len(msgspec.json.encode(value))
        assert len(msgspec.json.decode(msgspec.json.encode(value))["status"]["images"]) == 50
        assert 20_000 < size < 30_000


def test_cluster_tells_its_vpc_region_and_ranges() -> None:
    with told("healthy") as ground:
        store = ground.kube.store
        profile = store.get("ConfigMap", "kube-system", "ack-cluster-profile")["data"]
        proxy = store.get("ConfigMap", "kube-system", "kube-proxy-worker")["data"]
        flannel = store.get("ConfigMap", "kube-system", "kube-flannel-cfg")["data"]
        assert profile["vpcid"] == ground.vpc_id
        assert store.list("Node")[0]["spec"]["providerID"].startswith("cn-hangzhou.i-bp1")
        assert "clusterCIDR: 172.20.0.0/16\n" in proxy["config.conf"]
        assert json.loads(flannel["net-conf.json"])["Backend"] == {"Type": "alloc"}


def test_cloud_config_carries_a_secret_that_must_never_be_seen() -> None:
    with told("healthy") as ground:
        text = ground.kube.store.get("ConfigMap", "kube-system", "cloud-config")["data"]
        section = json.loads(text["cloud-config.conf"])["Global"]
        assert section["accessKeySecret"] == CANARY_SECRET
        assert section["routeTableIDs"] == ",".join(ground.table_ids)


def test_more_tables_than_the_story_has_are_added_in_it() -> None:
    with told("blocked", tables=4) as ground:
        assert len(ground.table_ids) == 4
        assert instance_entries(ground, 3) == {}


@pytest.mark.parametrize(
    ("name", "nodes", "tables", "message"),
    [
        ("single-table", None, 2, "scenario single-table: the number of route tables is 1, not 2"),
        ("healthy", None, 11, "scenario healthy: the number of route tables is 2 to 10, not 11"),
        ("large", 16_001, None, "the practice cluster has room for 1 to 16000 nodes"),
    ],
)
def test_size_that_can_not_be(
    name: str, nodes: int | None, tables: int | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        size_of(BLUEPRINTS[name], nodes, tables)


def test_every_scenario_is_described_in_one_short_line() -> None:
    assert list(SCENARIOS) == [
        "healthy",
        "single-table",
        "blocked",
        "blank-in-list",
        "unknown-table",
        "unlisted-vswitch",
        "conflict",
        "orphans",
        "managed",
        "large",
        *(trouble.name for trouble in TROUBLES),
    ]
    assert all(len(text) <= 60 and "\n" not in text for text in SCENARIOS.values())
