from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given, strategies

from kubectl_routes.model.networks import Index, Network, Networks, address

CIDRS = strategies.builds(
    lambda first, length: IPv4Network((first, length), strict=False),
    strategies.integers(0, 2**32 - 1).map(lambda value: value & 0xC0F00F01),
    strategies.integers(0, 32),
)


def ours(network: IPv4Network) -> Network:
    return Network(int(network.network_address), network.prefixlen)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("172.16.1.0/24", "172.16.1.0/24"),
        ("172.16.1.77/24", "172.16.1.0/24"),
        ("10.0.0.7", "10.0.0.7/32"),
        ("10.0.0.7/32", "10.0.0.7/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_host_bits_and_missing_mask(text: str, meant: str) -> None:
    assert str(Networks().parse(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.0/" + "9" * 5000,
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/²",
        "fd00::/64",
        "10.0.0",
        "x/24",
    ],
)
def test_what_is_no_ipv4_network(text: str) -> None:
    assert Networks().parse(text) is None


def test_addresses() -> None:
    assert address("10.0.0.1") == 0x0A000001
    assert address("10.0.0") is None


def test_a_network_holds_its_last_address_and_an_address_itself() -> None:
    last = Network(0x0A0000FF, 32)
    assert Network(0x0A000000, 24).holds(last)
    assert last.holds(last)
    assert not Network(0x0A000000, 24).holds(Network(0x0A000100, 32))


@given(CIDRS, CIDRS)
def test_what_a_network_holds_agrees_with_the_standard_library(
    one: IPv4Network, other: IPv4Network
) -> None:
    assert ours(one).holds(ours(other)) == other.subnet_of(one)
    assert ours(one).last == int(one.broadcast_address)


def test_what_lies_inside_a_network_is_told_without_itself_and_its_neighbours() -> None:
    texts = (
        "10.0.0.0/8", "10.0.1.0/24", "10.0.0.0/23", "10.0.1.0/25", "10.0.1.255", "10.0.2.0/24",
    )  # fmt: skip
    parsed = ((Networks().parse(text), text) for text in texts)
    index = Index((network, text) for network, text in parsed if network)
    assert index.inside(Network(0x0A000100, 24)) == ["10.0.1.0/25", "10.0.1.255"]
    assert index.inside(Network(0x0A000000, 23)) == ["10.0.1.0/24", "10.0.1.0/25", "10.0.1.255"]
    assert index.inside(Network(0x0A0001FF, 32)) == []


@given(strategies.lists(CIDRS, max_size=12), CIDRS)
def test_index_agrees_with_looking_at_every_network(
    networks: list[IPv4Network], asked: IPv4Network
) -> None:
    index = Index((ours(network), number) for number, network in enumerate(networks))
    numbered = list(enumerate(networks))
    assert index.exact(ours(asked)) == [n for n, network in numbered if network == asked]
    holding = {n for n, network in numbered if asked.subnet_of(network)}
    assert set(index.containing(ours(asked))) == holding
    inner = {n for n, network in numbered if network.subnet_of(asked) and network != asked}
    assert set(index.inside(ours(asked))) == inner
