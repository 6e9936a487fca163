"""A pod, cut down to where it is and what address it has."""

from __future__ import annotations

from msgspec import Struct


class Pod(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One pod as the API server gave it. ``node`` is empty until it is scheduled.

    ``ips`` are ``status.podIPs``, the pod's main address first, else ``status.podIP``;
    ``host_network``: it has no address but that of its node.
    """

    namespace: str
    name: str
    node: str = ""
    ips: tuple[str, ...] = ()
    phase: str = ""
    host_network: bool = False
