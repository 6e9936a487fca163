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


def packed(size: int) -> Answer:
    """So many MiB of spaces, as gzip makes them small."""
    press = zlib.compressobj(1, wbits=31)
    body = b"".join(press.compress(b" " * 2**20) for _ in range(size)) + press.flush()
    return lambda _: Reply(200, body, {**JSON, "Content-Encoding": "gzip"})


def paged(page: Callable[[int], object]) -> Answer:
    """Pages without an end; each is made of its number."""
    numbers = count()
    return lambda _: Reply(200, json.dumps(page(next(numbers))).encode(), JSON)


def nodes(size: int, more: str = "", token: str = "t{}") -> Answer:
    """Ever more pages of so many nodes, each with that text after its name."""
    return paged(
        lambda number: {
            "kind": "NodeList",
            "metadata": {"continue": token.format(number)},
            "items": [
                {"metadata": {"name": f"n{number}-{each}{more}"}, "spec": {}, "status": {}}
                for each in range(size)
            ],
        }
    )


def entries(size: int, text: int = 1) -> Answer:
    """Ever more pages of so many entries, each with an ID of that length."""
    return paged(
        lambda number: {
            "NextToken": f"t{number}",
            "RouteEntrys": {
                "RouteEntry": [
                    {"DestinationCidrBlock": f"t{number}.{each}", "RouteEntryId": "x" * text}
                    for each in range(size)
                ]
            },
        }
    )


def tables() -> Answer:
    """A list of tables that counts more than it ever shows."""
    listed = {"RouterTableListType": [{"RouteTableId": "vtb-a"}]}
    return paged(lambda _: {"TotalCount": 10**12, "RouterTableList": listed})


def many_nodes() -> Answer:
    """A page of more nodes than there are."""
    page = b'{"metadata":{"name":""},"spec":{},"status":{}},' * 300_000
    return lambda _: Reply(200, b'{"items":[' + page[:-1] + b'],"metadata":{"continue":"x"}}', JSON)


SPACES, OBJECTS = b" " * 65_536, b"{}," * 20_000
ROUTE_TABLES = "Action=DescribeRouteTableList"


@pytest.mark.parametrize(
    ("key", "answer", "part", "reason"),
    [
        (NODES, lambda: nodes(500), "nodes", "the pages of /api/v1/nodes never end"),
        (NODES, lambda: nodes(0), "nodes", "the pages of /api/v1/nodes never end"),
        (NODES, lambda: nodes(0, token="again"), "nodes", "never end"),
        (NODES, lambda: nodes(16, "x" * 2**20), "nodes", "more of them than fits into memory"),
        (NODES, many_nodes, "nodes", "sent more than fits into memory"),
        (NODES, lambda: endless(SPACES), "nodes", "sent more than 48 MiB"),
        (NODES, lambda: endless(OBJECTS), "nodes", "sent more than 48 MiB"),
        (NODES, lambda: packed(128), "nodes", "sent more than 48 MiB"),
        (ROUTE_TABLES, tables, "route-tables", "DescribeRouteTableList never ends"),
        (ENTRIES, lambda: entries(1), "entries/", "never ends"),
        (ENTRIES, lambda: entries(20_000), "entries/", "too many"),
        (ENTRIES, lambda: entries(400, 9000), "entries/", "too many"),
        (ENTRIES, lambda: endless(SPACES), "entries/", "its answer is too large"),
        (ENTRIES, lambda: endless(OBJECTS), "entries/", "its answer is too large"),
        (ENTRIES, lambda: packed(128), "entries/", "its answer is too large"),
    ],
)
def test_what_never_ends_or_does_not_fit_is_a_gap(
    cluster: SimulatedCluster, key: str, answer: Callable[[], Answer], part: str, reason: str
) -> None:
    instead(cluster.kube.server if key == NODES else cluster.vpc.server, key, answer())
    outcome = ask(cluster, "status", "-o", "json")
    assert outcome.code == 3
    found = [text for name, text in gaps_of(outcome).items() if name.startswith(part)]
    assert found
    assert all(reason in text for text in found)


def test_a_log_without_an_end(cluster: SimulatedCluster) -> None:
    lines = repeat(b"2026-11-24T00:00:00Z a line\n" * 1000)
    plain = {"Content-Type": "text/plain"}
    instead(cluster.kube.server, "/log", lambda _: Reply(200, headers=plain, stream=lines))
    outcome = ask(cluster)
    assert (outcome.code, gaps_of(outcome)) == (1, {})


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
