"""Which image CCM is to have: raised where it is too old to work with a list, never lowered.

Sources: Alibaba Cloud's documents on multiple route tables, of which the oldest in use names
v1.9.3.86 and the present one v1.9.3.105, and the public repository of CCM, where v1.9.3.101 fixes
what v1.9.3.86 got wrong: with a RAM role it loses its VPC credentials when the first token expires.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.ccm.releases import LIST_USABLE, RENAMED, SANE_V1
from kubectl_routes.ccm.version import Version, parse_image, parse_tag
from kubectl_routes.model.message import message
from kubectl_routes.model.plan import Refusal
from kubectl_routes.plan.refusal import refusal

TARGET = SANE_V1
SOUND = parse_tag(TARGET) or LIST_USABLE


class Image(Struct, frozen=True):
    """The image to use, and what to say about it."""

    reference: str
    notes: tuple[str, ...] = ()


def choose(image: str, wanted: str) -> Image | Refusal:
    """The image for a CCM that works with a list.

    ``image`` is the present reference, ``wanted`` the tag given with --ccm-version, or empty.
    """
    name, _, digest = _parts(image)
    version = parse_image(image)
    if wanted:
        return _chosen(image, wanted)
    if version is None:
        return Image(
            image,
            (
                message(
                    "the image {image} names no CCM release: it is kept, and taken for a new one",
                    image=image,
                ),
            ),
        )
    if version >= SOUND:
        return Image(image)
    if version >= LIST_USABLE:
        return Image(
            image,
            (
                message(
                    "CCM {version} loses its VPC credentials when its first token expires,"
                    " if it uses a RAM role; --ccm-version {target} fixes that",
                    version=str(version),
                    target=TARGET,
                ),
            ),
        )
    if digest:
        return refusal(
            "RT113",
            "CCM {version} is too old for a list of tables, and its image is pinned by a digest",
            "set the image to {name}:{target}, or a newer one, and run enable again",
            version=str(version),
            name=name,
            target=TARGET,
        )
    return Image(f"{name}:{TARGET}")


def _chosen(image: str, wanted: str) -> Image | Refusal:
    """The image with the tag that was asked for."""
    name, tag, digest = _parts(image)
    version, target = parse_image(image), parse_tag(wanted)
    if target is None:
        return refusal(
            "RT113",
            "--ccm-version {wanted} names no CCM release",
            "tags read like v1.9.3.105-gfd4e547-aliyun or v2.11.2",
            wanted=wanted,
        )
    if target < LIST_USABLE:
        return refusal(
            "RT113",
            "--ccm-version {wanted} is too old for a list of tables",
            "the oldest recommended version is {target}",
            wanted=wanted,
            target=TARGET,
        )
    if wanted == tag and not digest:
        return Image(image)
    if version is None or digest:
        return refusal(
            "RT113",
            "the image {image} does not say which release it is, and a newer one must not "
            "be replaced by an older one",
            "leave --ccm-version out, or set the image by hand",
            image=image,
        )
    return _against(version, target, name, wanted) or Image(f"{name}:{wanted}")


def _against(version: Version, target: Version, name: str, wanted: str) -> Refusal | None:
    """Why a release must not take the place of the one that runs."""
    if target < version:
        return refusal(
            "RT113",
            "--ccm-version {wanted} is older than the {version} that runs",
            "leave --ccm-version out: CCM is never downgraded",
            wanted=wanted,
            version=str(version),
        )
    if target.major != version.major:
        return refusal(
            "RT113",
            "CCM {target} takes other flags and rights than {version}: it would not start",
            "upgrade it by Alibaba Cloud's own procedure, then run enable again",
            target=str(target),
            version=str(version),
        )
    if version < RENAMED <= target and name.endswith("-amd64"):
        return refusal(
            "RT113",
            "CCM {target} is in another repository than {name}, which is never changed here",
            "set the image by hand, then run enable again",
            target=str(target),
            name=name,
        )
    return None


def _parts(image: str) -> tuple[str, str, str]:
    """Name, tag and digest of a reference; a registry's port is no tag."""
    name, _, digest = image.partition("@")
    slash = name.rfind("/")
    head, _, tag = name[slash + 1 :].partition(":")
    return (name[: slash + 1] + head, tag, digest)
