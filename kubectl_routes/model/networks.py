"""IPv4 networks as numbers, so that comparing many of them is cheap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T")
# No prefix length has so many digits; Python refuses to read a number of 4,300.
_LONG = 20


class Network(NamedTuple):
    """An IPv4 network: its first address as a number, and its prefix length (0 to 32)."""

    first: int
    length: int

    @property
    def last(self) -> int:
        """The last address as a number."""
        return self.first | (0xFFFFFFFF >> self.length if self.length else 0xFFFFFFFF)

    def holds(self, other: Network) -> bool:
        """Whether the other network lies inside this one, or is this one."""
        return self.length <= other.length and self.first <= other.first <= self.last

    def __str__(self) -> str:
        """The usual text, host bits cleared."""
        first = self.first
        parts = (first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255)
        return "{}.{}.{}.{}/{}".format(*parts, self.length)


class Networks:
    """Parses CIDR text and remembers it: every podCIDR stands again in every route table."""

    def __init__(self) -> None:
        self._known: dict[str, Network | None] = {}

    def parse(self, text: str) -> Network | None:
        """The network that the text names, host bits cleared; a bare address is a /32.

        None for what is not IPv4: malformed text, or IPv6.
        """
        if text not in self._known:
            self._known[text] = _parse(text)
        return self._known[text]

    def of_list(self, text: str) -> Network | None:
        """The IPv4 network of a list; a cluster with two stacks has one of each."""
        return next(filter(None, (self.parse(part.strip()) for part in text.split(","))), None)


def _parse(text: str) -> Network | None:
    host, slash, mask = text.partition("/")
    # ipaddress would also take a netmask; neither Kubernetes nor the VPC does.
    if slash and not (mask.isascii() and mask.isdigit() and len(mask) < _LONG and int(mask) <= 32):
        return None
    first = address(host)
    if first is None:
        return None
    length = int(mask) if slash else 32
    return Network(first & (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF, length)


def address(text: str) -> int | None:
    """An IPv4 address as a number, or None."""
    try:
        return int(IPv4Address(text))
    except ValueError:
        return None


def host(text: str) -> Network:
    """The network of one IPv4 address. Raises ValueError for any other text."""
    return Network(int(IPv4Address(text)), 32)


def first_ipv4(texts: Iterable[str]) -> str:
    """The first of the texts that is an IPv4 address, or empty."""
    return next((text for text in texts if address(text) is not None), "")


class Index(Generic[_T]):
    """Things by their network, for "what contains this?" and "what lies inside this?"."""

    def __init__(self, items: Iterable[tuple[Network, _T]]) -> None:
        self._by_network: dict[Network, list[_T]] = {}
        for network, item in items:
            self._by_network.setdefault(network, []).append(item)
        self._lengths = sorted({network.length for network in self._by_network}, reverse=True)
        self._longest = self._lengths[0] if self._lengths else 0

    @cached_property
    def _sorted(self) -> list[Network]:
        # Most tables hold nothing that is smaller than a podCIDR, and need no order.
        return sorted(self._by_network)

    def exact(self, network: Network | None) -> list[_T]:
        """The things at exactly this network; nothing is at None."""
        return self._by_network.get(network, []) if network else []

    def containing(self, network: Network) -> list[_T]:
        """The things whose network holds this one, itself included, most specific first."""
        found: list[_T] = []
        for length in self._lengths:
            if length <= network.length:
                mask = 0xFFFFFFFF << (32 - length) & 0xFFFFFFFF
                found += self._by_network.get(Network(network.first & mask, length), [])
        return found

    def inside(self, network: Network) -> list[_T]:
        """The things whose network lies strictly inside this one, in address order."""
        if network.length >= self._longest:
            return []
        low = bisect_left(self._sorted, (network.first, network.length + 1))
        high = bisect_right(self._sorted, (network.last, 32))
        return [item for inner in self._sorted[low:high] for item in self._by_network[inner]]
