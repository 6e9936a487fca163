"""plugin.yaml, and what a build makes of it."""

from __future__ import annotations

from configparser import ConfigParser

import yaml

from kubectl_routes import __version__
from release.krew_rules import problems
from release.manifest import TEMPLATE, filled, platforms_of, written

SOURCE = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
DIGESTS = {platform: str(n) * 64 for n, platform in enumerate(platforms_of(SOURCE))}


def test_the_plugin_is_for_linux_and_darwin_on_both_architectures() -> None:
    assert platforms_of(SOURCE) == [
        ("linux", "amd64"),
        ("linux", "arm64"),
        ("darwin", "amd64"),
        ("darwin", "arm64"),
    ]


def test_before_a_build_nothing_is_claimed_that_only_a_build_knows() -> None:
    fields = [f"platforms[{n}]: {field} is empty" for n in range(4) for field in ("uri", "sha256")]
    version = "version is not a semantic version that begins with v"
    assert problems(SOURCE, "routes.yaml") == [version, *fields]
    assert not {"version"} & set(SOURCE["spec"])
    assert not any({"uri", "sha256"} & set(entry) for entry in SOURCE["spec"]["platforms"])


def test_filled_in_it_is_what_krew_takes() -> None:
    manifest = filled(SOURCE, __version__, DIGESTS, "https://example.com/releases/")
    assert problems(manifest, "routes.yaml") == []
    assert manifest["spec"]["version"] == f"v{__version__}"
    assert manifest["spec"]["platforms"][3] == {
        "selector": {"matchLabels": {"os": "darwin", "arch": "arm64"}},
        "uri": f"https://example.com/releases/kubectl-routes_v{__version__}_darwin_arm64.tar.gz",
        "sha256": "3" * 64,
        "bin": "kubectl-routes/kubectl-routes",
    }


def test_a_platform_that_was_not_built_is_left_out() -> None:
    manifest = filled(SOURCE, "1.2.3", {("linux", "arm64"): "a" * 64}, "")
    assert [entry["uri"] for entry in manifest["spec"]["platforms"]] == [
        "kubectl-routes_v1.2.3_linux_arm64.tar.gz"
    ]
    assert problems(manifest, "routes.yaml") == []


def test_the_oldest_glibc_is_told_before_an_install() -> None:
    last = "On Linux it needs glibc 2.28 or newer (ldd --version shows yours).\n"
    manifest = filled(SOURCE, "1.2.3", DIGESTS, "", glibc=28)
    assert manifest["spec"]["caveats"] == SOURCE["spec"]["caveats"] + last
    assert problems(manifest, "routes.yaml") == []


def test_the_homepage_is_that_of_the_package() -> None:
    setup = ConfigParser()
    setup.read(TEMPLATE.parent / "setup.cfg")
    assert SOURCE["spec"]["homepage"] == setup["metadata"]["url"]
    urls = setup["metadata"]["project_urls"].strip().splitlines()
    assert [url.partition(" = ")[2].startswith(f"{setup['metadata']['url']}/") for url in urls] == [
        True
    ] * len(urls)


def test_it_is_written_as_people_write_it() -> None:
    text = written(filled(SOURCE, "1.2.3", DIGESTS, ""))
    assert yaml.safe_load(text) == filled(SOURCE, "1.2.3", DIGESTS, "")
    assert "\n  description: |\n    Shows which node" in text
    assert "\n  version: v1.2.3\n" in text
