"""The quota of custom entries, asked of a Quota Center over real sockets."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from kubectl_routes.model.vpc import EntryQuota
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.reading import Reader


def read(cluster: SimulatedCluster, **env: str) -> EntryQuota | None:
    reader = Reader(cluster)
    reader.env |= env
    taken = reader.read()
    assert taken.gaps == ()
    return taken.entry_quota


def strike(cluster: SimulatedCluster, kind: FaultKind, body: bytes = b"") -> None:
    match = vpc_faults.of_action("GetProductQuota")
    cluster.vpc.faults.add(Fault(kind, match, times=None, body=body))


def test_the_quota_of_the_account_is_read(cluster: SimulatedCluster) -> None:
    cluster.vpc.quotas.entries_per_table = 400
    assert read(cluster) == EntryQuota(400)


def test_without_permission_the_quota_is_assumed_and_the_answer_whole(
    cluster: SimulatedCluster,
) -> None:
    denied = vpc_faults.refused("NoPermission", "Not authorized.", "GetProductQuota", times=None)
    cluster.vpc.faults.add(denied)
    found = read(cluster)
    assert found is not None
    assert (found.total, found.source) == (None, "assumed")
    assert found.reason.startswith("GetProductQuota failed: NoPermission: Not authorized.")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[}", "GetProductQuota failed: its answer is not JSON"),
        (b'{"Quota": {"TotalQuota": "many"}}', "its answer holds no TotalQuota"),
        (b'{"Quota": {"TotalQuota": 2.5}}', "its answer holds no TotalQuota"),
        (b'{"Quota": {"TotalQuota": 0}}', "its answer holds no TotalQuota"),
        (b'{"Quotas": []}', "its answer holds no TotalQuota"),
    ],
)
def test_an_answer_that_is_odd_is_not_believed(
    cluster: SimulatedCluster, body: bytes, reason: str
) -> None:
    strike(cluster, FaultKind.GARBAGE, body)
    found = read(cluster)
    assert found is not None
    assert found.total is None
    assert reason in found.reason


def test_a_quota_center_that_breaks_off_is_no_obstacle(cluster: SimulatedCluster) -> None:
    strike(cluster, FaultKind.RESET)
    found = read(cluster)
    assert found is not None
    assert found.total is None


def test_one_that_does_not_answer_is_not_waited_for(cluster: SimulatedCluster) -> None:
    match = vpc_faults.of_action("GetProductQuota")
    cluster.vpc.faults.add(Fault(FaultKind.DELAY, match, seconds=8))
    assert read(cluster) == EntryQuota(reason="the Quota Center does not answer in time")


def center(answers: dict[str, list[object]]) -> LoopbackServer:
    """A Quota Center that gives each quota a code of its own."""

    def answer(request: Request) -> Reply:
        action = request.query["Action"][0]
        if action == "GetProductQuota":
            error = {"Code": "QUOTA.NOT.EXIST", "Message": "no such quota", "RequestId": "R"}
            return Reply(404, msgspec.json.encode(error))
        pages = answers[action]
        return Reply(200, msgspec.json.encode(pages[int(request.query.get("NextToken", ["0"])[0])]))

    return LoopbackServer(answer)


PAGES: list[object] = [
    {"Quotas": [{"QuotaActionCode": "q_a", "QuotaName": "other"}], "NextToken": "1"},
    {"Quotas": [{"QuotaName": "vpc_quota_route_entrys_num", "TotalQuota": 300.0}]},
]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (PAGES, lambda found: found == EntryQuota(300)),
        (PAGES[:1] * 2, lambda found: found.reason.startswith("GetProductQuota failed: QUOTA.NOT")),
        ([{"Quotas": []}], lambda found: found.total is None),
    ],
)
def test_a_quota_with_a_code_of_its_own_is_found_by_its_name(
    cluster: SimulatedCluster, pages: list[object], expected: Callable[[object], bool]
) -> None:
    server = center({"ListProductQuotas": pages})
    server.start()
    found = read(cluster, QUOTAS_ENDPOINT=server.url)
    server.stop()
    assert expected(found)
