"""krew's rules on a manifest such as ours, and those of the people who review one.

Two gates: what krew checks on every install (internal/index/validation/validate.go,
internal/installation/semver), and what the index checks of a submission in addition
(cmd/validate-krew-manifest/main.go). Then ours: krew ignores a field that it does not know, and we
have no use for some that it knows: both are refused; and what reviewers of the index ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

# Where krew runs, as its submission check lists it.
PLATFORMS = (
    *(("windows", arch) for arch in ("386", "amd64", "arm64")),
    *(("linux", arch) for arch in ("386", "amd64", "arm", "arm64", "ppc64le")),
    *(("darwin", arch) for arch in ("386", "amd64", "arm64")),
)
LONGEST_SUMMARY = 50
WIDEST_TEXT = 80

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = r"(?:0|[1-9][0-9]*)"
_WORD = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+"
_VERSION = re.compile(
    rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_WORD}(\.{_WORD})*)?(\+{_BUILD}(\.{_BUILD})*)?"
)
_SHA256 = re.compile(r"[a-f0-9]{64}")
_EXAMPLE = re.compile(r"^\s*(\$|kubectl) ", re.MULTILINE)


class _Part(Struct, rename="camel", forbid_unknown_fields=True):
    """A part of a manifest."""


class _Metadata(_Part):
    name: str


class _Labels(_Part):
    os: str
    arch: str


class _Selector(_Part):
    match_labels: _Labels


class _Platform(_Part):
    selector: _Selector
    uri: str = ""
    sha256: str = ""
    bin: str = ""


class _Spec(_Part):
    platforms: list[_Platform]
    version: str = ""
    homepage: str = ""
    short_description: str = ""
    description: str = ""
    caveats: str = ""


class _Manifest(_Part):
    api_version: Literal["krew.googlecontainertools.github.com/v1alpha2"]
    kind: Literal["Plugin"]
    metadata: _Metadata
    spec: _Spec


def problems(manifest: Any, file: str) -> list[str]:
    """Everything that is wrong with a manifest in a file of that name; each a line.

    What has other fields, or values of another type, is judged no further.
    """
    try:
        read = msgspec.convert(manifest, _Manifest)
    except msgspec.ValidationError as error:
        return [f"not a manifest for krew: {error}"]
    found = [*_of_names(read.metadata.name, file), *_of_spec(read.spec)]
    seen: list[_Labels] = []
    for place, platform in enumerate(read.spec.platforms):
        found += [f"platforms[{place}]: {text}" for text in _of_platform(platform, seen)]
        seen.append(platform.selector.match_labels)
    return found


def _of_names(name: str, file: str) -> Iterator[str]:
    if file != f"{name}.yaml":
        yield f"the file is named {file}, and not {name}.yaml"
    if not _KEBAB.fullmatch(name):
        yield "metadata.name is not in lower-case words joined by hyphens"


def _of_spec(spec: _Spec) -> Iterator[str]:
    summary = spec.short_description
    texts = {
        "homepage": spec.homepage,
        "shortDescription": summary,
        "description": spec.description,
    }
    yield from (f"{field} is empty" for field, text in texts.items() if not text)
    if len(summary.splitlines()) > 1:
        yield "shortDescription has more than one line"
    if len(summary) > LONGEST_SUMMARY:
        yield f"shortDescription is longer than {LONGEST_SUMMARY} characters"
    for field, text in (("description", spec.description), ("caveats", spec.caveats)):
        if any(len(line) > WIDEST_TEXT for line in text.splitlines()):
            yield f"{field} is wider than {WIDEST_TEXT} columns"
    if _EXAMPLE.search(spec.description):
        yield "description has examples of use"
    if not _VERSION.fullmatch(spec.version):
        yield "version is not a semantic version that begins with v"
    if not spec.platforms:
        yield "there is no platform"


def _of_platform(platform: _Platform, seen: list[_Labels]) -> Iterator[str]:
    texts = {"uri": platform.uri, "sha256": platform.sha256, "bin": platform.bin}
    yield from (f"{field} is empty" for field, text in texts.items() if not text)
    if platform.sha256 and not _SHA256.fullmatch(platform.sha256):
        yield "sha256 is not 64 lower-case hexadecimal digits"
    if platform.bin.startswith("/") or ".." in platform.bin.split("/"):
        yield f"bin leads out of the plugin's folder: {platform.bin}"
    labels = platform.selector.match_labels
    if (labels.os, labels.arch) not in PLATFORMS:
        yield "selector means no platform of krew's"
    if labels in seen:
        yield f"{labels.os}/{labels.arch} is there twice"
