"""Which image CCM gets: raised where it must be, never lowered, never from elsewhere.

golden/images.txt shows each image, with the tag given to --ccm-version, and what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubectl_routes.model.plan import Refusal
from kubectl_routes.plan.images import choose
from tests.plan.world import compare, shown

REPO = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
NEW_REPO = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager"
TARGET = "v1.9.3.105-gfd4e547-aliyun"
SEED = "v1.9.3.86-g4454991-aliyun"
REBUILT = "v1.9.3.86-g0000000-aliyun"
OLD = "v1.9.3.59-ge3bc999-aliyun"
LAST_OLD = "v1.9.3.82-g274b1b5-aliyun"
DIGEST = "sha256:" + "0" * 64

CASES = (
    (f"{REPO}:{OLD}", ""),
    (f"{REPO}:{LAST_OLD}", ""),
    ("harbor:5000/ccm:v1.9.3.9-gabcdef0-aliyun", ""),
    (f"{REPO}:{TARGET}", ""),
    (f"{REPO}:v1.9.3.380-gd6d0962-aliyun", ""),
    (f"{REPO}:v1.9.3-164-g2105d2e-aliyun", ""),
    (f"{NEW_REPO}:v2.14.0", ""),
    (f"{REPO}:{TARGET}@{DIGEST}", ""),
    (f"{REPO}:{SEED}", ""),
    (f"{REPO}@{DIGEST}", ""),
    (f"{REPO}:latest", ""),
    ("harbor:5000/ccm", ""),
    (f"{REPO}:mine-v2.11.2", ""),
    ("", ""),
    (f"{REPO}:{OLD}@{DIGEST}", ""),
    (f"{REPO}:{OLD}", SEED),
    (f"{REPO}:{SEED}", SEED),
    (f"{REPO}:{SEED}", TARGET),
    (f"{REPO}:{SEED}", REBUILT),
    (f"{NEW_REPO}:v2.10.0", "v2.11.2"),
    (f"{REPO}:v2.5.1", "v2.6.0"),
    ("harbor/ccm:v2.5.1", "v2.11.2"),
    (f"{REPO}:{SEED}", "latest"),
    (f"{REPO}:{SEED}", "v1.9.3.81"),
    (f"{REPO}:{OLD}", LAST_OLD),
    (f"{REPO}:{TARGET}", SEED),
    (f"{NEW_REPO}:v2.11.2", "v2.10.0"),
    (f"{REPO}:{TARGET}", "v2.11.2"),
    (f"{REPO}:v2.9.1", "v2.10.0"),
    (f"{REPO}:latest", TARGET),
    (f"{REPO}:{SEED}@{DIGEST}", TARGET),
)


def chosen() -> Iterator[tuple[str, str]]:
    for image, wanted in CASES:
        made = choose(image, wanted)
        title = f"{image}, --ccm-version {wanted}" if wanted else image
        if isinstance(made, Refusal):
            yield title, shown(made)
        else:
            kept = "kept" if made.reference == image else made.reference
            yield title, "".join(f"{line}\n" for line in (kept, *made.notes))


def test_the_release_is_raised_within_its_repository(request: pytest.FixtureRequest) -> None:
    compare(request, "images", chosen())
