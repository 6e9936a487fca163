"""krew's manifest of the archives that were built: plugin.yaml, filled in."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import yaml

from kubectl_routes import __version__
from release.archive import DIST, Platform, archive_name, glibc_of_archive, sha256
from release.freeze import ROOT

TEMPLATE = ROOT / "plugin.yaml"


def main() -> None:
    """Write ``dist/routes.yaml`` for the archives in ``dist``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--releases",
        metavar="URL",
        default="",
        help="where the archives will be found; without it the manifest is for --archive only",
    )
    args = parser.parse_args()
    template = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    digests = {
        platform: sha256(DIST / archive_name(platform))
        for platform in platforms_of(template)
        if (DIST / archive_name(platform)).exists()
    }
    if not digests:
        raise SystemExit("error: dist has no archive of this version; run make dist")
    wanted = [glibc_of_archive(DIST / archive_name(platform)) for platform in digests]
    glibc = max((each for each in wanted if each is not None), default=None)
    manifest = filled(template, __version__, digests, args.releases, glibc)
    target = DIST / f"{manifest['metadata']['name']}.yaml"
    target.write_text(written(manifest), encoding="utf-8")
    built = ", ".join("/".join(platform) for platform in digests)
    print(f"{target.relative_to(ROOT)}\n  for {built}")


def platforms_of(template: Mapping[str, Any]) -> list[Platform]:
    """The operating systems and architectures that the template has an entry for."""
    return [_platform(entry) for entry in template["spec"]["platforms"]]


def filled(
    template: Mapping[str, Any],
    version: str,
    digests: Mapping[Platform, str],
    releases: str,
    glibc: int | None = None,
) -> dict[str, Any]:
    """The template for the archives whose digests are given; what was not built is left out.

    ``glibc`` is the minor version of the oldest glibc 2 that runs them all, None without Linux.
    Without ``releases`` an uri is only the name of the archive: it can be had nowhere else.
    """
    base = f"{releases.rstrip('/')}/" if releases else ""
    entries = [
        {
            "selector": entry["selector"],
            "uri": base + archive_name(platform, version),
            "sha256": digests[platform],
            "bin": entry["bin"],
        }
        for entry in template["spec"]["platforms"]
        if (platform := _platform(entry)) in digests
    ]
    spec = {"version": f"v{version}", **template["spec"], "platforms": entries}
    if glibc is not None:
        spec["caveats"] += (
            f"On Linux it needs glibc 2.{glibc} or newer (ldd --version shows yours).\n"
        )
    return {**template, "spec": spec}


def written(manifest: Mapping[str, Any]) -> str:
    """The manifest as YAML, texts of several lines as blocks."""
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes as people do: no quotes and escapes where a block can be read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _platform(entry: Mapping[str, Any]) -> Platform:
    labels = entry["selector"]["matchLabels"]
    return labels["os"], labels["arch"]


if __name__ == "__main__":
    main()
