"""A manifest that krew takes, and what differs from it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

GOOD: dict[str, Any] = {
    "apiVersion": "krew.googlecontainertools.github.com/v1alpha2",
    "kind": "Plugin",
    "metadata": {"name": "routes"},
    "spec": {
        "version": "v0.1.0",
        "homepage": "https://example.com",
        "shortDescription": "Shows routes",
        "description": "Shows which node\nhas its route.\n",
        "caveats": "None.",
        "platforms": [
            {
                "selector": {"matchLabels": {"os": "linux", "arch": "amd64"}},
                "uri": "https://example.com/a.tar.gz",
                "sha256": "0" * 64,
                "bin": "kubectl-routes/kubectl-routes",
            }
        ],
    },
}
LINUX = GOOD["spec"]["platforms"][0]


def with_spec(**changed: Any) -> dict[str, Any]:
    return {**deepcopy(GOOD), "spec": {**deepcopy(GOOD["spec"]), **changed}}


def with_platform(**changed: Any) -> dict[str, Any]:
    return with_spec(platforms=[{**deepcopy(LINUX), **changed}])
