"""A managed cluster that is blocked gets its routes, as soon as its add-on has the list."""

from __future__ import annotations

import json
import os
import time

from kubectl_routes.apply.ack_api import AckApi, ack_route, checked_cluster_id
from kubectl_routes.apply.addon import modify, read_addon, wait_for_change
from kubectl_routes.apply.addon_config import tables_of, with_list
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.credentials import load_key
from kubectl_routes_simulator.ack_objects import CLUSTER_ID
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from tests.collect.timing import silent


def routes(cluster: SimulatedCluster) -> list[int]:
    """How many nodes have their route in each table."""
    pod_cidrs = {plan.pod_cidr for plan in cluster.infra.nodes}
    tables = [cluster.infra.vpc.table(each) for each in cluster.infra.table_ids]
    return [sum(table.at_cidr(cidr) is not None for cidr in pod_cidrs) for table in tables]


def test_routes_arrive_when_the_add_on_gets_the_list() -> None:
    with SimulatedCluster("managed-blocked") as cluster:
        env = cluster.environment(os.environ)
        assert routes(cluster) == [9, 0]
        key, route = load_key(None, env), ack_route(None, "cn-hangzhou", env)
        api = AckApi(key, "cn-hangzhou", route, SystemClock())
        cluster_id = checked_cluster_id(CLUSTER_ID)
        before = read_addon(api, cluster_id)
        assert tables_of(before) is None
        text = with_list(before, ",".join(cluster.infra.table_ids))
        change = modify(api, cluster_id, before, text)
        wait_for_change(api, change, time.monotonic() + 10, silent)
        after = json.loads(read_addon(api, cluster_id).text)
        api.close()
        assert routes(cluster) == [11, 11]
        assert after.pop("RouteTableIDs") == ",".join(cluster.infra.table_ids)
        assert after == json.loads(before.text)
        assert after["WebhookToken"] == CANARY_SECRET


def test_add_on_of_a_cluster_that_is_in_order_has_the_list() -> None:
    with SimulatedCluster("managed") as cluster:
        assert json.loads(cluster.addon.store.config)["RouteTableIDs"] == ",".join(
            cluster.infra.table_ids
        )


def test_change_is_seen_by_a_cluster_that_nobody_asks() -> None:
    with SimulatedCluster("managed-blocked", period=3600.0) as cluster:
        cluster.addon.store.seconds = 0.3
        cluster.addon.store.modify(json.dumps({"RouteTableIDs": ",".join(cluster.infra.table_ids)}))
        assert routes(cluster) == [9, 0]
        deadline = time.monotonic() + 20
        while routes(cluster) != [11, 11] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert routes(cluster) == [11, 11]
