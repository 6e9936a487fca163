"""What the Kubernetes API answers to the requests of a reading: nodes, DaemonSets, Deployments,
ConfigMaps, Pods, Events, logs, the version; and refusals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3

from kubectl_routes.ccm.cloudconfig import place_of
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.cluster import ClusterReading
from kubectl_routes.collect.connection import LARGEST_PAGE, Connection
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.manifests import read_manifests
from kubectl_routes.collect.transport import Transport
from kubectl_routes.model.errors import ClusterError
from kubectl_routes.model.snapshot import Cluster, Snapshot
from kubectl_routes_simulator.server import Reply, Request
from tests.qa.fuzz import mutate, seeds
from tests.qa.fuzz.target import Target

_SCENARIOS = ("conflict", "crashloop")
# 500 and 503 are asked for again, which takes its time.
_STATUSES = (200, 200, 200, 200, 400, 401, 403, 404, 409, 422)
_NODES = "/api/v1/nodes"


SERVER = "http://127.0.0.1:9"
_PEER = ("127.0.0.1", 9)


class Pool:
    """In place of a pool of connections to the Kubernetes API."""

    pool_classes_by_scheme: Mapping[str, Any] = {}

    def __init__(self, replies: Mapping[str, Reply], key: str, body: bytes, status: int) -> None:
        self._replies = replies
        self._key = key
        self._body = body
        self._status = status

    def request(self, method: str, url: str, **_: Any) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        key = seeds.key_of(Request(method, unquote(parts.path), query, {}, b"", _PEER))
        reply = self._replies.get(key) or Reply(404, b"{}")
        body, status = reply.body, reply.status
        if key == self._key:
            body, status = self._body, self._status
        kind = "text/plain" if "/log" in url else "application/json"
        head = {"Content-Type": kind, "Content-Length": str(len(body))}
        return urllib3.HTTPResponse(BytesIO(body), head, status, preload_content=False)

    def clear(self) -> None:
        """Nothing is kept open."""


def connection(pool: Pool) -> Connection:
    transport = Transport(pool, at_once=1, largest=LARGEST_PAGE, seconds=1.0)
    headers = urllib3.HTTPHeaderDict
    return Connection("fuzz", SERVER, "unknown", transport, headers, lambda: ("t0ken",))


class KubeAnswers(Target):
    """A line of JSON (scenario, request, status) and then the body."""

    name = "Kubernetes API answers"
    about = "each answer of a reading in turn, through the client and all that reads it"
    share = 9_000

    def make(self, chance: Random) -> bytes:
        scenario = chance.choice(_SCENARIOS)
        replies, _ = seeds.answers(scenario)
        key = _NODES if chance.random() < 0.3 else chance.choice(sorted(replies))
        status = chance.choice(_STATUSES)
        good = replies[key].body
        if key.endswith("/log"):
            body = mutate.damaged(chance, good)
        else:
            body = mutate.hostile(chance, json.loads(good))
        return json.dumps([scenario, key, status]).encode() + b"\n" + body

    def feed(self, body: bytes) -> bool:
        head, _, answer = body.partition(b"\n")
        try:
            scenario, key, status = json.loads(head)
            replies, _ = seeds.answers(scenario)
        except (ValueError, TypeError, KeyError):
            return False  # the head of a shortened input
        deadline = Deadline(SystemClock(), 2.0)
        client = KubeClient(connection(Pool(replies, key, answer, status)), deadline)
        try:
            snapshot = _read(client, deadline)
            if snapshot.controller.visible:
                read_manifests(client, snapshot.controller, "cloud-config")
        except ClusterError:
            return False
        diagnose(snapshot, DiagnoseOptions(today="2026-11-24"))
        return not snapshot.gaps


def _read(client: KubeClient, deadline: Deadline) -> Snapshot:
    reading = ClusterReading(client, deadline, lambda _: None, logs=True, pods=["a/b"])
    reading.check()
    nodes, gaps = reading.nodes()
    controller, more = reading.controller(nodes)
    profile = reading.profile()
    if controller.cloud_config and controller.cloud_config.text:
        place_of(controller.cloud_config.text)
    cluster = Cluster(
        server_version=reading.version(),
        cluster_cidr=profile.cluster_cidr(),
        cni=reading.network_plugin().name or profile.cni(),
    )
    pods, left = reading.asked_pods()
    return Snapshot(
        tool="fuzz",
        time="2026-11-24T00:00:00Z",
        cluster=cluster,
        controller=controller,
        nodes=nodes or (),
        pods=pods,
        gaps=gaps + more + left,
    )
