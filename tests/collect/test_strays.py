"""Tables that CCM's list names but the VPC does not have, and how large a page is asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from kubectl_routes.model.vpc import NextHop, RouteEntry, RouteTable
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.route_table import NextHop as Hop, TableRecord, VpcRecord
from tests.collect.reading import Reader, parts

ELSEWHERE = TableRecord("vtb-elsewhere", "vpc-other", "vrt-other", "theirs")
NOWHERE = "vtb-nowhere"


@pytest.fixture(autouse=True)
def _two_vpcs(cluster: SimulatedCluster) -> None:
    cluster.vpc.store.add_vpc(VpcRecord("vpc-other", "10.0.0.0/8", "vrt-other"))
    cluster.vpc.store.add_table(ELSEWHERE)
    cluster.vpc.store.plant(ELSEWHERE.id, "172.20.0.0/24", Hop("i-theirs"))


def also_list(cluster: SimulatedCluster, *table_ids: str) -> None:
    """Put ids behind those in CCM's list."""
    last = cluster.infra.table_ids[-1]

    def edit(config_map: dict[str, Any]) -> None:
        text = config_map["data"]["cloud-config.conf"]
        listed = ",".join((last, *table_ids))
        config_map["data"]["cloud-config.conf"] = text.replace(last, listed)

    cluster.kube.store.replace("ConfigMap", "kube-system", "cloud-config", edit)


def calls(cluster: SimulatedCluster) -> Counter[str]:
    return Counter(cluster.vpc.actions_called())


def test_no_more_is_asked_when_every_listed_table_is_of_the_vpc(cluster: SimulatedCluster) -> None:
    taken = Reader(cluster).read()
    assert (len(taken.tables), taken.gaps) == (2, ())
    assert calls(cluster) == {
        "DescribeVpcAttribute": 1,
        "DescribeRouteTableList": 1,
        "DescribeVSwitches": 1,
        "DescribeRouteEntryList": 2,
        "GetProductQuota": 1,
    }


def test_a_listed_table_of_another_vpc_is_read_with_its_entries(cluster: SimulatedCluster) -> None:
    also_list(cluster, ELSEWHERE.id)
    taken = Reader(cluster).read()
    assert taken.gaps == ()
    assert [table for table in taken.tables if table.vpc_id != taken.cluster.vpc_id] == [
        RouteTable(
            id=ELSEWHERE.id,
            name="theirs",
            type="Custom",
            status="Available",
            vpc_id="vpc-other",
            router_id="vrt-other",
        )
    ]
    (entry,) = taken.entries[ELSEWHERE.id]
    assert msgspec.structs.replace(entry, id="") == RouteEntry(
        id="",
        cidr="172.20.0.0/24",
        type="Custom",
        status="Available",
        next_hops=(NextHop("i-theirs", "Instance", enabled=True),),
        origin="CustomCreate",
    )
    assert calls(cluster)["DescribeRouteTableList"] == 2
    assert calls(cluster)["DescribeRouteEntryList"] == 3


def test_each_stray_is_looked_up_once_and_what_exists_nowhere_is_no_table(
    cluster: SimulatedCluster,
) -> None:
    also_list(cluster, f" {NOWHERE}", NOWHERE, "", ELSEWHERE.id)
    taken = Reader(cluster).read()
    assert taken.gaps == ()
    assert {table.id for table in taken.tables} == {*cluster.infra.table_ids, ELSEWHERE.id}
    assert calls(cluster)["DescribeRouteTableList"] == 3


def test_a_stray_that_cannot_be_looked_up_leaves_the_tables_of_the_vpc(
    cluster: SimulatedCluster,
) -> None:
    also_list(cluster, ELSEWHERE.id)
    cluster.vpc.faults.add(vpc_faults.forbidden("DescribeRouteTableList", skip=1))
    taken = Reader(cluster).read()
    assert parts(taken) == ["route-tables"]
    assert set(taken.entries) == set(cluster.infra.table_ids)


def page_sizes(cluster: SimulatedCluster) -> list[str]:
    requests = cluster.vpc.server.requests
    return [one.query["MaxResult"][0] for one in requests if "MaxResult" in one.query]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("IllegalParam.MaxResult", "Specified MaxResult is not valid."),
        ("InvalidParameter", "Specified parameter is not valid."),
        ("InvalidParameter.MaxResult", "The specified parameter is not valid."),
        ("ParameterOutOfRange", "The parameter MaxResult is out of range."),
    ],
)
def test_a_refusal_of_large_pages_under_any_code_leads_to_documented_ones(
    cluster: SimulatedCluster, code: str, message: str
) -> None:
    fault = vpc_faults.refused(code, message, times=None)
    cluster.vpc.faults.add(msgspec.structs.replace(fault, match="MaxResult=500"))
    taken = Reader(cluster).read()
    assert (taken.gaps, set(taken.entries)) == ((), set(cluster.infra.table_ids))
    assert sorted(page_sizes(cluster)) == ["100", "100", "500", "500"]


def test_a_refusal_that_has_nothing_to_do_with_the_page_is_not_tried_again(
    cluster: SimulatedCluster,
) -> None:
    cluster.vpc.faults.add(vpc_faults.forbidden("DescribeRouteEntryList"))
    taken = Reader(cluster).read()
    assert parts(taken) == [f"entries/{table}" for table in cluster.infra.table_ids]
    assert page_sizes(cluster) == ["500", "500"]
