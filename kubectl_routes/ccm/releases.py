"""What the releases of CCM do differently, as one table; a new release is a row here.

Source of every row: the public repository kubernetes/cloud-provider-alibaba-cloud; the project's
docs/how-ccm-works.md explains them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from kubectl_routes.ccm.version import Version
from kubectl_routes.model.controller import Probe


class VersionBehavior(Struct, frozen=True):
    """How the releases from ``since`` on behave, until the next row of the table says otherwise.

    ``yaml``: cloud-config is YAML, not JSON. ``config_required``: CCM exits without the flag.
    ``trims_ids``: spaces around each id are removed; ``trims_list``: only around the whole list.
    ``events``: node events are acted on; otherwise CCM only polls. ``batches``: the event reconcile
    lists every table first and one failure stops it for all tables. ``bad_id_stops_rest``: a table
    that cannot be listed ends the pass. ``lists_by_router``: tables are looked up in the VPC's own
    router, where one in another VPC is not found. ``deletes_same_cidr``: an entry for a node's
    podCIDR to another instance is removed, not only entries strictly inside a podCIDR.
    ``compares_text``: podCIDRs are compared as text, not as networks. ``delete_needs_instance``: an
    entry whose ECS instance was released cannot be removed. ``exclude_labels``: node labels that
    exempt a node. ``skips_not_ready_unknown``, ``skips_deleting``, ``skips_hybrid``: further
    exemptions; no event reconcile serves a node that is being deleted.
    ``takes_prefix``: providerIDs with ``alicloud://`` are understood at all.
    ``provider_text``: entries are matched to nodes by the text of the providerID, so that a
    prefixed one never matches. ``lists_tables``: knows routeTableIDs. ``period``: default of
    --route-reconciliation-period in seconds, ``min_period`` what smaller values are raised to.
    ``unknown_flags``: flags of other releases on which this one exits. ``health_ports``: where it
    answers its health check, the usual one first, without --port.
    """

    since: Version
    yaml: bool = False
    config_required: bool = False
    trims_ids: bool = False
    trims_list: bool = False
    events: bool = False
    batches: bool = False
    bad_id_stops_rest: bool = False
    lists_by_router: bool = False
    deletes_same_cidr: bool = False
    compares_text: bool = False
    delete_needs_instance: bool = False
    exclude_labels: tuple[str, ...] = ()
    skips_not_ready_unknown: bool = False
    skips_deleting: bool = False
    skips_hybrid: bool = False
    takes_prefix: bool = False
    provider_text: bool = False
    lists_tables: bool = False
    period: int = 300
    min_period: int = 0
    unknown_flags: tuple[str, ...] = ()
    health_ports: tuple[int, ...] = ()


class KnownFault(Struct, frozen=True):
    """A fault of the releases from ``since`` until ``fixed``; ``tag`` is an image that is free of
    it. ``without_key``: it strikes only a CCM that has no AccessKey in its cloud-config.
    """

    name: str
    since: Version
    fixed: Version
    tag: str
    without_key: bool = False


class _Rule(Struct, frozen=True):
    """A property of VersionBehavior in the releases from ``since`` until ``until``. Of a property
    that is a tuple every row adds items.
    """

    name: str
    since: Version
    until: Version | None = None
    value: Any = True


def _v1(distance: int) -> Version:
    return Version(1, 9, 3, distance)


def _v2(minor: int, patch: int = 0) -> Version:
    return Version(2, minor, patch)


FIRST = _v1(0)
V2 = _v2(0)
# The first release that Alibaba Cloud's documents name for several tables.
LIST_USABLE = _v1(86)
# From here on the image's repository has no "-amd64" in its name.
RENAMED = _v2(10)
# The oldest release that handles several tables and is free of the token fault.
SANE_V1 = "v1.9.3.105-gfd4e547-aliyun"
_RULES = (
    # cloud-config
    _Rule("yaml", V2),
    _Rule("config_required", V2),
    _Rule("lists_tables", _v1(82)),
    _Rule("trims_ids", FIRST, V2),
    _Rule("trims_list", _v2(9, 1)),
    # passes
    _Rule("events", V2),
    _Rule("batches", _v2(11)),
    _Rule("period", FIRST, V2, 10),
    _Rule("period", V2, value=300),
    _Rule("min_period", V2, value=60),
    _Rule("bad_id_stops_rest", FIRST, V2),
    _Rule("lists_by_router", FIRST, _v1(239)),
    # entries
    _Rule("compares_text", FIRST, V2),
    _Rule("deletes_same_cidr", FIRST, V2),
    _Rule("deletes_same_cidr", _v2(4)),
    _Rule("delete_needs_instance", FIRST, _v1(239)),
    # nodes
    _Rule("exclude_labels", _v1(193), value=("service.beta.kubernetes.io/exclude-node",)),
    _Rule("exclude_labels", _v1(376), value=("service.alibabacloud.com/exclude-node",)),
    _Rule("skips_not_ready_unknown", _v1(220)),
    _Rule("skips_deleting", _v2(4)),
    _Rule("skips_hybrid", _v2(12)),
    _Rule("takes_prefix", _v1(313)),
    _Rule("provider_text", V2),
    # flags
    _Rule("unknown_flags", V2, value=("address", "port", "master", "profiling")),
    _Rule("unknown_flags", V2, value=("min-resync-period", "node-status-update-frequency")),
    _Rule("unknown_flags", V2, _v2(4), ("allow-untagged-cloud",)),
    _Rule("unknown_flags", FIRST, V2, ("controllers", "network")),
    _Rule("unknown_flags", FIRST, _v2(11), ("route-reconcile-batch-size",)),
    _Rule("unknown_flags", FIRST, V2, ("metrics-bind-addr",)),
    # Health check (release notes of CCM): --port is 10253 by default, and on a master the
    # kube-controller-manager of that time answers at 10252.
    _Rule("health_ports", FIRST, _v1(316), (10252, 10253)),
    _Rule("health_ports", _v1(316), value=(10258,)),
)

KNOWN_FAULTS = (
    # The refresh of the RAM role's token forgets the VPC client (068487a23, #41).
    KnownFault("token", FIRST, _v1(101), "v1.9.3.105-gfd4e547-aliyun", without_key=True),
    # A condition that is True stays so although the route is there (955151365).
    KnownFault("condition", FIRST, _v1(313), "v1.9.3.313-g748f81e-aliyun"),
    # An entry for a node's podCIDR to another instance is not removed (8daa3c22c, #309).
    KnownFault("same-cidr", V2, _v2(4), "v2.4.0"),
    # Pods may be scheduled before the route is there (#406).
    KnownFault("unmarked", V2, _v2(9, 1), "v2.9.1"),
)


def _behavior(since: Version) -> VersionBehavior:
    """What the rows say of the release ``since``."""
    found: dict[str, Any] = {}
    for rule in _RULES:
        if rule.since <= since and (rule.until is None or since < rule.until):
            several = isinstance(rule.value, tuple)
            found[rule.name] = (*found.get(rule.name, ()), *rule.value) if several else rule.value
    return VersionBehavior(since, **found)


# Oldest first: one for every release at which a row begins or ends.
BEHAVIORS = tuple(
    _behavior(since)
    for since in sorted(
        {one for rule in _RULES for one in (rule.since, rule.until) if one is not None}
    )
)
NEWEST = BEHAVIORS[-1]
# Every port at which some release answers its health check.
HEALTH_PORTS = frozenset(port for one in BEHAVIORS for port in one.health_ports)


def behavior_of(version: Version | None) -> VersionBehavior:
    """How a release behaves; an unknown one is taken for the newest, one from before the table for
    the first.
    """
    if version is None:
        return NEWEST
    older = [behavior for behavior in BEHAVIORS if behavior.since <= version]
    return older[-1] if older else BEHAVIORS[0]


def known_faults(version: Version, *, keyed: bool) -> tuple[KnownFault, ...]:
    """The faults of a release; ``keyed``: its cloud-config holds an AccessKey."""
    return tuple(
        fault
        for fault in KNOWN_FAULTS
        if fault.since <= version < fault.fixed and not (fault.without_key and keyed)
    )


def health_ports(version: Version, flags: Mapping[str, str]) -> tuple[int, ...]:
    """The ports at which a probe of this release succeeds, the usual one first. ``flags`` are the
    values of its flags by name; a release that does not exit on --port answers there.
    """
    behavior, given = behavior_of(version), flags.get("port", "")
    moved = given.isdigit() and len(behavior.health_ports) > 1
    return (int(given),) if moved else behavior.health_ports


def failing_probes(
    version: Version, flags: Mapping[str, str], probes: tuple[Probe, ...]
) -> tuple[Probe, ...]:
    """The probes that ask a port where another release, but not this one, answers: the kubelet
    restarts CCM, or never calls it ready. A probe of any other port may be meant for a sidecar.
    """
    answers = health_ports(version, flags)
    return tuple(
        probe for probe in probes if probe.port in HEALTH_PORTS and probe.port not in answers
    )
