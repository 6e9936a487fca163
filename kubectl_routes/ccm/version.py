"""CCM versions in order, and the families of behaviour that they fall into.

Source of every boundary: the public repository kubernetes/cloud-provider-alibaba-cloud; the
project's docs/how-ccm-works.md tells the story behind them.
"""

from __future__ import annotations

import re

from msgspec import Struct

# v1 releases are numbered by their commit distance: v1.9.3.86-g4454991-aliyun; one release wrote
# a dash instead of the dot: v1.9.3-164-g2105d2e-aliyun.
_V1_TAG = re.compile(r"v1\.9\.3(?:[.-](\d+))?(?:-g[0-9a-f]{7,40})?(?:-aliyun)?")
_V2_TAG = re.compile(r"v([2-9]|[1-9]\d+)\.(\d+)\.(\d+)(?:[-.+][0-9A-Za-z.+-]*)?")


class Version(Struct, frozen=True, order=True):
    """A CCM release. ``distance`` is the commit distance of a v1 release, 0 otherwise."""

    major: int
    minor: int
    patch: int
    distance: int = 0

    def __str__(self) -> str:
        """The release as people write it, without commit id and suffix."""
        text = f"v{self.major}.{self.minor}.{self.patch}"
        return f"{text}.{self.distance}" if self.distance else text


class Family(Struct, frozen=True):
    """How the releases from ``since`` on behave, until the next family begins.

    ``yaml``: cloud-config is YAML, not JSON. ``config_required``: CCM exits without the flag.
    ``trims_ids``: spaces around each id are removed; ``trims_list``: only around the whole list.
    ``events``: node events are acted on; otherwise CCM only polls. ``batches``: the event pass
    lists every table first and one failure stops it for all tables. ``bad_id_stops_rest``: a table
    that cannot be listed ends the pass. ``lists_by_router``: tables are looked up in the VPC's own
    router, where one in another VPC is not found. ``deletes_same_cidr``: an entry for a node's
    podCIDR to another instance is removed, not only entries strictly inside a podCIDR.
    ``compares_text``: podCIDRs are compared as text, not as networks. ``delete_needs_instance``: an
    entry whose ECS instance was released cannot be removed. ``exclude_labels``: node labels that
    exempt a node. ``skips_not_ready_unknown``, ``skips_deleting``, ``skips_hybrid``: further
    exemptions.
    ``takes_prefix``: providerIDs with ``alicloud://`` are understood at all.
    ``provider_text``: entries are matched to nodes by the text of the providerID, so that a
    prefixed one never matches. ``lists_tables``: knows routeTableIDs. ``period``: default of
    --route-reconciliation-period in seconds, ``least_period`` what smaller values are raised to.
    ``unknown_flags``: flags of other releases on which this one exits.
    """

    since: Version
    yaml: bool
    config_required: bool
    trims_ids: bool
    trims_list: bool
    events: bool
    batches: bool
    bad_id_stops_rest: bool
    lists_by_router: bool
    deletes_same_cidr: bool
    compares_text: bool
    delete_needs_instance: bool
    exclude_labels: tuple[str, ...]
    skips_not_ready_unknown: bool
    skips_deleting: bool
    skips_hybrid: bool
    takes_prefix: bool
    provider_text: bool
    lists_tables: bool
    period: int
    least_period: int
    unknown_flags: tuple[str, ...]


_V1_FLAGS = (
    "address",
    "port",
    "master",
    "profiling",
    "min-resync-period",
    "node-status-update-frequency",
)
_V2_FLAGS = ("controllers", "network", "route-reconcile-batch-size", "metrics-bind-addr")
_BETA = "service.beta.kubernetes.io/exclude-node"
_ALIBABA = "service.alibabacloud.com/exclude-node"

_V1 = Family(
    since=Version(1, 9, 3, 0),
    yaml=False,
    config_required=False,
    trims_ids=True,
    trims_list=False,
    events=False,
    batches=False,
    bad_id_stops_rest=True,
    lists_by_router=True,
    deletes_same_cidr=True,
    compares_text=True,
    delete_needs_instance=True,
    exclude_labels=(),
    skips_not_ready_unknown=False,
    skips_deleting=False,
    skips_hybrid=False,
    takes_prefix=False,
    provider_text=False,
    lists_tables=False,
    period=10,
    least_period=0,
    unknown_flags=_V2_FLAGS,
)
_V2 = Family(
    since=Version(2, 0, 0),
    yaml=True,
    config_required=True,
    trims_ids=False,
    trims_list=False,
    events=True,
    batches=False,
    bad_id_stops_rest=False,
    lists_by_router=False,
    deletes_same_cidr=False,
    compares_text=False,
    delete_needs_instance=False,
    exclude_labels=(_BETA, _ALIBABA),
    skips_not_ready_unknown=True,
    skips_deleting=False,
    skips_hybrid=False,
    takes_prefix=True,
    provider_text=True,
    lists_tables=True,
    period=300,
    least_period=60,
    unknown_flags=(*_V1_FLAGS, "allow-untagged-cloud", "route-reconcile-batch-size"),
)


def _next(family: Family, since: Version, **changes: object) -> Family:
    known = {name: getattr(family, name) for name in Family.__struct_fields__}
    return Family(**{**known, **changes, "since": since})


def _families() -> tuple[Family, ...]:
    """Every boundary at which a release changed its ways, oldest first."""
    tables = _next(_V1, Version(1, 9, 3, 82), lists_tables=True)
    excludes = _next(tables, Version(1, 9, 3, 193), exclude_labels=(_BETA,))
    unknowns = _next(excludes, Version(1, 9, 3, 220), skips_not_ready_unknown=True)
    pages = _next(
        unknowns, Version(1, 9, 3, 239), lists_by_router=False, delete_needs_instance=False
    )
    prefixes = _next(pages, Version(1, 9, 3, 313), takes_prefix=True)
    labels = _next(prefixes, Version(1, 9, 3, 376), exclude_labels=(_BETA, _ALIBABA))
    same_cidr = _next(
        _V2,
        Version(2, 4, 0),
        deletes_same_cidr=True,
        skips_deleting=True,
        unknown_flags=(*_V1_FLAGS, "route-reconcile-batch-size"),
    )
    trimmed = _next(same_cidr, Version(2, 9, 1), trims_list=True)
    batched = _next(trimmed, Version(2, 11, 0), batches=True, unknown_flags=_V1_FLAGS)
    hybrids = _next(batched, Version(2, 12, 0), skips_hybrid=True)
    return (
        _V1,
        tables,
        excludes,
        unknowns,
        pages,
        prefixes,
        labels,
        _V2,
        same_cidr,
        trimmed,
        batched,
        hybrids,
    )


FAMILIES = _families()

# The first release that Alibaba Cloud's documents name for several tables.
LIST_USABLE = Version(1, 9, 3, 86)
# From here on CCM answers its health check at port 10258.
HEALTH_MOVED = Version(1, 9, 3, 316)
OLD_HEALTH_PORTS = (10252, 10253)
# From here on the image's repository has no "-amd64" in its name.
RENAMED = Version(2, 10, 0)
NEWEST = FAMILIES[-1]


def parse_tag(tag: str) -> Version | None:
    """The release that an image tag names, or None for a foreign tag."""
    if match := _V1_TAG.fullmatch(tag):
        return Version(1, 9, 3, int(match[1] or 0))
    if match := _V2_TAG.fullmatch(tag):
        return Version(int(match[1]), int(match[2]), int(match[3]))
    return None


def parse_image(image: str) -> Version | None:
    """The release that an image reference names; None for a digest without a tag, or no tag.

    A registry host may carry a port, so the tag is looked for behind the last slash only.
    """
    name = image.partition("@")[0].rpartition("/")[2]
    return parse_tag(name.partition(":")[2])


def family_of(version: Version | None) -> Family:
    """The family of a release; an unknown one is taken for the newest."""
    if version is None:
        return NEWEST
    older = [family for family in FAMILIES if family.since <= version]
    return older[-1] if older else FAMILIES[0]
