"""The VPC of a cluster in which nothing names it.

A self-built cluster has none of the ConfigMaps that ACK writes. Its route tables, its instances and
its addresses identify it, in this order; each needs other permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from kubectl_routes.ccm.nodes import instance_id, region_of
from kubectl_routes.collect.aliyun_client import RpcApi
from kubectl_routes.collect.metadata import read_metadata
from kubectl_routes.collect.vpc import read_region_v_switches, read_strays, read_v_switches
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.networks import Index, Network, Networks, address
from kubectl_routes.model.nodes import Node

# DescribeInstances takes at most 100 ids in one call.
MAX_INSTANCES = 100


class _NothingError(Exception):
    """Why a source shows no VPC."""


# VPC ids, sorted, each with what shows it.
Candidates = dict[str, str]


def discover_vpc(
    vpc: RpcApi,
    ecs: Callable[[], RpcApi],
    nodes: Sequence[Node],
    tables: Iterable[str],
    env: Mapping[str, str],
) -> tuple[str, str]:
    """The VPC and what shows it; or an empty id, and why it was not found. ``nodes`` are those that
    are known yet, ``tables`` the ids given or listed.

    The first source that shows one VPC decides. One that shows several decides nothing, and they
    are named where no later one decides.
    """
    table_ids = tuple(dict.fromkeys(tables))
    sources: dict[str, Callable[[str], Candidates]] = {
        "DescribeRouteTableList": partial(_by_tables, vpc, table_ids, nodes),
        "DescribeInstances": partial(_by_instances, vpc.region, ecs, nodes),
        "DescribeVSwitches": partial(_by_addresses, vpc, nodes),
        message("the metadata service"): partial(_by_metadata, nodes, env),
    }
    reasons: list[str] = []
    for name, candidates_of in sources.items():
        if name == "DescribeRouteTableList" and not table_ids:
            continue
        try:
            candidates = candidates_of(name)
        except CloudError as error:
            reasons.append(error.message)
        except _NothingError as nothing:
            reasons.append(message("{step} {nothing}", step=name, nothing=nothing.args[0]))
        else:
            if len(candidates) == 1:
                return next(iter(candidates.items()))
            shown = (
                message("{vpc_id} ({why})", vpc_id=vpc_id, why=why)
                for vpc_id, why in candidates.items()
            )
            several = joined(", ", shown)
            reasons.append(message("{step} leaves several: {several}", step=name, several=several))
    return "", joined("; ", reasons)


def _by_tables(
    vpc: RpcApi, table_ids: tuple[str, ...], nodes: Sequence[Node], name: str
) -> Candidates:
    """The VPC of the tables, as far as its vSwitches hold an address of a node."""
    found: dict[str, list[str]] = {}
    for table in read_strays(vpc, table_ids):
        if table.vpc_id:
            found.setdefault(table.vpc_id, []).append(table.id)
    fitting = [vpc_id for vpc_id in sorted(found) if _may_hold(vpc, vpc_id, nodes)]
    if found and not fitting:
        names = ", ".join(sorted(found))
        raise _NothingError(message("shows {names}, where no node is", names=names))
    if not found:
        raise _NothingError(
            message(
                "shows none of {table_ids} in {region}",
                table_ids=", ".join(table_ids),
                region=vpc.region,
            )
        )
    return {vpc_id: f"{name}: {', '.join(found[vpc_id])}" for vpc_id in fitting}


def _may_hold(vpc: RpcApi, vpc_id: str, nodes: Sequence[Node]) -> bool:
    """Whether an address of a node is in a vSwitch of the VPC, or that cannot be told."""
    if not any(node.internal_ips for node in nodes):
        return True
    try:
        cidrs = [v_switch.cidr for v_switch in read_v_switches(vpc, vpc_id)]
    except CloudError:
        return True
    return bool(_held(((cidr, vpc_id) for cidr in cidrs), nodes))


def _by_instances(
    region: str, ecs: Callable[[], RpcApi], nodes: Sequence[Node], name: str
) -> Candidates:
    """The VPC of the nodes' instances."""
    own = (node.provider_id for node in nodes if region_of(node.provider_id) == region)
    ids = sorted({instance_id(provider_id) for provider_id in own})[:MAX_INSTANCES]
    if not ids:
        raise _NothingError(message("is not asked: no providerID names an instance of the region"))
    query = {"InstanceIds": msgspec.json.encode(ids).decode(), "PageSize": str(MAX_INSTANCES)}
    found: dict[str, list[str]] = {}
    for instance in ecs().call(name, {"RegionId": region, **query}).items("Instances", "Instance"):
        vpc_id = instance.text("VpcAttributes", "VpcId")
        if vpc_id and instance.text("InstanceId") in ids:
            found.setdefault(vpc_id, []).append(instance.text("InstanceId"))
    if not found:
        raise _NothingError(message("shows none of the nodes' instances"))
    return {
        vpc_id: message("{name}: {instances}", name=name, instances=_some(found[vpc_id]))
        for vpc_id in sorted(found)
    }


def _some(names: list[str]) -> str:
    more = len(names) - 1
    return message("{names} and {count} more", names=min(names), count=more) if more else names[0]


def _by_addresses(vpc: RpcApi, nodes: Sequence[Node], name: str) -> Candidates:
    """The VPC whose vSwitches hold every address that a vSwitch of the region holds."""
    addressed = [node for node in nodes if node.internal_ips]
    if not addressed:
        raise _NothingError(message("is not asked: no node has an InternalIP"))
    held = _held(((one.cidr, one.vpc_id) for one in read_region_v_switches(vpc)), addressed)
    everyone = set().union(*held.values())
    whole = [vpc_id for vpc_id in sorted(held) if held[vpc_id] == everyone]
    if not held:
        raise _NothingError(
            message(
                "shows no vSwitch in {region} that holds a node's InternalIP", region=vpc.region
            )
        )
    return {
        vpc_id: message(
            "{name}: holds the InternalIP of {count} of {total} nodes",
            name=name,
            count=len(held[vpc_id]),
            total=len(addressed),
        )
        for vpc_id in (whole if len(whole) == 1 else sorted(held))
    }


def _held(cidrs: Iterable[tuple[str, str]], nodes: Iterable[Node]) -> dict[str, set[str]]:
    """The names of the nodes by the VPC whose vSwitch holds their address."""
    networks = Networks()
    parsed = ((networks.parse(cidr), vpc_id) for cidr, vpc_id in cidrs)
    index = Index((network, vpc_id) for network, vpc_id in parsed if network is not None)
    held: dict[str, set[str]] = {}
    for node in nodes:
        for number in filter(None, map(address, node.internal_ips)):
            for vpc_id in index.containing(Network(number, 32)):
                held.setdefault(vpc_id, set()).add(node.name)
    return held


def _by_metadata(nodes: Sequence[Node], env: Mapping[str, str], name: str) -> Candidates:
    """The VPC of the instance that this runs on, where that is a node of the cluster."""
    found = read_metadata(("instance-id", "vpc-id"), env)
    if found is None:
        raise _NothingError(message("does not answer here"))
    mine = found["instance-id"]
    if mine not in {instance_id(node.provider_id) for node in nodes}:
        raise _NothingError(
            message("is that of {mine}, which is not a node of the cluster", mine=mine)
        )
    return {found["vpc-id"]: message("{service} of {region}", service=name, region=mine)}
