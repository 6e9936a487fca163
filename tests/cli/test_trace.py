"""``trace`` over real sockets: verdicts, bad input, what is not permitted, files, documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from kubectl_routes.cli.commands.trace import parse
from kubectl_routes.collect import snapshot as files
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.path import EndKind, EndpointArg
from kubectl_routes.model.pods import Pod
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Denial
from tests.cli.asking import BASE, Answer, ask, run, saved, shot
from tests.cli.meddling import policy

WEB = "default/web-5d8f7c6b9d"
AGENT = "kube-system/node-agent-0"
FORMS = "an endpoint is NAMESPACE/POD, POD with -n NAMESPACE, pod/NAME, a node or an IPv4 address"


@pytest.fixture(scope="module")
def simulated() -> Iterator[dict[str, SimulatedCluster]]:
    """Clusters that no test changes."""
    names = ("healthy", "conflict", "unlisted-vswitch", "blocked")
    with ExitStack() as stack:
        yield {name: stack.enter_context(SimulatedCluster(name)) for name in names}


@pytest.fixture(scope="module")
def healthy(simulated: dict[str, SimulatedCluster]) -> SimulatedCluster:
    return simulated["healthy"]


def trace(cluster: SimulatedCluster, *words: str) -> Answer:
    return ask(cluster, "trace", "-o", "json", *words)


def verdicts(answer: Answer) -> tuple[int, str, str, str]:
    """Exit code, the verdict, and those of both directions."""
    found = answer.document
    return answer.code, found["verdict"], found["forward"]["verdict"], found["back"]["verdict"]


def winners(leg: dict[str, Any]) -> list[tuple[str, str]]:
    """Destination and next hop of the entry that wins."""
    return [
        (entry["cidr"], hop["id"])
        for entry in leg["entries"]
        if entry["wins"]
        for hop in entry["nextHops"]
    ]


def test_pods_of_a_healthy_cluster_reach_each_other(healthy: SimulatedCluster) -> None:
    answer = trace(healthy, f"{WEB}-0", f"{WEB}-1")
    assert verdicts(answer) == (0, "reachable", "reachable", "reachable")
    assert answer.told == []
    one, other = healthy.infra.nodes[3:5]
    found = answer.document
    assert (found["apiVersion"], found["kind"]) == ("kubectl-routes/v1", "Trace")
    assert [found[end]["node"] for end in ("from", "to")] == [one.name, other.name]
    assert [found[leg]["table"]["id"] for leg in ("forward", "back")] == healthy.infra.table_ids
    assert winners(found["forward"]) == [(other.pod_cidr, other.instance)]
    assert winners(found["back"]) == [(one.pod_cidr, one.instance)]
    assert found["notChecked"]


def test_a_name_alone_is_a_pod_of_the_namespace_that_is_given(healthy: SimulatedCluster) -> None:
    node = healthy.infra.nodes[4].name
    namespace, _, pod = f"{WEB}-0".partition("/")
    found = trace(healthy, pod, node, "-n", namespace).document
    assert (found["from"]["name"], found["to"]["name"]) == (f"{WEB}-0", node)
    assert trace(healthy, "nothing-like-it", node, "-n", namespace).code == 2


def test_every_kind_of_end(healthy: SimulatedCluster) -> None:
    node = healthy.infra.nodes[4]
    for end in (node.name, f"node/{node.name}", node.ip, node.pod_cidr.replace("0/24", "99")):
        answer = trace(healthy, "pod/web-5d8f7c6b9d-0", end)
        assert verdicts(answer) == (0, "reachable", "reachable", "reachable")
        assert answer.document["to"]["node"] == node.name
        assert trace(healthy, end, "pod/node-agent-0", "-n", "kube-system").code == 0


@pytest.mark.parametrize(
    ("scenario", "source", "destination", "expected"),
    [
        ("unlisted-vswitch", 1, 0, (1, "black-hole", "black-hole", "reachable")),
        # A wrong instance in the last table, which web-1 sends by.
        ("conflict", 1, 5, (1, "black-hole", "black-hole", "reachable")),
        # A network interface, whose owner is not known from here.
        ("conflict", 0, 4, (3, "unknown", "unknown", "reachable")),
    ],
)
def test_the_exit_code_is_that_of_the_worse_direction(
    simulated: dict[str, SimulatedCluster],
    scenario: str,
    source: int,
    destination: int,
    expected: tuple[int, str, str, str],
) -> None:
    answer = trace(simulated[scenario], f"{WEB}-{source}", f"{WEB}-{destination}")
    assert verdicts(answer) == expected
    unknown = f"error: the result is not known: {answer.document['because']}"
    assert answer.told == ([unknown] if answer.code == 3 else [])


def test_a_new_node_of_a_blocked_cluster_is_a_black_hole(
    simulated: dict[str, SimulatedCluster],
) -> None:
    cluster = simulated["blocked"]
    newest = cluster.infra.nodes[-1]
    answer = ask(cluster, "trace", f"{WEB}-0", newest.pod_cidr.replace("0/24", "7"))
    assert (answer.code, answer.told) == (1, [])
    assert "✗ black hole: on the forward path, only the default route holds " in answer.stdout
    assert f"kubectl routes status {newest.name} shows whether CCM will fix it" in answer.stdout


def test_yaml_holds_what_json_holds(healthy: SimulatedCluster) -> None:
    words = ("trace", f"{WEB}-0", f"{WEB}-1")
    as_json = ask(healthy, *words, "-o", "json").document
    as_yaml = yaml.safe_load(ask(healthy, *words, "-o", "yaml").stdout)
    assert {**as_yaml, "time": as_json["time"]} == as_json


# An end that does not exist or has no address, the error, and the hint.
NOT_THERE = """
default/web-9 | pod default/web-9 not found | kubectl get pods -n default
nowhere/web-9 | pod nowhere/web-9 not found | kubectl get pods -n nowhere
n1 | node n1 not found | kubectl get nodes lists them; a pod is written NAMESPACE/NAME
default/web-5d8f7c6b9d-waiting | pod default/web-5d8f7c6b9d-waiting is not scheduled to a node yet
    | kubectl describe pod/web-5d8f7c6b9d-waiting -n default shows why
172.16.0.10 | 172.16.0.10 is the address of a Service (172.16.0.0/20): each node sends its packets
    on to a pod, no route table knows it
    | name a pod behind the Service: kubectl get endpointslices shows them
"""


@pytest.mark.parametrize("case", re.split(r"\n(?=\S)", NOT_THERE.strip()))
def test_an_end_that_does_not_exist_or_has_no_address(healthy: SimulatedCluster, case: str) -> None:
    end, complaint, hint = " ".join(case.split()).split(" | ")
    answer = ask(healthy, "trace", end, "10.0.0.1")
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.told == [f"error: {complaint}", hint]


@pytest.mark.parametrize(
    ("end", "complaint", "hint"),
    [
        ("10.0.0.256", "10.0.0.256 is no IPv4 address", FORMS),
        ("10.0.0", "10.0.0 is no IPv4 address", FORMS),
        ("10.0.0.0/24", "10.0.0.0/24 is a range of addresses", "a trace leads to one address"),
        (
            "fd00::1",
            "fd00::1 is an IPv6 address, or none",
            "routes for IPv6 are not covered: CCM writes IPv4 routes only",
        ),
        *(
            (text, f"{text!r} names no pod, node or address", FORMS)
            for text in ("", "default/", "/web", "a/b/c", "node/", "../secrets/x", "default/..")
        ),
        ("Web_1", "'Web_1' names no pod, node or address", FORMS),
        ("n\x1b[31m", "'n\\x1b[31m' names no pod, node or address", FORMS),
        ("web\n", "'web\\n' names no pod, node or address", FORMS),
    ],
)
def test_a_malformed_end_is_refused_before_anything_is_asked(
    end: str, complaint: str, hint: str
) -> None:
    for words in ((end, "10.0.0.1"), ("10.0.0.1", end)):
        answer = run(BASE, "trace", *words)
        assert answer == Answer(2, "", f"error: {complaint}\n{hint}\n")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("shop/web", EndKind.POD, "shop/web"),
        ("pod/web.a", EndKind.POD, "prod/web.a"),
        ("pods/web", EndKind.POD, "prod/web"),
        ("po/web", EndKind.POD, "prod/web"),
        ("node/10.0.0.1", EndKind.NODE, "10.0.0.1"),
        ("no/n1", EndKind.NODE, "n1"),
        ("cn-hangzhou.10.0.0.1", EndKind.NODE, "cn-hangzhou.10.0.0.1"),
        ("10.0.0.1", EndKind.ADDRESS, "10.0.0.1"),
    ],
)
def test_the_forms_of_an_end(text: str, kind: EndKind, name: str) -> None:
    assert parse(text, "prod") == EndpointArg(kind, name)


def test_a_namespace_that_can_be_none_is_refused() -> None:
    with pytest.raises(UsageError):
        parse("pod/web", "../..")


def test_the_namespace_is_the_contexts_unless_it_is_given(
    healthy: SimulatedCluster, tmp_path: Path
) -> None:
    cluster = healthy
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["contexts"][0]["context"]["namespace"] = "kube-system"
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    words = ("pod/node-agent-0", f"{WEB}-1", "--kubeconfig", str(path))
    assert trace(cluster, *words).document["from"]["pod"] == AGENT
    answer = trace(cluster, *words, "-n", "default")
    assert (answer.code, answer.told[0]) == (2, "error: pod default/node-agent-0 not found")
    answer = trace(cluster, *words, "--context", "nope")
    assert (answer.code, answer.told[0]) == (2, "error: context 'nope' does not exist")
    # Without a kubeconfig it is the missing kubeconfig that is reported.
    assert run(BASE, "trace", "pod/a", "pod/b").told[0] == "error: no kubeconfig found"
    # A context is not needed where --cluster names everything.
    del config["current-context"]
    path.write_text(yaml.safe_dump(config))
    named = ("--cluster", config["clusters"][0]["name"], "--user", config["users"][0]["name"])
    answer = trace(cluster, "pod/web-5d8f7c6b9d-0", f"{WEB}-1", *words[2:], *named)
    assert answer.document["from"]["pod"] == f"{WEB}-0"


def test_without_the_right_to_read_pods_the_verb_is_named(cluster: SimulatedCluster) -> None:
    cluster.kube.access.denied.append(Denial("get", "pods"))
    answer = trace(cluster, f"{WEB}-0", cluster.infra.nodes[4].name)
    assert verdicts(answer) == (3, "unknown", "unknown", "unknown")
    ((part, reason, hint),) = answer.gaps
    assert part == f"pods/{WEB}-0"
    assert 'cannot get resource "pods" in API group ""' in reason
    assert hint == "kubectl routes permissions --rbac --for read prints the role"
    assert 'cannot get resource "pods"' in answer.told[0]


def test_who_has_an_address_is_only_evidence(cluster: SimulatedCluster) -> None:
    cluster.kube.access.denied.append(Denial("list", "pods", namespace=""))
    answer = trace(cluster, "172.20.3.10", "172.20.4.10")
    assert verdicts(answer) == (0, "reachable", "reachable", "reachable")
    assert answer.gap_parts == ["pods/172.20.3.10", "pods/172.20.4.10"]
    assert answer.document["to"]["pod"] is None


def test_a_vpc_that_cannot_be_read_is_not_known(cluster: SimulatedCluster) -> None:
    cluster.vpc.policy = policy(("Allow", "vpc:DescribeVpcAttribute"))
    answer = ask(cluster, "trace", f"{WEB}-0", f"{WEB}-1")
    assert answer.code == 3
    assert answer.told == [
        "error: the result is not known: in both directions, the vSwitches could not be read"
    ]
    assert "? could not read vswitches: DescribeVSwitches failed: Forbidden.RAM" in answer.stdout


def test_nothing_but_the_named_pods_is_asked_for(cluster: SimulatedCluster) -> None:
    assert trace(cluster, f"{WEB}-0", cluster.infra.nodes[5].name).code == 0
    pods = [one.path for one in cluster.kube.server.requests if "/pods" in one.path]
    own = "/api/v1/namespaces/kube-system/pods"
    assert sorted(pods) == [
        "/api/v1/namespaces/default/pods/web-5d8f7c6b9d-0",
        own,
    ]


def test_a_snapshot_file_holds_nodes_and_addresses_but_no_pods(
    simulated: dict[str, SimulatedCluster], tmp_path: Path
) -> None:
    cluster = simulated["unlisted-vswitch"]
    path = shot(cluster, tmp_path)
    one, other = (plan.name for plan in cluster.infra.nodes[3:5])
    for ends in ((one, other), (one, "172.20.4.10"), ("172.20.4.10", "172.20.3.10")):
        words = ("trace", *ends, "-o", "json")
        replayed = run(BASE, *words, "--snapshot", path)
        asked = ask(cluster, *words)
        assert (replayed.code, verdicts(replayed)) == (asked.code, verdicts(asked))
    answer = run(BASE, "trace", f"{WEB}-0", other, "--snapshot", path)
    assert (answer.code, answer.stdout, answer.told) == (
        2,
        "",
        [
            f"error: the snapshot file does not hold pod {WEB}-0: it is written without pods",
            "name the pod's node, or the address that kubectl get pods -o wide shows",
        ],
    )
    taken = files.read(path)
    pod = Pod("default", "web-5d8f7c6b9d-0", one, ("172.20.3.10",), "Running")
    path = saved(tmp_path, msgspec.structs.replace(taken, pods={f"{WEB}-0": (pod,)}))
    answer = run(BASE, "trace", f"{WEB}-0", other, "-o", "json", "--snapshot", path)
    assert verdicts(answer) == verdicts(trace(cluster, f"{WEB}-0", other))
