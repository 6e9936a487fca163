"""From one end to the other and back, on a small literal cluster."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, strategies
from msgspec import structs

from kubectl_routes.analyze.reach import trace
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.path import (
    AddressScope,
    CandidateEntry,
    Direction,
    EndKind,
    EndpointArg,
    Hop,
    TableRef,
    Trace,
    Verdict,
)
from kubectl_routes.model.pods import Pod
from kubectl_routes.model.snapshot import Cluster, Gap, Snapshot
from kubectl_routes.model.vpc import NextHop, RouteEntry, Vpc
from tests.analyze.cluster import (
    CUSTOM,
    SIX,
    VSWITCHES,
    controller,
    entry,
    listing,
    node,
    routes,
    snapshot,
    with_cidr,
)

CLUSTER = Cluster(
    region="cn-hangzhou",
    vpc_id="vpc-1",
    cluster_cidr="172.16.0.0/16",
    service_cidr="192.168.0.0/20",
)
CIDR = "172.16.1.0/24"  # of n1
LOCAL = (NextHop(type="local"),)
NAT = (NextHop(id="ngw-1", type="NatGateway", enabled=True),)
LOCALS = (
    entry("10.0.1.0/24", "", type="System", next_hops=LOCAL),
    entry("10.0.2.0/24", "", type="System", next_hops=LOCAL),
    entry("100.64.0.0/10", "", type="System", next_hops=LOCAL),
)
DEFAULT = entry("0.0.0.0/0", "", next_hops=NAT)
GOOD, HOLE, WRONG, OPEN = (
    Verdict.REACHABLE,
    Verdict.BLACK_HOLE,
    Verdict.WRONG_NODE,
    Verdict.UNKNOWN,
)


def pod(number: int, ip: str = "", **changes: object) -> Pod:
    """A running pod of node n, by default 172.16.n.10."""
    ips = (ip or f"172.16.{number}.10",)
    usual = Pod("default", f"web-{number}", f"n{number}", ips, phase="Running")
    return structs.replace(usual, **changes)


PODS = {f"default/web-{number}": (pod(number),) for number in range(1, 7)}


def taken(
    system: tuple[RouteEntry, ...] = routes(*SIX),
    custom: tuple[RouteEntry, ...] = routes(*SIX),
    **changes: object,
) -> Snapshot:
    """The six nodes with these entries beside the System ones, and a pod on each."""
    usual = snapshot(
        controller("v2.14.0", listing("vtb-a,vtb-b")),
        cluster=CLUSTER,
        vpc=Vpc(id="vpc-1", cidr="10.0.0.0/16"),
        entries={"vtb-a": (*LOCALS, *system), "vtb-b": (*LOCALS, *custom)},
        pods=PODS,
    )
    return structs.replace(usual, **changes)


def asked(text: str) -> EndpointArg:
    if "/" in text:
        return EndpointArg(EndKind.POD, text)
    return EndpointArg(EndKind.ADDRESS if text[0].isdigit() else EndKind.NODE, text)


def traced(whole: Snapshot, source: str, destination: str) -> Trace:
    return trace(whole, asked(source), asked(destination))


def ways(whole: Snapshot, source: str, destination: str) -> tuple[Verdict, Verdict, Verdict]:
    """The verdicts: of all, of the forward path, of the return path."""
    found = traced(whole, source, destination)
    assert found.forward is not None
    assert found.back is not None
    return found.verdict, found.forward.verdict, found.back.verdict


def there(whole: Snapshot, destination: str, source: str = "n2") -> Direction:
    """The forward path, by default from n2, which sends by vtb-b."""
    found = traced(whole, source, destination)
    assert found.forward is not None
    return found.forward


def back(whole: Snapshot, source: str, destination: str) -> Direction:
    found = traced(whole, source, destination)
    assert found.back is not None
    return found.back


def refusal(whole: Snapshot, source: str) -> tuple[str, str]:
    """What is said of an end that cannot be traced, and what to do instead."""
    with pytest.raises(UsageError) as raised:
        traced(whole, source, "n2")
    return raised.value.message, raised.value.hint


def test_two_pods_whose_routes_are_there_reach_each_other() -> None:
    found = traced(taken(custom=(*routes(*SIX), DEFAULT)), "default/web-2", "default/web-1")
    assert (found.verdict, found.because, found.gaps) == (GOOD, "there and back", ())
    assert found.forward == Direction(
        v_switch="vsw-2",
        table=TableRef("vtb-b", "custom", "Custom"),
        destination="172.16.1.10",
        entries=(
            CandidateEntry(
                cidr="172.16.1.0/24",
                type="Custom",
                status="Available",
                id="rte-172.16.1.0/24",
                next_hops=(Hop("Instance", "i-1", "n1", True),),
                wins=True,
            ),
            CandidateEntry(
                cidr="0.0.0.0/0",
                type="Custom",
                status="Available",
                id="rte-0.0.0.0/0",
                next_hops=(Hop("NatGateway", "ngw-1", "", True),),
                wins=False,
            ),
        ),
        verdict=GOOD,
        because="i-1 is node n1, where 172.16.1.10 is",
    )
    assert found.back is not None
    assert (found.back.v_switch, found.back.table) == (
        "vsw-1",
        TableRef("vtb-a", "system", "System"),
    )
    assert found.cluster == CLUSTER


def test_an_overlay_carries_packets_between_the_addresses_of_the_nodes() -> None:
    overlay = structs.replace(CLUSTER, cni="flannel", flannel_backend="vxlan")
    found = traced(taken((), (), cluster=overlay), "default/web-1", "default/web-2")
    assert (found.verdict, found.source.address) == (GOOD, "10.0.1.1")
    homeless = (node(1, internal_ips=()), *SIX[1:])
    found = traced(taken((), (), cluster=overlay, nodes=homeless), "default/web-1", "default/web-2")
    assert (found.verdict, found.source.address) == (OPEN, "172.16.1.10")


def test_a_plugin_of_unknown_mode_may_carry_packets_where_routes_are_off() -> None:
    calico = structs.replace(CLUSTER, cni="calico")
    whole = taken((), (), cluster=calico)
    assert traced(whole, "default/web-1", "default/web-2").verdict is HOLE
    command = (*whole.controller.command, "--configure-cloud-routes=false")
    off = structs.replace(whole, controller=structs.replace(whole.controller, command=command))
    found = traced(off, "default/web-1", "default/web-2")
    assert (found.verdict, "Calico may carry packets" in found.because) == (OPEN, True)
    assert traced(off, "default/web-1", "8.8.8.8").verdict is HOLE


def test_two_ends_on_one_node_need_no_route() -> None:
    for other in ("default/web-1", "n1", "10.0.1.1", "172.16.1.77"):
        found = traced(taken((), ()), "default/web-1", other)
        assert (found.verdict, found.forward, found.back) == (GOOD, None, None)
        assert found.because == "both are on node n1, and no route table is asked"
        assert len(found.not_checked) == 1


def test_a_table_without_the_entry_is_a_black_hole_and_the_system_table_is_quoted() -> None:
    whole = taken(custom=())
    assert ways(whole, "default/web-2", "default/web-1") == (HOLE, HOLE, GOOD)
    leg = there(whole, "default/web-1", "default/web-2")
    assert leg.because == "no Available entry of vtb-b holds 172.16.1.10"
    assert leg.notes == (
        "by the system route table vtb-a, which KubeSkoop assumes for packets of pods, it is"
        " reachable:"
        " i-1 is node n1, where 172.16.1.10 is",
    )


def test_the_system_table_is_quoted_for_pods_only_and_where_it_is_known() -> None:
    assert there(taken(custom=()), "default/web-1").notes == ()
    whole = taken(custom=(), tables=(CUSTOM,))
    assert there(whole, "default/web-1", "default/web-2").notes == ()


def leads(cidr: str, *hops: str, to: str = "default/web-1", enabled: bool = True) -> str:
    """Where the only entry beside those of the vSwitches leads, and why."""
    parts = [hop.rpartition(" ") for hop in hops]
    next_hops = tuple(NextHop(name, kind, enabled) for kind, _, name in parts)
    leg = there(taken(custom=(entry(cidr, next_hops=next_hops),)), to)
    return f"{leg.verdict.value}: {leg.because}"


def test_where_an_entry_for_a_pod_leads() -> None:
    right = "reachable: i-1 is node n1, where 172.16.1.10 is"
    assert leads(CIDR, "INSTANCE i-1") == leads(CIDR, "Instance i-1") == right
    assert leads(CIDR, "Instance i-3") == "wrong-node: i-3 is node n3, not n1"
    assert leads(CIDR, "Instance i-9") == (
        "black-hole: i-9 is no node of the cluster: released, or not made for this address"
    )
    assert leads(CIDR, "Instance i-1", enabled=False) == (
        "black-hole: 172.16.1.0/24 leads to i-1, which is disabled (RT308)"
    )
    assert leads("0.0.0.0/0", "NatGateway ngw-1") == (
        "black-hole: only the default route holds 172.16.1.10: NatGateway ngw-1 sends the packet"
        " out of the VPC with no route back"
    )
    assert leads(CIDR, "VpcPeer pcc-1") == (
        "unknown: VpcPeer pcc-1 sends the packet out of the VPC, and may or may not return it"
    )
    assert leads(CIDR, "NetworkInterface eni-1") == (
        "unknown: whether NetworkInterface eni-1 is one of node n1 is not known here"
    )
    assert leads(CIDR, "x-1") == (
        "unknown: whether a next hop of unknown type x-1 is one of node n1 is not known here"
    )
    assert leads(CIDR, "local ") == (
        "black-hole: the VPC looks for it among its own addresses, and that of a pod is none of"
        " them (RT208)"
    )
    assert leads(CIDR) == "unknown: the entry 172.16.1.0/24 shows no next hop"


def test_where_an_entry_for_another_address_of_the_vpc_leads() -> None:
    local = "reachable: the VPC itself delivers to 10.0.1.1 in vSwitch vsw-1"
    assert leads("0.0.0.0/0", "NatGateway ngw-1", to="n1") == local
    assert leads("10.0.1.200", "Instance i-9", to="10.0.1.200") == (
        "unknown: what i-9 does with it is not known here"
    )
    assert leads("10.0.1.200", "HaVip havip-1", to="10.0.1.200") == (
        "unknown: whether HaVip havip-1 has 10.0.1.200 is not known here"
    )
    assert leads("0.0.0.0/0", "NatGateway ngw-1", to="10.0.9.1").startswith("black-hole: only the")
    assert leads("10.0.9.0/24", "Instance i-3", to="10.0.9.1") == (
        "unknown: what i-3 (node n3) does with it is not known here"
    )
    assert leads("10.0.8.0/24", "local ", to="10.0.8.1") == (
        "unknown: the VPC keeps it, and what has 10.0.8.1 is not known here"
    )
    assert leads("172.16.200.0/24", "Instance i-9", to="172.16.200.1") == (
        "black-hole: i-9 cannot deliver it: no node has 172.16.200.1 in its podCIDR"
    )


def custom_to(*hops: NextHop) -> Snapshot:
    return taken(custom=(entry(CIDR, next_hops=hops),))


def test_a_next_hop_names_the_node_whose_instance_it_is() -> None:
    hops = (NextHop("i-3", "Instance"), NextHop("i-9", "Instance", True), NextHop("i-3"))
    (contender,) = there(custom_to(*hops), "default/web-1").entries
    assert contender.next_hops == (
        Hop("Instance", "i-3", "n3"),
        Hop("Instance", "i-9", "", True),
        Hop("", "i-3"),
    )


def test_packets_are_spread_over_the_next_hops_that_are_enabled() -> None:
    right, wrong = NextHop("i-1", "Instance"), NextHop("i-3", "Instance")
    off = NextHop("i-3", "Instance", enabled=False)
    leg = there(custom_to(right, off), "default/web-1")
    spread = "172.16.1.0/24 has 2 next hops, 1 of them disabled: packets are spread"
    assert (leg.verdict, leg.notes) == (GOOD, (spread,))
    leg = there(custom_to(right, wrong), "default/web-1")
    assert (leg.verdict, leg.because, leg.notes) == (
        WRONG,
        "1 of 2 next hops of 172.16.1.0/24: i-3 is node n3, not n1",
        ("172.16.1.0/24 has 2 next hops: packets are spread",),
    )


def test_only_an_available_entry_carries_packets_and_the_waiting_ones_are_told() -> None:
    pending = entry("172.16.1.0/24", "i-1", status="Pending")
    longer = entry("172.16.1.0/28", "i-3", status="")
    wider = entry("172.16.0.0/16", "i-1", status="Deleting")
    leg = there(taken(custom=(pending, longer, wider)), "default/web-1")
    only = "only an Available entry carries packets"
    notes = (
        f"172.16.1.0/28 to i-3 is of unknown status: {only}",
        f"172.16.1.0/24 to i-1 is Pending: {only}",
        f"172.16.0.0/16 to i-1 is Deleting: {only}",
    )
    assert (leg.verdict, leg.notes) == (HOLE, notes)
    # What is wider than the entry that wins would change nothing.
    right = entry("172.16.1.0/26", "i-1")
    leg = there(taken(custom=(pending, longer, wider, right)), "default/web-1")
    assert (leg.verdict, leg.notes) == (GOOD, notes[:1])
    # What is as wide may take a part of the packets once it is Available.
    learned = entry("172.16.1.0/24", "i-1", type="CEN")
    leg = there(taken(custom=(pending, wider, learned)), "default/web-1")
    assert (leg.verdict, leg.notes) == (GOOD, notes[1:2])


def test_a_more_specific_entry_takes_a_part() -> None:
    whole = taken(custom=(*routes(*SIX), entry("172.16.1.0/25", "i-3")))
    assert there(whole, "172.16.1.10").verdict is WRONG
    assert there(whole, "172.16.1.200").verdict is GOOD


def test_two_entries_for_one_prefix_must_say_the_same() -> None:
    learned = entry("172.16.1.0/24", "i-3", type="BGP", id="bgp")
    same = entry("172.16.1.0/24", "i-1", type="CEN", id="cen")
    leg = there(taken(custom=(*routes(*SIX), learned)), "default/web-1")
    assert (leg.verdict, leg.because) == (
        OPEN,
        "2 entries are for 172.16.1.0/24, and which of them wins is not known",
    )
    assert there(taken(custom=(*routes(*SIX), same)), "default/web-1").verdict is GOOD


def test_entries_for_ipv6_and_malformed_ones_are_passed_over() -> None:
    odd = (entry("fd00::/8", "i-3"), entry("nonsense", "i-3"))
    assert there(taken(custom=(*odd, *routes(*SIX))), "default/web-1").verdict is GOOD


def test_an_instance_of_a_node_that_names_none_is_not_known() -> None:
    whole = taken(nodes=(node(1, provider_id=""), *SIX[1:]))
    leg = there(whole, "default/web-1")
    assert (leg.verdict, leg.because) == (
        OPEN,
        "the providerID of node n1 names no instance (RT202)",
    )


def test_a_node_in_no_vswitch_may_still_be_delivered_to() -> None:
    astray = taken(
        nodes=(node(1, internal_ips=("10.9.0.1",)), *SIX[1:]),
        custom=(entry("10.9.0.0/16", "", next_hops=LOCAL),),
    )
    assert there(astray, "n1").because == "the VPC itself delivers to 10.9.0.1"


def test_a_pod_in_the_network_of_its_host_needs_no_route() -> None:
    host = {"default/agent": (pod(1, "10.0.1.1", host_network=True),)}
    whole = taken((), (), pods={**PODS, **host})
    assert traced(whole, "default/agent", "n2").verdict is GOOD


def test_answers_to_a_pod_may_go_to_its_node_instead() -> None:
    leg = back(taken(custom=()), "default/web-1", "n2")
    assert leg.verdict is HOLE
    assert leg.notes[-1].startswith("The network plugin may put the node's address in the place")
    assert back(taken(), "default/web-1", "n2").notes == ()
    assert back(taken(custom=()), "n1", "n2").notes == ()
    assert back(taken(), "n1", "8.8.8.8").verdict is OPEN
    assert back(taken(), "n1", "8.8.8.8").notes == ()


def test_the_pod_that_has_an_address_is_named() -> None:
    host = pod(1, "172.16.1.77", name="agent", host_network=True)
    done = pod(1, "172.16.1.77", name="job", phase="Succeeded")
    mine = pod(1, "172.16.1.77", name="web")
    whole = taken(pods={"172.16.1.77": (host, done, mine)})
    assert traced(whole, "n2", "172.16.1.77").destination.pod == "default/web"
    whole = taken(pods={"172.16.1.77": ()})
    end = traced(whole, "n2", "172.16.1.77").destination
    assert (end.pod, end.notes) == ("", ("no pod has this address now",))


def test_an_address_in_two_pod_cidrs_names_both_nodes() -> None:
    whole = taken(nodes=(*SIX, with_cidr(7, "172.16.0.0/16")))
    end = traced(whole, "n2", "172.16.1.77").destination
    assert (end.node, end.notes) == (
        "n1",
        ("it is in the podCIDR 172.16.0.0/16 of node n7 too (RT208)",),
    )


def test_addresses_of_nobody_are_judged_in_both_directions() -> None:
    assert ways(taken(), "n2", "172.16.200.1") == (HOLE, HOLE, OPEN)
    assert ways(taken(), "default/web-1", "10.0.2.200") == (GOOD, GOOD, GOOD)


def test_what_is_outside_of_the_vpc_is_followed_to_its_border() -> None:
    assert ways(taken(), "n2", "8.8.8.8") == (HOLE, HOLE, OPEN)
    found = traced(taken(custom=(DEFAULT,)), "n2", "8.8.8.8")
    assert (found.verdict, found.because) == (
        OPEN,
        "on the forward path, NatGateway ngw-1 takes it on, and what lies behind is not known here;"
        " on the return path, 8.8.8.8 is outside the VPC",
    )


def test_both_ways_are_told_when_both_are_broken() -> None:
    found = traced(taken((), (entry("172.16.1.0/24", "i-3"),)), "default/web-2", "default/web-1")
    assert (found.verdict, found.because) == (
        WRONG,
        "on the forward path, i-3 is node n3, not n1;"
        " on the return path, no Available entry of vtb-a holds 172.16.2.10",
    )


def test_a_pod_of_terway_sends_by_the_table_of_its_vswitch() -> None:
    whole = taken((), (), pods={"default/web-1": (pod(1, "10.0.2.77"),)})
    found = traced(whole, "default/web-1", "n3")
    assert (found.verdict, found.source.v_switch, found.source.node) == (GOOD, "vsw-2", "n1")


def test_with_terway_a_pod_cidr_inside_of_a_vswitch_means_nothing() -> None:
    terway = structs.replace(CLUSTER, cni="terway")
    nodes = (with_cidr(1, "10.0.2.0/26"), *SIX[1:])
    pods = {"default/web-1": (pod(1, "10.0.2.50"),)}
    whole = taken((), (), nodes=nodes, pods=pods, cluster=terway)
    assert traced(whole, "default/web-1", "n3").source.scope is AddressScope.V_SWITCH
    assert traced(whole, "10.0.2.50", "n3").source.scope is AddressScope.V_SWITCH
    flannel = taken((), (), nodes=nodes, pods=pods)
    assert traced(flannel, "default/web-1", "n3").source.scope is AddressScope.POD
    assert traced(flannel, "10.0.2.50", "n3").verdict is HOLE


def test_what_cannot_be_traced_is_refused() -> None:
    pods = {
        "default/none": (),
        "default/waits": (pod(1, node="", ips=(), phase="Pending"),),
        "default/starts": (pod(1, ips=(), phase="Pending"),),
        "default/done": (pod(1, phase="Failed"),),
        "default/six": (pod(1, "fd00::1", name="six"),),
    }
    whole = taken(pods=pods)
    assert [refusal(whole, name) for name in (*pods, "default/never", "n99", "192.168.0.10")] == [
        ("pod default/none not found", "kubectl get pods -n default"),
        (
            "pod default/waits is not scheduled to a node yet",
            "kubectl describe pod/waits -n default shows why",
        ),
        (
            "pod default/starts has no address yet (Pending)",
            "kubectl describe pod/starts -n default shows why",
        ),
        ("pod default/done has finished (Failed)", "it sends nothing"),
        (
            "pod default/six has the address fd00::1 only",
            "routes for IPv6 are not covered: CCM writes IPv4 routes only",
        ),
        (
            "the snapshot file does not hold pod default/never: it is written without pods",
            "name the pod's node, or the address that kubectl get pods -o wide shows",
        ),
        ("node n99 not found", "kubectl get nodes lists them; a pod is written NAMESPACE/NAME"),
        (
            "192.168.0.10 is the address of a Service (192.168.0.0/20): each node sends its packets"
            " on to a pod, no route table knows it",
            "name a pod behind the Service: kubectl get endpointslices shows them",
        ),
    ]


def lost(whole: Snapshot, source: str, destination: str = "n2") -> list[str]:
    """Why neither way is known."""
    found = traced(whole, source, destination)
    assert found.forward is not None
    assert found.back is not None
    assert (found.verdict, found.forward.verdict) == (OPEN, OPEN)
    return [found.forward.because, found.back.because]


def test_without_the_nodes_nothing_is_known() -> None:
    gap = Gap("nodes", "403 Forbidden", "ask")
    whole = taken(nodes=(), gaps=(gap, Gap("events", "403")))
    unread = "the nodes could not be read: 403 Forbidden"
    assert lost(whole, "n1") == [unread, unread]
    assert lost(whole, "default/web-1") == [unread, unread]
    assert lost(whole, "172.16.1.77") == [unread, unread]
    # But two pods on one node need none of them.
    assert traced(whole, "default/web-1", "default/web-1").verdict is GOOD
    found = traced(whole, "n1", "172.16.1.77")
    assert (found.because, found.gaps) == (f"in both directions, {unread}", (gap,))


def test_a_pod_that_could_not_be_read_is_not_known() -> None:
    gap = Gap("pods/default/web-9", "403 Forbidden")
    unread = "the pod could not be read: 403 Forbidden"
    assert lost(taken(gaps=(gap,)), "default/web-9") == [unread, unread]


def test_a_node_in_no_vswitch_has_no_table() -> None:
    whole = taken(nodes=(node(1, internal_ips=("10.9.0.1",)), *SIX[1:]))
    assert there(whole, "n2", "default/web-1") == Direction(
        v_switch="",
        table=None,
        destination="10.0.2.2",
        entries=(),
        verdict=OPEN,
        because="the address of node n1 is in no vSwitch of the VPC (RT209)",
    )


def test_what_the_vpc_did_not_show_is_not_known() -> None:
    unread = (Gap("vswitches", "denied"), Gap("vpc", "denied"))
    whole = taken(v_switches=(), vpc=None, gaps=unread)
    assert lost(whole, "default/web-1") == ["the vSwitches could not be read"] * 2
    assert lost(whole, "10.0.1.200")[0] == "whether 10.0.1.200 is in the VPC could not be read"
    assert traced(whole, "n1", "n2").not_checked[-1] == "the network ACLs of the vSwitches"
    whole = taken(tables=(), gaps=(Gap("route-tables", "denied"),))
    assert lost(whole, "n1") == [
        "the route table vtb-a of vSwitch vsw-1 could not be read",
        "the route table vtb-b of vSwitch vsw-2 could not be read",
    ]
    bare = tuple(structs.replace(one, table_id="") for one in VSWITCHES)
    whole = taken(tables=(), v_switches=bare, gaps=(Gap("route-tables", "denied"),))
    assert lost(whole, "n1")[0] == "which route table vSwitch vsw-1 uses is not known"


def test_entries_that_could_not_be_read_are_not_known_but_what_is_broken_stays_broken() -> None:
    gap = Gap("entries/vtb-b", "denied")
    whole = taken(entries={"vtb-a": (*LOCALS, *routes(*SIX))}, gaps=(gap,))
    assert ways(whole, "default/web-1", "default/web-2") == (OPEN, GOOD, OPEN)
    assert back(whole, "default/web-1", "default/web-2") == Direction(
        v_switch="vsw-2",
        table=TableRef("vtb-b", "custom", "Custom"),
        destination="172.16.1.10",
        entries=(),
        verdict=OPEN,
        because="the entries of vtb-b could not be read",
        notes=(
            "by the system route table vtb-a, which KubeSkoop assumes for packets of pods, it is"
            " reachable:"
            " i-1 is node n1, where 172.16.1.10 is",
        ),
    )
    whole = taken(entries={"vtb-a": LOCALS}, gaps=(gap,))
    assert ways(whole, "default/web-1", "default/web-2") == (HOLE, HOLE, OPEN)


def test_network_acls_are_named_where_a_vswitch_has_one() -> None:
    bound = (VSWITCHES[0], structs.replace(VSWITCHES[1], network_acl_id="nacl-1"))
    found = traced(taken(v_switches=bound), "n1", "n2")
    whole = (*traced(taken(), "n1", "n2").not_checked, "the network ACL nacl-1 of vSwitch vsw-2")
    assert found.not_checked == whole
    assert traced(taken(v_switches=bound), "n2", "n1").not_checked == whole


NETWORKS = strategies.builds(
    lambda first, length: IPv4Network((0xAC100000 | first, length), strict=False),
    strategies.integers(0, 0xFFFF),
    strategies.integers(8, 32),
)
ENTRIES = strategies.lists(
    strategies.tuples(
        NETWORKS, strategies.sampled_from(["Available", "Pending"]), strategies.integers(1, 6)
    ),
    max_size=12,
    unique_by=lambda one: one[0],
)


@given(ENTRIES, strategies.integers(0, 255), strategies.integers(1, 6))
def test_the_longest_prefix_is_the_one_that_looking_at_every_entry_finds(
    held: list[tuple[IPv4Network, str, int]], last: int, owner: int
) -> None:
    sender = 2 if owner != 2 else 4
    address = IPv4Address(f"172.16.{owner}.{last}")
    custom = tuple(
        entry(str(network), f"i-{number}", status=status) for network, status, number in held
    )
    leg = there(taken(custom=custom), str(address), f"n{sender}")
    working = [one for one in held if one[1] == "Available" and address in one[0]]
    best = max(working, key=lambda one: one[0].prefixlen, default=None)
    expected = [] if best is None else [str(best[0])]
    assert [one.cidr for one in leg.entries if one.wins] == expected
    assert {one.cidr for one in leg.entries} == {str(one[0]) for one in held if address in one[0]}
    verdict = HOLE if best is None else GOOD if best[2] == owner else WRONG
    assert leg.verdict is verdict
