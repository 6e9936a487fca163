"""Releases of the cloud-controller-manager (CCM), and since when each of its habits exists."""

from __future__ import annotations

import re

from msgspec import Struct

_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:[.-](\d+)-g[0-9a-f]+)?(?:-.*)?$")


class Release(Struct, frozen=True, order=True):
    """``v1.9.3.86-g4454991-aliyun`` is (1, 9, 3, 86); the last number counts commits."""

    major: int
    minor: int
    patch: int = 0
    build: int = 0


# The newest minor release that is published; images of later ones cannot be pulled.
NEWEST = Release(2, 14)


def release_of_image(image: str) -> Release:
    """The release an image tag names. A tag that names none is played as the newest release."""
    tag = image.partition("@")[0].rpartition(":")[2]
    found = _TAG.match(tag)
    if found is None:
        return NEWEST
    return Release(*(int(number or 0) for number in found.groups()))


class Rules(Struct, frozen=True):
    """What a release does; every field is explained where it is used."""

    reads_list: bool
    skips_old_label: bool
    skips_unknown: bool
    deletes_with_node: bool
    lists_by_entry: bool
    clears_true_condition: bool
    takes_prefix: bool
    new_event_names: bool
    skips_label: bool
    is_v2: bool
    skips_deleting: bool
    replaces_same_cidr: bool
    trims_list: bool
    marks_new_nodes: bool
    retries_events: bool
    batches: bool
    skips_hybrid: bool


def rules_of(release: Release) -> Rules:
    """The habits of a release."""

    def since(*numbers: int) -> bool:
        return release >= Release(*numbers)

    return Rules(
        reads_list=since(1, 9, 3, 82),
        skips_old_label=since(1, 9, 3, 193),
        skips_unknown=since(1, 9, 3, 220),
        deletes_with_node=since(1, 9, 3, 220),
        lists_by_entry=since(1, 9, 3, 239),
        clears_true_condition=since(1, 9, 3, 313),
        takes_prefix=since(1, 9, 3, 313),
        new_event_names=since(1, 9, 3, 316),
        skips_label=since(1, 9, 3, 376),
        is_v2=since(2, 0),
        skips_deleting=since(2, 4),
        replaces_same_cidr=not since(2, 0) or since(2, 4),
        trims_list=since(2, 9, 1),
        marks_new_nodes=not since(2, 0) or since(2, 9, 1),
        retries_events=not since(2, 4) or since(2, 11),
        batches=since(2, 11),
        skips_hybrid=since(2, 12),
    )
