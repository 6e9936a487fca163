"""Servers whose answers never end, or blow up: what they were to tell is a gap, in little memory
and in time; the rest is reported.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from itertools import count, repeat

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.qa.fuzz.contained import Outcome, contained
from tests.qa.fuzz.seeds import key_of

Answer = Callable[[Request], Reply]
JSON = {"Content-Type": "application/json"}
# The overall timeout; the program takes some 0.5 s of its own.
MAX_WAIT, QUICK = "30s", 12.0
# MiB, of the whole process.
MOST = 250
NODES = "/api/v1/nodes"
ENTRIES = "Action=DescribeRouteEntryList"
DEEP = b'{"items":' + b"[" * 100_000


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    with SimulatedCluster("conflict", 4) as opened:
        yield opened


def instead(server: LoopbackServer, key: str, answer: Answer) -> None:
    """Let the server answer so to every request with this in its key."""
    handle = server.handle
    server.handle = lambda request: answer(request) if key in key_of(request) else handle(request)


def gaps_of(outcome: Outcome) -> dict[str, str]:
    return {gap["part"]: gap["reason"] for gap in json.loads(outcome.stdout)["gaps"]}


def ask(cluster: SimulatedCluster, *words: str) -> Outcome:
    env = cluster.environment({"COLUMNS": "100"})
    words = words or ("diagnose", "-o", "json")
    outcome = contained(env, *words, "--request-timeout", MAX_WAIT)
    assert outcome.memory < MOST, outcome.memory
    assert outcome.seconds < QUICK
    return outcome


def endless(chunk: bytes) -> Answer:
    return lambda _: Reply(200, headers=JSON, stream=repeat(chunk))


def bomb(size: int) -> bytes:
    """So many MiB of spaces, as gzip makes them small."""
    press = zlib.compressobj(1, wbits=31)
    return b"".join(press.compress(b" " * 2**20) for _ in range(size)) + press.flush()


def node_pages(size: int) -> Answer:
    """Ever more pages of so many nodes."""
    numbers = count()

    def page(_: Request) -> Reply:
        one = next(numbers)
        nodes = [
            {"metadata": {"name": f"n{one}-{each}"}, "spec": {}, "status": {}}
            for each in range(size)
        ]
        body = {"kind": "NodeList", "metadata": {"continue": f"t{one}"}, "items": nodes}
        return Reply(200, json.dumps(body).encode(), JSON)

    return page


@pytest.mark.parametrize("size", [500, 0], ids=["full", "empty"])
def test_a_list_of_nodes_that_never_ends(cluster: SimulatedCluster, size: int) -> None:
    instead(cluster.kube.server, NODES, node_pages(size))
    outcome = ask(cluster)
    assert outcome.code == 3
    assert gaps_of(outcome)["nodes"] == "cannot list nodes: the pages of /api/v1/nodes never end"


def test_a_continue_token_that_comes_again(cluster: SimulatedCluster) -> None:
    body = {"kind": "NodeList", "metadata": {"continue": "again"}, "items": []}
    instead(cluster.kube.server, NODES, lambda _: Reply(200, json.dumps(body).encode(), JSON))
    assert gaps_of(ask(cluster))["nodes"].endswith("never end")


def test_a_route_table_that_never_ends(cluster: SimulatedCluster) -> None:
    numbers = count()

    def page(_: Request) -> Reply:
        entry = {"DestinationCidrBlock": f"10.{next(numbers)}"}
        body = {"RouteEntrys": {"RouteEntry": [entry]}, "NextToken": f"t{next(numbers)}"}
        return Reply(200, json.dumps(body).encode(), JSON)

    instead(cluster.vpc.server, ENTRIES, page)
    outcome = ask(cluster)
    assert outcome.code == 3
    assert "never ends" in gaps_of(outcome)[f"entries/{cluster.infra.table_ids[0]}"]


@pytest.mark.parametrize(("size", "text"), [(20_000, 1), (400, 9000)], ids=["many", "long"])
def test_route_tables_of_more_entries_than_fit_into_memory(
    cluster: SimulatedCluster, size: int, text: int
) -> None:
    numbers = count()

    def page(_: Request) -> Reply:
        token = f"t{next(numbers)}"
        entries = ",".join(
            json.dumps({"DestinationCidrBlock": f"{token}.{each}", "RouteEntryId": "x" * text})
            for each in range(size)
        )
        body = f'{{"RouteEntrys":{{"RouteEntry":[{entries}]}},"NextToken":"{token}"}}'
        return Reply(200, body.encode(), JSON)

    instead(cluster.vpc.server, ENTRIES, page)
    outcome = ask(cluster, "status", "-o", "json")
    assert outcome.code == 3
    assert "too many" in gaps_of(outcome)[f"entries/{cluster.infra.table_ids[0]}"]


def test_nodes_with_longer_texts_than_fit_into_memory(cluster: SimulatedCluster) -> None:
    numbers = count()

    def page(_: Request) -> Reply:
        token = f"t{next(numbers)}"
        node = {"spec": {"providerID": token + "x" * 2**20}, "status": {}}
        nodes = [{"metadata": {"name": f"{token}{each}"}, **node} for each in range(16)]
        body = {"kind": "NodeList", "metadata": {"continue": token}, "items": nodes}
        return Reply(200, json.dumps(body).encode(), JSON)

    instead(cluster.kube.server, NODES, page)
    outcome = ask(cluster)
    assert outcome.code == 3
    assert gaps_of(outcome)["nodes"].endswith("more of them than fits into memory")


def test_a_list_of_tables_that_counts_more_than_it_ever_shows(cluster: SimulatedCluster) -> None:
    listed = {"RouterTableListType": [{"RouteTableId": "vtb-a"}]}
    body = json.dumps({"TotalCount": 10**12, "RouterTableList": listed}).encode()
    instead(cluster.vpc.server, "DescribeRouteTableList", lambda _: Reply(200, body, JSON))
    assert gaps_of(ask(cluster))["route-tables"] == "DescribeRouteTableList never ends"


@pytest.mark.parametrize("chunk", [b" " * 65_536, b"{}," * 20_000], ids=["spaces", "objects"])
def test_an_answer_without_an_end(cluster: SimulatedCluster, chunk: bytes) -> None:
    instead(cluster.kube.server, NODES, endless(chunk))
    instead(cluster.vpc.server, ENTRIES, endless(chunk))
    outcome = ask(cluster)
    assert outcome.code == 3
    gaps = gaps_of(outcome)
    assert gaps["nodes"].endswith("sent more than 48 MiB")
    table = cluster.infra.table_ids[0]
    assert gaps[f"entries/{table}"].endswith("its answer is too large")


def test_a_log_without_an_end(cluster: SimulatedCluster) -> None:
    lines = repeat(b"2026-11-24T00:00:00Z a line\n" * 1000)
    plain = {"Content-Type": "text/plain"}
    instead(cluster.kube.server, "/log", lambda _: Reply(200, headers=plain, stream=lines))
    outcome = ask(cluster)
    assert (outcome.code, gaps_of(outcome)) == (1, {})


def test_answers_that_unfold_to_a_thousand_times_their_size(cluster: SimulatedCluster) -> None:
    packed = Reply(200, bomb(128), {**JSON, "Content-Encoding": "gzip"})
    instead(cluster.kube.server, NODES, lambda _: packed)
    instead(cluster.vpc.server, ENTRIES, lambda _: packed)
    gaps = gaps_of(ask(cluster))
    assert gaps["nodes"].endswith("sent more than 48 MiB")
    assert gaps[f"entries/{cluster.infra.table_ids[0]}"].endswith("its answer is too large")


def test_a_page_of_more_nodes_than_there_are(cluster: SimulatedCluster) -> None:
    nodes = b'{"metadata":{"name":""},"spec":{},"status":{}},'
    body = b'{"items":[' + nodes * 300_000
    body = body[:-1] + b'],"metadata":{"continue":"x"}}'
    instead(cluster.kube.server, NODES, lambda _: Reply(200, body, JSON))
    assert gaps_of(ask(cluster))["nodes"].endswith("sent more than fits into memory")


@pytest.mark.parametrize("status", [200, 403])
def test_answers_that_are_nested_without_end(cluster: SimulatedCluster, status: int) -> None:
    for server in (cluster.kube.server, cluster.vpc.server):
        server.handle = lambda _: Reply(status, DEEP, JSON)
    outcome = ask(cluster, "status")
    assert outcome.code == 3
    # A cluster that forbids everything may still have a VPC that can be read.
    assert ("incomplete" if status == 403 else "cannot list nodes") in outcome.error


@pytest.mark.parametrize(
    "key",
    ["daemonsets", "deployments", "/pods?", "/events", "configmaps", "/version", "Action=D"],
)
def test_one_answer_that_is_nested_without_end(cluster: SimulatedCluster, key: str) -> None:
    for server in (cluster.kube.server, cluster.vpc.server):
        instead(server, key, lambda _: Reply(200, DEEP, JSON))
    assert ask(cluster).code in (1, 3)
