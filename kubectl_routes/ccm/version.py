"""CCM versions, in order, and how an image names one."""

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
