"""What every check says, to the word: objects, evidence, commands, what it explains.

golden/findings.txt holds it. ``pytest tests/checks --update-golden`` writes it again; read
the difference before you commit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.model.controller import ConfigSourceKind, Controller, ControllerKind
from kubectl_routes.model.finding import Finding
from kubectl_routes.model.nodes import ConditionStatus, Taint
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.model.vpc import NextHop, RouteTable
from tests.analyze.cluster import (
    CUSTOM,
    FLAGS,
    SIX,
    SYSTEM,
    V0,
    config,
    entry,
    listing,
    node,
    with_cidr,
)
from tests.checks.asking import (
    A_MINUTE_AGO,
    FULL,
    event,
    found,
    log,
    managed,
    old,
    pod,
    running,
    taken,
    with_cluster,
    with_entries,
    without,
)

GOLDEN = Path(__file__).parent / "golden" / "findings.txt"
UNTAGGED = (*FLAGS, "--allow-untagged-cloud")
GATEWAY = RouteTable(
    "vtb-g", type="Custom", associate_type="Gateway", status="Available", vpc_id="vpc-1"
)
FOREIGN = RouteTable("vtb-f", type="Custom", status="Available", vpc_id="vpc-2")
NAT = (NextHop("ngw-1", "NatGateway"),)
DENIED = "Reconciling route error: Forbidden.RAM"
DELETED = "I1123 08:00:00 x] Delete route i-9 172.16.3.0/24 from table vtb-a SUCCESS"


def with_node(**changes: object) -> Snapshot:
    return taken(nodes=old(*SIX[:5], node(6, **changes)))


def with_list(ids: str, version: str = "v2.14.0", *tables: RouteTable) -> Snapshot:
    ccm = running(version, listing(ids), command=UNTAGGED if version.startswith("v1") else FLAGS)
    return taken(ccm, tables=(SYSTEM, CUSTOM, *tables), entries=without(3, "vtb-a", "vtb-b"))


def planted(*entries: object, less: int = 0, ccm: Controller | None = None) -> Snapshot:
    return taken(ccm, entries=with_entries("vtb-a", *entries, less=less))  # type: ignore[arg-type]


def changed(text: str, at: str, **more: str) -> Snapshot:
    return taken(
        running(cloud_config=config(text, changed=at), **more), entries=without(3, "vtb-a")
    )


def cases() -> Iterator[tuple[str, str, Snapshot]]:
    """Code, what is the matter, and the cluster."""
    both = listing("vtb-a,vtb-b")
    yield "RT101", "unset", with_list("")
    yield (
        "RT101",
        "managed",
        taken(managed(events=(event("multiple route tables found by vpc id"),))),
    )
    bad = running(
        V0, "{ Global: {} }", command=UNTAGGED, pods=(pod(ready=False, waiting="CrashLoopBackOff"),)
    )
    yield "RT102", "unquoted key", taken(replace(bad, ready=0))
    for version in (V0, "v2.4.0", "v2.14.0"):
        for ids in ("vtb-a, vtb-b", "vtb-a,,vtb-b", " , ", "vtb-a,vtb-b,vtb-a"):
            yield "RT103", f"{ids!r} on {version}", with_list(ids, version)
        yield "RT104", version, with_list("vtb-a,vtb-nope,vtb-b", version)
        yield "RT105", version, with_list("vtb-f,vtb-a,vtb-b", version, FOREIGN)
        yield "RT106", version, with_list("vtb-g,vtb-a,vtb-b", version, GATEWAY)
    yield "RT107", "system table", with_list("vtb-b")
    yield "RT108", "Custom table", with_list("vtb-a")
    yield "RT108", "managed", taken(managed(), entries={"vtb-a": FULL["vtb-a"], "vtb-b": ()})
    yield "RT109", "changed", changed(both, A_MINUTE_AGO)
    yield "RT109", "OnDelete", changed(both, A_MINUTE_AGO, update_strategy="OnDelete")
    told = log("I1123 08:00:00 x] using user customized route table ids [vtb-a]")
    yield "RT109", "log", taken(running(logs=(told,)))
    for source in (ConfigSourceKind.NO_FLAG, ConfigSourceKind.NOT_MOUNTED):
        missing = config(None, source=source, name="")
        yield "RT110", source.value, taken(running(cloud_config=missing))
    yield "RT110", "no key", taken(running(cloud_config=config(None, missing=True)))
    kept = pod(
        name="ccm-y", ready=False, message="mkdir /etc/kubernetes/config: read-only file system"
    )
    yield "RT110", "read-only", taken(running(pods=(pod(), kept)))
    off = taken(running(command=(*FLAGS, "--configure-cloud-routes=false", "--controllers=node")))
    yield "RT111", "off", off
    yield "RT111", "off with Flannel", with_cluster(off, cni="flannel")
    yield "RT112", "absent", taken(Controller(ControllerKind.ABSENT))
    crashing = pod(ready=False, waiting="CrashLoopBackOff", restarts=7, message="back-off")
    words = (log("I1123 x] starting", "F1123 x] unknown flag: --novelty", "goroutine 1"),)
    yield "RT112", "crashing", taken(running(pods=(crashing,), ready=0, logs=words))
    half = running(pods=(pod(), replace(crashing, name="ccm-y")), desired=2, updated=2)
    yield "RT112", "one of two", taken(half)
    waiting = log("I1123 08:00:00 x] attempting to acquire leader lease")
    yield "RT112", "without leader", taken(running(logs=(waiting,)))
    yield "RT112", "bad flag", taken(running(command=(*FLAGS, "--master=x")))
    unknowing = running("v1.9.3.81-gca19cd4-aliyun", command=UNTAGGED)
    yield "RT113", "too old", taken(unknowing, entries=without(3, "vtb-a"))
    expired = log("E1123 08:00:00 x] list route tables: InvalidSecurityToken.Expired")
    port = running(V0, command=UNTAGGED, logs=(expired,), image=f"harbor:5000/acs/ccm:{V0}")
    yield "RT113", "known faults", taken(port)
    yield "RT113", "early v2", taken(running("v2.2.0"))
    listed = running(command=("--cluster-cidr=172.16.0.0/16,fd00::/48", "--cloud-config=/c"))
    yield "RT114", "two ranges", planted(entry("172.16.3.0/24", "i-x"), less=3, ccm=listed)
    yield "RT114", "outside", taken(nodes=old(*SIX[:5], with_cidr(6, "10.7.0.0/24")))
    yield "RT115", "OnDelete", taken(running(desired=3, updated=1, update_strategy="OnDelete"))
    yield "RT115", "rolling", taken(running(desired=3, updated=1))
    yield "RT116", "batch", taken(running(events=(event(DENIED),)), entries=without(3, "vtb-a"))
    listing_denied = event("describe route entry list error: Forbidden.RAM")
    yield "RT116", "list", taken(running(events=(listing_denied,)))
    throttled = tuple(event(f"route error: Throttling.User {n}") for n in range(2))
    yield "RT117", "twice", taken(running(events=throttled))
    yield "RT118", "CCM writes", with_cluster(taken(), cni="terway")
    tainted = taken(
        running(command=(*FLAGS, "--configure-cloud-routes=false")),
        nodes=old(*SIX[:5], node(6, network_unavailable=ConditionStatus.TRUE)),
    )
    yield "RT118", "condition", with_cluster(tainted, cni="terway")
    yield "RT119", "argocd", taken(running(managers=("kubectl", "argocd-controller", "flux")))
    unpulled = pod(ready=False, waiting="ErrImagePull", started="")
    yield "RT112", "image", taken(running(ready=0, pods=(unpulled,)))
    yield "RT120", "two", taken(running(others=("Deployment infra/ccm",)))
    for created in ("", A_MINUTE_AGO):
        age = "young" if created else "old"
        yield "RT201", age, with_node(pod_cidr="", pod_cidrs=(), created=created)
        yield "RT202", age, with_node(provider_id="i-6", created=created)
    for version in (V0, "v2.2.0", "v2.14.0"):
        ccm = running(version, command=UNTAGGED if version == V0 else FLAGS)
        nodes = old(*SIX[:5], node(6, provider_id="alicloud://cn-hangzhou.i-6"))
        yield "RT203", version, taken(ccm, nodes=nodes, entries=without(6, "vtb-a"))
    yield "RT204", "label", with_node(labels={"service.alibabacloud.com/exclude-node": ""})
    yield "RT204", "hybrid", with_node(provider_id="ack-hybrid://n6")
    quiet = old(*SIX[:4], *(node(n, ready=ConditionStatus.UNKNOWN) for n in (5, 6)))
    yield "RT205", "two", taken(nodes=quiet, entries=without(6, "vtb-b"))
    yield "RT206", "condition", with_node(network_unavailable=ConditionStatus.TRUE)
    taint = Taint("node.kubernetes.io/network-unavailable", "NoSchedule")
    yield "RT206", "taint", with_node(taints=(taint,))
    reachable = old(*SIX[:5], node(6, network_unavailable=ConditionStatus.FALSE))
    yield "RT207", "one", taken(nodes=reachable, entries=without(6, "vtb-a"))
    yield "RT208", "vSwitch", taken(nodes=old(*SIX[:5], with_cidr(6, "10.0.1.0/25")))
    yield "RT208", "another node", taken(nodes=old(*SIX[:5], with_cidr(6, "172.16.1.0/25")))
    yield "RT209", "astray", with_node(internal_ips=("192.168.7.7", "fd00::7"))
    started = running(pods=(pod(started=A_MINUTE_AGO),))
    for name, ccm in (("overdue", running()), ("coming", started), ("unseen", managed())):
        yield "RT301", name, taken(ccm, entries=without(3, "vtb-a"))
    yield "RT301", "unsure", taken(running(pods=()), entries=without(3, "vtb-a"))
    wrong = entry("172.16.3.0/24", "i-x")
    inner = tuple(entry(f"172.16.3.{64 * n}/26", "i-x") for n in range(4))
    hidden = tuple(replace(one, next_hops=NAT) for one in inner)
    for name, ccm in (("v2.2.0", running("v2.2.0")), ("healing", running()), ("unseen", managed())):
        yield "RT302", name, planted(wrong, less=3, ccm=ccm)
        yield "RT304", name, planted(*inner, ccm=ccm)
    yield "RT304", "stuck", planted(*hidden)
    for status in ("Pending", "Deleting", ""):
        own = entry("172.16.3.0/24", "i-3", status=status)
        yield "RT303", status or "without status", planted(own, less=3)
    yield "RT305", "NAT", planted(replace(wrong, next_hops=NAT), less=3)
    gone = tuple(entry(f"172.16.{n}.0/24", "i-gone") for n in range(90, 95))
    yield "RT306", "five", planted(*gone)
    yield "RT307", "own half", planted(entry("172.16.3.0/25", "i-3"))
    disabled = entry("172.16.3.0/24", "i-3", next_hops=(NextHop("i-3", "Instance", False),))
    yield "RT308", "one", planted(disabled, less=3)
    yield "RT309", "one", planted(entry("172.16.99.0/24", "i-3"))
    others = tuple(entry(f"10.200.{n}.0/24", "i-other") for n in range(195))
    yield "RT401", "full", planted(*others[:194])
    yield "RT401", "no room", planted(*others, less=3)
    for status in ("Pending", "Deleting"):
        tables = (SYSTEM, replace(CUSTOM, status=status))
        yield "RT402", status, taken(tables=tables, entries=without(3, "vtb-b"))
    yield "RT403", "claim", planted(entry("172.16.200.0/24", "", next_hops=NAT))
    yield "RT403", "fight", taken(running(logs=(log(DELETED, DELETED, DELETED),)))
    gaps = (Gap("nodes", "403", "allow it"), Gap("events", "timeout"), Gap("nodes", "again"))
    yield "RT901", "both kinds", taken(gaps=gaps)
    vpc = (Gap("entries/vtb-b", "Forbidden.RAM"), Gap("vswitches", "Forbidden.RAM"))
    yield "RT902", "two parts", taken(entries={"vtb-a": FULL["vtb-a"]}, gaps=vpc)
    yield "RT903", "managed", taken(managed())


def lines(one: Finding) -> Iterator[str]:
    yield f"{one.severity.value}: {one.title}"
    yield f"  about {', '.join(f'{each.kind} {each.name}' for each in one.objects)}"
    yield f"  cause: {one.cause}"
    yield from (f"  evidence: {text}" for text in one.evidence)
    yield f"  remedy: {one.remedy}"
    yield from (f"  $ {text}" for text in one.commands)
    yield f"  explains {', '.join(one.explains)}; of nodes {', '.join(sorted(one.nodes))}"


def test_what_every_check_says(request: pytest.FixtureRequest) -> None:
    text = ""
    for code, name, whole in cases():
        text += f"== {code} {name}\n"
        text += "".join(f"{line}\n" for one in found(whole, code) for line in lines(one))
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
