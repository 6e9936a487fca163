"""Faults of released CCMs that cost routes, and the release that fixed each.

Source: the history of the public repository kubernetes/cloud-provider-alibaba-cloud.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.ccm.version import Version


class KnownFault(Struct, frozen=True):
    """A fault of the releases from ``since`` until ``fixed``; ``tag`` is an image that is free of
    it. ``without_key``: it strikes only a CCM that has no AccessKey in its cloud-config.
    """

    name: str
    since: Version
    fixed: Version
    tag: str
    without_key: bool = False


KNOWN_FAULTS = (
    # The refresh of the RAM role's token forgets the VPC client (068487a23, #41).
    KnownFault(
        "token",
        Version(1, 9, 3, 0),
        Version(1, 9, 3, 101),
        "v1.9.3.105-gfd4e547-aliyun",
        without_key=True,
    ),
    # A condition that is True stays so although the route is there (955151365).
    KnownFault(
        "condition", Version(1, 9, 3, 0), Version(1, 9, 3, 313), "v1.9.3.313-g748f81e-aliyun"
    ),
    # An entry for a node's podCIDR to another instance is not removed (8daa3c22c, #309).
    KnownFault("same-cidr", Version(2, 0, 0), Version(2, 4, 0), "v2.4.0"),
    # Pods may be scheduled before the route is there (#406).
    KnownFault("unmarked", Version(2, 0, 0), Version(2, 9, 1), "v2.9.1"),
)

# The oldest release that handles several tables and is free of the token fault.
SANE_V1 = "v1.9.3.105-gfd4e547-aliyun"


def known_faults(version: Version, *, keyed: bool) -> tuple[KnownFault, ...]:
    """The faults of a release; ``keyed``: its cloud-config holds an AccessKey."""
    return tuple(
        fault
        for fault in KNOWN_FAULTS
        if fault.since <= version < fault.fixed and not (fault.without_key and keyed)
    )
