"""The ends of a trace as whole values."""

from __future__ import annotations

import pytest
from msgspec import structs

from kubectl_routes.analyze.reach import trace
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.path import AddressScope, EndKind, Endpoint, EndpointArg, TableRef
from kubectl_routes.model.snapshot import Gap, Snapshot
from tests.analyze.cluster import SIX, node
from tests.analyze.test_reach import CLUSTER, PODS, asked, pod, taken

POD, NODE, V_SWITCH, UNKNOWN = (
    AddressScope.POD,
    AddressScope.NODE,
    AddressScope.V_SWITCH,
    AddressScope.UNKNOWN,
)
SYSTEM = TableRef("vtb-a", "system", "System")


def end(whole: Snapshot, text: str) -> Endpoint:
    return trace(whole, asked(text), EndpointArg(EndKind.NODE, "n2")).source


def expected(text: str, scope: AddressScope, address: str = "", **more: object) -> Endpoint:
    """The end that ``text`` asks for; an address is its own, a pod is named."""
    kind = asked(text).kind
    values = {"pod": text} if kind is EndKind.POD else {}
    ip = text if kind is EndKind.ADDRESS else address
    return Endpoint(kind, text, scope, ip, **{**values, **more})  # type: ignore[arg-type]


def on_n1(text: str, scope: AddressScope, address: str = "", **more: object) -> Endpoint:
    """The same on node n1, with what that sends by."""
    return structs.replace(
        expected(text, scope, address, **more),
        node="n1",
        instance="i-1",
        pod_cidr="172.16.1.0/24",
        v_switch="vsw-1",
        table=SYSTEM,
    )


def test_a_pod_and_its_node() -> None:
    whole = taken(
        pods={**PODS, "default/agent": (pod(1, "10.0.1.1", name="agent", host_network=True),)}
    )
    assert end(whole, "default/web-1") == on_n1("default/web-1", POD, "172.16.1.10")
    assert end(whole, "default/agent") == on_n1(
        "default/agent", NODE, "10.0.1.1", host_network=True
    )
    assert end(whole, "n1") == on_n1("n1", NODE, "10.0.1.1")
    assert end(whole, "10.0.1.1") == on_n1("10.0.1.1", NODE)
    assert end(whole, "172.16.1.77") == on_n1("172.16.1.77", POD)


@pytest.mark.parametrize(
    ("address", "scope", "lost"),
    [
        ("10.0.9.1", AddressScope.VPC, "10.0.9.1 is in the VPC, but in none of its vSwitches"),
        ("8.8.8.8", AddressScope.OUTSIDE, "8.8.8.8 is outside the VPC"),
        ("172.16.200.1", AddressScope.UNASSIGNED, "no node has 172.16.200.1 in its podCIDR"),
    ],
)
def test_an_address_of_nobody_in_the_cluster(address: str, scope: AddressScope, lost: str) -> None:
    assert end(taken(), address) == expected(address, scope, lost=lost)


def test_an_address_of_a_vswitch_sends_by_its_table() -> None:
    assert end(taken(), "10.0.1.200") == expected(
        "10.0.1.200", V_SWITCH, v_switch="vsw-1", table=SYSTEM
    )


def test_a_pod_that_the_routes_do_not_cover() -> None:
    strange = {"default/web-1": (pod(1, "172.16.77.7"),)}
    note = "its address is outside {}: the route that CCM creates does not cover it"
    found = on_n1("default/web-1", POD, "172.16.77.7")
    assert end(taken(pods=strange), "default/web-1") == structs.replace(
        found, notes=(note.format("the podCIDR 172.16.1.0/24 of its node"),)
    )
    bare = (node(1, pod_cidr="", pod_cidrs=()), *SIX[1:])
    assert end(taken(pods=strange, nodes=bare), "default/web-1") == structs.replace(
        found, pod_cidr="", notes=(note.format("any podCIDR"),)
    )


def test_a_pod_of_terway_has_an_address_of_a_vswitch() -> None:
    whole = taken(pods={"default/web-1": (pod(1, "10.0.1.77"),)})
    assert end(whole, "default/web-1") == on_n1(
        "default/web-1",
        V_SWITCH,
        "10.0.1.77",
        notes=("its address is one of vSwitch vsw-1, not of a podCIDR, as Terway gives them",),
    )


def test_what_could_not_be_read_is_lost() -> None:
    unread = taken(nodes=(), gaps=(Gap("nodes", "403"),))
    lost = "the nodes could not be read: 403"
    assert end(taken(v_switches=()), "n1") == structs.replace(
        on_n1("n1", NODE, "10.0.1.1"),
        v_switch="",
        table=None,
        lost="the vSwitches could not be read",
    )
    found = trace(unread, asked("10.0.1.1"), asked("default/web-2"))
    assert found.source == expected("10.0.1.1", UNKNOWN, lost=lost)
    assert found.destination == expected(
        "default/web-2", UNKNOWN, "172.16.2.10", node="n2", lost=lost
    )


@pytest.mark.parametrize("changes", [{"v_switches": ()}, {"vpc": None}])
def test_without_the_vpc_or_its_vswitches_no_address_is_called_free_or_foreign(
    changes: dict[str, object],
) -> None:
    assert end(taken(**changes), "10.0.9.1") == expected(  # type: ignore[arg-type]
        "10.0.9.1", UNKNOWN, lost="whether 10.0.9.1 is in the VPC could not be read"
    )


def test_of_the_ranges_of_a_dual_stack_cluster_the_ipv4_one_counts() -> None:
    cluster = structs.replace(
        CLUSTER, cluster_cidr="fd00::/48, 172.16.0.0/16", service_cidr="192.168.0.0/20,fd01::/112"
    )
    whole = taken(cluster=cluster)
    assert end(whole, "172.16.200.1").scope is AddressScope.UNASSIGNED
    with pytest.raises(UsageError, match="is the address of a Service"):
        end(whole, "192.168.0.10")


def test_a_node_that_is_gone_astray_or_without_address() -> None:
    gone = {"default/old": (pod(9, name="old"),)}
    assert end(taken(pods=gone), "default/old") == expected(
        "default/old", UNKNOWN, "172.16.9.10", lost="node n9 is not in the cluster any more"
    )
    stray = (node(1, internal_ips=("192.168.99.1",)), *SIX[1:])
    found = structs.replace(on_n1("n1", NODE, "192.168.99.1"), v_switch="", table=None)
    assert end(taken(nodes=stray), "n1") == structs.replace(
        found, lost="the address of node n1 is in no vSwitch of the VPC (RT209)"
    )
    bare = (node(1, internal_ips=("fd00::1",)), *SIX[1:])
    assert end(taken(nodes=bare), "n1") == structs.replace(
        found, scope=UNKNOWN, address="", lost="node n1 shows no IPv4 InternalIP"
    )
