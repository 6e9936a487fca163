"""What the registry of Alibaba Cloud holds of CCM, and what a pull of anything else is told.

The tags are those of the release notes of the component, and of the multi-table how-to.
"""

from __future__ import annotations

import re

from kubectl_routes_simulator.ccm_release import Release, release_of_image

_REPOSITORY = "cloud-controller-manager"

_V1 = (
    "10-gfb99107",
    "59-ge3bc999",
    "81-gca19cd4",
    "82-g274b1b5",
    "86-g4454991",
    "105-gfd4e547",
    "193-g6cddde4",
    "220-g24b1885",
    "239-g40d97e1",
    "276-g372aa98",
    "313-g748f81e",
    "316-g8daf1a9",
    "339-g9830b58",
    "372-gcf3535b",
    "378-g42eac35",
    "380-gd6d0962",
)
# Every v2 counts as published up to the newest that there is: which patch releases were, the
# release notes tell for some minor releases only.
_V2 = re.compile(r"v2\.(\d|1[0-4])\.\d")
_TAGS = {
    *(f"v1.9.3.{one}-aliyun" for one in _V1),
    "v1.9.3-164-g2105d2e-aliyun",
}
_HOST = re.compile(
    r"registry(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com|registry-[a-z0-9-]+\.ack\.aliyuncs\.com"
)
# From this release on, images are published without the architecture in the name as well.
_BARE_SINCE = Release(2, 10)


def pull_failure(image: str) -> str:
    """Why containerd can not pull the image, in its own words; empty when it can."""
    host, path, tag = _split(image)
    about = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
    if not _HOST.fullmatch(host):
        asked = f"https://{host}/v2/{path}/manifests/{tag}"
        return (
            f'rpc error: code = Unknown desc = {about}failed to do request: Head "{asked}": '
            f"dial tcp: lookup {host}: no such host"
        )
    if path not in (f"acs/{_REPOSITORY}", f"acs/{_REPOSITORY}-amd64"):
        return (
            f"rpc error: code = Unknown desc = {about}pull access denied, repository does not "
            "exist or may require authorization: server message: insufficient_scope: "
            "authorization failed"
        )
    too_old = not path.endswith("-amd64") and release_of_image(image) < _BARE_SINCE
    known = tag in _TAGS or _V2.fullmatch(tag) or "@sha256:" in image
    if not known or too_old:
        return f"rpc error: code = NotFound desc = {about}{image}: not found"
    return ""


def _split(image: str) -> tuple[str, str, str]:
    """Host, repository path and tag."""
    host, _, rest = image.partition("@")[0].partition("/")
    path, _, tag = rest.partition(":")
    return host, path, tag or "latest"
