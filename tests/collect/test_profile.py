from __future__ import annotations

import pytest

from kubectl_routes.collect.profile import Profile, backend_of, region_of, with_plugin
from kubectl_routes.model.nodes import Node

KUBE_PROXY = "apiVersion: v1\nclusterCIDR: 172.20.0.0/16\nmode: ipvs\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ""),
        ({"kube-proxy-worker": {"config.conf": KUBE_PROXY}}, "172.20.0.0/16"),
        ({"kube-proxy": {"config.conf": '{"clusterCIDR": "10.0.0.0/8"}'}}, "10.0.0.0/8"),
        ({"kube-flannel-cfg": {"net-conf.json": '{"Network": "172.16.0.0/12"}'}}, "172.16.0.0/12"),
        ({"kube-flannel-cfg": {"net-conf.json": "{"}}, ""),
    ],
)
def test_where_the_pod_range_is_found(data: dict[str, dict[str, str]], expected: str) -> None:
    assert Profile(data).cluster_cidr() == expected


def test_the_newer_profile_is_believed_first_in_any_letter_case() -> None:
    data = {"ack-cluster-profile": {"vpcid": "vpc-1"}, "acs-profile": {"vpcId": "vpc-2"}}
    assert Profile(data).value("vpcid") == "vpc-1"
    del data["ack-cluster-profile"]
    assert Profile(data).value("vpcid") == "vpc-2"
    assert Profile({}).value("vpcid") == ""


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], ""),
        ([Node("a"), Node("b", provider_id="cn-hangzhou.i-1")], "cn-hangzhou"),
        ([Node("a", provider_id="alicloud://cn-beijing.i-1")], "cn-beijing"),
        ([Node("a", provider_id="aws:///us-east-1a/i-1")], ""),
        ([Node("a", provider_id="evil/?x=.i-1")], ""),
        ([Node("a", labels={"topology.kubernetes.io/region": "ap-southeast-1"})], "ap-southeast-1"),
    ],
)
def test_the_region_is_that_of_the_first_telling_node(nodes: list[Node], expected: str) -> None:
    assert region_of(nodes) == expected


@pytest.mark.parametrize("text", ["[" * 100_000, "\ud800", "{"])
def test_a_flannel_configuration_that_cannot_be_read_names_no_range(text: str) -> None:
    profile = Profile({"kube-flannel-cfg": {"net-conf.json": text}})
    assert profile.cluster_cidr() == ""
    assert (profile.cni(), profile.flannel_backend()) == ("flannel", "")


@pytest.mark.parametrize("name", ["kube-flannel-cfg", "kube-flannel/kube-flannel-cfg"])
@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ('{"Type": "alloc"}', "alloc"),
        ('{"Type": "VXLAN", "VNI": 1}', "vxlan"),
        ("{}", "udp"),
        ("null", "udp"),
    ],
)
def test_the_backend_of_flannel(name: str, backend: str, expected: str) -> None:
    text = f'{{"Network": "172.20.0.0/16", "Backend": {backend}}}'
    profile = Profile({name: {"net-conf.json": text}})
    assert (profile.cni(), profile.flannel_backend()) == ("flannel", expected)
    assert profile.cluster_cidr() == "172.20.0.0/16"


def test_without_flannel_there_is_no_backend() -> None:
    assert (Profile({}).cni(), Profile({}).flannel_backend()) == ("", "")


def test_what_flannel_mounts_is_believed_before_what_has_its_usual_name() -> None:
    usual = Profile({"kube-flannel-cfg": {"net-conf.json": '{"Backend": {"Type": "alloc"}}'}})
    mounted = Profile({"net/canal-config": {"net-conf.json": '{"Backend": {"Type": "vxlan"}}'}})
    profile = with_plugin(usual, mounted)
    assert (profile.cni(), profile.flannel_backend()) == ("flannel", "vxlan")
    assert with_plugin(Profile({}), mounted).cni() == "flannel"
    assert with_plugin(usual, Profile({"net/other": {}})).flannel_backend() == "alloc"


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        ((), ""),
        (("vxlan", "vxlan"), "vxlan"),
        (("VXLAN", "vxlan"), "vxlan"),
        (("host-gw",), "host-gw"),
        (("vxlan", ""), ""),
        (("\x1b[31m",), ""),
    ],
)
def test_the_backend_that_nodes_note(noted: tuple[str, ...], expected: str) -> None:
    nodes = [Node("n", pod_cidr="10.0.0.0/24", flannel_backend=each) for each in noted]
    assert backend_of([*nodes, Node("virtual")]) == expected
