"""What is really the case: read from the simulated cluster's own stores, not through its APIs."""

from __future__ import annotations

import json
from ipaddress import IPv4Network

from kubectl_routes.model.undo import CONFIG_HASH as HASH, UNDO
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.infrastructure import CANARY_SECRET
from kubectl_routes_simulator.route_table import Entry
from tests.cli.enabling import CCM, lasting

OURS = ("cloud-config", "kubectl-routes")
# Ends a hash that stood there before, so that the pods are replaced for the same list.
_AGAIN = "-again"


def routed(cluster: SimulatedCluster) -> dict[tuple[str, str], bool]:
    """By node and table: whether all of the node's podCIDR leads to it."""
    with cluster.infra.vpc.lock:
        tables = {
            one: {
                IPv4Network(entry.destination_cidr_block): entry
                for entry in cluster.infra.vpc.table(one).entries()
            }
            for one in cluster.infra.table_ids
        }
    return {
        (plan.name, table_id): _leads(entries, IPv4Network(plan.pod_cidr), plan.instance)
        for table_id, entries in tables.items()
        for plan in cluster.infra.nodes
    }


def _leads(entries: dict[IPv4Network, Entry], pods: IPv4Network, instance: str) -> bool:
    """Whether the table has the right entry, and none within it."""
    entry = entries.get(pods)
    if entry is None or entry.status != "Available":
        return False
    inner = (one for one in entries if one.prefixlen > pods.prefixlen)
    hops = [hop.next_hop_id for hop in entry.next_hops.next_hop]
    return hops == [instance] and not any(one.subnet_of(pods) for one in inner)


def standing(cluster: SimulatedCluster) -> str:
    """What enable and disable change, as text that can be compared: the ConfigMaps, the workload's
    spec and annotations but for the history, and the configuration of the add-on.
    """
    store = cluster.kube.store
    maps = [one for one in store.list("ConfigMap") if one["metadata"]["name"] in OURS]
    loads = [one for one in store.list("DaemonSet") if one["metadata"]["name"] == CCM]
    found = [lasting(one) for one in (*maps, *loads)]
    text = json.dumps([*found, json.loads(cluster.addon.store.config)], sort_keys=True)
    return text.replace(_AGAIN, "")


def effect(text: str) -> str:
    """A standing without the undo records, which are verified by undoing it,
    and without what restarts pods: a pod may have read the list before it was undone.
    """
    found = json.loads(text)
    for one in found:
        template = one.get("spec", {}).get("template", {})
        for metadata in (one.get("metadata", {}), template.get("metadata", {})):
            annotations = metadata.pop("annotations", {})
            kept = {name: annotations[name] for name in annotations if name not in (UNDO, HASH)}
            if kept:
                metadata["annotations"] = kept
    return json.dumps(found, sort_keys=True)


def strangers(cluster: SimulatedCluster) -> str:
    """Everything that is none of our business, as text that can be compared."""
    store = cluster.kube.store
    found = [
        lasting(one)
        for kind in ("ConfigMap", "DaemonSet", "Deployment", "Namespace")
        for one in store.list(kind)
        if one["metadata"]["name"] not in (*OURS, CCM)
    ]
    return json.dumps(found, sort_keys=True)


def shows_secret(cluster: SimulatedCluster) -> bool:
    """Whether the credential stands anywhere in the cluster but in cloud-config itself."""
    store = cluster.kube.store
    elsewhere = [
        one if kind != "ConfigMap" else one["metadata"]
        for kind in ("ConfigMap", "DaemonSet", "Event", "Pod")
        for one in store.list(kind)
    ]
    return CANARY_SECRET in json.dumps(elsewhere)
