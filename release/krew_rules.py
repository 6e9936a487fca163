"""krew's rules on a manifest, as its code has them, and those of the people who review one.

Two gates: what krew checks on every install (internal/index/validation/validate.go,
internal/installation/semver), and what the index checks of a submission in addition
(cmd/validate-krew-manifest/main.go). Then ours: krew decodes without strictness, so that a field
it does not know is silently ignored; and what reviewers of the index ask for.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

API_VERSION = "krew.googlecontainertools.github.com/v1alpha2"
# Where krew runs, as its submission check lists it.
PLATFORMS = (
    *(("windows", arch) for arch in ("386", "amd64", "arm64")),
    *(("linux", arch) for arch in ("386", "amd64", "arm", "arm64", "ppc64le")),
    *(("darwin", arch) for arch in ("386", "amd64", "arm64")),
)
LONGEST_SUMMARY = 50
WIDEST_DESCRIPTION = 80

_NAME = re.compile(r"[\w-]+", re.ASCII)
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE | re.ASCII)
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NUMBER = r"(?:0|[1-9][0-9]*)"
_WORD = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_BUILD = r"[0-9A-Za-z-]+"
_VERSION = re.compile(
    rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_WORD}(\.{_WORD})*)?(\+{_BUILD}(\.{_BUILD})*)?"
)
_SHA256 = re.compile(r"[a-f0-9]{64}")
_EXAMPLE = re.compile(r"^\s*(\$|kubectl) ", re.MULTILINE)

# A label of Kubernetes may have such a value; a selector with another one is refused.
_LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")


class _Metadata(Struct):
    name: str | None = None


class _Expression(Struct):
    key: str | None = None
    operator: str | None = None
    values: list[str] | None = None


class _Selector(Struct, rename="camel"):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _File(Struct, rename={"origin": "from"}):
    origin: str | None = None
    to: str | None = None


class _Platform(Struct):
    selector: _Selector | None = None
    uri: str | None = None
    sha256: str | None = None
    bin: str | None = None
    files: list[_File] | None = None


class _Spec(Struct, rename="camel"):
    version: str | None = None
    homepage: str | None = None
    short_description: str | None = None
    description: str | None = None
    caveats: str | None = None
    platforms: list[_Platform] | None = None


class _Manifest(Struct, rename="camel"):
    api_version: str | None = None
    kind: str | None = None
    metadata: _Metadata | None = None
    spec: _Spec | None = None


def problems(manifest: Any, file: str) -> list[str]:
    """Everything that is wrong with a manifest in a file of that name; each a line.

    What has a value of another type cannot be judged further: krew does not read it either.
    """
    try:
        msgspec.convert(manifest, _Manifest)
    except msgspec.ValidationError as error:
        return [f"krew cannot read it: {error}"]
    spec = manifest.get("spec") or {}
    platforms = spec.get("platforms") or []
    found = [*_of_file(manifest, file), *_of_head(manifest), *_of_spec(spec)]
    for place, platform in enumerate(platforms):
        checks = (_of_platform, _of_files, _of_selector)
        found += [f"platforms[{place}]: {text}" for check in checks for text in check(platform)]
    found += _of_selectors([platform.get("selector") or {} for platform in platforms])
    return [*found, *_of_style(manifest, spec), *_unknown(manifest)]


def _of_file(manifest: Mapping[str, Any], file: str) -> Iterator[str]:
    stem, suffix = posixpath.splitext(file)
    if suffix != ".yaml":
        yield f"the file {file} does not end with .yaml"
    if stem != _name(manifest):
        yield f"the file is named {stem}, the plugin {_name(manifest)}"


def _of_head(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("apiVersion") != API_VERSION:
        yield f"apiVersion is not {API_VERSION}"
    if manifest.get("kind") != "Plugin":
        yield "kind is not Plugin"
    name = _name(manifest)
    if not _NAME.fullmatch(name):
        yield "metadata.name has other characters than letters, digits, _ and -"
    if _DEVICE.fullmatch(name):
        yield "metadata.name is a device of Windows"


def _of_spec(spec: Mapping[str, Any]) -> Iterator[str]:
    summary = spec.get("shortDescription") or ""
    if not summary:
        yield "shortDescription is empty"
    if "\n" in summary or "\r" in summary:
        yield "shortDescription has more than one line"
    version = spec.get("version") or ""
    if not version.startswith("v"):
        yield "version does not begin with v"
    elif not _VERSION.fullmatch(version):
        yield "version is not a semantic version"
    if not spec.get("platforms"):
        yield "there is no platform"


def _of_platform(platform: Mapping[str, Any]) -> Iterator[str]:
    for field in ("uri", "sha256", "bin"):
        if not platform.get(field):
            yield f"{field} is empty"
    if platform.get("sha256") and not _SHA256.fullmatch(platform["sha256"]):
        yield "sha256 is not 64 lower-case hexadecimal digits"
    target = platform.get("bin") or ""
    if target.startswith("/") or ".." in target.split("/"):
        yield f"bin leads out of the plugin's folder: {target}"


def _of_files(platform: Mapping[str, Any]) -> Iterator[str]:
    if "files" in platform and not platform["files"]:
        yield "files is there and empty"
    for file in platform.get("files") or ():
        if not file.get("from") or not file.get("to"):
            yield "files has an item without from or to"
        elif posixpath.normpath(file["to"]) != file["to"]:
            yield f"files.to is not clean: {file['to']}"


def _of_selector(platform: Mapping[str, Any]) -> Iterator[str]:
    selector = platform.get("selector") or {}
    expressions = selector.get("matchExpressions") or ()
    keys = [*(selector.get("matchLabels") or {}), *(one.get("key") for one in expressions)]
    if not keys:
        yield "selector is empty"
    else:
        for field in ("matchLabels", "matchExpressions"):
            if selector.get(field) in ({}, []):
                yield f"selector has {field}, and it is empty"
    for key in keys:
        if key not in ("os", "arch"):
            yield f"selector asks for {key}, and there are only os and arch"


def _of_selectors(selectors: list[Mapping[str, Any]]) -> Iterator[str]:
    """The submission gate: each selector means a platform of krew's, and no two the same."""
    owner: dict[tuple[str, str], int] = {}
    for place, selector in enumerate(selectors):
        meant = [platform for platform in PLATFORMS if selects(selector, *platform)]
        if not meant:
            yield f"platforms[{place}]: selector means no platform of krew's"
        for platform in meant:
            first = owner.setdefault(platform, place)
            if first != place:
                yield f"platforms[{place}]: {'/'.join(platform)} belongs to platforms[{first}] too"


def selects(selector: Mapping[str, Any], system: str, arch: str) -> bool:
    """Whether a selector means that platform, by the rules of label selectors: one that Kubernetes
    refuses means none.
    """
    labels = {"os": system, "arch": arch}
    wanted = (selector.get("matchLabels") or {}).items()
    return all(_LABEL.fullmatch(value) and labels.get(key) == value for key, value in wanted) and (
        all(_fits(expression, labels) for expression in selector.get("matchExpressions") or ())
    )


def _fits(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    label = labels.get(expression.get("key") or "")
    values = expression.get("values") or ()
    listed = bool(values) and all(map(_LABEL.fullmatch, values))
    answers = {
        "In": listed and label in values,
        "NotIn": listed and label not in values,
        "Exists": not values and label is not None,
        "DoesNotExist": not values and label is None,
    }
    return answers.get(str(expression.get("operator")), False)


def _of_style(manifest: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
    """What reviewers of the index ask for."""
    if not _KEBAB.fullmatch(_name(manifest)):
        yield "metadata.name is not in lower-case words joined by hyphens"
    if len(spec.get("shortDescription") or "") > LONGEST_SUMMARY:
        yield f"shortDescription is longer than {LONGEST_SUMMARY} characters"
    description = spec.get("description") or ""
    if not description:
        yield "description is empty"
    if any(len(line) > WIDEST_DESCRIPTION for line in description.splitlines()):
        yield f"description is wider than {WIDEST_DESCRIPTION} columns"
    if _EXAMPLE.search(description):
        yield "description has examples of use"
    if any(len(line) > WIDEST_DESCRIPTION for line in (spec.get("caveats") or "").splitlines()):
        yield f"caveats is wider than {WIDEST_DESCRIPTION} columns"
    if not spec.get("homepage"):
        yield "homepage is empty"


def _unknown(manifest: Mapping[str, Any]) -> Iterator[str]:
    spec = manifest.get("spec") or {}
    parts: list[tuple[str, type[Struct], Mapping[str, Any]]] = [
        ("manifest", _Manifest, manifest),
        ("metadata", _Metadata, manifest.get("metadata") or {}),
        ("spec", _Spec, spec),
    ]
    for platform in spec.get("platforms") or ():
        selector = platform.get("selector") or {}
        parts.append(("platform", _Platform, platform))
        parts.append(("selector", _Selector, selector))
        expressions = selector.get("matchExpressions") or ()
        parts.extend(("expression", _Expression, expression) for expression in expressions)
        parts.extend(("file", _File, file) for file in platform.get("files") or ())
    for kind, known, part in parts:
        for key in part:
            if key not in known.__struct_encode_fields__:
                yield f"{kind} has a field that krew does not know: {key}"


def _name(manifest: Mapping[str, Any]) -> str:
    return str((manifest.get("metadata") or {}).get("name") or "")
