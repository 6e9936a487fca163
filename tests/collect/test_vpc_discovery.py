"""The VPC of a cluster in which no option and no ConfigMap names it, source by source."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.snapshot_reader import SnapshotReader
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.route_table import TableRecord, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.reading import Reader
from tests.collect.timing import silent

OTHER = TableRecord("vtb-other", "vpc-other", "vrt-other", type="System")


class Place(Reader):
    """A self-built cluster: no ConfigMap of ACK, and a cloud-config without vpcid and list."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        super().__init__(cluster)
        self.vpc_id = cluster.infra.vpc_id
        cluster.kube.store.delete("ConfigMap", "kube-system", "ack-cluster-profile")
        self.configure({"region": "cn-hangzhou"})

    def configure(self, fields: dict[str, str], rest: str = "") -> None:
        def edit(config_map: dict[str, Any]) -> None:
            config_map["data"]["cloud-config.conf"] = json.dumps({"Global": fields}) + rest

        self.cluster.edit_config_map(edit)

    def allow(self, *actions: str) -> None:
        every = [*actions, "vpc:DescribeVpcAttribute", "vpc:DescribeRouteEntryList"]
        statement = {"Effect": "Allow", "Action": every, "Resource": "*"}
        self.cluster.vpc.policy = read_policy(
            json.dumps({"Version": "1", "Statement": [statement]})
        )

    def add_other_vpc(self, cidr: str) -> None:
        """Another VPC of the account, with one vSwitch."""
        store = self.cluster.vpc.store
        store.add_vpc(VpcRecord("vpc-other", "10.0.0.0/8", "vrt-other"))
        store.add_table(OTHER)
        store.add_v_switch(VSwitchRecord("vsw-other", "vpc-other", cidr, "cn-hangzhou-h", OTHER.id))


@pytest.fixture
def place(cluster: SimulatedCluster) -> Place:
    return Place(cluster)


def found(taken: Snapshot) -> tuple[str, str]:
    return taken.cluster.vpc_id, taken.cluster.vpc_evidence


def refusal(taken: Snapshot) -> str:
    gap = taken.gap("vpc-id")
    assert gap is not None
    assert (taken.cluster.vpc_id, taken.cluster.vpc_evidence) == ("", "")
    assert gap.hint == "give it with --vpc-id"
    return gap.reason


def test_what_names_the_vpc_is_told_with_it(place: Place) -> None:
    assert found(place.read(vpc_id=place.vpc_id)) == (place.vpc_id, "--vpc-id")

    place.configure({"vpcid": place.vpc_id})
    assert found(place.read()) == (place.vpc_id, "cloud-config")

    place.configure({"vpcid": place.vpc_id}, "\n{}\n")
    assert found(place.read()) == (place.vpc_id, "cloud-config")


@pytest.mark.parametrize(
    ("name", "key"), [("ack-cluster-profile", "vpcid"), ("acs-profile", "vpcId")]
)
def test_a_config_map_of_ack_names_the_vpc(place: Place, name: str, key: str) -> None:
    metadata = {"namespace": "kube-system", "name": name}
    place.cluster.kube.store.put(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {key: place.vpc_id},
        }
    )
    assert found(place.read()) == (place.vpc_id, f"ConfigMap kube-system/{name}")
    assert "DescribeInstances" not in place.cluster.vpc.actions_called()


def test_the_tables_that_are_given_tell_their_vpc(place: Place) -> None:
    first, second = place.cluster.infra.table_ids
    place.add_other_vpc("10.1.0.0/24")
    taken = place.read(tables=(first, second))

    assert found(taken) == (place.vpc_id, f"DescribeRouteTableList: {first}, {second}")
    assert taken.gaps == ()
    assert "DescribeInstances" not in place.cluster.vpc.actions_called()


def test_the_tables_of_the_list_tell_their_vpc(place: Place) -> None:
    first, second = place.cluster.infra.table_ids
    place.configure({"routeTableIDs": f"{first}, {second},vtb-gone"})
    expected = f"DescribeRouteTableList: {first}, {second}"
    assert found(place.read()) == (place.vpc_id, expected)


def test_a_table_of_a_vpc_without_nodes_does_not_decide(place: Place) -> None:
    place.add_other_vpc("10.1.0.0/24")
    taken = place.read(tables=(OTHER.id,))

    assert taken.cluster.vpc_id == place.vpc_id
    assert taken.cluster.vpc_evidence.startswith("DescribeInstances: i-")
    assert OTHER.id in {table.id for table in taken.tables}


def test_of_tables_in_two_vpcs_the_one_with_nodes_decides(place: Place) -> None:
    first = place.cluster.infra.table_ids[0]
    place.add_other_vpc("10.1.0.0/24")
    taken = place.read(tables=(OTHER.id, first))

    assert found(taken) == (place.vpc_id, f"DescribeRouteTableList: {first}")


def test_a_table_decides_where_vswitches_cannot_be_read(place: Place) -> None:
    place.allow("vpc:DescribeRouteTableList")
    first = place.cluster.infra.table_ids[0]
    taken = place.read(tables=(first,))

    assert found(taken) == (place.vpc_id, f"DescribeRouteTableList: {first}")


def test_the_instances_of_the_nodes_tell_their_vpc(place: Place) -> None:
    place.add_other_vpc("192.168.0.0/24")
    taken = place.read()
    instance = min(node.instance for node in place.cluster.infra.nodes)

    assert found(taken) == (place.vpc_id, f"DescribeInstances: {instance} and 8 more")
    assert taken.gaps == ()


@pytest.mark.parametrize("hidden", [False, True])
def test_without_the_right_to_ask_ecs_the_addresses_tell_the_vpc(
    place: Place, hidden: bool
) -> None:
    place.cluster.vpc.ecs.hides_denied = hidden
    place.allow("vpc:DescribeVSwitches", "vpc:DescribeRouteTableList")
    place.add_other_vpc("10.1.0.0/24")
    taken = place.read()

    evidence = "DescribeVSwitches: holds the InternalIP of 9 of 9 nodes"
    assert found(taken) == (place.vpc_id, evidence)
    assert taken.gaps == ()


def test_the_vpc_that_holds_all_nodes_wins_over_one_that_holds_some(place: Place) -> None:
    place.allow("vpc:DescribeVSwitches", "vpc:DescribeRouteTableList")
    place.add_other_vpc("192.168.0.0/24")
    assert found(place.read())[0] == place.vpc_id


def test_several_vpcs_that_fit_are_listed(place: Place) -> None:
    place.allow("vpc:DescribeVSwitches", "vpc:DescribeRouteTableList")
    place.add_other_vpc("192.168.0.0/16")
    reason = refusal(place.read())

    assert "DescribeInstances failed: Forbidden.RAM" in reason
    assert "DescribeVSwitches leaves several: " in reason
    for vpc_id in (place.vpc_id, "vpc-other"):
        assert f"{vpc_id} (DescribeVSwitches: holds the InternalIP of 9 of 9 nodes)" in reason


def test_several_vpcs_are_told_apart_by_what_is_given(place: Place) -> None:
    place.allow("vpc:DescribeVSwitches", "vpc:DescribeRouteTableList")
    place.add_other_vpc("192.168.0.0/16")
    assert found(place.read(tables=(OTHER.id,))) == (
        "vpc-other",
        "DescribeRouteTableList: vtb-other",
    )


def test_nothing_that_tells_is_a_gap_with_all_that_was_tried(place: Place) -> None:
    place.allow()
    reason = refusal(place.read(tables=("vtb-gone",)))
    assert reason.startswith("neither cloud-config nor the ConfigMap ack-cluster-profile names it")
    for action in ("DescribeRouteTableList", "DescribeInstances", "DescribeVSwitches"):
        assert f"{action} failed: Forbidden.RAM" in reason
    assert "the metadata service does not answer here" in reason


def test_what_is_not_found_is_said(place: Place) -> None:
    store = place.cluster.vpc.store
    for node in place.cluster.infra.nodes:
        store.remove_instance(node.instance)
    for v_switch in list(store.v_switches):
        del store.v_switches[v_switch]
    reason = refusal(place.read(tables=("vtb-gone",)))
    assert "DescribeRouteTableList shows none of vtb-gone in cn-hangzhou" in reason
    assert "DescribeInstances shows none of the nodes' instances" in reason
    assert "DescribeVSwitches shows no vSwitch in cn-hangzhou that holds a node's" in reason


def test_nodes_that_tell_nothing_are_not_asked_about(place: Place) -> None:
    for node in place.cluster.kube.store.list("Node"):

        def edit(one: dict[str, Any]) -> None:
            one["spec"].pop("providerID")
            one["status"]["addresses"] = []

        place.cluster.kube.store.replace("Node", "", node["metadata"]["name"], edit)
    reason = refusal(place.read(region="cn-hangzhou"))
    assert "DescribeInstances is not asked: no providerID names an instance" in reason
    assert "DescribeVSwitches is not asked: no node has an InternalIP" in reason
    first = place.cluster.infra.table_ids[0]
    taken = place.read(region="cn-hangzhou", tables=(first,))
    assert found(taken) == (place.vpc_id, f"DescribeRouteTableList: {first}")


def test_an_answer_of_ecs_that_is_no_json_tells_nothing(place: Place) -> None:
    broken = Fault(FaultKind.GARBAGE, vpc_faults.of_action("DescribeInstances"), body=b"[}")
    place.cluster.vpc.faults.add(broken)
    assert found(place.read())[1].startswith("DescribeVSwitches: ")


class Metadata:
    """A metadata service on loopback; ``hardened``: it answers with a token only."""

    def __init__(self, values: dict[str, str], *, tokens: bool = True) -> None:
        self.values = values
        self.tokens = tokens
        self.server = LoopbackServer(self._answer)

    def _answer(self, request: Request) -> Reply:
        if request.method == "PUT":
            return Reply(200, b"t0ken") if self.tokens else Reply(404, b"")
        if self.tokens and request.headers.get("x-aliyun-ecs-metadata-token") != "t0ken":
            return Reply(403, b"")
        value = self.values.get(request.path.rpartition("/")[2])
        return Reply(200, value.encode()) if value is not None else Reply(404, b"")

    def read(self, place: Place, *, down: bool = False) -> Snapshot:
        """What is read where this is the metadata service."""
        place.env["METADATA_ENDPOINT"] = self.server.url
        del place.env["ALIBABA_CLOUD_ECS_METADATA_DISABLED"]
        with self.server:
            if not down:
                return place.read()
        return place.read()


@pytest.mark.parametrize("tokens", [True, False])
def test_the_metadata_of_a_node_tells_the_vpc(place: Place, tokens: bool) -> None:
    place.allow("vpc:DescribeRouteTableList")
    instance = place.cluster.infra.nodes[3].instance
    service = Metadata({"instance-id": instance, "vpc-id": place.vpc_id}, tokens=tokens)
    assert found(service.read(place)) == (place.vpc_id, f"the metadata service of {instance}")


@pytest.mark.parametrize(
    ("values", "down", "told"),
    [
        (
            {"instance-id": "i-elsewhere", "vpc-id": "vpc-x"},
            False,
            "is that of i-elsewhere, which is not a node of the cluster",
        ),
        ({"instance-id": "i-elsewhere"}, False, "does not answer here"),
        ({"instance-id": "i-elsewhere", "vpc-id": "x" * 300}, False, "does not answer here"),
        ({}, True, "does not answer here"),
    ],
)
def test_the_metadata_of_another_machine_tells_nothing(
    place: Place, values: dict[str, str], down: bool, told: str
) -> None:
    place.allow()
    reason = refusal(Metadata(values).read(place, down=down))
    assert f"the metadata service {told}" in reason


@pytest.mark.parametrize("name", ["VPC_ENDPOINT", "ECS_ENDPOINT", "QUOTAS_ENDPOINT"])
def test_an_endpoint_in_the_clear_is_refused_before_anything_is_asked(
    place: Place, name: str
) -> None:
    place.env[name] = "http://ecs.example.com"
    with pytest.raises(UsageError, match="must be reached over https"):
        place.read()
    assert place.cluster.kube.server.requests == ()


def test_the_names_of_tables_are_completed_in_such_a_cluster_too(place: Place) -> None:
    survey = SnapshotReader(CollectOptions(request_timeout=20.0), place.env, place.clock, silent)
    assert survey.table_ids() == sorted(place.cluster.infra.table_ids)
    survey.close()
