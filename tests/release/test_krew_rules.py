"""Each of krew's rules fires, and only it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from release.krew_rules import problems
from tests.release.manifests import GOOD, LINUX, with_platform, with_spec

ROOT = Path(__file__).parents[2]
NAME = "metadata.name is not in lower-case words joined by hyphens"
VERSION = "version is not a semantic version that begins with v"
SHA256 = "platforms[0]: sha256 is not 64 lower-case hexadecimal digits"


def platform(system: str, arch: str) -> dict[str, Any]:
    return {**LINUX, "selector": {"matchLabels": {"os": system, "arch": arch}}}


def test_a_good_manifest_has_no_problem() -> None:
    assert problems(GOOD, "routes.yaml") == []


@pytest.mark.parametrize(
    "version", ["v0.1.0", "v10.20.30-rc.1+build.5", "v1.0.0-alpha-1", "v1.0.0-0a", "v1.2.3+007"]
)
def test_versions_that_krew_takes(version: str) -> None:
    assert problems(with_spec(version=version), "routes.yaml") == []


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1.2.3",
        "v1",
        "v1.2",
        "v01.2.3",
        "v1.2.3-01",
        "v1.2.3-",
        "v1.2.3.4",
        "v1.2.3 ",
        "vv1.2.3",
    ],
)
def test_versions_that_krew_refuses(version: str) -> None:
    assert problems(with_spec(version=version), "routes.yaml") == [VERSION]


@pytest.mark.parametrize("file", ["plugin.yaml", "Routes.yaml", "routes.yml"])
def test_the_file_has_the_name_of_the_plugin(file: str) -> None:
    assert problems(GOOD, file) == [f"the file is named {file}, and not routes.yaml"]


@pytest.mark.parametrize("name", ["ro utes", "Routes_x", "NUL"])
def test_a_name_is_of_lower_case_words(name: str) -> None:
    assert problems({**GOOD, "metadata": {"name": name}}, f"{name}.yaml") == [NAME]


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (with_spec(shortDescription=""), "shortDescription is empty"),
        (with_spec(shortDescription="two\nlines"), "shortDescription has more than one line"),
        (with_spec(shortDescription="two\rlines"), "shortDescription has more than one line"),
        (with_spec(shortDescription="x" * 51), "shortDescription is longer than 50 characters"),
        (with_spec(description=""), "description is empty"),
        (with_spec(description="x" * 81), "description is wider than 80 columns"),
        (with_spec(description="Try\n  kubectl routes"), "description has examples of use"),
        (with_spec(homepage=""), "homepage is empty"),
        (with_spec(caveats="x" * 81), "caveats is wider than 80 columns"),
        (with_spec(platforms=[]), "there is no platform"),
        (with_platform(uri=""), "platforms[0]: uri is empty"),
        (with_platform(sha256=""), "platforms[0]: sha256 is empty"),
        (with_platform(bin=""), "platforms[0]: bin is empty"),
        (with_platform(sha256="A" * 64), SHA256),
        (with_platform(sha256="a" * 63), SHA256),
        (with_platform(bin="../x"), "platforms[0]: bin leads out of the plugin's folder: ../x"),
        (with_platform(bin="/x"), "platforms[0]: bin leads out of the plugin's folder: /x"),
        (
            with_spec(platforms=[platform("linux", "s390x")]),
            "platforms[0]: selector means no platform of krew's",
        ),
        (with_spec(platforms=[LINUX, LINUX]), "platforms[1]: linux/amd64 is there twice"),
    ],
)
def test_the_plugin_and_its_platforms_are_described(manifest: dict[str, Any], problem: str) -> None:
    assert problems(manifest, "routes.yaml") == [problem]


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (None, "Expected `object`, got `null`"),
        ({**GOOD, "kind": "plugin"}, "Invalid enum value 'plugin' - at `$.kind`"),
        ({**GOOD, "apiVersion": "v1"}, "Invalid enum value 'v1' - at `$.apiVersion`"),
        ({**GOOD, "licence": "x"}, "Object contains unknown field `licence`"),
        (with_spec(version=1.0), "Expected `str`, got `float` - at `$.spec.version`"),
        (
            with_spec(shortDescripton="x"),
            "Object contains unknown field `shortDescripton` - at `$.spec`",
        ),
        (
            with_platform(selector={"matchLabels": {"arch": "arm64"}}),
            "Object missing required field `os` - at `$.spec.platforms[0].selector.matchLabels`",
        ),
    ],
)
def test_what_krew_ignores_or_cannot_read_is_one_line(manifest: Any, error: str) -> None:
    assert problems(manifest, "routes.yaml") == [f"not a manifest for krew: {error}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"spec: [", "cannot be read: while parsing a flow node"),
        (b"\xff", "cannot be read: unacceptable character"),
        (b"", "not a manifest for krew: Expected `object`, got `null`"),
    ],
)
def test_a_file_that_is_no_manifest_ends_without_a_traceback(
    text: bytes, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "routes.yaml"
    file.write_bytes(text)
    command = [sys.executable, "-m", "release.krew", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    said = done.stdout + done.stderr
    assert (done.returncode, len(said.splitlines()), told in said) == (1, 1, True), said
