"""The archive that ``make dist`` has built, installed as krew does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes_simulator.cluster import SimulatedCluster
from release.archive import DIST, archive_name, this_platform
from release.krew import install_here
from tests.cli.programs import BESIDE_PYTHON

MANIFEST = DIST / "routes.yaml"


@pytest.fixture(scope="session")
def archive() -> Path:
    path = DIST / archive_name(this_platform())
    if not path.exists() or not MANIFEST.exists():
        pytest.skip(f"{path.name} is not built; make dist builds it")
    return path


@pytest.fixture(scope="session")
def manifest(archive: Path) -> Any:
    return yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def krew(manifest: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """krew's folder after an install, in a path with spaces."""
    root = tmp_path_factory.mktemp("with spaces") / "my krew"
    link = install_here(MANIFEST, manifest, root)
    assert link == root / "bin" / "kubectl-routes"
    return root


@pytest.fixture
def env(krew: Path) -> Mapping[str, str]:
    """What a shell has whose PATH has krew's programs; kubectl is beside the tests' Python, and
    behind, so that what pip has installed there is not what runs.
    """
    path = os.pathsep.join((str(krew / "bin"), str(BESIDE_PYTHON), "/usr/bin", "/bin"))
    return {"PATH": path, "LANG": "C.UTF-8", "COLUMNS": "100"}


@pytest.fixture(scope="session")
def cluster() -> Any:
    with SimulatedCluster("space-in-list") as simulated:
        yield simulated
