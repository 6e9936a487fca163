"""The VPC of a cluster in which nothing names it.

A self-built cluster has none of the ConfigMaps that ACK writes. Its route tables, its instances and
its addresses identify it, in this order; each needs other permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Struct

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


class Discovery(Struct, frozen=True):
    """The VPC and what shows it; or, with an empty id, why it was not found."""

    vpc_id: str
    evidence: str


class _Step(Struct, frozen=True):
    """What one source shows: VPC ids, sorted, each with what shows it."""

    name: str
    candidates: dict[str, str]
    nothing: str = message("shows no VPC")


def discover_vpc(
    vpc: RpcApi,
    ecs: Callable[[], RpcApi],
    nodes: Sequence[Node],
    tables: Iterable[str],
    env: Mapping[str, str],
) -> Discovery:
    """Find the VPC. ``nodes`` are those that are known yet, ``tables`` the ids given or listed.

    The first source that shows one VPC decides. One that shows several decides nothing, and they
    are named where no later one decides.
    """
    steps: tuple[Callable[[], _Step], ...] = (
        partial(_by_tables, vpc, tuple(dict.fromkeys(tables)), nodes),
        partial(_by_instances, vpc.region, ecs, nodes),
        partial(_by_addresses, vpc, nodes),
        partial(_by_metadata, nodes, env),
    )
    reasons = []
    for take in steps:
        try:
            step = take()
        except CloudError as error:
            reasons.append(error.message)
            continue
        if len(step.candidates) == 1:
            return Discovery(*next(iter(step.candidates.items())))
        several = joined(
            ", ",
            (
                message("{vpc_id} ({why})", vpc_id=vpc_id, why=why)
                for vpc_id, why in step.candidates.items()
            ),
        )
        nothing = (
            message("{step} {nothing}", step=step.name, nothing=step.nothing)
            if step.nothing
            else ""
        )
        reasons.append(
            message("{step} leaves several: {several}", step=step.name, several=several)
            if several
            else nothing
        )
    return Discovery("", joined("; ", reasons))


def _by_tables(vpc: RpcApi, table_ids: tuple[str, ...], nodes: Sequence[Node]) -> _Step:
    """The VPC of the tables, as far as its vSwitches hold an address of a node."""
    name = "DescribeRouteTableList"
    if not table_ids:
        return _Step(name, {}, "")
    found: dict[str, list[str]] = {}
    for table in read_strays(vpc, table_ids):
        if table.vpc_id:
            found.setdefault(table.vpc_id, []).append(table.id)
    fitting = [vpc_id for vpc_id in sorted(found) if _may_hold(vpc, vpc_id, nodes)]
    why = {vpc_id: f"{name}: {', '.join(found[vpc_id])}" for vpc_id in fitting}
    if found and not why:
        return _Step(
            name, {}, message("shows {names}, where no node is", names=", ".join(sorted(found)))
        )
    return _Step(
        name,
        why,
        message(
            "shows none of {table_ids} in {region}",
            table_ids=", ".join(table_ids),
            region=vpc.region,
        ),
    )


def _may_hold(vpc: RpcApi, vpc_id: str, nodes: Sequence[Node]) -> bool:
    """Whether an address of a node is in a vSwitch of the VPC, or that cannot be told."""
    if not any(node.internal_ips for node in nodes):
        return True
    try:
        cidrs = [v_switch.cidr for v_switch in read_v_switches(vpc, vpc_id)]
    except CloudError:
        return True
    return bool(_held(((cidr, vpc_id) for cidr in cidrs), nodes))


def _by_instances(region: str, ecs: Callable[[], RpcApi], nodes: Sequence[Node]) -> _Step:
    """The VPC of the nodes' instances."""
    name = "DescribeInstances"
    own = (node.provider_id for node in nodes if region_of(node.provider_id) == region)
    ids = sorted({instance_id(provider_id) for provider_id in own})[:MAX_INSTANCES]
    if not ids:
        return _Step(
            name, {}, message("is not asked: no providerID names an instance of the region")
        )
    query = {"InstanceIds": msgspec.json.encode(ids).decode(), "PageSize": str(MAX_INSTANCES)}
    answer = ecs().call(name, {"RegionId": region, **query})
    found: dict[str, list[str]] = {}
    for instance in answer.items("Instances", "Instance"):
        vpc_id = instance.text("VpcAttributes", "VpcId")
        if vpc_id and instance.text("InstanceId") in ids:
            found.setdefault(vpc_id, []).append(instance.text("InstanceId"))
    why: dict[str, str] = {
        vpc_id: message("{name}: {instances}", name=name, instances=_some(found[vpc_id]))
        for vpc_id in sorted(found)
    }
    return _Step(name, why, message("shows none of the nodes' instances"))


def _some(names: list[str]) -> str:
    more = len(names) - 1
    return message("{names} and {count} more", names=min(names), count=more) if more else names[0]


def _by_addresses(vpc: RpcApi, nodes: Sequence[Node]) -> _Step:
    """The VPC whose vSwitches hold every address that a vSwitch of the region holds."""
    name = "DescribeVSwitches"
    addressed = [node for node in nodes if node.internal_ips]
    if not addressed:
        return _Step(name, {}, message("is not asked: no node has an InternalIP"))
    held = _held(((one.cidr, one.vpc_id) for one in read_region_v_switches(vpc)), addressed)
    everyone = set().union(*held.values())
    whole = [vpc_id for vpc_id in sorted(held) if held[vpc_id] == everyone]
    chosen = whole if len(whole) == 1 else sorted(held)
    total = len(addressed)
    why: dict[str, str] = {
        vpc_id: message(
            "{name}: holds the InternalIP of {count} of {total} nodes",
            name=name,
            count=len(held[vpc_id]),
            total=total,
        )
        for vpc_id in chosen
    }
    return _Step(
        name,
        why,
        message("shows no vSwitch in {region} that holds a node's InternalIP", region=vpc.region),
    )


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


def _by_metadata(nodes: Sequence[Node], env: Mapping[str, str]) -> _Step:
    """The VPC of the instance that this runs on, where that is a node of the cluster."""
    name = message("the metadata service")
    found = read_metadata(("instance-id", "vpc-id"), env)
    if found is None:
        return _Step(name, {}, message("does not answer here"))
    mine = found["instance-id"]
    if mine not in {instance_id(node.provider_id) for node in nodes}:
        return _Step(
            name, {}, message("is that of {mine}, which is not a node of the cluster", mine=mine)
        )
    return _Step(
        name, {found["vpc-id"]: message("{service} of {region}", service=name, region=mine)}
    )
