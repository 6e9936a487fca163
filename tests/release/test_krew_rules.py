"""Each of krew's rules fires, and only it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from release.krew_rules import problems
from tests.release.manifests import GOOD, with_platform, with_selectors, with_spec

ROOT = Path(__file__).parents[2]
NO_PLATFORM = "platforms[0]: selector means no platform of krew's"


def labels(**wanted: str) -> dict[str, Any]:
    return {"matchLabels": wanted}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def platform(**selector: Any) -> dict[str, Any]:
    return with_platform(selector=selector)


def test_a_good_manifest_has_no_problem() -> None:
    assert problems(GOOD, "routes.yaml") == []


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("plugin.yaml", "the file is named plugin, the plugin routes"),
        ("Routes.yaml", "the file is named Routes, the plugin routes"),
        ("routes.yml", "the file routes.yml does not end with .yaml"),
    ],
)
def test_the_file_has_the_name_of_the_plugin(file: str, problem: str) -> None:
    assert problems(GOOD, file) == [problem]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (
            {"apiVersion": "krew.googlecontainertools.github.com/v1alpha3"},
            "apiVersion is not krew.googlecontainertools.github.com/v1alpha2",
        ),
        ({"kind": "plugin"}, "kind is not Plugin"),
        ({"licence": "Apache-2.0"}, "manifest has a field that krew does not know: licence"),
        (
            {"metadata": {"name": "routes", "labels": {}}},
            "metadata has a field that krew does not know: labels",
        ),
    ],
)
def test_the_head_is_krews(changed: dict[str, Any], problem: str) -> None:
    assert problems({**GOOD, **changed}, "routes.yaml") == [problem]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "ro utes",
            [
                "metadata.name has other characters than letters, digits, _ and -",
                "metadata.name is not in lower-case words joined by hyphens",
            ],
        ),
        ("com1", ["metadata.name is a device of Windows"]),
        (
            "NUL",
            [
                "metadata.name is a device of Windows",
                "metadata.name is not in lower-case words joined by hyphens",
            ],
        ),
        ("Routes_x", ["metadata.name is not in lower-case words joined by hyphens"]),
        ("vpc-routes", []),
    ],
)
def test_names(name: str, found: list[str]) -> None:
    assert problems({**GOOD, "metadata": {"name": name}}, f"{name}.yaml") == found


@pytest.mark.parametrize(
    "version", ["v0.1.0", "v10.20.30-rc.1+build.5", "v1.0.0-alpha-1", "v1.0.0-0a", "v1.2.3+007"]
)
def test_versions_that_krew_takes(version: str) -> None:
    assert problems(with_spec(version=version), "routes.yaml") == []


@pytest.mark.parametrize(
    "version", ["v1", "v1.2", "v01.2.3", "v1.2.3-01", "v1.2.3-", "v1.2.3.4", "v1.2.3 ", "vv1.2.3"]
)
def test_versions_that_krew_refuses(version: str) -> None:
    assert problems(with_spec(version=version), "routes.yaml") == [
        "version is not a semantic version"
    ]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"version": ""}, "version does not begin with v"),
        ({"version": "0.1.0"}, "version does not begin with v"),
        ({"shortDescription": ""}, "shortDescription is empty"),
        ({"shortDescription": "two\nlines"}, "shortDescription has more than one line"),
        ({"shortDescription": "two\rlines"}, "shortDescription has more than one line"),
        ({"shortDescription": "x" * 51}, "shortDescription is longer than 50 characters"),
        ({"description": ""}, "description is empty"),
        ({"homepage": None}, "homepage is empty"),
        ({"caveats": "x" * 81}, "caveats is wider than 80 columns"),
        ({"description": "x" * 81}, "description is wider than 80 columns"),
        ({"description": "Try\n  kubectl routes"}, "description has examples of use"),
        ({"platforms": []}, "there is no platform"),
        ({"shortDescripton": "x"}, "spec has a field that krew does not know: shortDescripton"),
    ],
)
def test_the_plugin_is_described(changed: dict[str, Any], problem: str) -> None:
    assert problems(with_spec(**changed), "routes.yaml") == [problem]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"uri": ""}, "platforms[0]: uri is empty"),
        ({"sha256": None}, "platforms[0]: sha256 is empty"),
        ({"bin": ""}, "platforms[0]: bin is empty"),
        (
            {"sha256": "A" * 64},
            "platforms[0]: sha256 is not 64 lower-case hexadecimal digits",
        ),
        ({"sha256": "a" * 63}, "platforms[0]: sha256 is not 64 lower-case hexadecimal digits"),
        ({"bin": "../x"}, "platforms[0]: bin leads out of the plugin's folder: ../x"),
        ({"bin": "/x"}, "platforms[0]: bin leads out of the plugin's folder: /x"),
        ({"files": []}, "platforms[0]: files is there and empty"),
        ({"files": [{"from": "*"}]}, "platforms[0]: files has an item without from or to"),
        ({"files": [{"to": "."}]}, "platforms[0]: files has an item without from or to"),
        ({"files": [{"from": "*", "to": "./"}]}, "platforms[0]: files.to is not clean: ./"),
        (
            {"files": [{"from": "*", "to": ".", "mode": 1}]},
            "file has a field that krew does not know: mode",
        ),
        ({"url": "x"}, "platform has a field that krew does not know: url"),
    ],
)
def test_a_platform_is_whole(changed: dict[str, Any], problem: str) -> None:
    assert problems(with_platform(**changed), "routes.yaml") == [problem]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (labels(os="linux"), []),
        (expression("os", "In", "linux", "darwin"), []),
        (expression("os", "NotIn", "windows"), []),
        (expression("arch", "Exists"), []),
        (expression("arch", "Exists", "amd64"), [NO_PLATFORM]),
        (expression("os", "DoesNotExist", "windows"), [NO_PLATFORM]),
        (expression("os", "In"), [NO_PLATFORM]),
        (expression("os", "NotIn"), [NO_PLATFORM]),
        (expression("os", "In", "linux", "mac os"), [NO_PLATFORM]),
        (expression("os", "NotIn", "mac os"), [NO_PLATFORM]),
        (labels(os="linux "), [NO_PLATFORM]),
        (
            {**labels(os="linux"), "matchExpressions": []},
            ["platforms[0]: selector has matchExpressions, and it is empty"],
        ),
        (
            {**expression("os", "In", "linux"), "matchLabels": {}},
            ["platforms[0]: selector has matchLabels, and it is empty"],
        ),
        ({**labels(os="linux"), "matchExpressions": None}, []),
        (labels(os="linux", arch="s390x"), [NO_PLATFORM]),
        (labels(os="solaris"), [NO_PLATFORM]),
        (expression("os", "DoesNotExist"), [NO_PLATFORM]),
        (expression("os", "Like", "lin"), [NO_PLATFORM]),
        (
            labels(os="linux", libc="musl"),
            [
                "platforms[0]: selector asks for libc, and there are only os and arch",
                NO_PLATFORM,
            ],
        ),
    ],
)
def test_a_selector_means_a_platform(selector: dict[str, Any], found: list[str]) -> None:
    assert problems(with_selectors(selector), "routes.yaml") == found


@pytest.mark.parametrize("selector", [None, {}, {"matchLabels": {}}])
def test_a_selector_is_not_empty(selector: dict[str, Any] | None) -> None:
    assert problems(with_selectors(selector), "routes.yaml") == ["platforms[0]: selector is empty"]


def test_a_selector_has_no_other_field() -> None:
    selector = {**labels(os="linux"), "matchLabel": {}}
    assert problems(with_selectors(selector), "routes.yaml") == [
        "selector has a field that krew does not know: matchLabel"
    ]


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (None, "Expected `object`, got `null`"),
        ([], "Expected `object`, got `array`"),
        (with_spec(version=1.0), "Expected `str | null`, got `float` - at `$.spec.version`"),
        (
            with_spec(shortDescription=5),
            "Expected `str | null`, got `int` - at `$.spec.shortDescription`",
        ),
        (
            with_spec(description=["x"]),
            "Expected `str | null`, got `array` - at `$.spec.description`",
        ),
        (with_spec(platforms={}), "Expected `array | null`, got `object` - at `$.spec.platforms`"),
        (with_spec(platforms=["x"]), "Expected `object`, got `str` - at `$.spec.platforms[0]`"),
        (
            platform(matchLabels={"arch": 386}),
            "Expected `str`, got `int` - at `$.spec.platforms[0].selector.matchLabels[...]`",
        ),
        (
            platform(matchExpressions=[{"key": "os", "operator": "In", "values": "linux"}]),
            "Expected `array | null`, got `str`"
            " - at `$.spec.platforms[0].selector.matchExpressions[0].values`",
        ),
        ({**GOOD, "metadata": "routes"}, "Expected `object | null`, got `str` - at `$.metadata`"),
    ],
)
def test_a_value_of_another_type_is_one_line(manifest: Any, problem: str) -> None:
    assert problems(manifest, "routes.yaml") == [f"krew cannot read it: {problem}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"spec: [", "cannot be read: while parsing a flow node"),
        (b"\xff", "cannot be read: unacceptable character"),
        (b"spec: {version: 1.0}", "krew cannot read it: Expected `str | null`"),
        (b"", "krew cannot read it: Expected `object`, got `null`"),
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


def test_no_two_platforms_are_the_same() -> None:
    both = with_selectors(labels(os="linux", arch="arm64"), expression("arch", "In", "arm64"))
    assert problems(both, "routes.yaml") == [
        "platforms[1]: linux/arm64 belongs to platforms[0] too"
    ]
