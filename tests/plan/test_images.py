"""Which image CCM gets: raised where it must be, never lowered, never from elsewhere."""

from __future__ import annotations

import pytest

from kubectl_routes.model.plan import Refusal
from kubectl_routes.plan.images import Image, choose

REPO = "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
NEW_REPO = "registry-cn-hangzhou.ack.aliyuncs.com/acs/cloud-controller-manager"
TARGET = "v1.9.3.105-gfd4e547-aliyun"
SEED = "v1.9.3.86-g4454991-aliyun"
REBUILT = "v1.9.3.86-g0000000-aliyun"
DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "wanted", "becomes"),
    [
        (f"{REPO}:v1.9.3.59-ge3bc999-aliyun", "", f"{REPO}:{TARGET}"),
        (f"{REPO}:v1.9.3.82-g274b1b5-aliyun", "", f"{REPO}:{TARGET}"),
        ("harbor:5000/ccm:v1.9.3.9-gabcdef0-aliyun", "", f"harbor:5000/ccm:{TARGET}"),
        (f"{REPO}:{TARGET}", "", f"{REPO}:{TARGET}"),
        (f"{REPO}:v1.9.3.380-gd6d0962-aliyun", "", f"{REPO}:v1.9.3.380-gd6d0962-aliyun"),
        (f"{REPO}:v1.9.3-164-g2105d2e-aliyun", "", f"{REPO}:v1.9.3-164-g2105d2e-aliyun"),
        (f"{NEW_REPO}:v2.14.0", "", f"{NEW_REPO}:v2.14.0"),
        (f"{REPO}:{TARGET}@{DIGEST}", "", f"{REPO}:{TARGET}@{DIGEST}"),
        (f"{REPO}:v1.9.3.59-ge3bc999-aliyun", SEED, f"{REPO}:{SEED}"),
        (f"{REPO}:{SEED}", SEED, f"{REPO}:{SEED}"),
        (f"{REPO}:{SEED}", TARGET, f"{REPO}:{TARGET}"),
        (
            f"{REPO}:{SEED}",
            SEED.replace("g4454991", "g0000000"),
            f"{REPO}:v1.9.3.86-g0000000-aliyun",
        ),
        (f"{NEW_REPO}:v2.10.0", "v2.11.2", f"{NEW_REPO}:v2.11.2"),
        (f"{REPO}:v2.5.1", "v2.6.0", f"{REPO}:v2.6.0"),
        ("harbor/ccm:v2.5.1", "v2.11.2", "harbor/ccm:v2.11.2"),
    ],
)
def test_the_release_is_raised_within_its_repository(image: str, wanted: str, becomes: str) -> None:
    chosen = choose(image, wanted)
    assert isinstance(chosen, Image)
    assert chosen.reference == becomes


@pytest.mark.parametrize(
    "image", [f"{REPO}@{DIGEST}", f"{REPO}:latest", "harbor:5000/ccm", f"{REPO}:mine-v2.11.2", ""]
)
def test_an_image_that_names_no_release_is_kept_and_said_so(image: str) -> None:
    note = f"the image {image} names no CCM release: it is kept, and taken for a new one"
    assert choose(image, "") == Image(image, (note,))


def test_the_release_of_the_document_is_kept_with_a_warning() -> None:
    note = (
        "CCM v1.9.3.86 loses its VPC credentials when its first token expires, if it uses a RAM"
        f" role; --ccm-version {TARGET} fixes that"
    )
    assert choose(f"{REPO}:{SEED}", "") == Image(f"{REPO}:{SEED}", (note,))


@pytest.mark.parametrize(
    ("image", "wanted", "reason"),
    [
        (f"{REPO}:{SEED}", "latest", "--ccm-version latest names no CCM release"),
        (
            f"{REPO}:v1.9.3.59-ge3bc999-aliyun",
            "v1.9.3.82-g274b1b5-aliyun",
            "--ccm-version v1.9.3.82-g274b1b5-aliyun is too old for a list of tables",
        ),
        (
            f"{REPO}:{TARGET}",
            SEED,
            f"--ccm-version {SEED} is older than the v1.9.3.105 that runs",
        ),
        (
            f"{NEW_REPO}:v2.11.2",
            "v2.10.0",
            "--ccm-version v2.10.0 is older than the v2.11.2 that runs",
        ),
        (
            f"{REPO}:{TARGET}",
            "v2.11.2",
            "CCM v2.11.2 takes other flags and rights than v1.9.3.105: it would not start",
        ),
        (
            f"{REPO}:v2.9.1",
            "v2.10.0",
            f"CCM v2.10.0 is in another repository than {REPO}, which is never changed here",
        ),
        (
            f"{REPO}:latest",
            TARGET,
            f"the image {REPO}:latest does not say which release it is, and a newer one must not"
            " be replaced by an older one",
        ),
        (
            f"{REPO}:{SEED}@{DIGEST}",
            TARGET,
            f"the image {REPO}:{SEED}@{DIGEST} does not say which release it is, and a newer one"
            " must not be replaced by an older one",
        ),
        (
            f"{REPO}:v1.9.3.59-ge3bc999-aliyun@{DIGEST}",
            "",
            "CCM v1.9.3.59 is too old for a list of tables, and its image is pinned by a digest",
        ),
    ],
)
def test_what_would_lower_or_move_the_release_is_refused(
    image: str, wanted: str, reason: str
) -> None:
    refusal = choose(image, wanted)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reason) == ("RT113", reason)
    assert refusal.hint


@pytest.mark.parametrize(
    ("image", "wanted", "hint"),
    [
        (f"{REPO}:{SEED}", "latest", "tags read like v1.9.3.105-gfd4e547-aliyun or v2.11.2"),
        (f"{REPO}:{SEED}", "v1.9.3.81", f"the oldest recommended version is {TARGET}"),
        (
            f"{REPO}:{TARGET}",
            SEED,
            "leave --ccm-version out: CCM is never downgraded",
        ),
        (
            f"{REPO}:{TARGET}",
            "v2.11.2",
            "upgrade it by Alibaba Cloud's own procedure, then run enable again",
        ),
        (f"{REPO}:v2.9.1", "v2.10.0", "set the image by hand, then run enable again"),
        (f"{REPO}:latest", TARGET, "leave --ccm-version out, or set the image by hand"),
        (
            f"{REPO}:v1.9.3.59-ge3bc999-aliyun@{DIGEST}",
            "",
            f"set the image to {REPO}:{TARGET}, or a newer one, and run enable again",
        ),
    ],
)
def test_a_refusal_says_what_to_do(image: str, wanted: str, hint: str) -> None:
    refusal = choose(image, wanted)
    assert isinstance(refusal, Refusal)
    assert refusal.hint == hint
